//! What a worker is told by its lanes and sessions, from whatever thread: a list and a bell.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::lane::{LaneId, Signals};
use crate::room::ConnId;

/// One piece of news. Each lane has at most one `Writable` on its way, so the list is bounded by the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A lane that was full may be tried again.
    Writable(LaneId),
    /// What the connection waited for has passed through its lane: the lane is the fan-out's from now on.
    Opened(ConnId),
    /// A lane's peer is gone.
    Gone(LaneId),
    /// A Socket.IO socket has its CONNECT answer, so it may be emitted to.
    Connected(ConnId),
    /// A connection that is fed through a channel or a polling answer has room again.
    Room(ConnId),
}

/// A worker's list of news.
#[derive(Default)]
pub struct Board {
    news: Mutex<Vec<Signal>>,
    bell: Notify,
}

impl Board {
    /// Adds one and rings.
    pub fn post(&self, signal: Signal) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).push(signal);
        self.bell.notify_one();
    }

    /// Waits until something was posted.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Takes all of it, in order; `into` is given back for the next use.
    pub fn take(&self, into: &mut Vec<Signal>) {
        into.clear();
        std::mem::swap(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}

impl Signals for Board {
    fn writable(&self, lane: LaneId) {
        self.post(Signal::Writable(lane));
    }

    fn passed(&self, _: LaneId, mark: u64) {
        self.post(Signal::Opened(ConnId(mark)));
    }

    fn gone(&self, lane: LaneId) {
        self.post(Signal::Gone(lane));
    }
}
