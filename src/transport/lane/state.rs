//! The state of a connection's outgoing side, which its two writers (the library and the fan-out) share under one lock: the stream's stage, and
//! at most one half-written frame of each.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice},
};

use bytes::{Buf, Bytes};

use super::{
    amend::{Amendment, Amendments, Plan},
    cursor::{CLOSE, FrameCursor, Step, TEXT},
    head::{ResponseHead, Verdict},
    matcher::FrameMatchers,
    notifications::Notice,
    socket::Socket,
};
use crate::limits::LANE_SLICES;

/// The stage of a connection's byte stream, which says how the library's bytes are interpreted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The stream speaks HTTP, which is passed on unchanged.
    Http,
    /// The library is about to answer an upgrade request.
    Answer,
    /// The stream speaks WebSocket frames.
    Frames,
    /// The stream closes: the rest of a half-written frame is sent, then only the fan-out's last frames.
    Closing,
}

/// The part of a lane's state that few lanes need at a time; allocated on demand.
#[derive(Debug, Default)]
struct ColdState {
    /// The rest of the fan-out's half-written frame, as a handle to the entry's bytes.
    tail: Bytes,
    matchers: FrameMatchers,
    amendments: Amendments,
    answer: ResponseHead,
    /// The last frames to send on a closing lane.
    last: VecDeque<Bytes>,
}

/// State of a lane, shared by its two writers. Its lock is held for at most one write call.
#[derive(Debug)]
pub(super) struct State {
    pub stage: Stage,
    /// Whether the library has written a Close frame, after which nothing may follow.
    pub sealed: bool,
    /// Whether a closing lane has written its last byte.
    pub shut: bool,
    cursor: FrameCursor,
    cold: Option<Box<ColdState>>,
}

impl State {
    pub fn new() -> Self {
        Self {
            stage: Stage::Http,
            sealed: false,
            shut: false,
            cursor: FrameCursor::default(),
            cold: None,
        }
    }

    /// Whether the library has a frame half-written.
    pub fn is_inside(&self) -> bool {
        !self.cursor.is_between()
    }

    pub fn match_frame(&mut self, token: u64, prefix: Bytes) -> bool {
        let late = self.is_inside();
        self.cold().matchers.add(token, prefix, late)
    }

    pub fn amend(&mut self, amendment: &Amendment) {
        self.cold().amendments.add(amendment);
    }

    /// Treats the next response head as the answer to an upgrade request.
    pub fn expect_answer(&mut self) {
        self.cold().answer = ResponseHead::default();
        self.stage = Stage::Answer;
    }

    /// Starts to close: only these frames are sent, after any half-written frame.
    pub fn close(&mut self, last: impl Iterator<Item = Bytes>) {
        self.cold().last.extend(last);
        self.stage = Stage::Closing;
    }

