//! The rules of one room: its settings, the members who may still enter when it is locked, its mutes, and the pause between two messages of
//! a person in slow mode. At most `limits::KNOWN_MEMBERS` members and `limits::MUTED` mutes.

use std::collections::{BTreeMap, BTreeSet};

use crate::room::hub::{
    membership::shares::{Shares, Source},
    moderation::{originals::Originals, queue::ApprovalQueue},
};
use crate::{
    limits,
    room::{AddressTag, Code, Now, Refusal, Settings, UserId},
};

/// A room's rules: its settings, the members that a lock still admits, its mutes, and people's waiting times in slow mode.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Policy {
    pub(in crate::room::hub) settings: Settings,
    /// Known members: people who were in the room before it was locked or newcomers had to wait, and admitted people.
    pub(in crate::room::hub) known: BTreeSet<UserId>,
    known_from: Shares,
    /// Newcomers who were in the room when it was locked, and still wait for admission.
    pub(in crate::room::hub) stayed: BTreeSet<UserId>,
    /// End of each mute in milliseconds on the monotonic clock, by user.
    pub(in crate::room::hub) muted: BTreeMap<UserId, u64>,
    /// Time of the timer for the next mute that ends, on the monotonic clock.
    pub(in crate::room::hub) unmute_ms: Option<u64>,
    /// Time of each person's last message, while slow mode is on.
    last_said: BTreeMap<UserId, u64>,
    /// Time of each device's last message, so that a fresh identity must wait, too. Unused if addresses are shared by configuration.
    last_heard: BTreeMap<AddressTag, u64>,
    pub(in crate::room::hub) held: ApprovalQueue,
    /// Originals of hidden messages that can be shown again.
    pub(in crate::room::hub) hidden: Originals,
}

impl Policy {
    /// Number of people and devices in all tables, for the memory account.
    pub(in crate::room::hub) fn people(&self) -> usize {
        let said = self.last_said.len() + self.last_heard.len();
        self.known.len() + self.known_from.len() + self.stayed.len() + self.muted.len() + said
    }

    /// Applies new settings. `unknown` lists the people in the room who are not known members, ordered by id.
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
            let has_row = !newcomers && self.known.len() + known.len() < limits::KNOWN_MEMBERS;
            if has_row && self.take_known_row(source(user), known.len()) {
                known.push(user);
            } else if locks && self.stayed.len() + stay.len() < limits::KNOWN_MEMBERS {
                stay.push(user);
            }
        }
        self.known.append(&mut known.into_iter().collect());
        self.stayed.append(&mut stay.into_iter().collect());
    }

    /// Makes a person a known member, if the room is open to all and has room for another.
    pub(in crate::room::hub) fn greet(&mut self, user: UserId, source: Source) {
        let open = !self.settings.newcomers_wait && !self.settings.locked;
        if open && !self.known.contains(&user) && self.take_known_row(Some(source), 0) {
            self.known.insert(user);
        }
    }

    /// Reserves a row for a known member; `more` counts members about to be added. A `None` source is not limited by a device's share.
    fn take_known_row(&mut self, source: Option<Source>, more: usize) -> bool {
        self.known.len() + more < limits::KNOWN_MEMBERS && source.is_none_or(|source| self.known_from.take_row(source))
    }

    /// Checks that the room is open for a person to join, or to write by an HTTP request: neither closed nor locked.
    pub(in crate::room::hub) fn admits(&self, user: UserId) -> Result<(), Refusal> {
        if self.settings.closed {
            return Err(Refusal::new(Code::RoomClosed, "this room is closed"));
        }
        if self.settings.locked && !self.known.contains(&user) && !self.stayed.contains(&user) {
            return Err(Refusal::new(
                Code::Locked,
                "the room is locked and lets no newcomers in",
            ));
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

    /// Starts the waiting time of a user, and of the user's device unless it is `None`, in slow mode; does nothing if slow mode is off.
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
