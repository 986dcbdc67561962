//! The reading side: pages of a room's entries, for those who want more than its log holds.

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
    Trouble,
    pending::{Pending, shown},
    row, rows, schema,
};
use crate::{
    limits,
    room::{Entry, Epoch, RoomName, Seq, UserId},
};

/// Which entries somebody wants.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of which room.
    pub room: RoomName,
    /// In which life.
    pub epoch: Epoch,
    /// The first number.
    pub from: Seq,
    /// The last.
    pub to: Seq,
    /// How many at most.
    pub limit: usize,
    /// The newest ones, if there are more; else the oldest.
    pub newest: bool,
    /// Without those that skip this user; with all if none.
    pub user: Option<UserId>,
}

/// Entries, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Those that there are, up to the limit and to some bytes.
    pub entries: Vec<Arc<Entry>>,
    /// Whether there are others in the wanted range.
    pub more: bool,
}

type Request = (Wanted, Box<dyn FnOnce(Page) + Send>);

/// Asks the thread that reads.
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

    /// Has a page read; `reply` is called on the thread that reads, with an empty page if nothing can be read. Returns whether there is
    /// place for another wish; if not, `reply` is never called.
    pub fn ask<F: FnOnce(Page) + Send + 'static>(&self, wanted: Wanted, reply: F) -> bool {
        self.requests.try_send((wanted, Box::new(reply))).is_ok()
    }
}

fn serve(dir: &std::path::Path, pending: &Pending, requests: &Receiver<Request>) {
    let mut conn = None;
    while let Ok((wanted, reply)) = requests.recv() {
        let hidden = pending.of(&wanted.room, wanted.epoch);
        let mut page = read(dir, &mut conn, &wanted).unwrap_or_else(|trouble| {
            tracing::warn!("stored messages can't be read: {trouble}");
            conn = None;
            Page::default()
        });
        if !hidden.is_empty() {
            page.entries = page.entries.into_iter().map(|entry| shown(&hidden, entry)).collect();
        }
        reply(page);
    }
}

fn read(dir: &std::path::Path, conn: &mut Option<Connection>, wanted: &Wanted) -> Result<Page, Trouble> {
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(schema::open_to_read(dir)?),
    };
    page(conn, wanted)
}

pub(super) fn page(conn: &Connection, wanted: &Wanted) -> Result<Page, Trouble> {
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
