//! The one thread that writes: it commits in groups, and tries again for as long as it can't.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OptionalExtension};

use super::{
    Event, Op, Trouble,
    rest::Rest,
    retain,
    rows::{self, Rows},
    schema,
};
use crate::{
    limits::{self, Limits},
    room::{Epoch, Lives, RoomName},
};

/// What the driver sends.
pub(super) enum Job {
    /// What one input made, to be stored whole or not at all.
    Write { number: u64, ops: Vec<Op> },
    /// Everything is to go.
    Wipe { number: u64 },
    /// Nothing follows; whether everything that was broadcast was sent here.
    End { whole: bool },
}

/// What is to be written before anything else.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// New lives of rooms that can't go on with the ones they had.
    pub(super) lives: Vec<(i64, Lives)>,
}

/// See the module.
pub(super) struct Writer {
    pub(super) dir: PathBuf,
    pub(super) limits: Limits,
    /// None while the file can't be opened.
    pub(super) conn: Option<Connection>,
    /// None once it is done.
    pub(super) setup: Option<Setup>,
    /// It is of a later version: never to be touched.
    pub(super) refused: bool,
    pub(super) jobs: Receiver<Job>,
    pub(super) events: tokio::sync::mpsc::Sender<Event>,
    /// Pages in the write-ahead log, told by SQLite after each commit.
    wal_pages: Arc<AtomicUsize>,
    rooms: HashMap<RoomName, (i64, Epoch)>,
    waiting: Vec<Job>,
    failing: bool,
    /// Something that was broadcast is not here.
    holes: bool,
    rest: Rest,
    retained: Instant,
    clock: retain::Clock,
    wipe_told: bool,
    /// Everything was removed, but somebody who reads the file keeps it from being overwritten.
    erasing: bool,
    /// Entries that are not in the index of places, or not any more at all.
    unplaced: usize,
    totals: Totals,
}

/// What was written, for whoever wants to know how the disk is used.
#[derive(Default)]
struct Totals {
    entries: usize,
    commits: usize,
    pages: usize,
}

impl Writer {
    pub(super) fn new(
        dir: PathBuf,
        limits: Limits,
        loaded: (Option<Connection>, Option<Setup>, bool),
        jobs: Receiver<Job>,
        events: tokio::sync::mpsc::Sender<Event>,
    ) -> Self {
        let (conn, setup, refused) = loaded;
        let mut writer = Self {
            dir,
            limits,
            conn: None,
            setup,
            refused,
            jobs,
            events,
            wal_pages: Arc::default(),
            rooms: HashMap::new(),
            waiting: Vec::new(),
            failing: false,
            holes: false,
            rest: Rest::new(Instant::now()),
            retained: Instant::now(),
            clock: retain::Clock::start(),
            wipe_told: false,
            erasing: false,
            unplaced: 0,
            totals: Totals::default(),
        };
        writer.adopt(conn);
        writer
    }

