//! The store's writing thread: commits operations to the database in groups, and retries while the disk fails. The
//! [journal](super::Journal) bounds its queue.

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

use rusqlite::Connection;

use super::{
    StoreError,
    copies::erase_copies,
    journal,
    op::{Event, Job, Op, Setup},
    retain,
    rows::{self, Rows},
    schema,
    sizes::Sizes,
    write_budget::WriteBudget,
};
use crate::{
    limits::{self, Limits},
    room::{Epoch, RoomName},
};

/// State of the writer's thread.
pub(super) struct Writer {
    pub(super) dir: PathBuf,
    pub(super) limits: Limits,
    /// Connection to the database; `None` while the file can't be opened.
    pub(super) conn: Option<Connection>,
    /// Rows to write before the first job; `None` once they are committed.
    pub(super) setup: Option<Setup>,
    /// Whether the file has another schema version, so that it is never changed.
    pub(super) refused: bool,
    pub(super) jobs: Receiver<Job>,
    pub(super) events: tokio::sync::mpsc::Sender<Event>,
    /// Length of the write-ahead log in pages, as SQLite reported after the last commit.
    pub(super) wal_pages: Arc<AtomicUsize>,
    rooms: HashMap<RoomName, (i64, Epoch)>,
    waiting: Vec<Job>,
    failing: bool,
    /// Whether broadcast entries are missing from the file.
    holes: bool,
    budget: WriteBudget,
    pub(super) retained: Instant,
    pub(super) clock: retain::Clock,
    pub(super) sizes: Sizes,
    pub(super) wipe_announced: bool,
    /// Whether a committed wipe still has to overwrite the old data, because a reader prevents that.
    pub(super) erasing: bool,
    /// Number of entries committed since the index by room and number was last updated.
    unindexed: usize,
    totals: Totals,
}

