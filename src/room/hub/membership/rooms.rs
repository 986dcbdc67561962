//! The table of all open rooms, by number and by name, at most `limits::ROOMS`. A new room replaces the empty room that has been unused for longest.

use std::collections::{BTreeMap, BTreeSet};

use crate::room::hub::{membership::parked::Parked, membership::room::Room};
use crate::{
    limits,
    room::{AddressTag, Now, RoomId, RoomInfo, RoomName, UserId},
};

/// All open rooms, by number and by name, at most [`limits::ROOMS`].
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Rooms {
    pub(in crate::room::hub) by_id: BTreeMap<RoomId, Room>,
    pub(in crate::room::hub) by_name: BTreeMap<RoomName, RoomId>,
    /// Rooms without members, the one unused for longest first.
    pub(in crate::room::hub) empty: BTreeSet<(u64, RoomId)>,
    /// Rooms that are never closed to make room for others.
    pub(in crate::room::hub) permanent: BTreeSet<RoomName>,
    /// Permanent rooms of the configuration, in its order.
    configured: Vec<RoomName>,
    pub(in crate::room::hub) opened: u32,
    /// Number of closed rooms that had entries.
    pub(in crate::room::hub) lost: u64,
    /// Closed rooms whose entries are stored.
    pub(in crate::room::hub) parked: Parked,
}

impl Rooms {
    /// An empty table with the permanent rooms of the configuration.
    pub(in crate::room::hub) fn configured(names: &[RoomName]) -> Self {
        Self {
            permanent: names.iter().cloned().collect(),
            configured: names.to_vec(),
            ..Self::default()
        }
    }

    pub(in crate::room::hub) fn keep_open(&mut self, name: RoomName) {
        if let Some(id) = self.find(&name)
            && let Some(since_ms) = self.get_mut(id).empty_since_ms.take()
        {
            self.empty.remove(&(since_ms, id));
        }
        self.permanent.insert(name);
    }

    /// The parked rooms: kept in the store without being loaded.
    pub(in crate::room::hub) fn parked(&mut self) -> &mut Parked {
        &mut self.parked
    }

    /// Removes and returns all rooms, for a wipe; the caller reopens the permanent ones. Room numbers and epochs are not reused.
    pub(in crate::room::hub) fn start_anew(&mut self, stay: &BTreeSet<RoomName>) -> Self {
        let spoken = self.by_id.values().filter(|room| room.log.head() > 0).count();
        let anew = Self {
            permanent: stay.clone(),
            configured: self.configured.clone(),
            opened: self.opened,
            lost: self.lost + spoken as u64,
            ..Self::default()
        };
        std::mem::replace(self, anew)
    }

    /// Number and name of each open room.
    pub(in crate::room::hub) fn names(&self) -> impl Iterator<Item = (RoomId, &RoomName)> {
        self.by_id.iter().map(|(&id, room)| (id, &room.name))
    }

    /// Whether the room is permanent, or parked with stored entries.
    pub(in crate::room::hub) fn is_known(&self, name: &RoomName) -> bool {
        self.permanent.contains(name) || self.parked.has(name)
    }

    /// Whether the room is permanent or may become so: at most half of [`limits::ROOMS`] are permanent.
    pub(in crate::room::hub) fn may_stay(&self, name: &RoomName) -> bool {
        self.permanent.contains(name) || self.permanent.len() < limits::ROOMS / 2
    }

    /// Makes a room with changed settings or a board permanent; false if there are too many permanent rooms.
    pub(in crate::room::hub) fn keep_while_run(&mut self, name: &RoomName) -> bool {
        let may_stay = self.may_stay(name);
        if may_stay {
            self.keep_open(name.clone());
        }
        may_stay
    }

    /// Ends the permanence of a room whose settings are default again, unless the configuration keeps it.
    pub(in crate::room::hub) fn release(&mut self, name: &RoomName, stay: &BTreeSet<RoomName>) {
        if !stay.contains(name) {
            self.permanent.remove(name);
        }
    }

    /// Numbers of all open rooms.
    pub(in crate::room::hub) fn ids(&self) -> impl Iterator<Item = RoomId> {
        self.by_id.keys().copied()
    }

    pub(in crate::room::hub) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(in crate::room::hub) fn online(&self) -> usize {
        self.ids().map(|id| self.get(id).online()).sum()
    }

    pub(in crate::room::hub) fn find(&self, name: &RoomName) -> Option<RoomId> {
        self.by_name.get(name).copied()
    }

    pub(in crate::room::hub) fn get(&self, id: RoomId) -> &Room {
        self.by_id.get(&id).expect("a room with members or in use is there")
    }

    /// Number of people in a room; 0 if the room is not open.
    pub(in crate::room::hub) fn online_in(&self, id: RoomId) -> usize {
        self.by_id.get(&id).map_or(0, Room::online)
    }

    pub(in crate::room::hub) fn get_mut(&mut self, id: RoomId) -> &mut Room {
        self.by_id.get_mut(&id).expect("a room with members or in use is there")
    }

    /// The first `most` rooms, by the organizer's order, then the configuration's order, then name.
    pub(in crate::room::hub) fn list(&self, most: usize) -> Vec<RoomInfo> {
        let mut rooms: Vec<_> = self.by_name.values().map(|id| self.get(*id)).collect();
        let index = |room: &Room| self.configured.iter().position(|name| *name == room.name);
        rooms.sort_by_cached_key(|room| (room.policy.settings.order, index(room).unwrap_or(usize::MAX)));
        let rooms = rooms.into_iter().take(most);
        rooms
            .map(|room| RoomInfo {
                name: room.name.clone(),
                title: room.policy.settings.title.clone(),
                closed: room.policy.settings.closed,
                online: room.online(),
            })
            .collect()
    }

    /// The empty room, created from this device, that has been unused for longest; `None` if the device has none.
    pub(in crate::room::hub) fn longest_empty_of(&self, device: AddressTag) -> Option<RoomId> {
        let mut empty = self.empty.iter().map(|&(_, id)| id);
        empty.find(|&id| self.get(id).made_by == Some(device))
    }

    /// Whether another room could be opened, after the user in `leaving` (if given) has left the room in it.
    pub(in crate::room::hub) fn may_open(&self, leaving: Option<(RoomId, UserId)>) -> bool {
        self.len() < limits::ROOMS
            || !self.empty.is_empty()
            || leaving.is_some_and(|(room, user)| self.get(room).is_alone(user))
    }

    pub(in crate::room::hub) fn remove(&mut self, id: RoomId) -> Option<Room> {
        let room = self.by_id.remove(&id)?;
        self.by_name.remove(&room.name);
        if let Some(since_ms) = room.empty_since_ms {
            self.empty.remove(&(since_ms, id));
        }
        Some(room)
    }

    /// Files an empty room by the time of its last use.
    pub(in crate::room::hub) fn file(&mut self, id: RoomId, now: Now) {
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
