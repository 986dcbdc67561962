//! What both writers share: where the stream stands, and what is half-written.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes};

use super::{
    cursor::{CLOSE, FrameCursor, Step, TEXT},
    head::{ResponseHead, Verdict},
    socket::Socket,
    wakes::News,
    watch::Watches,
};
use crate::limits::LANE_SLICES;

/// What the library's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// HTTP that is of no interest.
    Http,
    /// The answer to an upgrade request.
    Answer,
    /// Frames.
    Frames,
    /// The rest of a frame, if one is half-written. What follows is ours.
    Closing,
}

/// What few lanes have at a given moment, so that the others don't carry it.
#[derive(Debug, Default)]
struct Rare {
    /// The rest of a half-written frame of the fan-out: a handle to the entry's bytes.
    tail: Bytes,
    watches: Watches,
    answer: ResponseHead,
    /// The last frames of a closing lane.
    last: VecDeque<Bytes>,
}

/// See the module. It is locked for the length of one write call at most.
#[derive(Debug)]
pub(super) struct State {
    pub stage: Stage,
    /// The library has written a Close frame, after which nothing may follow.
    pub sealed: bool,
    /// The last byte of a closing lane has been written.
    pub shut: bool,
    cursor: FrameCursor,
    rare: Option<Box<Rare>>,
}

impl State {
    pub fn new() -> Self {
        Self {
            stage: Stage::Http,
            sealed: false,
            shut: false,
            cursor: FrameCursor::default(),
            rare: None,
        }
    }

    /// The library has a frame half-written.
    pub fn is_inside(&self) -> bool {
        !self.cursor.is_between()
    }

    pub fn watch(&mut self, mark: u64, prefix: Bytes) -> bool {
        let late = self.is_inside();
        self.rare().watches.add(mark, prefix, late)
    }

    /// The next response head is the answer to an upgrade request.
    pub fn expect_answer(&mut self) {
        self.rare().answer = ResponseHead::default();
        self.stage = Stage::Answer;
    }

    /// Nothing but these frames comes now, after what is half-written.
    pub fn close(&mut self, last: impl Iterator<Item = Bytes>) {
        self.rare().last.extend(last);
        self.stage = Stage::Closing;
    }

    /// Writes frames, after the rest of a half-written one; says how many were taken. A frame that the kernel took in part is
    /// taken, and its rest kept. All is written only if there is no error.
    pub fn send(&mut self, socket: &impl Socket, frames: &[&Bytes]) -> (usize, io::Result<()>) {
        let mut taken = 0;
        loop {
            taken += frames[taken..].iter().take_while(|frame| frame.is_empty()).count();
            let tail = self.rare.as_ref().map_or(&[][..], |rare| &rare.tail);
            let slices = [tail]
                .into_iter()
                .filter(|tail| !tail.is_empty())
                .chain(frames[taken..].iter().map(|f| &f[..]));
            let slices: heapless::Vec<_, LANE_SLICES> = slices.map(IoSlice::new).take(LANE_SLICES).collect();
            if slices.is_empty() {
                return (taken, Ok(()));
            }
            let result = write(socket, &slices);
            drop(slices);
            match result {
                Ok(bytes) => taken += self.sent(bytes, &frames[taken..]),
                Err(error) => return (taken, Err(error)),
            }
        }
    }

    /// Writes what the library gives, as far as it may.
    pub fn pass(&mut self, socket: &impl Socket, bufs: &[IoSlice<'_>], news: &mut News) -> io::Result<usize> {
        match self.stage {
            Stage::Http => write(socket, bufs),
            Stage::Answer | Stage::Frames => {
                self.send(socket, &[]).1?;
                let bytes = write(socket, bufs)?;
                let mut left = bytes;
                for buf in bufs {
                    let used = left.min(buf.len());
                    self.passed(&buf[..used], news);
                    left -= used;
                }
                Ok(bytes)
            }
            Stage::Closing => {
                let buf = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
                let rest = &buf[..self.cursor.rest_in(buf)];
                if rest.is_empty() {
                    return Err(ErrorKind::BrokenPipe.into());
                }
                let bytes = write(socket, &[IoSlice::new(rest)])?;
                self.passed(&rest[..bytes], news);
                Ok(bytes)
            }
        }
    }

    /// Writes the last frames of a closing lane, unless the library's Close frame came before them.
    pub fn finish(&mut self, socket: &impl Socket) -> io::Result<()> {
        while let Some(rare) = &mut self.rare {
            if self.sealed {
                rare.last.clear();
            }
            if rare.tail.is_empty() {
                let Some(next) = rare.last.pop_front() else { break };
                rare.tail = next;
            }
            self.send(socket, &[]).1?;
        }
        Ok(())
    }

    /// The kernel took `bytes` of the tail and of `frames`; says how many of these are taken.
    fn sent(&mut self, mut bytes: usize, frames: &[&Bytes]) -> usize {
        if let Some(rare) = &mut self.rare {
            let used = bytes.min(rare.tail.len());
            rare.tail.advance(used);
            bytes -= used;
            if rare.tail.is_empty() {
                self.tidy();
            }
        }
        let mut taken = 0;
        for frame in frames {
            if bytes == 0 {
                break;
            }
            taken += 1;
            if bytes < frame.len() {
                self.rare().tail = frame.slice(bytes..);
                break;
            }
            bytes -= frame.len();
        }
        taken
    }

    /// The kernel took these bytes of the library.
    fn passed(&mut self, mut bytes: &[u8], news: &mut News) {
        if self.stage == Stage::Answer {
            let Some((used, verdict)) = self.rare().answer.read(bytes) else {
                return;
            };
            bytes = &bytes[used..];
            self.stage = match verdict {
                Verdict::Switched => Stage::Frames,
                Verdict::Refused => Stage::Http,
            };
            self.tidy();
        }
        if self.stage == Stage::Http {
            return;
        }
        while !bytes.is_empty() {
            let (used, step) = self.cursor.step(bytes);
            let ended = self.cursor.is_between();
            if let Some(rare) = &mut self.rare {
                match step {
                    Step::Header(header) => rare.watches.begin(header.opcode == TEXT),
                    Step::Payload => rare.watches.payload(&bytes[..used]),
                    Step::Partial => {}
                }
                if ended && let Some(mark) = rare.watches.end() {
                    news.passed
                        .push(mark)
                        .expect("there are no more marks than a lane has room for");
                    self.tidy();
                }
            }
            if ended && self.cursor.opcode() == CLOSE {
                self.sealed = true;
                news.gone = true;
            }
            bytes = &bytes[used..];
        }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Gives back what is not needed any more.
    fn tidy(&mut self) {
        let idle = self.rare.as_ref().is_some_and(|rare| {
            rare.tail.is_empty() && rare.watches.is_empty() && rare.last.is_empty() && self.stage != Stage::Answer
        });
        if idle {
            self.rare = None;
        }
    }
}

/// One write call, again if a signal broke it off.
fn write(socket: &impl Socket, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        match socket.try_write_vectored(bufs) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) if bufs.iter().any(|buf| !buf.is_empty()) => return Err(ErrorKind::WriteZero.into()),
            result => return result,
        }
    }
}
