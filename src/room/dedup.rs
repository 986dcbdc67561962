//! The ids that a room has accepted lately, so that a message that is sent again is accepted once.

use std::collections::BTreeMap;

use heapless::Deque;

use super::{MsgId, Seq, UserId};
use crate::limits::{DEDUP_ID_BYTES, DEDUP_IDS};

type Key = (UserId, MsgId);

/// The result of an accepted message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its place; none for a message to oneself.
    pub seq: Option<Seq>,
    /// Time in milliseconds since 1970.
    pub at: u64,
}

/// The newest [`DEDUP_IDS`] ids. Costs a few words until the first.
#[derive(Debug, Default)]
pub struct DedupWindow {
    accepted: BTreeMap<Key, Accepted>,
    /// Oldest first.
    order: Option<Box<Deque<Key, DEDUP_IDS>>>,
}

impl DedupWindow {
    /// The result of the message, if it was accepted.
    pub fn get(&self, user: UserId, id: &MsgId) -> Option<Accepted> {
        self.accepted.get(&(user, id.clone())).copied()
    }

    /// What they take, in bytes: the longest id is 64 characters, most have a third of that.
    pub fn bytes(&self) -> usize {
        self.accepted.len() * DEDUP_ID_BYTES
    }

    /// Forgets the oldest, down to so many.
    pub fn shrink(&mut self, most: usize) {
        let Some(order) = &mut self.order else { return };
        while order.len() > most
            && let Some(oldest) = order.pop_front()
        {
            self.accepted.remove(&oldest);
        }
    }

    /// Remembers a message that was not there before; the oldest makes way.
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
