//! How a connection's lane (its outgoing queue and socket) tells the worker that serves it that it can be written, or is closed.

use crate::room::CloseReason;

/// Identifies a lane in its signals; unique while the lane lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub u64);

/// The connection that owns a lane (its outgoing queue), and is told of the lane's changes.
///
/// Called from any thread, never while the lane is locked; must not block. A signal may be spurious, but none is lost.
pub trait Signals: Send + Sync + 'static {
    /// A send may be retried after [`SendState::Full`](super::SendState) or `NotOpen`.
    fn writable(&self, lane: LaneId);
    /// The kernel has the frame of [`Lane::match_frame`](super::Lane::match_frame). At the next send that is not `Full`, no later frame of
    /// the library is half-written.
    fn matched(&self, lane: LaneId, token: u64);
    /// The connection is closed, so nothing more can be sent. Signalled once.
    fn gone(&self, lane: LaneId);
    /// The client violated the protocol, and is no longer read.
    ///
    /// Returns true if the owner will send the reason and close the lane. Otherwise, or after [`REFUSED_MS`](crate::limits::REFUSED_MS), the lane
    /// closes itself.
    fn refused(&self, _: LaneId, _: CloseReason) -> bool {
        false
    }
    /// Whether the owner itself learns that the library ended a stream without a Close frame, and then ends the lane after its last frames.
    /// The lane waits for that as long as in [`refused`](Self::refused).
    fn ends(&self) -> bool {
        false
    }
}
