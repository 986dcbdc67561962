//! Collects which tasks a write has to wake, and wakes them after the connection's lock is released. At most `limits::LANE_WATCHES` at a time.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering::SeqCst, fence},
    },
    task::{Context, Wake, Waker},
};

use futures_util::task::AtomicWaker;

use super::signals::{LaneId, Signals};
use crate::{limits::LANE_WATCHES, room::CloseReason};

/// Flags of a lane (a connection's outgoing side) that its parts read and set without its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Flag {
    /// The fan-out waits until the socket takes bytes.
    WantsRoom = 1,
    /// The fan-out waits until the library finishes its frame.
    WantsEnd = 1 << 1,
    /// The fan-out wanted to write while the library held the lock, and must be signalled.
    Missed = 1 << 2,
    /// The connection is closed, so nothing more can be sent.
    Gone = 1 << 3,
    /// The fan-out has received the signal `gone`.
    GoneTold = 1 << 4,
    /// Reading from the client is paused.
    Held = 1 << 5,
    /// The stream speaks WebSocket frames.
    Frames = 1 << 6,
    /// The fan-out is closing the lane.
    Closing = 1 << 7,
    /// The server sends a Close frame only in answer to one of the client.
    Bare = 1 << 8,
    /// The client has sent a Close frame.
    PeerCloses = 1 << 9,
    /// The library has dropped the stream, and the owner must end it.
    Left = 1 << 10,
}

/// Wake-ups and signals that a write causes: collected under the lane's lock, sent after it is released.
#[derive(Debug, Default)]
pub(super) struct Notice {
    pub writable: bool,
    pub gone: bool,
    pub matched: heapless::Vec<u64, LANE_WATCHES>,
}

/// Flags and wakers of a lane; also the waker that a lane registers with its socket. Separate from the lane, because a socket that held its
/// own lane would never be dropped.
pub(super) struct Notifications {
    id: LaneId,
    flags: AtomicU16,
    /// While the stream speaks HTTP: whether bytes were written since the last read.
    pub answering: AtomicBool,
    /// Number of reads that returned bytes, modulo 2^32.
    pub reads: AtomicU32,
    signals: OnceLock<Arc<dyn Signals>>,
    /// The library's reading task, which also drives a closing lane.
    pub reader: AtomicWaker,
    /// The library's writing task.
    pub writer: AtomicWaker,
}

impl Notifications {
    pub fn new(id: LaneId) -> Self {
        Self {
            id,
            flags: AtomicU16::new(0),
            answering: AtomicBool::new(false),
            reads: AtomicU32::new(0),
            signals: OnceLock::new(),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
        }
    }

    pub fn id(&self) -> LaneId {
        self.id
    }

    pub fn has(&self, flag: Flag) -> bool {
        self.flags.load(SeqCst) & flag as u16 != 0
    }

    pub fn set(&self, flag: Flag) {
        self.flags.fetch_or(flag as u16, SeqCst);
    }

    /// Clears a flag; returns whether it was set.
    pub fn take(&self, flag: Flag) -> bool {
        // Read first: most flags are clear most of the time, and a load costs less than an exchange.
        self.has(flag) && self.flags.fetch_and(!(flag as u16), SeqCst) & flag as u16 != 0
    }

    pub fn set_signals(&self, signals: Arc<dyn Signals>) {
        if self.signals.set(signals).is_ok() && self.has(Flag::Gone) {
            self.notify_gone();
        }
    }

    /// Notes that nothing more can be sent, and signals it once.
    pub fn gone(&self) {
        self.set(Flag::Gone);
        self.notify_gone();
    }

    /// Asks the owner to close the lane, because its client violated the protocol. False if the lane has no owner that will.
    pub fn refused(&self, reason: CloseReason) -> bool {
        self.signals
            .get()
            .is_some_and(|signals| signals.refused(self.id, reason))
    }

    /// Whether the owner ends the lane after the library has dropped it.
    pub fn owner_ends(&self) -> bool {
        self.signals.get().is_some_and(|signals| signals.ends())
    }

    /// Sends the notices that were collected under the lane's lock. Call after releasing the lock.
    pub fn notify(&self, notice: &Notice) {
        // Pairs with the fence in `Lane::try_lock`: a fan-out that misses the lock finds it free, or this thread sees its flag.
        fence(SeqCst);
        let missed = self.take(Flag::Missed);
        if notice.gone {
            self.gone();
        }
        if let Some(signals) = self.signals.get() {
            for token in &notice.matched {
                signals.matched(self.id, *token);
            }
            if notice.writable || missed {
                signals.writable(self.id);
            }
        }
    }

    fn notify_gone(&self) {
        if let Some(signals) = self.signals.get()
            && self.flags.fetch_or(Flag::GoneTold as u16, SeqCst) & Flag::GoneTold as u16 == 0
        {
            signals.gone(self.id);
        }
    }
}

/// Called when the socket takes bytes again: wakes the library first, then signals the fan-out.
impl Wake for Notifications {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The library goes first: its heartbeat needs a turn on a connection that the fan-out keeps full.
        self.writer.wake();
        if self.has(Flag::Closing) {
            self.reader.wake();
        }
        if self.take(Flag::WantsRoom)
            && let Some(signals) = self.signals.get()
        {
            signals.writable(self.id);
        }
    }
}

/// Runs `f` with the context in which a lane waits for its socket.
pub(super) fn with_context<R>(notifications: &Arc<Notifications>, f: impl FnOnce(&mut Context<'_>) -> R) -> R {
    f(&mut Context::from_waker(&Waker::from(notifications.clone())))
}
