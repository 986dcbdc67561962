//! Decides which frames of the library [`super::stream`] removes from its output: the first heartbeat, and the probe's answer.

/// A text frame of the library that the client must not see.
pub struct Swallow {
    /// Text of the frame.
    pub payload: &'static str,
    /// The client's answer, which the server makes up. The client's own frames wait, so that the answer does not come between them.
    pub answer: &'static [u8],
}

/// The library's first heartbeat (Engine.IO 4): clients expect it only after an interval.
pub const FIRST_PING: Swallow = Swallow {
    payload: "2",
    answer: &[0x81, 0x81, 0, 0, 0, 0, b'3'],
};
/// The library's answer to the replayed probe, which the edge has already sent.
pub const PROBED: Swallow = Swallow {
    payload: "3probe",
    answer: &[],
};
