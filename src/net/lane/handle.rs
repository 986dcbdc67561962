//! The lane's handle: what the fan-out and the middleware hold.

use std::{
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{Ordering::SeqCst, fence},
    },
    task::Poll,
};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::net::TcpStream;

use super::{
    LaneId, LaneIo, LaneLimits, SendState, Sent, Signals,
    cursor::CLOSE,
    socket::Socket,
    state::{Stage, State},
    wakes::{Flag, News, Wakes, with_context},
};

/// Payload bytes of a Close frame for its reason: a control frame's 125 less the code.
const REASON_BYTES: usize = 123;

/// See the [module](super).
pub struct Lane<S: Socket = TcpStream> {
    pub(super) socket: S,
    pub(super) wakes: Arc<Wakes>,
    state: Mutex<State>,
}

impl<S: Socket> Lane<S> {
    /// Makes a lane of an accepted stream: the handle, and the stream for the library.
    pub fn open(socket: S, id: LaneId, limits: LaneLimits) -> (Arc<Self>, LaneIo<S>) {
        let lane = Arc::new(Self {
            socket,
            wakes: Arc::new(Wakes::new(id)),
            state: Mutex::new(State::new()),
        });
        (lane.clone(), LaneIo::new(lane, limits))
    }

    /// Says whom to tell; to be called before the first [`send`](Self::send). The first call counts.
    pub fn set_signals(&self, signals: Arc<dyn Signals>) {
        self.wakes.set_signals(signals);
    }

    /// An upgrade request is handed on: if the next response head says `101`, frames follow it.
    ///
    /// False if the client sent the request before it had the answer to an earlier one, or if the stream does not speak HTTP any
    /// more. The lane would not find the frames then, so the request must be refused; so must one that has a body.
    pub fn begin_upgrade(&self) -> bool {
        let mut state = self.lock();
        let fit = state.stage == Stage::Http && !self.wakes.answering.load(SeqCst);
        if fit {
            state.expect_answer();
        }
        fit
    }

    /// Hands frames to the kernel, each element one or more complete frames, as many as there is room for. See [`Sent`].
    pub fn send(&self, frames: &[&Bytes]) -> Sent {
        let Some(mut state) = self.try_lock() else {
            return Sent {
                taken: 0,
                state: SendState::Full,
            };
        };
        self.wakes.take(Flag::WantsRoom);
        self.wakes.take(Flag::WantsEnd);
        let mut news = News::default();
        let sent = self.send_locked(&mut state, frames, &mut news);
        drop(state);
        self.wakes.tell(&news);
        sent
    }

    /// Waits for a text frame of the library whose payload begins with `prefix`, and tells [`Signals::passed`] with `mark` when its
    /// last byte is with the kernel. A frame that is half-written does not count. Of several marks a frame settles one, the oldest
    /// that fits.
    ///
    /// False if [`LANE_WATCHES`](crate::limits::LANE_WATCHES) wait already: this one is not noted.
    pub fn watch(&self, mark: u64, prefix: Bytes) -> bool {
        self.with(|state, _| state.watch(mark, prefix))
    }

    /// Closes the stream: `last` and a Close frame with `code` and `reason` go out after what is half-written. The library's
    /// writes fail then; what the client sends is dropped until it closes or `linger_ms` is over, then the library reads the end.
    /// A stream that does not speak frames ends without any.
    pub fn close(&self, last: &[&Bytes], code: u16, reason: &str) {
        let closes = self.with(|state, _| {
            let closes = state.stage != Stage::Closing;
            if closes && state.stage == Stage::Frames && !state.sealed {
                let frames = last.iter().map(|&frame| frame.clone());
                state.close(frames.chain([close_frame(code, reason)]));
            } else if closes {
                state.close(std::iter::empty());
            }
            closes
        });
        if closes {
            self.wakes.set(Flag::Closing);
            let _ = self.finish();
            self.wakes.writer.wake();
            self.wakes.reader.wake();
        }
    }

    /// Stops reading from the client, or goes on: back-pressure by TCP.
    pub fn hold(&self, on: bool) {
        if on {
            self.wakes.set(Flag::Held);
        } else if self.wakes.take(Flag::Held) {
            self.wakes.reader.wake();
        }
    }

    /// The name it was opened with.
    pub fn id(&self) -> LaneId {
        self.wakes.id()
    }

    /// The stream has gone over to frames.
    pub fn is_frames(&self) -> bool {
        self.wakes.has(Flag::Frames)
    }

    /// Nothing can be sent any more: the peer closed or the stream failed, or the library has written its Close frame or is gone.
    pub fn peer_gone(&self) -> bool {
        self.wakes.has(Flag::Gone)
    }

    /// How often something was read from the client; it wraps. A number that stays the same means a silent client.
    pub fn reads(&self) -> u32 {
        self.wakes.reads.load(SeqCst)
    }

    /// Runs `f` with the state, then tells what came of it.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut State, &mut News) -> R) -> R {
        let mut news = News::default();
        let result = f(&mut self.lock(), &mut news);
        self.wakes.tell(&news);
        result
    }

    /// Waits for room in the socket with the lane's own waker.
    pub(super) fn poll_room(&self) -> Poll<io::Result<()>> {
        with_context(&self.wakes, |cx| self.socket.poll_write_ready(cx))
    }

    /// Writes what a closing lane still has to, then shuts the stream.
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

    fn send_locked(&self, state: &mut State, frames: &[&Bytes], news: &mut News) -> Sent {
        let mut taken = 0;
        let state = match state.stage {
            _ if state.sealed || self.peer_gone() => SendState::Closed,
            Stage::Closing => SendState::Closed,
            Stage::Http | Stage::Answer => {
                self.wakes.set(Flag::WantsEnd);
                SendState::NotOpen
            }
            Stage::Frames if state.is_inside() => {
                self.wakes.set(Flag::WantsEnd);
                SendState::Full
            }
            Stage::Frames => loop {
                let (more, result) = state.send(&self.socket, &frames[taken..]);
                taken += more;
                match result {
                    Ok(()) => break SendState::Ready,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        // Before the socket has the waker, which may run at once on another thread.
                        self.wakes.set(Flag::WantsRoom);
                        match self.poll_room() {
                            Poll::Pending => break SendState::Full,
                            Poll::Ready(Ok(())) => self.wakes.take(Flag::WantsRoom),
                            Poll::Ready(Err(_)) => {
                                news.gone = true;
                                break SendState::Closed;
                            }
                        };
                    }
                    Err(_) => {
                        news.gone = true;
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

    /// Locks without waiting. If that fails, whoever has the lock tells `writable` when it is free.
    fn try_lock(&self) -> Option<MutexGuard<'_, State>> {
        let attempt = || match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        attempt().or_else(|| {
            self.wakes.set(Flag::Missed);
            // Pairs with the fence in `Wakes::tell`.
            fence(SeqCst);
            attempt().inspect(|_| {
                self.wakes.take(Flag::Missed);
            })
        })
    }
}

/// A server's Close frame: RFC 6455, section 5.5.1.
fn close_frame(code: u16, reason: &str) -> Bytes {
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES)];
    let mut frame = BytesMut::with_capacity(4 + reason.len());
    frame.put_u8(0x80 | CLOSE);
    frame.put_u8(2 + reason.len() as u8);
    frame.put_u16(code);
    frame.put_slice(reason.as_bytes());
    frame.freeze()
}
