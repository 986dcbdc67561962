//! Sets, reads and broadcasts the values that programs share in a room; at most `limits::VALUES` values in a room.
//!
//! A value is compared and set in one step, as in the key-value store of NATS (`Update` in `nats.go`, `jetstream/kv.go`) and the transactions
//! of etcd (`mod_revision`): the revision counts for the whole room, and 0 stands for a key that does not exist.

use std::sync::Arc;

use crate::room::hub::{
    membership::people::Charge, moderation::verdict::Verdict, state::Asker, state::Hub, state::Outcome,
};
use crate::{
    limits,
    room::{
        Code, Key, Now, Output, Refusal, Reply, RoomId, RoomName, SetValue, SharedValue, SharedValues, UserId,
        ValueKey, WordMode, Writers, names, persist,
    },
};

impl Hub {
    /// Sets or removes a value. A change with a condition that is sent again is answered as the first time, while its value stands.
    pub(in crate::room::hub) fn set_value(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        set: SetValue,
    ) -> Result<Reply, Refusal> {
        if set
            .value
            .as_ref()
            .is_some_and(|value| value.len() > limits::VALUE_BYTES)
        {
            let message = format!("a value has at most {} bytes", limits::VALUE_BYTES);
            return Err(Refusal::new(Code::TooLong, message));
        }
        let room = self.room_to_read(asker.room)?;
        self.may_act(now, asker, room)?;
        self.charge(asker, Charge::Request, now)?;
        let values = room.map(|room| &self.rooms.get(room).values);
        let current = values.and_then(|values| values.get(&set.key)).cloned();
        self.check_writer(asker, current.as_ref(), set.write)?;
        let before = current.as_ref().map_or(0, |current| current.revision);
        if let (None, None, None | Some(0)) = (&current, &set.value, set.expected) {
            return Ok(Reply::Set {
                key: set.key,
                revision: 0,
            });
        }
        if let Some(expected) = set.expected.filter(|expected| *expected != before) {
            let Some(current) = current
                .filter(|it| (it.before, it.by) == (expected, asker.user) && Some(&it.value) == set.value.as_ref())
            else {
                let message = format!("the value has the revision {before}");
                return Err(Refusal::new(Code::Conflict, message));
            };
            return Ok(self.value_is(set.key, current, room.expect("it has the value")));
        }
        self.takes_value(asker, room, &set, current.is_some())?;
        if current.is_none() {
            self.check_value_place(asker, room)?;
        }
        self.has_memory()?;
        let room = self.room_to_write(asker)?;
        let Some(value) = set.value else {
            let revision = self.remove_value(now, room, set.key.clone());
            return Ok(Reply::Set { key: set.key, revision });
        };
        let state = self.rooms.get_mut(room);
        let clock = state.clock(now);
        let revision = state.values.next_revision(clock);
        if current.is_none() {
            state.values.from.insert(set.key.clone(), asker.device);
        }
        let kept = current.map(|current| (current.owner, current.write));
        let (owner, write) = kept.unwrap_or((asker.user, Writers::Anyone));
        let value = SharedValue {
            value,
            revision,
            before,
            owner,
            by: asker.user,
            write: set.write.unwrap_or(write),
        };
        let shared = Arc::make_mut(&mut state.values.now);
        shared.values.insert(set.key.clone(), Arc::new(value.clone()));
        self.latest_changed(now, room);
        Ok(self.value_is(set.key, value, room))
    }

    /// Stores a value and answers its change. A repeated change is stored, too: its first answer may still wait for the disk.
    fn value_is(&mut self, key: ValueKey, value: SharedValue, room: RoomId) -> Reply {
        let name = self.rooms.get(room).name.clone();
        self.persist(Key::Value(name, key.clone()), |_| Some(persist::json(&value)));
        let revision = value.revision;
        Reply::Set { key, revision }
    }

    /// Checks that a person may change a value, and who may change it from then on.
    fn check_writer(
        &self,
        asker: Asker<'_>,
        current: Option<&SharedValue>,
        write: Option<Writers>,
    ) -> Result<(), Refusal> {
        if self.runs_the_evening(asker.user) {
            return Ok(());
        }
        let owns = current.is_none_or(|current| current.owner == asker.user);
        let is_closed = match current.map_or(Writers::Anyone, |current| current.write) {
            Writers::Anyone => false,
            Writers::Owner => !owns,
            Writers::Moderators => true,
        };
        let gives = match write {
            None => false,
            Some(Writers::Anyone | Writers::Owner) => !owns,
            Some(Writers::Moderators) => true,
        };
        match is_closed || gives {
            true => Err(Refusal::new(Code::NotAllowed, "others alone may change that value")),
            false => Ok(()),
        }
    }

    /// Checks the texts of a value by the room's policy. A value can't wait for approval; the key counts only if it is new.
    fn takes_value(
        &self,
        asker: Asker<'_>,
        room: Option<RoomId>,
        set: &SetValue,
        is_known: bool,
    ) -> Result<(), Refusal> {
        if self.is_staff(asker.user) {
            return Ok(());
        }
        let texts = [&*set.texts, set.key.as_str()];
        let off = room.is_some_and(|room| self.rooms.get(room).policy.settings.words == WordMode::Off);
        if !off && self.says_listed(&texts)? {
            return Err(Refusal::new(Code::BadWord, "a value can't have that word"));
        }
        let has_words = names::has_words(&set.texts) || !is_known;
        if has_words && self.verdict(asker.user, room, &texts)? != Verdict::Shown {
            let message = "what people write waits for approval in this room, and a value can't";
            return Err(Refusal::new(Code::NotAllowed, message));
        }
        Ok(())
    }

