//! What time it is, on a machine that forgets it without power.
//!
//! The order of messages is their number; the time is for people. It is the system's clock, but never before the last time that is known: a
//! clock that starts in 1970, or is set back, goes on from there until the system's has passed it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{limits, room::Now};

/// In the data directory: its last change is the last known time.
const KEPT: &str = "clock";
/// 2026-01-01 UTC, in seconds since 1970: a clock that is before this program was written has not been set.
const WRITTEN_S: u64 = 1_767_225_600;

/// The server's own notion of time.
pub struct Clock {
    started: Instant,
    /// At the start, in milliseconds since 1970.
    known_ms: u64,
    file: Option<PathBuf>,
}

impl Clock {
    /// Goes on from what a data directory knows.
    pub fn new(data: Option<&Path>) -> Self {
        let file = data.map(|dir| dir.join(KEPT));
        let kept = file.as_ref().and_then(|file| file.metadata().ok()?.modified().ok());
        Self {
            started: Instant::now(),
            known_ms: kept.map_or(0, since_1970_ms),
            file,
        }
    }

    /// When it began to count.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Now.
    pub fn now(&self) -> Now {
        let mono_ms = millis(self.started.elapsed());
        Now {
            mono_ms,
            wall_ms: wall_ms(since_1970_ms(SystemTime::now()), self.known_ms, mono_ms),
        }
    }

    /// Keeps the time now and then, for as long as it runs.
    pub async fn keep(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(limits::CLOCK_KEEP_MS)).await;
            self.keep_now();
        }
    }

    /// Keeps the time. A disk that takes nothing has louder messengers.
    pub fn keep_now(&self) {
        if let Err(error) = self.write() {
            tracing::debug!(%error, "the time is not kept");
        }
    }

    fn write(&self) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let file = File::options().write(true).create(true).truncate(false).open(file)?;
        file.set_modified(UNIX_EPOCH + Duration::from_millis(self.now().wall_ms))
    }
}

/// Whether the system's clock has been set since the machine was started without power.
pub fn is_set(now: SystemTime) -> bool {
    now >= UNIX_EPOCH + Duration::from_secs(WRITTEN_S)
}

fn wall_ms(system_ms: u64, known_ms: u64, since_start_ms: u64) -> u64 {
    system_ms.max(known_ms.saturating_add(since_start_ms))
}

fn since_1970_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn time_goes_on_from_what_is_known() {
        assert_eq!(wall_ms(5_000, 0, 70), 5_000, "nothing is known: the system's");
        assert_eq!(wall_ms(5_000, 4_000, 70), 5_000, "the system's is ahead");
        assert_eq!(wall_ms(20, 4_000, 70), 4_070, "unset: from the last known time");
        assert_eq!(wall_ms(20, u64::MAX, 70), u64::MAX);
        // The system's clock is unset, then set, then set back: what is told goes on.
        let told = [(0, 0), (100, 100), (9_000, 200), (100, 300)].map(|(system, since)| wall_ms(system, 4_000, since));
        assert_eq!(told, [4_000, 4_100, 9_000, 4_300]);
    }

    #[test]
    fn the_last_known_time_is_kept_over_a_restart() {
        let dir = Scratch::new("clock");
        assert_eq!(Clock::new(Some(dir.path())).known_ms, 0);
        Clock::new(Some(dir.path())).write().unwrap();
        let ahead = Duration::from_secs(1_000_000);
        let file = File::options().write(true).open(dir.path().join(KEPT)).unwrap();
        let known = SystemTime::now() + ahead;
        file.set_modified(known).unwrap();
        // As if the system's clock had fallen back by eleven days.
        let clock = Clock::new(Some(dir.path()));
        assert!(clock.now().wall_ms >= since_1970_ms(known));
        clock.write().unwrap();
        let again = Clock::new(Some(dir.path()));
        assert!(again.known_ms >= since_1970_ms(known), "and so it stays");
        assert!(Clock::new(None).now().wall_ms < since_1970_ms(known));
        Clock::new(None).write().unwrap();
    }

    #[test]
    fn an_unset_clock_is_known_by_its_year() {
        assert!(!is_set(UNIX_EPOCH + Duration::from_secs(86_400)));
        assert!(is_set(UNIX_EPOCH + Duration::from_secs(1_795_521_600)));
    }
}
