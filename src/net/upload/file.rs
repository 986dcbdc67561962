//! The file on the card, while it comes and when it is whole.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

/// Below the server's data; `systemd/box-upload.path` looks there.
const DIR: &str = "updates";
const PART: &str = "part";
/// Names of whole files: what is to be done after the installation.
const RESTART: &str = "restart.update";
const STAY: &str = "stay.update";

/// Where update files are.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

impl Place {
    /// Below the server's data. What did not become whole before a restart is removed.
    pub fn new(data: &Path) -> Self {
        let place = Self(data.join(DIR));
        place.clear();
        place
    }

    /// Removes what did not become whole.
    pub fn clear(&self) {
        // There may be none.
        let _ = fs::remove_file(self.0.join(PART));
    }

    /// Whether a whole file waits to be taken.
    pub fn has_whole(&self) -> bool {
        [RESTART, STAY].iter().any(|name| self.0.join(name).exists())
    }

    /// A new file.
    ///
    /// # Errors
    /// The card does not take it.
    pub fn begin(&self) -> io::Result<File> {
        fs::create_dir_all(&self.0)?;
        File::create(self.0.join(PART))
    }

    /// The file is what was ordered: from now on it is there to be installed.
    ///
    /// # Errors
    /// The card does not take it.
    pub fn finish(&self, restart: bool) -> io::Result<()> {
        let name = if restart { RESTART } else { STAY };
        fs::rename(self.0.join(PART), self.0.join(name))?;
        File::open(&self.0)?.sync_all()
    }
}

/// Writes what comes, piece by piece, to the card: its SHA-256 in hexadecimal digits.
///
/// # Errors
/// The card does not take it.
pub fn keep(mut file: File, mut pieces: mpsc::Receiver<Bytes>) -> io::Result<String> {
    let mut hasher = Sha256::new();
    while let Some(piece) = pieces.blocking_recv() {
        hasher.update(&piece);
        file.write_all(&piece)?;
    }
    file.sync_all()?;
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn what_did_not_become_whole_is_gone_after_a_restart_and_what_did_is_not() {
        let dir = Scratch::new("upload-place");
        let place = Place::new(dir.path());
        place.begin().unwrap();
        assert!(!place.has_whole());
        let place = Place::new(dir.path());
        assert!(place.finish(true).is_err(), "it was removed");
        place.begin().unwrap();
        place.finish(false).unwrap();
        assert!(Place::new(dir.path()).has_whole());
        assert!(dir.path().join("updates/stay.update").exists());
    }

    #[test]
    fn a_full_card_is_told() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (sender, pieces) = mpsc::channel(1);
        sender.try_send(Bytes::from_static(b"x")).unwrap();
        drop(sender);
        assert_eq!(keep(full, pieces).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
