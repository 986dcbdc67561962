//! Settings that an operator can change in a room: title, slow mode, lock, approval, links, word list. Plain data; nothing grows.

use serde::{Deserialize, Serialize};

use crate::limits;

/// Settings of a room. By default a room is open to all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Title to show instead of the name; at most [`limits::BOARD_CHARS`] characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    /// Sort order in the list of rooms: lower numbers come first, equal numbers are sorted by name.
    #[serde(skip_serializing_if = "is_zero")]
    pub order: i32,
    /// Gift budget of each person while the room is open; 0 is unlimited, `None` uses the configured budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift_budget: Option<u64>,
    /// Slow mode: minimum time between two messages of a person, in seconds, at most [`limits::SLOW_S`]; 0 is off.
    pub slow_s: u32,
    /// Locked: only people who were in the room before may join.
    pub locked: bool,
    /// Closed: all members leave, and no one may join.
    pub closed: bool,
    /// Whether only reactions are accepted, no messages or gifts.
    pub reactions_only: bool,
    /// Whether messages with links are refused.
    pub links_off: bool,
    /// Whether all messages wait for approval.
    pub hold: bool,
    /// Whether messages of newcomers wait until the newcomer is admitted. Newcomers are people who came after this was set.
    pub newcomers_wait: bool,
    /// Treatment of messages with a listed word.
    pub words: WordMode,
    /// What the room's wall screens show.
    #[serde(skip_serializing_if = "WallMode::is_auto")]
    pub wall: WallMode,
}

/// Treatment of messages with a listed word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordMode {
    /// Messages with listed words pass; the word list is not used.
    #[default]
    Off,
    /// A message with a listed word is refused.
    Block,
    /// A message with a listed word waits for approval.
    Hold,
}

/// What the wall screens of a room show, see PROTOCOL.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WallMode {
    /// Messages and an open poll; QR codes for joining while the room is silent.
    #[default]
    Auto,
    /// The wall screens show the QR codes for joining.
    Codes,
    /// The wall screens show messages, but no polls.
    Talk,
    /// The wall screens show the open questions.
    Questions,
    /// The wall screens show the newest poll.
    Poll,
    /// The wall screens stay dark.
    Blank,
}

impl WallMode {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// A change of some of a room's settings.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall: Option<WallMode>,
}

/// Error: the slow mode exceeds [`limits::SLOW_S`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSlow;

impl Settings {
    /// Returns these settings with `change` applied.
    ///
    /// # Errors
    /// The slow mode exceeds [`limits::SLOW_S`].
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
            wall: change.wall.unwrap_or(self.wall),
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_zero(order: &i32) -> bool {
    *order == 0
}
