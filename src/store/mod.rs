//! The store: keeps rooms, messages and settings in an SQLite file, so that they outlive the process and a power cut. The configuration
//! bounds the file, `limits` the queues to its two threads.
//!
//! One thread writes ([`Journal`] is the driver's side) and commits in groups: operations that arrive during a commit, or while the write
//! budget is used up, share the next one. The driver goes on at once, broadcasts included; only answers wait for the commit. A second
//! thread reads pages of entries that the rooms' logs in memory no longer hold. If the disk fails, rooms go on in memory, and answers say
//! so. [`limits::STORE_QUEUE`] bounds the operations that wait, [`Limits::store_mib`] the file.
//!
//! **Epochs.** A broadcast goes out before its commit, so a crash may lose entries that clients have already seen. Only an orderly
//! shutdown, with everything committed, marks the file as clean; the next run's first commit removes the mark. Without the mark each room
//! begins a new epoch: its numbers continue from the newest stored entry, and it remembers up to which number it shares them with the
//! epoch before ([`crate::room::EpochHistory`]). A client that resumes at or below that number continues exactly; a client beyond it is
//! told of a gap.

mod cell;
mod copies;
mod error;
mod export;
mod journal;
mod maintenance;
mod op;
mod pending;
mod private;
mod reads;
mod restore;
mod retain;
mod row;
mod rows;
mod schema;
mod sizes;
mod snapshot;
mod wipe;
mod write_budget;
mod writer;

use std::{io, path::Path, sync::mpsc, time::Duration};

use rusqlite::{Connection, OptionalExtension};

pub use copies::{BEFORE_RESTORE, CONFIRMED, HANDOVER, OPENED, erase};
pub use error::StoreError;
pub use export::{Export, Format, export, rooms};
pub use journal::Journal;
pub use op::{Event, Op};
pub use reads::{Page, Reads, Wanted};
pub use snapshot::{Comparison, check_copy, compare, snapshot};
pub use wipe::{Wiped, lock, wipe};

use self::{op::Setup, pending::Pending, restore::Most, writer::Writer};
use crate::{
    limits::{self, Limits},
    room::{Epoch, EpochHistory, Restored, RoomName},
};

/// A running store.
pub struct Store {
    /// Queues operations for the writer; used by the driver.
    pub journal: Journal,
    /// Events of the writer's thread.
    pub events: tokio::sync::mpsc::Receiver<Event>,
    /// Reads pages of entries on the reading thread.
    pub reads: Reads,
    /// The state that was read from the file.
    pub restored: Restored,
    /// Waits for the writer to end.
    pub ending: Ending,
}

/// A handle that waits for the end of the writer's thread.
pub struct Ending {
    done: mpsc::Receiver<()>,
    // Held until the end: no second server writes to the directory.
    _lock: Option<std::fs::File>,
}

impl Ending {
    /// Waits until the file is closed, at most [`limits::STORE_END_MS`], so that a hanging disk does not block the end of the process.
    pub fn wait(self) {
        let _ = self.done.recv_timeout(Duration::from_millis(limits::STORE_END_MS));
    }
}

/// Opens the store of a data directory, which is created if needed. Disk errors are logged, and the store retries in the background.
///
/// # Errors
/// Another server uses the directory, or a thread can't be started.
pub fn open(dir: &Path, limits: &Limits) -> io::Result<Store> {
    let lock = wipe::lock(dir)?;
    let loaded = load(dir, Most::of(limits));
    let (jobs, work) = mpsc::channel();
    let (events, told) = tokio::sync::mpsc::channel(limits::STORE_EVENTS);
    let (ended, done) = mpsc::channel();
    let (dir, limits) = (dir.to_owned(), limits.clone());
    let read_dir = dir.clone();
    let pending = Pending::default();
    let parts = (loaded.conn, loaded.setup, loaded.refused);
    let failing = parts.0.is_none() || parts.1.is_some();
    std::thread::Builder::new().name("store".to_owned()).spawn(move || {
        Writer::new(dir, limits, parts, work, events).run();
        drop(ended);
    })?;
    Ok(Store {
        journal: Journal::new(jobs, failing, pending.clone()),
        events: told,
        reads: Reads::start(read_dir, pending)?,
        restored: loaded.restored,
        ending: Ending { done, _lock: lock },
    })
}

