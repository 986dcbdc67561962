//! The connection's byte stream as the HTTP and WebSocket libraries see it: the fan-out's writes to the same socket stay hidden. No queue grows.

use std::{
    future::{Future, poll_fn},
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{Arc, atomic::Ordering::SeqCst},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::Handle,
    time::{Sleep, sleep, timeout},
};

use super::{
    handle::Lane,
    incoming::{Early, Incoming},
    lingering::LingeringClose,
    notifications::Flag,
    signals::LaneId,
    socket::Socket,
    state::Stage,
    stream::Stream,
};
use crate::{
    limits::{REFUSED_MS, UNFINISHED_BYTES},
    memory::{Account, Part, Ticket},
    room::CloseReason,
};

/// Limits of what the client of one connection may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLimits {
    /// Maximum payload of one frame, and of all fragments of a message together, in bytes.
    pub message_bytes: usize,
    /// Maximum time from the first byte of a message to its last, in milliseconds.
    pub unfinished_ms: u64,
    /// Maximum time that a closing lane waits for its peer, in milliseconds.
    pub linger_ms: u64,
}

/// The stream that the library reads and writes. Dropping it ends the lane, after the last frames of a closing lane.
pub struct LaneIo<S: Socket = Stream> {
    lane: Arc<Lane<S>>,
    limits: LaneLimits,
    early: Early,
    incoming: Incoming,
    /// Timer that runs while a client's message is incomplete.
    unfinished: Option<Pin<Box<Sleep>>>,
    /// Number of bytes read of the incomplete message.
    pending: usize,
    memory: Option<Ticket>,
    account: Option<Arc<Account>>,
    no_memory: bool,
    /// The reason for which the owner must close the lane, and the deadline for that.
    refused: Option<(CloseReason, Pin<Box<Sleep>>)>,
    lingering: Option<Box<LingeringClose<S>>>,
}

impl<S: Socket> Lane<S> {
    /// Turns an accepted stream into a lane: returns the handle, and the stream for the library.
    pub fn open(socket: S, id: LaneId, limits: LaneLimits) -> (Arc<Self>, LaneIo<S>) {
        let lane = Arc::new(Self::new(socket, id));
        (lane.clone(), LaneIo::new(lane, limits))
    }
}

impl<S: Socket> LaneIo<S> {
    fn new(lane: Arc<Lane<S>>, limits: LaneLimits) -> Self {
        let (early, incoming) = Default::default();
        Self {
            lane,
            limits,
            early,
            incoming,
            unfinished: None,
            pending: 0,
            memory: None,
            account: None,
            no_memory: false,
            refused: None,
            lingering: None,
        }
    }

    /// Counts incomplete messages in `account`. While its share of the budget is used up, a growing message closes its connection.
    #[must_use]
    pub fn counted(mut self, account: Arc<Account>) -> Self {
        self.account = Some(account);
        self
    }

    /// Counts further bytes of a message. False if the memory budget has no room for them.
    fn count(&mut self, bytes: usize) -> bool {
        if !self.incoming.is_unfinished() {
            (self.pending, self.memory) = (0, None);
            return true;
        }
        self.pending += bytes;
        let Some(account) = self.account.as_ref().filter(|_| self.pending > UNFINISHED_BYTES) else {
            return true;
        };
        let ticket = self.memory.get_or_insert_with(|| account.take(Part::Requests, 0));
        ticket.ask_more(bytes)
    }

    /// Whether the library has ended the stream while the owner still has to send the close reason.
    fn is_left_to_owner(&self) -> bool {
        let notifications = &self.lane.notifications;
        let over = [Flag::Closing, Flag::PeerCloses, Flag::Gone]
            .iter()
            .any(|&flag| notifications.has(flag));
        notifications.has(Flag::Frames) && notifications.has(Flag::Bare) && !over && notifications.owner_ends()
    }

