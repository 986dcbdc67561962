//! The server's clock: monotonic milliseconds, and a wall-clock time for machines that may lose their time without power.
//!
//! The wall clock is the system's, but never earlier than the last known time, which is saved in the data directory. A system time decades
//! ahead is ignored. A last known time more than [`limits::CLOCK_BACK_MS`] ahead of a trusted system clock is dropped. On a box whose clock
//! was never set, the organizer's phone supplies the time; the system's clock is not changed.
//!
//! The wall clock is only for display: messages are ordered by number.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{limits, room::Now};

/// File in the data directory whose modification time is the last known time.
const FILE: &str = "clock";
/// Earliest plausible time, 2026-01-01 UTC, in seconds since 1970: the program is younger, so an earlier system clock is not set.
const EARLIEST_S: u64 = 1_767_225_600;

/// File, relative to the parent of a box's directory in `/run`, that systemd-timesyncd creates after an answer from a time server.
const SYNCHRONIZED: &str = "systemd/timesync/synchronized";

/// The clock of the process, shared by all threads: monotonic time, and a wall-clock time that is never earlier than the last known one.
pub struct Clock {
    started: Instant,
    /// Lower limit for the wall-clock time of the start, in milliseconds since 1970. It only grows, unless a trusted clock shows that it is
    /// wrong by more than [`limits::CLOCK_BACK_MS`].
    known_ms: AtomicU64,
    /// Wall-clock time of the start by the system's clock, in milliseconds since 1970, from its last plausible reading.
    seen_ms: AtomicU64,
    /// Whether the system's clock is decades ahead; each change is logged.
    absurd: AtomicBool,
    file: Option<PathBuf>,
    /// On a box: a file whose existence shows that the system's clock can be trusted.
    synchronized: Option<PathBuf>,
    system: fn() -> SystemTime,
}

impl Clock {
    /// Makes a clock from the last known time in the data directory; without `data` no time is known or saved. `box_dir` is the directory of a
    /// box's services; without it the system's clock needs no synchronization to be trusted.
    pub fn new(data: Option<&Path>, box_dir: Option<&Path>) -> Self {
        let file = data.map(|dir| dir.join(FILE));
        let saved = file.as_ref().and_then(|file| file.metadata().ok()?.modified().ok());
        let saved = saved.filter(|&saved| {
            let absurd = is_absurd(since_1970_ms(saved));
            if absurd {
                tracing::warn!(
                    "clock: the last known time in the data directory is decades ahead and is ignored; messages get the system's time"
                );
            }
            !absurd
        });
        Self {
            started: Instant::now(),
            known_ms: saved.map_or(0, since_1970_ms).into(),
            seen_ms: 0.into(),
            absurd: false.into(),
            file,
            synchronized: box_dir.map(|dir| dir.with_file_name(SYNCHRONIZED)),
            system: SystemTime::now,
        }
    }

    /// The instant at which the monotonic clock is 0.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The current monotonic and wall-clock time, each in milliseconds.
    pub fn now(&self) -> Now {
        let mono_ms = millis(self.started.elapsed());
        let system_ms = since_1970_ms((self.system)());
        let wall_ms = match self.is_plausible(system_ms) {
            true => {
                self.seen_ms.store(system_ms.saturating_sub(mono_ms), Ordering::Relaxed);
                wall_ms(system_ms, self.floor_ms(system_ms, mono_ms), mono_ms)
            }
            false => {
                let seen_ms = self.seen_ms.load(Ordering::Relaxed);
                // Without any known time it starts near 1970, like a clock that was never set; rooms go on from their newest entry.
                self.known_ms.load(Ordering::Relaxed).max(seen_ms) + mono_ms
            }
        };
        Now { mono_ms, wall_ms }
    }

    /// Whether the system's clock is plausible, that is, not decades ahead. Logs each change.
    fn is_plausible(&self, system_ms: u64) -> bool {
        let absurd = is_absurd(system_ms);
        if self.absurd.swap(absurd, Ordering::Relaxed) != absurd {
            match absurd {
                true => tracing::warn!(
                    "clock: the system's clock is decades ahead and is ignored; messages get the last known time. Set the system's clock"
                ),
                false => tracing::info!("clock: the system's clock is plausible again; messages get its time"),
            }
        }
        !absurd
    }

