//! Retention: removes old entries of each room by number and age, and the oldest entries of the largest room while the file is too large.
//! One round removes a bounded number of entries, so that commits do not wait long.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, row, schema, sizes::Sizes};
use crate::{
    limits::{self, Limits},
    room::{Epoch, RoomName, Seq},
};

/// A wall clock that returns no time while it is implausible. Otherwise a clock that is unset or has jumped would expire a whole evening.
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

/// Returns `now_ms` if the wall clock has advanced since `began_ms` by about the elapsed time.
fn believed(began_ms: u64, elapsed_ms: u128, now_ms: u64) -> Option<u64> {
    let expected = u128::from(began_ms) + elapsed_ms;
    let can_be = (limits::CLOCK_SET_MS..limits::CLOCK_LATEST_MS).contains(&now_ms);
    let sound = can_be && expected.abs_diff(now_ms.into()) <= limits::CLOCK_DRIFT_MS;
    sound.then_some(now_ms)
}

struct Room {
    id: i64,
    closed: bool,
    name: RoomName,
    epoch: Epoch,
    oldest: Seq,
    oldest_at: u64,
    newest: Seq,
}

/// Rooms that lost entries, each with the number of its oldest remaining entry.
pub(super) type Pruned = Vec<(RoomName, Epoch, Seq)>;

/// Removes entries beyond a room's allowed number or age, at most [`limits::STORE_PRUNES`] batches per call.
pub(super) fn prune(
    conn: &Connection,
    limits: &Limits,
    clock: &mut Clock,
    sizes: &mut Sizes,
) -> Result<Pruned, StoreError> {
    let mut pruned = Vec::new();
    let old_ms = clock
        .now_ms()
        .filter(|_| limits.keep_days > 0)
        .map(|now_ms| now_ms.saturating_sub(limits.keep_days * 24 * 3600 * 1000));
    let mut turns = limits::STORE_PRUNES;
    for mut room in rooms(conn)? {
        let by_count = room.newest.saturating_sub(limits.keep_entries);
        let by_age = match old_ms {
            // Entries of an unset clock have no age.
            Some(old_ms) if room.oldest_at >= limits::CLOCK_SET_MS && room.oldest_at < old_ms => {
                last_before(conn, &room, old_ms)?
            }
            _ => 0,
        };
        let upto = by_count.max(by_age);
        while upto >= room.oldest && turns > 0 {
            turns -= 1;
            room.oldest = remove(conn, &room, upto, sizes)?;
            pruned.push((room.name.clone(), room.epoch, room.oldest));
        }
    }
    tidy(conn, &pruned)?;
    Ok(pruned)
}

/// Whether the file is larger than `store_mib`.
pub(super) fn exceeds_limit(conn: &Connection, limits: &Limits) -> Result<bool, StoreError> {
    Ok(used_bytes(conn)? > limits.store_mib * 1024 * 1024)
}

/// If the file exceeds its limit, removes one batch of the oldest entries of the largest room. Closed rooms come first, because no reader
/// uses them. `None` if the file is within its limit or has no entries.
pub(super) fn enforce_limit(
    conn: &Connection,
    limits: &Limits,
    sizes: &mut Sizes,
) -> Result<Option<Pruned>, StoreError> {
    if !exceeds_limit(conn, limits)? {
        return Ok(None);
    }
    let mut largest = None;
    for room in rooms(conn)? {
        let rank = (room.closed, sizes.of(conn, room.id)?);
        if largest.as_ref().is_none_or(|(most, _)| rank > *most) {
            largest = Some((rank, room));
        }
    }
    let Some((_, room)) = largest else { return Ok(None) };
    let oldest = remove(conn, &room, room.newest, sizes)?;
    let pruned = vec![(room.name, room.epoch, oldest)];
    tidy(conn, &pruned)?;
    Ok(Some(pruned))
}

/// Removes closed rooms without entries, and returns free pages to the file system.
fn tidy(conn: &Connection, pruned: &Pruned) -> Result<(), StoreError> {
    if !pruned.is_empty() {
        conn.execute(
            "DELETE FROM room WHERE closed AND NOT EXISTS (
                 SELECT 1 FROM log WHERE place BETWEEN room.id << 40 AND (room.id + 1 << 40) - 1)",
            [],
        )?;
        shrink(conn, limits::STORE_FREE_PAGES)?;
    }
    Ok(())
}

/// The rooms that have stored entries.
fn rooms(conn: &Connection) -> Result<Vec<Room>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT id, name, epoch, closed FROM room")?;
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
            closed: found.get(3)?,
            oldest: row::seq(oldest),
            oldest_at: at.cast_unsigned(),
            newest: row::seq(last.query_row(all, |row| row.get(0))?),
        });
    }
    Ok(rooms)
}

/// Number up to which a room's oldest entries are older than `at_ms`, within one batch; 0 if none is older.
fn last_before(conn: &Connection, room: &Room, at_ms: u64) -> Result<Seq, StoreError> {
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

/// Removes a room's oldest entries up to `upto`, at most [`limits::STORE_PRUNE_ENTRIES`]. Returns the number of the next remaining entry.
fn remove(conn: &Connection, room: &Room, upto: Seq, sizes: &mut Sizes) -> Result<Seq, StoreError> {
    let upto = upto.min(room.oldest + limits::STORE_PRUNE_ENTRIES - 1).min(room.newest);
    let change = conn.unchecked_transaction()?;
    let gone = (row::place(room.id, room.oldest), row::place(room.id, upto));
    let entries = "DELETE FROM entry WHERE number IN (SELECT number FROM log WHERE place BETWEEN ?1 AND ?2)";
    change.execute(entries, gone)?;
    change.execute("DELETE FROM placed WHERE place BETWEEN ?1 AND ?2", gone)?;
    schema::rewind_index(&change)?;
    let head = "UPDATE room SET head = max(head, ?1) WHERE id = ?2";
    change.execute(head, params![upto.cast_signed(), room.id])?;
    change.commit()?;
    let all = room.newest + 1 - room.oldest;
    sizes.remove(room.id, upto + 1 - room.oldest, all);
    Ok(upto + 1)
}

/// Bytes of the database's pages that are in use.
fn used_bytes(conn: &Connection) -> Result<u64, StoreError> {
    let number = |pragma: &str| conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, u64>(0));
    let used = number("page_count")?.saturating_sub(number("freelist_count")?);
    Ok(used * number("page_size")?)
}

/// Gives free pages back to the file system, except for a reserve that new entries take soon.
pub(super) fn shrink(conn: &Connection, reserve: u64) -> Result<(), StoreError> {
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
    fn a_clock_that_jumped_or_is_unset_gives_no_time() {
        let began = limits::CLOCK_SET_MS + 1000;
        assert_eq!(believed(began, 5000, began + 5000), Some(began + 5000));
        assert_eq!(believed(0, 5000, 5000), None, "1970");
        assert_eq!(believed(0, 5000, began), None, "set meanwhile");
        assert_eq!(believed(began, 5000, began * 2), None, "far ahead");
        let absurd = limits::CLOCK_LATEST_MS;
        assert_eq!(believed(absurd, 5000, absurd + 5000), None, "ahead since the start");
        assert_eq!(believed(began, 3_600_000, began), None, "set back");
    }
}
