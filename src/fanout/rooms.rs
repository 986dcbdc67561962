//! Changes a worker's replica of a room as the driver's updates say, and schedules a pass (a round over the members) if members must be told.
//! Rooms are bounded by `limits::ROOMS`.

use std::sync::Arc;

use super::{Fanout, Frames, replica::Replica};
use crate::{
    room::{EpochHistory, Latest, RoomId, RoomName, Seq},
    wire::ValuesFrames,
};

impl<E: Frames> Fanout<E> {
    pub(super) fn room_opened(&mut self, room: RoomId, name: RoomName, history: EpochHistory, after: Seq) {
        let values = Arc::new(ValuesFrames::none(&name, &self.account));
        let replica = Replica {
            values: Some(values),
            ..Replica::new(name.clone(), history, after, &self.limits)
        };
        self.rooms.insert(room, replica);
        self.by_name.insert(name.clone(), room);
        self.room_opened_for_polls(&name);
    }

    pub(super) fn room_closed(&mut self, room: RoomId) {
        let Some(replica) = self.rooms.get(&room) else { return };
        if let Some(name) = &replica.name {
            self.by_name.remove(name);
        }
        for key in replica.members.clone() {
            self.detach(key);
        }
        self.rooms.remove(&room);
    }

    pub(super) fn append(&mut self, room: RoomId, entry: Arc<E>) {
        let now = self.now_ms();
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.log.push(entry);
            replica.pace.record_entry(now);
            self.mark_due(room);
        }
    }

    pub(super) fn replace(&mut self, room: RoomId, entries: &[Arc<E>]) {
        if let Some(replica) = self.rooms.get_mut(&room) {
            entries.iter().for_each(|entry| replica.log.replace(entry.clone()));
            replica.page_cache.invalidate();
        }
    }

    pub(super) fn shed(&mut self, room: RoomId, oldest: Seq) {
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.log.shed(oldest);
            self.mark_due(room);
        }
    }

    pub(super) fn recall(&mut self, room: RoomId, entry: Arc<E>) {
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.log.recall(entry);
        }
    }

    pub(super) fn set_latest(&mut self, room: RoomId, latest: Arc<Latest>) {
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.latest.replace(latest);
            self.mark_due(room);
        }
    }

    pub(super) fn set_values(&mut self, room: RoomId, frames: Arc<ValuesFrames>) {
        if let Some(replica) = self.rooms.get_mut(&room) {
            replica.values = Some(frames);
            self.mark_due(room);
        }
    }

    fn mark_due(&mut self, room: RoomId) {
        if let Some(replica) = self.rooms.get_mut(&room)
            && !replica.due
        {
            replica.due = true;
            self.due.push(room);
        }
    }
}
