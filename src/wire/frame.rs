//! Encodes the WebSocket frames that the server sends: final, unmasked, without extensions (RFC 6455, section 5.2). One payload at a time.

use bytes::Bytes;

/// First byte of a text frame: FIN and the opcode.
const TEXT: u8 = 0x81;
/// First byte of a close frame: FIN and the opcode.
const CLOSE: u8 = 0x88;
/// Maximum length of an unmasked frame's header, in bytes: two, and a 64-bit length.
const HEADER_MAX: usize = 10;
/// Maximum payload of a control frame, in bytes (RFC 6455, section 5.5).
const CONTROL_MAX: usize = 125;

/// The header of a WebSocket frame.
pub struct Header {
    bytes: [u8; HEADER_MAX],
    len: usize,
}

impl Header {
    fn new(first: u8, payload: usize) -> Self {
        let mut bytes = [0; HEADER_MAX];
        bytes[0] = first;
        let len = if payload < 126 {
            bytes[1] = payload as u8;
            2
        } else if let Ok(short) = u16::try_from(payload) {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&short.to_be_bytes());
            4
        } else {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            10
        };
        Self { bytes, len }
    }

    /// The header's bytes, as they precede the payload.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The header of a text frame with a payload of `payload` bytes.
pub fn ws_frame_header(payload: usize) -> Header {
    Header::new(TEXT, payload)
}

/// A text frame with this payload, which must be UTF-8.
pub fn text_frame(payload: &[u8]) -> Bytes {
    let mut draft = Draft::new(payload.len());
    draft.put(payload);
    draft.text_frame()
}

/// A close frame with a code (RFC 6455, section 7.4) and a reason, which is cut at a character boundary to fit a control frame.
pub fn close_frame(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(CONTROL_MAX - 2)];
    let header = Header::new(CLOSE, 2 + reason.len());
    [header.as_bytes(), &code.to_be_bytes(), reason.as_bytes()]
        .concat()
        .into()
}

/// A payload under construction, with space for a header in front. The header depends on the payload's length, but both share one buffer.
pub(super) struct Draft {
    buffer: Vec<u8>,
}

impl Draft {
    /// An empty draft with capacity for a payload of about `payload` bytes.
    pub(super) fn new(payload: usize) -> Self {
        let mut buffer = Vec::with_capacity(HEADER_MAX + payload);
        buffer.resize(HEADER_MAX, 0);
        Self { buffer }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Current length of the payload, in bytes.
    pub(super) fn len(&self) -> usize {
        self.buffer.len() - HEADER_MAX
    }

    /// The buffer, to which JSON is appended.
    pub(super) fn writer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Releases unused capacity of the buffer, because the bytes may be kept for long.
    fn fitted(mut self) -> Vec<u8> {
        if self.buffer.capacity() - self.buffer.len() > self.buffer.len() / 4 + 256 {
            self.buffer.shrink_to_fit();
        }
        self.buffer
    }

    /// The finished payload alone, without a frame's header.
    pub(super) fn bare(self) -> Bytes {
        Bytes::from(self.fitted()).slice(HEADER_MAX..)
    }

    /// The finished payload as a WebSocket text frame.
    pub(super) fn text_frame(mut self) -> Bytes {
        let header = ws_frame_header(self.len());
        let start = HEADER_MAX - header.len;
        self.buffer[start..HEADER_MAX].copy_from_slice(header.as_bytes());
        Bytes::from(self.fitted()).slice(start..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_7_16_or_64_bits() {
        for (payload, header) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 0xff, 0xff]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            assert_eq!(ws_frame_header(payload).as_bytes(), header);
            let frame = text_frame(&vec![b'x'; payload]);
            assert_eq!(&frame[..header.len()], header);
            assert!(frame[header.len()..].iter().all(|&b| b == b'x'));
            assert_eq!(frame.len(), header.len() + payload);
        }
    }

    #[test]
    fn close_carries_code_and_reason() {
        assert_eq!(&close_frame(1012, "bye")[..], b"\x88\x05\x03\xf4bye");
        let long = close_frame(4000, &"é".repeat(100));
        assert_eq!(long[1], 124, "61 whole characters fit into 123 bytes");
        assert_eq!(long.len(), 126);
        assert!(std::str::from_utf8(&long[4..]).is_ok());
    }
}
