//! The clock: nothing in the box keeps time without power.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Machine;
use crate::net::clock::is_set;

/// How far the last known time may be ahead: it is kept now and then.
const SLACK: Duration = Duration::from_secs(3600);
/// Kept by systemd-timesyncd and by the server: their last change is the last known time.
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

/// The kernel's clock (proc(5)): when it started, and how long that is ago.
pub fn now(machine: &Machine) -> Option<SystemTime> {
    let stat = machine.text("proc/stat")?;
    let start: u64 = stat
        .lines()
        .find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())?;
    let uptime: f64 = machine.text("proc/uptime")?.split(' ').next()?.parse().ok()?;
    let uptime = Duration::try_from_secs_f64(uptime).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(start))?.checked_add(uptime)
}
