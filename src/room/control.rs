//! Changes to a room: what operators do, and what people do to their own messages. An entry of the log, at most as large as a poll or a pin.

use serde::{Deserialize, Serialize};

use super::{Pin, Poll, Seq, Settings, UserId};

/// A change to the room. Members that missed one by an operator still get it after the log has dropped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Control {
    /// A question was answered.
    Answered {
        /// Number of the question's entry.
        question: Seq,
    },
    /// A poll was opened, changed or closed.
    Poll {
        /// The poll in its new state.
        poll: Box<Poll>,
    },
    /// The room's pinned message or text changed.
    Pin {
        /// The new pin; `None` removes it. A pinned message's text stays in its own entry.
        pin: Option<Pin>,
    },
    /// An operator changed the room's settings.
    Settings {
        /// All settings after the change.
        settings: Box<Settings>,
    },
    /// Entries were hidden. [`super::Body::Hidden`] stands at their positions already.
    Hide {
        /// Which entries were hidden.
        what: Hide,
    },
    /// Hidden entries are shown again. The log already has the originals back at their positions.
    Unhide {
        /// Which entries are shown again; of a person perhaps not all.
        what: Hide,
    },
    /// A person has changed an own message. The log already has the new text at its position, and nothing has the old one.
    Edit {
        /// Number of the entry in the room's log.
        seq: Seq,
    },
    /// A person has taken back an own message. [`super::Body::Hidden`] stands at its position already, and nothing has the message.
    Retract {
        /// Number of the entry in the room's log.
        seq: Seq,
    },
    /// A person was muted, banned or admitted, or such a measure was ended.
    Moderated {
        /// The moderation measure.
        did: Measure,
        /// The person that the measure concerns.
        user: UserId,
        /// Duration of the measure in seconds; `None` if it does not expire.
        seconds: Option<u32>,
    },
}

/// Selects the entries to hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hide {
    /// Hides one entry of the log.
    Entry {
        /// Number of the entry in the room's log.
        seq: Seq,
    },
    /// All messages that a person has sent so far.
    Person {
        /// The person whose entries are hidden.
        user: UserId,
    },
}

/// A moderation measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Makes the person read-only for a time.
    Mute,
    /// Ends the person's mute, so that the person may write again.
    Unmute,
    /// Excludes the person for the rest of the event.
    Ban,
    /// Ends the person's ban, so that the person may come back.
    Unban,
    /// Lets the person join and write without waiting.
    Admit,
}

impl Control {
    /// Whether an operator made the change. Changes that people make to their own messages could push those of operators out of the log.
    pub(super) fn is_operators(&self) -> bool {
        match self {
            Self::Edit { .. } | Self::Retract { .. } => false,
            Self::Answered { .. }
            | Self::Poll { .. }
            | Self::Pin { .. }
            | Self::Settings { .. }
            | Self::Hide { .. }
            | Self::Unhide { .. }
            | Self::Moderated { .. } => true,
        }
    }
    /// Size in bytes of the texts, each measured by `len`.
    pub(super) fn variable(&self, len: fn(&str) -> usize) -> usize {
        match self {
            Self::Poll { poll } => len(&poll.question) + poll.choices.iter().map(|text| len(text)).sum::<usize>(),
            Self::Pin { pin } => {
                let text = pin.as_ref().and_then(|pin| pin.text.as_ref());
                text.map_or(0, |text| len(text))
            }
            Self::Answered { .. }
            | Self::Settings { .. }
            | Self::Hide { .. }
            | Self::Unhide { .. }
            | Self::Edit { .. }
            | Self::Retract { .. }
            | Self::Moderated { .. } => 0,
        }
    }
}