    /// Reads once from the socket.
    fn poll_socket(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.lane.socket.poll_read_ready(cx))?;
            match self.lane.socket.try_read(buf) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return Poll::Ready(result),
            }
        }
    }

    /// Handles bytes that were read; returns how many of them the library may see.
    fn on_read(&mut self, bytes: &[u8]) -> usize {
        let notifications = &self.lane.notifications;
        notifications.reads.fetch_add(1, SeqCst);
        if !notifications.has(Flag::Frames) {
            // A read after an answer begins a new request.
            if notifications.answering.load(SeqCst) {
                notifications.answering.store(false, SeqCst);
                (self.early, self.incoming) = Default::default();
            }
            self.early.read(bytes, &mut self.incoming, self.limits.message_bytes);
            if self.incoming.closes() {
                notifications.set(Flag::PeerCloses);
            }
            return bytes.len();
        }
        let followed = self.incoming.follow(bytes, self.limits.message_bytes);
        if followed.fresh {
            self.unfinished = None;
        }
        if self.incoming.closes() {
            self.lane.notifications.set(Flag::PeerCloses);
        }
        self.no_memory = !self.count(bytes.len());
        followed.accepted
    }

    /// Closes the connection if the client's message is too large or is not finished in time.
    fn refuse(&mut self, cx: &mut Context<'_>) {
        if !self.lane.is_frames() {
            return;
        }
        let reason = if self.incoming.is_refused() {
            Some(CloseReason::TooBig)
        } else if self.no_memory {
            Some(CloseReason::Unfinished)
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
            match self.lane.notifications.refused(reason) {
                true => {
                    let patience = Duration::from_millis(REFUSED_MS);
                    self.refused = Some((reason, Box::pin(sleep(patience))));
                }
                false => self.lane.refuse(reason),
            }
        }
    }

    /// Waits, without reading, for the owner to close a refused client's lane; closes the lane itself after [`REFUSED_MS`].
    fn poll_refused(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((reason, deadline)) = &mut self.refused else {
            return Poll::Ready(());
        };
        ready!(deadline.as_mut().poll(cx));
        self.lane.refuse(*reason);
        self.refused = None;
        Poll::Ready(())
    }

    fn poll_lingering(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let lingering = self
            .lingering
            .get_or_insert_with(|| Box::new(LingeringClose::new(self.lane.clone(), self.limits.linger_ms)));
        Pin::new(&mut **lingering).poll(cx)
    }

    fn poll_out(&self, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        if bufs.iter().all(|buf| buf.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let lane = &*self.lane;
        let bare = lane.notifications.has(Flag::Bare) && !lane.notifications.has(Flag::PeerCloses);
        let first = first_filled(bufs);
        let mut ends = false;
        let result = lane.with(|state, notice| {
            let before = match state.stage {
                Stage::Frames if bare => state.before_close(first),
                Stage::Frames | Stage::Http | Stage::Answer | Stage::Closing => None,
            };
            if before == Some(0) {
                ends = true;
                return Poll::Ready(Ok(first.len()));
            }
            let cut = [IoSlice::new(&first[..before.unwrap_or_default()])];
            let bufs = if before.is_some() { &cut } else { bufs };
            let result = loop {
                match state.pass(&lane.socket, bufs, notice) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        lane.notifications.writer.register(cx.waker());
                        ready!(lane.poll_room())?;
                    }
                    result => break result,
                }
            };
            match state.stage {
                Stage::Http => lane.notifications.answering.store(true, SeqCst),
                Stage::Answer => {}
                Stage::Frames | Stage::Closing => {
                    notice.gone |= result.is_err();
                    if state.stage == Stage::Frames && !lane.is_frames() {
                        lane.notifications.set(Flag::Frames);
                    }
                    // The fan-out's turn comes at the end of the frame, not when the socket takes the rest of it.
                    if state.is_inside() {
                        if lane.notifications.take(Flag::WantsRoom) {
                            lane.notifications.set(Flag::WantsEnd);
                        }
                    } else if lane.notifications.take(Flag::WantsEnd) {
                        notice.writable = true;
                    }
                }
            }
            Poll::Ready(result)
        });
        if ends {
            if !lane.notifications.owner_ends() {
                lane.end(&[]);
            }
        } else if lane.notifications.has(Flag::Closing) {
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
            // First, so that a release or close of the lane from here on wakes this task.
            this.lane.notifications.reader.register(cx.waker());
            if this.lane.notifications.has(Flag::Closing) {
                return this.poll_lingering(cx).map(Ok);
            }
            if this.refused.is_some() {
                ready!(this.poll_refused(cx));
                continue;
            }
            if this.incoming.is_refused() && this.lane.is_frames() {
                this.refuse(cx);
                continue;
            }
            if this.lane.notifications.has(Flag::Held) {
                // Paused time does not count against the client's deadline.
                this.unfinished = None;
                return Poll::Pending;
            }
            let start = buf.filled().len();
            let read = this.poll_socket(cx, buf);
            if let Poll::Ready(Ok(1..)) = read {
                let good = this.on_read(&buf.filled()[start..]);
                buf.set_filled(start + good);
            } else if !read.is_pending() && this.lane.is_frames() {
                this.lane.notifications.gone();
            }
            // The library gets the messages before the refused one first, so that their answers precede the close reason.
            if buf.filled().len() == start || !this.incoming.is_refused() {
                this.refuse(cx);
            }
            match read {
                Poll::Ready(Ok(1..)) if buf.filled().len() == start => {}
                Poll::Pending if this.refused.is_some() || this.lane.notifications.has(Flag::Closing) => {}
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

    /// Does nothing, because every write goes straight to the kernel.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A closing lane shuts the stream itself, after its last frame.
        if !self.lane.notifications.has(Flag::Closing) && !self.is_left_to_owner() {
            self.lane.notifications.gone();
            self.lane.socket.shutdown_write();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Socket> Drop for LaneIo<S> {
    fn drop(&mut self) {
        let lingered = self.lingering.as_ref().is_some_and(|lingering| lingering.is_done());
        let left = self.is_left_to_owner();
        if (left || self.lane.notifications.has(Flag::Closing) && !lingered)
            && let Ok(runtime) = Handle::try_current()
        {
            let (lane, linger_ms) = (self.lane.clone(), self.limits.linger_ms);
            let lingering = self.lingering.take();
            if left {
                lane.notifications.set(Flag::Left);
            }
            runtime.spawn(async move {
                if left {
                    wait_for_owner(&lane).await;
                }
                lingering
                    .unwrap_or_else(|| Box::new(LingeringClose::new(lane, linger_ms)))
                    .await;
            });
            return;
        }
        self.lane.notifications.gone();
        // The handle may keep the socket open a little longer; the peer need not wait for that.
        if Arc::strong_count(&self.lane) > 1 {
            self.lane.socket.shutdown_write();
        }
    }
}

fn first_filled<'a>(bufs: &'a [IoSlice<'_>]) -> &'a [u8] {
    bufs.iter().find(|buf| !buf.is_empty()).map_or(&[], |buf| buf)
}

/// Waits up to [`REFUSED_MS`] until the owner closes a lane that the library has dropped, then ends the lane.
async fn wait_for_owner<S: Socket>(lane: &Lane<S>) {
    let closing = poll_fn(|cx| {
        lane.notifications.reader.register(cx.waker());
        match lane.notifications.has(Flag::Closing) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    let _ = timeout(Duration::from_millis(REFUSED_MS), closing).await;
    lane.end(&[]);
}
