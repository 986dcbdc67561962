//! Answers the polling requests of Socket.IO clients: handshake, poll (GET) and post. Their bodies are bounded (`payload_bytes`), and the answer
//! to a post is delayed while the client has too many unanswered commands.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use socketioxide::socket::Sid;
use tokio::time::{Instant, timeout};

use super::{
    Edge,
    answer::{answer, is_unknown_session, text, with_close},
    opening_query,
    payload::{self, Judged},
    reader,
    request::{EngineError, EngineRequest, Protocol, Transport},
    session_query,
    sessions::{Guard, Probe},
    unanswered::Unanswered,
    workarounds::{error_code, first_ping, payload_v3},
};
use crate::{
    room::CloseReason,
    transport::{
        body::{self, Unread},
        ingress::Peer,
        query,
    },
};

/// Size limit of the library's answers; unlimited here, because the library's own payload limit applies.
const ANSWER_BYTES: usize = usize::MAX;

/// Time to wait for packets that the library still holds; if it has none, it would wait for new ones.
const LAST_WAIT: Duration = Duration::from_millis(50);

impl Edge {
    pub(super) async fn open_polling(&self, request: &EngineRequest, http: &Request<()>) -> Response<Body> {
        let query = opening_query(request, http);
        let mut fresh = self.fresh(request, http, Method::GET, &query, Body::empty());
        let (registration, since) = (self.polling.register(), Instant::now());
        fresh.extensions_mut().insert(registration.clone());
        if let Some(peer) = http.extensions().get::<Peer>() {
            let pairs = query::pairs(http.uri().query());
            let operates = pairs.is_ok_and(|pairs| query::value(&pairs, "operates") == Some("1"));
            match self.slots.enter(peer.device, operates) {
                Some(slot) => drop(fresh.extensions_mut().insert(slot)),
                None => return EngineError::Full.response(),
            }
        }
        let (status, body) = self.library_body(fresh).await;
        if let Some(sid) = payload::opened_sid(&body) {
            registration.opened(sid, request.protocol, since);
        }
        answer(request, status, body)
    }

    /// Answers a poll (GET) once there are packets for the session.
    pub(super) async fn fetch(
        self: &Arc<Self>,
        request: &EngineRequest,
        sid: Sid,
        http: &Request<()>,
    ) -> Response<Body> {
        let mut unanswered = Unanswered::new(self, request, sid);
        let answer = self.fetched(request, sid, http, &mut unanswered.guard).await;
        unanswered.answered();
        answer
    }

    async fn fetched(
        &self,
        request: &EngineRequest,
        sid: Sid,
        http: &Request<()>,
        guard: &mut Guard,
    ) -> Response<Body> {
        let query = session_query(request.protocol, Transport::Polling, sid);
        let noop = || answer(request, StatusCode::OK, payload::noop(request.protocol));
        match guard.settled().await {
            Probe::None => {}
            Probe::UnderWay => return noop(),
            Probe::Through => return EngineError::BadRequest.response(),
        }
        if let Some(rest) = self.leftover.take(sid) {
            return answer(request, StatusCode::OK, self.leftover.keep(sid, &rest));
        }
        let (mut again, mut closed) = (false, false);
        loop {
            let fresh = self.fresh(request, http, Method::GET, &query, Body::empty());
            let (status, body) = tokio::select! {
                answer = self.library_body(fresh) => answer,
                // No packet is lost: the library's future holds none while it waits.
                probe = guard.noop_due() => match probe {
                    Probe::Through => return EngineError::BadRequest.response(),
                    Probe::None | Probe::UnderWay => (StatusCode::OK, payload::noop(request.protocol)),
                },
            };
            let body = with_close(request.protocol, status, body);
            // The last answer to a client with another parser, whose session is over.
            if let Some(last) = self.leftover.take(sid) {
                return answer(request, StatusCode::OK, last);
            }
            // Kept for a second call: the client may close its session between both.
            closed |= self.polling.was_closed(sid);
            if let Some(last) = self.last_answer(request, sid, status, &body, closed).await {
                return answer(request, StatusCode::OK, last);
            }
            if status != StatusCode::OK {
                // Another fetch may have ended the session between both calls. This one counts as the waiting fetch.
                let ended = again && is_unknown_session(&body);
                return match (closed, ended) {
                    (true, _) => noop(),
                    (false, true) => answer(request, StatusCode::OK, payload::close(request.protocol).into()),
                    (false, false) => answer(request, status, body),
                };
            }
            if guard.is_through() && body == payload::noop(request.protocol) {
                // The library's answer to a fetch that an upgrade has overtaken.
                return EngineError::BadRequest.response();
            }
            self.sessions.polled(sid);
            let body = self.sessions.amended(sid, body);
            if request.protocol == Protocol::V4
                && let Some(rest) = first_ping::without_ping(&body)
                && self.polling.first_ping(sid)
            {
                // Taken out and answered here: see `first_ping`.
                let pong = self.fresh(request, http, Method::POST, &query, Body::from("3"));
                self.library_body(pong).await;
                if rest.is_empty() {
                    again = true;
                    continue;
                }
                return answer(request, status, self.portion(request, sid, rest));
            }
            return answer(request, status, self.portion(request, sid, body));
        }
    }

