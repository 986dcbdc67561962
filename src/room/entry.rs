//! An entry of a room's log: its number, time, sender and content. Entries never change; a hidden one is replaced.

use std::sync::Arc;

use super::{Body, Epoch, MsgId, Person, RoomName, Seq, UserId, UserName};

/// An accepted message or control, with its number in the room's log. Immutable, shared by handle.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of the room.
    pub room: RoomName,
    /// The epoch of the log, in which `seq` counts.
    pub epoch: Epoch,
    /// Number of the entry within its epoch, from 1.
    pub seq: Seq,
    /// The sender's id for the message, or an id that the hub made.
    pub id: MsgId,
    /// The author, with name and role at the time of sending.
    pub from: Person,
    /// Time of acceptance in milliseconds since 1970, normally not before the room's preceding entry.
    pub at: u64,
    /// The user who does not receive the entry: the sender of a message `to: "others"`.
    pub skip: Option<UserId>,
    /// Content of the entry.
    pub body: Body,
}

impl Entry {
    /// Whether the entry changes the room (a control entry), so that members get it even after the log has dropped it.
    pub fn is_control(&self) -> bool {
        self.body.is_control()
    }

    /// A replacement with the same number but without the message and the sender's name; `None` unless the entry is a message.
    pub fn hidden(&self) -> Option<Self> {
        self.hidden_as(UserName::made_up(self.from.id))
    }

    /// Like [`Self::hidden`], with `name` in place of the sender's.
    pub fn hidden_as(&self, name: UserName) -> Option<Self> {
        self.body.said()?;
        Some(Self {
            room: self.room.clone(),
            epoch: self.epoch,
            seq: self.seq,
            id: self.id.clone(),
            from: Person {
                name,
                ..self.from.clone()
            },
            at: self.at,
            skip: self.skip,
            body: Body::Hidden {
                control: self.is_control(),
            },
        })
    }

    /// Bytes that count against the log's size bound: the texts as JSON, plus a fixed overhead.
    pub fn weight(&self) -> usize {
        self.variable(escaped_len) + crate::limits::ENTRY_FIXED_BYTES
    }

    /// Size in memory in bytes, without encoded copies.
    pub fn size(&self) -> usize {
        self.variable(str::len) + size_of::<Self>()
    }

    fn variable(&self, len: fn(&str) -> usize) -> usize {
        let names = len(self.id.as_str()) + len(self.from.name.as_str()) + len(self.room.as_str());
        self.body.variable(len) + names
    }
}

/// Maximum size of a text as JSON, in bytes: six for each control character, two for each quote and backslash (RFC 8259, section 7).
pub fn escaped_len(text: &str) -> usize {
    let more = |byte: u8| 5 * usize::from(byte < 0x20) + usize::from(matches!(byte, b'"' | b'\\'));
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// The properties of an entry that decide what a log drops. The hub's log and the fan-out's logs use the same ones, so they stay equal.
pub trait Logged {
    /// Number of the entry in its room.
    fn seq(&self) -> Seq;
    /// Bytes that the entry counts in the log's byte bound.
    fn weight(&self) -> usize;
    /// Whether the entry is a control entry (a change by an operator), of which more are kept.
    fn is_control(&self) -> bool;
    /// The user who does not get the entry; `None` if all members get it.
    fn skip(&self) -> Option<UserId>;
}

impl Logged for Entry {
    fn seq(&self) -> Seq {
        self.seq
    }
    fn weight(&self) -> usize {
        Self::weight(self)
    }
    fn is_control(&self) -> bool {
        Self::is_control(self)
    }
    fn skip(&self) -> Option<UserId> {
        self.skip
    }
}

impl<T: Logged> Logged for Arc<T> {
    fn seq(&self) -> Seq {
        T::seq(self)
    }
    fn weight(&self) -> usize {
        T::weight(self)
    }
    fn is_control(&self) -> bool {
        T::is_control(self)
    }
    fn skip(&self) -> Option<UserId> {
        T::skip(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_weighs_what_it_is_as_json() {
        let texts = ["", "plain", "\"\\", "\u{1}\u{1f}", "\u{7f}é漢\u{2028}😀"];
        for text in texts {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(escaped_len(text), json.len() - 2, "{json}");
        }
        // Those with a short form weigh as the others do.
        assert!(escaped_len("\n\t") >= 4);
    }
}
