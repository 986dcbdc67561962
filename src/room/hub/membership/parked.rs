//! Parked rooms: kept in the store without being loaded, to make room for others. A parked room that is opened again continues its log.
//! At most `limits::PARKED_ROOMS`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::room::hub::membership::room::Room;
use crate::{
    limits,
    room::{Epoch, EpochHistory, Hide, Output, ParkedRoom, RoomId, RoomName, Seq},
};

/// Parked rooms by name, at most [`limits::PARKED_ROOMS`]. A full table drops the room that was parked first, and its entries.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Parked {
    rooms: BTreeMap<RoomName, ParkedState>,
    order: BTreeSet<(u64, RoomName)>,
    parked: u64,
}

/// The state that a parked room keeps in memory.
#[derive(Debug)]
pub(in crate::room::hub) struct ParkedState {
    pub(in crate::room::hub) epochs: EpochHistory,
    pub(in crate::room::hub) head: Seq,
    pub(in crate::room::hub) stored_from: Seq,
    pub(in crate::room::hub) last_at: u64,
    id: RoomId,
    number: u64,
}

impl Parked {
    /// Parks a room; returns the oldest parked room if the table was full and it was dropped.
    pub(in crate::room::hub) fn insert(&mut self, room: &Room, id: RoomId) -> Option<(RoomName, RoomId)> {
        let one = ParkedState {
            epochs: room.epochs.clone(),
            head: room.log.head(),
            stored_from: room.stored_from,
            last_at: room.last_at(),
            id,
            number: 0,
        };
        self.put(room.name.clone(), one)
    }

    /// Adds a room that the store has from an earlier run, as parked (kept in the store without being loaded).
    pub(in crate::room::hub) fn load(&mut self, room: ParkedRoom) {
        let one = ParkedState {
            epochs: room.epochs,
            head: room.head,
            stored_from: room.oldest,
            last_at: 0,
            // No member follows it.
            id: RoomId(u32::MAX),
            number: 0,
        };
        self.put(room.name, one);
    }

    fn put(&mut self, name: RoomName, one: ParkedState) -> Option<(RoomName, RoomId)> {
        self.parked += 1;
        let number = self.parked;
        self.order.insert((number, name.clone()));
        self.rooms.insert(name, ParkedState { number, ..one });
        if self.rooms.len() <= limits::PARKED_ROOMS {
            return None;
        }
        let (_, first) = self.order.pop_first()?;
        let gone = self.rooms.remove(&first)?;
        Some((first, gone.id))
    }

    /// Whether the room is parked.
    pub(in crate::room::hub) fn has(&self, name: &RoomName) -> bool {
        self.rooms.contains_key(name)
    }

    /// Removes a parked room from the table, because it opens again; `None` if the room is not parked.
    pub(in crate::room::hub) fn take(&mut self, name: &RoomName) -> Option<ParkedState> {
        let one = self.rooms.remove(name)?;
        self.order.remove(&(one.number, name.clone()));
        Some(one)
    }

    /// The outputs that hide entries of all parked rooms in the store. No member follows these rooms.
    pub(in crate::room::hub) fn redactions(&self, what: Hide) -> impl Iterator<Item = Output> {
        self.rooms.iter().map(move |(name, one)| Output::Redact {
            room: one.id,
            name: name.clone(),
            epoch: one.epochs.epoch,
            what,
            to: one.head,
            entries: Arc::new([]),
        })
    }

    /// Notes that the store has removed the entries of a parked room before number `oldest`.
    pub(in crate::room::hub) fn pruned(&mut self, name: &RoomName, epoch: Epoch, oldest: Seq) {
        if let Some(one) = self.rooms.get_mut(name)
            && one.epochs.epoch == epoch
        {
            one.stored_from = one.stored_from.max(oldest);
        }
    }
}
