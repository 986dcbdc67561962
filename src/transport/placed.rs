//! A stream that occupies one of the server's connection slots, and ends when the slot is given to a connection with higher priority.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection's slot, which may be evicted in favour of another connection. Dropping it frees the slot.
pub trait Evicted: Send + Sync {
    /// Ready when another connection has taken the slot.
    fn poll_lost(&self, context: &Context<'_>) -> Poll<()>;

    /// Called when bytes went out to the client.
    fn on_write(&self);
}

/// A stream that holds a connection slot while it is open, upgraded or not, and ends when the slot is evicted.
pub struct Placed<S> {
    stream: S,
    permit: Box<dyn Evicted>,
}

impl<S> Placed<S> {
    /// Ties a stream to the slot of its connection.
    pub fn new(stream: S, permit: Box<dyn Evicted>) -> Self {
        Self { stream, permit }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if self.permit.poll_lost(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        self.permit.on_write();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, bufs));
        self.permit.on_write();
        Poll::Ready(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