    /// Lower limit for the wall-clock time of the start. Dropped if it is far ahead of a trusted system clock, because then it came from a
    /// wrong clock.
    fn floor_ms(&self, system_ms: u64, mono_ms: u64) -> u64 {
        let known_ms = self.known_ms.load(Ordering::Relaxed);
        let far = known_ms.saturating_add(mono_ms) > system_ms.saturating_add(limits::CLOCK_BACK_MS);
        if !far || !self.is_trusted() {
            return known_ms;
        }
        if self.known_ms.swap(0, Ordering::Relaxed) != 0 {
            tracing::warn!(
                "clock: the saved last known time is far ahead of the system's trusted clock and is dropped; messages get the system's time"
            );
        }
        0
    }

    /// Offers the time of the organizer's phone, in milliseconds since 1970. Returns whether it is used.
    ///
    /// It is used only if the system's clock can't be trusted, and the phone's time is later by [`limits::CLOCK_HEARD_MS`].
    pub fn set_from_phone(&self, at_ms: u64) -> bool {
        let plausible = EARLIEST_S * 1000..limits::CLOCK_LATEST_MS;
        let now = self.now();
        if self.is_trusted() || !plausible.contains(&at_ms) || at_ms < now.wall_ms + limits::CLOCK_HEARD_MS {
            return false;
        }
        self.known_ms.fetch_max(at_ms - now.mono_ms, Ordering::Relaxed);
        self.save();
        tracing::info!("clock: the system's clock is not set, so messages get the time of the organizer's phone");
        true
    }

    /// Whether the system's clock is set. A box has no battery-backed clock, so its clock must also be synchronized.
    pub fn is_trusted(&self) -> bool {
        is_set((self.system)()) && self.synchronized.as_ref().is_none_or(|file| file.exists())
    }

