//! Entries that a log has dropped and the store still has: a few pages of them, shared by all members who come after.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    limits,
    room::{ConnId, Epoch, Logged, RoomId, RoomName, Seq},
};

/// A page that is wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who wants it: it goes to the worker that has this connection.
    pub conn: ConnId,
    /// The room's number.
    pub room: RoomId,
    /// Its name.
    pub name: RoomName,
    /// Its life.
    pub epoch: Epoch,
    /// The first entry.
    pub from: Seq,
    /// The last.
    pub to: Seq,
}

/// Asks for a page, which comes as [`super::Command::Page`]; false if too many are wanted.
pub type Pages = Arc<dyn Fn(Wish) -> bool + Send + Sync>;

/// What is known of an entry.
pub enum Found<'a, E> {
    /// Here it is.
    Entry(&'a Arc<E>),
    /// The store does not have it.
    Gone,
    /// Its page is to be asked for.
    Unknown,
}

/// See the module.
pub struct Older<E> {
    /// The one that came last at the end.
    pages: VecDeque<Page<E>>,
    /// What the page that has just come does not have, though it was to.
    gone: Option<std::ops::RangeInclusive<Seq>>,
    /// First entries of pages that are on their way.
    asked: Vec<Seq>,
    /// Members that wait for one.
    pub waiting: Vec<ConnId>,
}

struct Page<E> {
    from: Seq,
    to: Seq,
    entries: Vec<Arc<E>>,
}

impl<E> Default for Older<E> {
    fn default() -> Self {
        Self {
            pages: VecDeque::new(),
            gone: None,
            asked: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

impl<E: Logged> Older<E> {
    /// Looks for an entry.
    pub fn find(&self, seq: Seq) -> Found<'_, E> {
        if self.gone.as_ref().is_some_and(|gone| gone.contains(&seq)) {
            return Found::Gone;
        }
        let Some(page) = self.pages.iter().find(|page| (page.from..=page.to).contains(&seq)) else {
            return Found::Unknown;
        };
        match page.entries.binary_search_by_key(&seq, |entry| entry.seq()) {
            Ok(at) => Found::Entry(&page.entries[at]),
            Err(_) => Found::Gone,
        }
    }

    /// Which page to ask for, to have an entry that is not here, of a log that begins at `oldest`; none if it is on its way. Pages begin
    /// at the same numbers for everybody, so that they can be shared.
    pub fn ask(&mut self, seq: Seq, oldest: Seq) -> Option<(Seq, Seq)> {
        let size = limits::RESUME_PAGE as Seq;
        let begin = (seq - 1) / size * size + 1;
        // A page may have been cut short, for its weight or because the log was further then.
        let short = self.pages.iter().any(|page| page.from == begin);
        let from = if short { seq } else { begin };
        if self.asked.contains(&from) {
            return None;
        }
        self.asked.push(from);
        Some((from, (begin + size - 1).min(oldest - 1)))
    }

    /// A page has come. Returns who waits. They are to be served at once, and then [`Self::settle`] is due.
    pub fn put(&mut self, from: Seq, to: Seq, entries: Vec<Arc<E>>) -> Vec<ConnId> {
        self.asked.retain(|&asked| asked != from);
        // What is missing at the end is perhaps on its way to the disk: that is to be found out again by whoever comes next.
        let last = entries.last().map_or(from - 1, |entry| entry.seq());
        self.gone = Some(last + 1..=to);
        let to = last;
        if self.pages.len() >= limits::RESUME_PAGES {
            self.pages.pop_front();
        }
        self.pages.push_back(Page { from, to, entries });
        std::mem::take(&mut self.waiting)
    }

    /// Those who waited know what is gone.
    pub fn settle(&mut self) {
        self.gone = None;
    }

    /// Forgets the pages: what they say may not be so any more.
    pub fn forget(&mut self) {
        self.pages = VecDeque::new();
    }

    /// Forgets the pages if nobody waits for more.
    pub fn tidy(&mut self) {
        if self.waiting.is_empty() {
            self.forget();
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
    fn pages_are_shared_asked_for_once_and_bounded() {
        let mut older = Older::default();
        assert!(matches!(older.find(150), Found::Unknown));
        older.waiting.push(ConnId(1));
        assert_eq!(older.ask(150, 1000), Some((101, 200)));
        assert_eq!(older.ask(160, 1000), None, "it is on its way");
        // Cut short for its weight, and its beginning is gone.
        assert_eq!(older.put(101, 180, items(120..=180)), [ConnId(1)]);
        assert!(matches!(older.find(150), Found::Entry(entry) if entry.seq == 150));
        assert!(matches!(older.find(119), Found::Gone));
        older.put(301, 400, items(301..=350));
        assert!(matches!(older.find(351), Found::Gone));
        older.settle();
        assert!(
            matches!(older.find(351), Found::Unknown),
            "it may have been written since"
        );
        assert_eq!(older.ask(181, 1000), Some((181, 200)));
        assert_eq!(older.ask(950, 960), Some((901, 959)), "not what the log has");
        for page in 0..limits::RESUME_PAGES as Seq {
            older.put(5001 + page, 5001 + page, items(5001 + page..=5001 + page));
        }
        assert!(matches!(older.find(150), Found::Unknown));
        older.tidy();
        assert!(matches!(older.find(5001), Found::Unknown));
    }
}
