//! What a room's log holds.

use std::sync::Arc;

use super::{Body, Epoch, MsgId, Person, RoomName, Seq, UserId, UserName};

/// One accepted message, at its place in the room's order. Immutable, shared by handle.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The room that it belongs to.
    pub room: RoomName,
    /// The log's life that `seq` counts in.
    pub epoch: Epoch,
    /// Its place.
    pub seq: Seq,
    /// The sender's id for it, or one made by the hub.
    pub id: MsgId,
    /// Who said it, as they were called then.
    pub from: Person,
    /// When it was accepted: milliseconds since 1970, never less than the room's entry before it.
    pub at: u64,
    /// The one who is not to receive it (`to: "others"`).
    pub skip: Option<UserId>,
    /// What it says.
    pub body: Body,
}

impl Entry {
    /// See [`Body::is_control`].
    pub fn is_control(&self) -> bool {
        self.body.is_control()
    }

    /// The same place without the message and without the sender's chosen name; none unless the entry is a message.
    pub fn hidden(&self) -> Option<Self> {
        self.body.said()?;
        Some(Self {
            room: self.room.clone(),
            epoch: self.epoch,
            seq: self.seq,
            id: self.id.clone(),
            from: Person {
                name: UserName::made_up(self.from.id),
                ..self.from.clone()
            },
            at: self.at,
            skip: self.skip,
            body: Body::Hidden {
                control: self.is_control(),
            },
        })
    }

    /// Bytes that count against the log's bound: the variable texts as JSON, and a fixed rest.
    pub fn weight(&self) -> usize {
        self.variable(escaped_len) + crate::limits::ENTRY_FIXED_BYTES
    }

    /// Bytes in memory, without any encoding.
    pub fn size(&self) -> usize {
        self.variable(str::len) + size_of::<Self>()
    }

    fn variable(&self, len: fn(&str) -> usize) -> usize {
        let names = len(self.id.as_str()) + len(self.from.name.as_str()) + len(self.room.as_str());
        self.body.variable(len) + names
    }
}

/// The most that a text takes as JSON, in bytes: six for each control character, two for each quote and backslash (RFC 8259, section 7).
pub fn escaped_len(text: &str) -> usize {
    let more = |byte: u8| 5 * usize::from(byte < 0x20) + usize::from(matches!(byte, b'"' | b'\\'));
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// What the log needs to know of what it holds, so that the hub's log of entries and the fan-out's logs of encoded entries
/// drop the same ones at the same time.
pub trait Logged {
    /// See [`Entry::seq`].
    fn seq(&self) -> Seq;
    /// See [`Entry::weight`].
    fn weight(&self) -> usize;
    /// See [`Entry::is_control`].
    fn is_control(&self) -> bool;
    /// See [`Entry::skip`].
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
