//! The permission to upload one update file: announced by a signed command, valid for [`limits::UPDATE_MS`], and only for the same device.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{
    limits,
    room::{AddressTag, Code, Refusal, UpdateFile},
};

/// Time for which an announced file may be uploaded.
const LIFETIME: Duration = Duration::from_millis(limits::UPDATE_MS);

/// The permission to upload the file that was announced last. A new announcement replaces it, even during its upload.
#[derive(Debug, Default)]
pub struct Grant {
    announced: Option<Announced>,
    receiving: Option<CancellationToken>,
}

/// An announced file: its size and hash, the device that may upload it, and until when.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Size and SHA-256 of the file.
    pub file: UpdateFile,
    /// Time when the permission expires.
    pub until: Instant,
    /// The device that announced the file. Without this an eavesdropper who knows the hash could upload.
    device: AddressTag,
    /// Cancelled when another file is announced.
    pub replaced: CancellationToken,
}

impl Grant {
    /// Whether the announced file is being uploaded.
    pub fn is_receiving(&self) -> bool {
        self.receiving.is_some()
    }

    /// Permits a device to upload `file` from now on; the previous announcement ends.
    pub fn announce(&mut self, file: UpdateFile, device: AddressTag, now: Instant) {
        let announced = Announced {
            file,
            until: now + LIFETIME,
            device,
            replaced: CancellationToken::new(),
        };
        if let Some(before) = self.announced.replace(announced) {
            before.replaced.cancel();
        }
    }

    /// The announced file with this hash, if this device may upload it.
    ///
    /// # Errors
    /// `not_allowed`: no valid announcement by this device; `busy`: the upload has already started.
    pub fn find(&self, sha256: &str, device: AddressTag, now: Instant) -> Result<Announced, Refusal> {
        let is_granted = |it: &&Announced| *it.file.sha256 == *sha256 && it.device == device && now < it.until;
        let announced = self.announced.as_ref().filter(is_granted).cloned().ok_or_else(|| {
            Refusal::new(
                Code::NotAllowed,
                "this file was not announced from this device, or too long ago",
            )
        })?;
        match &self.receiving {
            Some(receiving) if !receiving.is_cancelled() => Err(busy()),
            _ => Ok(announced),
        }
    }

    /// Notes that the upload starts; an earlier one must have ended.
    pub fn begin(&mut self, announced: &Announced) {
        self.receiving = Some(announced.replaced.clone());
    }

    /// Notes that the upload ends. A complete file uses up the permission; a partial one may be sent again.
    pub fn end(&mut self, whole: bool) {
        let ended = self.receiving.take();
        if whole && ended.is_some_and(|ended| !ended.is_cancelled()) {
            self.announced = None;
        }
    }
}

/// The refusal for a file that another announcement has replaced.
pub fn replaced() -> Refusal {
    Refusal::new(Code::NotAllowed, "another file was announced meanwhile")
}

fn busy() -> Refusal {
    Refusal::retry(
        Code::Busy,
        "an update file is already being received",
        limits::BUSY_RETRY_MS,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(sha256: &str) -> UpdateFile {
        UpdateFile {
            size: 3,
            sha256: sha256.into(),
            restart: false,
        }
    }

    const HOME: AddressTag = AddressTag(1);
    const AWAY: AddressTag = AddressTag(2);

    fn begin(grant: &mut Grant, sha256: &str, device: AddressTag, now: Instant) -> Result<(), Code> {
        let found = grant.find(sha256, device, now).map_err(|refusal| refusal.code)?;
        grant.begin(&found);
        Ok(())
    }

    #[test]
    fn only_the_announced_file_is_accepted_and_only_once() {
        let (mut grant, now) = (Grant::default(), Instant::now());
        assert_eq!(
            begin(&mut grant, "a", HOME, now),
            Err(Code::NotAllowed),
            "no announcement"
        );
        grant.announce(file("a"), HOME, now);
        assert_eq!(begin(&mut grant, "b", HOME, now), Err(Code::NotAllowed), "another file");
        assert_eq!(
            begin(&mut grant, "a", AWAY, now),
            Err(Code::NotAllowed),
            "an eavesdropper"
        );
        assert_eq!(begin(&mut grant, "a", HOME, now), Ok(()));
        assert_eq!(begin(&mut grant, "a", HOME, now), Err(Code::Busy), "two at once");
        grant.end(false);
        assert_eq!(
            begin(&mut grant, "a", HOME, now),
            Ok(()),
            "a broken connection is tried again"
        );
        grant.end(true);
        assert_eq!(
            begin(&mut grant, "a", HOME, now),
            Err(Code::NotAllowed),
            "it was received"
        );
    }

    #[test]
    fn a_grant_expires_and_is_replaced_by_the_next_one() {
        let (mut grant, now) = (Grant::default(), Instant::now());
        grant.announce(file("a"), HOME, now);
        assert_eq!(begin(&mut grant, "a", HOME, now + LIFETIME), Err(Code::NotAllowed));
        let receiving = grant.find("a", HOME, now).unwrap();
        grant.begin(&receiving);
        grant.announce(file("b"), AWAY, now);
        assert!(receiving.replaced.is_cancelled(), "the upload is cancelled");
        assert_eq!(begin(&mut grant, "a", HOME, now), Err(Code::NotAllowed));
        assert!(grant.find("b", AWAY, now).is_ok(), "as soon as that has ended");
        grant.end(true);
        assert_eq!(
            begin(&mut grant, "b", AWAY, now),
            Ok(()),
            "the end of a replaced upload leaves the new grant"
        );
    }
}
