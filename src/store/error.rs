//! The reasons why the database can't be read or written. Plain data.

use rusqlite::ErrorCode;

/// The reason why the store can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk has no space left.
    #[error("the disk is full")]
    Full,
    /// The disk can't be written.
    #[error("the disk can't be written: {0}")]
    Unwritable(String),
    /// The database file is damaged; the text says how.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// Another version of this program wrote the file.
    #[error(
        "the file has schema version {found}, and this program reads version {known} only; the file is left as it is: \
         use the program that wrote it, or name another data directory"
    )]
    Version {
        /// Schema version of the file.
        found: i64,
        /// Schema version that this program reads.
        known: i64,
    },
    /// Any other error, described in words.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for StoreError {
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
