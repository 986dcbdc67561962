//! Signals from a lane to its owner, the fan-out's worker.

use crate::room::CloseReason;

/// Identifies a lane in its signals; unique while the lane lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub u64);

/// The owner of a lane. Called from any thread, never while the lane is locked; must not block. A signal may be spurious, none is lost.
pub trait Signals: Send + Sync + 'static {
    /// A lane that was [`SendState::Full`](super::SendState) or `NotOpen` may be tried again.
    fn writable(&self, lane: LaneId);
    /// The frame of [`Lane::match_frame`](super::Lane::match_frame) is with the kernel. At the next send that is not `Full`, no later frame
    /// of the library is half-written.
    fn matched(&self, lane: LaneId, token: u64);
    /// Nothing can be sent any more. Comes once.
    fn gone(&self, lane: LaneId);
    /// The client has broken a rule, and is not read any more. True if the owner sends the reason and closes the lane; otherwise, or after
    /// [`REFUSED_MS`](crate::limits::REFUSED_MS), the lane closes itself.
    fn refused(&self, _: LaneId, _: CloseReason) -> bool {
        false
    }
    /// Whether the owner learns elsewhere that the library has ended a stream without a Close frame, and ends the lane behind its last
    /// frames. The lane waits for that as long as in [`refused`](Self::refused).
    fn ends(&self) -> bool {
        false
    }
}
