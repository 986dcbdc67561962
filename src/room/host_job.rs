//! Jobs of the host: admin commands that are not about rooms.

use serde::Serialize;

use super::{Machine, Passphrase};

/// An admin command that the driver hands to the host. Its answer comes later, as an input of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostJob {
    /// Says what is wrong: [`super::AdminCommand::Doctor`].
    Doctor,
    /// Says what time it is: [`super::AdminCommand::Time`], in milliseconds since 1970.
    Time(u64),
    /// Lets a file come: [`super::AdminCommand::Update`].
    Update(UpdateFile),
    /// Says what became of it: [`super::AdminCommand::Updating`].
    Updating,
    /// Makes a backup: [`super::AdminCommand::Backup`].
    Backup(Passphrase),
    /// Lets a backup come: [`super::AdminCommand::Restore`].
    Restore(UpdateFile, Passphrase),
    /// Puts the opened backup in place: [`super::AdminCommand::ConfirmRestore`].
    ConfirmRestore,
    /// Says what became of either: [`super::AdminCommand::Handover`].
    Handover {
        /// The newest machine that the organizer has seen.
        seen: Option<Machine>,
        /// The second machine is not in use any more.
        alone: bool,
    },
    /// Erases the box: [`super::AdminCommand::Reset`].
    Reset,
    /// Reads the log: [`super::AdminCommand::Log`].
    Log,
}

/// An update file or backup that is to come, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateFile {
    /// In bytes.
    pub size: u64,
    /// 64 hexadecimal digits in small letters.
    pub sha256: Box<str>,
    /// The box restarts once the update is installed; of no meaning for a backup.
    pub restart: bool,
}

/// How far an update is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The step.
    pub state: Stage,
    /// What the one who installs it has said, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The steps of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// There is none.
    Idle,
    /// The file comes.
    Receiving,
    /// The file is whole, and is checked and written to the card.
    Installing,
    /// The next start tries it.
    Installed,
    /// Nothing has changed.
    Refused,
}
