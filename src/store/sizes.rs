//! Counts the stored bytes of each room. If the file exceeds its limit (`store_mib`), the largest room loses entries, so that a flood affects
//! only its own room.

use std::collections::HashMap;

use rusqlite::Connection;

use super::row;
use crate::{
    limits,
    room::{Entry, Seq},
};

/// Size of each room's entries in bytes, by the room's row id. Read from the file on first use, then kept up to date.
#[derive(Debug, Default)]
pub(super) struct Sizes(Option<HashMap<i64, u64>>);

impl Sizes {
    /// Discards all sizes, after the file was wiped or replaced.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    /// Adds a newly stored entry to its room's size.
    pub(super) fn add(&mut self, room: i64, entry: &Entry) {
        if let Some(sizes) = &mut self.0 {
            *sizes.entry(room).or_default() += entry.weight() as u64;
        }
    }

    /// Subtracts removed entries: a share of the room's bytes according to their number.
    pub(super) fn remove(&mut self, room: i64, removed: u64, of: u64) {
        let Some(sizes) = &mut self.0 else { return };
        if removed >= of {
            sizes.remove(&room);
        } else if let Some(size) = sizes.get_mut(&room) {
            *size -= u64::try_from(u128::from(*size) * u128::from(removed) / u128::from(of)).unwrap_or(*size);
        }
    }

    /// Size of a room's stored entries in bytes; `room` is the room's row id.
    pub(super) fn of(&mut self, conn: &Connection, room: i64) -> rusqlite::Result<u64> {
        if self.0.is_none() {
            self.0 = Some(read(conn)?);
        }
        Ok(self.0.as_ref().and_then(|sizes| sizes.get(&room).copied()).unwrap_or(0))
    }
}

fn read(conn: &Connection) -> rusqlite::Result<HashMap<i64, u64>> {
    let mut statement = conn.prepare("SELECT id FROM room")?;
    let mut size = conn.prepare("SELECT count(*), sum(length(body)) FROM log WHERE place BETWEEN ?1 AND ?2")?;
    let rooms: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut sizes = HashMap::new();
    for room in rooms {
        let all = (row::place(room, 0), row::place(room, Seq::MAX));
        let (count, bytes): (u64, Option<u64>) = size.query_row(all, |row| Ok((row.get(0)?, row.get(1)?)))?;
        sizes.insert(room, count * limits::ENTRY_FIXED_BYTES as u64 + bytes.unwrap_or(0));
    }
    Ok(sizes)
}
