//! Operators: the organizer, and the moderators that hold an issued code.

use serde::{Deserialize, Serialize};

/// Number of a code: 0 is the organizer's own, the others were issued with [`super::AdminCommand::Issue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorId(pub u32);

impl OperatorId {
    /// The code that is the organizer's key itself.
    pub const ORGANIZER: Self = Self(0);
}

/// The role that a code gives its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperatorRole {
    /// May give all commands.
    Organizer,
    /// May give those of [`super::AdminCommand::allowed_for_moderator`].
    Moderator,
}

/// An operator whose proof was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The code of the operator.
    pub id: OperatorId,
    /// The role of the code.
    pub role: OperatorRole,
}

/// An admin command with its proof, as it arrived. The driver checks the proof; the command is decoded only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCommand {
    /// The code that the sender claims to hold.
    pub by: OperatorId,
    /// The server's number for this connection or request.
    pub nonce: Box<str>,
    /// Greater than any before with this nonce.
    pub counter: u64,
    /// The command, JSON: exactly these characters are signed.
    pub command: Box<str>,
    /// Hexadecimal digits.
    pub proof: Box<str>,
}
