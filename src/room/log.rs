//! A room's log: the newest entries, at most `limits::RING_ENTRIES`, and the newest control entries (changes by operators), at most
//! `limits::CONTROL_ENTRIES`, for members whose position is no longer in the ring.

use heapless::Deque;

use super::{Logged, Seq};
use crate::limits::{CONTROL_ENTRIES, RING_ENTRIES};

/// The newest entries of a room, in order and without gaps; bounded by count ([`RING_ENTRIES`]) and by bytes.
///
/// The hub has a log of entries, each worker a log of encoded entries. Given the same entries, both keep the same ones, because dropping
/// depends only on [`Logged`] and the byte bound. An empty log takes only a few words of memory.
#[derive(Debug)]
pub struct Log<T> {
    head: Seq,
    bytes: usize,
    ring_bytes: usize,
    ring: Option<Box<Deque<T, RING_ENTRIES>>>,
    /// The newest control entries, including those that the ring has dropped.
    controls: Option<Box<Deque<T, CONTROL_ENTRIES>>>,
}

impl<T: Logged + Clone> Log<T> {
    /// An empty log whose first entry gets number 1. `ring_bytes` bounds the sum of the entries' [`Logged::weight`].
    pub fn new(ring_bytes: usize) -> Self {
        Self::starting_at(0, ring_bytes)
    }

    /// An empty log that continues after number `head`; earlier entries may exist elsewhere.
    pub fn starting_at(head: Seq, ring_bytes: usize) -> Self {
        Self {
            head,
            bytes: 0,
            ring_bytes,
            ring: None,
            controls: None,
        }
    }

    /// Adds the next entry and drops the oldest ones that no longer fit. The newest entry is always kept, even if it alone exceeds the byte bound.
    ///
    /// # Panics
    /// The entry's number is not [`Log::head`] + 1, which only a bug can cause.
    pub fn push(&mut self, entry: T) {
        self.push_dropping(entry, |_| {});
    }

    /// Appends an entry like [`Self::push`], and calls `gone` with each entry that is dropped for it.
    pub fn push_dropping(&mut self, entry: T, mut gone: impl FnMut(&T)) {
        assert_eq!(entry.seq(), self.head + 1, "a log has no holes");
        self.head = entry.seq();
        if entry.is_control() {
            let controls = self.controls.get_or_insert_with(Box::default);
            push_newest(controls, entry.clone());
        }
        let ring = self.ring.get_or_insert_with(Box::default);
        self.bytes += entry.weight();
        if let Some(dropped) = push_newest(ring, entry) {
            self.bytes -= dropped.weight();
            gone(&dropped);
        }
        while self.bytes > self.ring_bytes && ring.len() > 1 {
            if let Some(dropped) = ring.pop_front() {
                self.bytes -= dropped.weight();
                gone(&dropped);
            }
        }
    }

    /// Drops entries with numbers below `oldest`, but never the newest entry.
    pub fn shed(&mut self, oldest: Seq) {
        while let Some(ring) = self.ring.as_mut().filter(|ring| ring.len() > 1)
            && ring.front().is_some_and(|entry| entry.seq() < oldest)
            && let Some(dropped) = ring.pop_front()
        {
            self.bytes -= dropped.weight();
        }
    }

    /// Replaces the entry of the same number in the ring and among the control entries. Both must be control entries, or neither.
    pub fn replace(&mut self, entry: T) {
        let seq = entry.seq();
        let index = seq
            .checked_sub(self.oldest())
            .and_then(|index| usize::try_from(index).ok());
        if entry.is_control() {
            let mut controls = self.controls.iter_mut().flat_map(|controls| controls.iter_mut());
            if let Some(control) = controls.find(|control| control.seq() == seq) {
                *control = entry.clone();
            }
        }
        if let (Some(ring), Some(index)) = (&mut self.ring, index)
            && let Some(slot) = ring.get_mut(index)
        {
            self.bytes = self.bytes - slot.weight() + entry.weight();
            *slot = entry;
        }
    }

