//! The Engine.IO edge: receives every request below the Socket.IO path before the Socket.IO library does, checks it, and corrects it.
//!
//! The edge limits requests in bytes, packets, time and sessions, and checks each packet of a client. It accepts WebSocket handshakes itself,
//! and performs the probe of an upgrade from polling, so that a failed upgrade leaves the session on polling. The library gets small
//! new requests, whole payloads, and streams that are already past the handshake. `workarounds` compensates the library's defects.

mod answer;
mod foreign;
mod heartbeat;
mod leftover;
mod library;
mod overdue;
mod payload;
mod polling;
mod reader;
mod request;
mod sessions;
mod slots;
mod socket;
mod unanswered;
mod workarounds;

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, Uri};
use socketioxide::socket::Sid;

use self::{
    leftover::LeftoverPackets,
    request::{EngineError, EngineRequest, Protocol, Transport, is_old_client},
    sessions::PollingSessions,
    slots::SessionSlots,
    workarounds::{connect_error::ConnectErrors, packet::Dialect},
};
pub use self::{
    library::Library,
    payload::SEPARATOR,
    request::LIBRARY_PATH,
    slots::SessionSlot,
    workarounds::{connect_error::refused, packet::MARK},
};
use super::{ingress::Peer, socketio::Sessions};
use crate::{limits::Limits, memory::Account, room::Code};

/// Limits and options of the Engine.IO edge.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// Maximum size of a message, in bytes.
    pub message_bytes: usize,
    /// Maximum size of a polling request's body, in bytes.
    pub payload_bytes: usize,
    /// Time limit from the head of a request to the end of its body.
    pub body_timeout: Duration,
    /// Time limit of an upgrade, from the WebSocket handshake of the polling session to its end.
    pub upgrade_timeout: Duration,
    /// Time between two heartbeats.
    pub ping_interval: Duration,
    /// Time limit from a heartbeat to the client's answer.
    pub ping_timeout: Duration,
    /// Maximum number of polling sessions, in total and for one device.
    pub polling_sessions: (usize, Option<u32>),
    /// The memory account.
    pub account: Arc<Account>,
    /// Whether the library keeps the headers of a handshake for the session's lifetime; the product does not need them.
    pub keep_headers: bool,
    /// Code in the error for an unknown namespace; `None` sends the reference server's error.
    pub no_namespace: Option<Code>,
    /// Whether messages are Socket.IO packets; false for applications on bare Engine.IO.
    pub is_socketio: bool,
}

impl EdgeConfig {
    /// The edge's configuration in the product; test programs change single fields.
    pub fn new(limits: &Limits, account: Arc<Account>) -> Self {
        let ms = Duration::from_millis;
        Self {
            message_bytes: limits.message_bytes,
            payload_bytes: limits.payload_bytes,
            body_timeout: ms(limits.body_timeout_ms),
            upgrade_timeout: ms(limits.upgrade_timeout_ms),
            ping_interval: ms(limits.ping_interval_ms),
            ping_timeout: ms(limits.ping_timeout_ms),
            polling_sessions: (limits.connections, limits.per_address),
            account,
            keep_headers: false,
            no_namespace: Some(Code::UnknownRoom),
            is_socketio: true,
        }
    }
}

/// The Engine.IO edge in front of the Socket.IO library: it checks every request and packet first.
pub struct Edge {
    config: EdgeConfig,
    library: Library,
    sessions: Arc<Sessions>,
    polling: Arc<PollingSessions>,
    leftover: LeftoverPackets,
    slots: Arc<SessionSlots>,
}

impl Edge {
    /// Creates the edge in front of a library.
    pub fn new(config: EdgeConfig, library: Library, sessions: Arc<Sessions>) -> Self {
        let polling = Arc::new(PollingSessions::new(config.ping_interval, config.ping_timeout));
        let leftover = LeftoverPackets::new(config.ping_interval + config.ping_timeout);
        let (total, per_device) = config.polling_sessions;
        Self {
            slots: Arc::new(SessionSlots::new(total, per_device, config.account.clone())),
            config,
            library,
            sessions,
            polling,
            leftover,
        }
    }

