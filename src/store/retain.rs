//! What goes, so that what comes has a place: by number and age in each room, and the oldest first when all is too much.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Trouble, row, schema};
use crate::{
    limits::{self, Limits},
    room::{Epoch, RoomName, Seq},
};

/// A clock that says nothing where it can't be believed: one that is unset, or has jumped since the start, would let a whole
/// evening look old.
pub(super) struct Clock {
    started: Instant,
    wall_ms: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            wall_ms: wall_ms(),
        }
    }

    fn now_ms(&self) -> Option<u64> {
        believed(self.wall_ms, self.started.elapsed().as_millis(), wall_ms())
    }
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `now_ms`, if the clock went on since `began_ms` as the time did.
fn believed(began_ms: u64, elapsed_ms: u128, now_ms: u64) -> Option<u64> {
    let expected = u128::from(began_ms) + elapsed_ms;
    let sound = now_ms >= limits::CLOCK_SET_MS && expected.abs_diff(now_ms.into()) <= limits::CLOCK_DRIFT_MS;
    sound.then_some(now_ms)
}

struct Room {
    id: i64,
    name: RoomName,
    epoch: Epoch,
    oldest: Seq,
    oldest_at: u64,
    newest: Seq,
}

/// Removes what is too much, a bounded number of entries at a time. Returns the rooms that lost some, with the oldest entry that is left.
pub(super) fn look(
    conn: &Connection,
    limits: &Limits,
    clock: &mut Clock,
) -> Result<Vec<(RoomName, Epoch, Seq)>, Trouble> {
    let mut pruned = Vec::new();
    let old_ms = clock
        .now_ms()
        .filter(|_| limits.keep_days > 0)
        .map(|now_ms| now_ms.saturating_sub(limits.keep_days * 24 * 3600 * 1000));
    let mut turns = limits::STORE_PRUNES;
    for mut room in rooms(conn)? {
        let by_count = room.newest.saturating_sub(limits.keep_entries);
        let by_age = match old_ms {
            // What was said before the clock was set has no age.
            Some(old_ms) if room.oldest_at >= limits::CLOCK_SET_MS && room.oldest_at < old_ms => {
                last_before(conn, &room, old_ms)?
            }
            _ => 0,
        };
        let upto = by_count.max(by_age);
        while upto >= room.oldest && turns > 0 {
            turns -= 1;
            room.oldest = remove(conn, &room, upto)?;
            pruned.push((room.name.clone(), room.epoch, room.oldest));
        }
    }
    let most = limits.store_mib * 1024 * 1024;
    while turns > 0 && used_bytes(conn)? > most {
        turns -= 1;
        let oldest = rooms(conn)?.into_iter().min_by_key(|room| room.oldest_at);
        let Some(room) = oldest else { break };
        let oldest = remove(conn, &room, room.newest)?;
        pruned.push((room.name, room.epoch, oldest));
    }
    if !pruned.is_empty() {
        conn.execute(
            "DELETE FROM room WHERE closed AND NOT EXISTS (
                 SELECT 1 FROM log WHERE place BETWEEN room.id << 40 AND (room.id + 1 << 40) - 1)",
            [],
        )?;
        shrink(conn, limits::STORE_FREE_PAGES)?;
    }
    Ok(pruned)
}

/// Rooms that have entries.
fn rooms(conn: &Connection) -> Result<Vec<Room>, Trouble> {
    let mut statement = conn.prepare_cached("SELECT id, name, epoch FROM room")?;
    let mut first =
        conn.prepare_cached("SELECT place, at FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1")?;
    let mut last =
        conn.prepare_cached("SELECT place FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    let mut rooms = Vec::new();
    while let Some(found) = rows.next()? {
        let id: i64 = found.get(0)?;
        let name: String = found.get(1)?;
        let all = (row::place(id, 0), row::place(id, Seq::MAX));
        let oldest = first
            .query_row(all, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        let Some((oldest, at)) = oldest else { continue };
        rooms.push(Room {
            id,
            name: RoomName::new(&name).map_err(|error| row::foreign(1, error))?,
            epoch: Epoch(found.get::<_, i64>(2)?.cast_unsigned()),
            oldest: row::seq(oldest),
            oldest_at: at.cast_unsigned(),
            newest: row::seq(last.query_row(all, |row| row.get(0))?),
        });
    }
    Ok(rooms)
}

/// The last of the oldest entries that were said before a time.
fn last_before(conn: &Connection, room: &Room, at_ms: u64) -> Result<Seq, Trouble> {
    let mut statement =
        conn.prepare_cached("SELECT place, at FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place")?;
    let to = room.oldest + limits::STORE_PRUNE_ENTRIES - 1;
    let mut rows = statement.query((row::place(room.id, room.oldest), row::place(room.id, to)))?;
    let mut last = 0;
    while let Some(found) = rows.next()? {
        if found.get::<_, i64>(1)?.cast_unsigned() >= at_ms {
            break;
        }
        last = row::seq(found.get(0)?);
    }
    Ok(last)
}

/// Removes a room's entries up to a number, at most [`limits::STORE_PRUNE_ENTRIES`]. Returns the number after.
fn remove(conn: &Connection, room: &Room, upto: Seq) -> Result<Seq, Trouble> {
    let upto = upto.min(room.oldest + limits::STORE_PRUNE_ENTRIES - 1).min(room.newest);
    let change = conn.unchecked_transaction()?;
    let gone = (row::place(room.id, room.oldest), row::place(room.id, upto));
    let entries = "DELETE FROM entry WHERE number IN (SELECT number FROM log WHERE place BETWEEN ?1 AND ?2)";
    change.execute(entries, gone)?;
    change.execute("DELETE FROM placed WHERE place BETWEEN ?1 AND ?2", gone)?;
    schema::unsettle(&change)?;
    let head = "UPDATE room SET head = max(head, ?1) WHERE id = ?2";
    change.execute(head, params![upto.cast_signed(), room.id])?;
    change.commit()?;
    Ok(upto + 1)
}

/// What the entries and the rest take in the file, in bytes.
fn used_bytes(conn: &Connection) -> Result<u64, Trouble> {
    let number = |pragma: &str| conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, u64>(0));
    let used = number("page_count")?.saturating_sub(number("freelist_count")?);
    Ok(used * number("page_size")?)
}

/// Gives free pages back to the file system, but for a reserve: those would be asked for again soon.
pub(super) fn shrink(conn: &Connection, reserve: u64) -> Result<(), Trouble> {
    let free: u64 = conn.query_row("PRAGMA freelist_count", [], |row| row.get(0))?;
    if free > reserve {
        let mut statement = conn.prepare(&format!("PRAGMA incremental_vacuum({})", free - reserve))?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumped_or_is_unset_is_not_believed() {
        let began = limits::CLOCK_SET_MS + 1000;
        assert_eq!(believed(began, 5000, began + 5000), Some(began + 5000));
        assert_eq!(believed(0, 5000, 5000), None, "1970");
        assert_eq!(believed(0, 5000, began), None, "set meanwhile");
        assert_eq!(believed(began, 5000, began * 2), None, "far ahead");
        assert_eq!(believed(began, 3_600_000, began), None, "set back");
    }
}
