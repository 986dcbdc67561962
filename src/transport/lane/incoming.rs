//! Follows the frames that a client sends, and refuses a message over the size limit (`message_bytes`) as soon as its header arrives.

use super::{
    cursor::{CLOSE, FrameCursor, Step},
    head::HeadEnd,
};
use crate::limits;

/// The result of [`Incoming::follow`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Followed {
    /// Number of bytes for the library: all of them, or those before a refused frame.
    pub accepted: usize,
    /// Whether all messages were complete at some point within these bytes, so that an unfinished message started here.
    pub fresh: bool,
}

/// Tracks the client's frames and messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incoming {
    cursor: FrameCursor,
    /// Size of the current message so far in bytes, by its frame headers.
    message: u64,
    /// Fragments of the current message so far.
    fragments: u32,
    /// Whether the current message has further fragments.
    open: bool,
    refused: bool,
    closes: bool,
}

impl Incoming {
    /// Whether the client has sent a Close frame.
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// Whether a message exceeded the size limit.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether a frame or a fragmented message is incomplete.
    pub fn is_unfinished(&self) -> bool {
        self.open || !self.cursor.is_between()
    }

    /// Takes the next bytes. `limit` holds for a frame and for a whole message, in bytes; a message has at most [`limits::FRAGMENTS`]. The library checks opcodes and reserved bits. No
    /// byte is accepted after a refused message.
    pub fn follow(&mut self, bytes: &[u8], limit: usize) -> Followed {
        let mut followed = Followed {
            accepted: if self.refused { 0 } else { bytes.len() },
            fresh: !self.is_unfinished(),
        };
        let (mut at, mut start) = (0, 0);
        while at < bytes.len() && !self.refused {
            if self.cursor.is_between() {
                start = at;
            }
            let (used, step) = self.cursor.step(&bytes[at..]);
            at += used;
            if let Step::Header(header) = step {
                let frame = header.payload;
                self.closes |= header.opcode == CLOSE;
                // Below 0x3: text, binary and continuations. Control frames stand alone.
                let is_data = header.opcode < 0x3;
                if is_data && !self.open {
                    (self.message, self.fragments) = (0, 0);
                }
                let whole = if is_data {
                    self.message = self.message.saturating_add(frame);
                    self.fragments += 1;
                    self.open = !header.last;
                    self.message
                } else {
                    frame
                };
                if whole > limit as u64 || self.fragments > limits::FRAGMENTS {
                    self.refused = true;
                    followed.accepted = start;
                }
            }
            followed.fresh |= !self.is_unfinished();
        }
        followed
    }
}

/// Tracks frames that a client sends right after its upgrade request, before it has the answer.
///
/// hyper reads them together with the request's head. So bytes after a head are treated as if they were frames, and the result counts
/// only if the answer is `101`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Early {
    head: HeadEnd,
    passed: bool,
}

impl Early {
    /// Takes bytes that were read while the stream still spoke HTTP.
    pub fn read(&mut self, mut bytes: &[u8], incoming: &mut Incoming, limit: usize) {
        if !self.passed {
            let Some(used) = self.head.find(bytes) else { return };
            self.passed = true;
            bytes = &bytes[used..];
        }
        incoming.follow(bytes, limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 100;

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..126 => bytes.push(0x80 | payload as u8),
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.resize(bytes.len() + payload.min(1000) + 4, 7);
        bytes
    }

    #[test]
    fn a_large_frame_is_refused_by_its_header_and_not_handed_on() {
        let before = frame(0x81, 100);
        for size in [101, 126, 1 << 40, usize::MAX] {
            let bytes = [before.clone(), frame(0x82, size)].concat();
            let mut incoming = Incoming::default();
            let followed = incoming.follow(&bytes, LIMIT);
            assert!(incoming.is_refused());
            assert_eq!(followed.accepted, before.len());
        }
    }

    #[test]
    fn no_byte_is_accepted_behind_a_refused_message() {
        let mut incoming = Incoming::default();
        incoming.follow(&frame(0x81, 101)[..20], LIMIT);
        assert_eq!(incoming.follow(&frame(0x81, 5), LIMIT).accepted, 0);
    }

    #[test]
    fn fragments_are_added_up_and_control_frames_between_them_are_not() {
        let (first, ping, last) = (frame(0x01, 60), frame(0x89, 90), frame(0x80, 40));
        let mut incoming = Incoming::default();
        incoming.follow(
            &[first.clone(), ping.clone(), last.clone(), first.clone(), ping].concat(),
            LIMIT,
        );
        assert!(!incoming.is_refused() && incoming.is_unfinished());
        let followed = incoming.follow(&frame(0x80, 41), LIMIT);
        assert!(incoming.is_refused() && followed.accepted == 0);
        // A second beginning inside a message is the library's to refuse; until then it counts to the same sum.
        let mut incoming = Incoming::default();
        incoming.follow(&[first.clone(), first].concat(), LIMIT);
        assert!(incoming.is_refused());
    }

    #[test]
    fn a_message_has_so_many_fragments_however_small() {
        let most = limits::FRAGMENTS as usize;
        let pieces = |count: usize| [frame(0x01, 0), frame(0x00, 0).repeat(count - 2), frame(0x80, 0)].concat();
        let mut incoming = Incoming::default();
        for _ in 0..2 {
            let bytes = pieces(most);
            assert_eq!(incoming.follow(&bytes, LIMIT).accepted, bytes.len());
        }
        let bytes = pieces(most + 1);
        assert_eq!(incoming.follow(&bytes, LIMIT).accepted, most * 6, "all but the last");
        assert!(incoming.is_refused());
    }

    #[test]
    fn a_message_is_unfinished_from_its_first_byte_to_its_last() {
        let bytes = [frame(0x01, 5), frame(0x89, 2), frame(0x80, 3)].concat();
        let mut incoming = Incoming::default();
        for (at, byte) in bytes.iter().enumerate() {
            let followed = incoming.follow(&[*byte], LIMIT);
            let end = at + 1 == bytes.len();
            assert_eq!(incoming.is_unfinished(), !end, "byte {at}");
            assert_eq!(followed.fresh, at == 0 || end, "byte {at}");
        }
        let followed = incoming.follow(&[0x81, 0x85], LIMIT);
        assert!(followed.fresh && incoming.is_unfinished());
        // The end of one message and the beginning of the next in one read.
        let followed = incoming.follow(&[&[0; 9][..], &[0x81]].concat(), LIMIT);
        assert!(followed.fresh && incoming.is_unfinished());
    }

    #[test]
    fn frames_behind_the_request_are_followed() {
        let early = [frame(0x81, 10), frame(0x81, 90)].concat();
        let all = [&b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"[..], &early].concat();
        for cut in 0..all.len() {
            let (mut state, mut incoming) = (Early::default(), Incoming::default());
            state.read(&all[..cut], &mut incoming, LIMIT);
            state.read(&all[cut..], &mut incoming, LIMIT);
            assert!(!incoming.is_unfinished() && !incoming.is_refused());
            assert!(incoming.follow(&frame(0x81, 101), LIMIT).accepted == 0);
        }
    }
}
