//! Opens and closes rooms, parks them (closed, but kept in the store), and schedules the sending of their latest values. At most
//! `limits::ROOMS` rooms are open and `limits::PARKED_ROOMS` parked.

use crate::room::hub::moderation::words::Named;

use crate::room::hub::{membership::room::Room, state::Asker, state::CommandRoom, state::Hub};
use crate::{
    limits,
    room::{Code, Due, Epoch, EpochHistory, Key, Now, Output, Refusal, Reply, RoomId, RoomName, Seq, persist},
};

impl Hub {
    /// Number of people in rooms; a person in two rooms counts twice.
    pub fn members(&self) -> usize {
        self.rooms.online()
    }

    /// Number of open rooms.
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// Answers with all open rooms, in the organizer's order, then by name.
    pub fn list_rooms(&self) -> Reply {
        Reply::Rooms {
            rooms: self.rooms.list(limits::ROOMS),
        }
    }

    /// Returns the room with this name, and opens it if necessary. If [`limits::ROOMS`] are open, the empty room unused for longest is closed.
    pub(in crate::room::hub) fn open(&mut self, name: &RoomName) -> Result<RoomId, Refusal> {
        if let Some(id) = self.rooms.find(name) {
            return Ok(id);
        }
        if self.rooms.len() >= limits::ROOMS {
            match self.rooms.empty.first() {
                Some(&(_, longest)) => self.close_room(longest),
                None => return Err(no_place()),
            }
        }
        if let Some(parked) = self.rooms.parked.take(name) {
            let id = self.add_room(name, parked.epochs, parked.head)?;
            self.rooms.get_mut(id).go_on_from(parked.stored_from, parked.last_at);
            return Ok(id);
        }
        let epochs = EpochHistory::first(self.next_epoch(name));
        self.add_room(name, epochs, 0)
    }

    /// The epoch for a room of this name if it were opened now. It stays the same until a room with entries is closed, so a returning phone
    /// can keep its position in a room that was empty.
    pub(in crate::room::hub) fn next_epoch(&self, name: &RoomName) -> Epoch {
        epoch(self.epoch_seed, self.rooms.lost, name)
    }

    /// Opens a room for a user. A new room counts against the share of the user's device.
    pub(in crate::room::hub) fn open_by(&mut self, asker: Asker<'_>, name: &RoomName) -> Result<RoomId, Refusal> {
        if let Some(id) = self.rooms.find(name) {
            return Ok(id);
        }
        self.may_make_room(asker)?;
        let id = self.open(name)?;
        if !self.runs_the_evening(asker.user) {
            self.rooms.get_mut(id).made_by = Some(asker.device);
            self.devices.made_room(asker.device);
        }
        Ok(id)
    }

    /// Adds a room that is not open yet. The first entry of its log gets number `after` + 1.
    pub(in crate::room::hub) fn add_room(
        &mut self,
        name: &RoomName,
        epochs: EpochHistory,
        after: Seq,
    ) -> Result<RoomId, Refusal> {
        let id = RoomId(self.rooms.opened);
        self.rooms.opened = self.rooms.opened.checked_add(1).ok_or_else(no_place)?;
        let room = Room::new(name.clone(), epochs.clone(), after, self.limits.ring_bytes);
        self.rooms.by_id.insert(id, room);
        self.rooms.by_name.insert(name.clone(), id);
        self.outputs.push_back(Output::RoomOpened {
            room: id,
            name: name.clone(),
            epochs,
            after,
        });
        Ok(id)
    }

    /// Handles a room after use: closes an empty room without entries and shared values, and marks another empty room as replaceable.
    pub(in crate::room::hub) fn close_or_file(&mut self, now: Now, id: RoomId) {
        let room = self.rooms.get(id);
        if self.rooms.permanent.contains(&room.name) {
            return;
        }
        if room.online() == 0 && room.log.head() == 0 && room.values.is_empty() {
            self.close_room(id);
        } else {
            self.rooms.file(id, now);
        }
    }

