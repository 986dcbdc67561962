//! Finds where each frame begins and ends in a WebSocket byte stream (RFC 6455, section 5.2). It stores one header; nothing grows.

/// The opcode of a text frame.
pub(super) const TEXT: u8 = 0x1;
/// The opcode of a Close frame.
pub(super) const CLOSE: u8 = 0x8;

/// The fields of a frame header that a lane needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// FIN bit: whether this is the last frame of its message.
    pub last: bool,
    /// The frame's opcode: the four low bits of the first byte.
    pub opcode: u8,
    /// Whether a masking key precedes the payload.
    pub masked: bool,
    /// Length of the payload, in bytes.
    pub payload: u64,
}

/// The kind of bytes that [`FrameCursor::step`] consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Part of a header that is not complete yet.
    Partial,
    /// The end of a header, with its parsed fields.
    Header(Header),
    /// Payload bytes, or the masking key.
    Payload,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Between,
    Second,
    Length,
    Payload,
}

/// Tracks frame boundaries in a byte stream that may be split anywhere, without copying.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FrameCursor {
    /// Remaining bytes of the frame; while the length field is read, its value so far.
    left: u64,
    first: u8,
    second: u8,
    /// Number of bytes that the length field still lacks.
    missing: u8,
    phase: Phase,
}

impl FrameCursor {
    /// Whether the stream is between two frames, so that the next byte starts a new one.
    pub fn is_between(&self) -> bool {
        self.phase == Phase::Between
    }

    /// Opcode of the current or most recent frame.
    pub fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    /// Consumes bytes from the front of `bytes`, which must not be empty; returns their number and kind.
    pub fn step(&mut self, bytes: &[u8]) -> (usize, Step) {
        let mut used = 0;
        while let Some(&byte) = bytes.get(used) {
            match self.phase {
                Phase::Between => {
                    self.first = byte;
                    self.phase = Phase::Second;
                }
                Phase::Second => {
                    self.second = byte;
                    self.left = 0;
                    self.missing = match byte & 0x7f {
                        126 => 2,
                        127 => 8,
                        length => {
                            self.left = u64::from(length);
                            0
                        }
                    };
                    self.phase = Phase::Length;
                }
                Phase::Length => {
                    self.left = self.left << 8 | u64::from(byte);
                    self.missing -= 1;
                }
                Phase::Payload => return (self.pass(bytes.len()), Step::Payload),
            }
            used += 1;
            if self.phase == Phase::Length && self.missing == 0 {
                return (used, Step::Header(self.header()));
            }
        }
        (used, Step::Partial)
    }

    /// Number of bytes at the front of `bytes` that belong to the current frame.
    pub fn rest_in(mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() && !self.is_between() {
            at += self.step(&bytes[at..]).0;
        }
        at
    }

    fn header(&mut self) -> Header {
        let masked = self.second & 0x80 != 0;
        let payload = self.left;
        self.left = payload.saturating_add(if masked { 4 } else { 0 });
        self.phase = if self.left == 0 { Phase::Between } else { Phase::Payload };
        Header {
            last: self.first & 0x80 != 0,
            opcode: self.opcode(),
            masked,
            payload,
        }
    }

    fn pass(&mut self, bytes: usize) -> usize {
        let used = usize::try_from(self.left).map_or(bytes, |left| left.min(bytes));
        self.left -= used as u64;
        if self.left == 0 {
            self.phase = Phase::Between;
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, mask: bool, payload: usize) -> Vec<u8> {
        let high = if mask { 0x80 } else { 0 };
        let mut bytes = vec![first];
        match payload {
            0..126 => bytes.push(high | payload as u8),
            126..0x1_0000 => {
                bytes.push(high | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(high | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.resize(bytes.len() + payload + if mask { 4 } else { 0 }, 0x81);
        bytes
    }

    #[test]
    fn boundaries_and_headers_are_the_same_in_any_split() {
        let sizes = [0, 1, 125, 126, 127, 0xffff, 0x1_0000, 70_000];
        for mask in [false, true] {
            let frames: Vec<_> = sizes.iter().map(|&size| frame(0x82, mask, size)).collect();
            let stream = frames.concat();
            let mut ends = Vec::new();
            frames.iter().fold(0, |at, frame| {
                ends.push(at + frame.len());
                at + frame.len()
            });
            for piece in [1, 2, 3, 7, 100, stream.len()] {
                let (mut cursor, mut headers, mut seen, mut at) = (FrameCursor::default(), vec![], vec![], 0);
                for chunk in stream.chunks(piece) {
                    let mut chunk = chunk;
                    while !chunk.is_empty() {
                        let (used, step) = cursor.step(chunk);
                        assert!(used > 0);
                        at += used;
                        chunk = &chunk[used..];
                        if let Step::Header(header) = step {
                            headers.push(header);
                        }
                        if cursor.is_between() {
                            seen.push(at);
                        }
                    }
                }
                assert_eq!(seen, ends, "mask {mask}, pieces of {piece}");
                assert!(headers.iter().all(|h| h.last && h.opcode == 2 && h.masked == mask));
                assert_eq!(headers.iter().map(|h| h.payload as usize).collect::<Vec<_>>(), sizes);
            }
        }
    }

    #[test]
    fn the_rest_of_a_frame_ends_at_its_last_byte() {
        let bytes = [frame(0x81, false, 300), frame(0x81, false, 5)].concat();
        for cut in 1..304 {
            let mut cursor = FrameCursor::default();
            let mut at = 0;
            while at < cut {
                at += cursor.step(&bytes[at..cut]).0;
            }
            assert_eq!(cursor.rest_in(&bytes[cut..]), 304 - cut);
        }
        assert_eq!(FrameCursor::default().rest_in(&bytes), 0);
    }

    #[test]
    fn a_length_beyond_all_memory_does_not_overflow() {
        let mut cursor = FrameCursor::default();
        let bytes = [&[0x82, 0xff][..], &[0xff; 8], &[0; 9]].concat();
        assert_eq!(cursor.step(&bytes).0, 10);
        assert_eq!(cursor.step(&bytes[10..]), (9, Step::Payload));
        assert!(!cursor.is_between());
    }
}
