//! What orders list: orders that were obeyed, what waits, codes that were issued.

use serde::{Deserialize, Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

use super::{OfficerId, OfficerRole, Person, Token, UserName};

/// An order that was obeyed. Its JSON is what the store keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// Counts them, from 1.
    pub number: u64,
    /// When, milliseconds since 1970 by the box's clock.
    pub at: u64,
    /// Who gave it.
    pub by: OfficerId,
    /// What it was, JSON.
    pub order: Box<RawValue>,
}

/// Something that waits to be approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldItem {
    /// Its number in the room.
    pub number: u64,
    /// Who said it.
    pub from: Person,
    /// When, milliseconds since 1970.
    pub at: u64,
    /// What, if it is a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
    /// Its further arguments, as in [`super::Body::Chat`]: whoever approves it approves them, too. An array for clients.
    #[serde(skip_serializing_if = "str::is_empty", serialize_with = "as_array")]
    pub more: Box<str>,
    /// What, if it is a gift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<Token>,
}

fn as_array<S: Serializer>(values: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let array = RawValue::from_string(format!("[{values}]")).map_err(S::Error::custom)?;
    array.serialize(serializer)
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