    /// Restores a control entry older than the log's first entry; call in ascending order.
    pub fn recall(&mut self, control: T) {
        push_newest(self.controls.get_or_insert_with(Box::default), control);
    }

    /// Number of the newest entry; 0 if there never was an entry.
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Number of the oldest entry in the ring; `head + 1` if the ring is empty.
    pub fn oldest(&self) -> Seq {
        self.head + 1 - self.len() as Seq
    }

    /// Number of entries in the log, at most [`RING_ENTRIES`].
    pub fn len(&self) -> usize {
        self.ring.as_ref().map_or(0, |ring| ring.len())
    }

    /// Whether the log holds no entries in memory; older ones may be in the store.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Total weight of the entries in the ring, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The entry with number `seq`, if the ring still has it.
    pub fn get(&self, seq: Seq) -> Option<&T> {
        let index = seq.checked_sub(self.oldest())?;
        self.ring.as_ref()?.get(usize::try_from(index).ok()?)
    }

    /// The entries in the ring from number `seq` on, oldest first. Finding the first entry takes constant time.
    pub fn iter_from(&self, seq: Seq) -> impl DoubleEndedIterator<Item = &T> {
        let skipped = usize::try_from(seq.saturating_sub(self.oldest())).unwrap_or(usize::MAX);
        let (old, new) = self.ring.as_ref().map_or((&[][..], &[][..]), |ring| ring.as_slices());
        let old_skipped = skipped.min(old.len());
        let new_skipped = (skipped - old_skipped).min(new.len());
        old[old_skipped..].iter().chain(&new[new_skipped..])
    }

    /// The kept control entries with numbers in `from..=to`, oldest first, including those that the ring has dropped.
    pub fn controls_in(&self, from: Seq, to: Seq) -> impl Iterator<Item = &T> {
        let controls = self.controls.iter().flat_map(|controls| controls.iter());
        controls.filter(move |entry| (from..=to).contains(&entry.seq()))
    }

    /// Number of entries in `from..=to` that are lost to members. The ring must have dropped the whole range.
    pub fn missed_between(&self, from: Seq, to: Seq) -> u64 {
        (to + 1).saturating_sub(from) - self.controls_in(from, to).count() as u64
    }
}

