//! Decides how many bytes the rooms' logs must free, so that the server's counted memory ([`crate::memory`]) falls from above
//! `limits::SHED_ABOVE` to `limits::SHED_TO` of its budget. Nothing grows here.

use std::sync::Arc;

use crate::{
    limits,
    memory::{Account, Part},
};

/// The driver's view of the memory account: the account, and the times of its last check and of the last log line about it.
pub struct Memory {
    pub account: Arc<Account>,
    /// Each worker holds a clone until it has dropped the entries that were last freed.
    step: Arc<()>,
    full: bool,
    next_check_ms: u64,
    logged_ms: Option<u64>,
}

/// Instruction for the hub to free memory: bytes of log entries to drop, and whether the whole budget is used.
#[derive(Debug, PartialEq, Eq)]
pub struct Relief {
    /// Bytes of log entries to drop.
    pub shed: usize,
    /// Whether the whole memory budget is used.
    pub full: bool,
    /// Whether the state is worth a log line now.
    pub is_news: bool,
}

impl Memory {
    pub fn new(account: Arc<Account>) -> Self {
        Self {
            account,
            step: Arc::new(()),
            full: false,
            next_check_ms: 0,
            logged_ms: None,
        }
    }

    /// Whether [`limits::MEMORY_MS`] have passed since the last check. If so, a new check starts.
    pub fn begin_check(&mut self, now_ms: u64) -> bool {
        let is_due = now_ms >= self.next_check_ms;
        if is_due {
            self.next_check_ms = now_ms + limits::MEMORY_MS;
        }
        is_due
    }

    /// Compares the account with its limits. `None` if the hub has nothing to do. `log_bytes` is the weight of the hub's logs.
    pub fn relief(&mut self, now_ms: u64, log_bytes: usize) -> Option<Relief> {
        let (used, total) = (self.account.used(), self.account.total());
        let full = used > total;
        // The account still counts what was shed before, as long as a worker has it.
        let sheds = self.is_above() && Arc::strong_count(&self.step) == 1;
        if !sheds && full == self.full {
            return None;
        }
        let to = sixteenths(total, limits::SHED_TO);
        let shed = match sheds {
            true => weight_to_shed(used, to, self.account.of(Part::Entries), log_bytes),
            false => 0,
        };
        self.full = full;
        let was_logged = self
            .logged_ms
            .is_some_and(|logged_ms| now_ms < logged_ms + limits::SHED_SAID_MS);
        let is_news = !was_logged && (shed > 0 || full);
        if is_news {
            self.logged_ms = Some(now_ms);
        }
        Some(Relief { shed, full, is_news })
    }

    /// A handle that an update to a worker carries until the worker has dropped entries.
    pub fn step(&self) -> Arc<()> {
        self.step.clone()
    }

    /// The time of the next check, on the monotonic clock; `None` while memory is below its limits.
    pub fn due_ms(&self) -> Option<u64> {
        (self.full || self.is_above()).then_some(self.next_check_ms)
    }

    fn is_above(&self) -> bool {
        self.account.used() > sixteenths(self.account.total(), limits::SHED_ABOVE)
    }
}

fn sixteenths(total: usize, count: usize) -> usize {
    total / 16 * count
}

/// The log weight to drop so that memory falls from `used` to `to` bytes. Entries with their encodings take `entries` bytes of memory,
/// while their log weight is `logs`; the result is scaled by that ratio.
fn weight_to_shed(used: usize, to: usize, entries: usize, logs: usize) -> usize {
    let excess = used.saturating_sub(to) as u128;
    let shed = excess * logs as u128 / entries.max(1) as u128;
    usize::try_from(shed).unwrap_or(usize::MAX).min(logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shed_weight_is_scaled_from_bytes_to_log_weight() {
        assert_eq!(weight_to_shed(100, 80, 60, 30), 10);
        assert_eq!(weight_to_shed(100, 80, 10, 30), 30, "at most everything");
        assert_eq!(weight_to_shed(70, 80, 60, 30), 0);
        assert_eq!(weight_to_shed(usize::MAX, 0, 0, 7), 7);
    }

    #[test]
    fn checks_go_on_while_the_account_is_above_its_bound() {
        let mut memory = Memory::new(Account::new(1600));
        assert_eq!(memory.due_ms(), None);
        memory.account.set(Part::Rooms, 1401);
        assert_eq!(memory.due_ms(), Some(0));
        assert!(memory.begin_check(5));
        assert_eq!(memory.due_ms(), Some(5 + limits::MEMORY_MS));
        assert!(!memory.begin_check(6));
    }

    #[test]
    fn a_worker_that_still_holds_shed_entries_delays_the_next_shedding() {
        let mut memory = Memory::new(Account::new(1600));
        memory.account.set(Part::Entries, 1601);
        let first = memory.relief(0, 1000).unwrap();
        assert!(first.full && first.is_news && first.shed > 0);
        let step = memory.step();
        assert_eq!(memory.relief(1, 1000), None);
        drop(step);
        let second = memory.relief(2, 1000).unwrap();
        assert!(second.shed > 0 && !second.is_news, "the log stays quiet for a while");
    }
}
