//! The file: its settings, its tables, its versions.

use std::{io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::Trouble;
use crate::limits;

/// Its name in the data directory.
pub(super) const FILE: &str = "chatterbox.db";
/// What SQLite keeps beside it.
const SIDE_FILES: &[&str] = &["-wal", "-shm"];
/// "chat", so that file(1) and we know our own (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x6368_6174;

/// Brings a file from each version to the next, version 0 being an empty one. The file's version (`PRAGMA user_version`) is how many of
/// these it has seen. What stands here is never changed, only added to.
pub(super) const MIGRATIONS: &[&str] = &[
    // Entries lie in the order in which they came, of whatever rooms, so that a commit writes few pages. `place` is the room's number and
    // the entry's.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
     CREATE TABLE room (
         id INTEGER PRIMARY KEY,
         name TEXT NOT NULL,
         epoch INTEGER NOT NULL,
         before TEXT NOT NULL,
         head INTEGER NOT NULL,
         closed INTEGER NOT NULL);
     CREATE TABLE entry (
         number INTEGER PRIMARY KEY,
         place INTEGER NOT NULL,
         at INTEGER NOT NULL,
         id TEXT NOT NULL,
         who INTEGER NOT NULL,
         name TEXT NOT NULL,
         role INTEGER NOT NULL,
         skip INTEGER,
         control INTEGER NOT NULL,
         plain INTEGER NOT NULL,
         hidden INTEGER NOT NULL,
         body TEXT NOT NULL);
     CREATE UNIQUE INDEX place ON entry (place);
     CREATE INDEX control ON entry (place) WHERE control;
     CREATE TABLE kept (key TEXT PRIMARY KEY, room TEXT, value TEXT NOT NULL) WITHOUT ROWID;",
    // An index of places is written to wherever somebody speaks. So that many rooms at once cost no page each in every commit, entries are
    // put into this one later, many together: all up to the number that `meta` has. See `settle`.
    "CREATE TABLE placed (place INTEGER PRIMARY KEY, number INTEGER NOT NULL);
     INSERT INTO placed SELECT place, number FROM entry;
     INSERT INTO meta SELECT 'placed', coalesce(max(number), 0) FROM entry;
     DROP INDEX place;",
];

/// Entries by place, whether they are in the index already or not: what is asked for by place is asked of this view. What is ordered by
/// place must have it among its columns; else SQLite goes through everything.
const LOG: &str = "CREATE TEMP VIEW log AS
     SELECT entry.number AS number, placed.place AS place, at, id, who, name, role, skip, control, plain, hidden, body
         FROM placed JOIN entry ON entry.number = placed.number
     UNION ALL
     SELECT number, place, at, id, who, name, role, skip, control, plain, hidden, body
         FROM entry WHERE number > (SELECT value FROM meta WHERE key = 'placed')";
/// The same for a file that is read as it was left by the first version.
const LOG_1: &str = "CREATE TEMP VIEW log AS SELECT * FROM entry";

/// Opens the file for writing; makes it if it is not there, brings it up to this version.
pub(super) fn open(dir: &Path) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(dir.join(FILE), flags)?;
    conn.busy_timeout(Duration::from_millis(limits::STORE_BUSY_MS))?;
    check_version(&conn)?;
    // Only before the first table, and before the journal's mode.
    conn.pragma_update(None, "page_size", limits::STORE_PAGE_BYTES)?;
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Trouble::Other(format!(
            "the file system allows no write-ahead log, only {mode}"
        )));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", limits::STORE_WAL_BYTES)?;
    migrate(&mut conn)?;
    view(&conn)?;
    if let Err(error) = settle(&conn) {
        tracing::debug!(%error, "the newest entries stay out of the index for now");
    }
    Ok(conn)
}

/// Brings the log into the file. Returns whether all of it got there: whoever reads may keep what they read.
pub(super) fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<bool> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    })
}

fn view(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.execute_batch(if version(conn)? < 2 { LOG_1 } else { LOG })
}

/// Puts all entries into the index of places.
pub(super) fn settle(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "INSERT OR REPLACE INTO placed
             SELECT place, number FROM entry WHERE number > (SELECT value FROM meta WHERE key = 'placed');
         UPDATE meta SET value = (SELECT coalesce(max(number), 0) FROM entry) WHERE key = 'placed';",
    )
}

/// After entries were removed: the next ones may get their numbers, and are not in the index.
pub(super) fn unsettle(conn: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE meta SET value = min(value, (SELECT coalesce(max(number), 0) FROM entry)) WHERE key = 'placed'";
    conn.execute(sql, []).map(|_| ())
}

/// Opens the file for reading, beside a server that writes it or without one.
///
/// # Errors
/// It is not there, can't be read, or is of a later version.
pub fn open_to_read(dir: &Path) -> Result<Connection, Trouble> {
    let path = dir.join(FILE);
    if !path.exists() {
        let missing = io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", path.display()));
        return Err(Trouble::Other(missing.to_string()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let usual = Connection::open_with_flags(&path, flags).map_err(Trouble::from);
    let usual = usual.and_then(|conn| {
        conn.busy_timeout(Duration::from_millis(limits::STORE_BUSY_MS))?;
        check_version(&conn)?;
        conn.query_row("SELECT count(*) FROM room", [], |_| Ok(()))?;
        view(&conn)?;
        Ok(conn)
    });
    match usual {
        Err(Trouble::Unwritable(_)) if !dir.join(format!("{FILE}-wal")).exists() => {
            // On a read-only disk SQLite can't make its index of the log; without a log none is needed.
            let uri = format!("file:{}?immutable=1", path.display());
            let conn = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?;
            check_version(&conn)?;
            view(&conn)?;
            Ok(conn)
        }
        other => other,
    }
}

fn version(conn: &Connection) -> rusqlite::Result<usize> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn check_version(conn: &Connection) -> Result<(), Trouble> {
    let found = version(conn)?;
    if found > MIGRATIONS.len() {
        return Err(Trouble::Newer {
            found,
            known: MIGRATIONS.len(),
        });
    }
    Ok(())
}

fn migrate(conn: &mut Connection) -> Result<(), Trouble> {
    let seen = version(conn)?;
    if seen == MIGRATIONS.len() {
        return Ok(());
    }
    let change = conn.transaction()?;
    for step in &MIGRATIONS[seen..] {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", MIGRATIONS.len())?;
    change.commit()?;
    Ok(())
}

/// Renames a file that can't be read, with what belongs to it, so that a new one can take its place. Returns the new name.
pub(super) fn set_aside(dir: &Path) -> io::Result<String> {
    let name = |number: u32| format!("{FILE}.corrupt-{number}");
    let number = (1..)
        .find(|&number| !dir.join(name(number)).exists())
        .unwrap_or(u32::MAX);
    for side in SIDE_FILES.iter().chain(&[""]) {
        let from = dir.join(format!("{FILE}{side}"));
        if from.exists() {
            std::fs::rename(from, dir.join(format!("{}{side}", name(number))))?;
        }
    }
    std::fs::File::open(dir)?.sync_all()?;
    Ok(name(number))
}
