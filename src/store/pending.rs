//! Remembers uncommitted operations that hide entries or show them again, so that pages read before the commit already respect them. As
//! bounded as the writer's queue: `limits::STORE_QUEUE`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::op::Op;
use crate::{
    limits::STORE_QUEUE,
    room::{Entry, Epoch, Hide, RoomName, Seq},
};

/// Uncommitted operations that hide or show entries, shared by the journal and the reader.
///
/// The journal's queue bounds them. Those that the queue has dropped stay until the process ends, the newest [`STORE_QUEUE`] of them.
#[derive(Clone, Default)]
pub(super) struct Pending(Arc<Mutex<VecDeque<Change>>>);

/// An uncommitted operation that hides entries or shows one again.
#[derive(Clone)]
pub(super) struct Change {
    /// Number of its job; `None` if the queue dropped it.
    number: Option<u64>,
    room: RoomName,
    epoch: Epoch,
    what: What,
}

#[derive(Clone)]
enum What {
    /// Hides entries up to this number.
    Hide(Hide, Seq),
    /// Shows this entry, in its original content, again.
    Reveal(Arc<Entry>),
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Change>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn note(&self, number: Option<u64>, ops: &[Op]) {
        let changes = ops.iter().filter_map(|op| {
            let (room, epoch, what) = match op {
                Op::Hide {
                    room, epoch, what, to, ..
                } => (room, *epoch, What::Hide(*what, *to)),
                Op::Reveal(entry) | Op::Amend(entry) => (&entry.room, entry.epoch, What::Reveal(entry.clone())),
                Op::Append(_) | Op::Persist(..) | Op::Close(_) | Op::Park(_) => return None,
            };
            let room = room.clone();
            Some(Change {
                number,
                room,
                epoch,
                what,
            })
        });
        let mut changes = changes.peekable();
        if changes.peek().is_none() {
            return;
        }
        let mut all = self.lock();
        all.extend(changes);
        if all.iter().filter(|change| change.number.is_none()).count() > STORE_QUEUE {
            let oldest = all.iter().position(|change| change.number.is_none());
            oldest.map(|at| all.remove(at));
        }
    }

    pub(super) fn committed(&self, number: u64) {
        self.lock()
            .retain(|change| change.number.is_none_or(|own| own > number));
    }

    /// The uncommitted changes of a room, in order. Call this before reading entries: a change that is committed in between is then seen in the file.
    pub(super) fn of(&self, room: &RoomName, epoch: Epoch) -> Vec<Change> {
        let all = self.lock();
        let here = all
            .iter()
            .filter(|change| change.epoch == epoch && change.room == *room);
        here.cloned().collect()
    }
}

impl Change {
    /// The entry after the change; `None` if the change does not concern it.
    fn of(&self, entry: &Entry) -> Option<Arc<Entry>> {
        match &self.what {
            What::Hide(Hide::Entry { seq }, _) if *seq == entry.seq => entry.hidden().map(Arc::new),
            What::Hide(Hide::Person { user }, to) if *user == entry.from.id && entry.seq <= *to => {
                entry.hidden().map(Arc::new)
            }
            What::Reveal(original) if original.seq == entry.seq => Some(original.clone()),
            What::Hide(..) | What::Reveal(_) => None,
        }
    }
}

/// The entry as clients see it after the uncommitted changes: hidden, shown again, or as it is.
pub(super) fn shown(changes: &[Change], entry: Arc<Entry>) -> Arc<Entry> {
    changes
        .iter()
        .fold(entry, |entry, change| change.of(&entry).unwrap_or(entry))
}
