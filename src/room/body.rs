//! The content of an entry: what people say, what operators do, and what stands in place of a hidden entry.
//!
//! This file is the only one of the domain that knows each kind. The hub asks a [`Said`] for its texts, its size and its [`Effect`].

use serde::{Deserialize, Serialize};

use super::{MsgId, Pin, Poll, Seq, Settings, Token, UserId};

/// The content of an entry. Its JSON form is stored, so a change must still read older forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// Stands in place of an entry that was hidden.
    Hidden {
        /// The original was a control entry; this one keeps its place among those.
        control: bool,
    },
    /// A message of a person or an announcement.
    #[serde(untagged)]
    Said(Said),
    /// A change that an operator made.
    #[serde(untagged)]
    Control(Control),
}

/// A message, whatever its kind: the same value in a command, in the approval queue, in the log and in the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Said {
    /// A chat message.
    Chat {
        /// The first argument.
        text: Box<str>,
        /// Further arguments: JSON values joined by commas, as the sender wrote them; empty for none.
        more: Box<str>,
        /// The entry that it replies to; none in a command, where the hub has yet to look it up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<Box<Reference>>,
    },
    /// Gifts from one person.
    Gift {
        /// Name of the gift.
        name: Token,
        /// Number of gifts, at least 1.
        count: u32,
        /// The receiver; none is the room.
        to: Option<UserId>,
    },
    /// A message from the organizer: a control entry.
    Announce {
        /// The text.
        text: Box<str>,
    },
    /// A question to the organizer.
    Question {
        /// The text.
        text: Box<str>,
    },
}

/// A change to the room. Members that fell behind still get it after the log has dropped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Control {
    /// A question was answered.
    Answered {
        /// Number of the question's entry.
        question: Seq,
    },
    /// A poll begins, changes or ends.
    Poll {
        /// The poll as it stands now.
        poll: Box<Poll>,
    },
    /// The pin changed.
    Pin {
        /// The new pin, if any. The text of a pinned message stays in its own entry.
        pin: Option<Pin>,
    },
    /// The settings changed.
    Settings {
        /// All settings.
        settings: Box<Settings>,
    },
    /// Entries were hidden. [`Body::Hidden`] stands in their places already.
    Hide {
        /// The hidden entries.
        what: Hide,
    },
    /// A hidden entry is shown again. Its original stands in its place already.
    Unhide {
        /// Number of the entry.
        seq: Seq,
    },
    /// A person was muted, banned or let in, or that was undone.
    Moderated {
        /// The measure.
        did: Measure,
        /// The person.
        user: UserId,
        /// Duration in seconds, if it ends by itself.
        seconds: Option<u32>,
    },
}

/// Points to an earlier entry of the same room. The text stays in that entry alone, so that hiding it hides it everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The number of the entry.
    pub seq: Seq,
    /// The id of the entry.
    pub id: MsgId,
}

/// Entries to hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Hide {
    /// One entry.
    Entry {
        /// Its number.
        seq: Seq,
    },
    /// All earlier messages of a person.
    Person {
        /// The person.
        user: UserId,
    },
}

/// A moderation measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// The person may only read, for a time.
    Mute,
    /// Ends a mute.
    Unmute,
    /// The person is sent away for the rest of the event.
    Ban,
    /// Ends a ban.
    Unban,
    /// The person may join, or be heard, without waiting.
    Admit,
}

/// What a message does besides taking its place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// Nothing.
    None,
    /// Counts against the sender's gift budget, and on the leaderboard.
    Gift {
        /// Number of gifts.
        count: u32,
        /// The receiver; none is the room.
        to: Option<UserId>,
    },
    /// Goes on the board of questions.
    Question {
        /// The text.
        text: &'a str,
    },
    /// Stays for members that fell behind; an operator alone may send it.
    Announce,
}

impl Said {
    /// A chat message of a text alone.
    pub fn chat(text: &str) -> Self {
        Self::Chat {
            text: text.into(),
            more: "".into(),
            re: None,
        }
    }

