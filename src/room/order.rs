//! What the organizer and their helpers may have done, and who they are.

use serde::{Deserialize, Serialize};

use super::{RoomName, UserName};

/// Names a code that somebody proves to have: 0 is the organizer's own, the others were issued with [`Order::Issue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OfficerId(pub u32);

impl OfficerId {
    /// Whose code is the key itself.
    pub const ORGANIZER: Self = Self(0);
}

/// What a code lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OfficerRole {
    /// Everything.
    Organizer,
    /// What [`Order::is_for_helpers`] says.
    Helper,
}

/// Somebody whose proof the edge has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Officer {
    /// The code that they have.
    pub id: OfficerId,
    /// What it lets them do.
    pub role: OfficerRole,
}

/// An order with its proof, as it came. The edge checks it; what it says is read only then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who says that they give it.
    pub by: OfficerId,
    /// The server's number for this connection or request.
    pub nonce: Box<str>,
    /// Greater than any before with this nonce.
    pub counter: u64,
    /// The order, JSON: exactly these characters are proved.
    pub command: Box<str>,
    /// Hexadecimal digits.
    pub proof: Box<str>,
}

/// An order that somebody with a code may give. Rooms are named, so that an order means the same wherever it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "do",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Order {
    /// Says something to a room, as the organizer.
    Announce {
        /// Where; created on demand.
        room: RoomName,
        /// What.
        text: Box<str>,
    },
    /// Makes a code for somebody. The answer names it; its key is worked out by those who have the organizer's.
    Issue {
        /// What it lets its holder do.
        role: OfficerRole,
        /// Whose it is, for the list.
        name: UserName,
    },
    /// Makes a code worthless, for good.
    Revoke {
        /// Which.
        code: OfficerId,
    },
    /// Lists the codes.
    Codes {},
}

impl Order {
    /// Whether helpers may give it: all that concerns what is said, nothing that concerns who may give orders.
    pub fn is_for_helpers(&self) -> bool {
        match self {
            Self::Announce { .. } => true,
            Self::Issue { .. } | Self::Revoke { .. } | Self::Codes {} => false,
        }
    }
}

/// A code in the list of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuedCode {
    /// Which.
    pub code: OfficerId,
    /// What it lets its holder do.
    pub role: OfficerRole,
    /// Whose it is.
    pub name: UserName,
    /// It is worthless now.
    pub revoked: bool,
}
