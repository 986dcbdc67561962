//! WebSocket requests: a new session, or the upgrade of one that polls.

use std::{io::Cursor, sync::Arc};

use axum::body::Body;
use bytes::{Buf, Bytes, BytesMut};
use http::{Method, Request, Response};
use socketioxide::socket::Sid;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use tower::Service;
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{Control, Data, OpCode},
};

use super::{
    Edge,
    asked::{Asked, Problem, Protocol, Transport},
    polls::Guard,
    rest::frames as frames_of,
    session_query,
    stream::EdgeStream,
};
use crate::net::handshake::{Handshake, Stream};

/// Bytes of a frame in a probe: a control frame's largest payload with its head.
const PROBE_FRAME_BYTES: u64 = 125;

impl Edge {
    pub(super) fn open_socket(self: Arc<Self>, asked: &Asked, request: &mut Request<()>) -> Response<Body> {
        let query = request.uri().query().unwrap_or_default();
        let fresh = self.fresh(asked, request, Method::GET, query, Body::empty());
        let protocol = asked.protocol;
        let (response, handshake) = match Handshake::accept(request) {
            Ok(accepted) => accepted,
            Err(_) => return Problem::BadRequest.response(),
        };
        tokio::spawn(async move {
            if let Some((stream, ahead)) = handshake.stream().await {
                self.hand_over(EdgeStream::fresh(stream, &ahead, protocol), fresh);
            }
        });
        response
    }

    /// Agrees to the handshake of a session that polls. The library hears of it when the probe is through.
    pub(super) async fn upgrade(self: Arc<Self>, asked: &Asked, sid: Sid, request: &mut Request<()>) -> Response<Body> {
        if let Err(problem) = self.is_polling(asked, sid, request).await {
            return problem.response();
        }
        let guard = self.polls.enter(sid);
        let query = session_query(asked.protocol, Transport::WebSocket, sid);
        let fresh = self.fresh(asked, request, Method::GET, &query, Body::empty());
        let (response, handshake) = match Handshake::accept(request) {
            Ok(accepted) => accepted,
            Err(_) => return Problem::BadRequest.response(),
        };
        tokio::spawn(self.probe(asked.protocol, sid, guard, handshake, fresh));
        response
    }

    async fn probe(
        self: Arc<Self>,
        protocol: Protocol,
        sid: Sid,
        mut guard: Guard,
        handshake: Handshake,
        request: Request<Body>,
    ) {
        let lane = handshake.lane.clone();
        let Some((mut stream, ahead)) = handshake.stream().await else {
            return;
        };
        let mut frames = Frames { bytes: ahead.into() };
        let mut begun = false;
        let talk = async {
            let first = tokio::select! {
                first = frames.next(&mut stream) => first,
                () = guard.probed() => None,
            };
            begun = first.as_deref() == Some(b"2probe") && guard.begin_probe();
            begun && frames.changes_over(&mut stream).await
        };
        if timeout(self.config.upgrade_timeout, talk).await.unwrap_or(false) {
            guard.end_probe(true);
            if let Some(rest) = self.rests.take(sid)
                && stream.write_all(&frames_of(&rest)).await.is_err()
            {
                return;
            }
            self.sessions.upgrading(sid, lane);
            let stream = EdgeStream::upgraded(stream, &frames.bytes, protocol, self.sessions.clone(), sid, guard);
            self.hand_over(stream, request);
            return;
        }
        if begun {
            guard.end_probe(false);
        }
        lane.close(&[], 1000, "");
    }

    fn hand_over(&self, stream: EdgeStream<Stream>, request: Request<Body>) {
        // Boxed, because the library's task has room for it in several of its states. The call can fail only on a request line that
        // is not ours.
        drop(self.library.clone().call((Box::new(stream), request.map(drop))));
    }
}

/// A client's frames while it probes.
struct Frames {
    bytes: BytesMut,
}

impl Frames {
    /// Answers the client's probe. True if the client then says that it changes over.
    async fn changes_over(&mut self, stream: &mut Stream) -> bool {
        let pong = [&[0x81, 6][..], b"3probe"].concat();
        if stream.write_all(&pong).await.is_err() || stream.flush().await.is_err() {
            return false;
        }
        self.next(stream).await.as_deref() == Some(b"5")
    }

    /// The next text frame; `None` at the end, or at anything that has no place in a probe.
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