    /// Until the driver ends it, or is gone.
    pub(super) fn run(mut self) {
        if self.setup.is_some() {
            self.try_commit();
        }
        loop {
            let patience = Duration::from_millis(if self.failing {
                limits::STORE_RETRY_MS
            } else {
                limits::STORE_IDLE_MS
            });
            match self.jobs.recv_timeout(patience) {
                Ok(job) => self.waiting.push(job),
                Err(RecvTimeoutError::Timeout) => {
                    if self.failing {
                        self.try_commit();
                    } else {
                        self.look_after();
                    }
                    continue;
                }
                // Without an end in order the file stays marked as such.
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.gather();
            let end = self.waiting.iter().find_map(|job| match job {
                Job::End { whole } => Some(*whole),
                _ => None,
            });
            if !self.failing || end.is_some() {
                self.try_commit();
            }
            if let Some(whole) = end {
                self.end(whole);
                return;
            }
            if self.retained.elapsed() > Duration::from_millis(limits::STORE_RETAIN_MS) {
                self.look_after();
            }
        }
    }

    /// Takes what has come, and what comes until the card has rested: the more was written, the longer.
    fn gather(&mut self) {
        loop {
            while let Ok(job) = self.jobs.try_recv() {
                self.waiting.push(job);
            }
            if self.waiting.iter().any(|job| !matches!(job, Job::Write { .. })) {
                return;
            }
            let rest = self.rest.left(Instant::now());
            if rest.is_zero() {
                return;
            }
            match self.jobs.recv_timeout(rest) {
                Ok(job) => self.waiting.push(job),
                Err(_) => return,
            }
        }
    }

    /// Commits everything that waits, and says so; or says that it could not, and keeps it.
    fn try_commit(&mut self) {
        if self.refused {
            self.waiting.clear();
            self.fail(None);
            return;
        }
        let committed = match self.commit() {
            Err(Trouble::Corrupt(what)) => {
                self.replace_file(&what);
                self.commit()
            }
            other => other,
        };
        match committed {
            Ok(()) => {
                let last = self.waiting.iter().rev().find_map(|job| match job {
                    Job::Write { number, .. } | Job::Wipe { number } => Some(*number),
                    Job::End { .. } => None,
                });
                self.waiting.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::warn!("messages are stored again");
                    self.tell(Event::Working);
                }
                if let Some(number) = last {
                    self.tell(Event::Committed(number));
                }
                self.settle(limits::STORE_UNPLACED_MOST);
                if self.wal_pages.load(Ordering::Relaxed) > limits::STORE_WAL_PAGES {
                    self.checkpoint("PASSIVE");
                }
            }
            Err(trouble) => {
                // What the connection believes of the file may be wrong now; the next try begins with a new one.
                self.adopt(None);
                self.fail(Some(&trouble));
            }
        }
    }

    fn fail(&mut self, why: Option<&Trouble>) {
        if !self.failing
            && let Some(why) = why
        {
            tracing::error!("messages can't be stored, the rooms go on in memory: {why}");
        }
        self.failing = true;
        self.tell(Event::Failing);
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        if self.conn.is_none() {
            let conn = schema::open(&self.dir)?;
            self.adopt(Some(conn));
        }
        let before = self.wal_pages.load(Ordering::Relaxed);
        let Some(conn) = &mut self.conn else { return Ok(()) };
        let change = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if let Some(setup) = &self.setup {
            rows::apply_setup(&change, setup)?;
        }
        let mut made = Rows {
            change: &change,
            rooms: &mut self.rooms,
        };
        if self.failing {
            let ops = self.waiting.iter().flat_map(|job| match job {
                Job::Write { ops, .. } => ops.as_slice(),
                Job::Wipe { .. } | Job::End { .. } => &[],
            });
            made.forget(ops)?;
        }
        for job in &self.waiting {
            match job {
                Job::Write { ops, .. } => ops.iter().try_for_each(|op| made.write(op))?,
                Job::Wipe { .. } => made.wipe()?,
                Job::End { .. } => {}
            }
        }
        let wiped = self.waiting.iter().any(|job| matches!(job, Job::Wipe { .. }));
        change.commit()?;
        self.setup = None;
        self.written_since(before);
        let entries = self.waiting.iter().map(|job| match job {
            Job::Write { ops, .. } => ops.iter().filter(|op| matches!(op, Op::Append(_))).count(),
            Job::Wipe { .. } | Job::End { .. } => 0,
        });
        let entries = entries.sum::<usize>();
        self.totals.entries += entries;
        self.unplaced += entries;
        if wiped {
            self.wipe_told = false;
            retain::shrink(self.conn.as_ref().expect("it was there for the commit"), 0)?;
            self.erasing = !self.checkpoint("TRUNCATE");
        }
        Ok(())
    }

    /// After a commit that began when the log had so many pages.
    fn written_since(&mut self, before: usize) {
        let after = self.wal_pages.load(Ordering::Relaxed);
        // The log begins anew now and then.
        let pages = if after < before { after } else { after - before };
        self.rest.wrote(pages, Instant::now());
        self.totals.pages += pages;
        self.totals.commits += 1;
    }

