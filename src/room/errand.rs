//! What an order asks of somebody else than the rooms.

use serde::Serialize;

/// Who answers an order about which the rooms know nothing: whoever runs the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Says what is wrong: [`super::Order::Doctor`].
    Doctor,
    /// Says what time it is: [`super::Order::Time`], in milliseconds since 1970.
    Time(u64),
    /// Lets a file come: [`super::Order::Update`].
    Update(UpdateFile),
    /// Says what became of it: [`super::Order::Updating`].
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
