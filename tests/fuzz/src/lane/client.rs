//! The client's stream, and the messages in it that the lane must refuse.

use crate::choices::Choices;

/// Payload bytes that a message may have.
pub const MESSAGE_BYTES: usize = 300;

/// One of the client's frames, as offsets in its stream.
struct Part {
    header_end: usize,
    end: usize,
    /// The frame whose beginning is that of the message.
    message: usize,
    /// The message is not over with this frame.
    open: bool,
    bad: bool,
}

/// The client's stream.
#[derive(Default)]
pub struct Client {
    /// All of it.
    pub stream: Vec<u8>,
    /// How much of it was sent.
    pub sent: usize,
    parts: Vec<Part>,
    /// Payload of the fragmented message under way, and where it began.
    open: Option<(usize, usize)>,
}

impl Client {
    /// Adds a frame, within the limit most of the time.
    pub fn frame(&mut self, choices: &mut Choices<'_>) {
        let first = choices.pick(&[0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8a]);
        let size = match choices.below(16) {
            0 => choices.pick(&[MESSAGE_BYTES + 1, 70_000]),
            1 => MESSAGE_BYTES,
            2 => choices.pick(&[0, 125, 126]),
            _ => choices.below(60),
        };
        self.stream.push(first);
        match size {
            0..126 => self.stream.push(0x80 | size as u8),
            126..0x1_0000 => {
                self.stream.push(0x80 | 126);
                self.stream.extend((size as u16).to_be_bytes());
            }
            _ => {
                self.stream.push(0x80 | 127);
                self.stream.extend((size as u64).to_be_bytes());
            }
        }
        let header_end = self.stream.len();
        let end = header_end + 4 + size;
        // Looks like headers if a frame boundary is lost.
        self.stream.resize(end, 0x81);

        let here = self.parts.len();
        let (message, whole, open) = if first & 15 < 3 {
            let (sum, message) = self.open.unwrap_or((0, here));
            let open = first & 0x80 == 0;
            self.open = open.then_some((sum + size, message));
            (message, sum + size, open)
        } else {
            (
                self.open.map_or(here, |(_, message)| message),
                size,
                self.open.is_some(),
            )
        };
        let bad = whole > MESSAGE_BYTES;
        self.parts.push(Part {
            header_end,
            end,
            message,
            open,
            bad,
        });
    }

    /// Bytes after which the lane knows of the first message over the limit.
    pub fn bad_after(&self) -> Option<usize> {
        self.parts.iter().find(|part| part.bad).map(|part| part.header_end)
    }

    /// The message that is unfinished after so many bytes.
    pub fn unfinished(&self, bytes: usize) -> Option<usize> {
        let next = self.parts.partition_point(|part| part.end <= bytes);
        let begun = match next {
            0 => 0,
            next => self.parts[next - 1].end,
        };
        if bytes > begun {
            return Some(self.parts[next].message);
        }
        let last = self.parts[..next].last()?;
        last.open.then_some(last.message)
    }
}
