//! How a room is run, and who may say something in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hub, held::Queue};
use crate::{
    limits,
    room::{
        BadWord, Code, KeptRoom, Key, Now, Refusal, Reply, Role, RoomId, RoomName, Settings, UserId, WordMode, Words,
        keep, links,
    },
};

/// What the organizer has made of a room.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) settings: Settings,
    /// Who was here before it was locked, or newcomers had to wait; and who was let in.
    pub(super) familiar: BTreeSet<UserId>,
    /// Who else was here when it was locked: newcomers who still have to wait.
    pub(super) stayed: BTreeSet<UserId>,
    /// Until when somebody may only read, on the clock that never goes back.
    pub(super) muted: BTreeMap<UserId, u64>,
    /// When the next of them ends.
    pub(super) unmute_ms: Option<u64>,
    /// When somebody said something last, while the room is in slow mode.
    last_said: BTreeMap<UserId, u64>,
    pub(super) held: Queue,
}

impl Rule {
    /// The room is run otherwise from now on, and these are in it.
    pub(super) fn run(&mut self, settings: Settings, inside: &[UserId]) {
        let before = std::mem::replace(&mut self.settings, settings);
        if !self.settings.locked {
            self.stayed.clear();
        }
        let newcomers = before.newcomers_wait && self.settings.newcomers_wait;
        let locks = self.settings.locked && !before.locked;
        for &user in inside {
            if self.familiar.contains(&user) {
                continue;
            }
            if !newcomers && self.familiar.len() < limits::FAMILIAR {
                self.familiar.insert(user);
            } else if locks && self.stayed.len() < limits::FAMILIAR {
                self.stayed.insert(user);
            }
        }
    }

    /// Somebody is here while everybody may be.
    pub(super) fn greet(&mut self, user: UserId) {
        let open = !self.settings.newcomers_wait && !self.settings.locked;
        if open && self.familiar.len() < limits::FAMILIAR && !self.familiar.contains(&user) {
            self.familiar.insert(user);
        }
    }

    /// Whether somebody may come in, or be heard who did not come in.
    pub(super) fn admits(&self, user: UserId) -> Result<(), Refusal> {
        if self.settings.closed {
            return Err(Refusal::new(Code::RoomClosed, "this room is closed"));
        }
        if self.settings.locked && !self.familiar.contains(&user) && !self.stayed.contains(&user) {
            return Err(Refusal::new(Code::Locked, "nobody new comes into this room now"));
        }
        Ok(())
    }

    /// Whether people may read along of whom nothing is known.
    pub(super) fn admits_strangers(&self) -> Result<(), Refusal> {
        // Nobody has this id.
        self.admits(UserId(0))
    }

    pub(super) fn is_muted(&self, user: UserId, now: Now) -> Result<(), Refusal> {
        match self.muted.get(&user) {
            Some(&until_ms) if until_ms > now.mono_ms => Err(Refusal::retry(
                Code::Muted,
                "you may only read for now",
                until_ms - now.mono_ms,
            )),
            _ => Ok(()),
        }
    }

    fn is_slow(&self, user: UserId, now: Now) -> Result<(), Refusal> {
        let wait_ms = u64::from(self.settings.slow_s) * 1000;
        let next_ms = self.last_said.get(&user).map_or(0, |last_ms| last_ms + wait_ms);
        match next_ms.checked_sub(now.mono_ms) {
            Some(left_ms) if left_ms > 0 && wait_ms > 0 => {
                Err(Refusal::retry(Code::SlowMode, "this room is in slow mode", left_ms))
            }
            _ => Ok(()),
        }
    }

    /// Somebody said something.
    pub(super) fn said(&mut self, user: UserId, now: Now) {
        let wait_ms = u64::from(self.settings.slow_s) * 1000;
        if wait_ms == 0 {
            self.last_said.clear();
            return;
        }
        if self.last_said.len() >= limits::FAMILIAR {
            self.last_said.retain(|_, last_ms| *last_ms + wait_ms > now.mono_ms);
        }
        if self.last_said.len() < limits::FAMILIAR {
            self.last_said.insert(user, now.mono_ms);
        }
    }
}

/// The words that rooms block or hold, and that names do not have.
#[derive(Debug, Default)]
pub(super) struct WordList {
    list: Vec<Box<str>>,
    words: Option<Words>,
}

impl WordList {
    fn has(&self, text: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.find(text).is_some())
    }
}

impl TryFrom<Vec<Box<str>>> for WordList {
    type Error = BadWord;

    fn try_from(list: Vec<Box<str>>) -> Result<Self, BadWord> {
        let words = Words::new(list.iter().map(|word| &**word))?;
        let words = (!list.is_empty()).then_some(words);
        Ok(Self { list, words })
    }
}

