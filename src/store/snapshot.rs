//! Copies of the database: made while a server writes, checked before they are put in place, and compared with the data they replace.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use rusqlite::{Connection, OptionalExtension};

use super::{StoreError, private::FILE, schema};

/// Writes a consistent copy of the database to `into`, readable only by its owner. A running server can write meanwhile, because the copy
/// is made by a reader of the write-ahead log.
///
/// # Errors
/// The database is missing or can't be read, or the copy can't be written.
pub fn snapshot(dir: &Path, into: &Path) -> Result<(), StoreError> {
    let conn = schema::open_to_read(dir)?;
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(into);
    let file = made.map_err(|error| StoreError::Unwritable(error.to_string()))?;
    conn.execute("VACUUM INTO ?1", [into.to_string_lossy().as_ref()])?;
    file.sync_all()
        .map_err(|error| StoreError::Unwritable(error.to_string()))
}

/// The difference between a backup's database and the one that it would replace: rooms, messages, and what would be lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Number of rooms in the copy.
    pub rooms: u64,
    /// Number of entries in the copy.
    pub messages: u64,
    /// Time of the last wipe since the copy was made, in milliseconds since 1970 by the box's clock. The wiped entries would come back.
    pub wiped_at: Option<u64>,
    /// Number of entries hidden since the copy was made, which would be visible again.
    pub hidden: u64,
    /// Number of entries in the current database that the copy lacks.
    pub lost: u64,
}

/// Checks the copy in the directory `copy`, and prepares it for a server by starting a new epoch in each room.
///
/// # Errors
/// The copy is damaged, has another schema version, or can't be written.
pub fn check_copy(copy: &Path) -> Result<(), StoreError> {
    let conn = schema::open(copy)?;
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(StoreError::Corrupt(found));
    }
    schema::index_entries(&conn)?;
    conn.execute("DELETE FROM meta WHERE key IN ('clean', 'wipe')", [])?;
    schema::checkpoint(&conn, "TRUNCATE")?;
    conn.close().map_err(|(_, error)| error.into())
}

/// Compares a checked copy with the database of `dir`, which may be missing.
///
/// # Errors
/// One of the two can't be read.
pub fn compare(dir: &Path, copy: &Path) -> Result<Comparison, StoreError> {
    let copied = schema::open_to_read(copy)?;
    let number = |conn: &Connection, sql: &str| conn.query_row(sql, [], |row| row.get::<_, u64>(0));
    let mut made = Comparison {
        rooms: number(&copied, "SELECT count(*) FROM room WHERE NOT closed")?,
        messages: number(&copied, "SELECT count(*) FROM entry")?,
        ..Comparison::default()
    };
    if !dir.join(FILE).exists() {
        return Ok(made);
    }
    let present = schema::open_to_read(dir)?;
    if !related(&present, &copied)? {
        made.lost = number(&present, "SELECT count(*) FROM entry")?;
        return Ok(made);
    }
    if wipes(&present)? > wipes(&copied)? {
        let at = "SELECT value FROM meta WHERE key = 'wiped_at'";
        made.wiped_at = present.query_row(at, [], |row| row.get(0)).optional()?;
    }
    // One entry has one place and one id in both.
    present.execute("ATTACH ?1 AS copy", [copy.join(FILE).to_string_lossy().as_ref()])?;
    let same = "FROM copy.placed JOIN copy.entry AS old ON old.number = placed.number
                WHERE placed.place = entry.place AND old.id = entry.id";
    made.lost = number(
        &present,
        &format!("SELECT count(*) FROM main.entry AS entry WHERE NOT EXISTS (SELECT 1 {same})"),
    )?;
    made.hidden = number(
        &present,
        &format!(
            "SELECT count(*) FROM main.entry AS entry WHERE hidden AND EXISTS (SELECT 1 {same} AND NOT old.hidden)"
        ),
    )?;
    Ok(made)
}

/// Whether two databases have the same origin.
fn related(one: &Connection, other: &Connection) -> Result<bool, StoreError> {
    let lineage = |conn: &Connection| {
        let sql = "SELECT value FROM meta WHERE key = 'lineage'";
        conn.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()
    };
    Ok(lineage(one)?.is_some_and(|it| lineage(other).ok().flatten() == Some(it)))
}

fn wipes(conn: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT value FROM meta WHERE key = 'wipes'";
    Ok(conn.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
}
