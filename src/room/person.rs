//! People and their roles.

use serde::{Deserialize, Serialize};

use super::{UserId, UserName};

/// A person as other people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The user's id, the same on all connections of the person.
    pub id: UserId,
    /// The name that other people see.
    pub name: UserName,
    /// The role.
    pub role: Role,
}

/// The role of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A guest.
    Guest,
    /// The organizer.
    Organizer,
    /// A moderator.
    Moderator,
    /// An automated account.
    Bot,
}
