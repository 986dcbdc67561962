//! Finds the end of an HTTP head in a byte stream; after an upgrade, WebSocket frames start there. Nothing grows.

/// Finds the empty line that ends an HTTP head. Like hyper's parser, it accepts bare line feeds, and skips empty lines before the head.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeadEnd {
    /// The last four bytes; 0 before the head starts.
    window: u32,
}

impl HeadEnd {
    /// Takes the next bytes. Returns how many of them belong to the head if the head ends within them.
    pub fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.window == 0 && matches!(byte, b'\r' | b'\n') {
                continue;
            }
            self.window = self.window << 8 | u32::from(byte);
            if byte == b'\n' && (self.window & 0xffff == 0x0a0a || self.window & 0x00ff_ffff == 0x000a_0d0a) {
                self.window = 0;
                return Some(at + 1);
            }
        }
        None
    }
}

/// Whether an upgrade request succeeded, by the status of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The upgrade succeeded (status `101`): frames follow.
    Switched,
    /// Any other final status: the stream continues with HTTP.
    Refused,
}

/// Length of `HTTP/1.1 101`, in bytes.
const STATUS_LINE: usize = 12;

/// Reads the head of the answer to an upgrade request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ResponseHead {
    end: HeadEnd,
    status: [u8; STATUS_LINE],
    have: u8,
}

impl ResponseHead {
    /// Takes the next bytes. If the head ends within them, returns how many belong to it, and the outcome of the upgrade; otherwise `None`.
    pub fn read(&mut self, bytes: &[u8]) -> Option<(usize, Verdict)> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let end = self.end.find(rest);
            let head = &rest[..end.unwrap_or(rest.len())];
            for (slot, byte) in self.status[usize::from(self.have)..].iter_mut().zip(head) {
                *slot = *byte;
                self.have += 1;
            }
            at += end?;
            match &self.status {
                b"HTTP/1.1 101" => return Some((at, Verdict::Switched)),
                // Interim answers such as `100 Continue`: the final one follows.
                [b'H', b'T', b'T', b'P', b'/', b'1', b'.', _, b' ', b'1', _, _] => *self = Self::default(),
                _ => return Some((at, Verdict::Refused)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_empty_line_in_any_split() {
        for (bytes, end) in [
            (&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\x81\x85"[..], 27),
            (b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 22),
            (b"GET / HTTP/1.1\nHost: a\n\nrest", 24),
            (b"GET / HTTP/1.1\nHost: a\n\r\nrest", 25),
        ] {
            for piece in 1..=bytes.len() {
                let (mut head, mut at) = (HeadEnd::default(), 0);
                let found = bytes.chunks(piece).find_map(|chunk| {
                    let found = head.find(chunk).map(|used| at + used);
                    at += chunk.len();
                    found
                });
                assert_eq!(found, Some(end), "{bytes:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn only_101_switches() {
        for (text, verdict) in [
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
                Verdict::Switched,
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
                Verdict::Switched,
            ),
            ("HTTP/1.1 200 OK\r\nX: HTTP/1.1 101\r\n\r\n", Verdict::Refused),
            (
                "HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\n",
                Verdict::Refused,
            ),
        ] {
            for piece in 1..=text.len() {
                let (mut head, mut at) = (ResponseHead::default(), 0);
                let found = text.as_bytes().chunks(piece).find_map(|chunk| {
                    let found = head.read(chunk).map(|(used, verdict)| (at + used, verdict));
                    at += chunk.len();
                    found
                });
                assert_eq!(found, Some((text.len(), verdict)), "{text} in pieces of {piece}");
            }
        }
    }
}
