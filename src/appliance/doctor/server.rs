//! Checks the server and its data directory.

use std::{fs::File, io::Read};

use super::{machine::Machine, quarantined};

/// Possible paths of the server's data directory: systemd's, and the same on the card.
const DATA: &[&str] = &[
    "var/lib/private/chatterbox",
    "data/private/chatterbox",
    "var/lib/chatterbox",
];
const DATABASE: &str = "chatterbox.db";
/// First bytes of an SQLite database (SQLite's file format, 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    if let Some(why) = machine.health.as_ref().and_then(|health| health.silent.as_ref()) {
        found.push(format!(
            "The server does not answer ({why}). Start the box again; if this stays, look at `journalctl -u chatterbox`."
        ));
    }
    if machine.health.as_ref().and_then(|health| health.durable) == Some(false) {
        found.push(
            "What is said is not kept: the card is full or fails, and the rooms are in memory only. Keep the box running until you have copied what you need, then use a new card."
                .to_owned(),
        );
    }
    for dir in DATA {
        let Ok(mut file) = File::open(machine.path(dir).join(DATABASE)) else {
            continue;
        };
        let mut head = [0; MAGIC.len()];
        // An empty file is a new database.
        let empty = file.metadata().is_ok_and(|meta| meta.len() == 0);
        if !empty && (file.read_exact(&mut head).is_err() || head != *MAGIC) {
            found.push(format!(
                "What was said is damaged ({dir}/{DATABASE}), so nothing new is kept. Copy the file away for help, remove it, and start the box again."
            ));
        }
        quarantined::check(&machine.path(dir), dir, found);
        break;
    }
}
