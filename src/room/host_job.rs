//! Jobs of the host: admin commands that are not about rooms.

use serde::Serialize;

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
}

/// An update file that is to come, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateFile {
    /// In bytes.
    pub size: u64,
    /// 64 hexadecimal digits in small letters.
    pub sha256: Box<str>,
    /// The box restarts once the update is installed.
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
