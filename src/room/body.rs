//! The content of an entry in a room's log: what people say, what operators do, and what replaces a hidden entry.
//!
//! This file is the only one of the domain that knows each kind. The hub asks a [`Said`] for its texts, its size and its [`Effect`].

use serde::{Deserialize, Serialize};

use super::{Control, MsgId, Seq, Token, UserId};

/// The content of an entry. Its JSON form is stored, so a change must still read older forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Body {
    /// Replaces the body of an entry that was hidden.
    Hidden {
        /// Whether the hidden entry was a control entry; its replacement then counts as one, too.
        control: bool,
    },
    /// A message of a person or an announcement.
    #[serde(untagged)]
    Said(Said),
    /// A change that an operator made.
    #[serde(untagged)]
    Control(Control),
}

/// A message of any kind. Commands, the approval queue, the log and the store use this same type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Said {
    /// A chat message.
    Chat {
        /// Text of the chat message, the event's first argument.
        text: Box<str>,
        /// Further arguments: JSON values joined by commas, as the sender wrote them; empty without further arguments.
        more: Box<str>,
        /// The entry that this message replies to. A command has `None` here until the hub looks up the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        re: Option<Box<Reference>>,
        /// Whether the sender has changed the message since it was sent.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        edited: bool,
    },
    /// Gifts from one person to another one, or to the whole room.
    Gift {
        /// Name of the gift.
        name: Token,
        /// Number of gifts, at least 1.
        count: u32,
        /// The receiver; `None` means the whole room.
        to: Option<UserId>,
    },
    /// A message from the organizer: a control entry.
    Announce {
        /// Text of the announcement.
        text: Box<str>,
    },
    /// A question to the organizer.
    Question {
        /// Text of the question.
        text: Box<str>,
    },
}

/// A reference to an earlier entry of the same room. It carries no text, so hiding the original hides its text everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Number of the original entry.
    pub seq: Seq,
    /// Id of the original entry.
    pub id: MsgId,
}

/// The effect of a message beyond its entry in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect<'a> {
    /// The message has no further effect.
    None,
    /// The gifts count against the sender's budget and on the leaderboard.
    Gift {
        /// Number of gifts.
        count: u32,
        /// The receiver; `None` means the whole room.
        to: Option<UserId>,
    },
    /// The question is added to the board.
    Question {
        /// Text of the question.
        text: &'a str,
    },
    /// The announcement is kept for members that missed it; only an operator may send one.
    Announce,
}

impl Said {
    /// Makes a chat message that has a text and no further arguments.
    pub fn chat(text: &str) -> Self {
        Self::Chat {
            text: text.into(),
            more: "".into(),
            re: None,
            edited: false,
        }
    }

    /// The effect of the message beyond its entry in the log.
    pub fn effect(&self) -> Effect<'_> {
        match self {
            Self::Chat { .. } => Effect::None,
            Self::Gift { count, to, .. } => Effect::Gift { count: *count, to: *to },
            Self::Announce { .. } => Effect::Announce,
            Self::Question { text } => Effect::Question { text },
        }
    }

    /// Whether the message becomes a control entry (a change by an operator), which members get even after the log has dropped it.
    pub fn is_control(&self) -> bool {
        self.effect() == Effect::Announce
    }

    /// Text of the message, for operators' lists and for pins; `None` for a kind without a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Chat { text, .. } | Self::Announce { text } | Self::Question { text } => Some(text),
            Self::Gift { .. } => None,
        }
    }

    /// The text of a chat message that has no further arguments and no reference, and was never changed; `None` for every other message.
    pub fn plain_text(&self) -> Option<&str> {
        match self {
            Self::Chat {
                text,
                more,
                re: None,
                edited: false,
            } if more.is_empty() => Some(text),
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

    /// Name of a gift; `None` for other messages.
    pub fn name(&self) -> Option<&Token> {
        match self {
            Self::Gift { name, .. } => Some(name),
            Self::Chat { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// The texts that the word list and the link filter check; empty strings where the message has none.
    pub fn texts(&self) -> [&str; 2] {
        let name = || self.name().map_or("", Token::as_str);
        [self.text().unwrap_or_else(name), self.more()]
    }

    /// The person who receives the gifts; `None` if the whole room receives them, or for other messages.
    pub fn receiver(&self) -> Option<UserId> {
        match self {
            Self::Gift { to, .. } => *to,
            Self::Chat { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// The entry that the message replies to; `None` if it is no reply.
    pub fn reference(&self) -> Option<&Reference> {
        match self {
            Self::Chat { re, .. } => re.as_deref(),
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => None,
        }
    }

    /// Whether the sender may change the message.
    pub fn is_editable(&self) -> bool {
        match self {
            Self::Chat { .. } => true,
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => false,
        }
    }

    /// Whether the sender may take the message back.
    pub fn is_retractable(&self) -> bool {
        match self {
            Self::Chat { .. } | Self::Question { .. } => true,
            Self::Gift { .. } | Self::Announce { .. } => false,
        }
    }

    /// Whether the sender has changed the message since it was sent.
    pub fn is_edited(&self) -> bool {
        match self {
            Self::Chat { edited, .. } => *edited,
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => false,
        }
    }

    /// Marks the message as changed. Kinds that can't be changed stay as they are.
    pub fn mark_edited(&mut self) {
        match self {
            Self::Chat { edited, .. } => *edited = true,
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => {}
        }
    }

    /// Makes the message a reply to `original`, or no reply (`None`). Kinds that can't be replies stay unchanged.
    pub fn set_reference(&mut self, original: Option<Reference>) {
        match self {
            Self::Chat { re, .. } => *re = original.map(Box::new),
            Self::Gift { .. } | Self::Announce { .. } | Self::Question { .. } => {}
        }
    }

    /// Whether both messages have the same content, ignoring the entries that they reply to.
    pub fn same_words(&self, other: &Self) -> bool {
        let plain = |said: &Self| {
            let mut said = said.clone();
            said.set_reference(None);
            said
        };
        plain(self) == plain(other)
    }

    /// Size in bytes of the message's texts, each measured by `len`. Further arguments are JSON already, so they count as they are.
    fn variable(&self, len: fn(&str) -> usize) -> usize {
        let re = self.reference().map_or(0, |re| len(re.id.as_str()));
        len(self.texts()[0]) + self.more().len() + re
    }
}

impl Body {
    /// Whether the entry is a control entry: members that missed it still get it after the log has dropped it.
    pub fn is_control(&self) -> bool {
        match self {
            Self::Said(said) => said.is_control(),
            Self::Control(control) => control.is_operators(),
            Self::Hidden { control } => *control,
        }
    }

    /// The message; `None` for control entries and hidden entries.
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::Said(said) => Some(said),
            Self::Control(_) | Self::Hidden { .. } => None,
        }
    }

    /// Size in bytes of the body's texts, each measured by `len`.
    pub(super) fn variable(&self, len: fn(&str) -> usize) -> usize {
        match self {
            Self::Said(said) => said.variable(len),
            Self::Control(control) => control.variable(len),
            Self::Hidden { .. } => 0,
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
