//! What event streams and polling share: reading a request for a room, with a body of at most `message_bytes`, and answering with a refusal.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::oneshot;

use super::{
    body::{self, Unread},
    ingress::{Ingress, Peer},
    query::{self, Pairs},
};
use crate::{
    limits,
    memory::Part,
    room::{Code, Refusal, Reply, RoomName},
    wire::{self, Hello},
};

/// The HTTP response for a refusal, with its status, and `Retry-After` in whole seconds if it is temporary.
pub fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.code.status()).expect("the table's own");
    let mut response = json(status, wire::answer_json(&Err(refusal.clone())));
    if let Some(ms) = refusal.retry_after_ms {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000).max(1)));
    }
    response
}

/// A JSON response that must not be cached.
pub fn json(status: StatusCode, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body).into_response()
}

/// A request for a room.
pub struct RoomRequest {
    /// The room named in the path.
    pub room: RoomName,
    /// Token, name and position, from the query and the headers.
    pub hello: Hello,
    /// Longest wait of a poll that the client accepts, in milliseconds.
    pub wait_ms: u64,
    /// Index of the connection's worker.
    pub worker: usize,
    /// The peer of the connection, if the server recorded it.
    pub peer: Option<Peer>,
}

/// Reads a client's request for a room from path, query and headers: room, identity and position.
///
/// # Errors
/// `bad_request`: the room's name, `wait`, or another parameter is malformed.
pub fn room_request(room: &str, pairs: &Pairs<'_>, request: &Request) -> Result<RoomRequest, Refusal> {
    let room = RoomName::new(room).map_err(|why| Refusal::new(Code::BadRequest, format!("the room's name {why}")))?;
    let wait_ms = match query::value(pairs, "wait").map(|seconds| seconds.parse::<u32>()) {
        None => 0,
        Some(Ok(seconds)) => u64::from(seconds) * 1000,
        Some(Err(_)) => {
            return Err(Refusal::new(
                Code::BadRequest,
                "`wait` expects a whole number of seconds",
            ));
        }
    };
    let mut hello = Hello::from_pairs(pairs)?;
    if let Some(token) = bearer(request.headers()) {
        hello.token = Some(token);
    }
    let peer = request.extensions().get::<Peer>().cloned();
    Ok(RoomRequest {
        room,
        hello,
        wait_ms,
        worker: peer.as_ref().map_or(0, |peer| peer.worker),
        peer,
    })
}

/// The token of an `Authorization: Bearer` header (RFC 6750, section 2.1); `None` without one. The scheme is case-insensitive.
pub fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// The refusal that clients get while the server stops.
pub fn stopping() -> Refusal {
    Refusal::retry(Code::Closing, "the box is about to stop", limits::BUSY_RETRY_MS)
}

/// Reads a plain UTF-8 body within the limits `message_bytes` and `body_timeout_ms`.
///
/// # Errors
/// The HTTP response for the refusal.
pub async fn read_body(ingress: &Ingress, headers: &HeaderMap, body: Body) -> Result<Bytes, Response> {
    let patience = Duration::from_millis(ingress.limits.body_timeout_ms);
    let read = body::read(body, ingress.limits.message_bytes, patience, &ingress.account).await;
    if let Some(message) = body::encoding(headers) {
        let mut response = refuse(&Refusal::new(Code::BadRequest, message));
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(response);
    }
    match read {
        Ok(body) => Ok(body),
        Err(Unread::Broken) => {
            let message = "the body is broken: its chunks can't be read, or it ends early";
            Err(refuse(&Refusal::new(Code::BadRequest, message)))
        }
        Err(Unread::TooLarge) => {
            let message = format!("a message has at most {} bytes", ingress.limits.message_bytes);
            Err(refuse(&Refusal::new(Code::TooLong, message)))
        }
        Err(Unread::NoMemory) => {
            let message = "the box's memory is full for now";
            Err(refuse(&Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS)))
        }
        Err(Unread::TooSlow) => {
            let mut response = refuse(&Refusal::new(Code::BadRequest, "the body did not come in time"));
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            Err(response)
        }
    }
}

/// Waits for the hub's answer to a request, and makes the HTTP response.
pub async fn answer(ingress: &Ingress, answered: oneshot::Receiver<Result<Reply, Refusal>>) -> Response {
    match answered.await {
        Ok(Err(refusal)) => refuse(&refusal),
        Ok(answer) => json(
            StatusCode::OK,
            ingress.account.hold(Part::Frames, wire::answer_json(&answer)),
        ),
        Err(_) => refuse(&stopping()),
    }
}
