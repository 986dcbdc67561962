//! Which answer waits for which commit: a state machine without disk, channel or clock.
//!
//! Each input's operations get the journal's next number. The answers to that input leave after the commit of the number, behind the
//! earlier updates of their connection ([`super::reply_queue`]). Once the disk fails, waiting answers leave at their turn and say that
//! they are in memory only. A connection on which more than [`limits::QUEUED_REPLIES`] updates wait loses all of them, and has to be closed.

use std::collections::BTreeMap;

use super::reply_queue::{CommitResult, Ready, ReplyQueue, Wait};
use crate::{limits, room::ConnId};

#[cfg(test)]
mod tests;

/// What the journal did with the operations of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The input has no operations.
    Nothing,
    /// The journal promises a commit.
    Promised,
    /// The journal promises none, because the disk fails or too much waits for it. One may come all the same.
    Unpromised,
}

/// The journal behind an input.
#[derive(Clone, Copy, Debug)]
pub struct JournalState {
    /// Number of the last operations that the writer got.
    pub issued: u64,
    /// Whether the disk works and is not stuck.
    pub durable: bool,
    /// Whether the writer got all operations since the start.
    pub whole: bool,
}

/// What the answers to one input may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// They are about what is on disk, once the wait is over.
    After(Wait),
    /// They are about what may never reach the disk, and say so at their turn.
    InMemory,
}

/// What leaves at once after a commit or a failure.
#[derive(Debug)]
pub struct Released<U, R> {
    /// Updates of connections, each connection's in order.
    pub updates: Vec<Ready<U>>,
    /// Answers to HTTP requests.
    pub requests: Vec<(R, CommitResult)>,
}

/// The updates `U` of connections and the answers `R` to HTTP requests that wait.
#[cfg_attr(test, derive(Clone))]
pub struct Durability<U, R> {
    queue: ReplyQueue<U>,
    requests: BTreeMap<u64, Vec<R>>,
    /// Connections to be closed, because too much waited on them.
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

    /// The last value of [`Self::set_durable`].
    pub fn is_durable(&self) -> bool {
        self.durable
    }

    /// Whether everything that was issued is on disk.
    pub fn is_done(&self) -> bool {
        self.queue.committed() >= self.issued
    }

    /// What the answers to an input promise. Those of an input that `repeats` an earlier one are about that one's operations.
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

    /// The wait for everything that was issued so far.
    pub fn issued(&self) -> Wait {
        match self.is_done() {
            true => Wait::Turn,
            false => Wait::Commit(self.issued),
        }
    }

    /// Queues a connection's update. Returns it if it may leave at once.
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

    /// Keeps the answer to an HTTP request until a commit.
    pub fn push_request(&mut self, number: u64, request: R) {
        self.requests.entry(number).or_default().push(request);
    }

    /// Drops what waits on a connection that has ended.
    pub fn forget(&mut self, conn: ConnId) {
        self.queue.forget(conn);
        self.overflowed.retain(|&overflowed| overflowed != conn);
    }

    /// The connections to be closed because too much waited on them. They send nothing until [`Self::forget`].
    pub fn overflowed(&self) -> Vec<ConnId> {
        self.overflowed.clone()
    }

    /// Everything up to this number is on disk.
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

    /// The disk fails, or the server ends before the disk has caught up: no answer waits for a commit any longer.
    pub fn fail(&mut self) -> Released<U, R> {
        let requests = std::mem::take(&mut self.requests).into_values().flatten();
        Released {
            updates: self.queue.fail(),
            requests: requests.map(|request| (request, CommitResult::InMemory)).collect(),
        }
    }

    /// Follows whether the disk works. Returns whether that changed; the caller then calls [`Self::fail`] if it does not.
    pub fn set_durable(&mut self, durable: bool) -> bool {
        std::mem::replace(&mut self.durable, durable) != durable
    }

    /// A page was read: `complete` puts it into the update that waits for it. Returns the updates whose turn it is.
    pub fn fill(&mut self, conn: ConnId, page: u64, complete: impl FnOnce(&mut U)) -> Vec<Ready<U>> {
        self.queue.fill(conn, page, complete)
    }
}
