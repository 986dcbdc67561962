//! Opens the database file and creates its tables; checks the schema's version, and renames a damaged file.

use std::{io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

use super::{
    StoreError,
    private::{FILE, SIDE_FILES, keep_private},
};
use crate::limits;

/// Application id of the file, "chat", by which file(1) recognizes it (`PRAGMA application_id`).
const APPLICATION_ID: i64 = 0x6368_6174;

/// Schema version of [`TABLES`], stored in the file (`PRAGMA user_version`). 0 means an empty file; a file with another version is refused.
const VERSION: i64 = 2;

/// The tables. Entries are stored in order of arrival, whatever their room, so that a commit writes few pages.
///
/// `place` combines the room's row id and the entry's number. Indexing each entry at once would write one more page per room in every commit,
/// so entries enter the index `placed` later, many together. `meta` has the last indexed entry; see [`index_entries`]. `lineage` tells a
/// file and its backups from other files.
const TABLES: &str = "
     CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
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
     CREATE INDEX control ON entry (place) WHERE control;
     CREATE INDEX hidden ON entry (place) WHERE hidden;
     CREATE TABLE kept (key TEXT PRIMARY KEY, room TEXT, value TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE placed (place INTEGER PRIMARY KEY, number INTEGER NOT NULL);
     INSERT INTO meta VALUES ('placed', 0), ('lineage', random());";

/// A view of all entries by `place` (room and number), indexed or not. It must have the column `place`, otherwise a query ordered by
/// place would scan the whole table.
const LOG: &str = "CREATE TEMP VIEW log AS
     SELECT entry.number AS number, placed.place AS place, at, id, who, name, role, skip, control, plain, hidden, body
         FROM placed JOIN entry ON entry.number = placed.number
     UNION ALL
     SELECT number, place, at, id, who, name, role, skip, control, plain, hidden, body
         FROM entry WHERE number > (SELECT value FROM meta WHERE key = 'placed')";

/// Opens the file for writing and creates it if it is missing.
///
/// # Errors
/// The disk fails, the file is damaged, or its schema has another version.
pub(super) fn open(dir: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    keep_private(dir);
    let mut conn = Connection::open_with_flags(dir.join(FILE), flags)?;
    conn.busy_timeout(Duration::from_millis(limits::STORE_BUSY_MS))?;
    check_version(&conn)?;
    // Takes effect only before the first table and before the journal's mode.
    conn.pragma_update(None, "page_size", limits::STORE_PAGE_BYTES)?;
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::Other(format!(
            "the file system allows no write-ahead log, only {mode}"
        )));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", limits::STORE_WAL_BYTES)?;
    // A page that is written anyway keeps no old content, so that a message that is taken back later has no copy elsewhere.
    conn.pragma_update(None, "secure_delete", "FAST")?;
    create_tables(&mut conn)?;
    view(&conn)?;
    if let Err(error) = index_entries(&conn) {
        tracing::debug!(%error, "store: the newest messages can't be added to the index at the start; the next maintenance retries");
    }
    Ok(conn)
}

/// Checkpoints the write-ahead log. Returns whether all of it was moved to the file, which an open reader can prevent.
pub(super) fn checkpoint(conn: &Connection, mode: &str) -> rusqlite::Result<bool> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        Ok(row.get::<_, i64>(0)? == 0)
    })
}

fn view(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.execute_batch(LOG)
}

/// Adds all entries that are not indexed yet to the index by room and number, from which pages are read.
pub(super) fn index_entries(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(
        "INSERT OR REPLACE INTO placed
             SELECT place, number FROM entry WHERE number > (SELECT value FROM meta WHERE key = 'placed');
         UPDATE meta SET value = (SELECT coalesce(max(number), 0) FROM entry) WHERE key = 'placed';",
    )
}

/// Moves the end of the index back after entries were removed, because new entries may reuse their row numbers.
pub(super) fn rewind_index(conn: &Connection) -> rusqlite::Result<()> {
    let sql = "UPDATE meta SET value = min(value, (SELECT coalesce(max(number), 0) FROM entry)) WHERE key = 'placed'";
    conn.execute(sql, []).map(|_| ())
}

/// Opens the file for reading, with or without a running server.
///
/// # Errors
/// The file is missing or can't be read, or its schema has another version.
pub fn open_to_read(dir: &Path) -> Result<Connection, StoreError> {
    let path = dir.join(FILE);
    if !path.exists() {
        let missing = io::Error::new(io::ErrorKind::NotFound, format!("there is no {}", path.display()));
        return Err(StoreError::Other(missing.to_string()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let usual = Connection::open_with_flags(&path, flags).map_err(StoreError::from);
    let usual = usual.and_then(|conn| {
        conn.busy_timeout(Duration::from_millis(limits::STORE_BUSY_MS))?;
        check_version(&conn)?;
        conn.query_row("SELECT count(*) FROM room", [], |_| Ok(()))?;
        view(&conn)?;
        Ok(conn)
    });
    if !matches!(usual, Err(StoreError::Unwritable(_))) || dir.join(format!("{FILE}-wal")).exists() {
        return usual;
    }
    // On a read-only disk SQLite can't create the log's index (-shm); without a log it needs none.
    let uri = format!("file:{}?immutable=1", path.display());
    let conn = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?;
    check_version(&conn)?;
    view(&conn)?;
    Ok(conn)
}

fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn check_version(conn: &Connection) -> Result<(), StoreError> {
    match version(conn)? {
        0 | VERSION => Ok(()),
        found => Err(StoreError::Version { found, known: VERSION }),
    }
}

fn create_tables(conn: &mut Connection) -> Result<(), StoreError> {
    if version(conn)? == VERSION {
        return Ok(());
    }
    let change = conn.transaction()?;
    change.execute_batch(TABLES)?;
    change.pragma_update(None, "application_id", APPLICATION_ID)?;
    change.pragma_update(None, "user_version", VERSION)?;
    change.commit()?;
    Ok(())
}

/// Renames a damaged file and its side files, to make way for a new one. Logs the outcome; false if the disk refuses.
pub(super) fn quarantine(dir: &Path, what: &str) -> bool {
    match rename_corrupt(dir) {
        Ok(name) => tracing::error!(
            "store: the database is damaged ({what}); it was renamed to {name}, which keeps the old messages, and an empty one replaces it"
        ),
        Err(error) => {
            tracing::error!(%error, "store: the database is damaged ({what}) and can't be renamed, so nothing is stored; rename or remove chatterbox.db by hand");
            return false;
        }
    }
    true
}

/// Renames the damaged files; returns the database's new name.
fn rename_corrupt(dir: &Path) -> io::Result<String> {
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
