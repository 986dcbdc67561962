//! A TLS connection instead of a plain socket: decrypts what the client sends, and encrypts in records of at most `limits::TLS_RECORD_BYTES`.

use std::{
    future::poll_fn,
    io::{self, BufRead, ErrorKind, IoSlice, Read, Write},
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use rustls::ServerConnection;
use tokio::{io::ReadBuf, net::TcpStream};

use crate::{
    limits::{LANE_SLICES, TLS_BARREN_BYTES, TLS_RECORD_BYTES},
    transport::lane::Socket,
};

/// A TLS connection in place of a plain socket. Reader and writer share its state under a lock, which is held for one record.
///
/// The kernel may take a part of a record. Its plaintext counts as taken but for the last byte, which is *owed*: the writer comes back with it
/// once the socket is writable, and it counts then. So the writer knows that bytes are left, as with any socket, and nothing waits
/// here unseen. A lane writes the rest of a frame before anything else, so the byte that comes back is the same.
pub struct TlsStream {
    socket: TcpStream,
    state: Mutex<State>,
}

struct State {
    connection: Box<ServerConnection>,
    /// The next byte that is written was encrypted already.
    owed: bool,
    /// Plaintext may be left from the last read.
    readable: bool,
    /// Bytes from the client since the last plaintext.
    barren: usize,
}

/// The plain TCP socket below the TLS records.
struct Below<'a>(&'a TcpStream);

impl Read for Below<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        Socket::try_read(self.0, &mut ReadBuf::new(bytes))
    }
}

impl Write for Below<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl State {
    /// Hands all records to the kernel.
    fn flush(&mut self, socket: &TcpStream) -> io::Result<()> {
        while self.connection.wants_write() {
            match self.connection.write_tls(&mut Below(socket)) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads once from the socket; 0 at its end. Answers of the record layer go out as far as the kernel takes them; the rest leaves with the
    /// next record.
    fn fill(&mut self, socket: &TcpStream) -> io::Result<usize> {
        let handshaking = self.connection.is_handshaking();
        let count = loop {
            match self.connection.read_tls(&mut Below(socket)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                count => break count?,
            }
        };
        let processed = self.connection.process_new_packets();
        match self.flush(socket) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let state = processed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        let ended = handshaking && !self.connection.is_handshaking();
        self.barren = match ended || state.plaintext_bytes_to_read() > 0 {
            true => 0,
            false => self.barren + count,
        };
        match self.barren > TLS_BARREN_BYTES {
            true => Err(io::Error::new(ErrorKind::InvalidData, "too much without content")),
            false => Ok(count),
        }
    }

    /// Encrypts what follows the owed byte, at most one record; returns the number of bytes.
    fn encrypt(&mut self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let (mut skip, mut left) = (usize::from(self.owed), TLS_RECORD_BYTES);
        let mut record = heapless::Vec::<_, LANE_SLICES>::new();
        for piece in bytes.iter().take(LANE_SLICES) {
            let skipped = skip.min(piece.len());
            let piece = &piece[skipped..piece.len().min(skipped + left)];
            (skip, left) = (skip - skipped, left - piece.len());
            record.push(IoSlice::new(piece)).expect("no more than its capacity");
        }
        self.connection.writer().write_vectored(&record)
    }
}

impl TlsStream {
    /// A connection on a socket, before its handshake or after it.
    pub fn new(socket: TcpStream, connection: Box<ServerConnection>) -> Self {
        let state = State {
            // Plaintext may have come with the end of the handshake.
            readable: !connection.is_handshaking(),
            connection,
            owed: false,
            barren: 0,
        };
        Self {
            socket,
            state: Mutex::new(state),
        }
    }

    /// The socket below.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// The socket, not registered with a runtime any more, and the connection; before the first write.
    ///
    /// # Errors
    /// The runtime has ended.
    pub fn into_parts(self) -> io::Result<(std::net::TcpStream, Box<ServerConnection>)> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((self.socket.into_std()?, state.connection))
    }

    /// Shakes hands. The caller bounds the time.
    ///
    /// # Errors
    /// The client speaks something else, agrees on nothing, or has closed.
    pub async fn handshake(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll_handshake(cx)).await
    }

    fn poll_handshake(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        loop {
            match state.flush(&self.socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_write_ready(cx))?;
                    continue;
                }
                flushed => flushed?,
            }
            if !state.connection.is_handshaking() {
                state.readable = true;
                return Poll::Ready(Ok(()));
            }
            match state.fill(&self.socket) {
                Ok(0) => return Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => ready!(self.socket.poll_read_ready(cx))?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Copies the first plaintext without taking it; 0 at the end of the stream. Behind the handshake.
    ///
    /// # Errors
    /// The stream is broken.
    pub async fn peek(&self, into: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| {
            let mut state = self.lock();
            loop {
                match state.connection.reader().fill_buf() {
                    Ok(chunk) => {
                        let count = chunk.len().min(into.len());
                        into[..count].copy_from_slice(&chunk[..count]);
                        return Poll::Ready(Ok(count));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Poll::Ready(Err(error)),
                }
                match state.fill(&self.socket) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => ready!(self.socket.poll_read_ready(cx))?,
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket for TlsStream {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.lock().readable {
            true => Poll::Ready(Ok(())),
            false => self.socket.poll_read_ready(cx),
        }
    }

    fn try_read(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
        let mut state = self.lock();
        loop {
            match state.connection.reader().read(buf.initialize_unfilled()) {
                Ok(count) => {
                    buf.advance(count);
                    state.readable = count > 0 && buf.remaining() == 0;
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => state.readable = false,
                // Many clients close without saying so in TLS. HTTP and WebSocket have ends of their own.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) => return Err(error),
            }
            state.fill(&self.socket)?;
        }
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_write_ready(cx)
    }

    fn try_write_vectored(&self, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.lock();
        state.flush(&self.socket)?;
        let owed = usize::from(state.owed);
        let encrypted = state.encrypt(bytes)?;
        state.owed = false;
        match state.flush(&self.socket) {
            Ok(()) => Ok(owed + encrypted),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                state.owed = encrypted > 0;
                match owed + encrypted - usize::from(state.owed) {
                    0 => Err(error),
                    taken => Ok(taken),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn shutdown_write(&self) {
        let mut state = self.lock();
        state.connection.send_close_notify();
        let _ = state.flush(&self.socket);
        self.socket.shutdown_write();
    }
}
