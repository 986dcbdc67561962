//! What systemd is told of the server, beside what the server is.

use std::{collections::BTreeSet, fs, path::Path};

use chatterbox::limits::{CONNECTIONS, TABLE_BYTES};

const UNIT: &str = include_str!("../../systemd/chatterbox.service");

fn number(unit: &str, key: &str) -> Option<usize> {
    let value = unit
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    value.trim_end_matches('G').parse().ok()
}

/// Full tables, and 1 to 3 GiB for connections.
fn enough(unit: &str) -> bool {
    const GIB: usize = 1 << 30;
    number(unit, "MemoryMax").is_some_and(|max| (TABLE_BYTES + GIB..TABLE_BYTES + 3 * GIB).contains(&(max * GIB)))
}

#[test]
fn the_service_may_take_what_full_tables_take() {
    assert!(enough(UNIT), "the tables may take {TABLE_BYTES} bytes");
    assert!(!enough(&UNIT.replace("MemoryMax=", "MemoryMax=1")));
    assert!(!enough(&UNIT.replace("MemoryMax=", "#")));
}

#[test]
fn the_service_may_open_all_its_connections() {
    assert!(number(UNIT, "LimitNOFILE").is_some_and(|files| files > CONNECTIONS + 1000));
}

/// Units that say where they belong, and are started nowhere because the image does not enable them.
fn forgotten<'a>(units: impl Iterator<Item = (&'a str, &'a str)>, slot: &str) -> Vec<&'a str> {
    let enabled = slot.split_once("ENABLED=(").and_then(|(_, rest)| rest.split_once(')'));
    let enabled: BTreeSet<_> = enabled.map_or("", |(list, _)| list).split_whitespace().collect();
    units
        .filter(|(name, unit)| unit.contains("[Install]") && !enabled.contains(name))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn the_image_starts_each_unit_that_wants_to_be_started() {
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
