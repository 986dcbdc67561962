//! Mutes: a muted person may read but not write for a time. A room has at most `limits::MUTED` mutes.

use std::collections::BTreeSet;

use crate::room::hub::{state::Due, state::Hub};
use crate::{
    limits,
    room::{AddressTag, Code, Key, Measure, Now, Refusal, Reply, RoomId, RoomName, UserId, persist},
};

impl Hub {
    pub(in crate::room::hub) fn mute(
        &mut self,
        now: Now,
        name: &RoomName,
        user: UserId,
        seconds: u32,
    ) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        if !(1..=limits::MUTE_S).contains(&seconds) {
            let message = format!("a mute has from 1 to {} seconds", limits::MUTE_S);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        self.know(user)?;
        self.end_mutes(now, room);
        let muted = &mut self.rooms.get_mut(room).policy.muted;
        if muted.len() >= limits::MUTED && !muted.contains_key(&user) {
            return Err(Refusal::new(Code::Full, "too many people are muted in this room"));
        }
        let left_ms = u64::from(seconds) * 1000;
        muted.insert(user, now.mono_ms + left_ms);
        self.mark_muted(user);
        self.persist(Key::Mute(name.clone(), user), |_| Some(persist::json(&left_ms)));
        self.await_mutes(room);
        self.moderated(now, room, Measure::Mute, user, Some(seconds));
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn unmute(&mut self, now: Now, name: &RoomName, user: UserId) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        self.end_mutes(now, room);
        if self.rooms.get_mut(room).policy.muted.remove(&user).is_some() {
            self.persist(Key::Mute(name.clone(), user), |_| None);
            self.await_mutes(room);
            self.unmark_muted(user);
            self.moderated(now, room, Measure::Unmute, user, None);
        }
        Ok(Reply::Done)
    }

    /// Refuses a muted user. A mute in one room also applies to names and private messages, and to other identities on the user's device,
    /// unless they are admitted.
    pub(in crate::room::hub) fn may_speak(&self, now: Now, user: UserId, device: AddressTag) -> Result<(), Refusal> {
        if self.rooms_with_mutes == 0 {
            return Ok(());
        }
        self.is_muted(now, user)?;
        let Some(others) = self.muted_devices.get(&device) else {
            return Ok(());
        };
        if self.access_records.is_admitted(user) || self.runs_the_evening(user) {
            return Ok(());
        }
        others.iter().try_for_each(|&other| self.is_muted(now, other))
    }

    /// Refuses an identity that is muted in any room, with the remaining time.
    fn is_muted(&self, now: Now, user: UserId) -> Result<(), Refusal> {
        let refusals = self
            .rooms
            .ids()
            .filter_map(|room| self.rooms.get(room).policy.is_muted(user, now).err());
        match refusals.max_by_key(|refusal| refusal.retry_after_ms) {
            Some(longest) => Err(longest),
            None => Ok(()),
        }
    }

    /// Flags the user's device, so that its other identities are muted, too. No effect if addresses are shared by configuration.
    fn mark_muted(&mut self, user: UserId) {
        if self.devices.is_shared() {
            return;
        }
        for device in self.addresses_of(user) {
            if self.muted_devices.len() < limits::FLAGGED_ADDRESSES || self.muted_devices.contains_key(&device) {
                self.muted_devices.entry(device).or_default().insert(user);
                self.persist_muted(device);
            }
        }
    }

    /// Stores the muted identities of a device.
    fn persist_muted(&mut self, device: AddressTag) {
        let users = self.muted_devices.get(&device).cloned();
        self.persist(Key::MutedDevice(device), |_| users.map(|users| persist::json(&users)));
    }

    pub(in crate::room::hub) fn restore_muted(&mut self, device: AddressTag, value: &str) -> Option<()> {
        let users: BTreeSet<UserId> = serde_json::from_str(value).ok()?;
        if !self.devices.is_shared() && self.muted_devices.len() < limits::FLAGGED_ADDRESSES {
            self.muted_devices.insert(device, users);
        }
        Some(())
    }

    /// Removes a user whose last mute has ended from the flagged devices.
    pub(in crate::room::hub) fn unmark_muted(&mut self, user: UserId) {
        if self.is_muted_anywhere(user) {
            return;
        }
        let mut changed = Vec::new();
        self.muted_devices.retain(|&device, users| {
            if users.remove(&user) {
                changed.push(device);
            }
            !users.is_empty()
        });
        for device in changed {
            self.persist_muted(device);
        }
    }

    /// Whether the user is muted in any room.
    fn is_muted_anywhere(&self, user: UserId) -> bool {
        let mut rooms = self.rooms.ids();
        rooms.any(|room| self.rooms.get(room).policy.muted.contains_key(&user))
    }

    /// Removes expired mutes from the store; otherwise a restart would start them again.
    pub(in crate::room::hub) fn end_mutes(&mut self, now: Now, room: RoomId) {
        let state = self.rooms.get_mut(room);
        let name = state.name.clone();
        let over = |until_ms: u64| until_ms <= now.mono_ms;
        let muted = state.policy.muted.extract_if(.., |_, until_ms| over(*until_ms));
        let ended: Vec<_> = muted.map(|(user, _)| user).collect();
        for user in ended {
            self.persist(Key::Mute(name.clone(), user), |_| None);
            self.unmark_muted(user);
        }
        self.await_mutes(room);
    }

    /// Sets the timer for the end of a room's next mute.
    pub(in crate::room::hub) fn await_mutes(&mut self, room: RoomId) {
        let policy = &mut self.rooms.get_mut(room).policy;
        let next_ms = policy.muted.values().min().copied();
        let before_ms = std::mem::replace(&mut policy.unmute_ms, next_ms);
        self.rooms_with_mutes += usize::from(next_ms.is_some());
        self.rooms_with_mutes -= usize::from(before_ms.is_some());
        if let Some(at_ms) = before_ms {
            self.due.remove(&(at_ms, Due::Unmute(room)));
        }
        if let Some(at_ms) = next_ms {
            self.due.insert((at_ms, Due::Unmute(room)));
        }
    }

    pub(in crate::room::hub) fn restore_mute(&mut self, room: &RoomName, user: UserId, value: &str) -> Option<()> {
        let left_ms: u64 = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(room)?;
        // The monotonic clock starts with the process.
        self.rooms.get_mut(room).policy.muted.insert(user, left_ms);
        self.await_mutes(room);
        Some(())
    }
}