    /// Puts what was written lately into the index of places, if there is enough of it.
    fn settle(&mut self, least: usize) {
        let Some(conn) = &self.conn else { return };
        if self.unplaced < least {
            return;
        }
        let before = self.wal_pages.load(Ordering::Relaxed);
        let settled = conn
            .unchecked_transaction()
            .and_then(|change| schema::settle(&change).and_then(|()| change.commit()));
        match settled {
            Ok(()) => {
                self.unplaced = 0;
                self.written_since(before);
            }
            Err(error) => tracing::warn!(%error, "the index of messages could not be brought up to date"),
        }
    }

    /// Takes over a connection, or closes the one that is there.
    fn adopt(&mut self, conn: Option<Connection>) {
        self.rooms.clear();
        self.conn = conn;
        let pages = self.wal_pages.clone();
        if let Some(conn) = &mut self.conn {
            let hook = move |_: &mut rusqlite::hooks::Wal, now: i32| {
                pages.store(usize::try_from(now).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            };
            if let Err(error) = conn.wal_hook(Some(hook)) {
                tracing::debug!(%error, "the log's length is not told");
            }
        }
    }

    /// A damaged file makes way: what it had is lost to this run, not to whoever looks into it later.
    fn replace_file(&mut self, what: &str) {
        self.adopt(None);
        self.holes = true;
        self.setup = Some(Setup::default());
        match schema::set_aside(&self.dir) {
            Ok(name) => {
                tracing::error!("the stored messages are damaged ({what}); the file is now {name}, a new one is begun")
            }
            Err(error) => tracing::error!(%error, "the stored messages are damaged ({what}), and can't be set aside"),
        }
    }

    /// What is done while nothing else is: the log is brought into the file, old entries go, a wish to wipe is heard.
    fn look_after(&mut self) {
        self.retained = Instant::now();
        self.settle(limits::STORE_UNPLACED);
        let Some(conn) = &mut self.conn else { return };
        let wish = "SELECT 1 FROM meta WHERE key = 'wipe'";
        if !self.wipe_told
            && conn
                .query_row(wish, [], |_| Ok(()))
                .optional()
                .is_ok_and(|wish| wish.is_some())
        {
            self.wipe_told = true;
            self.tell(Event::WipeWanted);
            return;
        }
        match retain::look(conn, &self.limits, &mut self.clock) {
            Ok(pruned) => {
                for (room, epoch, oldest) in pruned {
                    self.tell(Event::Pruned { room, epoch, oldest });
                }
            }
            Err(error) => tracing::warn!(%error, "old messages could not be removed"),
        }
        if self.wal_pages.load(Ordering::Relaxed) > limits::STORE_WAL_PAGES / 2 {
            self.checkpoint("PASSIVE");
        }
        if self.erasing {
            self.erasing = !self.checkpoint("TRUNCATE");
        }
    }

    /// Whether all of the log is in the file now. Waits for nobody who reads: what is to be stored must not wait either.
    fn checkpoint(&self, mode: &str) -> bool {
        let Some(conn) = &self.conn else { return false };
        let patience = |ms| conn.busy_timeout(Duration::from_millis(ms));
        let done = patience(0).and_then(|()| schema::checkpoint(conn, mode));
        let done = patience(limits::STORE_BUSY_MS).and(done);
        done.unwrap_or_else(|error| {
            tracing::warn!(%error, "the log could not be brought into the file");
            false
        })
    }

    /// Marks the file as one that nothing is missing from, if that is so.
    fn end(&mut self, whole: bool) {
        let whole = whole && !self.failing && !self.holes;
        let Some(conn) = &self.conn else { return };
        if whole && let Err(error) = conn.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)", []) {
            tracing::warn!(%error, "the end could not be noted");
        }
        self.checkpoint("TRUNCATE");
        let Totals {
            entries,
            commits,
            pages,
        } = self.totals;
        tracing::info!(entries, commits, pages, "the store is closed");
    }

    fn tell(&self, event: Event) {
        // Nobody listens any more once the server stops.
        let _ = self.events.blocking_send(event);
    }
}
