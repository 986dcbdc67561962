//! Allowed ranges of numeric settings, each with the reason that an error message gives.

use toml::Value;

/// The allowed range of a numeric setting: its key, minimum, maximum, and the reason that an error message gives.
type Bound = (&'static str, f64, f64, &'static str);

const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * KIB;
const MINUTE_MS: f64 = 60_000.0;
const DAY_MS: f64 = 24.0 * 60.0 * MINUTE_MS;

#[rustfmt::skip]
const BOUNDS: &[Bound] = &[
    ("limits.message_rate", 0.01, 1e6, "a rate of 0 would let no one speak; limits.rate = off lifts it"),
    ("limits.message_burst", 1.0, 1e6, "with 0 no one could speak; limits.rate = off lifts it"),
    ("limits.react_rate", 0.01, 1e6, "limits.rate = off lifts it"),
    ("limits.react_burst", 1.0, 1e6, "with 0 no one could react; limits.rate = off lifts it"),
    ("limits.request_rate", 0.01, 1e6, "a rate of 0 would let no one join; limits.rate = off lifts it"),
    ("limits.request_burst", 1.0, 1e6, "with 0 no one could join; limits.rate = off lifts it"),
    ("limits.text_bytes", 16.0, MIB, "each text is kept in the room's log and sent to every phone"),
    ("limits.gift_count", 1.0, 1e6, "with 0 no one could give"),
    ("limits.ring_bytes", 64.0 * KIB, 1024.0 * MIB, "every room may use that much memory"),
    ("limits.keep_entries", 100.0, 1e9, "a phone that comes back wants the last page at least"),
    ("limits.keep_days", 0.0, 36_500.0, "0 keeps messages for as long as there is space"),
    ("limits.store_mib", 4.0, 1024.0 * 1024.0, "the rooms' newest messages need some space, and the disk has an end"),
    ("limits.latest_ms", 20.0, MINUTE_MS, "each phone gets a frame that often while people come, go and react"),
    ("limits.edit_ms", 0.0, DAY_MS, "0 lets no one change or take back a message"),
    ("limits.poll_lease_ms", 30_000.0, DAY_MS, "a long poll may wait for 25 s, and its next request needs a moment"),
    ("limits.connections", 1.0, 1e6, "each connection costs a file descriptor and its buffers"),
    ("limits.per_address", 1.0, 1e6, "with 0 no one could connect; off lifts the cap"),
    ("limits.device_people", 1.0, 1e6, "with 0 no one could speak"),
    ("limits.message_bytes", KIB, 16.0 * MIB, "a message is held in memory until it is whole"),
    ("limits.payload_bytes", KIB, 64.0 * MIB, "a request's body is held in memory until it is whole"),
    ("limits.head_bytes", 4.0 * KIB, MIB, "browsers send up to some 4 kB of headers, and a head is held until it is whole"),
    ("limits.head_timeout_ms", 100.0, 10.0 * MINUTE_MS, "a slow phone needs a moment, and a silent one holds a descriptor"),
    ("limits.body_timeout_ms", 100.0, 10.0 * MINUTE_MS, "a slow phone needs a moment, and a silent one holds a descriptor"),
    ("limits.connect_timeout_ms", 100.0, 10.0 * MINUTE_MS, "a slow phone needs a moment, and a silent one holds a session"),
    ("limits.upgrade_timeout_ms", 100.0, 10.0 * MINUTE_MS, "a slow phone needs a moment, and a silent one holds a session"),
    ("limits.ping_interval_ms", 100.0, DAY_MS, "each heartbeat wakes every phone"),
    ("limits.ping_timeout_ms", 100.0, DAY_MS, "a phone on a busy Wi-Fi needs a moment to answer"),
    ("limits.unfinished_ms", 100.0, 10.0 * MINUTE_MS, "a slow phone needs a moment, and an unfinished message holds memory"),
    ("limits.linger_ms", 0.0, MINUTE_MS, "stopping waits for that long"),
    ("limits.user_timeout_ms", 1_000.0, DAY_MS, "a phone may be out of reach for a moment"),
    ("limits.send_buffer_bytes", 4.0 * KIB, 16.0 * MIB, "each connection may use that much of the kernel's memory"),
    ("limits.pace_ms", 0.0, 1_000.0, "messages of a hot room are late by up to that much"),
    ("limits.pace_above", 0.0, 1e9, "entries a second"),
    ("limits.poll_wait_ms", 0.0, DAY_MS, "a waiting poll holds a connection"),
    ("limits.workers", 0.0, 256.0, "threads beyond the number of cores gain nothing"),
    ("limits.memory_mib", 0.0, 1024.0 * 1024.0, "0 takes it from the machine"),
];

/// Keys without a range, because 0 has a special meaning or the type is limit enough.
#[cfg(test)]
const UNBOUND: &[&str] = &["limits.gift_budget"];

/// Checks that a number is within its range; other kinds of value always pass.
pub(super) fn check(key: &str, value: &Value) -> Result<(), String> {
    #[expect(clippy::cast_precision_loss, reason = "no bound is near 2^53")]
    let number = match value {
        Value::Integer(number) => *number as f64,
        Value::Float(number) => *number,
        _ => return Ok(()),
    };
    match BOUNDS.iter().find(|bound| bound.0 == key) {
        Some((_, least, greatest, why)) if !(*least..=*greatest).contains(&number) => {
            Err(format!("{key} = {value}: expected {least} to {greatest} ({why})"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            settings::ConfigFile,
            values::{flat, table},
        },
        *,
    };

    #[test]
    fn every_number_has_a_bound_and_every_bound_a_number() {
        let defaults = table(&ConfigFile::default());
        let numbers: Vec<_> = flat(&defaults)
            .filter(|(_, value)| value.is_integer() || value.is_float())
            .collect();
        for (key, value) in &numbers {
            let bound = BOUNDS.iter().any(|bound| bound.0 == key);
            assert_ne!(
                bound,
                UNBOUND.contains(&key.as_str()),
                "{key} wants one line in BOUNDS or in UNBOUND"
            );
            assert_eq!(check(key, value), Ok(()), "the default is within bounds");
        }
        for (key, least, greatest, why) in BOUNDS {
            assert!(numbers.iter().any(|(number, _)| number == key), "{key} is no number");
            assert!(least < greatest && !why.is_empty(), "{key}");
        }
    }
}
