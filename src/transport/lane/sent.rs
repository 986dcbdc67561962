//! The result of writing to a connection: how many frames were sent, and whether the socket takes more. Plain data.

/// Whether a connection takes more frames after [`Lane::send`](super::Lane::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendState {
    /// The socket has taken all frames, and takes more.
    Ready,
    /// The socket is full, or the library is in the middle of a frame.
    ///
    /// One [`Signals::writable`](super::Signals::writable) follows. Then call `send` again, even without frames, because the rest of a taken frame
    /// may be waiting.
    Full,
    /// The stream does not speak frames yet. A [`Signals::writable`](super::Signals::writable) follows when it does.
    NotOpen,
    /// The connection is closed or closing; nothing more can be sent.
    Closed,
}

/// Result of [`Lane::send`](super::Lane::send).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Number of frames that were taken, from the front. Do not send them again, even if the lane still holds the rest of the last one.
    pub taken: usize,
    /// The lane's state after the send.
    pub state: SendState,
}
