//! What a client sends: its frames are followed, and a message over the limit is refused when its header says so.

use super::{
    cursor::{FrameCursor, Step},
    head::HeadEnd,
};

/// What some bytes of a client told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    /// Bytes that may be handed on: all, or those before the frame that is refused.
    pub good: usize,
    /// Somewhere in these bytes nothing was half way through, so what is unfinished now was begun here.
    pub fresh: bool,
}

/// Follows the client's frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Incoming {
    cursor: FrameCursor,
    /// Bytes of the message under way, as its headers told so far.
    message: u64,
    /// The message under way has fragments to come.
    open: bool,
    refused: bool,
}

impl Incoming {
    /// A message was over the limit.
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    /// A frame or a fragmented message is half way through.
    pub fn is_unfinished(&self) -> bool {
        self.open || !self.cursor.is_between()
    }

    /// Takes the next bytes. One limit, in bytes, holds for a frame and for a whole message; opcodes and reserved bits are left to
    /// the library behind the lane. Nothing is good behind a refused message.
    pub fn follow(&mut self, bytes: &[u8], limit: usize) -> Heard {
        let mut heard = Heard {
            good: if self.refused { 0 } else { bytes.len() },
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
                // Below 0x3: text, binary and their continuations. The others stand alone.
                let whole = if header.opcode < 0x3 {
                    let before = if self.open { self.message } else { 0 };
                    self.message = before.saturating_add(frame);
                    self.open = !header.last;
                    self.message
                } else {
                    frame
                };
                if whole > limit as u64 {
                    self.refused = true;
                    heard.good = start;
                }
            }
            heard.fresh |= !self.is_unfinished();
        }
        heard
    }
}

/// Looks for the frames that a client may send right behind its upgrade request, before it has seen the answer.
///
/// They reach hyper in the same read as the request's head, so they can't be told apart later: what follows a head is
/// followed as if it were frames, and the result counts only if the answer is `101`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Early {
    head: HeadEnd,
    passed: bool,
}

impl Early {
    /// Takes bytes that were read while the connection spoke HTTP.
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
            let heard = incoming.follow(&bytes, LIMIT);
            assert!(incoming.is_refused());
            assert_eq!(heard.good, before.len());
        }
    }

    #[test]
    fn nothing_is_handed_on_behind_a_refused_message() {
        let mut incoming = Incoming::default();
        incoming.follow(&frame(0x81, 101)[..20], LIMIT);
        assert_eq!(incoming.follow(&frame(0x81, 5), LIMIT).good, 0);
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
        let heard = incoming.follow(&frame(0x80, 41), LIMIT);
        assert!(incoming.is_refused() && heard.good == 0);
        // A second beginning inside a message is the library's to refuse; until then it counts to the same sum.
        let mut incoming = Incoming::default();
        incoming.follow(&[first.clone(), first].concat(), LIMIT);
        assert!(incoming.is_refused());
    }

    #[test]
    fn a_message_is_unfinished_from_its_first_byte_to_its_last() {
        let bytes = [frame(0x01, 5), frame(0x89, 2), frame(0x80, 3)].concat();
        let mut incoming = Incoming::default();
        for (at, byte) in bytes.iter().enumerate() {
            let heard = incoming.follow(&[*byte], LIMIT);
            let end = at + 1 == bytes.len();
            assert_eq!(incoming.is_unfinished(), !end, "byte {at}");
            assert_eq!(heard.fresh, at == 0 || end, "byte {at}");
        }
        let heard = incoming.follow(&[0x81, 0x85], LIMIT);
        assert!(heard.fresh && incoming.is_unfinished());
        // The end of one message and the beginning of the next in one read.
        let heard = incoming.follow(&[&[0; 9][..], &[0x81]].concat(), LIMIT);
        assert!(heard.fresh && incoming.is_unfinished());
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
            assert!(incoming.follow(&frame(0x81, 101), LIMIT).good == 0);
        }
    }
}
