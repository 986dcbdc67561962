//! A room's policy: settings, known members, mutes and the slow mode.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use crate::room::hub::{membership::shares::Shares, membership::shares::Source, moderation::queue::ApprovalQueue};
use crate::{
    limits,
    room::{AddressTag, Code, Entry, Now, Refusal, Settings, UserId},
};

/// A room's policy.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Policy {
    pub(in crate::room::hub) settings: Settings,
    /// Known members: people who were here before the room was locked or newcomers had to wait, and admitted people.
    pub(in crate::room::hub) known: BTreeSet<UserId>,
    known_from: Shares,
    /// Newcomers who were here when the room was locked, and still have to wait.
    pub(in crate::room::hub) stayed: BTreeSet<UserId>,
    /// End of each mute, on the monotonic clock.
    pub(in crate::room::hub) muted: BTreeMap<UserId, u64>,
    /// End of the next mute.
    pub(in crate::room::hub) unmute_ms: Option<u64>,
    /// Time of the last message of each person, while the room is in slow mode.
    last_said: BTreeMap<UserId, u64>,
    /// The same of each device, unless addresses are shared by configuration: a fresh identity does not start anew.
    last_heard: BTreeMap<AddressTag, u64>,
    pub(in crate::room::hub) held: ApprovalQueue,
    /// Hidden messages that can be shown again, oldest first. Not stored: a restart forgets them.
    pub(in crate::room::hub) hidden: VecDeque<Arc<Entry>>,
}

impl Policy {
    /// Number of people and devices in the tables.
    pub(in crate::room::hub) fn people(&self) -> usize {
        let said = self.last_said.len() + self.last_heard.len();
        self.known.len() + self.known_from.len() + self.stayed.len() + self.muted.len() + said
    }

    /// Applies new settings. `unknown` are the people in the room who are not known members, in the order of their ids.
    pub(in crate::room::hub) fn run(
        &mut self,
        settings: Settings,
        unknown: Vec<UserId>,
        source: impl Fn(UserId) -> Option<Source>,
    ) {
        let before = std::mem::replace(&mut self.settings, settings);
        if !self.settings.locked {
            self.stayed.clear();
        }
        let newcomers = before.newcomers_wait && self.settings.newcomers_wait;
        let locks = self.settings.locked && !before.locked;
        // Thousands of insertions in place of one merge, and devices looked up for nothing, would take too long.
        let (mut known, mut stay) = (Vec::new(), Vec::new());
        for user in unknown {
            let has_place = !newcomers && self.known.len() + known.len() < limits::KNOWN_MEMBERS;
            if has_place && self.take_known_place(source(user), known.len()) {
                known.push(user);
            } else if locks && self.stayed.len() + stay.len() < limits::KNOWN_MEMBERS {
                stay.push(user);
            }
        }
        self.known.append(&mut known.into_iter().collect());
        self.stayed.append(&mut stay.into_iter().collect());
    }

    /// Makes a person in an open room a known member.
    pub(in crate::room::hub) fn greet(&mut self, user: UserId, source: Source) {
        let open = !self.settings.newcomers_wait && !self.settings.locked;
        if open && !self.known.contains(&user) && self.take_known_place(Some(source), 0) {
            self.known.insert(user);
        }
    }

    /// Takes a place among the known members and `more` others, if there is one. An unknown device has no share.
    fn take_known_place(&mut self, source: Option<Source>, more: usize) -> bool {
        self.known.len() + more < limits::KNOWN_MEMBERS
            && source.is_none_or(|source| self.known_from.take_place(source))
    }

    /// Checks that a person may join, or write from outside.
    pub(in crate::room::hub) fn admits(&self, user: UserId) -> Result<(), Refusal> {
        if self.settings.closed {
            return Err(Refusal::new(Code::RoomClosed, "this room is closed"));
        }
        if self.settings.locked && !self.known.contains(&user) && !self.stayed.contains(&user) {
            return Err(Refusal::new(Code::Locked, "nobody new comes into this room now"));
        }
        Ok(())
    }

    /// Checks that people without an identity may read.
    pub(in crate::room::hub) fn admits_strangers(&self) -> Result<(), Refusal> {
        // No person has this id.
        self.admits(UserId(0))
    }

    pub(in crate::room::hub) fn is_muted(&self, user: UserId, now: Now) -> Result<(), Refusal> {
        match self.muted.get(&user) {
            Some(&until_ms) if until_ms > now.mono_ms => Err(Refusal::retry(
                Code::Muted,
                "you may only read for now",
                until_ms - now.mono_ms,
            )),
            _ => Ok(()),
        }
    }

    pub(in crate::room::hub) fn is_slow(&self, user: UserId, device: AddressTag, now: Now) -> Result<(), Refusal> {
        let wait_ms = u64::from(self.settings.slow_s) * 1000;
        let last_ms = self.last_said.get(&user).max(self.last_heard.get(&device));
        let next_ms = last_ms.map_or(0, |last_ms| last_ms + wait_ms);
        match next_ms.checked_sub(now.mono_ms) {
            Some(left_ms) if left_ms > 0 && wait_ms > 0 => {
                Err(Refusal::retry(Code::SlowMode, "this room is in slow mode", left_ms))
            }
            _ => Ok(()),
        }
    }

    /// Starts the slow mode of a sender.
    pub(in crate::room::hub) fn said(&mut self, user: UserId, device: Option<AddressTag>, now: Now) {
        let wait_ms = u64::from(self.settings.slow_s) * 1000;
        if wait_ms == 0 {
            self.last_said.clear();
            self.last_heard.clear();
            return;
        }
        if self.last_said.len() >= limits::KNOWN_MEMBERS {
            self.last_said.retain(|_, last_ms| *last_ms + wait_ms > now.mono_ms);
        }
        if self.last_said.len() < limits::KNOWN_MEMBERS {
            self.last_said.insert(user, now.mono_ms);
        }
        let Some(device) = device else { return };
        if self.last_heard.len() >= limits::KNOWN_MEMBERS {
            self.last_heard.retain(|_, last_ms| *last_ms + wait_ms > now.mono_ms);
        }
        if self.last_heard.len() < limits::KNOWN_MEMBERS {
            self.last_heard.insert(device, now.mono_ms);
        }
    }
}
