//! HTTP answers to polling requests, with the reference server's content types and the client's framing. Nothing grows.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{
    payload,
    request::{EngineRequest, Protocol},
    workarounds::payload_v3,
};

/// Replaces an empty payload of the library by the close packet that it should have sent.
pub fn with_close(protocol: Protocol, status: StatusCode, body: Bytes) -> Bytes {
    match status {
        StatusCode::OK if body.is_empty() => Bytes::from_static(payload::close(protocol).as_bytes()),
        _ => body,
    }
}

/// Whether the library's answer says that it has no such session.
pub fn is_unknown_session(body: &[u8]) -> bool {
    body.starts_with(b"{\"code\":1,")
}

/// The answer to a poll, in the client's framing.
pub fn answer(request: &EngineRequest, status: StatusCode, body: Bytes) -> Response<Body> {
    if !request.binary || status != StatusCode::OK {
        return text(status, body);
    }
    let mut response = text(status, payload_v3::in_binary(&body));
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// An answer with the reference server's content types: payloads are text, errors are JSON.
pub fn text(status: StatusCode, body: Bytes) -> Response<Body> {
    let kind = match status {
        StatusCode::OK => "text/plain; charset=UTF-8",
        _ => "application/json",
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_payload_is_a_close_packet() {
        let empty = Bytes::new;
        assert_eq!(with_close(Protocol::V3, StatusCode::OK, empty()), "1:1");
        assert_eq!(with_close(Protocol::V4, StatusCode::OK, empty()), "1");
        assert_eq!(with_close(Protocol::V4, StatusCode::OK, Bytes::from_static(b"6")), "6");
        assert_eq!(with_close(Protocol::V4, StatusCode::BAD_REQUEST, empty()), "");
    }
}
