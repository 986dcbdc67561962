//! The table of rooms: by number, by name, and which of them may make way for others.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asker, Hub, Place, room::Room};
use crate::{
    limits,
    room::{Code, Due, Epoch, Key, Lives, Now, Output, Refusal, Reply, RoomId, RoomInfo, RoomName, Seq, UserId, keep},
};

/// All rooms, at most [`limits::ROOMS`].
#[derive(Debug, Default)]
pub(super) struct Rooms {
    by_id: BTreeMap<RoomId, Room>,
    by_name: BTreeMap<RoomName, RoomId>,
    /// Those without members, the one unused for longest first.
    empty: BTreeSet<(u64, RoomId)>,
    /// Those that stay, whatever happens.
    kept: BTreeSet<RoomName>,
    opened: u32,
}

impl Rooms {
    pub(super) fn keep(&mut self, name: RoomName) {
        if let Some(id) = self.find(&name)
            && let Some(since_ms) = self.get_mut(id).empty_since_ms.take()
        {
            self.empty.remove(&(since_ms, id));
        }
        self.kept.insert(name);
    }

    /// Only these stay.
    pub(super) fn keep_only(&mut self, stay: &BTreeSet<RoomName>) {
        self.kept.clone_from(stay);
    }

    /// A room that is run otherwise than by default stays; false if too many do.
    pub(super) fn keep_while_run(&mut self, name: &RoomName) -> bool {
        let has_place = self.kept.contains(name) || self.kept.len() < limits::ROOMS / 2;
        if has_place {
            self.keep(name.clone());
        }
        has_place
    }

    /// It is run by default again.
    pub(super) fn let_go(&mut self, name: &RoomName, stay: &BTreeSet<RoomName>) {
        if !stay.contains(name) {
            self.kept.remove(name);
        }
    }

    /// All of them, by number.
    pub(super) fn ids(&self) -> impl Iterator<Item = RoomId> {
        self.by_id.keys().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn online(&self) -> usize {
        self.ids().map(|id| self.get(id).online()).sum()
    }

    pub(super) fn find(&self, name: &RoomName) -> Option<RoomId> {
        self.by_name.get(name).copied()
    }

    pub(super) fn get(&self, id: RoomId) -> &Room {
        self.by_id.get(&id).expect("a room with members or in use is there")
    }

    pub(super) fn get_mut(&mut self, id: RoomId) -> &mut Room {
        self.by_id.get_mut(&id).expect("a room with members or in use is there")
    }

    /// The first `most` in the organizer's order, and by name.
    pub(super) fn list(&self, most: usize) -> Vec<RoomInfo> {
        let mut rooms: Vec<_> = self.by_name.values().map(|id| self.get(*id)).collect();
        rooms.sort_by_key(|room| room.rule.settings.order);
        let rooms = rooms.into_iter().take(most);
        rooms
            .map(|room| RoomInfo {
                name: room.name.clone(),
                title: room.rule.settings.title.clone(),
                closed: room.rule.settings.closed,
                online: room.online(),
            })
            .collect()
    }

    /// Whether another room could be opened, if that user's connection left that room first.
    pub(super) fn has_place(&self, leaving: Option<(RoomId, UserId)>) -> bool {
        self.len() < limits::ROOMS
            || !self.empty.is_empty()
            || leaving.is_some_and(|(room, user)| self.get(room).is_alone(user))
    }

    fn remove(&mut self, id: RoomId) -> Option<Room> {
        let room = self.by_id.remove(&id)?;
        self.by_name.remove(&room.name);
        if let Some(since_ms) = room.empty_since_ms {
            self.empty.remove(&(since_ms, id));
        }
        Some(room)
    }

    /// Files a room under when it was last used, if nobody is in it.
    fn file(&mut self, id: RoomId, now: Now) {
        let room = self.by_id.get_mut(&id).expect("only rooms that are there are filed");
        if let Some(since_ms) = room.empty_since_ms.take() {
            self.empty.remove(&(since_ms, id));
        }
        if room.online() == 0 {
            room.empty_since_ms = Some(now.mono_ms);
            self.empty.insert((now.mono_ms, id));
        }
    }
}

impl Hub {
    /// How many people are in rooms; somebody in two rooms counts twice.
    pub fn members(&self) -> usize {
        self.rooms.online()
    }

    /// How many rooms there are.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// All rooms, by name.
    pub fn list_rooms(&self) -> Reply {
        Reply::Rooms {
            rooms: self.rooms.list(limits::ROOMS),
        }
    }

    /// The room of that name; made if it is not there, in the place of the empty one unused for longest if need be.
    pub(super) fn open(&mut self, name: &RoomName) -> Result<RoomId, Refusal> {
        if let Some(id) = self.rooms.find(name) {
            return Ok(id);
        }
        if self.rooms.len() >= limits::ROOMS {
            match self.rooms.empty.first() {
                Some(&(_, longest)) => self.close_room(longest),
                None => return Err(no_place()),
            }
        }
        let lives = Lives::first(epoch(self.epoch_seed, RoomId(self.rooms.opened)));
        self.add_room(name, lives, 0)
    }

