//! Lists for operators: the audit log, the approval queue, issued codes, people.

use serde::{Deserialize, Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

use super::{Entry, OperatorId, OperatorRole, Person, Said, Token, UserName};

/// A record of the audit log: an admin command that was applied. Its JSON form is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// Number of the record, from 1.
    pub number: u64,
    /// Time in milliseconds since 1970 by the box's clock.
    pub at: u64,
    /// The code of the operator.
    pub by: OperatorId,
    /// The command, JSON.
    pub order: Box<RawValue>,
}

/// A message in a list for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldItem {
    /// Its number in the queue, or that of its entry.
    pub number: u64,
    /// The sender.
    pub from: Person,
    /// Time in milliseconds since 1970.
    pub at: u64,
    /// The text, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
    /// Further arguments, as in [`super::Said::Chat`]: approving a message approves them, too. An array for clients.
    #[serde(skip_serializing_if = "str::is_empty", serialize_with = "as_array")]
    pub more: Box<str>,
    /// Name of the gift, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<Token>,
}

impl HeldItem {
    /// An entry as operators see it in lists; none unless it is a message.
    pub fn of(entry: &Entry) -> Option<Self> {
        let said = entry.body.said()?;
        Some(Self::new(entry.seq, entry.from.clone(), entry.at, said))
    }

    /// A message as operators see it in lists.
    pub fn new(number: u64, from: Person, at: u64, said: &Said) -> Self {
        Self {
            number,
            from,
            at,
            text: said.text().map(Into::into),
            more: said.more().into(),
            gift: said.name().cloned(),
        }
    }
}

fn as_array<S: Serializer>(values: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let array = RawValue::from_string(format!("[{values}]")).map_err(S::Error::custom)?;
    array.serialize(serializer)
}

/// A code in the list of issued codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuedCode {
    /// Number of the code.
    pub code: OperatorId,
    /// The role of the code.
    pub role: OperatorRole,
    /// Name of the holder.
    pub name: UserName,
    /// The code was revoked.
    pub revoked: bool,
}

/// A filter of [`super::AdminCommand::People`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeopleFilter {
    /// People in the room.
    #[default]
    Here,
    /// People who are muted in any room.
    Muted,
    /// Banned people.
    Banned,
    /// People in the room who share their device's address with others.
    Shared,
    /// People with a badge, and operators.
    Staff,
}

impl PeopleFilter {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The state of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonState {
    /// The person.
    pub who: Person,
    /// Whether the person is in the room.
    pub here: bool,
    /// Remaining time of a mute, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_ms: Option<u64>,
    /// Whether the person is banned.
    pub banned: bool,
    /// Number of messages, gifts and questions in the room's log in memory.
    pub messages: usize,
    /// Other people who are known at the same address.
    pub shares: usize,
}

/// Details of a person, for operators.
#[derive(Clone, Debug, Serialize)]
pub struct PersonRecord {
    /// The state of the person.
    pub person: PersonState,
    /// Other people at the same address, at most [`crate::limits::DESK_NEIGHBOURS`].
    pub neighbours: Vec<Person>,
    /// The newest messages in the room's log, newest first, at most [`crate::limits::DESK_SAID`].
    pub said: Vec<HeldItem>,
    /// The newest commands about the person, newest first, at most [`crate::limits::DESK_COMMANDS`].
    pub orders: Vec<Audited>,
}
