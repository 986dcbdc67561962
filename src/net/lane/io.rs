//! The stream as the libraries see it.

use std::{
    future::Future,
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{Arc, atomic::Ordering::SeqCst},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    runtime::Handle,
    time::{Sleep, sleep},
};

use super::{
    LaneLimits,
    drain::Drain,
    handle::Lane,
    incoming::{Early, Incoming},
    socket::Socket,
    state::Stage,
    wakes::Flag,
};
use crate::room::CloseReason;

/// Reads and writes of the library. To drop it ends the lane, after the last frames if it is being closed.
pub struct LaneIo<S: Socket = TcpStream> {
    lane: Arc<Lane<S>>,
    limits: LaneLimits,
    early: Early,
    incoming: Incoming,
    /// Runs while a client's message is unfinished.
    unfinished: Option<Pin<Box<Sleep>>>,
    drain: Option<Box<Drain<S>>>,
}

impl<S: Socket> LaneIo<S> {
    pub(super) fn new(lane: Arc<Lane<S>>, limits: LaneLimits) -> Self {
        let (early, incoming) = Default::default();
        Self {
            lane,
            limits,
            early,
            incoming,
            unfinished: None,
            drain: None,
        }
    }

    /// Reads once, without any view of what it is.
    fn poll_socket(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.lane.socket.poll_read_ready(cx))?;
            match self.lane.socket.try_read(buf) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Bytes that were read; says how many of them the library may see.
    fn hear(&mut self, bytes: &[u8]) -> usize {
        let wakes = &self.lane.wakes;
        wakes.reads.fetch_add(1, SeqCst);
        if !wakes.has(Flag::Frames) {
            // What comes after an answer is a new request.
            if wakes.answering.load(SeqCst) {
                wakes.answering.store(false, SeqCst);
                (self.early, self.incoming) = Default::default();
            }
            self.early.read(bytes, &mut self.incoming, self.limits.message_bytes);
            return bytes.len();
        }
        let heard = self.incoming.follow(bytes, self.limits.message_bytes);
        if heard.fresh {
            self.unfinished = None;
        }
        heard.good
    }

    /// Closes if the client's message is over the limit or has taken too long.
    fn refuse(&mut self, cx: &mut Context<'_>) {
        if !self.lane.is_frames() {
            return;
        }
        let reason = if self.incoming.is_refused() {
            Some(CloseReason::TooBig)
        } else if self.incoming.is_unfinished() {
            let after = Duration::from_millis(self.limits.unfinished_ms);
            let deadline = self.unfinished.get_or_insert_with(|| Box::pin(sleep(after)));
            deadline.as_mut().poll(cx).is_ready().then_some(CloseReason::Unfinished)
        } else {
            self.unfinished = None;
            None
        };
        if let Some(reason) = reason {
            self.unfinished = None;
            self.lane.close(&[], reason.code(), reason.message());
        }
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let drain = self
            .drain
            .get_or_insert_with(|| Box::new(Drain::new(self.lane.clone(), self.limits.linger_ms)));
        Pin::new(&mut **drain).poll(cx)
    }

    fn poll_out(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let lane = &*self.lane;
        let result = lane.with(|state, news| {
            let result = loop {
                match state.pass(&lane.socket, bufs, news) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        lane.wakes.writer.register(cx.waker());
                        ready!(lane.poll_room())?;
                    }
                    result => break result,
                }
            };
            match state.stage {
                Stage::Http => lane.wakes.answering.store(true, SeqCst),
                Stage::Answer => {}
                Stage::Frames | Stage::Closing => {
                    news.gone |= result.is_err();
                    if state.stage == Stage::Frames && !lane.is_frames() {
                        lane.wakes.set(Flag::Frames);
                    }
                    // The fan-out's turn comes at the end of the frame, not when there is room for the rest of it.
                    if state.is_inside() {
                        if lane.wakes.take(Flag::WantsRoom) {
                            lane.wakes.set(Flag::WantsEnd);
                        }
                    } else if lane.wakes.take(Flag::WantsEnd) {
                        news.writable = true;
                    }
                }
            }
            Poll::Ready(result)
        });
        if lane.wakes.has(Flag::Closing) {
            let _ = lane.finish();
        }
        result
    }
}

impl<S: Socket> AsyncRead for LaneIo<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            // First, so that whoever releases or closes the lane from here on wakes this task.
            this.lane.wakes.reader.register(cx.waker());
            if this.lane.wakes.has(Flag::Closing) {
                return this.poll_drain(cx).map(Ok);
            }
            if this.lane.wakes.has(Flag::Held) {
                // The client is not to blame for the time that it is held.
                this.unfinished = None;
                return Poll::Pending;
            }
            let start = buf.filled().len();
            let read = this.poll_socket(cx, buf);
            if let Poll::Ready(Ok(1..)) = read {
                let good = this.hear(&buf.filled()[start..]);
                buf.set_filled(start + good);
            } else if !read.is_pending() && this.lane.is_frames() {
                this.lane.wakes.gone();
            }
            this.refuse(cx);
            match read {
                Poll::Ready(Ok(1..)) if buf.filled().len() == start => {}
                Poll::Pending if this.lane.wakes.has(Flag::Closing) => {}
                read => return read.map_ok(|_| ()),
            }
        }
    }
}

impl<S: Socket> AsyncWrite for LaneIo<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_out(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_out(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What the library wrote is with the kernel already.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A closing lane shuts the stream itself, behind its last frame.
        if !self.lane.wakes.has(Flag::Closing) {
            self.lane.wakes.gone();
            self.lane.socket.shutdown_write();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Socket> Drop for LaneIo<S> {
    fn drop(&mut self) {
        let drained = self.drain.as_ref().is_some_and(|drain| drain.is_done());
        if self.lane.wakes.has(Flag::Closing)
            && !drained
            && let Ok(runtime) = Handle::try_current()
        {
            let new = || Box::new(Drain::new(self.lane.clone(), self.limits.linger_ms));
            runtime.spawn(self.drain.take().unwrap_or_else(new));
            return;
        }
        self.lane.wakes.gone();
        // The handle keeps the socket for a little longer; the peer need not wait for that.
        if Arc::strong_count(&self.lane) > 1 {
            self.lane.socket.shutdown_write();
        }
    }
}
