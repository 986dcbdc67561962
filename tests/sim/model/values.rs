//! The values that programs share in a room.

use std::{collections::BTreeMap, sync::Arc};

use super::{Answer, Asker, Model, reasons::Perhaps};
use chatterbox::{
    limits,
    room::{AddressTag, Code, Reply, RoomId, Said, SetValue, SharedValue, SharedValues, UserId, ValueKey, Writers},
};

#[derive(Clone, Default)]
pub struct SharedState {
    pub all: BTreeMap<ValueKey, SharedValue>,
    /// The newest revision that was given out.
    pub newest: u64,
    /// The device that made each key, in this process.
    pub from: BTreeMap<ValueKey, AddressTag>,
}

impl SharedState {
    /// Whether that is what the room has.
    pub fn are(&self, shared: &SharedValues) -> bool {
        let same = |(key, value): (&ValueKey, &Arc<SharedValue>)| self.all.get(key) == Some(&**value);
        shared.values.len() == self.all.len() && shared.values.iter().all(same)
    }
}

impl Model {
    pub(super) fn set_value(&mut self, asker: &Asker, set: &SetValue) -> Answer {
        let mut reasons = self.acting(asker);
        let runs = self.is_staff(asker.user) || self.is_operator(asker.user);
        let room = asker.room.map(|id| self.room(id));
        let values = room.map(|room| &room.values);
        let current = values.and_then(|values| values.all.get(&set.key));
        let owns = current.is_none_or(|current| current.owner == asker.user);
        let open = match current.map_or(Writers::Anyone, |current| current.write) {
            Writers::Anyone => true,
            Writers::Owner => owns,
            Writers::Moderators => false,
        };
        let gives = match set.write {
            None => true,
            Some(Writers::Anyone | Writers::Owner) => owns,
            Some(Writers::Moderators) => false,
        };
        reasons.add(!(runs || open && gives), Code::NotAllowed);
        let before = current.map_or(0, |current| current.revision);
        let nothing = current.is_none() && set.value.is_none() && set.expected.is_none_or(|expected| expected == 0);
        let expected = set.expected.filter(|expected| *expected != before);
        let again = current.filter(|current| {
            (Some(current.before), current.by) == (expected, asker.user) && Some(&current.value) == set.value.as_ref()
        });
        let again = again.map(|current| current.revision);
        reasons.add(!nothing && expected.is_some() && again.is_none(), Code::Conflict);
        if !nothing && again.is_none() && current.is_none() {
            let (waits, _) = self.waits(asker, &Said::chat(""));
            reasons.add(waits == Perhaps::Yes, Code::NotAllowed);
            reasons.may(waits == Perhaps::Maybe, Code::NotAllowed);
            let made = values.map_or(0, |values| {
                values.from.values().filter(|it| **it == asker.device).count()
            });
            let alone = self.limits.per_address.is_some() && !runs;
            reasons.add(alone && made >= limits::DEVICE_VALUES, Code::Full);
        }
        let current = current.cloned();
        self.decide(&reasons)?;
        let Some(Reply::Set { key, revision }) = self.told.reply.clone() else {
            self.wrong(|| "nothing was set".into());
            return Ok(Reply::Done);
        };
        let right = match (nothing, again) {
            (true, _) => revision == 0,
            (false, Some(before)) => revision == before,
            (false, None) => asker.room.is_none_or(|id| revision > self.room(id).values.newest),
        };
        if key != set.key || !right {
            self.wrong(|| format!("{key} has {revision} after {before}"));
        }
        if let (Some(id), false, None) = (asker.room, nothing, again) {
            self.change_value(id, asker, set, current, revision);
        }
        Ok(Reply::Done)
    }

    fn change_value(&mut self, id: RoomId, asker: &Asker, set: &SetValue, current: Option<SharedValue>, revision: u64) {
        let values = &mut self.room_mut(id).values;
        values.newest = revision;
        let Some(value) = set.value.clone() else {
            values.all.remove(&set.key);
            values.from.remove(&set.key);
            return;
        };
        if current.is_none() {
            values.from.insert(set.key.clone(), asker.device);
        }
        let kept = |current: &SharedValue| (current.owner, current.write);
        let (owner, write) = current.as_ref().map_or((asker.user, Writers::Anyone), kept);
        let value = SharedValue {
            value,
            revision,
            before: current.map_or(0, |current| current.revision),
            owner,
            by: asker.user,
            write: set.write.unwrap_or(write),
        };
        values.all.insert(set.key.clone(), value);
    }

    /// `get` without a key, and `watch`.
    pub(super) fn get(&mut self, asker: &Asker, is_watch: bool) -> Answer {
        let mut reasons = self.entering(asker.user, asker.room);
        reasons.add(is_watch && asker.conn.is_none(), Code::BadRequest);
        self.decide(&reasons)?;
        if let (Some(room), Some(Reply::Values(shared))) = (asker.room, self.told.reply.clone())
            && !self.room(room).values.are(&shared)
        {
            self.wrong(|| format!("{shared:?}"));
        }
        Ok(Reply::Done)
    }

    /// Operators hid what a person said: the texts that the person set are gone.
    pub(super) fn hide_texts(&mut self, id: RoomId, user: UserId) {
        let values = &mut self.room_mut(id).values.all;
        values.retain(|_, value| value.by != user || !value.value.contains('"'));
    }
}
