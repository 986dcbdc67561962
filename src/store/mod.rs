//! The journal on disk: what was said outlives the process, and the plug.
//!
//! One thread writes ([`writer`](self)), in groups: what comes while the last commit is under way, or while the card has its rest, shares the
//! next one. The driver sends what each input made and goes on at once, broadcasts included; answers wait for the commit. Another
//! thread reads pages for those who want more than the rooms' logs hold. Where the disk fails, the rooms go on in memory and say so.
//!
//! **Epochs.** A broadcast goes out before its commit, so whatever ends a run in disorder may take with it what somebody has
//! already seen. Only an end in order, with all of it committed, marks the file as whole; the first thing that the next run
//! commits is to take the mark away. Without the mark each room goes on as a new life: its numbers go on from the newest entry that is
//! there, and it remembers up to where it shares them with the life before ([`crate::room::Lives`]). Who comes back with a place
//! up to there goes on exactly; who has been further is told.

mod export;
mod journal;
mod pending;
mod reads;
mod rest;
mod restore;
mod retain;
mod row;
mod rows;
mod schema;
mod trouble;
pub mod utc;
mod wipe;
mod writer;

use std::{
    io,
    path::Path,
    sync::{Arc, mpsc},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension};

pub use export::{Export, Format, export};
pub use journal::Journal;
pub use reads::{Page, Reads, Wanted};
pub use trouble::Trouble;
pub use wipe::{Wiped, wipe};

use self::{
    pending::Pending,
    writer::{Setup, Writer},
};
use crate::{
    limits::{self, Limits},
    room::{Entry, Epoch, Hide, Key, Restored, RoomName, Seq},
};

/// One thing to be stored.
#[derive(Clone, Debug)]
pub enum Op {
    /// An entry of a room's log.
    Append(Arc<Entry>),
    /// A value, or that it is to be forgotten.
    Keep(Key, Option<Box<str>>),
    /// Something is hidden: it is there, but shown to nobody.
    Hide {
        /// In which room.
        room: RoomName,
        /// In which life.
        epoch: Epoch,
        /// What.
        what: Hide,
        /// Up to this number.
        to: Seq,
    },
    /// A room made way: its entries stay for an export, under its name a new one begins.
    Close(RoomName),
}

/// What the threads tell the driver.
#[derive(Debug)]
pub enum Event {
    /// Everything up to this number is on disk.
    Committed(u64),
    /// Nothing can be stored for now; it is tried again.
    Failing,
    /// It can be again.
    Working,
    /// Entries were removed, for their age or number.
    Pruned {
        /// Whose.
        room: RoomName,
        /// In which life.
        epoch: Epoch,
        /// The oldest one that is left.
        oldest: Seq,
    },
    /// Somebody has asked for everything to be removed.
    WipeWanted,
}

/// A store that runs.
pub struct Store {
    /// The driver's side.
    pub journal: Journal,
    /// What the driver is told.
    pub events: tokio::sync::mpsc::Receiver<Event>,
    /// The reading side.
    pub reads: Reads,
    /// What was there.
    pub restored: Restored,
    /// Ends with the writer.
    pub ending: Ending,
}

/// To wait for the writer's end.
pub struct Ending {
    done: mpsc::Receiver<()>,
    // Held until the end, so that no second server writes here.
    _lock: Option<std::fs::File>,
}

impl Ending {
    /// Until the file is closed, or for so long: a disk that hangs must not keep the process from ending.
    pub fn wait(self) {
        let _ = self.done.recv_timeout(Duration::from_millis(limits::STORE_END_MS));
    }
}

/// Opens the store of a data directory, or begins one. Trouble with the disk is logged, and leaves a store that tries again.
///
/// # Errors
/// Another server uses the directory, or a thread can't be started.
pub fn open(dir: &Path, limits: &Limits) -> io::Result<Store> {
    let lock = wipe::lock(dir)?;
    let loaded = load(dir, limits.ring_bytes);
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
    /// What could not be written yet.
    setup: Option<Setup>,
    refused: bool,
    restored: Restored,
}

fn load(dir: &Path, ring_bytes: usize) -> Loaded {
    let mut opened = schema::open(dir).and_then(|conn| read(conn, ring_bytes));
    if let Err(Trouble::Corrupt(what)) = &opened {
        match schema::set_aside(dir) {
            Ok(name) => {
                tracing::error!("the stored messages are damaged ({what}); the file is now {name}, a new one is begun");
                opened = schema::open(dir).and_then(|conn| read(conn, ring_bytes));
            }
            Err(error) => tracing::error!(%error, "the stored messages are damaged ({what}), and can't be set aside"),
        }
    }
    match opened {
        Ok(loaded) => loaded,
        Err(trouble) => {
            tracing::error!("messages can't be stored, the rooms go on in memory: {trouble}");
            let refused = matches!(trouble, Trouble::Newer { .. });
            let mut loaded = Loaded {
                refused,
                setup: Some(Setup::default()),
                ..Loaded::default()
            };
            // What can't be written may still be read.
            if !refused
                && let Ok((mut restored, rows)) =
                    schema::open_to_read(dir).and_then(|conn| restore::read(&conn, ring_bytes))
            {
                loaded.setup = Some(new_lives(&mut restored, &rows));
                loaded.restored = restored;
            }
            loaded
        }
    }
}

/// Reads the file, and takes its mark away before anything is said.
fn read(mut conn: Connection, ring_bytes: usize) -> Result<Loaded, Trouble> {
    let clean = "SELECT value FROM meta WHERE key = 'clean'";
    let clean: Option<bool> = conn.query_row(clean, [], |row| row.get(0)).optional()?;
    if clean != Some(true) {
        check(&conn)?;
    }
    let (mut restored, rows) = restore::read(&conn, ring_bytes)?;
    let mut setup = match clean {
        Some(true) => Setup::default(),
        _ => new_lives(&mut restored, &rows),
    };
    let written = conn.transaction().map_err(Trouble::from).and_then(|change| {
        rows::apply_setup(&change, &setup)?;
        Ok(change.commit()?)
    });
    let pending = match written {
        Ok(()) => None,
        Err(corrupt @ Trouble::Corrupt(_)) => return Err(corrupt),
        Err(trouble) => {
            tracing::error!("messages can't be stored, the rooms go on in memory: {trouble}");
            // The mark stands, so what is said now must not count in the lives that it is about.
            if clean == Some(true) {
                setup = new_lives(&mut restored, &rows);
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

/// After an end in disorder: whether the file is sound, if it is small enough to see that soon.
fn check(conn: &Connection) -> Result<(), Trouble> {
    let pages: u64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages > limits::STORE_CHECKED_PAGES {
        return Ok(());
    }
    let found: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" {
        Ok(())
    } else {
        Err(Trouble::Corrupt(found))
    }
}

/// Lets every room go on in a new life.
fn new_lives(restored: &mut Restored, rows: &[restore::RoomRow]) -> Setup {
    let mut setup = Setup::default();
    for room in &mut restored.rooms {
        let epoch = Epoch(getrandom::u64().expect("the kernel has randomness") >> limits::EPOCH_BITS_LESS);
        room.enter(restore::next_life(&room.lives, room.head, epoch));
        let row = rows.iter().find(|row| row.name == room.name);
        setup.lives.extend(row.map(|row| (row.id, room.lives.clone())));
    }
    setup
}

#[cfg(test)]
mod tests;
