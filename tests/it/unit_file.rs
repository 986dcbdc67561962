//! The systemd units against the program's own limits.

use std::{collections::BTreeSet, fs, path::Path};

use chatterbox::{
    limits::{CONNECTIONS, MEMORY_FIXED_BYTES, MEMORY_LEAST_BYTES},
    memory,
};

const UNIT: &str = include_str!("../../systemd/chatterbox.service");

fn number(unit: &str, key: &str) -> Option<usize> {
    let value = unit
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    value.trim_end_matches('%').parse().ok()
}

/// Whether the smallest board carries a hall within the service's share of memory, and the rest is enough for the other services. That is a
/// Zero 2 W: Linux has 420 of its 512 MB.
fn fits(unit: &str) -> bool {
    const BOARD: usize = 420 << 20;
    const OTHERS: usize = 128 << 20;
    number(unit, "MemoryMax").is_some_and(|percent| {
        let process = BOARD / 100 * percent;
        let budget = memory::of_process(process);
        process + OTHERS <= BOARD
            && budget > 4 * MEMORY_LEAST_BYTES
            && budget + budget / 3 + MEMORY_FIXED_BYTES <= process + 4
    })
}

#[test]
fn the_memory_of_the_service_is_bounded_and_carries_a_hall() {
    assert!(fits(UNIT));
    assert!(!fits(&UNIT.replace("MemoryMax=60", "MemoryMax=90")));
    assert!(!fits(&UNIT.replace("MemoryMax=60", "MemoryMax=20")));
    assert!(!fits(&UNIT.replace("MemoryMax=", "#")));
}

#[test]
fn the_service_may_open_all_its_connections() {
    assert!(number(UNIT, "LimitNOFILE").is_some_and(|files| files > CONNECTIONS + 1000));
}

/// One unit for each radio, because a radio that fails must not take the other one with it.
#[test]
fn the_second_radio_has_the_unit_of_the_first() {
    let first = include_str!("../../systemd/box-hostapd.service");
    let second = include_str!("../../systemd/box-hostapd-second.service");
    let meant = |line: &&str| !line.starts_with('#') && !line.starts_with("Description=");
    let first: Vec<_> = first.lines().filter(meant).map(str::to_owned).collect();
    let second: Vec<_> = second
        .lines()
        .filter(meant)
        .map(|line| line.replace("hostapd-second", "hostapd"))
        .collect();
    assert_eq!(first, second);
    assert!(second.iter().any(|line| line.contains("/run/box/hostapd.conf")));
}

/// Units with an install section that the image does not enable.
fn forgotten<'a>(units: impl Iterator<Item = (&'a str, &'a str)>, slot: &str) -> Vec<&'a str> {
    let enabled = slot.split_once("ENABLED=(").and_then(|(_, rest)| rest.split_once(')'));
    let enabled: BTreeSet<_> = enabled.map_or("", |(list, _)| list).split_whitespace().collect();
    units
        .filter(|(name, unit)| unit.contains("[Install]") && !enabled.contains(name))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_image_enables_each_unit_with_an_install_section() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let units: Vec<_> = fs::read_dir(root.join("systemd"))
        .unwrap()
        .map(|unit| {
            let unit = unit.unwrap();
            let name = unit.file_name().into_string().unwrap();
            (name, fs::read_to_string(unit.path()).unwrap())
        })
        .collect();
    let units = || units.iter().map(|(name, unit)| (name.as_str(), unit.as_str()));
    let slot = fs::read_to_string(root.join("image/slot")).unwrap();
    assert_eq!(forgotten(units(), &slot), [""; 0]);
    let without = slot.replace("box-organizer.service", "");
    assert_eq!(forgotten(units(), &without), ["box-organizer.service"]);
}