    /// Saves the time at intervals of [`limits::CLOCK_KEEP_MS`]; never returns.
    pub async fn save_regularly(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(limits::CLOCK_KEEP_MS)).await;
            self.save();
        }
    }

    /// Saves the time. A failure is logged only at `debug`, because the store reports a failing disk.
    pub fn save(&self) {
        if let Err(error) = self.write() {
            tracing::debug!(%error, "clock: the time can't be saved in the data directory; after a power cut, messages may get an earlier time");
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

/// Whether a system time is plausible: not before this program was written, and not decades ahead.
pub fn is_set(now: SystemTime) -> bool {
    now >= UNIX_EPOCH + Duration::from_secs(EARLIEST_S) && !is_absurd(since_1970_ms(now))
}

fn is_absurd(at_ms: u64) -> bool {
    at_ms >= limits::CLOCK_LATEST_MS
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
    fn time_goes_on_from_the_last_known_time() {
        assert_eq!(wall_ms(5_000, 0, 70), 5_000, "without a known time, the system's");
        assert_eq!(wall_ms(5_000, 4_000, 70), 5_000, "the system's is ahead");
        assert_eq!(wall_ms(20, 4_000, 70), 4_070, "unset: from the last known time");
        assert_eq!(wall_ms(20, u64::MAX, 70), u64::MAX);
        // The system's clock is unset, then set, then set back: the wall clock never goes back.
        let shown = [(0, 0), (100, 100), (9_000, 200), (100, 300)].map(|(system, since)| wall_ms(system, 4_000, since));
        assert_eq!(shown, [4_000, 4_100, 9_000, 4_300]);
    }

    #[test]
    fn the_last_known_time_outlives_a_restart() {
        let dir = Scratch::new("clock");
        assert_eq!(Clock::new(Some(dir.path()), None).known_ms.into_inner(), 0);
        Clock::new(Some(dir.path()), None).write().unwrap();
        let ahead = Duration::from_secs(1_000_000);
        let file = File::options().write(true).open(dir.path().join(FILE)).unwrap();
        let known = SystemTime::now() + ahead;
        file.set_modified(known).unwrap();
        // As if the system's clock had fallen back by eleven days.
        let clock = Clock::new(Some(dir.path()), None);
        assert!(clock.now().wall_ms >= since_1970_ms(known));
        clock.write().unwrap();
        let again = Clock::new(Some(dir.path()), None);
        assert!(again.known_ms.into_inner() >= since_1970_ms(known), "saved again");
        assert!(Clock::new(None, None).now().wall_ms < since_1970_ms(known));
        Clock::new(None, None).write().unwrap();
    }

    /// The time to which the clock of a box without power may have fallen back.
    fn yesterday() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(EARLIEST_S + 1000)
    }

    const TODAY_MS: u64 = (EARLIEST_S + 90_000) * 1000;

    fn a_box(dir: &Scratch) -> Clock {
        let mut clock = Clock::new(Some(dir.path()), Some(&dir.path().join("run/box")));
        clock.system = yesterday;
        clock
    }

    #[test]
    fn a_box_without_network_time_takes_it_from_the_organizers_phone() {
        let dir = Scratch::new("clock-heard");
        let clock = a_box(&dir);
        assert!(clock.now().wall_ms < TODAY_MS);
        for absurd in [0, 1, EARLIEST_S * 1000 - 1, limits::CLOCK_LATEST_MS, u64::MAX] {
            assert!(!clock.set_from_phone(absurd), "{absurd}");
        }
        assert!(clock.now().wall_ms < TODAY_MS);
        assert!(clock.set_from_phone(TODAY_MS));
        let shown = clock.now().wall_ms;
        assert!((TODAY_MS..TODAY_MS + 60_000).contains(&shown), "it goes on from there");
        assert!(
            !clock.set_from_phone(TODAY_MS - 5000) && !clock.set_from_phone(shown),
            "never back, and not for a moment"
        );
        assert!(clock.now().wall_ms >= shown);
        // The next start knows it, at least to the second.
        assert!(a_box(&dir).now().wall_ms >= TODAY_MS);
    }

    #[test]
    fn a_synchronized_clock_takes_no_time_from_a_phone() {
        let dir = Scratch::new("clock-synchronized");
        let clock = a_box(&dir);
        dir.put("run/systemd/timesync/synchronized", "");
        assert!(!clock.set_from_phone(TODAY_MS));
        std::fs::remove_file(dir.path().join("run/systemd/timesync/synchronized")).unwrap();
        assert!(clock.set_from_phone(TODAY_MS));
        let mut computer = Clock::new(None, None);
        computer.system = yesterday;
        assert!(
            !computer.set_from_phone(TODAY_MS),
            "a computer has a clock with a battery"
        );
        computer.system = || UNIX_EPOCH;
        assert!(computer.set_from_phone(TODAY_MS), "unless that is empty");
    }

    const YEAR_S: u64 = 31_557_600;

    fn in_200_years() -> SystemTime {
        yesterday() + Duration::from_secs(200 * YEAR_S)
    }

    fn in_5_years() -> SystemTime {
        yesterday() + Duration::from_secs(5 * YEAR_S)
    }

    fn is_yesterday(clock: &Clock) -> bool {
        let yesterday_ms = since_1970_ms(yesterday());
        (yesterday_ms..yesterday_ms + 600_000).contains(&clock.now().wall_ms)
    }

    #[test]
    fn a_clock_that_jumps_ahead_200_years_is_not_followed() {
        let dir = Scratch::new("clock-absurd");
        let mut clock = Clock::new(Some(dir.path()), None);
        clock.system = in_200_years;
        let shown_ms = clock.now().wall_ms;
        assert!(
            shown_ms < 600_000,
            "without a known time, like a clock that was never set"
        );
        assert!(!is_set(in_200_years()) && !clock.is_trusted());
        for system in [yesterday, in_200_years, yesterday, in_200_years] {
            clock.system = system;
            assert!(is_yesterday(&clock), "it goes on");
            clock.write().unwrap();
        }
        let mut again = Clock::new(Some(dir.path()), None);
        again.system = in_200_years;
        assert!(is_yesterday(&again), "also after a restart");
        // A saved time that is decades ahead is ignored, too.
        let file = File::options().write(true).open(dir.path().join(FILE)).unwrap();
        file.set_modified(in_200_years()).unwrap();
        let mut again = Clock::new(Some(dir.path()), None);
        again.system = yesterday;
        assert!(is_yesterday(&again));
    }

    #[test]
    fn a_plausible_jump_leaves_no_mark_once_the_clock_is_right() {
        let dir = Scratch::new("clock-jump");
        let mut clock = Clock::new(Some(dir.path()), None);
        clock.system = in_5_years;
        assert!(clock.now().wall_ms >= since_1970_ms(in_5_years()));
        clock.write().unwrap();
        let mut computer = Clock::new(Some(dir.path()), None);
        computer.system = yesterday;
        assert!(is_yesterday(&computer));
        computer.system = || UNIX_EPOCH;
        assert!(
            computer.now().wall_ms < since_1970_ms(yesterday()),
            "the saved time was dropped"
        );

        let clock = a_box(&dir);
        assert!(
            clock.now().wall_ms >= since_1970_ms(in_5_years()),
            "an unsynchronized box keeps the later time"
        );
        dir.put("run/systemd/timesync/synchronized", "");
        assert!(is_yesterday(&clock), "until a time server has answered");
        clock.write().unwrap();
        assert!(is_yesterday(&a_box(&dir)));
    }

    #[test]
    fn an_unset_clock_is_recognized_by_its_year() {
        assert!(!is_set(UNIX_EPOCH + Duration::from_secs(86_400)));
        assert!(is_set(UNIX_EPOCH + Duration::from_secs(1_795_521_600)));
    }
}