/// Appends an entry; returns the oldest one if it was removed to make room.
fn push_newest<T, const N: usize>(deque: &mut Deque<T, N>, entry: T) -> Option<T> {
    let dropped = if deque.is_full() { deque.pop_front() } else { None };
    if deque.push_back(entry).is_err() {
        unreachable!("a slot was freed");
    }
    dropped
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::room::UserId;

    /// A minimal entry for tests.
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct Item {
        pub(crate) seq: Seq,
        pub(crate) weight: usize,
        pub(crate) control: bool,
        pub(crate) skip: Option<UserId>,
    }

    impl Item {
        pub(crate) fn chat(seq: Seq) -> Self {
            Self {
                seq,
                weight: 1,
                control: false,
                skip: None,
            }
        }
        pub(crate) fn control(seq: Seq) -> Self {
            Self {
                control: true,
                ..Self::chat(seq)
            }
        }
    }

    impl Logged for Item {
        fn seq(&self) -> Seq {
            self.seq
        }
        fn weight(&self) -> usize {
            self.weight
        }
        fn is_control(&self) -> bool {
            self.control
        }
        fn skip(&self) -> Option<UserId> {
            self.skip
        }
    }

    fn seqs<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<Seq> {
        items.map(|item| item.seq).collect()
    }

    #[test]
    fn keeps_the_newest_by_count() {
        let mut log = Log::new(usize::MAX);
        let last = RING_ENTRIES as Seq + 10;
        for seq in 1..=last {
            log.push(Item::chat(seq));
        }
        assert_eq!((log.oldest(), log.head()), (11, last));
        assert_eq!(seqs(log.iter_from(0)), (11..=last).collect::<Vec<_>>());
        assert_eq!(seqs(log.iter_from(last - 1)), [last - 1, last]);
        assert_eq!(log.iter_from(last + 1).count(), 0);
        assert_eq!(log.get(10), None);
        assert_eq!(log.get(11).map(|item| item.seq), Some(11));
        assert_eq!(log.get(last + 1), None);
    }

    #[test]
    fn keeps_the_newest_by_bytes_and_at_least_one() {
        let mut log = Log::new(100);
        for seq in 1..=20 {
            log.push(Item {
                weight: 10,
                ..Item::chat(seq)
            });
        }
        assert_eq!((log.oldest(), log.bytes()), (11, 100));
        log.push(Item {
            weight: 35,
            ..Item::chat(21)
        });
        assert_eq!((log.oldest(), log.bytes()), (15, 95));
        log.push(Item {
            weight: 1000,
            ..Item::chat(22)
        });
        assert_eq!((log.oldest(), log.bytes()), (22, 1000));
        log.push(Item::chat(23));
        assert_eq!((log.oldest(), log.bytes()), (23, 1));
    }

    #[test]
    fn the_oldest_are_shed_and_the_newest_never() {
        let mut log = Log::new(usize::MAX);
        log.shed(7);
        for seq in 1..=10 {
            log.push(Item {
                weight: 10,
                control: seq == 2,
                ..Item::chat(seq)
            });
        }
        log.shed(4);
        assert_eq!((log.oldest(), log.bytes(), log.len()), (4, 70, 7));
        assert_eq!(
            seqs(log.controls_in(1, 10)),
            [2],
            "controls are kept for those who fall behind"
        );
        assert_eq!(log.missed_between(1, 3), 2);
        log.shed(3);
        log.shed(99);
        assert_eq!((log.oldest(), log.bytes()), (10, 10));
        log.push(Item::chat(11));
        assert_eq!((log.oldest(), log.bytes()), (10, 11));
    }

    #[test]
    fn controls_outlive_the_ring() {
        let mut log = Log::new(3);
        for seq in 1..=10 {
            log.push(if seq % 4 == 0 {
                Item::control(seq)
            } else {
                Item::chat(seq)
            });
        }
        assert_eq!(log.oldest(), 8);
        assert_eq!(seqs(log.controls_in(1, 7)), [4]);
        assert_eq!(log.missed_between(1, 7), 6);
        assert_eq!(log.missed_between(5, 7), 3);
        assert_eq!(log.missed_between(8, 7), 0);
    }

    #[test]
    fn an_entry_is_replaced_wherever_it_is_kept() {
        let mut log = Log::new(30);
        for seq in 1..=4 {
            log.push(Item {
                weight: 10,
                control: seq < 3,
                ..Item::chat(seq)
            });
        }
        for seq in [1, 2, 4, 9] {
            log.replace(Item {
                weight: 4,
                control: seq < 3,
                skip: Some(UserId(seq)),
                ..Item::chat(seq)
            });
        }
        let skips: Vec<_> = log.iter_from(0).map(|item| item.skip).collect();
        assert_eq!(skips, [Some(UserId(2)), None, Some(UserId(4))]);
        let skips: Vec<_> = log.controls_in(1, 4).map(|item| item.skip).collect();
        assert_eq!(skips, [Some(UserId(1)), Some(UserId(2))]);
        assert_eq!(log.bytes(), 18);
        log.push(Item {
            weight: 12,
            ..Item::chat(5)
        });
        assert_eq!((log.oldest(), log.bytes()), (2, 30));
    }

    #[test]
    fn a_log_can_start_anywhere() {
        let mut log = Log::starting_at(41, 100);
        assert_eq!((log.head(), log.oldest(), log.is_empty()), (41, 42, true));
        log.push(Item::chat(42));
        assert_eq!((log.head(), log.oldest()), (42, 42));
    }
}
