//! Who may only read for a time.

use super::{Due, Hub};
use crate::{
    limits,
    room::{Code, Key, Measure, Now, Refusal, Reply, RoomId, RoomName, UserId, keep},
};

impl Hub {
    pub(super) fn mute(&mut self, now: Now, name: &RoomName, user: UserId, seconds: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        if !(1..=limits::MUTE_S).contains(&seconds) {
            let message = format!("a mute has from 1 to {} seconds", limits::MUTE_S);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        self.know(user)?;
        self.end_mutes(now, room);
        let muted = &mut self.rooms.get_mut(room).rule.muted;
        if muted.len() >= limits::MUTED && !muted.contains_key(&user) {
            return Err(Refusal::new(Code::Full, "too many people are muted in this room"));
        }
        let left_ms = u64::from(seconds) * 1000;
        muted.insert(user, now.mono_ms + left_ms);
        self.keep(Key::Mute(name.clone(), user), |_| Some(keep::json(&left_ms)));
        self.await_mutes(room);
        self.moderated(now, room, Measure::Mute, user, Some(seconds));
        Ok(Reply::Done)
    }

    pub(super) fn unmute(&mut self, now: Now, name: &RoomName, user: UserId) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        self.end_mutes(now, room);
        if self.rooms.get_mut(room).rule.muted.remove(&user).is_some() {
            self.keep(Key::Mute(name.clone(), user), |_| None);
            self.await_mutes(room);
            self.moderated(now, room, Measure::Unmute, user, None);
        }
        Ok(Reply::Done)
    }

    /// Whether somebody may only read in some room: what they are called is read in all.
    pub(super) fn may_be_named(&self, now: Now, user: UserId) -> Result<(), Refusal> {
        let mut rooms = self.rooms.ids();
        rooms.try_for_each(|room| self.rooms.get(room).rule.is_muted(user, now))
    }

    /// Forgets those mutes whose time is over: the next process would begin them anew.
    pub(super) fn end_mutes(&mut self, now: Now, room: RoomId) {
        let state = self.rooms.get_mut(room);
        let name = state.name.clone();
        let over = |until_ms: u64| until_ms <= now.mono_ms;
        let muted = state.rule.muted.extract_if(.., |_, until_ms| over(*until_ms));
        let ended: Vec<_> = muted.map(|(user, _)| user).collect();
        for user in ended {
            self.keep(Key::Mute(name.clone(), user), |_| None);
        }
        self.await_mutes(room);
    }

    /// Sees to it that the next mute that ends does.
    pub(super) fn await_mutes(&mut self, room: RoomId) {
        let rule = &mut self.rooms.get_mut(room).rule;
        let next_ms = rule.muted.values().min().copied();
        let before_ms = std::mem::replace(&mut rule.unmute_ms, next_ms);
        if let Some(at_ms) = before_ms {
            self.due.remove(&(at_ms, Due::Unmute(room)));
        }
        if let Some(at_ms) = next_ms {
            self.due.insert((at_ms, Due::Unmute(room)));
        }
    }

    pub(super) fn take_back_mute(&mut self, room: &RoomName, user: UserId, value: &str) -> Option<()> {
        let left_ms: u64 = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(room)?;
        // The clock that never goes back begins with the process.
        self.rooms.get_mut(room).rule.muted.insert(user, left_ms);
        self.await_mutes(room);
        Some(())
    }
}
