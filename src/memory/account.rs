//! Counts the memory that clients make the server hold, by purpose, against one budget in bytes. The counters are fixed; nothing grows.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;

use crate::limits;

/// The purpose for which memory is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Log entries and stored pages, with their encodings.
    Entries,
    /// Direct frames and answers in the queues of single connections.
    Frames,
    /// Bodies and messages that clients are sending, and messages on their way to the hub.
    Requests,
    /// Open connections and polling sessions.
    Connections,
    /// The hub's state without entries.
    Rooms,
}

impl Part {
    const COUNT: usize = 5;

    /// Number of bytes in use at which further requests for this purpose are refused.
    fn share(self, total: usize) -> usize {
        match self {
            Self::Connections => total / limits::CONNECTIONS_SHARE,
            Self::Requests => total / limits::REQUESTS_SHARE,
            Self::Entries | Self::Frames | Self::Rooms => total,
        }
    }
}

/// The memory account of one server: the bytes that clients make it hold, by purpose, and the budget for all of them.
#[derive(Debug)]
pub struct Account {
    total: usize,
    used: [AtomicUsize; Part::COUNT],
}

impl Account {
    /// An empty account with a budget of `total` bytes.
    pub fn new(total: usize) -> Arc<Self> {
        Arc::new(Self {
            total,
            used: Default::default(),
        })
    }

    /// The whole memory budget, in bytes.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Number of bytes in use for all purposes.
    pub fn used(&self) -> usize {
        self.used.iter().map(|used| used.load(Relaxed)).sum()
    }

    /// Number of bytes in use for one purpose.
    pub fn of(&self, part: Part) -> usize {
        self.used[part as usize].load(Relaxed)
    }

    /// Number of free bytes; 0 if the budget is exceeded.
    pub fn free(&self) -> usize {
        self.total.saturating_sub(self.used())
    }

    /// Sets the bytes of one purpose to a sum that was computed elsewhere.
    pub fn set(&self, part: Part, bytes: usize) {
        self.used[part as usize].store(bytes, Relaxed);
    }

    /// Counts bytes that are already allocated or can't be refused.
    pub fn take(self: &Arc<Self>, part: Part, bytes: usize) -> Ticket {
        let bytes = with_overhead(bytes);
        self.used[part as usize].fetch_add(bytes, Relaxed);
        Ticket {
            account: self.clone(),
            part,
            bytes,
        }
    }

    /// Counts bytes before they are allocated. `None` if the share of this purpose is used up.
    pub fn ask(self: &Arc<Self>, part: Part, bytes: usize) -> Option<Ticket> {
        let ticket = self.take(part, bytes);
        // The sum includes these bytes: of concurrent requests too many may be refused, never too few.
        (self.of(part) <= part.share(self.total)).then_some(ticket)
    }

    /// Wraps shared bytes so that they are counted until their last handle is dropped.
    pub fn hold(self: &Arc<Self>, part: Part, bytes: Bytes) -> Bytes {
        let ticket = self.take(part, bytes.len());
        Bytes::from_owner(CountedBytes { bytes, _ticket: ticket })
    }
}

/// Number of bytes that the allocator probably uses for an allocation of `bytes`.
fn with_overhead(bytes: usize) -> usize {
    bytes + bytes / 8 + limits::MEMORY_OVERHEAD
}

/// A number of counted bytes; dropping the ticket releases them.
#[derive(Debug)]
pub struct Ticket {
    account: Arc<Account>,
    part: Part,
    bytes: usize,
}

impl Ticket {
    /// Number of counted bytes, including overhead.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Wraps shared bytes so that they are counted for the same purpose until their last handle is dropped.
    pub fn hold(&self, bytes: Bytes) -> Bytes {
        self.account.hold(self.part, bytes)
    }

    /// Counts further bytes. Returns false if the share of this purpose is exceeded.
    pub fn ask_more(&mut self, bytes: usize) -> bool {
        self.grow(bytes);
        self.account.of(self.part) <= self.part.share(self.account.total)
    }

    /// Counts further bytes, even if the share of this purpose is exceeded.
    pub fn grow(&mut self, bytes: usize) {
        let more = with_overhead(bytes);
        self.account.used[self.part as usize].fetch_add(more, Relaxed);
        self.bytes += more;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.account.used[self.part as usize].fetch_sub(self.bytes, Relaxed);
    }
}

struct CountedBytes {
    bytes: Bytes,
    _ticket: Ticket,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTAL: usize = 1024 * 1024;

    #[test]
    fn bytes_count_until_their_last_handle_is_gone() {
        let account = Account::new(TOTAL);
        let held = account.hold(Part::Entries, Bytes::from(vec![b'x'; 1000]));
        let used = account.used();
        assert!((1000..1400).contains(&used), "{used}");
        let part = held.slice(990..);
        drop(held);
        assert_eq!((account.used(), &part[..]), (used, &[b'x'; 10][..]));
        drop(part);
        assert_eq!((account.used(), account.free()), (0, TOTAL));
    }

    #[test]
    fn bytes_beyond_a_share_are_refused_and_not_counted() {
        let account = Account::new(TOTAL);
        let half: Vec<_> = std::iter::from_fn(|| account.ask(Part::Connections, 10_000)).collect();
        let used = account.of(Part::Connections);
        assert!(used <= TOTAL / 2 && used + 12_000 > TOTAL / 2, "{used}");
        assert!(account.ask(Part::Requests, 100_000).is_some(), "another's share");
        drop(half);
        assert_eq!(account.used(), 0);
        assert!(account.ask(Part::Connections, 10_000).is_some());
    }

    #[test]
    fn a_ticket_grows_and_unrefusable_bytes_exceed_the_budget() {
        let account = Account::new(TOTAL);
        let mut ticket = account.take(Part::Frames, 0);
        ticket.grow(2 * TOTAL);
        assert_eq!((account.used(), account.free()), (ticket.bytes(), 0));
        account.set(Part::Rooms, 7);
        drop(ticket);
        assert_eq!((account.used(), account.of(Part::Rooms)), (7, 7));
        let mut body = account.take(Part::Requests, 0);
        assert!(body.ask_more(TOTAL / 16) && !body.ask_more(TOTAL / 8));
    }
}
