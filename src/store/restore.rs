//! What the file has, for a hub that goes on with it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use super::{Trouble, row};
use crate::{
    limits,
    room::{Accepted, Entry, Epoch, Lives, MsgId, Restored, RestoredRoom, RoomName, Seq},
};

/// A row of the table of rooms.
#[derive(Clone, Debug)]
pub(super) struct RoomRow {
    pub(super) id: i64,
    pub(super) name: RoomName,
    pub(super) lives: Lives,
    /// The newest number, if the entries that had it are gone.
    pub(super) head: Seq,
}

/// Rooms that go on: all but those whose place another one of their name has taken.
pub(super) fn rooms(conn: &Connection) -> Result<Vec<RoomRow>, Trouble> {
    let mut statement = conn.prepare("SELECT id, name, epoch, before, head FROM room WHERE NOT closed ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let name: String = row.get(1)?;
        let before: String = row.get(3)?;
        Ok(RoomRow {
            id: row.get(0)?,
            name: RoomName::new(&name).map_err(|error| row::foreign(1, error))?,
            lives: Lives {
                epoch: Epoch(row.get::<_, i64>(2)?.cast_unsigned()),
                before: before_from(&before),
            },
            head: row.get::<_, i64>(4)?.cast_unsigned(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads everything that a hub needs: of each room as many of the newest entries as its log holds.
pub(super) fn read(conn: &Connection, ring_bytes: usize) -> Result<(Restored, Vec<RoomRow>), Trouble> {
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
    let newest = rooms.into_iter().skip(surplus);
    let rooms = newest
        .map(|(_, row)| room(conn, row, ring_bytes))
        .collect::<Result<_, _>>()?;
    let kept = kept(conn)?;
    Ok((Restored { rooms, kept }, rows))
}

fn kept(conn: &Connection) -> Result<Vec<(crate::room::Key, Box<str>)>, Trouble> {
    let mut statement = conn.prepare("SELECT key, value FROM kept")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut kept = Vec::new();
    for row in rows {
        let (key, value) = row?;
        // A later version may have kept what this one does not know.
        if let Ok(key) = key.parse() {
            kept.push((key, value.into()));
        }
    }
    Ok(kept)
}

fn room(conn: &Connection, row: &RoomRow, ring_bytes: usize) -> Result<RestoredRoom, Trouble> {
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
    while read < limits::REMEMBERED_IDS
        && let Some(found) = rows.next()?
    {
        let seq = row::seq(found.get(0)?);
        head = head.max(seq);
        let next = head - entries.len() as Seq;
        if accepted.is_empty() && seq == next && entries.len() < limits::RING_ENTRIES && weight < ring_bytes {
            let entry = row::entry(found, &row.name, row.lives.epoch)?;
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
    Ok(RestoredRoom {
        name: row.name.clone(),
        lives: row.lives.clone(),
        head,
        oldest: oldest(conn, row.id)?.unwrap_or(head + 1),
        controls: controls(conn, row, begin)?,
        accepted,
        entries,
    })
}

/// The number of a room's oldest entry.
pub(super) fn oldest(conn: &Connection, room: i64) -> Result<Option<Seq>, Trouble> {
    let all = (row::place(room, 0), row::place(room, Seq::MAX));
    let sql = "SELECT place FROM log WHERE place BETWEEN ?1 AND ?2 ORDER BY place LIMIT 1";
    let place = conn.query_row(sql, all, |row| row.get(0)).optional()?;
    Ok(place.map(row::seq))
}

/// The newest control entries up to a number, oldest first.
fn controls(conn: &Connection, row: &RoomRow, upto: Seq) -> Result<Vec<Arc<Entry>>, Trouble> {
    let sql = format!(
        "SELECT {} FROM entry WHERE control AND place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT ?3",
        row::COLUMNS
    );
    let mut statement = conn.prepare(&sql)?;
    let bounds = (row::place(row.id, 0), row::place(row.id, upto), limits::CONTROL_ENTRIES);
    let rows = statement.query_map(bounds, |found| row::entry(found, &row.name, row.lives.epoch))?;
    let mut controls: Vec<_> = rows.collect::<Result<_, _>>()?;
    controls.reverse();
    Ok(controls)
}

/// The lives before, as `epoch:number` with spaces between.
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

/// The life that goes on from another one, with its entries up to `head`: older ones than [`limits::LIVES`] are forgotten.
pub(super) fn next_life(lives: &Lives, head: Seq, epoch: Epoch) -> Lives {
    let kept = limits::LIVES.min(lives.before.len());
    let older = lives.before[lives.before.len() - kept..].iter().copied();
    Lives {
        epoch,
        before: older.chain([(lives.epoch, head)]).collect(),
    }
}
