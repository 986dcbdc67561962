//! How a room is run.

use serde::{Deserialize, Serialize};

use crate::limits;

/// What the organizer has set for one room. The default is a room that is open to all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// What it is called, if not by its name; at most [`limits::BOARD_CHARS`] characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    /// Its place in the list of rooms: lower ones first, those of the same number by name.
    #[serde(skip_serializing_if = "is_zero")]
    pub order: i32,
    /// Gifts of one person while the room lives, if not as configured; 0 is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift_budget: Option<u64>,
    /// Least time between two messages of one person, in seconds, at most [`limits::SLOW_S`]; 0 is none.
    pub slow_s: u32,
    /// Nobody comes in but who was here before.
    pub locked: bool,
    /// Nobody is in it.
    pub closed: bool,
    /// No messages and gifts.
    pub reactions_only: bool,
    /// No messages with a link.
    pub links_off: bool,
    /// What is said is shown only once it was approved.
    pub hold: bool,
    /// The same for those alone who came after this was set, until they are let in.
    pub newcomers_wait: bool,
    /// What becomes of a message with a listed word.
    pub words: WordMode,
}

/// What becomes of a message with a listed word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordMode {
    /// Nothing.
    #[default]
    Off,
    /// It is refused.
    Block,
    /// It is shown once it was approved.
    Hold,
}

/// A change of some of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of `Settings`")]
pub struct SettingsChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift_budget: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactions_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links_off: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newcomers_wait: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<WordMode>,
}

/// The slow mode is too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSlow;

impl Settings {
    /// These with some changed.
    ///
    /// # Errors
    /// More seconds than [`limits::SLOW_S`].
    pub fn with(&self, change: &SettingsChange) -> Result<Self, TooSlow> {
        let slow_s = change.slow_s.unwrap_or(self.slow_s);
        if slow_s > limits::SLOW_S {
            return Err(TooSlow);
        }
        let title = change.title.as_deref().map(str::trim);
        Ok(Self {
            // No title is the room's name again.
            title: match title {
                Some(title) => (!title.is_empty()).then(|| title.into()),
                None => self.title.clone(),
            },
            order: change.order.unwrap_or(self.order),
            gift_budget: change.gift_budget.or(self.gift_budget),
            slow_s,
            locked: change.locked.unwrap_or(self.locked),
            closed: change.closed.unwrap_or(self.closed),
            reactions_only: change.reactions_only.unwrap_or(self.reactions_only),
            links_off: change.links_off.unwrap_or(self.links_off),
            hold: change.hold.unwrap_or(self.hold),
            newcomers_wait: change.newcomers_wait.unwrap_or(self.newcomers_wait),
            words: change.words.unwrap_or(self.words),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(order: &i32) -> bool {
    *order == 0
}
