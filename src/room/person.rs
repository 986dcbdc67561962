//! A person as others see them: id, name and role. Plain data; nothing grows.

use serde::{Deserialize, Serialize};

use super::{UserId, UserName};

/// A person as other people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The user's id, the same on all connections of the person.
    pub id: UserId,
    /// The name that other people see.
    pub name: UserName,
    /// Role that others see beside the name.
    pub role: Role,
}

/// The role of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A person without a special role.
    Guest,
    /// The organizer of the event, who may give all admin commands.
    Organizer,
    /// A moderator, who may give some admin commands.
    Moderator,
    /// An automated account: a program that posts messages.
    Bot,
}
