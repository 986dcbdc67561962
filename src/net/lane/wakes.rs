//! Who is to be told what, and when: the library's tasks, and the fan-out.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::SeqCst, fence},
    },
    task::{Context, Wake, Waker},
};

use futures_util::task::AtomicWaker;

use super::{LaneId, Signals};
use crate::limits::LANE_WATCHES;

/// What a lane's parts tell each other without its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Flag {
    /// The fan-out waits for room in the socket.
    WantsRoom = 1,
    /// The fan-out waits for the end of the library's frame.
    WantsEnd = 1 << 1,
    /// The fan-out came while the lane was locked.
    Missed = 1 << 2,
    /// Nothing more can be sent.
    Gone = 1 << 3,
    /// The fan-out has been told so.
    GoneTold = 1 << 4,
    /// The fan-out does not want to be read for.
    Held = 1 << 5,
    /// The stream speaks frames.
    Frames = 1 << 6,
    /// The lane is being closed by us.
    Closing = 1 << 7,
}

/// What is to be told once the lane is unlocked.
#[derive(Debug, Default)]
pub(super) struct News {
    pub writable: bool,
    pub gone: bool,
    pub passed: heapless::Vec<u64, LANE_WATCHES>,
}

/// The waker that a lane gives to its socket.
///
/// It is apart from the lane because the socket keeps it: a socket that held its own lane would never be dropped.
pub(super) struct Wakes {
    id: LaneId,
    flags: AtomicU8,
    /// In HTTP: something was written since the last read.
    pub answering: AtomicBool,
    /// Reads that brought something; it wraps.
    pub reads: AtomicU32,
    signals: OnceLock<Arc<dyn Signals>>,
    /// The library's task that reads; also drives a closing lane.
    pub reader: AtomicWaker,
    /// The library's task that writes.
    pub writer: AtomicWaker,
}

impl Wakes {
    pub fn new(id: LaneId) -> Self {
        Self {
            id,
            flags: AtomicU8::new(0),
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
        self.flags.load(SeqCst) & flag as u8 != 0
    }

    pub fn set(&self, flag: Flag) {
        self.flags.fetch_or(flag as u8, SeqCst);
    }

    /// Clears a flag; says whether it was set.
    pub fn take(&self, flag: Flag) -> bool {
        // Read first: most flags are clear most of the time, and a load costs less than an exchange.
        self.has(flag) && self.flags.fetch_and(!(flag as u8), SeqCst) & flag as u8 != 0
    }

    pub fn set_signals(&self, signals: Arc<dyn Signals>) {
        if self.signals.set(signals).is_ok() && self.has(Flag::Gone) {
            self.tell_gone();
        }
    }

    /// Nothing more can be sent.
    pub fn gone(&self) {
        self.set(Flag::Gone);
        self.tell_gone();
    }

    /// Tells what happened under the lane's lock; to be called after it is given back.
    pub fn tell(&self, news: &News) {
        // Pairs with the fence of a fan-out that misses the lock: it sees the lock free, or its flag is seen here.
        fence(SeqCst);
        let missed = self.take(Flag::Missed);
        if news.gone {
            self.gone();
        }
        if let Some(signals) = self.signals.get() {
            for mark in &news.passed {
                signals.passed(self.id, *mark);
            }
            if news.writable || missed {
                signals.writable(self.id);
            }
        }
    }

    fn tell_gone(&self) {
        if let Some(signals) = self.signals.get()
            && self.flags.fetch_or(Flag::GoneTold as u8, SeqCst) & Flag::GoneTold as u8 == 0
        {
            signals.gone(self.id);
        }
    }
}

/// The socket has room.
impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // The library first: its heartbeat must get a turn on a connection that the fan-out keeps full.
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

/// Runs `f` with the context in which a lane waits for room.
pub(super) fn with_context<R>(wakes: &Arc<Wakes>, f: impl FnOnce(&mut Context<'_>) -> R) -> R {
    f(&mut Context::from_waker(&Waker::from(wakes.clone())))
}