/// Totals since the start, logged at the end.
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
            budget: WriteBudget::new(Instant::now()),
            retained: Instant::now(),
            clock: retain::Clock::start(),
            sizes: Sizes::default(),
            wipe_announced: false,
            erasing: false,
            unindexed: 0,
            totals: Totals::default(),
        };
        writer.set_connection(conn);
        writer
    }

    /// Commits jobs and does maintenance until [`Job::End`], or until the driver has ended.
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
                        self.maintain();
                    }
                    continue;
                }
                // Without `Job::End` the file gets no clean mark.
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.gather();
            let end = self.waiting.iter().find_map(|job| match job {
                Job::End { whole } => Some(*whole),
                Job::Write { .. } | Job::Wipe { .. } => None,
            });
            if !self.failing || end.is_some() {
                self.try_commit();
            }
            if let Some(whole) = end {
                self.end(whole);
                return;
            }
            if self.retained.elapsed() > Duration::from_millis(limits::STORE_RETAIN_MS) {
                self.maintain();
            }
        }
    }

    /// Collects jobs until the write budget allows a commit. Large groups and admin commands are committed at once.
    fn gather(&mut self) {
        loop {
            while let Ok(job) = self.jobs.try_recv() {
                self.waiting.push(job);
            }
            if self.waiting.iter().any(|job| !matches!(job, Job::Write { .. })) || journal::is_urgent(&self.waiting) {
                return;
            }
            let wait = self.budget.left(Instant::now());
            if wait.is_zero() {
                return;
            }
            match self.jobs.recv_timeout(wait) {
                Ok(job) => self.waiting.push(job),
                Err(_) => return,
            }
        }
    }

    /// Commits all collected jobs and reports it. After an error the jobs stay for the next try.
    fn try_commit(&mut self) {
        if self.refused {
            self.waiting.clear();
            self.fail(None);
            return;
        }
        let mut committed = self.commit();
        if let Err(StoreError::Corrupt(what)) = &committed {
            self.replace_file(what);
            committed = self.commit();
        }
        match committed {
            Ok(hidden_older) => {
                // Before the commit is reported: the answer to the command finds the hub's list complete.
                hidden_older.into_iter().for_each(|event| self.send_event(event));
                let last = self.waiting.iter().rev().find_map(|job| match job {
                    Job::Write { number, .. } | Job::Wipe { number } => Some(*number),
                    Job::End { .. } => None,
                });
                self.waiting.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::warn!("store: the disk works again; new messages of all rooms are stored");
                    self.send_event(Event::Working);
                }
                if let Some(number) = last {
                    self.send_event(Event::Committed(number));
                }
                self.index_entries(limits::STORE_UNPLACED_MOST);
                self.enforce_limit();
                if self.wal_pages.load(Ordering::Relaxed) > limits::STORE_WAL_PAGES {
                    self.checkpoint("PASSIVE");
                }
            }
            Err(error) => {
                // The connection's state may not match the file any more: the next try opens a new one.
                self.set_connection(None);
                self.fail(Some(&error));
            }
        }
    }

    fn fail(&mut self, why: Option<&StoreError>) {
        if !self.failing
            && let Some(why) = why
        {
            tracing::error!(
                "store: a commit failed; rooms continue in memory, and nothing is stored until the disk works: {why}. Check the disk"
            );
        }
        self.failing = true;
        self.send_event(Event::Failing);
    }

    /// Commits all collected jobs. Returns the events about hidden entries that the hub does not have.
    fn commit(&mut self) -> Result<Vec<Event>, StoreError> {
        if self.conn.is_none() {
            let conn = schema::open(&self.dir)?;
            self.set_connection(Some(conn));
        }
        let before = self.wal_pages.load(Ordering::Relaxed);
        let Some(conn) = &mut self.conn else {
            return Ok(Vec::new());
        };
        let change = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if let Some(setup) = &self.setup {
            rows::apply_setup(&change, setup)?;
        }
        let mut made = Rows {
            change: &change,
            rooms: &mut self.rooms,
            hidden_older: Vec::new(),
        };
        if self.failing {
            made.forget(self.waiting.iter().flat_map(Job::ops))?;
        }
        for job in &self.waiting {
            match job {
                Job::Write { ops, .. } => ops.iter().try_for_each(|op| made.write(op))?,
                Job::Wipe { .. } => {
                    erase_copies(&self.dir).map_err(|error| StoreError::Unwritable(error.to_string()))?;
                    made.wipe()?;
                }
                Job::End { .. } => {}
            }
        }
        let hidden_older = made.hidden_older;
        let wiped = self.waiting.iter().any(|job| matches!(job, Job::Wipe { .. }));
        let amended = self.waiting.iter().flat_map(Job::ops);
        let amended = amended.filter(|op| matches!(op, Op::Amend(_))).count() > 0;
        change.commit()?;
        self.setup = None;
        self.record_commit(before);
        for op in self.waiting.iter().flat_map(Job::ops) {
            let Op::Append(entry) = op else { continue };
            self.totals.entries += 1;
            self.unindexed += 1;
            if let Some((room, _)) = self.rooms.get(&entry.room) {
                self.sizes.add(*room, entry);
            }
        }
        if wiped {
            self.sizes.forget();
            self.wipe_announced = false;
            retain::shrink(self.conn.as_ref().expect("it was there for the commit"), 0)?;
            self.erasing = !self.checkpoint("TRUNCATE");
        } else if amended {
            // The write-ahead log still has the pages with the old texts.
            self.erasing = !self.checkpoint("TRUNCATE");
        }
        Ok(hidden_older)
    }

    /// Charges a commit to the write budget; `before` is the length of the write-ahead log before the commit.
    fn record_commit(&mut self, before: usize) {
        let after = self.wal_pages.load(Ordering::Relaxed);
        // A checkpoint restarts the log.
        let pages = if after < before { after } else { after - before };
        self.budget.wrote(pages, Instant::now());
        self.totals.pages += pages;
        self.totals.commits += 1;
    }

    /// Adds entries that are not indexed yet to the index by room and number, if there are at least `least`.
    pub(super) fn index_entries(&mut self, least: usize) {
        let Some(conn) = &self.conn else { return };
        if self.unindexed < least {
            return;
        }
        let before = self.wal_pages.load(Ordering::Relaxed);
        let settled = conn
            .unchecked_transaction()
            .and_then(|change| schema::index_entries(&change).and_then(|()| change.commit()));
        match settled {
            Ok(()) => {
                self.unindexed = 0;
                self.record_commit(before);
            }
            Err(error) => {
                tracing::warn!(%error, "store: the newest messages are stored, but not in the index that older messages are listed by; retrying")
            }
        }
    }

    /// Replaces the database connection; `None` closes it.
    fn set_connection(&mut self, conn: Option<Connection>) {
        self.rooms.clear();
        self.sizes.forget();
        self.conn = conn;
        let pages = self.wal_pages.clone();
        if let Some(conn) = &mut self.conn {
            let hook = move |_: &mut rusqlite::hooks::Wal, now: i32| {
                pages.store(usize::try_from(now).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            };
            if let Err(error) = conn.wal_hook(Some(hook)) {
                tracing::debug!(%error, "store: SQLite can't report the length of its write-ahead log, so the log may grow until the server stops");
            }
        }
    }

    /// Quarantines a damaged file and starts a new one. The damaged file stays for manual recovery.
    fn replace_file(&mut self, what: &str) {
        self.set_connection(None);
        self.holes = true;
        self.setup = Some(Setup::default());
        schema::quarantine(&self.dir, what);
    }

    /// Checkpoints the write-ahead log without waiting for readers, so that commits do not wait. Returns whether all of it is in the file.
    pub(super) fn checkpoint(&self, mode: &str) -> bool {
        let Some(conn) = &self.conn else { return false };
        let patience = |ms| conn.busy_timeout(Duration::from_millis(ms));
        let done = patience(0).and_then(|()| schema::checkpoint(conn, mode));
        let done = patience(limits::STORE_BUSY_MS).and(done);
        done.unwrap_or_else(|error| {
            tracing::warn!(%error, "store: the write-ahead log can't be moved into the database; the log grows until a retry succeeds. If this line repeats, check the disk");
            false
        })
    }

    /// Marks the file as clean if no entries are missing, and closes it.
    fn end(&mut self, whole: bool) {
        let whole = whole && !self.failing && !self.holes;
        let Some(conn) = &self.conn else { return };
        if whole && let Err(error) = conn.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)", []) {
            tracing::warn!(%error, "store: the database can't be marked as cleanly closed, so the next start checks it as after a crash");
        }
        self.checkpoint("TRUNCATE");
        let Totals {
            entries,
            commits,
            pages,
        } = self.totals;
        tracing::info!(
            entries,
            commits,
            pages,
            "store: the database is closed; the fields are totals of this run"
        );
    }

    pub(super) fn send_event(&self, event: Event) {
        // The receiver is gone once the server stops.
        let _ = self.events.blocking_send(event);
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
