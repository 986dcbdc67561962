//! Backups in the vocabulary of admin commands: the passphrase, the machine's mark, and how far a backup or a restoration is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A passphrase in an admin command. It is sealed while it travels, and no log or list shows it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Passphrase(pub Box<str>);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// The mark of a machine, and the number of restorations of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// 32 hexadecimal digits.
    pub mark: String,
    /// Restorations that led to this data.
    pub generation: u64,
}

/// What an opened backup brings, and what it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Time of the backup in milliseconds since 1970, by the clock of the machine that made it.
    pub made: u64,
    /// Name of the event.
    pub name: String,
    /// Rooms that come back.
    pub rooms: u64,
    /// Entries that come back.
    pub messages: u64,
    /// Entries of now that the backup lacks.
    pub lost: u64,
    /// Entries that were hidden since the backup and would be seen again.
    pub hidden: u64,
    /// Time of the last wipe since the backup, whose entries come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wiped_at: Option<u64>,
    /// Another machine made the backup: the two must not be used at once.
    pub foreign: bool,
}

/// A backup file that waits to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupFile {
    /// Size in bytes.
    pub size: u64,
    /// 64 hexadecimal digits in small letters.
    pub sha256: String,
}

/// How far a backup or a restoration is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Handover {
    /// There is none.
    Idle {},
    /// The backup is being made.
    Making {},
    /// The backup can be downloaded (`GET /backups/<sha256>`).
    Made {
        /// The file.
        file: BackupFile,
    },
    /// A backup to restore comes.
    Receiving {},
    /// The backup is decrypted and checked.
    Opening {},
    /// The backup waits to be confirmed.
    Opened {
        /// What it would change.
        preview: Preview,
    },
    /// The server starts again with the backup.
    Restoring {},
    /// Nothing has changed.
    Refused {
        /// The reason, in English.
        message: String,
    },
}

/// The answer to [`super::AdminCommand::Handover`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandoverState {
    /// How far it is.
    #[serde(flatten)]
    pub handover: Handover,
    /// This machine.
    pub machine: Machine,
    /// A second machine with the same keys was seen.
    pub twin: bool,
    /// It is a box, with a log and a reset.
    #[serde(rename = "box")]
    pub is_box: bool,
}
