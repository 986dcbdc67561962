//! Remembers the ids of the last `limits::DEDUP_IDS` messages that a room accepted, so that a repeated message is accepted only once.

use std::collections::BTreeMap;

use heapless::Deque;

use super::{MsgId, Seq, UserId};
use crate::limits::{DEDUP_ID_BYTES, DEDUP_IDS};

type Key = (UserId, MsgId);

/// The acceptance of a message: its number in the log, and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Number of the entry; `None` for a message to its sender alone.
    pub seq: Option<Seq>,
    /// Time of acceptance, in milliseconds since 1970.
    pub at: u64,
}

/// A room's dedup window: the ids of its newest [`DEDUP_IDS`] messages, to detect repeated ones. Allocates only with the first id.
#[derive(Debug, Default)]
pub struct DedupWindow {
    accepted: BTreeMap<Key, Accepted>,
    /// The ids in the order of insertion, oldest first, to drop the oldest; `None` before the first id.
    order: Option<Box<Deque<Key, DEDUP_IDS>>>,
}

impl DedupWindow {
    /// The acceptance of a message that its sender repeats; `None` if the id is unknown or the window has dropped it.
    pub fn get(&self, user: UserId, id: &MsgId) -> Option<Accepted> {
        self.accepted.get(&(user, id.clone())).copied()
    }

    /// Estimated size in memory, in bytes, for ids of average length (the longest id has 64 characters).
    pub fn bytes(&self) -> usize {
        self.accepted.len() * DEDUP_ID_BYTES
    }

    /// Drops the oldest ids until at most `most` remain.
    pub fn shrink(&mut self, most: usize) {
        let Some(order) = &mut self.order else { return };
        while order.len() > most
            && let Some(oldest) = order.pop_front()
        {
            self.accepted.remove(&oldest);
        }
    }

    /// Adds the id of a newly accepted message; a full window drops the oldest id.
    pub fn insert(&mut self, user: UserId, id: MsgId, accepted: Accepted) {
        let order = self.order.get_or_insert_with(Box::default);
        if order.is_full()
            && let Some(oldest) = order.pop_front()
        {
            self.accepted.remove(&oldest);
        }
        if order.push_back((user, id.clone())).is_ok() {
            self.accepted.insert((user, id), accepted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_remembered_for_each_user() {
        let id = |n: usize| MsgId::new(&format!("m{n}")).unwrap();
        let mut remembered = DedupWindow::default();
        for n in 0..=DEDUP_IDS {
            let accepted = Accepted {
                seq: Some(n as Seq),
                at: 5,
            };
            remembered.insert(UserId(1), id(n), accepted);
        }
        assert_eq!(remembered.accepted.len(), DEDUP_IDS);
        assert_eq!(remembered.get(UserId(1), &id(0)), None);
        assert_eq!(
            remembered.get(UserId(1), &id(1)),
            Some(Accepted { seq: Some(1), at: 5 })
        );
        assert_eq!(remembered.get(UserId(2), &id(1)), None);
        remembered.shrink(10);
        let bytes = remembered.bytes();
        assert_eq!((bytes, remembered.get(UserId(1), &id(1))), (10 * DEDUP_ID_BYTES, None));
        assert!(remembered.get(UserId(1), &id(DEDUP_IDS)).is_some(), "the newest stay");
    }
}
