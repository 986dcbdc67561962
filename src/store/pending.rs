//! Hides that are not committed yet: pages that are read meanwhile leave those entries out.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::op::Op;
use crate::{
    limits::STORE_QUEUE,
    room::{Entry, Epoch, Hide, RoomName, Seq},
};

/// Shared by the journal and the reader. Bounded by the journal's queue; hides that the queue dropped stay until the end of the run, the
/// newest [`STORE_QUEUE`] of them.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<VecDeque<Hidden>>>);

/// One uncommitted hide.
#[derive(Clone)]
pub(super) struct Hidden {
    /// Number of its job; `None` if the queue dropped it.
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
            Op::Append(_) | Op::Persist(..) | Op::Close(_) | Op::Park(_) => None,
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

    /// The hides of a room. Ask before reading its entries: a hide that is committed in between is then read from the file.
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

/// The entry, or its hidden form.
pub(super) fn shown(hidden: &[Hidden], entry: Arc<Entry>) -> Arc<Entry> {
    let gone = hidden.iter().any(|hidden| hidden.hides(&entry));
    gone.then(|| entry.hidden()).flatten().map_or(entry, Arc::new)
}
