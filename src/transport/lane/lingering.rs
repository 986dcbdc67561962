//! Closes a connection so that its client still gets the last frames: they are written, and the client's input is dropped, for at most
//! `linger_ms`.

use std::{
    future::Future,
    io::ErrorKind,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::ReadBuf,
    time::{Sleep, sleep},
};

use super::{handle::Lane, socket::Socket};

/// Maximum number of bytes dropped in one read.
const SCRAP_BYTES: usize = 2048;

/// Ready when the peer has closed or the deadline has passed. Runs inside the library's reads, or as its own task after the library has
/// dropped the stream.
///
/// Closing a socket with unread bytes would reset the connection, and the client might lose the last frames.
pub(super) struct LingeringClose<S: Socket> {
    lane: Arc<Lane<S>>,
    deadline: Pin<Box<Sleep>>,
    done: bool,
}

impl<S: Socket> LingeringClose<S> {
    pub fn new(lane: Arc<Lane<S>>, linger_ms: u64) -> Self {
        Self {
            lane,
            deadline: Box::pin(sleep(Duration::from_millis(linger_ms))),
            done: false,
        }
    }

    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Drops all available input; returns true at the end of the stream.
    fn drop_reads(&self, cx: &mut Context<'_>) -> bool {
        let mut scrap = [0; SCRAP_BYTES];
        loop {
            match self.lane.socket.poll_read_ready(cx) {
                Poll::Pending => return false,
                Poll::Ready(Err(_)) => return true,
                Poll::Ready(Ok(())) => match self.lane.socket.try_read(&mut ReadBuf::new(&mut scrap)) {
                    Ok(0) => return true,
                    Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                        return true;
                    }
                    Ok(_) | Err(_) => {}
                },
            }
        }
    }
}

impl<S: Socket> Future for LingeringClose<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.done {
            // Free space in the socket, and the end of the library's frame, wake the reader.
            self.lane.notifications.reader.register(cx.waker());
            let _ = self.lane.finish();
            if !self.drop_reads(cx) && self.deadline.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.done = true;
            self.lane.socket.shutdown_write();
            self.lane.notifications.gone();
        }
        Poll::Ready(())
    }
}
