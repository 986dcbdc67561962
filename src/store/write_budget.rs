//! The write budget: delays commits once more than `limits::STORE_BYTES_PER_S` were written on average, so that frequent writes do not wear out
//! the SD card.

use std::time::{Duration, Instant};

use crate::limits;

/// The write budget: commits may write [`limits::STORE_BYTES_PER_S`] on average, and [`limits::STORE_BURST_BYTES`] at once. None waits longer than
/// [`limits::STORE_REST_MS`].
pub(super) struct WriteBudget {
    /// The time at which the budget for all bytes written so far is earned.
    paid_until: Instant,
    /// Earliest time of the next commit.
    until: Instant,
}

impl WriteBudget {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            paid_until: now,
            until: now,
        }
    }

    /// A budget that stays used up longer than any test runs.
    #[cfg(test)]
    pub(super) fn endless(now: Instant) -> Self {
        let paid_until = now + Duration::from_secs(3600);
        Self {
            paid_until,
            until: paid_until,
        }
    }

    /// Charges a commit of `pages` pages.
    pub(super) fn wrote(&mut self, pages: usize, now: Instant) {
        let span = |bytes: usize| Duration::from_millis(bytes as u64 * 1000 / limits::STORE_BYTES_PER_S);
        let longest = Duration::from_millis(limits::STORE_REST_MS);
        let burst = span(limits::STORE_BURST_BYTES);
        let bytes = pages * (limits::STORE_PAGE_BYTES + 24) + limits::STORE_COMMIT_BYTES;
        self.paid_until = (self.paid_until.max(now) + span(bytes)).min(now + burst + longest);
        self.until = self.paid_until.checked_sub(burst).unwrap_or(now);
    }

    /// Remaining wait of the next commit for the write budget.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_commits_at_once_and_a_stream_within_the_budget() {
        let began = Instant::now();
        let mut budget = WriteBudget::new(began);
        budget.wrote(20, began);
        assert_eq!(budget.left(began), Duration::ZERO);

        let (mut now, mut commits) = (began, 0);
        while now < began + Duration::from_secs(60) {
            budget.wrote(2, now);
            commits += 1;
            now += budget.left(now) + Duration::from_millis(1);
        }
        let written = commits * (2 * (limits::STORE_PAGE_BYTES + 24) + limits::STORE_COMMIT_BYTES);
        let allowed = 60 * limits::STORE_BYTES_PER_S as usize + limits::STORE_BURST_BYTES;
        assert!(
            written <= allowed && written > allowed * 9 / 10,
            "{written} of {allowed}"
        );

        budget.wrote(100_000, now);
        assert_eq!(
            budget.left(now),
            Duration::from_millis(limits::STORE_REST_MS),
            "the longest wait"
        );
    }
}
