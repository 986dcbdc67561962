//! Results of a send on a lane.

/// State of a lane after [`Lane::send`](super::Lane::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// All frames are with the kernel.
    Ready,
    /// The socket is full, or the library is inside a frame. One [`Signals::writable`](super::Signals::writable) follows. Then send again,
    /// even without frames: the rest of a taken frame may be waiting.
    Full,
    /// The stream does not speak frames yet. A [`Signals::writable`](super::Signals::writable) follows when it does.
    NotOpen,
    /// Nothing can be sent any more.
    Closed,
}

/// Result of [`Lane::send`](super::Lane::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Frames that were taken, from the front. They must not be sent again, even if the lane still holds the rest of the last.
    pub taken: usize,
    /// State of the lane afterwards.
    pub state: SendState,
}
