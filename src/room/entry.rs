//! What a room's log holds.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Epoch, MsgId, Pin, Poll, RoomName, Seq, Settings, Token, UserId, UserName};

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

/// What an entry says. Its JSON is what the store keeps, so a change must still read what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// Said by somebody.
    Chat {
        /// The first argument.
        text: Box<str>,
        /// Further arguments: JSON values joined by commas, as the sender wrote them; empty for none.
        more: Box<str>,
    },
    /// Given by somebody, to somebody or to the room.
    Gift {
        /// Which one.
        name: Token,
        /// How many, at least 1.
        count: u32,
        /// To whom; none is the room.
        to: Option<UserId>,
    },
    /// Said by the organizer: a control entry.
    Announce {
        /// The text.
        text: Box<str>,
    },
    /// Asked by somebody, for the organizer to answer.
    Question {
        /// What.
        text: Box<str>,
    },
    /// A question was answered: a control entry.
    Answered {
        /// The number of its entry.
        question: Seq,
    },
    /// A poll begins, changes or ends: a control entry.
    Poll {
        /// As it stands now.
        poll: Box<Poll>,
    },
    /// Something is pinned, or nothing any more: a control entry.
    Pin {
        /// A message's text is not here: its own entry has it.
        pin: Option<Pin>,
    },
    /// The room is run so from now on: a control entry.
    Settings {
        /// All of them.
        settings: Box<Settings>,
    },
    /// What was said is not to be seen any more: a control entry. [`Body::Hidden`] stands in its place already.
    Hide {
        /// What.
        what: Hide,
    },
    /// Stands where something was said that is hidden.
    Hidden {
        /// It was a control entry, and keeps its place among those.
        control: bool,
    },
    /// Something was done about somebody: a control entry.
    Moderated {
        /// What.
        did: Measure,
        /// About whom.
        user: UserId,
        /// For how long, in seconds, if it ends.
        seconds: Option<u32>,
    },
}

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hide {
    /// One entry.
    Entry {
        /// Its number.
        seq: Seq,
    },
    /// All that somebody said before.
    Person {
        /// Who.
        user: UserId,
    },
}

/// What may be done about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// They may only read, for a time.
    Mute,
    /// They may speak again.
    Unmute,
    /// They are sent away, for the rest of the event.
    Ban,
    /// They may come back.
    Unban,
    /// They may come in, or be heard, without waiting.
    Admit,
}

/// A person as others see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The same in all of their connections.
    pub id: UserId,
    /// What they want to be called.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Anybody.
    Guest,
    /// Whoever runs the evening.
    Organizer,
    /// Who helps them.
    Helper,
    /// A program.
    Bot,
}

impl Entry {
    /// Whether members that fell behind are still to get it after the log has dropped it.
    pub fn is_control(&self) -> bool {
        match self.body {
            Body::Chat { .. } | Body::Gift { .. } | Body::Question { .. } => false,
            Body::Announce { .. }
            | Body::Answered { .. }
            | Body::Poll { .. }
            | Body::Pin { .. }
            | Body::Settings { .. }
            | Body::Hide { .. }
            | Body::Moderated { .. } => true,
            Body::Hidden { control } => control,
        }
    }

    /// The same place with nothing of what was said, nor of what its sender was called; none if it is nothing that was said.
    pub fn hidden(&self) -> Option<Self> {
        if !matches!(
            self.body,
            Body::Chat { .. } | Body::Gift { .. } | Body::Question { .. } | Body::Announce { .. }
        ) {
            return None;
        }
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

    /// What the entry counts against the log's byte bound: its variable text and the fixed rest, in bytes.
    pub fn weight(&self) -> usize {
        let body = match &self.body {
            Body::Chat { text, more } => text.len() + more.len(),
            Body::Gift { name, .. } => name.as_str().len(),
            Body::Announce { text } | Body::Question { text } => text.len(),
            Body::Poll { poll } => poll.question.len() + poll.choices.iter().map(|text| text.len()).sum::<usize>(),
            Body::Pin { pin } => pin
                .as_ref()
                .and_then(|pin| pin.text.as_ref())
                .map_or(0, |text| text.len()),
            Body::Answered { .. } => 0,
            Body::Settings { .. } | Body::Hide { .. } | Body::Hidden { .. } | Body::Moderated { .. } => 0,
        };
        body + self.id.as_str().len()
            + self.from.name.as_str().len()
            + self.room.as_str().len()
            + crate::limits::ENTRY_FIXED_BYTES
    }
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
