//! Admin commands that the computer answers and not a room: backups, updates, the doctor's findings, the log. Plain data; nothing grows.

use serde::Serialize;

use super::{Machine, Operator, Passphrase};

/// An admin command that the driver hands to the host machine. The host's answer arrives later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostJob {
    /// Reports problems of the box: [`super::AdminCommand::Doctor`].
    Doctor,
    /// Sets the clock: [`super::AdminCommand::Time`], in milliseconds since 1970.
    Time(u64),
    /// Expects an update file: [`super::AdminCommand::Update`].
    Update(UpdateFile),
    /// Reports the progress of the last update: [`super::AdminCommand::Updating`].
    Updating,
    /// Makes a backup: [`super::AdminCommand::Backup`].
    Backup(Passphrase, Operator),
    /// Expects the upload of a backup: [`super::AdminCommand::Restore`].
    Restore(UpdateFile, Passphrase, Operator),
    /// Replaces the data by the opened backup: [`super::AdminCommand::ConfirmRestore`].
    ConfirmRestore,
    /// Reports the progress of a backup or restoration: [`super::AdminCommand::Handover`].
    Handover {
        /// The machine with these keys that the organizer's page saw last, by which two running copies of a box are detected.
        seen: Option<Machine>,
        /// Whether the organizer confirms that the second machine is no longer used.
        alone: bool,
    },
    /// Erases the box: [`super::AdminCommand::Reset`].
    Reset,
    /// Reads the box's log: [`super::AdminCommand::Log`].
    Log,
}

/// The announced update file or backup; an upload with another size or digest is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateFile {
    /// Size of the file, in bytes.
    pub size: u64,
    /// SHA-256 of the file: 64 lowercase hexadecimal digits.
    pub sha256: Box<str>,
    /// Whether the box restarts after the installation of an update; unused for a backup.
    pub restart: bool,
}

/// Progress of an update.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The current step of the update.
    pub state: Stage,
    /// The reason of a refusal, for the organizer's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Last message of the installer, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The steps of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// No update was announced.
    Idle,
    /// The file is being uploaded.
    Receiving,
    /// The upload is complete; the file is being checked and written to the card.
    Installing,
    /// The update is written; the box tries it at the next start.
    Installed,
    /// The update was refused; the installed version is unchanged.
    Refused,
}
