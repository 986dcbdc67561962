//! Reply queues: for each connection the answers that wait for a commit or a page, and the later updates that wait for these answers. The
//! updates of one connection are sent in the order in which they were queued; connections do not wait for each other. At most `capacity`
//! updates wait on a connection when an answer is added; one more is refused, and the caller closes the connection.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::room::ConnId;

/// The condition for sending an update: only its turn, a commit, or a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Only the sending of earlier updates of the connection.
    Turn,
    /// The store's commit with this number.
    Commit(u64),
    /// The arrival of the page with this number.
    Page(u64),
}

/// Whether the store committed the operations that an answer acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitResult {
    /// The operations are on disk, or there were none.
    Stored,
    /// The operations may never reach the disk; the answer must say so.
    InMemory,
}

/// An update that is ready to be sent, with its connection and outcome.
pub type Ready<U> = (ConnId, U, CommitResult);

/// Error: the connection's reply queue is full.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

#[cfg_attr(test, derive(Clone))]
struct Queued<U> {
    wait: Wait,
    outcome: CommitResult,
    update: U,
}

/// Reply queues of all connections on which an update waits.
#[cfg_attr(test, derive(Clone))]
pub struct ReplyQueue<U> {
    capacity: usize,
    conns: HashMap<ConnId, VecDeque<Queued<U>>>,
    /// Connections whose answers wait for a commit, by the commit's number.
    commits: BTreeMap<u64, Vec<ConnId>>,
    committed: u64,
}

impl<U> ReplyQueue<U> {
    /// Empty reply queues for all connections; at most `capacity` updates wait on one connection.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            conns: HashMap::new(),
            commits: BTreeMap::new(),
            committed: 0,
        }
    }

    /// Whether an update waits on this connection, so that later ones must queue after it.
    pub fn has(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn)
    }

    /// Number of the newest commit that the store has reported; updates that wait for it or earlier ones are ready.
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// Queues an update of a connection until its `wait` is over and all earlier updates of the connection are sent.
    ///
    /// # Errors
    /// The queue is full and the update is an answer; it was not queued.
    pub fn push(&mut self, conn: ConnId, wait: Wait, update: U) -> Result<(), Full> {
        let queue = self.conns.entry(conn).or_default();
        if queue.len() >= self.capacity && wait != Wait::Turn {
            return Err(Full);
        }
        let outcome = CommitResult::Stored;
        queue.push_back(Queued { wait, outcome, update });
        if let Wait::Commit(number) = wait {
            self.commits.entry(number).or_default().push(conn);
        }
        Ok(())
    }

    /// Drops all waiting updates of a closed connection.
    pub fn forget(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
    }

    /// Notes that all operations up to this number are on disk. Returns the updates that are now ready.
    pub fn commit(&mut self, number: u64) -> Vec<Ready<U>> {
        self.committed = self.committed.max(number);
        let later = self.commits.split_off(&(self.committed + 1));
        let reached = std::mem::replace(&mut self.commits, later);
        let mut ready = Vec::new();
        for conn in reached.into_values().flatten() {
            self.advance(conn, &mut ready);
        }
        ready
    }

    /// Ends all waits for commits: each such answer becomes [`CommitResult::InMemory`]. Returns the updates that are now ready.
    pub fn fail(&mut self) -> Vec<Ready<U>> {
        let mut ready = Vec::new();
        for conn in std::mem::take(&mut self.commits).into_values().flatten() {
            for queued in self.conns.get_mut(&conn).into_iter().flatten() {
                if let Wait::Commit(number) = queued.wait
                    && number > self.committed
                {
                    queued.wait = Wait::Turn;
                    queued.outcome = CommitResult::InMemory;
                }
            }
            self.advance(conn, &mut ready);
        }
        ready
    }

    /// Notes that a page was read; `complete` adds it to the waiting answer. Returns the updates that are now ready.
    pub fn fill(&mut self, conn: ConnId, page: u64, complete: impl FnOnce(&mut U)) -> Vec<Ready<U>> {
        let mut ready = Vec::new();
        let mut queue = self.conns.get_mut(&conn).into_iter().flatten();
        if let Some(queued) = queue.find(|queued| queued.wait == Wait::Page(page)) {
            complete(&mut queued.update);
            queued.wait = Wait::Turn;
            self.advance(conn, &mut ready);
        }
        ready
    }

    fn advance(&mut self, conn: ConnId, ready: &mut Vec<Ready<U>>) {
        let Some(queue) = self.conns.get_mut(&conn) else { return };
        let committed = self.committed;
        let is_ready = |queued: &mut Queued<U>| match queued.wait {
            Wait::Turn => true,
            Wait::Commit(number) => number <= committed,
            Wait::Page(_) => false,
        };
        while let Some(queued) = queue.pop_front_if(is_ready) {
            ready.push((conn, queued.update, queued.outcome));
        }
        if queue.is_empty() {
            self.conns.remove(&conn);
        }
    }
}
