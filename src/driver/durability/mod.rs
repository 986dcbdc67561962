//! Decides which answer waits for which commit: a state machine without disk, channel or clock. At most [`limits::QUEUED_REPLIES`] updates
//! of a connection wait.
//!
//! Each input's operations get the journal's next number. The answers to that input are sent after the commit of the number, after the
//! earlier updates of their connection ([`super::reply_queue`]). Once the disk fails, waiting answers are sent in order and say that they
//! are in memory only. A connection with more than [`limits::QUEUED_REPLIES`] waiting updates loses them and must be closed.

use std::collections::BTreeMap;

use super::reply_queue::{CommitResult, Ready, ReplyQueue, Wait};
use crate::{limits, room::ConnId};

#[cfg(test)]
mod tests;

/// The journal's handling of the operations of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The input has no operations.
    Nothing,
    /// The journal promises to commit them.
    Promised,
    /// The journal promises no commit, because the disk fails or its queue is full. They may be committed nevertheless.
    Unpromised,
}

/// The state of the journal after an input.
#[derive(Clone, Copy, Debug)]
pub struct JournalState {
    /// Number of the newest operations that were sent to the writer.
    pub issued: u64,
    /// Whether the disk works and does not hang.
    pub durable: bool,
    /// Whether the writer received all operations since the start.
    pub whole: bool,
}

/// The durability that answers to one input may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The driver holds the answers back until `Wait` has ended; then everything that they acknowledge is on disk.
    After(Wait),
    /// The acknowledged operations may never reach the disk; the answers say so.
    InMemory,
}

/// Updates and answers that can be sent after a commit or a failure.
#[derive(Debug)]
pub struct Released<U, R> {
    /// Updates of connections, in order for each connection.
    pub updates: Vec<Ready<U>>,
    /// Answers to HTTP requests, with their outcome.
    pub requests: Vec<(R, CommitResult)>,
}

/// The waiting updates `U` of connections and answers `R` to HTTP requests.
#[cfg_attr(test, derive(Clone))]
pub struct Durability<U, R> {
    queue: ReplyQueue<U>,
    requests: BTreeMap<u64, Vec<R>>,
    /// Connections to close, because too many updates waited on them.
    overflowed: Vec<ConnId>,
    issued: u64,
    durable: bool,
}

impl<U, R> Default for Durability<U, R> {
    fn default() -> Self {
        Self::new(limits::QUEUED_REPLIES)
    }
}

impl<U, R> Durability<U, R> {
    fn new(capacity: usize) -> Self {
        Self {
            queue: ReplyQueue::new(capacity),
            requests: BTreeMap::new(),
            overflowed: Vec::new(),
            issued: 0,
            durable: true,
        }
    }

    /// Whether the disk works, by the last [`Self::set_durable`].
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Whether all operations are on disk.
    pub fn is_done(&self) -> bool {
        self.queue.committed() >= self.issued
    }

    /// The durability that answers to an input may promise. The answers to a repeated input (`repeats`) refer to the operations of the earlier one.
    pub fn promise(&mut self, written: Written, repeats: bool, journal: JournalState) -> Promise {
        self.issued = journal.issued;
        match written {
            Written::Promised => Promise::After(Wait::Commit(self.issued)),
            Written::Unpromised => Promise::InMemory,
            Written::Nothing if !repeats => Promise::After(Wait::Turn),
            Written::Nothing if !journal.durable || !journal.whole => Promise::InMemory,
            Written::Nothing => Promise::After(self.issued()),
        }
    }

    /// The wait for a commit of all operations so far.
    pub fn issued(&self) -> Wait {
        match self.is_done() {
            true => Wait::Turn,
            false => Wait::Commit(self.issued),
        }
    }

    /// Queues a connection's update; returns it if it may be sent at once.
    pub fn push(&mut self, conn: ConnId, wait: Wait, update: U) -> Option<U> {
        if self.overflowed.contains(&conn) {
            return None;
        }
        if wait == Wait::Turn && !self.queue.has(conn) {
            return Some(update);
        }
        if self.queue.push(conn, wait, update).is_err() {
            self.queue.forget(conn);
            self.overflowed.push(conn);
        }
        None
    }

    /// Holds the answer to an HTTP request until commit `number`.
    pub fn push_request(&mut self, number: u64, request: R) {
        self.requests.entry(number).or_default().push(request);
    }

    /// Drops the updates of a closed connection.
    pub fn forget(&mut self, conn: ConnId) {
        self.queue.forget(conn);
        self.overflowed.retain(|&overflowed| overflowed != conn);
    }

    /// Connections to close because too many updates waited on them. They send nothing until [`Self::forget`].
    pub fn overflowed(&self) -> Vec<ConnId> {
        self.overflowed.clone()
    }

    /// Notes that all operations up to this number are on disk; returns what can be sent now.
    pub fn commit(&mut self, number: u64) -> Released<U, R> {
        let updates = self.queue.commit(number);
        let later = self.requests.split_off(&(self.queue.committed() + 1));
        let reached = std::mem::replace(&mut self.requests, later);
        let requests = reached.into_values().flatten();
        Released {
            updates,
            requests: requests.map(|request| (request, CommitResult::Stored)).collect(),
        }
    }

    /// Ends all waits for commits, because the disk fails, or because the server ends first; returns what can be sent now.
    pub fn fail(&mut self) -> Released<U, R> {
        let requests = std::mem::take(&mut self.requests).into_values().flatten();
        Released {
            updates: self.queue.fail(),
            requests: requests.map(|request| (request, CommitResult::InMemory)).collect(),
        }
    }

    /// Sets whether the disk works. Returns whether that changed; if it stopped working, the caller then calls [`Self::fail`].
    pub fn set_durable(&mut self, durable: bool) -> bool {
        std::mem::replace(&mut self.durable, durable) != durable
    }

    /// Notes that a page was read; `complete` adds it to the waiting answer. Returns the updates that are now ready.
    pub fn fill(&mut self, conn: ConnId, page: u64, complete: impl FnOnce(&mut U)) -> Vec<Ready<U>> {
        self.queue.fill(conn, page, complete)
    }
}
