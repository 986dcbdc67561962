//! The update file on the SD card: partial during the upload, then complete for the services that check and install it. There is one at a
//! time, of the announced size.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::appliance::update;

/// Directory for updates in the server's data directory; `systemd/box-upload.path` watches it.
pub const UPDATES: &str = "updates";
const PART: &str = "part";
/// Names of complete files; the name tells whether the box restarts after the installation.
const RESTART: &str = update::NAMES[0];
const STAY: &str = update::NAMES[1];

/// A directory for uploaded updates, or for uploaded backups.
#[derive(Clone, Debug)]
pub struct UpdateDir(PathBuf);

impl UpdateDir {
    /// Opens a directory in the server's data directory, and removes a partial file of an earlier run.
    pub fn new(data: &Path, dir: &str) -> Self {
        let place = Self(data.join(dir));
        place.clear();
        place
    }

    /// Removes a partial file, if there is one.
    pub fn clear(&self) {
        // It may not exist.
        let _ = fs::remove_file(self.0.join(PART));
    }

    /// Whether a complete file is waiting to be checked or installed.
    pub fn has_whole(&self) -> bool {
        update::NAMES.iter().any(|name| {
            let path = self.0.join(name);
            path.exists()
                || path.with_extension(update::CHECKING).exists()
                || self.0.join(update::CHECKED).join(name).exists()
        })
    }

    /// Why the last file was refused; `None` once a new upload has started.
    pub fn refused(&self) -> Option<String> {
        fs::read_to_string(self.0.join(update::REFUSED)).ok()
    }

    /// Creates the partial file for an upload.
    ///
    /// # Errors
    /// The card fails or is full.
    pub fn begin(&self) -> io::Result<File> {
        fs::create_dir_all(&self.0)?;
        // The reason of the last refusal may not exist.
        let _ = fs::remove_file(self.0.join(update::REFUSED));
        File::create(self.0.join(PART))
    }

    /// Hands the complete file, whose hash was verified, to the services.
    ///
    /// # Errors
    /// The card fails or is full.
    pub fn finish(&self, restart: bool) -> io::Result<()> {
        let name = if restart { RESTART } else { STAY };
        self.finish_as(name).map(drop)
    }

    /// Renames the complete file, whose hash was verified. Returns its path.
    ///
    /// # Errors
    /// The card fails or is full.
    pub fn finish_as(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        fs::rename(self.0.join(PART), &path)?;
        File::open(&self.0)?.sync_all()?;
        Ok(path)
    }
}

/// Writes received pieces to the card. Returns the SHA-256 of the file in hexadecimal digits.
///
/// # Errors
/// The card fails or is full.
pub fn write(mut file: File, mut pieces: mpsc::Receiver<Bytes>) -> io::Result<String> {
    let mut hasher = Sha256::new();
    while let Some(piece) = pieces.blocking_recv() {
        hasher.update(&piece);
        file.write_all(&piece)?;
    }
    file.sync_all()?;
    Ok(data_encoding::HEXLOWER.encode(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn a_restart_removes_partial_files_and_keeps_whole_ones() {
        let dir = Scratch::new("upload-place");
        let place = UpdateDir::new(dir.path(), UPDATES);
        place.begin().unwrap();
        assert!(!place.has_whole());
        let place = UpdateDir::new(dir.path(), UPDATES);
        assert!(place.finish(true).is_err(), "it was removed");
        place.begin().unwrap();
        place.finish(false).unwrap();
        assert!(UpdateDir::new(dir.path(), UPDATES).has_whole());
        assert!(dir.path().join("updates/stay.update").exists());
        for moved in ["updates/stay.checking", "updates/checked/stay.update"] {
            dir.put(moved, "");
            fs::remove_file(dir.path().join("updates/stay.update")).unwrap_or_default();
            assert!(place.has_whole(), "{moved}");
            fs::remove_file(dir.path().join(moved)).unwrap();
        }
        assert!(!place.has_whole());
    }

    #[test]
    fn a_refusal_is_reported_until_another_file_is_begun() {
        let dir = Scratch::new("upload-refused");
        let place = UpdateDir::new(dir.path(), UPDATES);
        assert_eq!(place.refused(), None);
        dir.put("updates/refused", "the update is damaged");
        assert_eq!(place.refused().as_deref(), Some("the update is damaged"));
        place.begin().unwrap();
        assert_eq!(place.refused(), None);
    }

    #[test]
    fn a_full_card_is_an_error() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (sender, pieces) = mpsc::channel(1);
        sender.try_send(Bytes::from_static(b"x")).unwrap();
        drop(sender);
        assert_eq!(write(full, pieces).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
