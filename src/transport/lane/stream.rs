//! The accepted stream of a connection, plain or with TLS, as one type for reads and writes. It holds no queue.

use std::{
    future::poll_fn,
    io::{self, ErrorKind, IoSlice},
    task::{Context, Poll},
};

use rustls::ServerConnection;
use tokio::{io::ReadBuf, net::TcpStream};

use super::socket::Socket;
use crate::transport::tls::TlsStream;

/// The accepted stream of a connection, plain or with TLS. Each call costs one match, which is nothing beside the system call.
pub enum Stream {
    /// A plain TCP connection.
    Plain(TcpStream),
    /// A TLS connection.
    Tls(Box<TlsStream>),
}

impl Stream {
    /// A stream on an accepted socket; plain if `tls` is `None`.
    pub fn new(socket: TcpStream, tls: Option<Box<ServerConnection>>) -> Self {
        match tls {
            None => Self::Plain(socket),
            Some(tls) => Self::Tls(Box::new(TlsStream::new(socket, tls))),
        }
    }

    /// The socket, not registered with a runtime any more, and the TLS connection; before the first write.
    ///
    /// # Errors
    /// The runtime has ended.
    pub fn into_parts(self) -> io::Result<(std::net::TcpStream, Option<Box<ServerConnection>>)> {
        match self {
            Self::Plain(socket) => Ok((socket.into_std()?, None)),
            Self::Tls(stream) => stream.into_parts().map(|(socket, tls)| (socket, Some(tls))),
        }
    }

    /// Copies the client's first bytes without taking them, after the handshake; 0 at the end of the stream.
    ///
    /// # Errors
    /// The stream is broken, or the handshake fails.
    pub async fn peek(&self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.peek(into).await,
            Self::Tls(stream) => {
                stream.handshake().await?;
                stream.peek(into).await
            }
        }
    }

    /// Writes all bytes, and ends the stream.
    ///
    /// # Errors
    /// The peer has closed.
    pub async fn finish(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.try_write_vectored(&[IoSlice::new(bytes)]) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    poll_fn(|cx| self.poll_write_ready(cx)).await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.shutdown_write();
        Ok(())
    }
}

impl Socket for Stream {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_read_ready(cx),
            Self::Tls(stream) => stream.poll_read_ready(cx),
        }
    }

    fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => Socket::try_read(stream, buf),
            Self::Tls(stream) => stream.try_read(buf),
        }
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_write_ready(cx),
            Self::Tls(stream) => stream.poll_write_ready(cx),
        }
    }

    fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => Socket::try_write_vectored(stream, bufs),
            Self::Tls(stream) => stream.try_write_vectored(bufs),
        }
    }

    fn shutdown_write(&self) {
        match self {
            Self::Plain(stream) => stream.shutdown_write(),
            Self::Tls(stream) => stream.shutdown_write(),
        }
    }
}