    pub(in crate::room::hub) fn close_room(&mut self, id: RoomId) {
        if let Some(room) = self.rooms.remove(id) {
            if room.log.head() > 0 {
                self.rooms.lost += 1;
            }
            if let Some(device) = room.made_by {
                self.devices.lost_room(device);
            }
            if let Some(due_ms) = room.latest.due_ms {
                self.due.remove(&(due_ms, Due::Latest(id)));
            }
            if let Some(due_ms) = room.policy.unmute_ms {
                self.rooms_with_mutes -= 1;
                self.due.remove(&(due_ms, Due::Unmute(id)));
                room.policy.muted.keys().for_each(|&user| self.unmark_muted(user));
            }
            let parked = self.persists && room.log.head() > 0;
            if parked {
                let forgotten = self.rooms.parked.insert(&room, id);
                self.outputs.extend(forgotten.map(|(name, room)| Output::RoomClosed {
                    room,
                    name,
                    parked: false,
                }));
            }
            self.outputs.push_back(Output::RoomClosed {
                room: id,
                name: room.name,
                parked,
            });
        }
    }

    /// The open room that a command reads from; `None` if the room that a request names is not open.
    pub(in crate::room::hub) fn room_to_read(&self, named: CommandRoom<'_>) -> Result<Option<RoomId>, Refusal> {
        match named {
            CommandRoom::Nowhere => Err(not_in_room()),
            CommandRoom::Joined(id) => Ok(Some(id)),
            CommandRoom::Named(name) => Ok(self.rooms.find(name)),
        }
    }

    /// The room that a command writes to; opened if a request names a room that is not open.
    pub(in crate::room::hub) fn room_to_write(&mut self, asker: Asker<'_>) -> Result<RoomId, Refusal> {
        match asker.room {
            CommandRoom::Nowhere => Err(not_in_room()),
            CommandRoom::Joined(id) => Ok(id),
            CommandRoom::Named(name) => {
                if self.rooms.find(name).is_none() {
                    self.takes_name(asker.user, name.as_str(), Named::Room)?;
                }
                self.open_by(asker, name)
            }
        }
    }

    /// Schedules the broadcast of changed latest values to the members, with a minimum interval.
    pub(in crate::room::hub) fn latest_changed(&mut self, now: Now, id: RoomId) {
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

    /// Sends a room's latest values and shared values, as far as they changed since the last broadcast.
    pub(in crate::room::hub) fn send_latest(&mut self, now: Now, id: RoomId) {
        let durable = self.durable;
        let room = self.rooms.get_mut(id);
        room.latest.due_ms = None;
        if let Some(latest) = room.unsent_latest(durable) {
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
                self.persist(key, |_| Some(persist::tally_value(&latest.reactions)));
            }
            self.outputs.push_back(Output::Latest { room: id, latest });
        }
        if self.send_values(id) {
            self.rooms.get_mut(id).latest.sent_ms = now.mono_ms;
        }
    }
}

pub(in crate::room::hub) fn not_in_room() -> Refusal {
    Refusal::new(Code::NotInRoom, "join a room first")
}

/// The refusal for a connection in the operators' reserve that has not proved to be an operator.
pub(in crate::room::hub) fn reserved() -> Refusal {
    Refusal::retry(
        Code::Full,
        "the last places are for those who run the evening",
        limits::FULL_RETRY_MS,
    )
}

pub(in crate::room::hub) fn no_place() -> Refusal {
    Refusal::new(Code::Full, "the box has no place for another room")
}

/// A random-looking epoch that no other room or run has, in all likelihood: FNV-1a over the name, then the output function of SplitMix64
/// (Steele, Lea, Flood 2014). Reduced to 40 bits, because every entry carries it to every phone.
fn epoch(seed: u64, lost: u64, name: &RoomName) -> Epoch {
    let start = 0xcbf2_9ce4_8422_2325 ^ lost;
    let bytes = name.as_str().bytes();
    let named = bytes.fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let z = seed.wrapping_add(named.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Epoch((z ^ (z >> 31)) >> limits::EPOCH_BITS_LESS)
}
