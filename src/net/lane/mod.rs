//! The lane: an accepted stream as the libraries see it, with a second writer.
//!
//! hyper, socketioxide and tungstenite read and write through [`LaneIo`] (handshake, heartbeat, acks). The fan-out writes ready
//! frames to the same socket through [`Lane::send`], from the entry's own bytes. These hold:
//!
//! - **Frames stay whole.** The lane follows the frame headers in what the library writes. Neither writer starts inside the
//!   other's half-written frame: the fan-out is told [`SendState::Full`] while the library's is unfinished, and the rest of the
//!   fan-out's (its *tail*, a handle and not a copy) goes out before whatever is written next.
//! - **HTTP first.** A stream speaks frames once an upgrade was announced ([`Lane::begin_upgrade`]) and answered with `101`.
//! - **No waiting.** [`Lane::send`] makes write calls and nothing else: no lock is waited for, nothing is allocated as long as
//!   the kernel takes all of it. Whoever is told `Full` gets one [`Signals::writable`] when it is worth trying again.
//! - **A bounded client.** A message over the limit is refused when its header says so, before its payload is read; one that
//!   is not finished in time is refused too.
//!
//! Absent on purpose: queues (a member's cursor in the log is its queue), knowledge of rooms, compression.

mod cursor;
mod drain;
mod handle;
mod head;
mod incoming;
mod io;
mod socket;
mod state;
#[cfg(test)]
mod tests;
mod wakes;
mod watch;

pub use handle::Lane;
pub use io::LaneIo;
pub use socket::Socket;

/// Names a lane to those who are told about it. Unique while the lane lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub u64);

/// What a client may take of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// Payload bytes of a client's frame, and of all fragments of its message together.
    pub message_bytes: usize,
    /// Milliseconds from the first byte of a client's message to its last.
    pub unfinished_ms: u64,
    /// Milliseconds that a closing lane waits for its peer.
    pub linger_ms: u64,
}

/// How a lane is left after [`Lane::send`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// All frames are with the kernel.
    Ready,
    /// No room, or the library is inside a frame. One [`Signals::writable`] follows; then send again, with no frames if none is
    /// left, since the rest of a taken frame may be waiting.
    Full,
    /// The stream does not speak frames yet. A [`Signals::writable`] follows when it does.
    NotOpen,
    /// Nothing can be sent any more.
    Closed,
}

/// What [`Lane::send`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Frames that were taken, from the front. They are never to be sent again, even if the lane holds the rest of the last.
    pub taken: usize,
    /// How the lane is left.
    pub state: SendState,
}

/// Whoever owns the members behind a lane. It is called from any thread, never while the lane is locked, and must not block.
/// Now and then a signal may come that is not needed any more; none is lost.
pub trait Signals: Send + Sync + 'static {
    /// A lane that was [`SendState::Full`] or [`SendState::NotOpen`] may be tried again.
    fn writable(&self, lane: LaneId);
    /// The frame that [`Lane::watch`] waited for is with the kernel, and nothing of the library behind it is half-written by the
    /// time of the next [`Lane::send`] that is not told [`SendState::Full`].
    fn passed(&self, lane: LaneId, mark: u64);
    /// Nothing can be sent any more. Comes once.
    fn gone(&self, lane: LaneId);
}
