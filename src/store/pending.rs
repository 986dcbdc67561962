//! What was hidden and is not on disk as such yet: pages that are read meanwhile are shown without it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Op;
use crate::{
    limits::STORE_QUEUE,
    room::{Entry, Epoch, Hide, RoomName, Seq},
};

/// Shared by who writes and who reads. Bounded like what waits for the disk, which the writing side sees to; what found no place
/// there stays until the end of the run, the newest [`STORE_QUEUE`] of it.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<VecDeque<Hidden>>>);

/// Something that was hidden.
#[derive(Clone)]
pub(super) struct Hidden {
    /// What the commit waits under; none if it is not stored at all.
    number: Option<u64>,
    room: RoomName,
    epoch: Epoch,
    what: Hide,
    to: Seq,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Hidden>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, number: Option<u64>, ops: &[Op]) {
        let hides = ops.iter().filter_map(|op| match op {
            Op::Hide { room, epoch, what, to } => Some(Hidden {
                number,
                room: room.clone(),
                epoch: *epoch,
                what: *what,
                to: *to,
            }),
            _ => None,
        });
        let mut hides = hides.peekable();
        if hides.peek().is_none() {
            return;
        }
        let mut all = self.lock();
        all.extend(hides);
        if all.iter().filter(|hidden| hidden.number.is_none()).count() > STORE_QUEUE {
            let oldest = all.iter().position(|hidden| hidden.number.is_none());
            oldest.map(|at| all.remove(at));
        }
    }

    pub(super) fn committed(&self, number: u64) {
        self.lock()
            .retain(|hidden| hidden.number.is_none_or(|own| own > number));
    }

    /// What concerns a room. To be asked before its entries are read: what is committed in between is read as such.
    pub(super) fn of(&self, room: &RoomName, epoch: Epoch) -> Vec<Hidden> {
        let all = self.lock();
        let here = all
            .iter()
            .filter(|hidden| hidden.epoch == epoch && hidden.room == *room);
        here.cloned().collect()
    }
}

impl Hidden {
    fn hides(&self, entry: &Entry) -> bool {
        match self.what {
            Hide::Entry { seq } => seq == entry.seq,
            Hide::Person { user } => user == entry.from.id && entry.seq <= self.to,
        }
    }
}

/// An entry as it may be shown.
pub(super) fn shown(hidden: &[Hidden], entry: Arc<Entry>) -> Arc<Entry> {
    let gone = hidden.iter().any(|hidden| hidden.hides(&entry));
    gone.then(|| entry.hidden()).flatten().map_or(entry, Arc::new)
}
