//! Update files of a box: the announced file, and the progress of the last update. One file at a time, of at most
//! [`limits::UPDATE_BYTES`], and only while the card has [`limits::UPDATE_SPARE_BYTES`] to spare.

pub mod file;
pub mod grant;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use self::{file::UpdateDir, grant::Grant};
use crate::{
    appliance::{doctor::Space, update::refusal_code},
    config::Config,
    limits,
    room::{AddressTag, Code, Progress, Refusal, Reply, Stage, UpdateFile},
};

/// File in the box's directory with the progress of the last update: a line with the stage, then the message.
const OUTCOME: &str = "update";

/// Handles update files on a box with a data directory; refuses them on other computers.
pub struct Uploads {
    on_box: Option<OnBox>,
}

/// Paths for update files on a box: the inbox for uploads, and the path of the last update's outcome.
struct OnBox {
    inbox: Inbox,
    outcome: PathBuf,
}

/// Receives one kind of files from the organizer's phone: updates or backups.
pub struct Inbox {
    data: PathBuf,
    /// Directory that receives the uploaded files.
    pub place: UpdateDir,
    most: u64,
    grant: Mutex<Grant>,
    /// Locked during an upload, and until a partial file is removed.
    pub receiving: tokio::sync::Mutex<()>,
}

impl Uploads {
    /// Handles update files in the configured directories; on a computer that is no box, or without a data directory, all are refused.
    pub fn new(config: &Config) -> Self {
        let both = config.box_dir.as_deref().zip(config.data.as_deref());
        let on_box = both.map(|(dir, data)| OnBox {
            inbox: Inbox::new(data, file::UPDATES, limits::UPDATE_BYTES),
            outcome: dir.join(OUTCOME),
        });
        Self { on_box }
    }

    /// The upload directory for updates.
    ///
    /// # Errors
    /// `not_allowed`: this computer is not a box with a data directory.
    pub fn inbox(&self) -> Result<&Inbox, Refusal> {
        self.on_box().map(|on_box| &on_box.inbox)
    }

    fn on_box(&self) -> Result<&OnBox, Refusal> {
        let none = || Refusal::new(Code::NotAllowed, "this is no box that updates itself");
        self.on_box.as_ref().ok_or_else(none)
    }

    /// Permits the organizer's device to upload an update file of the announced size and hash.
    ///
    /// # Errors
    /// As for [`Inbox::announce`]; `not_allowed` on a computer that is not a box.
    pub fn announce(&self, file: UpdateFile, device: AddressTag) -> Result<Reply, Refusal> {
        self.inbox()?.announce(file, device).map(|()| Reply::Done)
    }

    /// Answers with the progress of the last update of the box.
    ///
    /// # Errors
    /// As for [`Self::inbox`].
    pub fn progress(&self) -> Result<Reply, Refusal> {
        let OnBox { inbox, outcome } = self.on_box()?;
        let progress = if inbox.grant().is_receiving() {
            at(Stage::Receiving)
        } else if inbox.place.has_whole() {
            at(Stage::Installing)
        } else if let Some(why) = inbox.place.refused() {
            told(Stage::Refused, &why)
        } else {
            self::outcome(outcome)
        };
        Ok(Reply::Updating(progress))
    }
}

impl Inbox {
    /// Accepts files of at most `most` bytes, in the directory `dir` of the server's data directory.
    pub fn new(data: &Path, dir: &str, most: u64) -> Self {
        Self {
            data: data.to_owned(),
            place: UpdateDir::new(data, dir),
            most,
            grant: Mutex::default(),
            receiving: tokio::sync::Mutex::default(),
        }
    }

    /// Announces a file that a device of the organizer will upload.
    ///
    /// # Errors
    /// The hash is malformed, the file is too large, or the card has too little space.
    pub fn announce(&self, file: UpdateFile, device: AddressTag) -> Result<(), Refusal> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if file.sha256.len() != 64 || !file.sha256.bytes().all(digit) {
            return Err(Refusal::new(Code::BadRequest, "`sha256` has 64 digits of 0-9 and a-f"));
        }
        if file.size > self.most {
            return Err(Refusal::new(Code::TooLong, "the file is larger than any of its kind"));
        }
        let space = Space::of(&self.data).map_err(|error| broken(&error))?;
        if space.free < file.size + limits::UPDATE_SPARE_BYTES {
            return Err(Refusal::new(Code::Full, "the card has no space for the file"));
        }
        self.grant().announce(file, device, Instant::now());
        Ok(())
    }

    /// Locks the announced file.
    pub fn grant(&self) -> MutexGuard<'_, Grant> {
        self.grant.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusal of an upload after an error of the SD card.
pub fn broken(error: &io::Error) -> Refusal {
    Refusal::new(Code::Full, format!("the card does not take the file: {error}"))
}

fn at(state: Stage) -> Progress {
    told(state, "")
}

/// A step with the message of the installing service.
fn told(state: Stage, message: &str) -> Progress {
    let message = Some(message.trim()).filter(|message| !message.is_empty());
    let refused = message.filter(|_| state == Stage::Refused);
    Progress {
        state,
        code: refused.and_then(refusal_code),
        message: message.map(str::to_owned),
    }
}

/// Reads the progress that the installing service has written.
fn outcome(path: &Path) -> Progress {
    let text = fs::read_to_string(path).unwrap_or_default();
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let state = match first {
        "installing" => Stage::Installing,
        "installed" => Stage::Installed,
        "refused" => Stage::Refused,
        _ => Stage::Idle,
    };
    told(state, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::{scratch::Scratch, update::Refused};

    #[test]
    fn the_outcome_is_read_from_the_services_file() {
        let dir = Scratch::new("upload-outcome");
        let path = dir.path().join(OUTCOME);
        assert_eq!(outcome(&path), at(Stage::Idle), "nothing yet");
        dir.put(OUTCOME, "installing\n");
        assert_eq!(outcome(&path), at(Stage::Installing));
        dir.put(OUTCOME, "refused\nthe update is damaged\n");
        let refused = outcome(&path);
        assert_eq!(refused.state, Stage::Refused);
        assert_eq!(refused.message.as_deref(), Some("the update is damaged"));
        assert_eq!(refused.code, None, "no whole reason of ours");
        for (reason, code) in [
            (Refused::Damaged, "damaged"),
            (Refused::NotSigned, "not_signed"),
            (Refused::Card, "disk"),
        ] {
            dir.put(OUTCOME, &format!("refused\nchatterbox: {reason}\n"));
            assert_eq!(outcome(&path).code, Some(code));
        }
        dir.put(OUTCOME, &format!("installed\n{}\n", Refused::Damaged));
        assert_eq!(outcome(&path).code, None);
    }
}
