//! Back-pressure on one connection's reading: what it has asked and what waits to be answered are bounded together.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
};

use tokio::sync::Notify;

use super::lane::Lane;
use crate::limits::{GATE_HIGH, GATE_LOW};

/// Counts one connection's inputs between its socket and their answers, and stops the socket's reading while there are too many,
/// or while its queue of direct frames is long. A session on polling is held by its payload's answer instead.
#[derive(Default)]
pub struct Gate {
    in_flight: AtomicU32,
    queue_long: AtomicBool,
    lane: OnceLock<Arc<Lane>>,
    eased: Notify,
}

impl Gate {
    /// The socket that is read for this connection from now on.
    pub fn set_lane(&self, lane: Arc<Lane>) {
        // A second lane of the same connection does not exist: a session upgrades once.
        let _ = self.lane.set(lane);
        self.settle();
    }

    /// Resolves when little is on its way and little waits.
    pub async fn eased(&self) {
        loop {
            let eased = self.eased.notified();
            if !self.wants_hold() {
                return;
            }
            eased.await;
        }
    }

    /// An input is handed to the inbox.
    pub fn enter(&self) {
        if self.in_flight.fetch_add(1, SeqCst) + 1 >= GATE_HIGH {
            self.settle();
        }
    }

    /// An input is handled and its answer queued.
    pub fn leave(&self) {
        if self.in_flight.fetch_sub(1, SeqCst) == GATE_LOW + 1 {
            self.settle();
        }
    }

    /// The queue of direct frames became long, or short again.
    pub fn queue_long(&self, long: bool) {
        if self.queue_long.swap(long, SeqCst) != long {
            self.settle();
        }
    }

    fn wants_hold(&self) -> bool {
        self.queue_long.load(SeqCst) || self.in_flight.load(SeqCst) > GATE_LOW
    }

    /// Sets the lane to what the counters say. Other threads may change them meanwhile, so it looks again until they agree.
    fn settle(&self) {
        loop {
            let hold = self.wants_hold();
            if let Some(lane) = self.lane.get() {
                lane.hold(hold);
            }
            if !hold {
                self.eased.notify_waiters();
            }
            if self.wants_hold() == hold {
                return;
            }
        }
    }
}
