//! Page cache: stored entries that the log has dropped, for members that resume from an old position. A room caches at most
//! [`limits::RESUME_PAGES`] pages of [`limits::RESUME_PAGE`] entries, drops the oldest page first, and drops all of them at the first
//! sweep without a waiting member.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    limits,
    room::{ConnId, Epoch, Logged, RoomId, RoomName, Seq},
};

/// A request to the store for one page of a room's entries.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The connection that needs the page; its worker receives the answer.
    pub conn: ConnId,
    /// Id of the room.
    pub room: RoomId,
    /// Name of the room.
    pub name: RoomName,
    /// The epoch whose entries are requested.
    pub epoch: Epoch,
    /// Number of the first entry, inclusive.
    pub from: Seq,
    /// Number of the last entry, inclusive.
    pub to: Seq,
}

/// Sends a page request, which [`super::Update::Page`] answers. Returns false if the store's queue is full.
pub type Pages = Arc<dyn Fn(PageRequest) -> bool + Send + Sync>;

/// Result of a lookup in the page cache.
pub enum Lookup<'a, E> {
    /// The entry is cached.
    Entry(&'a Arc<E>),
    /// The store does not have the entry any more.
    Gone,
    /// The entry's page is not cached; it must be requested from the store.
    Miss,
}

/// Cached pages of one room, and the members that wait for a page.
pub struct PageCache<E> {
    /// Cached pages, the oldest one first.
    pages: VecDeque<Page<E>>,
    /// Requested entry numbers that the newest page does not contain.
    missing: Option<std::ops::RangeInclusive<Seq>>,
    /// First entry numbers of the pages that the store is reading.
    in_flight: Vec<Seq>,
    /// Connections that wait for a page.
    pub waiting: Vec<ConnId>,
}

struct Page<E> {
    from: Seq,
    to: Seq,
    entries: Vec<Arc<E>>,
}

impl<E> Default for PageCache<E> {
    fn default() -> Self {
        Self {
            pages: VecDeque::new(),
            missing: None,
            in_flight: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

impl<E: Logged> PageCache<E> {
    /// Looks up an entry by its number.
    pub fn find(&self, seq: Seq) -> Lookup<'_, E> {
        if self.missing.as_ref().is_some_and(|missing| missing.contains(&seq)) {
            return Lookup::Gone;
        }
        let Some(page) = self.pages.iter().find(|page| (page.from..=page.to).contains(&seq)) else {
            return Lookup::Miss;
        };
        match page.entries.binary_search_by_key(&seq, |entry| entry.seq()) {
            Ok(at) => Lookup::Entry(&page.entries[at]),
            Err(_) => Lookup::Gone,
        }
    }

    /// First and last entry of the page to request for entry `seq`; `None` if that page is already requested. `oldest` is the log's oldest entry.
    /// Pages start at fixed numbers, so that members can share them.
    pub fn plan_request(&mut self, seq: Seq, oldest: Seq) -> Option<(Seq, Seq)> {
        let size = limits::RESUME_PAGE as Seq;
        let begin = (seq - 1) / size * size + 1;
        // A page may be short, by its size limit or because the log reached further back then.
        let short = self.pages.iter().any(|page| page.from == begin);
        let from = if short { seq } else { begin };
        if self.in_flight.contains(&from) {
            return None;
        }
        self.in_flight.push(from);
        Some((from, (begin + size - 1).min(oldest - 1)))
    }

    /// Caches a page; returns the waiting connections. The caller serves them, then calls [`Self::forget_missing`].
    pub fn insert(&mut self, from: Seq, to: Seq, entries: Vec<Arc<E>>) -> Vec<ConnId> {
        self.in_flight.retain(|&other| other != from);
        // Missing entries at the end may still be on their way to the disk, so only the members that wait now skip them.
        let last = entries.last().map_or(from - 1, |entry| entry.seq());
        self.missing = Some(last + 1..=to);
        let to = last;
        if self.pages.len() >= limits::RESUME_PAGES {
            self.pages.pop_front();
        }
        self.pages.push_back(Page { from, to, entries });
        std::mem::take(&mut self.waiting)
    }

    /// Forgets the missing entry numbers, after the waiting members were served.
    pub fn forget_missing(&mut self) {
        self.missing = None;
    }

    /// Invalidates all cached pages, because entries in them were hidden or shown again.
    pub fn invalidate(&mut self) {
        self.pages = VecDeque::new();
    }

    /// Drops all pages if no member waits for one.
    pub fn evict_idle(&mut self) {
        if self.waiting.is_empty() {
            self.invalidate();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Item;

    fn items(seqs: std::ops::RangeInclusive<Seq>) -> Vec<Arc<Item>> {
        seqs.map(|seq| Arc::new(Item::chat(seq))).collect()
    }

    #[test]
    fn pages_are_shared_requested_once_and_bounded() {
        let mut cache = PageCache::default();
        assert!(matches!(cache.find(150), Lookup::Miss));
        cache.waiting.push(ConnId(1));
        assert_eq!(cache.plan_request(150, 1000), Some((101, 200)));
        assert_eq!(cache.plan_request(160, 1000), None, "the page is in flight");
        // Cut short by its size limit, with its first entries deleted.
        assert_eq!(cache.insert(101, 180, items(120..=180)), [ConnId(1)]);
        assert!(matches!(cache.find(150), Lookup::Entry(entry) if entry.seq == 150));
        assert!(matches!(cache.find(119), Lookup::Gone));
        cache.insert(301, 400, items(301..=350));
        assert!(matches!(cache.find(351), Lookup::Gone));
        cache.forget_missing();
        assert!(matches!(cache.find(351), Lookup::Miss), "the store may have it by now");
        assert_eq!(cache.plan_request(181, 1000), Some((181, 200)));
        assert_eq!(
            cache.plan_request(950, 960),
            Some((901, 959)),
            "ends before the log begins"
        );
        for page in 0..limits::RESUME_PAGES as Seq {
            cache.insert(5001 + page, 5001 + page, items(5001 + page..=5001 + page));
        }
        assert!(matches!(cache.find(150), Lookup::Miss));
        cache.evict_idle();
        assert!(matches!(cache.find(5001), Lookup::Miss));
    }
}
