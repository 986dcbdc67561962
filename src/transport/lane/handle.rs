//! The handle by which fan-out and transports write to a connection's socket, beside the library. It queues no messages: a full socket refuses
//! more.

use std::{
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{Ordering::SeqCst, fence},
    },
    task::Poll,
};

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    amend::Amendment,
    cursor::CLOSE,
    notifications::{Flag, Notice, Notifications, with_context},
    sent::{SendState, Sent},
    signals::{LaneId, Signals},
    socket::Socket,
    state::{Stage, State},
    stream::Stream,
};
use crate::room::CloseReason;

/// Maximum length of a Close frame's reason, in bytes: the 125 of a control frame less the code.
const REASON_BYTES: usize = 123;

/// A connection that the library and the fan-out both write to; see the [module](super).
pub struct Lane<S: Socket = Stream> {
    pub(super) socket: S,
    pub(super) notifications: Arc<Notifications>,
    state: Mutex<State>,
}

impl<S: Socket> Lane<S> {
    pub(super) fn new(socket: S, id: LaneId) -> Self {
        Self {
            socket,
            notifications: Arc::new(Notifications::new(id)),
            state: Mutex::new(State::new()),
        }
    }

    /// Sets the receiver of the lane's signals, before the first [`send`](Self::send). Later calls have no effect.
    pub fn set_signals(&self, signals: Arc<dyn Signals>) {
        self.notifications.set_signals(signals);
    }

    /// Announces an upgrade request: frames follow the next response head if its status is `101`.
    ///
    /// False if the client pipelined the request, or if the stream no longer speaks HTTP. The lane can't find the start of the frames then,
    /// so the caller must refuse the request, like one with a body.
    pub fn begin_upgrade(&self) -> bool {
        let mut state = self.lock();
        let fit = state.stage == Stage::Http && !self.notifications.answering.load(SeqCst);
        if fit {
            state.expect_answer();
        }
        fit
    }

    /// Writes as many frames to the socket as it takes. Each element is one or more complete frames.
    pub fn send(&self, frames: &[&Bytes]) -> Sent {
        let Some(mut state) = self.try_lock() else {
            return Sent {
                taken: 0,
                state: SendState::Full,
            };
        };
        self.notifications.take(Flag::WantsRoom);
        self.notifications.take(Flag::WantsEnd);
        let mut notice = Notice::default();
        let sent = self.send_locked(&mut state, frames, &mut notice);
        drop(state);
        self.notifications.notify(&notice);
        sent
    }

    /// Requests the signal [`Signals::matched`] with `token` for the next text frame of the library whose payload starts with `prefix`,
    /// when the kernel has that frame.
    ///
    /// A frame that is half-written now does not count. A frame settles only the oldest matching token.
    /// Returns false, without effect, if [`LANE_WATCHES`](crate::limits::LANE_WATCHES) tokens are waiting.
    pub fn match_frame(&self, token: u64, prefix: Bytes) -> bool {
        self.with(|state, _| state.match_frame(token, prefix))
    }

    /// Replaces the next whole frame of the library that has this packet. Frame matchers still see the original.
    pub fn amend(&self, amendment: Amendment) {
        self.with(|state, _| state.amend(&amendment));
    }

    /// Closes the stream with the frames `last` and a Close frame, after finishing any half-written frame.
    ///
    /// The library's writes fail from then on. Input from the client is dropped until it closes or `linger_ms` have passed; then the library
    /// reads the end of the stream. A stream that still speaks HTTP ends without frames.
    pub fn close(&self, last: &[&Bytes], code: u16, reason: &str) {
        self.end_with(
            last.iter()
                .map(|&frame| frame.clone())
                .chain([close_frame(code, reason)]),
        );
    }

    /// Ends the stream after the frames `last`, like [`close`](Self::close) but without a Close frame: some clients reconnect only long after one.
    pub fn end(&self, last: &[&Bytes]) {
        self.end_with(last.iter().map(|&frame| frame.clone()));
    }

    fn end_with(&self, last: impl Iterator<Item = Bytes>) {
        let closes = self.with(|state, _| {
            let closes = state.stage != Stage::Closing;
            if closes && state.stage == Stage::Frames && !state.sealed {
                state.close(last);
            } else if closes {
                state.close(std::iter::empty());
            }
            closes
        });
        if closes {
            self.notifications.set(Flag::Closing);
            let _ = self.finish();
            self.notifications.writer.wake();
            self.notifications.reader.wake();
        }
    }

    /// Ends a stream that the library has dropped and that no member uses any more.
    pub fn end_left(&self) {
        if self.notifications.has(Flag::Left) {
            self.end(&[]);
        }
    }

