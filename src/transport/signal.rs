//! Signal queues: a connection on any thread notifies the worker that serves it, for example when its socket takes bytes again. A lane (a
//! connection's outgoing queue and socket) has at most one `Writable` queued, which
//! bounds the queue.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::lane::{LaneId, Signals};
use crate::room::{CloseReason, ConnId};

/// A signal to a worker's fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A connection whose socket was full may take bytes again.
    Writable(LaneId),
    /// The last frame that the library writes for the connection has left, so the fan-out takes over the writing.
    Opened(ConnId),
    /// The client has closed the connection of this lane.
    Gone(LaneId),
    /// The client of a lane violated the protocol, and is closed with this reason.
    Refused(LaneId, CloseReason),
    /// The client of a polling session violated the protocol, and is closed with this reason.
    Broke(ConnId, CloseReason),
    /// A Socket.IO socket has its CONNECT answer, so the library may emit to it.
    Connected(ConnId),
    /// A stream's channel or a polling session's buffer has room again.
    Room(ConnId),
}

/// The queue of signals to one worker's fan-out, and the notification that wakes it.
#[derive(Default)]
pub struct SignalQueue {
    signals: Mutex<Vec<Signal>>,
    notify: Notify,
}

impl SignalQueue {
    /// Queues a signal and wakes the worker.
    pub fn push(&self, signal: Signal) {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner).push(signal);
        self.notify.notify_one();
    }

    /// Waits until a signal is queued.
    pub async fn notified(&self) {
        self.notify.notified().await;
    }

    /// Swaps the queued signals, in order, with the buffer `into`, which is cleared first.
    pub fn take(&self, into: &mut Vec<Signal>) {
        into.clear();
        std::mem::swap(&mut *self.signals.lock().unwrap_or_else(PoisonError::into_inner), into);
    }
}

impl Signals for SignalQueue {
    fn writable(&self, lane: LaneId) {
        self.push(Signal::Writable(lane));
    }

    fn matched(&self, _: LaneId, token: u64) {
        self.push(Signal::Opened(ConnId(token)));
    }

    fn gone(&self, lane: LaneId) {
        self.push(Signal::Gone(lane));
    }

    fn refused(&self, lane: LaneId, reason: CloseReason) -> bool {
        self.push(Signal::Refused(lane, reason));
        true
    }

    fn ends(&self) -> bool {
        true
    }
}
