//! What a store has kept comes back.

use std::collections::BTreeMap;

use super::Hub;
use crate::{
    limits,
    room::{Epoch, KeptPerson, Key, Now, Output, Restored, RestoredRoom, RoomName, Seq, Token, UserName, tally::Tally},
};

impl Hub {
    /// Before the first input. Rooms beyond [`limits::ROOMS`] and values that can't be read are passed over.
    pub(super) fn take_back(&mut self, restored: Restored) {
        let surplus = restored.rooms.len().saturating_sub(limits::ROOMS);
        for room in restored.rooms.into_iter().skip(surplus) {
            self.take_back_room(room);
        }
        let mut kept = restored.kept;
        // A poll before its votes.
        kept.sort_unstable();
        for (key, value) in kept {
            // A value that a later version wrote otherwise is as good as none.
            let _ = self.take_back_value(key, &value);
        }
    }

    fn take_back_room(&mut self, restored: RestoredRoom) {
        let RestoredRoom {
            name,
            lives,
            head,
            oldest,
            entries,
            controls,
            accepted,
        } = restored;
        if self.rooms.find(&name).is_some() {
            return;
        }
        let after = head - entries.len() as Seq;
        let Ok(id) = self.add_room(&name, lives, after) else {
            return;
        };
        let room = self.rooms.get_mut(id);
        room.stored_from = oldest;
        for (user, message, accepted) in accepted {
            room.remembered.insert(user, message, accepted);
        }
        for entry in controls {
            room.log.recall(entry.clone());
            self.outputs.push_back(Output::Recall { room: id, entry });
        }
        for entry in entries {
            room.take_back(entry.clone());
            self.outputs.push_back(Output::Append { room: id, entry });
        }
        self.settle_room(Now::default(), id);
    }

    fn take_back_value(&mut self, key: Key, value: &str) -> Option<()> {
        match key {
            Key::Person(user) => {
                let kept: KeptPerson = serde_json::from_str(value).ok()?;
                self.people.take_back(user, UserName::new(&kept.name).ok()?);
            }
            Key::Room(room) => self.take_back_rule(&room, value)?,
            Key::Mute(room, user) => self.take_back_mute(&room, user, value)?,
            Key::Held(room, number) => self.take_back_held(&room, number, value)?,
            Key::Standing(user) => {
                self.standings.take_back(key, value)?;
                // The person, if they have a name, is there already.
                if let Some(badge) = self.standings.badge(user) {
                    self.people.set_role(user, badge);
                }
            }
            Key::Mark(_) | Key::Seats => self.standings.take_back(key, value)?,
            Key::Words => self.words = serde_json::from_str::<Vec<Box<str>>>(value).ok()?.try_into().ok()?,
            Key::Audit(_) => self.audit.take_back(value)?,
            Key::Code(code) => self.codes.take_back(code, value)?,
            Key::Ledger(room, user) => {
                let room = self.rooms.find(&room)?;
                let given = serde_json::from_str(value).ok()?;
                self.rooms.get_mut(room).tools.given.set(user, given);
            }
            Key::Received(room, user) => {
                let room = self.rooms.find(&room)?;
                let received = serde_json::from_str(value).ok()?;
                self.rooms.get_mut(room).tools.received.set(user, received);
            }
            Key::Poll(room, poll) => self.take_back_poll(&room, poll, value)?,
            Key::Vote(room, poll, user) => self.take_back_vote(&room, poll, user, value)?,
            Key::Question(room, question) => self.take_back_question(&room, question, value)?,
            Key::Upvote(room, question, user) => self.take_back_upvote(&room, question, user)?,
            Key::Pin(room) => self.take_back_pin(&room, value)?,
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

    /// The store has entries of a room only from that number on.
    pub(super) fn pruned(&mut self, name: &RoomName, epoch: Epoch, oldest: Seq) {
        if let Some(id) = self.rooms.find(name) {
            let room = self.rooms.get_mut(id);
            if room.lives.epoch == epoch {
                room.stored_from = room.stored_from.max(oldest);
            }
        }
    }

    /// Whether what is acknowledged is on disk.
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Tells everybody in a room.
    pub(super) fn set_durable(&mut self, now: Now, durable: bool) {
        let durable = durable && self.keeps;
        if std::mem::replace(&mut self.durable, durable) != durable {
            for id in self.rooms.ids().collect::<Vec<_>>() {
                self.latest_changed(now, id);
            }
        }
    }
}