    /// A room that is not there yet, whose log begins after that number.
    pub(super) fn add_room(&mut self, name: &RoomName, lives: Lives, after: Seq) -> Result<RoomId, Refusal> {
        let id = RoomId(self.rooms.opened);
        self.rooms.opened = self.rooms.opened.checked_add(1).ok_or_else(no_place)?;
        let room = Room::new(name.clone(), lives.clone(), after, self.limits.ring_bytes);
        self.rooms.by_id.insert(id, room);
        self.rooms.by_name.insert(name.clone(), id);
        self.outputs.push_back(Output::RoomOpened {
            room: id,
            name: name.clone(),
            lives,
            after,
        });
        Ok(id)
    }

    /// After a room was used or left: one that is empty goes away at once if it has no entries, else it may make way from now on.
    pub(super) fn settle_room(&mut self, now: Now, id: RoomId) {
        let room = self.rooms.get(id);
        if self.rooms.kept.contains(&room.name) {
            return;
        }
        if room.online() == 0 && room.log.head() == 0 {
            self.close_room(id);
        } else {
            self.rooms.file(id, now);
        }
    }

    pub(super) fn close_room(&mut self, id: RoomId) {
        if let Some(room) = self.rooms.remove(id) {
            if let Some(due_ms) = room.latest.due_ms {
                self.due.remove(&(due_ms, Due::Latest(id)));
            }
            if let Some(due_ms) = room.rule.unmute_ms {
                self.due.remove(&(due_ms, Due::Unmute(id)));
            }
            self.outputs.push_back(Output::RoomClosed {
                room: id,
                name: room.name,
            });
        }
    }

    /// The room that a command reads from; none if a request names one that is not there.
    pub(super) fn room_to_read(&self, place: Place<'_>) -> Result<Option<RoomId>, Refusal> {
        match place {
            Place::Nowhere => Err(not_in_room()),
            Place::Joined(id) => Ok(Some(id)),
            Place::Named(name) => Ok(self.rooms.find(name)),
        }
    }

    /// The room that a command adds to.
    pub(super) fn room_to_write(&mut self, asker: Asker<'_>) -> Result<RoomId, Refusal> {
        match asker.place {
            Place::Nowhere => Err(not_in_room()),
            Place::Joined(id) => Ok(id),
            Place::Named(name) => {
                if self.rooms.find(name).is_none() {
                    self.takes_name(asker.user, name.as_str())?;
                }
                self.open(name)
            }
        }
    }

    /// Sees to it that the members hear of changed latest values, soon but not too often.
    pub(super) fn latest_changed(&mut self, now: Now, id: RoomId) {
        let latest = &mut self.rooms.get_mut(id).latest;
        if latest.due_ms.is_none() {
            let earliest_ms = if latest.sent.is_some() {
                latest.sent_ms + self.limits.latest_ms
            } else {
                0
            };
            let due_ms = earliest_ms.max(now.mono_ms);
            latest.due_ms = Some(due_ms);
            self.due.insert((due_ms, Due::Latest(id)));
        }
    }

    pub(super) fn send_latest(&mut self, now: Now, id: RoomId) {
        let durable = self.durable;
        let room = self.rooms.get_mut(id);
        room.latest.due_ms = None;
        if let Some(latest) = room.news(durable) {
            let latest = std::sync::Arc::new(latest);
            let told = room.latest.sent.as_ref().map(|sent| &sent.reactions);
            let reacted = match told {
                Some(told) => *told != latest.reactions,
                None => !latest.reactions.is_empty(),
            };
            room.latest.sent = Some(latest.clone());
            room.latest.sent_ms = now.mono_ms;
            if reacted {
                let key = Key::Tally(latest.room.clone());
                self.keep(key, |_| Some(keep::tally_value(&latest.reactions)));
            }
            self.outputs.push_back(Output::Latest { room: id, latest });
        }
    }
}

pub(super) fn not_in_room() -> Refusal {
    Refusal::new(Code::NotInRoom, "join a room first")
}

pub(super) fn no_place() -> Refusal {
    Refusal::new(Code::Full, "the box has no place for another room")
}

/// A number that no other room of this run has, nor, in all likelihood, one of another run: the output function of SplitMix64
/// (Steele, Lea, Flood 2014). 40 bits of it: the number stands in every entry that every phone gets.
fn epoch(seed: u64, id: RoomId) -> Epoch {
    let z = seed.wrapping_add((u64::from(id.0) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Epoch((z ^ (z >> 31)) >> limits::EPOCH_BITS_LESS)
}