#[derive(Default)]
struct Loaded {
    conn: Option<Connection>,
    /// Rows that must be written before the first job.
    setup: Option<Setup>,
    refused: bool,
    restored: Restored,
}

fn load(dir: &Path, most: Most) -> Loaded {
    let mut opened = schema::open(dir).and_then(|conn| read(conn, most));
    if let Err(StoreError::Corrupt(what)) = &opened
        && schema::quarantine(dir, what)
    {
        opened = schema::open(dir).and_then(|conn| read(conn, most));
    }
    match opened {
        Ok(loaded) => loaded,
        Err(error) => {
            tracing::error!(
                "store: the database can't be opened, so rooms continue in memory and nothing is stored: {error}. Check the data directory"
            );
            let refused = matches!(error, StoreError::Version { .. });
            let mut loaded = Loaded {
                refused,
                setup: Some(Setup::default()),
                ..Loaded::default()
            };
            // A file that can't be written may still be readable.
            if !refused
                && let Ok((mut restored, rows)) = schema::open_to_read(dir).and_then(|conn| restore::read(&conn, most))
            {
                loaded.setup = Some(new_epochs(&mut restored, &rows));
                loaded.restored = restored;
            }
            loaded
        }
    }
}

/// Reads the stored state, and removes the file's clean mark before any message is accepted.
fn read(mut conn: Connection, most: Most) -> Result<Loaded, StoreError> {
    let clean = "SELECT value FROM meta WHERE key = 'clean'";
    let clean: Option<bool> = conn.query_row(clean, [], |row| row.get(0)).optional()?;
    if clean != Some(true) {
        check(&conn)?;
    }
    let (mut restored, rows) = restore::read(&conn, most)?;
    let mut setup = match clean {
        Some(true) => Setup::default(),
        _ => new_epochs(&mut restored, &rows),
    };
    let written = conn.transaction().map_err(StoreError::from).and_then(|change| {
        rows::apply_setup(&change, &setup)?;
        Ok(change.commit()?)
    });
    let pending = match written {
        Ok(()) => None,
        Err(corrupt @ StoreError::Corrupt(_)) => return Err(corrupt),
        Err(error) => {
            tracing::error!(
                "store: the database can be read but not written; rooms continue in memory until it can: {error}. Check the data directory"
            );
            // The clean mark is still there, so new entries must not join the epochs that it vouches for.
            if clean == Some(true) {
                setup = new_epochs(&mut restored, &rows);
            }
            Some(setup)
        }
    };
    Ok(Loaded {
        conn: Some(conn).filter(|_| pending.is_none()),
        setup: pending,
        refused: false,
        restored,
    })
}

/// Checks the file's integrity after an unclean end, if the file has at most [`limits::STORE_CHECKED_PAGES`] pages.
fn check(conn: &Connection) -> Result<(), StoreError> {
    let pages: u64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages > limits::STORE_CHECKED_PAGES {
        return Ok(());
    }
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(StoreError::Corrupt(found))
    }
}

/// Starts a new epoch in every restored room; returns the rows to write.
fn new_epochs(restored: &mut Restored, rows: &[restore::RoomRow]) -> Setup {
    let mut setup = Setup::default();
    let mut next = |name: &RoomName, epochs: &EpochHistory, head| {
        let epoch = Epoch(getrandom::u64().expect("the kernel has randomness") >> limits::EPOCH_BITS_LESS);
        let epochs = restore::next_epoch(epochs, head, epoch);
        let row = rows.iter().find(|row| row.name == *name);
        setup.epochs.extend(row.map(|row| (row.id, epochs.clone())));
        epochs
    };
    for room in &mut restored.rooms {
        let epochs = next(&room.name, &room.epochs, room.head);
        room.enter(epochs);
    }
    for room in &mut restored.parked {
        room.epochs = next(&room.name, &room.epochs, room.head);
    }
    setup
}

#[cfg(test)]
mod tests;