    /// Whether the stream ends without Close frames, as by [`end`](Self::end). The answer to a client's Close frame is sent in any case.
    pub fn set_bare(&self, bare: bool) {
        match bare {
            true => self.notifications.set(Flag::Bare),
            false => drop(self.notifications.take(Flag::Bare)),
        }
    }

    /// Closes the connection because its client violated the protocol.
    pub(super) fn refuse(&self, reason: CloseReason) {
        match self.notifications.has(Flag::Bare) {
            true => self.end(&[]),
            false => self.close(&[], reason.code(), reason.message()),
        }
    }

    /// Pauses or resumes reading from the client: backpressure through TCP.
    pub fn hold(&self, on: bool) {
        if on {
            self.notifications.set(Flag::Held);
        } else if self.notifications.take(Flag::Held) {
            self.notifications.reader.wake();
        }
    }

    /// The lane's id, as given to [`Lane::open`].
    pub fn id(&self) -> LaneId {
        self.notifications.id()
    }

    /// Whether the stream speaks WebSocket frames already.
    pub fn is_frames(&self) -> bool {
        self.notifications.has(Flag::Frames)
    }

    /// Whether nothing more can be sent: the peer has closed, the stream has failed, or the library has written a Close frame or dropped it.
    pub fn peer_gone(&self) -> bool {
        self.notifications.has(Flag::Gone)
    }

    /// Number of reads that returned bytes, modulo 2^32. It does not change while the client is silent.
    pub fn reads(&self) -> u32 {
        self.notifications.reads.load(SeqCst)
    }

    /// Runs `f` under the lane's lock, then sends the wake-ups and signals that `f` collected.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut State, &mut Notice) -> R) -> R {
        let mut notice = Notice::default();
        let result = f(&mut self.lock(), &mut notice);
        self.notifications.notify(&notice);
        result
    }

    /// Waits until the socket takes more bytes, and then wakes the lane's tasks.
    pub(super) fn poll_room(&self) -> Poll<io::Result<()>> {
        with_context(&self.notifications, |cx| self.socket.poll_write_ready(cx))
    }

    /// Writes the last frames of a closing lane, then shuts the stream's write side.
    pub(super) fn finish(&self) -> Poll<()> {
        self.with(|state, _| {
            while !state.shut {
                if state.is_inside() {
                    return Poll::Pending;
                }
                match state.finish(&self.socket) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => match self.poll_room() {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(Ok(())) => {}
                        Poll::Ready(Err(_)) => state.shut = true,
                    },
                    Ok(()) | Err(_) => {
                        state.shut = true;
                        self.socket.shutdown_write();
                    }
                }
            }
            Poll::Ready(())
        })
    }

    fn send_locked(&self, state: &mut State, frames: &[&Bytes], notice: &mut Notice) -> Sent {
        let mut taken = 0;
        let state = match state.stage {
            _ if state.sealed || self.peer_gone() => SendState::Closed,
            Stage::Closing => SendState::Closed,
            Stage::Http | Stage::Answer => {
                self.notifications.set(Flag::WantsEnd);
                SendState::NotOpen
            }
            Stage::Frames if state.is_inside() => {
                self.notifications.set(Flag::WantsEnd);
                SendState::Full
            }
            Stage::Frames => loop {
                let (more, result) = state.send(&self.socket, &frames[taken..]);
                taken += more;
                match result {
                    Ok(()) => break SendState::Ready,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        // Before the socket has the waker, which may run at once on another thread.
                        self.notifications.set(Flag::WantsRoom);
                        match self.poll_room() {
                            Poll::Pending => break SendState::Full,
                            Poll::Ready(Ok(())) => self.notifications.take(Flag::WantsRoom),
                            Poll::Ready(Err(_)) => {
                                notice.gone = true;
                                break SendState::Closed;
                            }
                        };
                    }
                    Err(_) => {
                        notice.gone = true;
                        break SendState::Closed;
                    }
                }
            },
        };
        Sent { taken, state }
    }

    // A panic while the lane was locked ends the process in a release build; in a test the panic itself is the finding.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries to lock the state without waiting. On failure, the holder of the lock signals `writable` when it releases the lock.
    fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        let attempt = || match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        attempt().or_else(|| {
            self.notifications.set(Flag::Missed);
            // Pairs with the fence in `Notifications::notify`.
            fence(SeqCst);
            attempt().inspect(|_| {
                self.notifications.take(Flag::Missed);
            })
        })
    }
}

/// A server's Close frame with a code and a reason (RFC 6455, section 5.5.1).
fn close_frame(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES)];
    let mut frame = BytesMut::with_capacity(4 + reason.len());
    frame.put_u8(0x80 | CLOSE);
    frame.put_u8(2 + reason.len() as u8);
    frame.put_u16(code);
    frame.put_slice(reason.as_bytes());
    frame.freeze()
}