fn bad_word() -> Refusal {
    Refusal::new(Code::BadWord, "this room does not take that word")
}

/// What becomes of something that may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Everybody sees it.
    Shown,
    /// It waits to be approved.
    Held,
    /// It waits to be approved, or until its sender is let in.
    HeldAsNew,
}

impl Hub {
    /// Whether somebody may say something in a room, and what becomes of it.
    pub(super) fn way(&self, now: Now, user: UserId, room: Option<RoomId>, texts: &[&str]) -> Result<Way, Refusal> {
        let Some(room) = room else { return Ok(Way::Shown) };
        let rule = &self.rooms.get(room).rule;
        rule.admits(user)?;
        rule.is_muted(user, now)?;
        if self.is_staff(user) {
            return Ok(Way::Shown);
        }
        let settings = &rule.settings;
        if settings.reactions_only {
            return Err(Refusal::new(
                Code::ReactionsOnly,
                "this room takes reactions alone for now",
            ));
        }
        if settings.links_off && texts.iter().any(|text| links::has_link(text)) {
            return Err(Refusal::new(Code::NoLinks, "this room takes no links"));
        }
        rule.is_slow(user, now)?;
        let listed = settings.words != WordMode::Off && texts.iter().any(|text| self.words.has(text));
        if listed && settings.words == WordMode::Block {
            return Err(bad_word());
        }
        let is_new = settings.newcomers_wait && !rule.familiar.contains(&user);
        Ok(match listed || settings.hold {
            true => Way::Held,
            false if is_new => Way::HeldAsNew,
            false => Way::Shown,
        })
    }

    /// Whether somebody may react, or speak to one person, from that room.
    pub(super) fn may_act(&self, now: Now, user: UserId, room: Option<RoomId>) -> Result<(), Refusal> {
        let Some(room) = room else { return Ok(()) };
        let rule = &self.rooms.get(room).rule;
        rule.admits(user)?;
        rule.is_muted(user, now)
    }

    /// Whether somebody may be called so, or call a room so.
    pub(super) fn takes_name(&self, user: UserId, name: &str) -> Result<(), Refusal> {
        let badge = self.standings.badge(user);
        let officer = self.standings.is_officer(user) || matches!(badge, Some(Role::Organizer | Role::Helper));
        if officer || !self.words.has(name) {
            return Ok(());
        }
        Err(Refusal::new(Code::BadWord, "a name can't have that word"))
    }

    /// Whether somebody may react so in a room. What can't wait to be approved is refused where it would have to.
    pub(super) fn takes_reaction(&self, user: UserId, room: RoomId, emoji: &str) -> Result<(), Refusal> {
        let off = self.rooms.get(room).rule.settings.words == WordMode::Off;
        if off || self.is_staff(user) || !self.words.has(emoji) {
            return Ok(());
        }
        Err(bad_word())
    }

    /// Those who run the evening are not held back by what they set.
    fn is_staff(&self, user: UserId) -> bool {
        self.people
            .person(user)
            .is_some_and(|person| matches!(person.role, Role::Organizer | Role::Helper))
    }

    pub(super) fn set_words(&mut self, list: Vec<Box<str>>) -> Result<Reply, Refusal> {
        let words = WordList::try_from(list).map_err(|why| Refusal::new(Code::BadRequest, why.to_string()))?;
        self.keep(Key::Words, |_| {
            (!words.list.is_empty()).then(|| keep::json(&words.list))
        });
        self.words = words;
        Ok(Reply::Done)
    }

    /// Has what the organizer set kept; a room that is run by default needs nothing.
    pub(super) fn keep_rule(&mut self, room: RoomId) {
        let name = self.rooms.get(room).name.clone();
        self.keep(Key::Room(name), |hub| {
            let rule = &hub.rooms.get(room).rule;
            let settings = rule.settings.clone();
            let remembers = settings.locked || settings.newcomers_wait;
            let kept = || KeptRoom {
                familiar: rule.familiar.iter().copied().filter(|_| remembers).collect(),
                stayed: rule.stayed.iter().copied().collect(),
                settings: settings.clone(),
            };
            (settings != Settings::default()).then(|| keep::json(&kept()))
        });
    }

    pub(super) fn take_back_rule(&mut self, name: &RoomName, value: &str) -> Option<()> {
        let kept: KeptRoom = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep(name.clone());
        let rule = &mut self.rooms.get_mut(room).rule;
        rule.settings = kept.settings;
        rule.familiar.extend(kept.familiar);
        rule.stayed.extend(kept.stayed);
        Some(())
    }
}
