//! The grant to send one update file: announced by a signed command, valid for [`limits::UPDATE_MS`], and only for the announcing device.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{
    limits,
    room::{AddressTag, Code, Refusal, UpdateFile},
};

/// Lifetime of a grant.
const LIFETIME: Duration = Duration::from_millis(limits::UPDATE_MS);

/// The last announced file. A new announcement replaces it, even while it is received.
#[derive(Debug, Default)]
pub struct Grant {
    announced: Option<Announced>,
    receiving: Option<CancellationToken>,
}

/// An announced file.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Size and hash.
    pub file: UpdateFile,
    /// End of the grant.
    pub until: Instant,
    /// The announcing device: an eavesdropper who knows the hash has another one.
    device: AddressTag,
    /// Cancelled once another file is announced.
    pub replaced: CancellationToken,
}

impl Grant {
    /// Whether a file is being received.
    pub fn is_receiving(&self) -> bool {
        self.receiving.is_some()
    }

    /// Announces a file from a device.
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

    /// The announced file that a device may send under a hash.
    ///
    /// # Errors
    /// `not_allowed` without a valid announcement of this device; `busy` while the file is being received.
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

    /// Begins to receive the file; the one before must have ended.
    pub fn begin(&mut self, announced: &Announced) {
        self.receiving = Some(announced.replaced.clone());
    }

    /// Ends receiving. A `whole` file uses up its grant; a partial one may be sent again.
    pub fn end(&mut self, whole: bool) {
        let ended = self.receiving.take();
        if whole && ended.is_some_and(|ended| !ended.is_cancelled()) {
            self.announced = None;
        }
    }
}

/// The refusal for a file that was replaced by another announcement.
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
