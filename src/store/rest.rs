//! How long the card rests between commits.

use std::time::{Duration, Instant};

use crate::limits;

/// Gives the card [`limits::STORE_BYTES_PER_S`] in the long run; a burst may go ahead of that by [`limits::STORE_BURST_BYTES`].
pub(super) struct Rest {
    /// When the card has had its rest for all that was written.
    rested_at: Instant,
    /// Until when a commit waits.
    until: Instant,
}

impl Rest {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            rested_at: now,
            until: now,
        }
    }

    /// A commit wrote so many pages.
    pub(super) fn wrote(&mut self, pages: usize, now: Instant) {
        let span = |bytes: usize| Duration::from_millis(bytes as u64 * 1000 / limits::STORE_BYTES_PER_S);
        let longest = Duration::from_millis(limits::STORE_REST_MS);
        let burst = span(limits::STORE_BURST_BYTES);
        let bytes = pages * (limits::STORE_PAGE_BYTES + 24) + limits::STORE_COMMIT_BYTES;
        self.rested_at = (self.rested_at.max(now) + span(bytes)).min(now + burst + longest);
        self.until = self.rested_at.checked_sub(burst).unwrap_or(now);
    }

    /// How long the next commit waits.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_a_stream_at_the_pace_that_the_card_stands() {
        let began = Instant::now();
        let mut rest = Rest::new(began);
        rest.wrote(20, began);
        assert_eq!(rest.left(began), Duration::ZERO);

        let (mut now, mut commits) = (began, 0);
        while now < began + Duration::from_secs(60) {
            rest.wrote(2, now);
            commits += 1;
            now += rest.left(now) + Duration::from_millis(1);
        }
        let written = commits * (2 * (limits::STORE_PAGE_BYTES + 24) + limits::STORE_COMMIT_BYTES);
        let allowed = 60 * limits::STORE_BYTES_PER_S as usize + limits::STORE_BURST_BYTES;
        assert!(
            written <= allowed && written > allowed * 9 / 10,
            "{written} of {allowed}"
        );

        rest.wrote(100_000, now);
        assert_eq!(
            rest.left(now),
            Duration::from_millis(limits::STORE_REST_MS),
            "nobody waits longer"
        );
    }
}
