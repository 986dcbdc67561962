//! Backpressure: the server stops reading from a connection whose client has [`GATE_HIGH`] unanswered commands, or a long queue of direct
//! messages, and reads again once both are short.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
};

use tokio::sync::Notify;

use super::lane::Lane;
use crate::limits::{GATE_HIGH, GATE_LOW};

/// Counts one connection's commands that are not answered yet, and stops reading from its WebSocket while there are many. A polling session is
/// slowed by delaying the answers to its posts.
#[derive(Default)]
pub struct Backpressure {
    in_flight: AtomicU32,
    queue_long: AtomicBool,
    lane: OnceLock<Arc<Lane>>,
    eased: Notify,
}

impl Backpressure {
    /// Sets the lane of the connection's WebSocket, on which reading is paused and resumed from then on.
    pub fn set_lane(&self, lane: Arc<Lane>) {
        // A session upgrades once, so there is no second lane.
        let _ = self.lane.set(lane);
        self.update_lane();
    }

    /// Waits until few commands are in flight and the queue of direct messages is short.
    pub async fn eased(&self) {
        loop {
            let eased = self.eased.notified();
            if !self.wants_hold() {
                return;
            }
            eased.await;
        }
    }

    /// Counts a command on its way to the driver's inbox.
    pub fn enter(&self) {
        if self.in_flight.fetch_add(1, SeqCst) + 1 >= GATE_HIGH {
            self.update_lane();
        }
    }

    /// Uncounts a command whose answer is queued.
    pub fn leave(&self) {
        if self.in_flight.fetch_sub(1, SeqCst) == GATE_LOW + 1 {
            self.update_lane();
        }
    }

    /// Notes that the queue of direct messages is long, or short again.
    pub fn queue_long(&self, long: bool) {
        if self.queue_long.swap(long, SeqCst) != long {
            self.update_lane();
        }
    }

    fn wants_hold(&self) -> bool {
        self.queue_long.load(SeqCst) || self.in_flight.load(SeqCst) > GATE_LOW
    }

    /// Pauses or resumes reading on the lane according to the counters. Other threads change the counters meanwhile, so this repeats until lane and
    /// counters agree.
    fn update_lane(&self) {
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