    /// Checks that the room has a place for another key from this device.
    fn check_value_place(&self, asker: Asker<'_>, room: Option<RoomId>) -> Result<(), Refusal> {
        let Some(room) = room else { return Ok(()) };
        let values = &self.rooms.get(room).values;
        if values.now.values.len() >= limits::VALUES {
            return Err(Refusal::new(Code::Full, "this room has no place for another value"));
        }
        let is_shared = self.devices.is_shared() || self.runs_the_evening(asker.user);
        if !is_shared && values.made_by(asker.device) >= limits::DEVICE_VALUES {
            let message = "enough values came from where you are: remove one first";
            return Err(Refusal::new(Code::Full, message));
        }
        Ok(())
    }

    /// Removes the values with words that a person set last, because operators hid all messages of the person.
    pub(in crate::room::hub) fn remove_texts_of(&mut self, now: Now, room: RoomId, user: UserId) {
        let state = self.rooms.get_mut(room);
        let values = state.values.now.values.iter();
        let theirs = values.filter(|(_, value)| value.by == user && names::has_words(&value.value));
        let theirs: Vec<_> = theirs.map(|(key, _)| key.clone()).collect();
        for key in theirs {
            self.remove_value(now, room, key);
        }
    }

    /// Removes a value; returns the revision of the removal.
    fn remove_value(&mut self, now: Now, room: RoomId, key: ValueKey) -> u64 {
        let state = self.rooms.get_mut(room);
        let clock = state.clock(now);
        let revision = state.values.next_revision(clock);
        Arc::make_mut(&mut state.values.now).values.remove(&key);
        state.values.from.remove(&key);
        let name = state.name.clone();
        self.persist(Key::Value(name.clone(), key), |_| None);
        self.persist(Key::Revision(name), |_| Some(persist::json(&revision)));
        self.latest_changed(now, room);
        revision
    }

    /// Answers with one value or all.
    pub(in crate::room::hub) fn get_value(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        key: Option<&ValueKey>,
    ) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room");
        let room = self.room_to_read(asker.room)?.ok_or_else(unknown)?;
        self.rooms.get(room).policy.admits(asker.user)?;
        self.charge(asker, Charge::Request, now)?;
        let all = &self.rooms.get(room).values.now;
        let Some(key) = key else {
            return Ok(Reply::Values(all.clone()));
        };
        let value = all.values.get_key_value(key);
        let one = SharedValues {
            values: value
                .map(|(key, value)| (key.clone(), value.clone()))
                .into_iter()
                .collect(),
            ..SharedValues::none(all.room.clone())
        };
        Ok(Reply::Values(Arc::new(SharedValues {
            revision: all.revision,
            ..one
        })))
    }

    /// Answers with all values; from then on the connection gets each change.
    pub(in crate::room::hub) fn watch_values(&mut self, now: Now, asker: Asker<'_>) -> Result<Outcome, Refusal> {
        let room = self.room_to_read(asker.room)?;
        let (Some(conn), Some(room)) = (asker.conn, room) else {
            let message = "only a connection in a room can watch: add `watch=1` to the address of a stream or a poll";
            return Err(Refusal::new(Code::BadRequest, message));
        };
        let reply = self.get_value(now, asker, None)?;
        // The broadcast goes first: the answer must not be newer than what the connection's worker has.
        self.send_values(room);
        let revision = self.rooms.get(room).values.now.revision;
        self.outputs.push_back(Output::Watch { conn, revision });
        Ok(Outcome::Reply(reply))
    }

    /// Sends a room's shared values, if they changed since the last broadcast. Returns whether they did.
    pub(in crate::room::hub) fn send_values(&mut self, room: RoomId) -> bool {
        let change = self.rooms.get_mut(room).values.take_unsent().map(Arc::new);
        let is_new = change.is_some();
        self.outputs
            .extend(change.map(|change| Output::Values { room, change }));
        is_new
    }

    pub(in crate::room::hub) fn restore_revision(&mut self, name: &RoomName, value: &str) -> Option<()> {
        let room = self.rooms.find(name)?;
        let revision: u64 = serde_json::from_str(value).ok()?;
        let shared = Arc::make_mut(&mut self.rooms.get_mut(room).values.now);
        shared.revision = shared.revision.max(revision);
        Some(())
    }

    pub(in crate::room::hub) fn restore_shared(&mut self, name: &RoomName, key: ValueKey, value: &str) -> Option<()> {
        let value = serde_json::from_str(value).ok()?;
        let room = match self.rooms.find(name) {
            Some(room) => room,
            // Opening it must close no other room.
            None if self.rooms.len() >= limits::ROOMS || self.rooms.parked().has(name) => return None,
            None => self.open(name).ok()?,
        };
        self.rooms.get_mut(room).values.load(key, value);
        self.close_or_file(Now::default(), room);
        Some(())
    }
}
