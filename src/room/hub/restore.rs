//! Restores the rooms, people and settings that a store read at the start, and emits each later change of them for storage. The restored
//! state is within the same limits as the running one (`limits::ROOMS`, `limits::USERS`).

use std::{collections::BTreeMap, sync::Arc};

use crate::room::hub::state::Hub;
use crate::{
    limits,
    room::{
        Epoch, Key, Now, Output, Restored, RestoredRoom, RoomName, Seq, StoredPerson, StoredValue, Token, UserName,
        WordList, tally::Tally,
    },
};

impl Hub {
    /// Takes over the stored state, before the hub's first input, and opens the `permanent` rooms. Rooms beyond [`limits::ROOMS`] and
    /// unreadable values are skipped.
    pub(in crate::room::hub) fn load(&mut self, restored: Restored, permanent: Vec<RoomName>) {
        let surplus = restored.rooms.len().saturating_sub(limits::ROOMS);
        for room in restored.rooms.into_iter().skip(surplus) {
            self.restore_room(room);
        }
        for room in restored.parked {
            self.rooms.parked().load(room);
        }
        // Before the values: a permanent room has reactions, too, if nothing was said there.
        for room in permanent {
            self.open(&room).expect("fewer rooms stay than there is place for");
        }
        let mut values = restored.values;
        // A poll before its votes.
        values.sort_unstable();
        for (key, value) in values {
            // A value that a later version wrote otherwise is as good as none.
            let _ = self.restore_value(key, &value);
        }
        for room in self.rooms.ids().collect::<Vec<_>>() {
            self.send_values(room);
        }
    }

    fn restore_room(&mut self, restored: RestoredRoom) {
        let RestoredRoom {
            name,
            epochs,
            head,
            oldest,
            entries,
            controls,
            hidden,
            accepted,
        } = restored;
        if self.rooms.find(&name).is_some() {
            return;
        }
        let after = head - entries.len() as Seq;
        let Ok(id) = self.add_room(&name, epochs, after) else {
            return;
        };
        let room = self.rooms.get_mut(id);
        room.stored_from = oldest;
        for (user, message, accepted) in accepted {
            room.dedup.insert(user, message, accepted);
        }
        for entry in controls {
            room.log.recall(entry.clone());
            self.outputs.push_back(Output::Recall { room: id, entry });
        }
        for entry in entries {
            room.load(entry.clone());
            self.outputs.push_back(Output::Append { room: id, entry });
        }
        for original in hidden {
            room.policy.hidden.keep(original, 0);
        }
        self.close_or_file(Now::default(), id);
    }

    fn restore_value(&mut self, key: Key, value: &str) -> Option<()> {
        match key {
            Key::Person(user) => {
                let stored: StoredPerson = serde_json::from_str(value).ok()?;
                self.people.load(user, UserName::new(&stored.name).ok()?);
            }
            Key::Room(room) => self.restore_policy(&room, value)?,
            Key::Mute(room, user) => self.restore_mute(&room, user, value)?,
            Key::MutedDevice(device) => self.restore_muted(device, value)?,
            Key::Held(room, number) => self.restore_held(&room, number, value)?,
            Key::AccessRecord(user) => {
                self.access_records.load_record(user, value)?;
                // The person, if they have a name, is there already.
                if let Some(badge) = self.access_records.badge(user) {
                    self.people.set_role(user, badge);
                }
            }
            Key::FlaggedAddress(address) => self.access_records.load_flagged(address, value)?,
            Key::Seats => self.access_records.seats = serde_json::from_str(value).ok()?,
            Key::Words => {
                let listed = serde_json::from_str(value).ok()?;
                self.words = Arc::new(WordList::new(self.words.revision() + 1, listed, None).ok()?);
            }
            Key::Audit(_) => self.audit.load(value)?,
            Key::Code(code) => self.codes.load(code, value)?,
            Key::Given(room, user) => {
                let room = self.rooms.find(&room)?;
                let given = serde_json::from_str(value).ok()?;
                self.rooms.get_mut(room).board.given.set(user, given, None);
            }
            Key::Received(room, user) => {
                let room = self.rooms.find(&room)?;
                let received = serde_json::from_str(value).ok()?;
                self.rooms.get_mut(room).board.received.set(user, received, None);
            }
            Key::Poll(room, poll) => self.restore_poll(&room, poll, value)?,
            Key::Vote(room, poll, user) => self.restore_vote(&room, poll, user, value)?,
            Key::Question(room, question) => self.restore_question(&room, question, value)?,
            Key::Upvote(room, question, user) => self.restore_upvote(&room, question, user)?,
            Key::Value(room, key) => self.restore_shared(&room, key, value)?,
            Key::Revision(room) => self.restore_revision(&room, value)?,
            Key::Pin(room) => self.restore_pin(&room, value)?,
            Key::Tally(room) => {
                let room = self.rooms.find(&room)?;
                let counts: BTreeMap<String, u64> = serde_json::from_str(value).ok()?;
                let counts = counts
                    .into_iter()
                    .filter_map(|(emoji, count)| Some((Token::new(&emoji).ok()?, count)));
                self.rooms.get_mut(room).tally = Tally::restored(counts.collect());
            }
        }
        Some(())
    }

    /// Emits a value for the store, if there is a store. `None` from `value` removes the key.
    pub(in crate::room::hub) fn persist(&mut self, key: Key, value: impl FnOnce(&Self) -> Option<Box<str>>) {
        self.persist_value(key, |hub| value(hub).map(StoredValue::Json));
    }

    /// Emits a value for storage like [`Self::persist`], but leaves its encoding to the store's thread.
    pub(in crate::room::hub) fn persist_value(&mut self, key: Key, value: impl FnOnce(&Self) -> Option<StoredValue>) {
        if self.persists {
            let value = value(self);
            self.outputs.push_back(Output::Persist { key, value });
        }
    }

    /// Notes that the store has removed the entries of a room before number `oldest`.
    pub(in crate::room::hub) fn pruned(&mut self, name: &RoomName, epoch: Epoch, oldest: Seq) {
        self.rooms.parked().pruned(name, epoch, oldest);
        if let Some(id) = self.rooms.find(name) {
            let room = self.rooms.get_mut(id);
            if room.epochs.epoch == epoch {
                room.stored_from = room.stored_from.max(oldest);
            }
        }
    }

    /// Whether acknowledged entries are on disk.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Sets whether acknowledged entries are on disk, and tells all members of each room.
    pub(in crate::room::hub) fn set_durable(&mut self, now: Now, durable: bool) {
        let durable = durable && self.persists;
        if std::mem::replace(&mut self.durable, durable) != durable {
            for id in self.rooms.ids().collect::<Vec<_>>() {
                self.latest_changed(now, id);
            }
        }
    }
}
