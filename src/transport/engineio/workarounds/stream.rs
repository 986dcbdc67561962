//! The WebSocket stream that the library sees: input is corrected, the first heartbeat and the probe's answer are removed from the output,
//! and CONNECT_ERROR packets get their codes.

use std::{
    io::{self, Cursor},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use socketioxide::socket::Sid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::frame::{
    Frame, FrameHeader,
    coding::{Data, OpCode},
};

use super::{
    connect_error::ConnectErrors,
    inbound::Inbound,
    packet::Dialect,
    swallow::{FIRST_PING, PROBED, Swallow},
};
use crate::{
    limits::{BEHIND_CONNECT_BYTES, WS_READ_BUFFER},
    transport::{
        engineio::{foreign, sessions::Guard},
        lane::Lane,
        socketio::Sessions,
    },
};

/// A stream between a lane and the library, which corrects both directions.
pub struct EdgeStream<S> {
    io: S,
    /// The connection's lane, by which a client with another parser is disconnected.
    lane: Option<Arc<Lane>>,
    /// The probe and upgrade packets, replayed to the library before all other input.
    replay: &'static [u8],
    /// Corrected input that the library has not read yet.
    ahead: BytesMut,
    inbound: Inbound,
    /// Input behind a CONNECT packet that has no answer yet.
    behind: BytesMut,
    /// Frames of the library that must still be removed, in this order.
    swallow: &'static [Swallow],
    errors: ConnectErrors,
    /// Remaining bytes of a library's frame that is passed on.
    passing: usize,
    /// The bytes not sent yet of a frame that replaces one of the library's.
    instead: Bytes,
    /// The library's reading task, while it waits for the first heartbeat to be removed, or for the answer to a CONNECT packet.
    reader: Option<Waker>,
    /// Released when the library has read the upgrade packet.
    upgraded: Option<(Arc<Sessions>, Sid, Guard)>,
}

/// Engine.IO's close packet.
const CLOSE: &[u8] = b"1";
/// The packets `2probe` and `5` in client frames with a zero mask.
const REPLAY: &[u8] = b"\x81\x86\0\0\0\x002probe\x81\x81\0\0\0\x005";

/// A polling session that moves to WebSocket.
pub struct Upgraded {
    pub sessions: Arc<Sessions>,
    pub sid: Sid,
    /// Delays other requests of the session until the library has upgraded it.
    pub guard: Guard,
    /// Whether the first heartbeat was not fetched by polling, and so will appear on this stream.
    pub unpinged: bool,
}

impl<S> EdgeStream<S> {
    /// The stream of a new session. `ahead` has the bytes that were read after the handshake's.
    pub fn fresh(io: S, lane: Option<Arc<Lane>>, ahead: &[u8], dialect: Dialect, errors: ConnectErrors) -> Self {
        let swallow: &[_] = if errors.is_v4() { &[FIRST_PING] } else { &[] };
        Self::new(io, lane, ahead, dialect, errors, swallow)
    }

    /// The stream of a session that moves from polling, after its probe.
    pub fn upgraded(
        io: S,
        lane: Option<Arc<Lane>>,
        ahead: &[u8],
        dialect: Dialect,
        errors: ConnectErrors,
        session: Upgraded,
    ) -> Self {
        let swallow: &[_] = if session.unpinged {
            &[PROBED, FIRST_PING]
        } else {
            &[PROBED]
        };
        let mut stream = Self::new(io, lane, &[], dialect, errors, swallow);
        stream.replay = REPLAY;
        if session.sessions.worker(session.sid).is_some() {
            stream.inbound.set_connected();
        }
        stream.take(ahead);
        stream.upgraded = Some((session.sessions, session.sid, session.guard));
        stream
    }

    fn new(
        io: S,
        lane: Option<Arc<Lane>>,
        ahead: &[u8],
        dialect: Dialect,
        errors: ConnectErrors,
        swallow: &'static [Swallow],
    ) -> Self {
        let mut stream = Self {
            io,
            lane,
            replay: &[],
            ahead: BytesMut::new(),
            inbound: Inbound::new(dialect),
            behind: BytesMut::new(),
            swallow,
            errors,
            passing: 0,
            instead: Bytes::new(),
            reader: None,
            upgraded: None,
        };
        stream.take(ahead);
        stream
    }

    /// Takes input from the client. A client with another parser gets an error, and its connection is closed.
    ///
    /// What comes behind a CONNECT packet waits for its answer, because the library would close the connection.
    fn take(&mut self, bytes: &[u8]) {
        let rest = match self.inbound.waits_for_answer() {
            true => bytes,
            false => self.inbound.take(bytes, &mut self.ahead),
        };
        self.behind.extend_from_slice(rest);
        if let Some(foreign) = self.inbound.foreign()
            && let Some(lane) = &self.lane
        {
            lane.close(&[&foreign.frame()], foreign::CLOSE_CODE, foreign::REASON);
        }
    }

    /// Takes the input that waited for the answer to a CONNECT packet: whether a namespace is open.
    fn go_on(&mut self, open: bool) {
        self.inbound.answered(open);
        let behind = std::mem::take(&mut self.behind);
        self.take(&behind);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Whether the library's output must be read before it may read further input.
    fn waits_for_ping(&self) -> bool {
        self.swallow.iter().any(|swallow| !swallow.answer.is_empty())
    }

    /// Notes a removed frame, and inserts the client's answer to it into the input.
    fn note_swallowed(&mut self) {
        let Some((first, rest)) = self.swallow.split_first() else {
            return;
        };
        self.swallow = rest;
        if !first.answer.is_empty() {
            let mut answered = BytesMut::from(first.answer);
            answered.extend_from_slice(&self.ahead);
            self.ahead = answered;
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// What to do with the library's next frame. The library writes whole frames.
    fn front(&self, bytes: &[u8]) -> Front {
        let mut cursor = Cursor::new(bytes);
        let Ok(Some((header, length))) = FrameHeader::parse(&mut cursor) else {
            return Front::Pass(usize::MAX);
        };
        let head = usize::try_from(cursor.position()).expect("a header is short");
        let total = head.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        let text = header.opcode == OpCode::Data(Data::Text) && header.is_final;
        match bytes.get(head..total) {
            Some(payload) if text => {
                if self
                    .swallow
                    .first()
                    .is_some_and(|first| first.payload.as_bytes() == payload)
                {
                    return Front::Swallow(total);
                }
                // No close packet on a WebSocket, as in the reference server (engine.io 6.6, `lib/transports/websocket.ts`, `doClose`): a client
                // would end at it, without the close reason.
                if payload == CLOSE {
                    return Front::Instead(total, Bytes::new());
                }
                let corrected = std::str::from_utf8(payload)
                    .ok()
                    .and_then(|packet| self.errors.corrected(packet));
                corrected.map_or(Front::Pass(total), |packet| Front::Instead(total, framed(packet)))
            }
            _ => Front::Pass(total),
        }
    }
}

/// Whether a namespace is open, if a frame of the library answers a CONNECT packet.
fn connect_answer(frame: &[u8]) -> Option<bool> {
    match frame {
        // The length has two further bytes (RFC 6455, section 5.2).
        [0x81, 126, _, _, packet @ ..] | [0x81, _, packet @ ..] if packet.starts_with(b"40") => Some(true),
        [0x81, 126, _, _, packet @ ..] | [0x81, _, packet @ ..] if packet.starts_with(b"44") => Some(false),
        _ => None,
    }
}

/// A server's text frame with this packet.
fn framed(packet: String) -> Bytes {
    let mut bytes = Vec::with_capacity(packet.len() + 10);
    let frame = Frame::message(packet, OpCode::Data(Data::Text), true);
    frame.format(&mut bytes).expect("a Vec takes all");
    bytes.into()
}

enum Front {
    Pass(usize),
    Swallow(usize),
    Instead(usize, Bytes),
}

impl<S: AsyncRead + Unpin> AsyncRead for EdgeStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.replay.is_empty() {
            let (here, rest) = this.replay.split_at(this.replay.len().min(buf.remaining()));
            buf.put_slice(here);
            this.replay = rest;
            return Poll::Ready(Ok(()));
        }
        if let Some((sessions, sid, _)) = this.upgraded.take() {
            sessions.polled(sid);
        }
        if this.waits_for_ping() {
            this.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        while this.ahead.is_empty() {
            let mut bytes = [0; WS_READ_BUFFER];
            let mut read = ReadBuf::new(&mut bytes);
            if this.inbound.waits_for_answer() {
                this.reader = Some(cx.waker().clone());
                // The rest stays in the socket, and the client waits.
                if this.behind.len() >= BEHIND_CONNECT_BYTES {
                    return Poll::Pending;
                }
            }
            ready!(Pin::new(&mut this.io).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.take(read.filled());
        }
        let count = this.ahead.len().min(buf.remaining());
        buf.put_slice(&this.ahead[..count]);
        this.ahead.advance(count);
        if this.ahead.is_empty() {
            // An idle connection keeps no buffer.
            this.ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> EdgeStream<S> {
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.instead))?;
            self.instead.advance(written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for EdgeStream<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_instead(cx))?;
        if this.passing == 0 {
            if this.inbound.waits_for_answer()
                && let Some(open) = connect_answer(bytes)
            {
                this.go_on(open);
            }
            match this.front(bytes) {
                Front::Pass(total) => this.passing = total,
                Front::Swallow(total) => {
                    this.note_swallowed();
                    return Poll::Ready(Ok(total));
                }
                Front::Instead(total, frame) => {
                    this.instead = frame;
                    // The rest goes out with the next write or flush.
                    if let Poll::Ready(Err(error)) = this.poll_instead(cx) {
                        return Poll::Ready(Err(error));
                    }
                    return Poll::Ready(Ok(total));
                }
            }
        }
        let end = this.passing.min(bytes.len());
        let written = ready!(Pin::new(&mut this.io).poll_write(cx, &bytes[..end]))?;
        this.passing -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_instead(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_instead(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
