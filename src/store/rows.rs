//! Writes the operations of one commit as rows of the database, inside its transaction. Nothing grows in memory.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{
    op::{Event, Op, Setup},
    restore, row, schema,
};
use crate::{
    limits,
    room::{Entry, Epoch, Hide, RoomName, Seq},
};

/// Writes the rows that precede all jobs: removes the clean mark, and stores new epochs.
pub(super) fn apply_setup(change: &Transaction<'_>, setup: &Setup) -> rusqlite::Result<()> {
    change.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 0)", [])?;
    for (room, epochs) in &setup.epochs {
        let before = restore::before_text(&epochs.before);
        let values = (epochs.epoch.0.cast_signed(), before, room);
        change.execute("UPDATE room SET epoch = ?1, before = ?2 WHERE id = ?3", values)?;
    }
    Ok(())
}

/// Writes a commit's operations as rows, within one transaction.
pub(super) struct Rows<'a> {
    pub(super) change: &'a Transaction<'a>,
    pub(super) rooms: &'a mut HashMap<RoomName, (i64, Epoch)>,
    /// [`Event::HiddenOlder`] for each operation that hid such entries, to be sent after the commit.
    pub(super) hidden_older: Vec<Event>,
}

impl Rows<'_> {
    pub(super) fn write(&mut self, op: &Op) -> rusqlite::Result<()> {
        match op {
            Op::Append(entry) => {
                let room = self.room(entry)?;
                row::insert(&mut *self.change.prepare_cached(row::INSERT)?, room, entry)
            }
            Op::Persist(key, Some(value)) => {
                let sql = "INSERT OR REPLACE INTO kept VALUES (?1, ?2, ?3)";
                let room = key.room().map(RoomName::as_str);
                self.change.execute(sql, (key.to_string(), room, value.json()))?;
                Ok(())
            }
            Op::Persist(key, None) => {
                self.change
                    .execute("DELETE FROM kept WHERE key = ?1", [key.to_string()])?;
                Ok(())
            }
            Op::Hide {
                room,
                epoch,
                what,
                to,
                known,
            } => self.hide(room, *epoch, *what, *to, known),
            Op::Reveal(entry) => self.set_hidden(self.room_id(entry)?, entry.seq, false),
            Op::Amend(entry) => self.amend(entry),
            Op::Park(room) => {
                self.change
                    .execute("DELETE FROM kept WHERE room = ?1", [room.as_str()])?;
                Ok(())
            }
            Op::Close(room) => {
                self.rooms.remove(room);
                self.change
                    .execute("UPDATE room SET closed = 1 WHERE name = ?1", [room.as_str()])?;
                self.change
                    .execute("DELETE FROM kept WHERE room = ?1", [room.as_str()])?;
                Ok(())
            }
        }
    }

    fn hide(&mut self, room: &RoomName, epoch: Epoch, what: Hide, to: Seq, known: &[Seq]) -> rusqlite::Result<()> {
        let Some(id) = room_of(self.change, room, epoch)? else {
            return Ok(());
        };
        let originals = self.originals(id, (room, epoch), what, to, known)?;
        if !originals.is_empty() {
            self.hidden_older.push(Event::HiddenOlder {
                room: room.clone(),
                epoch,
                to,
                originals,
            });
        }
        match what {
            Hide::Entry { seq } => self.set_hidden(Some(id), seq, true)?,
            Hide::Person { user } => {
                let theirs = (row::place(id, 0), row::place(id, to), user.0.cast_signed());
                let sql = "UPDATE entry SET hidden = 1
                           WHERE number IN (SELECT number FROM log WHERE place BETWEEN ?1 AND ?2 AND who = ?3)";
                self.change.execute(sql, theirs)?;
            }
        }
        Ok(())
    }

    /// The newest entries that are about to be hidden and that the hub does not have, oldest first.
    fn originals(
        &self,
        id: i64,
        (room, epoch): (&RoomName, Epoch),
        what: Hide,
        to: Seq,
        known: &[Seq],
    ) -> rusqlite::Result<Vec<Arc<Entry>>> {
        let (from, to, who) = match what {
            Hide::Entry { seq } => (seq, seq, None),
            Hide::Person { user } => (0, to, Some(user.0.cast_signed())),
        };
        let sql = format!(
            "SELECT {} FROM log WHERE place BETWEEN ?1 AND ?2 AND who = coalesce(?3, who) AND NOT hidden ORDER BY place DESC",
            row::COLUMNS
        );
        let mut statement = self.change.prepare_cached(&sql)?;
        let mut rows = statement.query((row::place(id, from), row::place(id, to), who))?;
        let mut originals = Vec::new();
        while originals.len() + known.len() < limits::UNHIDE
            && let Some(found) = rows.next()?
        {
            let (entry, _) = row::whole(found, room, epoch)?;
            if !known.contains(&entry.seq) && entry.hidden().is_some() {
                originals.push(Arc::new(entry));
            }
        }
        originals.reverse();
        Ok(originals)
    }

    fn set_hidden(&self, room: Option<i64>, seq: Seq, hidden: bool) -> rusqlite::Result<()> {
        let Some(room) = room else { return Ok(()) };
        let sql = "UPDATE entry SET hidden = ?2 WHERE number IN (SELECT number FROM log WHERE place = ?1)";
        self.change.execute(sql, (row::place(room, seq), hidden))?;
        Ok(())
    }

    fn amend(&self, entry: &Entry) -> rusqlite::Result<()> {
        let Some(room) = self.room_id(entry)? else {
            return Ok(());
        };
        // SQLite overwrites the old text with zeros where the new one is shorter.
        self.change.execute_batch("PRAGMA secure_delete = ON")?;
        let sql = "UPDATE entry SET name = ?2, plain = ?3, body = ?4
                   WHERE number IN (SELECT number FROM log WHERE place = ?1)";
        let (plain, text) = row::body(&entry.body);
        let values = (row::place(room, entry.seq), entry.from.name.as_str(), plain, text);
        self.change.execute(sql, values)?;
        Ok(())
    }

    fn room_id(&self, entry: &Entry) -> rusqlite::Result<Option<i64>> {
        room_of(self.change, &entry.room, entry.epoch)
    }

    /// Removes the rows of operations whose commit may or may not have succeeded, before they are written again.
    pub(super) fn forget<'o>(&mut self, ops: impl Iterator<Item = &'o Op>) -> rusqlite::Result<()> {
        schema::index_entries(self.change)?;
        for op in ops {
            let Op::Append(entry) = op else { continue };
            let place = [row::place(self.room(entry)?, entry.seq)];
            let sql = "DELETE FROM entry WHERE number = (SELECT number FROM placed WHERE place = ?1)";
            self.change.prepare_cached(sql)?.execute(place)?;
            self.change
                .prepare_cached("DELETE FROM placed WHERE place = ?1")?
                .execute(place)?;
        }
        schema::rewind_index(self.change)
    }

    /// The row id of an entry's room, which is created if needed. A new epoch closes the room's earlier row.
    fn room(&mut self, entry: &Entry) -> rusqlite::Result<i64> {
        if let Some((id, _)) = self.rooms.get(&entry.room).filter(|(_, epoch)| *epoch == entry.epoch) {
            return Ok(*id);
        }
        let (name, epoch) = (entry.room.as_str(), entry.epoch.0.cast_signed());
        let known = "SELECT id FROM room WHERE name = ?1 AND epoch = ?2 AND NOT closed";
        let known = self
            .change
            .query_row(known, (name, epoch), |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                self.change
                    .execute("UPDATE room SET closed = 1 WHERE name = ?1", [name])?;
                let made = "INSERT INTO room (name, epoch, before, head, closed) VALUES (?1, ?2, '', 0, 0)";
                self.change.execute(made, (name, epoch))?;
                self.change.last_insert_rowid()
            }
        };
        self.rooms.insert(entry.room.clone(), (id, entry.epoch));
        Ok(id)
    }

    pub(super) fn wipe(&mut self) -> rusqlite::Result<()> {
        self.rooms.clear();
        self.hidden_older.clear();
        wipe(self.change)
    }
}

/// Removes all messages and names. Access codes of moderators stay, and the number of wipes, which is compared with a backup's.
pub(super) fn wipe(change: &Connection) -> rusqlite::Result<()> {
    // SQLite overwrites deleted content with zeros.
    change.execute_batch(
        "PRAGMA secure_delete = ON;
         DELETE FROM entry;
         DELETE FROM placed;
         DELETE FROM room;
         DELETE FROM kept WHERE key NOT LIKE 'code/%';
         DELETE FROM meta WHERE key = 'wipe';
         INSERT OR REPLACE INTO meta VALUES
             ('wipes', coalesce((SELECT value FROM meta WHERE key = 'wipes'), 0) + 1),
             ('wiped_at', unixepoch() * 1000);",
    )?;
    schema::rewind_index(change)
}

/// The row id of a room in an epoch; `None` if the database does not have it.
pub(super) fn room_of(conn: &Connection, name: &RoomName, epoch: Epoch) -> rusqlite::Result<Option<i64>> {
    let mut statement = conn.prepare_cached("SELECT id FROM room WHERE name = ?1 AND epoch = ?2")?;
    let id = statement.query_row((name.as_str(), epoch.0.cast_signed()), |row| row.get(0));
    id.optional()
}
