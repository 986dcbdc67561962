//! What systemd is told of the server, beside what the server is.

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
