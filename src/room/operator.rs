//! Operators: the organizer, and moderators who hold an issued access code (at most `limits::OPERATOR_CODES`).

use serde::{Deserialize, Serialize};

/// Number of an access code: 0 is the organizer's own, the others are issued with [`super::AdminCommand::Issue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorId(pub u32);

impl OperatorId {
    /// The organizer, whose access code is the organizer's key itself.
    pub const ORGANIZER: Self = Self(0);
}

/// The role that an access code gives its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperatorRole {
    /// The organizer's role, which may give all admin commands.
    Organizer,
    /// May give the commands of [`super::AdminCommand::allowed_for_moderator`].
    Moderator,
}

/// An operator whose proof was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Number of the operator's access code.
    pub id: OperatorId,
    /// The role of the access code.
    pub role: OperatorRole,
}

/// An admin command with its proof, as it arrived. The command is decoded only after the transport has verified the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCommand {
    /// Number of the access code that the sender claims to hold.
    pub by: OperatorId,
    /// The nonce that the server gave to this connection or request.
    pub nonce: Box<str>,
    /// Must be greater than in earlier commands with the same nonce.
    pub counter: u64,
    /// The command as JSON; exactly these characters are signed.
    pub command: Box<str>,
    /// HMAC-SHA-256 of the signed text, in hexadecimal digits.
    pub proof: Box<str>,
}
