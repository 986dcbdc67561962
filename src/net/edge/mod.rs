//! In front of the Socket.IO library: what it does not do, or not as clients expect it.
//!
//! Every request below the Socket.IO path comes here first. The edge checks and bounds it, repairs the payloads of Engine.IO 3,
//! agrees to WebSocket handshakes itself, and carries an upgrade from polling through its probe, so that one that breaks off
//! leaves the session on polling as it was. The library sees small fresh requests, whole payloads, and streams that speak
//! frames already.

mod asked;
mod connects;
mod payload;
mod polling;
mod polls;
mod rest;
mod socket;
mod stream;

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, Uri};
use socketioxide::{service::SocketIoService, socket::Sid};
use tower::ServiceExt;

pub use self::asked::LIBRARY_PATH;
use self::{
    asked::{Asked, Problem, Protocol, Transport},
    polls::Polls,
    rest::Rests,
};
use super::{door::Origin, sio::Sessions};

/// The library's service, without one behind it.
pub type Library = SocketIoService<axum::Router>;

/// Bounds of the edge.
#[derive(Clone, Debug)]
pub struct EdgeConfig {
    /// One message, in bytes.
    pub message_bytes: usize,
    /// A polling request's body, in bytes.
    pub payload_bytes: usize,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// From a WebSocket handshake of a polling session to the end of its upgrade.
    pub upgrade_timeout: Duration,
    /// From a heartbeat to its answer.
    pub ping_timeout: Duration,
    /// Within which a session is heard of, or over.
    pub session_timeout: Duration,
    /// Let the library keep a handshake's headers for as long as the session lives: only an application that looks at them needs that.
    pub keep_headers: bool,
}

/// See the module.
pub struct Edge {
    config: EdgeConfig,
    library: Library,
    sessions: Arc<Sessions>,
    polls: Arc<Polls>,
    rests: Rests,
}

impl Edge {
    /// Puts itself in front of the library.
    pub fn new(config: EdgeConfig, library: Library, sessions: Arc<Sessions>) -> Self {
        let polls = Arc::new(Polls::new(config.ping_timeout));
        let rests = Rests::new(config.session_timeout);
        Self {
            config,
            library,
            sessions,
            polls,
            rests,
        }
    }

    /// Answers a request below the Socket.IO path.
    pub async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let mut request = Request::from_parts(parts, ());
        let asked = match Asked::read(request.uri().query(), request.method()) {
            Ok(asked) => asked,
            Err(problem) => return problem.response(),
        };
        if let Some(sid) = asked.sid.filter(|&sid| self.sessions.is_refused(sid)) {
            return match (asked.transport, request.method()) {
                (Transport::Polling, &Method::GET) => self.fetch_last(&asked, sid, &request).await,
                _ => Problem::UnknownSession.response(),
            };
        }
        match (asked.transport, asked.sid) {
            (Transport::WebSocket, None) => self.open_socket(&asked, &mut request),
            (Transport::WebSocket, Some(sid)) => self.upgrade(&asked, sid, &mut request).await,
            (Transport::Polling, None) => self.open_polling(&asked, &request).await,
            (Transport::Polling, Some(sid)) => match *request.method() {
                Method::GET => self.fetch(&asked, sid, &request).await,
                Method::POST => self.post(&asked, sid, &request, body).await,
                _ => Problem::BadRequest.response(),
            },
        }
    }

    /// The library's answer to a request that is made for it.
    async fn ask_library(&self, request: Request<Body>) -> Response<Body> {
        let Ok(response) = self.library.clone().oneshot(request).await;
        response.map(Body::new)
    }

    /// A request of which the library may keep all: small fresh copies, since a slice of the connection's read buffer
    /// would keep the whole of it.
    fn fresh(&self, asked: &Asked, from: &Request<()>, method: Method, query: &str, body: Body) -> Request<Body> {
        let uri = format!("{}/?{query}", LIBRARY_PATH);
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(uri).expect("it was part of one");
        if let Some(origin) = from.extensions().get::<Origin>() {
            request.extensions_mut().insert(origin.clone());
        }
        if self.config.keep_headers && asked.sid.is_none() {
            *request.headers_mut() = copied(from.headers());
        }
        request
    }
}

/// The answer to a request of a page that may not connect, in Engine.IO's form.
pub fn forbidden() -> Response<Body> {
    Problem::Forbidden.response()
}

fn copied(headers: &HeaderMap) -> HeaderMap {
    let copy = |value: &http::HeaderValue| http::HeaderValue::from_bytes(value.as_bytes()).expect("it was one");
    headers
        .iter()
        .map(|(name, value)| (name.clone(), copy(value)))
        .collect()
}

/// What a session's requests carry.
fn session_query(protocol: Protocol, transport: Transport, sid: Sid) -> String {
    format!("EIO={}&transport={}&sid={sid}", protocol.number(), transport.name())
}
