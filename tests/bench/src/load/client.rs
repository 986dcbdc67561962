//! One client: a WebSocket connection that speaks as much Engine.IO 4 and Socket.IO 5 as joining a room needs.

use std::io::{self, ErrorKind, Read, Write};

use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;

use super::message::{self, Stamp};
use crate::frame;

/// The request that every client opens with. Its key is the one of RFC 6455's example, so that the floor knows the answer.
pub const UPGRADE: &[u8] =
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n\
Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const HEAD_END: &[u8] = b"\r\n\r\n";

/// How far a client has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The TCP connection is under way.
    Connecting,
    /// The answer to the upgrade is awaited.
    Upgrading,
    /// Frames come; the namespace has not answered.
    Opening,
    /// In the namespace.
    Connected,
}

/// A client's connection.
pub struct Client {
    stream: TcpStream,
    stage: Stage,
    /// The begin of a frame whose rest has not come.
    rest: Vec<u8>,
    /// Messages that came.
    pub received: u64,
}

impl Client {
    /// A client of a connection that is under way.
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            stage: Stage::Connecting,
            rest: Vec::new(),
            received: 0,
        }
    }

    /// Whether the namespace has let it in.
    pub fn connected(&self) -> bool {
        self.stage == Stage::Connected
    }

    /// Its socket, for the poll.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// The socket can be written: if that is because it is connected now, asks for the upgrade.
    pub fn writable(&mut self) -> Result<()> {
        if self.stage == Stage::Connecting {
            if let Some(error) = self.stream.take_error()? {
                return Err(error).context("a client could not connect");
            }
            self.stream.set_nodelay(true)?;
            self.send(UPGRADE)?;
            self.stage = Stage::Upgrading;
        }
        Ok(())
    }

    /// Writes a small frame, for which a socket that is being read always has room.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream
            .write_all(bytes)
            .context("a client could not write: the server does not read, or has closed")
    }

    /// Reads what is there and hands each message to `on_message`.
    pub fn readable(&mut self, buffer: &mut [u8], mut on_message: impl FnMut(Stamp)) -> Result<()> {
        loop {
            let len = match self.stream.read(buffer) {
                Ok(0) => bail!("the server has closed a client's connection"),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).context("a client could not read"),
            };
            if self.rest.is_empty() {
                let used = self.take(&buffer[..len], &mut on_message)?;
                self.rest.extend_from_slice(&buffer[used..len]);
            } else {
                let mut bytes = std::mem::take(&mut self.rest);
                bytes.extend_from_slice(&buffer[..len]);
                let used = self.take(&bytes, &mut on_message)?;
                bytes.drain(..used);
                self.rest = bytes;
            }
            // A short read has emptied the socket, and the poll tells of what comes later.
            if len < buffer.len() {
                return Ok(());
            }
        }
    }

    /// Ends the connection at once, so that its port is free again.
    pub fn close(self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO))
    }

    /// Takes whole frames from the begin of `bytes`; returns how many bytes they were.
    fn take(&mut self, bytes: &[u8], on_message: &mut impl FnMut(Stamp)) -> Result<usize> {
        let mut at = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = bytes.windows(HEAD_END.len()).position(|window| window == HEAD_END) else {
                return Ok(0);
            };
            let line = String::from_utf8_lossy(&bytes[..bytes.len().min(32)]);
            ensure!(
                bytes.starts_with(b"HTTP/1.1 101"),
                "the server refuses a WebSocket: {line}"
            );
            self.stage = Stage::Opening;
            at = end + HEAD_END.len();
        }
        while let Some(head) = frame::first(&bytes[at..]) {
            let payload = &bytes[at + head.payload_at..at + head.len];
            match head.opcode {
                frame::TEXT => self.packet(payload, on_message)?,
                frame::PING => self.send(&frame::of_client(frame::PONG, payload))?,
                frame::CLOSE => bail!("the server ends a client's connection: {}", closing(payload)),
                _ => {}
            }
            at += head.len;
        }
        Ok(at)
    }

    fn packet(&mut self, packet: &[u8], on_message: &mut impl FnMut(Stamp)) -> Result<()> {
        if let Some(stamp) = message::read(packet) {
            self.received += 1;
            on_message(stamp);
            return Ok(());
        }
        match packet {
            [b'0', ..] => self.send(&frame::of_client(frame::TEXT, b"40")),
            b"2" => self.send(&frame::of_client(frame::TEXT, b"3")),
            [b'4', b'0', ..] => {
                self.stage = Stage::Connected;
                Ok(())
            }
            [b'4', b'4', reason @ ..] => bail!("the server lets a client not in: {}", String::from_utf8_lossy(reason)),
            _ => Ok(()),
        }
    }
}

fn closing(payload: &[u8]) -> String {
    match payload {
        [high, low, reason @ ..] => {
            format!(
                "{} {}",
                u16::from_be_bytes([*high, *low]),
                String::from_utf8_lossy(reason)
            )
        }
        _ => "without a code".to_owned(),
    }
}