    /// The last answer of a session that ended while the library answered with `body`; `None` while it goes on, or if the client closed it.
    async fn last_answer(
        &self,
        request: &EngineRequest,
        sid: Sid,
        status: StatusCode,
        body: &Bytes,
        closed: bool,
    ) -> Option<Bytes> {
        // The library ends a session with a packet that tells the client no reason, or, between two fetches, with nothing.
        let ended = match status {
            StatusCode::OK => payload::closes(request.protocol, body),
            _ => is_unknown_session(body),
        };
        if !ended || closed {
            return None;
        }
        let last = self.last_words(request, sid).await?;
        let before = match status {
            StatusCode::OK => self
                .sessions
                .amended(sid, payload::without_close(request.protocol, body)),
            _ => Bytes::new(),
        };
        Some(self.joined(request, &before, &last))
    }

    /// Answers a poll of an ended session with the packets that the library still holds.
    pub(super) async fn fetch_last(&self, request: &EngineRequest, sid: Sid, http: &Request<()>) -> Response<Body> {
        if let Some(rest) = self.leftover.take(sid) {
            return answer(request, StatusCode::OK, self.leftover.keep(sid, &rest));
        }
        if self.sessions.is_lost(sid)
            && let Some(last) = self.last_words(request, sid).await
        {
            return answer(request, StatusCode::OK, last);
        }
        let query = session_query(request.protocol, Transport::Polling, sid);
        let fresh = self.fresh(request, http, Method::GET, &query, Body::empty());
        // Held packets come at once; without any, the library would wait for new ones.
        match timeout(LAST_WAIT, self.library_body(fresh)).await {
            Ok((StatusCode::OK, body)) => answer(request, StatusCode::OK, self.portion(request, sid, body)),
            _ => {
                self.sessions.end(sid);
                EngineError::UnknownSession.response()
            }
        }
    }

    /// The close reasons for the client of a session that the library ended, as a payload; `None` if the session is unknown.
    async fn last_words(&self, request: &EngineRequest, sid: Sid) -> Option<Bytes> {
        let words = self.sessions.last_words(sid).await?;
        Some(match request.protocol {
            Protocol::V3 => payload_v3::corrected_v3(&payload_v3::payload_of(&words), self.errors(request)),
            Protocol::V4 => words.join("\x1e").into(),
        })
    }

    /// Joins two payloads, ignoring the limit of packets, because the session gets no further answer.
    fn joined(&self, request: &EngineRequest, before: &Bytes, last: &Bytes) -> Bytes {
        match request.protocol {
            _ if before.is_empty() => last.clone(),
            Protocol::V3 => [&payload_v3::corrected_v3(before, self.errors(request)), &last[..]]
                .concat()
                .into(),
            Protocol::V4 => {
                let before = payload::corrected_v4(before, self.errors(request));
                [&before[..], &[payload::SEPARATOR], last].concat().into()
            }
        }
    }

    /// Accepts a post to an ended session without effect. An error would end the client's pending poll before the close reason arrives
    /// (engine.io-client 6.6, `lib/transports/polling-xhr.ts`, `doWrite`).
    pub(super) async fn discard(&self, body: Body) -> Response<Body> {
        let (most, patience) = (self.config.payload_bytes, self.config.body_timeout);
        let _ = body::read(body, most, patience, &self.config.account).await;
        text(StatusCode::OK, Bytes::from_static(b"ok"))
    }

