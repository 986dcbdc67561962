//! Reads the state of all rooms from the database at the start: at most `limits::ROOMS` rooms, and entries within `limits::RESTORE_SHARE` of the
//! memory budget.

use std::{collections::VecDeque, sync::Arc};

use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, row};
use crate::{
    limits::{self, Limits},
    memory,
    room::{Accepted, Entry, Epoch, EpochHistory, MsgId, ParkedRoom, Restored, RestoredRoom, RoomName, Seq},
};

/// A row of the table `room`.
#[derive(Clone, Debug)]
pub(super) struct RoomRow {
    pub(super) id: i64,
    pub(super) name: RoomName,
    pub(super) epochs: EpochHistory,
    /// Number of the newest entry, even if that was removed.
    pub(super) head: Seq,
}

/// Reads the rows of open rooms. A closed room was replaced by another one with its name.
pub(super) fn rooms(conn: &Connection) -> Result<Vec<RoomRow>, StoreError> {
    let mut statement = conn.prepare("SELECT id, name, epoch, before, head FROM room WHERE NOT closed ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let name: String = row.get(1)?;
        let before: String = row.get(3)?;
        Ok(RoomRow {
            id: row.get(0)?,
            name: RoomName::new(&name).map_err(|error| row::foreign(1, error))?,
            epochs: EpochHistory {
                epoch: Epoch(row.get::<_, i64>(2)?.cast_unsigned()),
                before: before_from(&before),
            },
            head: row.get::<_, i64>(4)?.cast_unsigned(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Maximum size of the stored state that a start loads, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Maximum size of one room's entries, in bytes.
    ring: usize,
    /// Remaining size for entries and ids of all rooms together, in bytes.
    all: usize,
}

impl Most {
    pub(super) fn of(limits: &Limits) -> Self {
        let all = memory::budget(limits) / limits::RESTORE_SHARE;
        Self {
            ring: limits.ring_bytes,
            all,
        }
    }
}

/// Reads the hub's state: the newest entries of each room, as many as its log holds, starting with the rooms used last, until the memory
/// limit is reached. Other entries are read on request.
pub(super) fn read(conn: &Connection, mut most: Most) -> Result<(Restored, Vec<RoomRow>), StoreError> {
    let rows = rooms(conn)?;
    let mut rooms = Vec::with_capacity(rows.len());
    for row in &rows {
        let used: Option<i64> = conn
            .query_row(
                "SELECT place, at FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1",
                (row::place(row.id, 0), row::place(row.id, Seq::MAX)),
                |row| row.get(1),
            )
            .optional()?;
        rooms.push((used.unwrap_or(0), row));
    }
    rooms.sort_by_key(|&(used, _)| used);
    let surplus = rooms.len().saturating_sub(limits::ROOMS);
    let newest = rooms.split_off(surplus);
    let forgotten = rooms.len().saturating_sub(limits::PARKED_ROOMS);
    let parked = rooms.into_iter().skip(forgotten);
    let parked = parked.map(|(_, row)| park(conn, row)).collect::<Result<_, _>>()?;
    let mut rooms = Vec::with_capacity(newest.len());
    for (_, row) in newest.into_iter().rev() {
        let room = room(conn, row, most)?;
        let entries = room.entries.iter().chain(&room.hidden);
        let entries: usize = entries.map(|entry| entry.weight()).sum();
        let ids = (room.entries.len() + room.accepted.len()) * limits::DEDUP_ID_BYTES;
        most.all = most.all.saturating_sub(entries + ids);
        rooms.push(room);
    }
    rooms.reverse();
    let values = values(conn)?;
    Ok((Restored { rooms, parked, values }, rows))
}

fn park(conn: &Connection, row: &RoomRow) -> Result<ParkedRoom, StoreError> {
    let all = (row::place(row.id, 0), row::place(row.id, Seq::MAX));
    let sql = "SELECT place FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1";
    let newest = conn.query_row(sql, all, |row| row.get(0)).optional()?;
    let head = newest.map_or(row.head, |place| row::seq(place).max(row.head));
    Ok(ParkedRoom {
        name: row.name.clone(),
        epochs: row.epochs.clone(),
        head,
        oldest: oldest(conn, row.id)?.unwrap_or(head + 1),
    })
}

fn values(conn: &Connection) -> Result<Vec<(crate::room::Key, Box<str>)>, StoreError> {
    let mut statement = conn.prepare("SELECT key, value FROM kept")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut values = Vec::new();
    for row in rows {
        let (key, value) = row?;
        // A later version may have stored keys that this one does not know.
        if let Ok(key) = key.parse() {
            values.push((key, value.into()));
        }
    }
    Ok(values)
}

fn room(conn: &Connection, row: &RoomRow, most: Most) -> Result<RestoredRoom, StoreError> {
    let all = (row::place(row.id, 0), row::place(row.id, Seq::MAX));
    let sql = format!(
        "SELECT {} FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC",
        row::COLUMNS
    );
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query(all)?;
    let mut head = row.head;
    let mut weight = 0;
    let mut entries: Vec<Arc<Entry>> = Vec::new();
    let mut accepted = Vec::new();
    let mut read = 0;
    while read < limits::DEDUP_IDS
        // The newest entry gives the room's head.
        && (read == 0 || weight + read * limits::DEDUP_ID_BYTES < most.all)
        && let Some(found) = rows.next()?
    {
        let seq = row::seq(found.get(0)?);
        head = head.max(seq);
        let next = head - entries.len() as Seq;
        if accepted.is_empty() && seq == next && entries.len() < limits::RING_ENTRIES && weight < most.ring {
            let entry = row::entry(found, &row.name, row.epochs.epoch)?;
            weight += entry.weight();
            entries.push(entry);
        } else {
            let id: String = found.get(2)?;
            let id = MsgId::new(&id).map_err(|error| row::foreign(2, error))?;
            let at = found.get::<_, i64>(1)?.cast_unsigned();
            accepted.push((row::user(found.get(3)?), id, Accepted { seq: Some(seq), at }));
        }
        read += 1;
    }
    entries.reverse();
    accepted.reverse();
    let begin = head - entries.len() as Seq;
    let left = most.all.saturating_sub(weight + read * limits::DEDUP_ID_BYTES);
    Ok(RestoredRoom {
        name: row.name.clone(),
        epochs: row.epochs.clone(),
        head,
        oldest: oldest(conn, row.id)?.unwrap_or(head + 1),
        controls: controls(conn, row, begin)?,
        hidden: hidden(conn, row, left)?,
        accepted,
        entries,
    })
}

/// Number of a room's oldest stored entry; `None` if it has no entries.
pub(super) fn oldest(conn: &Connection, room: i64) -> Result<Option<Seq>, StoreError> {
    let all = (row::place(room, 0), row::place(room, Seq::MAX));
    let sql = "SELECT place FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1";
    let place = conn.query_row(sql, all, |row| row.get(0)).optional()?;
    Ok(place.map(row::seq))
}

/// The newest control entries up to number `upto`, oldest first.
fn controls(conn: &Connection, row: &RoomRow, upto: Seq) -> Result<Vec<Arc<Entry>>, StoreError> {
    let sql = format!(
        "SELECT {} FROM entry WHERE control AND place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3",
        row::COLUMNS
    );
    let mut statement = conn.prepare(&sql)?;
    let bounds = (row::place(row.id, 0), row::place(row.id, upto), limits::CONTROL_ENTRIES);
    let rows = statement.query_map(bounds, |found| row::entry(found, &row.name, row.epochs.epoch))?;
    let mut controls: Vec<_> = rows.collect::<Result<_, _>>()?;
    controls.reverse();
    Ok(controls)
}

/// Reads the originals of the newest hidden entries, oldest first, up to `most` bytes.
fn hidden(conn: &Connection, row: &RoomRow, most: usize) -> Result<VecDeque<Arc<Entry>>, StoreError> {
    let sql = format!(
        "SELECT {} FROM entry WHERE hidden AND place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3",
        row::COLUMNS
    );
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query((row::place(row.id, 0), row::place(row.id, Seq::MAX), limits::UNHIDE))?;
    let mut hidden = VecDeque::new();
    let mut weight = 0;
    while weight < most
        && let Some(found) = rows.next()?
    {
        let (entry, _) = row::whole(found, &row.name, row.epochs.epoch)?;
        // Nothing is left of what its author took back.
        if entry.hidden().is_none() {
            continue;
        }
        weight += entry.weight();
        hidden.push_front(Arc::new(entry));
    }
    Ok(hidden)
}

/// Formats the earlier epochs as `epoch:number`, separated by spaces.
pub(super) fn before_text(before: &[(Epoch, Seq)]) -> String {
    let texts: Vec<_> = before.iter().map(|(epoch, seq)| format!("{epoch}:{seq}")).collect();
    texts.join(" ")
}

fn before_from(text: &str) -> Arc<[(Epoch, Seq)]> {
    let life = |text: &str| {
        let (epoch, seq) = text.split_once(':')?;
        Some((epoch.parse().ok()?, seq.parse().ok()?))
    };
    text.split(' ').filter_map(life).collect()
}

/// The history after a new epoch starts at the entry after `head`. Keeps the newest [`limits::EPOCHS`] earlier epochs.
pub(super) fn next_epoch(epochs: &EpochHistory, head: Seq, epoch: Epoch) -> EpochHistory {
    let kept = limits::EPOCHS.min(epochs.before.len());
    let older = epochs.before[epochs.before.len() - kept..].iter().copied();
    EpochHistory {
        epoch,
        before: older.chain([(epochs.epoch, head)]).collect(),
    }
}