    /// Writes frames after the rest of a half-written one; returns the number taken.
    ///
    /// A partly written frame counts as taken, and its rest is kept. Without an error all bytes are written.
    pub fn send(&mut self, socket: &impl Socket, frames: &[&Bytes]) -> (usize, io::Result<()>) {
        let mut taken = 0;
        loop {
            taken += frames[taken..].iter().take_while(|frame| frame.is_empty()).count();
            let tail = self.cold.as_ref().map_or(&[][..], |cold| &cold.tail);
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

    /// Writes the library's bytes, as far as frame boundaries and the stage allow; returns the number written.
    pub fn pass(&mut self, socket: &impl Socket, bufs: &[IoSlice<'_>], notice: &mut Notice) -> io::Result<usize> {
        match self.stage {
            Stage::Http => write(socket, bufs),
            Stage::Answer | Stage::Frames => {
                self.send(socket, &[]).1?;
                if self.stage == Stage::Frames
                    && let Some(buf) = bufs.iter().find(|buf| !buf.is_empty())
                {
                    match self.plan(buf) {
                        Plan::Pass => {}
                        Plan::Before(end) => return self.pass_one(socket, &buf[..end], notice),
                        Plan::Replace(end, instead) => {
                            // As a frame of the fan-out that the kernel has not taken yet.
                            self.cold().tail = instead;
                            self.passed(&buf[..end], notice);
                            return match self.send(socket, &[]).1 {
                                Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
                                _ => Ok(end),
                            };
                        }
                    }
                }
                let bytes = write(socket, bufs)?;
                let mut left = bytes;
                for buf in bufs {
                    let used = left.min(buf.len());
                    self.passed(&buf[..used], notice);
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
                self.pass_one(socket, rest, notice)
            }
        }
    }

    /// Number of bytes of `buf` before a Close frame of the library, if one starts there.
    pub fn before_close(&self, buf: &[u8]) -> Option<usize> {
        let mut cursor = self.cursor;
        let mut at = 0;
        while at < buf.len() {
            if cursor.is_between() && buf[at] & 0x0f == CLOSE {
                return Some(at);
            }
            at += cursor.step(&buf[at..]).0;
        }
        None
    }

    fn pass_one(&mut self, socket: &impl Socket, bytes: &[u8], notice: &mut Notice) -> io::Result<usize> {
        let count = write(socket, &[IoSlice::new(bytes)])?;
        self.passed(&bytes[..count], notice);
        Ok(count)
    }

    /// Checks whether the library's bytes contain a frame to replace.
    fn plan(&mut self, bytes: &[u8]) -> Plan {
        match &mut self.cold {
            Some(cold) if !cold.amendments.is_empty() => cold.amendments.plan(bytes, self.cursor.rest_in(bytes)),
            _ => Plan::Pass,
        }
    }

    /// Writes the last frames of a closing lane, unless the library's Close frame came first.
    pub fn finish(&mut self, socket: &impl Socket) -> io::Result<()> {
        while let Some(cold) = &mut self.cold {
            if self.sealed {
                cold.last.clear();
            }
            if cold.tail.is_empty() {
                let Some(next) = cold.last.pop_front() else { break };
                cold.tail = next;
            }
            self.send(socket, &[]).1?;
        }
        Ok(())
    }

    /// Updates the state after the kernel took `bytes` of the half-written rest and of `frames`; returns the number of frames taken.
    fn sent(&mut self, mut bytes: usize, frames: &[&Bytes]) -> usize {
        if let Some(cold) = &mut self.cold {
            let used = bytes.min(cold.tail.len());
            cold.tail.advance(used);
            bytes -= used;
            if cold.tail.is_empty() {
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
                self.cold().tail = frame.slice(bytes..);
                break;
            }
            bytes -= frame.len();
        }
        taken
    }

    /// Updates the state after the kernel took bytes of the library.
    fn passed(&mut self, mut bytes: &[u8], notice: &mut Notice) {
        if self.stage == Stage::Answer {
            let Some((used, verdict)) = self.cold().answer.read(bytes) else {
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
            if let Some(cold) = &mut self.cold {
                match step {
                    Step::Header(header) => cold.matchers.begin(header.opcode == TEXT),
                    Step::Payload => cold.matchers.payload(&bytes[..used]),
                    Step::Partial => {}
                }
                if ended && let Some(token) = cold.matchers.end() {
                    notice
                        .matched
                        .push(token)
                        .expect("there are no more tokens than a lane has room for");
                    self.tidy();
                }
            }
            if ended && self.cursor.opcode() == CLOSE {
                self.sealed = true;
                notice.gone = true;
            }
            bytes = &bytes[used..];
        }
    }

    fn cold(&mut self) -> &mut ColdState {
        self.cold.get_or_insert_default()
    }

    /// Frees the cold state once it is empty.
    fn tidy(&mut self) {
        let idle = self.cold.as_ref().is_some_and(|cold| {
            let waits = !cold.matchers.is_empty() || !cold.amendments.is_empty();
            cold.tail.is_empty() && !waits && cold.last.is_empty() && self.stage != Stage::Answer
        });
        if idle {
            self.cold = None;
        }
    }
}

/// Makes one write call, repeated if a signal interrupts it.
fn write(socket: &impl Socket, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    loop {
        match socket.try_write_vectored(bufs) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) if bufs.iter().any(|buf| !buf.is_empty()) => return Err(ErrorKind::WriteZero.into()),
            result => return result,
        }
    }
}
