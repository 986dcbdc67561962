//! The lane: a connection's outgoing side. The HTTP and WebSocket libraries write to its socket, and so does the fan-out, frame by frame.
//!
//! hyper, socketioxide and tungstenite read and write through [`LaneIo`] (handshake, heartbeat, answers). The fan-out writes ready
//! frames to the same socket through [`Lane::send`], from the entry's own bytes. These invariants hold:
//!
//! - **Frames stay whole.** The lane follows the frame headers in the library's output. Neither writer starts inside the other's
//!   half-written frame. The fan-out gets [`SendState::Full`] while the library's is unfinished. The rest of the fan-out's frame (its
//!   *tail*, a handle and not a copy) goes out before any other write.
//! - **HTTP first.** A stream speaks frames once an upgrade was announced ([`Lane::begin_upgrade`]) and answered with `101`.
//! - **No waiting.** [`Lane::send`] makes write calls and nothing else: it waits for no lock, and allocates nothing while the kernel takes
//!   all bytes. After `Full` one [`Signals::writable`] follows.
//! - **A bounded client.** A message over the limit is refused at its header, before its payload is read. One that is not finished in time
//!   is refused too.
//!
//! Absent on purpose: queues (a member's cursor in the log is its queue), knowledge of rooms, compression.

mod amend;
mod cursor;
mod handle;
mod head;
mod incoming;
mod io;
mod lingering;
mod matcher;
mod notifications;
mod sent;
mod signals;
mod socket;
mod state;
mod stream;
#[cfg(test)]
mod tests;

pub use amend::Amendment;
pub use handle::Lane;
pub use io::{LaneIo, LaneLimits};
pub use sent::{SendState, Sent};
pub use signals::{LaneId, Signals};
pub use socket::Socket;
pub use stream::Stream;
