//! Reads pages of old entries from the database, for clients that ask for more than a room's log in memory holds. One thread reads; at
//! most [`limits::STORE_READS`] requests wait, and a page has at most [`limits::STORE_READ_BYTES`].

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, SyncSender},
    },
};

use rusqlite::Connection;

use super::{
    StoreError,
    pending::{Pending, shown},
    row, rows, schema,
};
use crate::{
    limits,
    room::{Entry, Epoch, RoomName, Seq, UserId},
};

/// A request for a page of entries.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Room of the entries.
    pub room: RoomName,
    /// Epoch of the entries.
    pub epoch: Epoch,
    /// Number of the first entry, inclusive.
    pub from: Seq,
    /// Number of the last entry, inclusive.
    pub to: Seq,
    /// Maximum number of entries in the page.
    pub limit: usize,
    /// Which entries to return if the range has more than `limit`: the newest if true, otherwise the oldest.
    pub newest: bool,
    /// Leaves out entries that skip this user; `None` returns all.
    pub user: Option<UserId>,
}

/// A page of entries, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Entries of the page, limited in number and bytes.
    pub entries: Vec<Arc<Entry>>,
    /// Whether the range has further entries.
    pub more: bool,
}

type Request = (Wanted, Box<dyn FnOnce(Page) + Send>);

/// A handle to the reading thread.
#[derive(Clone)]
pub struct Reads {
    requests: SyncSender<Request>,
}

impl Reads {
    pub(super) fn start(dir: PathBuf, pending: Pending) -> io::Result<Self> {
        let (requests, work) = mpsc::sync_channel(limits::STORE_READS);
        let name = "store-read".to_owned();
        std::thread::Builder::new()
            .name(name)
            .spawn(move || serve(&dir, &pending, &work))?;
        Ok(Self { requests })
    }

    /// Reads a page and calls `reply` with it on the reading thread; after an error the page is empty. Returns false if the queue is full;
    /// `reply` is then never called.
    pub fn ask<F: FnOnce(Page) + Send + 'static>(&self, wanted: Wanted, reply: F) -> bool {
        self.requests.try_send((wanted, Box::new(reply))).is_ok()
    }
}

fn serve(dir: &std::path::Path, pending: &Pending, requests: &Receiver<Request>) {
    let mut conn = None;
    while let Ok((wanted, reply)) = requests.recv() {
        let changes = pending.of(&wanted.room, wanted.epoch);
        let mut page = read(dir, &mut conn, &wanted).unwrap_or_else(|error| {
            tracing::warn!(
                "store: a page of a room's stored messages can't be read, so the client gets an empty page; the next read opens the file again: {error}"
            );
            conn = None;
            Page::default()
        });
        if !changes.is_empty() {
            page.entries = page.entries.into_iter().map(|entry| shown(&changes, entry)).collect();
        }
        reply(page);
    }
}

fn read(dir: &std::path::Path, conn: &mut Option<Connection>, wanted: &Wanted) -> Result<Page, StoreError> {
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(schema::open_to_read(dir)?),
    };
    page(conn, wanted)
}

pub(super) fn page(conn: &Connection, wanted: &Wanted) -> Result<Page, StoreError> {
    let Some(room) = rows::room_of(conn, &wanted.room, wanted.epoch)? else {
        return Ok(Page::default());
    };
    let order = if wanted.newest { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT {} FROM log WHERE place BETWEEN ?1 AND ?2 AND (?3 IS NULL OR skip IS NOT ?3) ORDER BY place {order}",
        row::COLUMNS
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let bounds = (
        row::place(room, wanted.from),
        row::place(room, wanted.to),
        wanted.user.map(|user| user.0.cast_signed()),
    );
    let mut rows = statement.query(bounds)?;
    let mut page = Page::default();
    let mut bytes = 0;
    while let Some(found) = rows.next()? {
        if page.entries.len() >= wanted.limit || bytes >= limits::STORE_READ_BYTES {
            page.more = true;
            break;
        }
        let entry = row::entry(found, &wanted.room, wanted.epoch)?;
        bytes += entry.weight();
        page.entries.push(entry);
    }
    if wanted.newest {
        page.entries.reverse();
    }
    Ok(page)
}
