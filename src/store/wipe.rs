//! Removing everything, with a server that runs or without one.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{Trouble, retain, rows, schema};
use crate::limits;

/// Whoever has it locked writes in this directory.
const LOCK: &str = "lock";

/// How everything was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiped {
    /// Here: no server runs.
    Here,
    /// By the server that runs, which forgot what it had in memory as well.
    ByTheServer,
}

/// Takes the directory for this process; none where the disk does not even allow that.
///
/// # Errors
/// Another process has it.
pub(super) fn lock(dir: &Path) -> io::Result<Option<File>> {
    let path = dir.join(LOCK);
    // Made by whoever comes first, which may be another user: then it can be read.
    let made = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let Ok(file) = made.or_else(|_| File::open(&path)) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            let taken = format!("{}: another server uses this directory", dir.display());
            Err(io::Error::new(io::ErrorKind::AddrInUse, taken))
        }
        // A file system without locks.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes all that people said, and what they were called.
///
/// # Errors
/// The file is not there or can't be written, or the server that runs does not answer.
pub fn wipe(dir: &Path) -> Result<Wiped, Trouble> {
    schema::open_to_read(dir)?;
    // Held until the end: no server starts meanwhile.
    let free = lock(dir).ok();
    let mut conn = schema::open(dir)?;
    if free.is_some() {
        let change = conn.transaction()?;
        rows::wipe(&change)?;
        change.commit()?;
        retain::shrink(&conn, 0)?;
        if !schema::checkpoint(&conn, "TRUNCATE")? {
            let why = "everything is removed, but not overwritten: somebody reads the file, an export perhaps; wipe again after that";
            return Err(Trouble::Other(why.to_owned()));
        }
        return Ok(Wiped::Here);
    }
    conn.execute("INSERT OR REPLACE INTO meta VALUES ('wipe', 1)", [])?;
    let until = Instant::now() + Duration::from_millis(limits::STORE_WIPE_MS);
    while is_wanted(&conn)? {
        if Instant::now() > until {
            return Err(Trouble::Other("the server that runs does not answer".to_owned()));
        }
        sleep(Duration::from_millis(limits::STORE_BUSY_MS / 100));
    }
    Ok(Wiped::ByTheServer)
}

fn is_wanted(conn: &Connection) -> Result<bool, Trouble> {
    Ok(conn.query_row("SELECT count(*) FROM meta WHERE key = 'wipe'", [], |row| row.get(0))?)
}