    /// Answers a request below the Socket.IO path: a handshake, a poll, a post, or a WebSocket.
    pub async fn answer(self: Arc<Self>, http: Request<Body>) -> Response<Body> {
        let (parts, body) = http.into_parts();
        let mut http = Request::from_parts(parts, ());
        let request = match EngineRequest::read(http.uri().query(), http.method()) {
            Ok(request) => request,
            Err(error) => {
                let is_old = error == EngineError::UnknownTransport && is_old_client(http.uri().path());
                return if is_old { EngineError::OldClient } else { error }.response();
            }
        };
        // A session keeps the revision of its handshake.
        if request
            .sid
            .and_then(|sid| self.sessions.protocol(sid))
            .is_some_and(|opened| opened != request.protocol.of_library())
        {
            return EngineError::BadRequest.response();
        }
        if let Some(sid) = request.sid {
            self.end_overdue(&request, sid, &http).await;
        }
        let posts = request.transport == Transport::Polling && http.method() == Method::POST;
        if posts && request.sid.is_some_and(|sid| self.sessions.is_ending(sid)) {
            return self.discard(body).await;
        }
        if let Some(sid) = request.sid.filter(|&sid| self.sessions.is_refused(sid)) {
            return match (request.transport, http.method()) {
                (Transport::Polling, &Method::GET) => self.fetch_last(&request, sid, &http).await,
                (Transport::Polling | Transport::WebSocket, _) => EngineError::UnknownSession.response(),
            };
        }
        match (request.transport, request.sid) {
            (Transport::WebSocket, None) => self.open_socket(&request, &mut http),
            (Transport::WebSocket, Some(sid)) => self.upgrade(&request, sid, &mut http).await,
            (Transport::Polling, None) => self.open_polling(&request, &http).await,
            (Transport::Polling, Some(sid)) => match *http.method() {
                Method::GET => self.fetch(&request, sid, &http).await,
                Method::POST => self.post(&request, sid, &http, body).await,
                _ => EngineError::BadRequest.response(),
            },
        }
    }

    fn dialect(&self, request: &EngineRequest) -> Dialect {
        Dialect {
            protocol: request.protocol,
            is_socketio: self.config.is_socketio,
        }
    }

    fn errors(&self, request: &EngineRequest) -> ConnectErrors {
        ConnectErrors::new(request.protocol, self.config.no_namespace)
    }

    /// Passes a checked request to the Socket.IO library.
    async fn call_library(&self, http: Request<Body>) -> Response<Body> {
        self.library.answer(http).await
    }

    /// Makes a request for the library from small copies. The library keeps it for the session's lifetime, and a slice of the connection's
    /// read buffer would keep the whole buffer alive.
    fn fresh(
        &self,
        request: &EngineRequest,
        http: &Request<()>,
        method: Method,
        query: &str,
        body: Body,
    ) -> Request<Body> {
        let uri = format!("{}/?{query}", LIBRARY_PATH);
        let mut fresh = Request::new(body);
        *fresh.method_mut() = method;
        *fresh.uri_mut() = Uri::try_from(uri).expect("a query of a parsed URI");
        if let Some(peer) = http.extensions().get::<Peer>() {
            fresh.extensions_mut().insert(peer.clone());
        }
        if self.config.keep_headers && request.sid.is_none() {
            *fresh.headers_mut() = copied(http.headers());
        }
        fresh
    }
}

/// Engine.IO's answer to a request from a web origin that may not connect.
pub fn forbidden() -> Response<Body> {
    EngineError::Forbidden.response()
}

fn copied(headers: &HeaderMap) -> HeaderMap {
    let copy = |value: &http::HeaderValue| http::HeaderValue::from_bytes(value.as_bytes()).expect("a parsed value");
    headers
        .iter()
        .map(|(name, value)| (name.clone(), copy(value)))
        .collect()
}

/// The query with which the library opens a session: its own parameters, then the client's query.
fn opening_query(request: &EngineRequest, http: &Request<()>) -> String {
    let query = http.uri().query().unwrap_or_default();
    match request.protocol {
        // All clients understand binary as base64 in text, and the edge can correct it. The version may be missing.
        Protocol::V3 => format!("EIO=3&b64=1&{query}"),
        Protocol::V4 => query.to_owned(),
    }
}

/// The query with which the library finds an existing session.
fn session_query(protocol: Protocol, transport: Transport, sid: Sid) -> String {
    format!("EIO={}&transport={}&sid={sid}", protocol.number(), transport.name())
}
