//! Removes all messages from the data directory: itself, or by a request to the running server, for which it waits `limits::STORE_WIPE_MS`.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{StoreError, copies::erase_copies, retain, rows, schema};
use crate::limits;

/// Name of the lock file; the process that holds its lock may write to the directory.
const LOCK: &str = "lock";

/// Which process removed the messages: this one, or the running server on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiped {
    /// This process, because no server runs.
    Here,
    /// The running server, which also cleared its memory.
    ByTheServer,
}

/// Locks the directory for this process; `None` if the disk or file system supports no locks.
///
/// # Errors
/// Another process holds the lock.
pub fn lock(dir: &Path) -> io::Result<Option<File>> {
    let path = dir.join(LOCK);
    // Another user may have created the file: it can then be opened for reading only.
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
        // The file system has no locks.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Removes all messages and names, and overwrites them in the file.
///
/// # Errors
/// The file is missing or can't be written, the running server does not answer, or a reader prevents overwriting.
pub fn wipe(dir: &Path) -> Result<Wiped, StoreError> {
    schema::open_to_read(dir)?;
    // Held until the end, so that no server starts meanwhile.
    let free = lock(dir).ok();
    let mut conn = schema::open(dir)?;
    if free.is_some() {
        erase_copies(dir).map_err(|error| StoreError::Unwritable(error.to_string()))?;
        let change = conn.transaction()?;
        rows::wipe(&change)?;
        change.commit()?;
        retain::shrink(&conn, 0)?;
        if !schema::checkpoint(&conn, "TRUNCATE")? {
            let why = "everything is removed but not yet overwritten, because another process reads the file (an export?); wipe again when it has ended";
            return Err(StoreError::Other(why.to_owned()));
        }
        return Ok(Wiped::Here);
    }
    conn.execute("INSERT OR REPLACE INTO meta VALUES ('wipe', 1)", [])?;
    let until = Instant::now() + Duration::from_millis(limits::STORE_WIPE_MS);
    while is_wanted(&conn)? {
        if Instant::now() > until {
            return Err(StoreError::Other("the running server does not answer".to_owned()));
        }
        sleep(Duration::from_millis(limits::STORE_BUSY_MS / 100));
    }
    Ok(Wiped::ByTheServer)
}

fn is_wanted(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM meta WHERE key = 'wipe'", [], |row| row.get(0))?)
}
