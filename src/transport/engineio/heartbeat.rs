//! The time at which a polling session without heartbeats is over.

use std::time::Duration;

use tokio::time::Instant;

use super::request::Protocol;

/// The heartbeats of a session as the library counts them (engineioxide 0.17.9, `src/socket.rs`, `heartbeat_job`).
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    protocol: Protocol,
    interval: Duration,
    patience: Duration,
    /// When the next heartbeat is due: the client's in version 3, the library's in version 4, of which the first one comes at once.
    due: Instant,
}

impl Heartbeat {
    /// The heartbeats of a session that opens now, one each `interval`. The session is over `patience` after one that does not come.
    pub fn new(protocol: Protocol, now: Instant, interval: Duration, patience: Duration) -> Self {
        let due = match protocol {
            Protocol::V3 => now + interval,
            Protocol::V4 => now,
        };
        Self {
            protocol,
            interval,
            patience,
            due,
        }
    }

    /// Notes a heartbeat of the client. The library takes one that comes too early for the answer to its next one.
    pub fn heard(&mut self, now: Instant) {
        match self.protocol {
            Protocol::V3 => self.due = now + self.interval,
            Protocol::V4 => {
                let late = now.saturating_duration_since(self.due).as_nanos();
                let missed = late / self.interval.as_nanos().max(1);
                self.due += self.interval * u32::try_from(missed).unwrap_or(u32::MAX).saturating_add(1);
            }
        }
    }

    /// Whether the client's heartbeat did not come in time.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.due + self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_version_3_session_is_over_an_interval_and_the_patience_after_the_last_heartbeat() {
        let began = Instant::now();
        let mut heartbeat = Heartbeat::new(Protocol::V3, began, 3 * SECOND, 2 * SECOND);
        assert!(!heartbeat.is_over(began + 5 * SECOND - Duration::from_nanos(1)));
        assert!(heartbeat.is_over(began + 5 * SECOND));
        heartbeat.heard(began + SECOND);
        assert!(!heartbeat.is_over(began + 5 * SECOND));
        assert!(heartbeat.is_over(began + 6 * SECOND));
    }

    #[test]
    fn a_version_4_session_is_over_when_an_answer_is_missing() {
        let began = Instant::now();
        let mut heartbeat = Heartbeat::new(Protocol::V4, began, 3 * SECOND, 2 * SECOND);
        assert!(heartbeat.is_over(began + 2 * SECOND), "the first one comes at once");
        heartbeat.heard(began + SECOND);
        assert!(!heartbeat.is_over(began + 4 * SECOND));
        assert!(heartbeat.is_over(began + 5 * SECOND));
        // One answer comes in time, the next one before its heartbeat.
        heartbeat.heard(began + 4 * SECOND);
        heartbeat.heard(began + 4 * SECOND);
        assert!(!heartbeat.is_over(began + 10 * SECOND));
        assert!(heartbeat.is_over(began + 11 * SECOND));
    }
}