    /// What the message does besides taking its place in the log.
    pub fn effect(&self) -> Effect<'_> {
        match self {
            Self::Chat { .. } => Effect::None,
            Self::Gift { count, to, .. } => Effect::Gift { count: *count, to: *to },
            Self::Announce { .. } => Effect::Announce,
            Self::Question { text } => Effect::Question { text },
        }
    }

    /// Whether the message is a control entry.
    pub fn is_control(&self) -> bool {
        self.effect() == Effect::Announce
    }

    /// The text, for lists of operators and for pins; none for a message without one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Chat { text, .. } | Self::Announce { text } | Self::Question { text } => Some(text),
            Self::Gift { .. } => None,
        }
    }

    /// The text of a chat message that is nothing else.
    pub fn plain_text(&self) -> Option<&str> {
        match self {
            Self::Chat { text, more, re: None } if more.is_empty() => Some(text),
            Self::Chat { .. } | Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// Further arguments, as in [`Said::Chat`]; empty for none.
    pub fn more(&self) -> &str {
        match self {
            Self::Chat { more, .. } => more,
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => "",
        }
    }

    /// The name that a message has instead of a text.
    pub fn name(&self) -> Option<&Token> {
        match self {
            Self::Gift { name, .. } => Some(name),
            Self::Chat { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// All parts that the word list and the link filter look at; empty where there is none.
    pub fn texts(&self) -> [&str; 2] {
        let name = || self.name().map_or("", Token::as_str);
        [self.text().unwrap_or_else(name), self.more()]
    }

    /// The person that the message is for, if not the room.
    pub fn receiver(&self) -> Option<UserId> {
        match self {
            Self::Gift { to, .. } => *to,
            Self::Chat { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// The entry that the message replies to.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Chat { re, .. } => re.as_deref(),
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// Makes the message a reply. Kinds that reply to nothing stay as they are.
    pub fn set_reference(&mut self, original: Option<Reference>) {
        match self {
            Self::Chat { re, .. } => *re = original.map(Box::new),
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => {}
        }
    }

    /// Whether both say the same, apart from the entry that they reply to.
    pub fn same_words(&self, other: &Self) -> bool {
        let plain = |said: &Self| {
            let mut said = said.clone();
            said.set_reference(None);
            said
        };
        plain(self) == plain(other)
    }

    /// Length of the variable part, each text measured by `len`. Further arguments are JSON already.
    fn variable(&self, len: fn(&str) -> usize) -> usize {
        let re = self.reference().map_or(0, |re| len(re.id.as_str()));
        len(self.texts()[0]) + self.more().len() + re
    }
}

impl Body {
    /// Whether members that fell behind still get the entry after the log has dropped it.
    pub fn is_control(&self) -> bool {
        match self {
            Self::Said(said) => said.is_control(),
            Self::Control(_) => true,
            Self::Hidden { control } => *control,
        }
    }

    /// The message; none for controls and hidden entries.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::Said(said) => Some(said),
            Self::Control(_) | Self::Hidden { .. } => None,
        }
    }

    /// Length of the variable part, each text measured by `len`.
    pub(super) fn variable(&self, len: fn(&str) -> usize) -> usize {
        match self {
            Self::Said(said) => said.variable(len),
            Self::Control(Control::Poll { poll }) => {
                len(&poll.question) + poll.choices.iter().map(|text| len(text)).sum::<usize>()
            }
            Self::Control(Control::Pin { pin }) => {
                let text = pin.as_ref().and_then(|pin| pin.text.as_ref());
                text.map_or(0, |text| len(text))
            }
            Self::Control(
                Control::Answered { .. }
                | Control::Settings { .. }
                | Control::Hide { .. }
                | Control::Unhide { .. }
                | Control::Moderated { .. },
            )
            | Self::Hidden { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_has_one_kind_and_reads_back() {
        let bodies = [
            (r#"{"kind":"chat","text":"hi","more":""}"#, Body::Said(Said::chat("hi"))),
            (
                r#"{"kind":"gift","name":"rose","count":2,"to":null}"#,
                Body::Said(Said::Gift {
                    name: Token::new("rose").unwrap(),
                    count: 2,
                    to: None,
                }),
            ),
            (
                r#"{"kind":"answered","question":7}"#,
                Body::Control(Control::Answered { question: 7 }),
            ),
            (r#"{"kind":"hidden","control":true}"#, Body::Hidden { control: true }),
        ];
        for (json, body) in bodies {
            assert_eq!(serde_json::to_string(&body).unwrap(), json);
            assert_eq!(serde_json::from_str::<Body>(json).unwrap(), body);
        }
        assert!(serde_json::from_str::<Body>(r#"{"kind":"unheard","text":"hi"}"#).is_err());
    }
}
