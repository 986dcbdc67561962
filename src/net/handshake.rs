//! The WebSocket handshake (RFC 6455, section 4.2) on a stream that is a lane.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tungstenite::handshake::derive_accept_key;

use super::{
    admission::Placed,
    door::Origin,
    lane::{Lane, LaneIo},
};

/// A connection as hyper serves it.
pub type Stream = Placed<LaneIo>;

/// Why a request is no handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoHandshake {
    /// It does not ask for WebSocket version 13.
    NotAsked,
    /// It came together with another request, or has a body: the lane would not find its frames.
    NotAlone,
}

/// A handshake that was agreed to.
pub struct Handshake {
    /// The stream's handle.
    pub lane: Arc<Lane>,
    /// The worker that serves it.
    pub worker: usize,
    upgrade: OnUpgrade,
}

impl Handshake {
    /// Agrees to a handshake. The answer must go out as it is, and frames follow it.
    ///
    /// # Errors
    /// Why it can't be.
    pub fn accept<B>(request: &mut Request<B>) -> Result<(Response<Body>, Self), NoHandshake> {
        let key = key(request.headers()).ok_or(NoHandshake::NotAsked)?;
        let origin = request.extensions().get::<Origin>().ok_or(NoHandshake::NotAsked)?;
        let (worker, lane) = (origin.worker, origin.lane.upgrade().ok_or(NoHandshake::NotAlone)?);
        if !lane.begin_upgrade() {
            return Err(NoHandshake::NotAlone);
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).expect("base64");
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        let upgrade = hyper::upgrade::on(request);
        Ok((response, Self { lane, worker, upgrade }))
    }

    /// The stream itself, once the answer is out, and what was read from it behind the request. `None` if the connection broke.
    pub async fn stream(self) -> Option<(Stream, Bytes)> {
        let parts = self.upgrade.await.ok()?.downcast::<TokioIo<Stream>>().ok()?;
        Some((parts.io.into_inner(), parts.read_buf))
    }
}

/// The client's key, if this is a handshake that we speak.
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
