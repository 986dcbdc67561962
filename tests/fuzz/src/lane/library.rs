//! The library's output, and the tokens that its frames settle.

use bytes::Bytes;
use chatterbox::{
    limits::LANE_WATCHES,
    wire::{close_frame, ws_frame_header},
};

use crate::choices::Choices;

/// The answer that makes the lane speak frames.
pub const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";

struct Matcher {
    token: u64,
    prefix: &'static [u8],
    /// Bytes of the library that were written when it was noted.
    noted: usize,
}

/// The library's output.
pub struct Library {
    /// Its frames.
    pub frames: Vec<Bytes>,
    /// What the socket has not taken yet.
    pub pending: Vec<u8>,
    /// No more output follows.
    pub dead: bool,
    /// Frames that the socket has taken whole.
    pub done: usize,
    /// Bytes that the socket has taken, the switch included.
    taken: usize,
    /// Where each frame begins, and where the next one would, in the same count.
    starts: Vec<usize>,
    goodbye: bool,
    matchers: Vec<Matcher>,
    tokens: u64,
}

impl Default for Library {
    fn default() -> Self {
        Self {
            frames: Vec::new(),
            pending: SWITCH.to_vec(),
            dead: false,
            done: 0,
            taken: 0,
            starts: vec![SWITCH.len()],
            goodbye: false,
            matchers: Vec::new(),
            tokens: 0,
        }
    }
}

impl Library {
    /// Wants to write one more frame.
    pub fn frame(&mut self, choices: &mut Choices<'_>) {
        let number = self.frames.len();
        let text = match choices.below(4) {
            0 => format!("a{number}"),
            1 => format!("ab{number}"),
            2 => format!("b{number}"),
            _ => String::new(),
        };
        let control = text.is_empty() && choices.one_in(2);
        let size = match choices.below(8) {
            0 if !control => choices.pick(&[125, 126, 300, 0xffff, 0x1_0000]),
            1 => 0,
            _ => choices.below(50),
        };
        let mut payload = text.clone().into_bytes();
        payload.resize(size.max(payload.len()), 0x81);
        let mut frame = ws_frame_header(payload.len()).as_bytes().to_vec();
        frame[0] = match (control, text.is_empty()) {
            (true, _) => choices.pick(&[0x89, 0x8a]),
            (false, true) => 0x82,
            (false, false) => frame[0],
        };
        frame.extend(payload);
        self.push(frame.into());
    }

    /// Wants to write a Close frame, and nothing behind it.
    pub fn say_goodbye(&mut self) {
        self.push(close_frame(1000, "library"));
        self.goodbye = true;
    }

    fn push(&mut self, frame: Bytes) {
        if self.goodbye || self.dead {
            return;
        }
        self.pending.extend_from_slice(&frame);
        self.starts.push(self.starts[self.frames.len()] + frame.len());
        self.frames.push(frame);
    }

    /// A token for the lane, and whether there is room for it.
    pub fn match_frame(&mut self, choices: &mut Choices<'_>) -> (u64, Bytes, bool) {
        let prefix: &[u8] = choices.pick(&[b"a", b"ab", b"b", b""]);
        self.tokens += 1;
        let room = self.matchers.len() < LANE_WATCHES;
        if room {
            self.matchers.push(Matcher {
                token: self.tokens,
                prefix,
                noted: self.taken,
            });
        }
        (self.tokens, Bytes::from_static(prefix), room)
    }

    /// The socket took some of what is pending: the tokens that this settles.
    pub fn took(&mut self, bytes: usize) -> Vec<u64> {
        self.pending.drain(..bytes);
        self.taken += bytes;
        let mut settled = Vec::new();
        while self.done < self.frames.len() && self.starts[self.done + 1] <= self.taken {
            let (frame, start) = (&self.frames[self.done], self.starts[self.done]);
            self.done += 1;
            let header = match frame[1] {
                126 => 4,
                127 => 10,
                _ => 2,
            };
            let payload = &frame[header..];
            let at = self
                .matchers
                .iter()
                .position(|matcher| frame[0] == 0x81 && start >= matcher.noted && payload.starts_with(matcher.prefix));
            settled.extend(at.map(|at| self.matchers.remove(at).token));
        }
        settled
    }

    /// The answer is out.
    pub fn is_open(&self) -> bool {
        self.taken >= SWITCH.len()
    }

    /// Bytes that are out of a frame that is not whole.
    pub fn half(&self) -> usize {
        self.taken.saturating_sub(self.starts[self.done])
    }

    /// Its Close frame is out, or half of it is.
    pub fn is_sealed(&self) -> bool {
        let close = self.frames.len().saturating_sub(1);
        self.goodbye && (self.done > close || self.done == close && self.half() > 0)
    }

    /// Bytes that are out.
    pub fn taken(&self) -> usize {
        self.taken
    }
}
