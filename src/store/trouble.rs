//! What can be wrong with a disk.

use rusqlite::ErrorCode;

/// Why something could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No space is left.
    #[error("the disk is full")]
    Full,
    /// It can't be written.
    #[error("the disk can't be written: {0}")]
    Unwritable(String),
    /// The file is damaged.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// A later version of this program wrote it.
    #[error(
        "the file was written by a later version of this program (its schema is {found}, this program knows {known}); \
         it is left as it is: update the program, or name another data directory"
    )]
    Newer {
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match (&error, error.sqlite_error_code()) {
            (rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..), _) => {
                Self::Corrupt(text)
            }
            (_, Some(ErrorCode::DiskFull)) => Self::Full,
            (_, Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)) => {
                Self::Unwritable(text)
            }
            (_, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)) => Self::Corrupt(text),
            _ => Self::Other(text),
        }
    }
}
