//! Accepts the WebSocket handshake of a client (RFC 6455, section 4.2), and returns the connection's stream for frames. Nothing grows.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tungstenite::handshake::derive_accept_key;

use crate::transport::{
    ingress::Peer,
    lane::{Lane, LaneIo},
    placed::Placed,
};

/// The stream of a connection that hyper serves.
pub type Stream = Placed<LaneIo>;

/// The reason why a request is not an acceptable handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHandshake {
    /// The request does not ask for WebSocket version 13.
    NotAsked,
    /// The request was pipelined or has a body, so the lane can't find the start of its frames.
    NotAlone,
}

/// An accepted handshake.
pub struct Handshake {
    /// The lane (outgoing socket) of the connection.
    pub lane: Arc<Lane>,
    /// Index of the connection's worker.
    pub worker: usize,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// Accepts a handshake. The answer must be sent unchanged; frames follow it.
    ///
    /// # Errors
    /// The request is not an acceptable handshake.
    pub fn accept<B>(request: &mut Request<B>) -> Result<(Response<Body>, Self), NoHandshake> {
        let key = key(request.headers()).ok_or(NoHandshake::NotAsked)?;
        let protocol = protocol(request.headers());
        let peer = request.extensions().get::<Peer>().ok_or(NoHandshake::NotAsked)?;
        let (worker, lane) = (peer.worker, peer.lane.upgrade().ok_or(NoHandshake::NotAlone)?);
        if !lane.begin_upgrade() {
            return Err(NoHandshake::NotAlone);
        }
        // Some clients of Engine.IO answer a Close frame, and reconnect only after a timeout.
        lane.set_bare(true);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).expect("base64");
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        if let Some(protocol) = protocol {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        let upgrade = hyper::upgrade::on(request);
        Ok((response, Self { lane, worker, upgrade }))
    }

    /// Waits until the answer is sent; returns the stream, and the bytes read after the request. `None` if the connection failed.
    pub async fn stream(self) -> Option<(Stream, Bytes)> {
        let parts = self.upgrade.await.ok()?.downcast::<TokioIo<Stream>>().ok()?;
        Some((parts.io.into_inner(), parts.read_buf))
    }
}

/// The first subprotocol that the client offers. It has no effect, but browsers fail the handshake without one in the answer. The reference
/// server's library answers the first, too (websockets/ws 8, `lib/websocket-server.js`).
fn protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?;
    let first = offered.split(',').map(str::trim).find(|name| !name.is_empty())?;
    // RFC 9110, section 5.6.2.
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    first.chars().all(plain).then(|| HeaderValue::from_str(first).ok())?
}

/// The client's `Sec-WebSocket-Key`, if the request is a handshake of version 13.
fn key(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name: header::HeaderName, token: &str| {
        let values = headers
            .get_all(name)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        let mut parts = values.flat_map(|value| value.split(','));
        parts.any(|part| part.trim().eq_ignore_ascii_case(token))
    };
    let ours = has(header::UPGRADE, "websocket")
        && has(header::CONNECTION, "upgrade")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| ours).cloned()
}
