//! A backup: messages, keys and settings in one file that a passphrase opens, and its restoration.
//!
//! [`archive`] writes and reads the file: a gzipped tar in the [`age`] format, which stock programs open as well (`age --decrypt FILE |
//! tar xz`). [`restore`] puts an opened backup in place at the next start; the data before it is set aside. [`machine`] tells two machines
//! with one backup's keys from each other. [`store::snapshot`](crate::store::snapshot()) copies the messages while a server writes.

pub mod age;
pub mod archive;
pub mod machine;
pub mod restore;

use std::{io, path::Path};

use crate::{room::BackupFault, store::StoreError};

/// The reason why a backup can't be made, opened or restored. The data is unchanged then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file can't be decrypted.
    #[error(transparent)]
    Age(#[from] age::AgeError),
    /// The file's content is not a backup.
    #[error("this is no whole backup: {0}")]
    Content(String),
    /// A later version of this program made the file.
    #[error("version {0} of Chatterbox made this backup, which this one can't read: update this box first")]
    Newer(String),
    /// The stored messages can't be read or written.
    #[error("the messages: {0}")]
    Store(#[from] StoreError),
    /// The disk can't be read or written.
    #[error("{}", said(.0))]
    Io(#[from] io::Error),
}

impl BackupError {
    /// Code of the reason why the backup or restoration failed, for which the organizer's page has a sentence.
    pub fn fault(&self) -> BackupFault {
        match self {
            Self::Age(age::AgeError::Foreign) => BackupFault::NotABackup,
            Self::Age(age::AgeError::Other) => BackupFault::OtherProgram,
            Self::Age(age::AgeError::Passphrase) => BackupFault::WrongPassphrase,
            Self::Content(_) | Self::Store(StoreError::Corrupt(_)) => BackupFault::Damaged,
            Self::Newer(_) | Self::Store(StoreError::Version { .. }) => BackupFault::Newer,
            Self::Store(StoreError::Full) => BackupFault::Full,
            Self::Store(StoreError::Unwritable(_) | StoreError::Other(_)) => BackupFault::Disk,
            Self::Age(age::AgeError::Io(error)) | Self::Io(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackupFault::Full,
                // Of the file's content, not of the disk.
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                    BackupFault::Damaged
                }
                _ => BackupFault::Disk,
            },
        }
    }
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}

/// Changes the owner of a file or directory that root created to the data directory's owner, the server's user.
fn give(data: &Path, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, lchown};
    let (owner, own) = (data.metadata()?, path.symlink_metadata()?);
    match owner.uid() == own.uid() {
        true => Ok(()),
        false => lchown(path, Some(owner.uid()), Some(owner.gid())),
    }
}
