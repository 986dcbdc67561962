//! Answers for the organizer's page, as plain data: the audit log, messages that wait for approval, issued access codes, people.

use serde::{Deserialize, Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;

use super::{Entry, OperatorId, OperatorRole, Person, Said, Token, UserName};

/// A record of the audit log: an admin command that was applied. Its JSON form is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// Number of the record in the audit log, from 1.
    pub number: u64,
    /// Time of the command by the box's clock, in milliseconds since 1970.
    pub at: u64,
    /// Number of the access code of the operator who gave the command.
    pub by: OperatorId,
    /// The admin command that the operator gave, as JSON without secrets.
    pub order: Box<RawValue>,
}

/// A message as operators see it in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldItem {
    /// The message's number in the approval queue; in other lists, the number of its entry.
    pub number: u64,
    /// The sender of the message.
    pub from: Person,
    /// Time of the message, in milliseconds since 1970.
    pub at: u64,
    /// Text of the message; `None` for a gift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
    /// Further arguments, as in [`super::Said::Chat`]; approving the message approves them, too. Clients receive them as an array.
    #[serde(skip_serializing_if = "str::is_empty", serialize_with = "as_array")]
    pub more: Box<str>,
    /// Name of the gift; `None` for other messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<Token>,
}

impl HeldItem {
    /// Makes the list item of a log entry; `None` unless the entry is a message.
    pub fn of(entry: &Entry) -> Option<Self> {
        let said = entry.body.said()?;
        Some(Self::new(entry.seq, entry.from.clone(), entry.at, said))
    }

    /// Makes the list item of a message.
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

/// An access code in the organizer's list of issued codes: its number, role and holder, not the code itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuedCode {
    /// Number of the access code.
    pub code: OperatorId,
    /// The role that the code gives its holder.
    pub role: OperatorRole,
    /// Name of the holder.
    pub name: UserName,
    /// Whether the code was revoked.
    pub revoked: bool,
}

/// Which people [`super::AdminCommand::People`] lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeopleFilter {
    /// People who are in the room now.
    #[default]
    Here,
    /// People who are muted in any room.
    Muted,
    /// People who are banned from the event.
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
    /// The person whose state this is.
    pub who: Person,
    /// Whether the person is in the room.
    pub here: bool,
    /// Remaining time of the person's mute, in milliseconds; `None` if not muted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_ms: Option<u64>,
    /// Whether the person is banned.
    pub banned: bool,
    /// Number of messages, gifts and questions in the room's log in memory.
    pub messages: usize,
    /// Number of other people known at the same address.
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
