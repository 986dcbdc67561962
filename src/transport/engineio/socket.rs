//! Socket.IO clients on WebSocket: a request opens a new session, or moves a polling session to WebSocket within `upgrade_timeout`.

use std::{io::Cursor, sync::Arc};

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http::{Method, Request, Response};
use socketioxide::socket::Sid;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use super::{
    Edge,
    leftover::frames as frames_of,
    opening_query,
    request::{EngineError, EngineRequest, Protocol, Transport},
    session_query,
    sessions::Guard,
    workarounds::stream::{EdgeStream, Upgraded},
};
use crate::transport::websocket::handshake::{Handshake, NoHandshake, Stream};

/// Maximum payload of a frame in a probe, in bytes: that of a control frame.
const PROBE_FRAME_BYTES: u64 = 125;

impl Edge {
    pub(super) fn open_socket(self: Arc<Self>, request: &EngineRequest, http: &mut Request<()>) -> Response<Body> {
        let query = opening_query(request, http);
        let fresh = self.fresh(request, http, Method::GET, &query, Body::empty());
        let (dialect, errors) = (self.dialect(request), self.errors(request));
        let (response, handshake) = match self.accept(http) {
            Ok(accepted) => accepted,
            Err(_) => return EngineError::BadRequest.response(),
        };
        tokio::spawn(async move {
            let lane = handshake.lane.clone();
            if let Some((stream, ahead)) = handshake.stream().await {
                self.hand_over(EdgeStream::fresh(stream, Some(lane), &ahead, dialect, errors), fresh);
            }
        });
        response
    }

    /// Accepts the WebSocket handshake of a polling session. The library gets the stream only after the probe.
    pub(super) async fn upgrade(
        self: Arc<Self>,
        request: &EngineRequest,
        sid: Sid,
        http: &mut Request<()>,
    ) -> Response<Body> {
        // Entered first: an upgrade that ends while the library is asked is seen in the guard, and one that ended before by the library.
        let guard = self.polling.enter(sid);
        let polling = self.is_polling(request, sid, http).await;
        if polling == Err(EngineError::UnknownSession) {
            return EngineError::UnknownSession.response();
        }
        let query = session_query(request.protocol, Transport::WebSocket, sid);
        let fresh = self.fresh(request, http, Method::GET, &query, Body::empty());
        let (response, handshake) = match self.accept(http) {
            Ok(accepted) => accepted,
            Err(_) => return EngineError::BadRequest.response(),
        };
        if polling.is_ok() {
            tokio::spawn(self.probe(request.clone(), sid, guard, handshake, fresh));
        } else {
            tokio::spawn(turn_away(handshake));
        }
        response
    }

    /// Accepts a WebSocket handshake. Bare Engine.IO has no event for the close reason, so its connections end with a close code.
    fn accept(&self, http: &mut Request<()>) -> Result<(Response<Body>, Handshake), NoHandshake> {
        Handshake::accept(http).inspect(|(_, handshake)| handshake.lane.set_bare(self.config.is_socketio))
    }

    async fn probe(
        self: Arc<Self>,
        request: EngineRequest,
        sid: Sid,
        mut guard: Guard,
        handshake: Handshake,
        http: Request<Body>,
    ) {
        let lane = handshake.lane.clone();
        let Some((mut stream, ahead)) = handshake.stream().await else {
            return;
        };
        let mut frames = Frames { bytes: ahead.into() };
        let mut begun = false;
        let talk = async {
            let first = tokio::select! {
                first = frames.step(&mut stream) => first,
                () = guard.probed() => None,
            };
            let Some(first) = first else { return false };
            begun = guard.begin_probe();
            begun && frames.upgrades(first, &mut stream).await
        };
        if timeout(self.config.upgrade_timeout, talk).await.unwrap_or(false) {
            guard.end_probe(true);
            if let Some(rest) = self.leftover.take(sid)
                && stream.write_all(&frames_of(&rest)).await.is_err()
            {
                return;
            }
            self.sessions.upgrading(sid, lane.clone());
            let session = Upgraded {
                sessions: self.sessions.clone(),
                sid,
                guard,
                unpinged: request.protocol == Protocol::V4 && self.polling.first_ping(sid),
            };
            let (dialect, errors) = (self.dialect(&request), self.errors(&request));
            let stream = EdgeStream::upgraded(stream, Some(lane), &frames.bytes, dialect, errors, session);
            self.hand_over(stream, http);
            return;
        }
        if begun {
            guard.end_probe(false);
        }
        lane.close(&[], 1000, "");
    }

    fn hand_over(&self, stream: EdgeStream<Stream>, http: Request<Body>) {
        self.library.take(stream, http.map(drop));
    }
}

/// Closes a second WebSocket connection of a session right after its handshake, as the reference server does (engine.io 6.6,
/// `lib/server.ts`, `onWebSocket`).
async fn turn_away(handshake: Handshake) {
    let lane = handshake.lane.clone();
    if let Some((_stream, _)) = handshake.stream().await {
        lane.close(&[], 1000, "");
    }
}

/// Reads a client's frames during a probe.
struct Frames {
    bytes: BytesMut,
}

/// A packet that a probe may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// `2probe`: the client tests the connection.
    Probe,
    /// `5`: the client upgrades.
    Upgrade,
}

impl Frames {
    /// Answers each probe packet. Returns true when the client sends the upgrade packet.
    async fn upgrades(&mut self, first: Step, stream: &mut Stream) -> bool {
        let pong = [&[0x81, 6][..], b"3probe"].concat();
        let mut next = Some(first);
        while next == Some(Step::Probe) {
            if stream.write_all(&pong).await.is_err() || stream.flush().await.is_err() {
                return false;
            }
            next = self.step(stream).await;
        }
        next == Some(Step::Upgrade)
    }

    /// The next packet of the probe; `None` at the end of the stream, or at a packet that a probe does not allow. No-ops and stray
    /// heartbeats are ignored, as in a session.
    async fn step(&mut self, stream: &mut Stream) -> Option<Step> {
        loop {
            match &*self.next(stream).await? {
                b"2probe" => return Some(Step::Probe),
                b"5" => return Some(Step::Upgrade),
                [b'0' | b'3' | b'6', ..] => {}
                _ => return None,
            }
        }
    }

    /// The next text frame; `None` at the end of the stream, or at a frame that a probe does not allow.
    async fn next(&mut self, stream: &mut Stream) -> Option<Bytes> {
        loop {
            let mut cursor = Cursor::new(&self.bytes[..]);
            if let Some((header, length)) = FrameHeader::parse(&mut cursor).ok()? {
                if length > PROBE_FRAME_BYTES || !header.is_final {
                    return None;
                }
                let head = usize::try_from(cursor.position()).ok()?;
                let total = head + usize::try_from(length).ok()?;
                if self.bytes.len() >= total {
                    let mut frame = self.bytes.split_to(total);
                    frame.advance(head);
                    let mask = header.mask?;
                    frame
                        .iter_mut()
                        .enumerate()
                        .for_each(|(at, byte)| *byte ^= mask[at % 4]);
                    match header.opcode {
                        OpCode::Data(Data::Text) => return Some(frame.freeze()),
                        OpCode::Control(Control::Pong) => continue,
                        _ => return None,
                    }
                }
            }
            if stream.read_buf(&mut self.bytes).await.ok()? == 0 {
                return None;
            }
        }
    }
}
