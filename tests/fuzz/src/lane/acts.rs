//! Decisions: one event around the lane at a time.

use std::{io::ErrorKind, pin::Pin, task::Poll, time::Duration};

use bytes::Bytes;
use chatterbox::{
    room::CloseReason,
    transport::lane::SendState,
    wire::{close_frame, text_frame},
};
use tokio::{io::AsyncWrite, time::advance};

use super::world::{LIMITS, World};
use crate::choices::Choices;

/// Steps of the clock; no sum of them is one of the limits.
const TICK_MS: u64 = 300;

impl World {
    /// One decision.
    pub async fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(20) {
            0 | 1 => self.library.frame(choices),
            2..=4 => self.write(choices),
            5 | 6 => self.frame(choices),
            7..=9 => {
                let have = self.fan_out.len() - self.taken;
                self.send(choices.below(have.min(80) + 1));
            }
            10 | 11 => self.socket.grant(choices.below(90)),
            12 => self.socket.grant(choices.pick(&[1, 1000, 0x1_0000])),
            13 => self.client.frame(choices),
            14 => {
                let left = self.client.stream.len() - self.client.sent;
                let end = self.client.sent + choices.below(left.min(1000) + 1);
                self.socket.feed(&self.client.stream[self.client.sent..end]);
                self.client.sent = end;
            }
            15 => self.read(choices.pick(&[64, 1, 3, 1000])),
            16 => {
                self.held = !self.held;
                self.lane.hold(self.held);
            }
            17 => {
                let (token, prefix, room) = self.library.match_frame(choices);
                assert_eq!(self.lane.match_frame(token, prefix), room);
            }
            18 => {
                advance(Duration::from_millis(TICK_MS)).await;
                // With whatever it still waited for.
                let lingered = self.closed_ms.is_some_and(|at| at + LIMITS.linger_ms <= self.now_ms());
                self.broken |= lingered && !self.socket.lock().shut;
            }
            _ => self.act_rarely(choices),
        }
        self.check();
    }

    /// What ends a stream, mostly.
    fn act_rarely(&mut self, choices: &mut Choices<'_>) {
        match choices.below(32) {
            0 => self.library.say_goodbye(),
            1 => {
                self.socket.lock().write_errors.push_back(ErrorKind::ConnectionReset);
                self.broken = true;
            }
            2 => {
                let how = choices.pick(&[Ok(()), Err(ErrorKind::ConnectionReset)]);
                self.socket.end(how);
                self.broken = true;
            }
            3 | 4 => self.close(choices),
            5 => {
                self.leaves();
                self.io = None;
            }
            6 => {
                self.leaves();
                if let Some(io) = &mut self.io {
                    assert!(matches!(
                        self.writes.poll(|cx| Pin::new(io).poll_shutdown(cx)),
                        Poll::Ready(Ok(()))
                    ));
                }
            }
            _ => self.socket.lock().write_errors.push_back(ErrorKind::Interrupted),
        }
    }

    /// The library drops the stream. A half-written frame stays so, unless the lane is closing and the frame is the fan-out's.
    fn leaves(&mut self) {
        self.broken |= !self.closing || self.library.half() > 0;
        self.library.dead = true;
    }

    /// The library writes some of what it has.
    fn write(&mut self, choices: &mut Choices<'_>) {
        let pending = self.library.pending.len();
        let count = if choices.one_in(2) {
            pending
        } else {
            pending.min(1 + choices.below(200))
        };
        let part = choices.pick(&[0x10_0000, 1, 2, 40]);
        self.write_some(count, part);
    }

    pub(super) fn write_some(&mut self, count: usize, part: usize) {
        if self.library.dead || count == 0 {
            return;
        }
        let bytes = self.library.pending[..count].to_vec();
        let parts: Vec<_> = bytes.chunks(part).collect();
        match self.poll_write(&parts) {
            Poll::Pending => assert_eq!(self.socket.lock().room, 0, "the library waits for nothing"),
            Poll::Ready(Ok(taken)) => {
                assert!(0 < taken && taken <= count);
                self.settled.extend(self.library.took(taken));
            }
            Poll::Ready(Err(error)) => {
                assert!(self.closing || self.broken, "{error}");
                self.library.dead = true;
            }
        }
    }

    /// The fan-out has one more frame.
    fn frame(&mut self, choices: &mut Choices<'_>) {
        let size = match choices.below(8) {
            0 => choices.pick(&[125, 126, 300, 0xffff, 0x1_0000]),
            _ => choices.below(50),
        };
        if !self.closing {
            let frame = fan_out_frame(self.fan_out.len(), size);
            self.fan_out.push(frame);
        }
    }

    /// The fan-out sends up to `count` frames, with or without a signal.
    pub(super) fn send(&mut self, count: usize) {
        let end = self.fan_out.len().min(self.taken + count);
        let run: Vec<_> = self.fan_out[self.taken.min(end)..end].iter().collect();
        let run = if self.closing { &[] } else { &run[..] };
        let sent = self.lane.send(run);
        let inside = self.library.half() > 0;
        let ended = self.closing || self.lane.peer_gone();
        assert!(sent.taken <= run.len());
        assert_eq!(sent.state == SendState::Closed, ended, "{sent:?}");
        match sent.state {
            SendState::Ready => assert!(sent.taken == run.len() && self.library.is_open() && !inside),
            SendState::Full => {
                assert!(self.library.is_open());
                assert!(if inside {
                    sent.taken == 0
                } else {
                    self.socket.lock().room == 0
                });
            }
            SendState::NotOpen => assert!(sent.taken == 0 && !self.library.is_open()),
            SendState::Closed => {}
        }
        self.taken += sent.taken;
        let waits = matches!(sent.state, SendState::Full | SendState::NotOpen);
        self.waits = waits.then_some(sent.state);
    }

    /// The library reads.
    pub(super) fn read(&mut self, bytes: usize) {
        if self.io.is_none() {
            return;
        }
        let (closing, open) = (self.closing, self.library.is_open());
        let refuses = self.has_read_too_much();
        let read = self.poll_read(bytes);
        self.closing_seen |= closing;
        if let Poll::Ready(Ok(bytes)) = &read {
            assert!(bytes.is_empty() || !closing && !self.held);
            assert_eq!(bytes[..], self.client.stream[self.read..][..bytes.len()]);
            self.read += bytes.len();
            if !open {
                self.early = self.read;
            }
        }
        let has_bytes = matches!(&read, Poll::Ready(Ok(bytes)) if !bytes.is_empty());
        if self.held && !refuses {
            self.unfinished = None;
        } else if open && !closing {
            self.judge(has_bytes);
        }
        let ended = self.socket.lock().end;
        match read {
            Poll::Ready(Ok(bytes)) if bytes.is_empty() => assert!(self.closing || ended == Some(Ok(()))),
            Poll::Ready(Err(error)) => assert_eq!(ended, Some(Err(error.kind()))),
            Poll::Ready(Ok(_)) | Poll::Pending => {}
        }
    }

    /// Bytes that the lane has read.
    fn has_read(&self) -> usize {
        self.client.sent - self.socket.lock().input.len()
    }

    /// Whether a message that is too big is among what the lane has read.
    fn has_read_too_much(&self) -> bool {
        self.client.bad_after().is_some_and(|bad| bad <= self.has_read())
    }

    /// Whether the lane must have refused what it has read. A message that is too big it refuses when the library comes back from what
    /// stood before it.
    fn judge(&mut self, has_bytes: bool) {
        let read = self.has_read();
        let now = self.now_ms();
        let mut reason = None;
        if self.has_read_too_much() {
            reason = (!has_bytes).then_some(CloseReason::TooBig);
        } else if let Some(message) = self.client.unfinished(read) {
            match self.unfinished {
                Some((same, since)) if same == message => {
                    let late = since + LIMITS.unfinished_ms <= now;
                    reason = late.then_some(CloseReason::Unfinished);
                }
                _ => self.unfinished = Some((message, now)),
            }
        } else {
            self.unfinished = None;
        }
        if let Some(reason) = reason {
            self.closes(vec![close_frame(reason.code(), reason.message())]);
            self.closing_seen = true;
        }
        if let Some(bad) = self.client.bad_after() {
            assert!(self.read < bad.max(self.early + 1), "bytes of a refused message");
        }
    }

    fn close(&mut self, choices: &mut Choices<'_>) {
        let first = self.fan_out.len();
        let last: Vec<_> = (first..first + choices.below(3))
            .map(|number| fan_out_frame(number, 9))
            .collect();
        let refs: Vec<_> = last.iter().collect();
        self.lane.close(&refs, 4000, "over");
        if !self.closing {
            self.closes(last.into_iter().chain([close_frame(4000, "over")]).collect());
        }
    }

    /// The lane is closing: of the fan-out's frames those that it has go out, then these.
    fn closes(&mut self, last: Vec<Bytes>) {
        self.closing = true;
        self.closed_ms = Some(self.now_ms());
        self.fan_out.truncate(self.taken);
        if self.library.is_open() && !self.library.is_sealed() {
            self.fan_out.extend(last);
        }
        // A library that is gone does not finish its frame.
        self.broken |= self.library.dead && self.library.half() > 0;
    }
}

fn fan_out_frame(number: usize, size: usize) -> Bytes {
    let mut payload = format!("f{number}").into_bytes();
    payload.resize(size.max(payload.len()), 0x88);
    text_frame(&payload)
}