    pub(super) async fn post(
        &self,
        request: &EngineRequest,
        sid: Sid,
        http: &Request<()>,
        body: Body,
    ) -> Response<Body> {
        let (most, patience) = (self.config.payload_bytes, self.config.body_timeout);
        let body = match body::read(body, most, patience, &self.config.account).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => return self.broke(request, sid, http, EngineError::TooLarge).await,
            Err(Unread::NoMemory) => return EngineError::Full.response(),
            Err(Unread::TooSlow) => return EngineError::TooSlow.response(),
            Err(Unread::Broken) => return EngineError::BadRequest.response(),
        };
        if body.starts_with(b"d=") {
            return EngineError::Jsonp.response();
        }
        let (body, error) = match self.judged(request, sid, http, body) {
            Ok(Judged::Packets(body)) => (body, None),
            Ok(Judged::Cut(body, error)) => (body, Some(error)),
            Ok(Judged::Foreign(foreign)) => {
                self.leftover.put(sid, foreign.payload());
                self.end_session(request, sid, http).await;
                return text(StatusCode::OK, Bytes::from_static(b"ok"));
            }
            Err(error) => return self.broke(request, sid, http, error).await,
        };
        let (body, error) = match reader::before_broken(&body, self.dialect(request)) {
            Some(before) => (before, Some(EngineError::BadRequest)),
            None => (body, error),
        };
        if payload::closes(request.protocol, &body) {
            self.polling.closed(sid);
        }
        if reader::beats(request.protocol, &body) {
            self.polling.heard(sid);
        }
        let query = session_query(request.protocol, Transport::Polling, sid);
        let mut guard = self.polling.enter(sid);
        let (status, body) = self
            .library_body(self.fresh(request, http, Method::POST, &query, Body::from(body)))
            .await;
        if let Some(error) = error {
            return self.broke(request, sid, http, error).await;
        }
        // The library has ended the session a moment ago: the client's fetch says why.
        if is_unknown_session(&body) && self.sessions.worker(sid).is_some() {
            return text(StatusCode::OK, Bytes::from_static(b"ok"));
        }
        if status == StatusCode::OK {
            // Backpressure: the client posts no more before this answer. During an upgrade it waits for the answer and fetches nothing.
            let settled = async {
                tokio::select! {
                    () = self.sessions.eased(sid) => {}
                    () = guard.probed() => {}
                }
            };
            let _ = timeout(self.config.body_timeout, settled).await;
        }
        text(status, body)
    }

    /// Checks the packets of a posted payload, and corrects them for the library.
    fn judged(
        &self,
        request: &EngineRequest,
        sid: Sid,
        http: &Request<()>,
        body: Bytes,
    ) -> Result<Judged, EngineError> {
        let (dialect, limit) = (self.dialect(request), self.config.message_bytes);
        let kind = http.headers().get(header::CONTENT_TYPE);
        let binary = kind.is_some_and(|kind| kind == "application/octet-stream");
        match request.protocol {
            Protocol::V4 => payload::judged_v4(body, dialect, self.sessions.worker(sid).is_some(), limit),
            Protocol::V3 => payload_v3::repaired_v3(&body, dialect, binary, limit),
        }
    }

    /// Ends a session whose client posted an invalid payload.
    ///
    /// A client with a namespace gets the close reason in its next poll, after the answers to its earlier events; an error would end it
    /// first, see [`discard`](Self::discard).
    async fn broke(&self, request: &EngineRequest, sid: Sid, http: &Request<()>, error: EngineError) -> Response<Body> {
        let reason = if error == EngineError::TooLarge {
            CloseReason::TooBig
        } else {
            CloseReason::Broken
        };
        if self.sessions.broke(sid, reason) {
            return text(StatusCode::OK, Bytes::from_static(b"ok"));
        }
        // As the reference server does after a packet that it can't parse.
        if error == EngineError::BadRequest {
            self.end_session(request, sid, http).await;
        }
        error.response()
    }

    /// The packets of a library's payload that fit into one answer; the rest is stored for the next poll.
    fn portion(&self, request: &EngineRequest, sid: Sid, body: Bytes) -> Bytes {
        match request.protocol {
            Protocol::V3 => payload_v3::corrected_v3(&body, self.errors(request)),
            Protocol::V4 => self
                .leftover
                .keep(sid, &payload::corrected_v4(&body, self.errors(request))),
        }
    }

    /// Ends a session in the library by a close packet, as its client would.
    pub(super) async fn end_session(&self, request: &EngineRequest, sid: Sid, http: &Request<()>) {
        let query = session_query(request.protocol, Transport::Polling, sid);
        let close = payload::close(request.protocol);
        self.library_body(self.fresh(request, http, Method::POST, &query, Body::from(close)))
            .await;
    }

    /// Checks that a session exists and is on polling, by an empty payload: the library accepts it without effect only then.
    pub(super) async fn is_polling(
        &self,
        request: &EngineRequest,
        sid: Sid,
        http: &Request<()>,
    ) -> Result<(), EngineError> {
        let query = session_query(request.protocol, Transport::Polling, sid);
        let (status, body) = self
            .library_body(self.fresh(request, http, Method::POST, &query, Body::empty()))
            .await;
        match status {
            StatusCode::OK => Ok(()),
            _ if is_unknown_session(&body) => Err(EngineError::UnknownSession),
            _ => Err(EngineError::BadRequest),
        }
    }

    /// Calls the library; returns the status and body of its answer, with numeric error codes.
    async fn library_body(&self, http: Request<Body>) -> (StatusCode, Bytes) {
        let response = self.call_library(http).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), ANSWER_BYTES).await.unwrap_or_default();
        if status == StatusCode::OK {
            return (status, body);
        }
        (status, error_code::numbered(status, &body))
    }
}
