//! Checks the clock, which stops without power.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::machine::Machine;
use crate::clock::is_set;

/// Tolerance when comparing with the last known time, which is saved only at intervals.
const SLACK: Duration = Duration::from_secs(3600);
/// Files of systemd-timesyncd and of the server whose modification time is the last known time.
const LAST_KNOWN: &[&str] = &["var/lib/systemd/timesync/clock", "var/lib/private/chatterbox/clock"];

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    let Some(now) = now(machine) else {
        return;
    };
    let changed = |file: &&str| machine.path(file).metadata().and_then(|file| file.modified()).ok();
    let last = LAST_KNOWN.iter().filter_map(changed).max();
    if !is_set(now) {
        found.push(
            "The clock is not set: messages show wrong times, in the right order. Connect the box to a network with internet for a minute.".to_owned(),
        );
    } else if last.is_some_and(|last| last > now + SLACK) {
        found.push(
            "The clock is behind what it was: messages show wrong times, in the right order. Connect the box to a network with internet for a minute.".to_owned(),
        );
    }
}

/// The time of the kernel's clock (proc(5)): boot time plus uptime; `None` if its files can't be read.
pub fn now(machine: &Machine) -> Option<SystemTime> {
    let stat = machine.text("proc/stat")?;
    let start: u64 = stat
        .lines()
        .find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())?;
    let uptime: f64 = machine.text("proc/uptime")?.split(' ').next()?.parse().ok()?;
    let uptime = Duration::try_from_secs_f64(uptime).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(start))?.checked_add(uptime)
}
