//! Data types of backups in admin commands: the passphrase, the machine's mark, and the progress of a backup or restoration. Plain data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A passphrase in an admin command. It is encrypted (sealed) during transport, and neither logged nor listed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Passphrase(pub Box<str>);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}

/// A server's machine, identified by a random mark, with the number of restorations of its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The machine's random mark: 32 hexadecimal digits.
    pub mark: String,
    /// Number of restorations that led to this data.
    pub generation: u64,
}

/// The changes that an opened backup would make to the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Time of the backup in milliseconds since 1970, by the clock of the machine that made it.
    pub made: u64,
    /// Name of the event.
    pub name: String,
    /// Number of rooms in the backup.
    pub rooms: u64,
    /// Number of entries in the backup.
    pub messages: u64,
    /// Number of current entries that the backup lacks, which would be lost.
    pub lost: u64,
    /// Number of entries hidden since the backup, which would be visible again.
    pub hidden: u64,
    /// Time of the last wipe since the backup, in milliseconds since 1970. The wiped entries would come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wiped_at: Option<u64>,
    /// Whether another machine made the backup; the two machines must not be used at the same time.
    pub foreign: bool,
}

/// A backup file that waits to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupFile {
    /// Size of the file, in bytes.
    pub size: u64,
    /// SHA-256 of the file: 64 lowercase hexadecimal digits.
    pub sha256: String,
}

/// Progress of a backup or a restoration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Handover {
    /// No backup or restoration was started.
    Idle {},
    /// The backup is being made.
    Making {},
    /// The backup can be downloaded (`GET /backups/<sha256>`).
    Made {
        /// The backup file.
        file: BackupFile,
    },
    /// A backup to restore is being uploaded.
    Receiving {},
    /// The uploaded backup is being decrypted and checked.
    Opening {},
    /// The opened backup waits for the organizer's confirmation.
    Opened {
        /// The changes that the backup would make.
        preview: Preview,
    },
    /// The server restarts with the backup.
    Restoring {},
    /// The backup or restoration failed; the data is unchanged.
    Refused {
        /// The reason of the failure, for the organizer's page.
        code: BackupFault,
        /// The reason in English, with its details.
        message: String,
    },
}

/// The reason why a backup was not made or not opened. Its name in `snake_case` is part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupFault {
    /// The passphrase is not the one of the backup.
    WrongPassphrase,
    /// The file is no backup.
    NotABackup,
    /// Another program encrypted the file, in a way that can't be decrypted here.
    OtherProgram,
    /// The file is damaged or a part of it is missing.
    Damaged,
    /// A later version of this program made the backup.
    Newer,
    /// The file is larger than [`crate::limits::BACKUP_BYTES`].
    TooLong,
    /// The disk has too little space.
    Full,
    /// The disk can't be read or written.
    Disk,
    /// Another backup is being made or opened.
    Busy,
}

/// A backup or restoration that was refused, as the audit log records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedBackup {
    /// The command: `backup` or `restore`.
    #[serde(rename = "do")]
    pub command: &'static str,
    /// The reason.
    pub refused: BackupFault,
}

/// The answer to [`super::AdminCommand::Handover`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HandoverState {
    /// Progress of the backup or restoration.
    #[serde(flatten)]
    pub handover: Handover,
    /// The mark and generation of this machine.
    pub machine: Machine,
    /// Whether a second machine with the same keys was seen.
    pub twin: bool,
    /// Whether this machine is a box, which has a log and a factory reset.
    #[serde(rename = "box")]
    pub is_box: bool,
}
