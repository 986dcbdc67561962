//! What time it is, on a machine that forgets it without power.
//!
//! The order of messages is their number; the time is for people. It is the system's clock, but never before the last time that is known: a
//! clock that starts in 1970, or is set back, goes on from there until the system's has passed it. On a box whose clock nobody has set, the
//! organizer's phone may know better; the server has no right to set the system's clock, and keeps what it hears to itself.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{limits, room::Now};

/// In the data directory: its last change is the last known time.
const KEPT: &str = "clock";
/// 2026-01-01 UTC, in seconds since 1970: a clock that is before this program was written has not been set.
const WRITTEN_S: u64 = 1_767_225_600;

/// Beside a box's directory, in `/run`: systemd-timesyncd makes it once a server in the network has told it the time.
const SYNCHRONIZED: &str = "systemd/timesync/synchronized";

/// The server's own notion of time.
pub struct Clock {
    started: Instant,
    /// What is known of the time of the start, in milliseconds since 1970. Only grows, so that time never goes back.
    known_ms: AtomicU64,
    file: Option<PathBuf>,
    /// On a box: it is there if the system's clock can be believed.
    synchronized: Option<PathBuf>,
    system: fn() -> SystemTime,
}

impl Clock {
    /// Goes on from what a data directory knows. On a box, with the directory of its services.
    pub fn new(data: Option<&Path>, box_dir: Option<&Path>) -> Self {
        let file = data.map(|dir| dir.join(KEPT));
        let kept = file.as_ref().and_then(|file| file.metadata().ok()?.modified().ok());
        Self {
            started: Instant::now(),
            known_ms: kept.map_or(0, since_1970_ms).into(),
            file,
            synchronized: box_dir.map(|dir| dir.with_file_name(SYNCHRONIZED)),
            system: SystemTime::now,
        }
    }

    /// When it began to count.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Now.
    pub fn now(&self) -> Now {
        let mono_ms = millis(self.started.elapsed());
        let known_ms = self.known_ms.load(Ordering::Relaxed);
        Now {
            mono_ms,
            wall_ms: wall_ms(since_1970_ms((self.system)()), known_ms, mono_ms),
        }
    }

    /// The organizer's phone says what time it is, in milliseconds since 1970. Returns whether that is better than what is known here:
    /// the system's clock can't be believed, and it is later, because time never goes back.
    pub fn hear(&self, at_ms: u64) -> bool {
        let sane = WRITTEN_S * 1000..limits::CLOCK_LATEST_MS;
        let now = self.now();
        if self.is_believed() || !sane.contains(&at_ms) || at_ms < now.wall_ms + limits::CLOCK_HEARD_MS {
            return false;
        }
        self.known_ms.fetch_max(at_ms - now.mono_ms, Ordering::Relaxed);
        self.keep_now();
        tracing::info!("the organizer's phone knows the time");
        true
    }

    /// A box has no clock but the network's; other machines have one.
    fn is_believed(&self) -> bool {
        match &self.synchronized {
            Some(file) => file.exists(),
            None => is_set((self.system)()),
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
        assert_eq!(Clock::new(Some(dir.path()), None).known_ms.into_inner(), 0);
        Clock::new(Some(dir.path()), None).write().unwrap();
        let ahead = Duration::from_secs(1_000_000);
        let file = File::options().write(true).open(dir.path().join(KEPT)).unwrap();
        let known = SystemTime::now() + ahead;
        file.set_modified(known).unwrap();
        // As if the system's clock had fallen back by eleven days.
        let clock = Clock::new(Some(dir.path()), None);
        assert!(clock.now().wall_ms >= since_1970_ms(known));
        clock.write().unwrap();
        let again = Clock::new(Some(dir.path()), None);
        assert!(again.known_ms.into_inner() >= since_1970_ms(known), "and so it stays");
        assert!(Clock::new(None, None).now().wall_ms < since_1970_ms(known));
        Clock::new(None, None).write().unwrap();
    }

    /// As a box without power overnight has it.
    fn yesterday() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(WRITTEN_S + 1000)
    }

    const TODAY_MS: u64 = (WRITTEN_S + 90_000) * 1000;

    fn a_box(dir: &Scratch) -> Clock {
        let mut clock = Clock::new(Some(dir.path()), Some(&dir.path().join("run/box")));
        clock.system = yesterday;
        clock
    }

    #[test]
    fn a_box_that_nobody_has_told_the_time_hears_it_from_the_organizers_phone() {
        let dir = Scratch::new("clock-heard");
        let clock = a_box(&dir);
        assert!(clock.now().wall_ms < TODAY_MS);
        for absurd in [0, 1, WRITTEN_S * 1000 - 1, limits::CLOCK_LATEST_MS, u64::MAX] {
            assert!(!clock.hear(absurd), "{absurd}");
        }
        assert!(clock.now().wall_ms < TODAY_MS);
        assert!(clock.hear(TODAY_MS));
        let told = clock.now().wall_ms;
        assert!((TODAY_MS..TODAY_MS + 60_000).contains(&told), "it goes on from there");
        assert!(
            !clock.hear(TODAY_MS - 5000) && !clock.hear(told),
            "never back, and not for a moment"
        );
        assert!(clock.now().wall_ms >= told);
        // Of which the next start knows, to the second at least.
        assert!(a_box(&dir).now().wall_ms >= TODAY_MS);
    }

    #[test]
    fn a_clock_that_the_network_has_set_is_believed_more() {
        let dir = Scratch::new("clock-synchronized");
        let clock = a_box(&dir);
        dir.put("run/systemd/timesync/synchronized", "");
        assert!(!clock.hear(TODAY_MS));
        std::fs::remove_file(dir.path().join("run/systemd/timesync/synchronized")).unwrap();
        assert!(clock.hear(TODAY_MS));
        let mut computer = Clock::new(None, None);
        computer.system = yesterday;
        assert!(!computer.hear(TODAY_MS), "has a clock with a battery");
        computer.system = || UNIX_EPOCH;
        assert!(computer.hear(TODAY_MS), "unless that is empty");
    }

    #[test]
    fn an_unset_clock_is_known_by_its_year() {
        assert!(!is_set(UNIX_EPOCH + Duration::from_secs(86_400)));
        assert!(is_set(UNIX_EPOCH + Duration::from_secs(1_795_521_600)));
    }
}
