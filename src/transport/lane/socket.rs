//! The system calls by which a connection's socket is read, written and shut. Nothing grows.

use std::{
    io::{self, ErrorKind, IoSlice},
    net::Shutdown,
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{Interest, ReadBuf},
    net::TcpStream,
};

/// A non-blocking stream socket behind a shared reference. Like tokio's, it keeps the last waker for each direction.
pub trait Socket: Send + Sync + 'static {
    /// Waits until the socket has bytes to read, or an error.
    ///
    /// # Errors
    /// The runtime has ended.
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Reads available bytes; 0 at the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` without available bytes; other errors end the stream.
    fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize>;

    /// Waits until the socket takes bytes, or has an error.
    ///
    /// # Errors
    /// The runtime has ended.
    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Writes as much of `bufs` as the socket's buffer takes.
    ///
    /// # Errors
    /// `WouldBlock` while the buffer is full; other errors end the stream.
    fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Ends the stream towards the peer. Errors are ignored: the peer has closed already.
    fn shutdown_write(&self);
}

impl Socket for TcpStream {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(cx)
    }

    fn try_read(&self, mut buf: &mut ReadBuf<'_>) -> io::Result<usize> {
        self.try_read_buf(&mut buf)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        // `send` and `sendmsg` straight to the descriptor: `writev` goes through the kernel's file layer, and tokio checks the
        // socket's readiness first, which costs a cache line that is needed only when the buffer is full.
        let send = || match bufs {
            [one] => SockRef::from(self).send(one),
            many => SockRef::from(self).send_vectored(many),
        };
        match send() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.try_io(Interest::WRITABLE, send),
            result => result,
        }
    }

    fn shutdown_write(&self) {
        let _ = SockRef::from(self).shutdown(Shutdown::Write);
    }
}
