//! Polling requests: opening a session, fetching what waits for it, posting to it.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use socketioxide::socket::Sid;
use tokio::time::timeout;

use super::{
    Edge,
    asked::{Asked, Problem, Protocol, Transport},
    payload,
    polls::Probe,
    session_query,
};

/// Larger than anything that the library answers: its payload limit bounds that.
const ANSWER_BYTES: usize = usize::MAX;

/// How long the library may take to say what it holds.
const LAST_WAIT: Duration = Duration::from_millis(50);

impl Edge {
    pub(super) async fn open_polling(&self, asked: &Asked, request: &Request<()>) -> Response<Body> {
        let mut query = request.uri().query().unwrap_or_default().to_owned();
        if asked.protocol == Protocol::V3 {
            // Text that carries binary as base64 is what all clients understand, and what can be repaired below.
            query.insert_str(0, "b64=1&");
        }
        let fresh = self.fresh(asked, request, Method::GET, &query, Body::empty());
        let (status, body) = self.library_body(fresh).await;
        if asked.protocol == Protocol::V4
            && let Some(sid) = payload::opened_sid(&body)
        {
            self.polls.opened(sid);
        }
        text(status, body)
    }

    /// What waits for a session, as soon as there is something.
    pub(super) async fn fetch(&self, asked: &Asked, sid: Sid, request: &Request<()>) -> Response<Body> {
        let query = session_query(asked.protocol, Transport::Polling, sid);
        let mut guard = self.polls.enter(sid);
        match guard.settled().await {
            Probe::None => {}
            Probe::UnderWay => return text(StatusCode::OK, payload::noop(asked.protocol)),
            Probe::Through => return Problem::BadRequest.response(),
        }
        if let Some(rest) = self.rests.take(sid) {
            return text(StatusCode::OK, self.rests.keep(sid, &rest));
        }
        loop {
            let fresh = self.fresh(asked, request, Method::GET, &query, Body::empty());
            let (status, body) = tokio::select! {
                answer = self.library_body(fresh) => answer,
                // What the library has for the session stays with it: its future holds no packet while it waits.
                () = guard.noop_due() => (StatusCode::OK, payload::noop(asked.protocol)),
            };
            let closed = self.polls.was_closed(sid);
            if status != StatusCode::OK {
                return match closed {
                    true => text(StatusCode::OK, payload::noop(asked.protocol)),
                    false => text(status, body),
                };
            }
            self.sessions.polled(sid);
            if asked.protocol == Protocol::V4
                && let Some(rest) = payload::without_ping(&body)
                && self.polls.first_ping(sid)
            {
                // The first heartbeat comes at once, where clients expect it after the first interval.
                let pong = self.fresh(asked, request, Method::POST, &query, Body::from("3"));
                self.library_body(pong).await;
                if rest.is_empty() {
                    continue;
                }
                return text(status, self.rests.keep(sid, &rest));
            }
            return text(status, self.portion(asked, sid, body));
        }
    }

    /// What the library still holds for a session that is over.
    pub(super) async fn fetch_last(&self, asked: &Asked, sid: Sid, request: &Request<()>) -> Response<Body> {
        if let Some(rest) = self.rests.take(sid) {
            return text(StatusCode::OK, self.rests.keep(sid, &rest));
        }
        let query = session_query(asked.protocol, Transport::Polling, sid);
        let fresh = self.fresh(asked, request, Method::GET, &query, Body::empty());
        // What is there is there at once; else the library would wait for something new.
        match timeout(LAST_WAIT, self.library_body(fresh)).await {
            Ok((StatusCode::OK, body)) => text(StatusCode::OK, self.portion(asked, sid, body)),
            _ => {
                self.sessions.end(sid);
                Problem::UnknownSession.response()
            }
        }
    }

    pub(super) async fn post(&self, asked: &Asked, sid: Sid, request: &Request<()>, body: Body) -> Response<Body> {
        let limited = Limited::new(body, self.config.payload_bytes);
        let body = match timeout(self.config.body_timeout, limited.collect()).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Problem::TooLarge.response(),
            // The client broke off; nobody reads the answer.
            Ok(Err(_)) => return Problem::BadRequest.response(),
            Err(_) => return Problem::TooSlow.response(),
        };
        let binary = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/octet-stream");
        let limit = self.config.message_bytes;
        let body = match asked.protocol {
            Protocol::V4 => payload::checked_v4(body, limit),
            Protocol::V3 => payload::repaired_v3(&body, binary, limit),
        };
        let body = match body {
            Ok(body) => body,
            Err(problem) => return problem.response(),
        };
        if payload::closes(asked.protocol, &body) {
            self.polls.closed(sid);
        }
        let query = session_query(asked.protocol, Transport::Polling, sid);
        let mut guard = self.polls.enter(sid);
        let (status, body) = self
            .library_body(self.fresh(asked, request, Method::POST, &query, Body::from(body)))
            .await;
        if status == StatusCode::OK {
            // The client sends no more until it has this answer. A client that is about to upgrade waits for it and fetches nothing.
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

    /// What one answer carries of what the library gave.
    fn portion(&self, asked: &Asked, sid: Sid, body: Bytes) -> Bytes {
        match asked.protocol {
            Protocol::V3 => payload::mended_v3(&body),
            Protocol::V4 => self.rests.keep(sid, &body),
        }
    }

    /// Whether a session is there and on polling: a payload of no packets is accepted then, and changes nothing.
    pub(super) async fn is_polling(&self, asked: &Asked, sid: Sid, from: &Request<()>) -> Result<(), Problem> {
        let query = session_query(asked.protocol, Transport::Polling, sid);
        let (status, body) = self
            .library_body(self.fresh(asked, from, Method::POST, &query, Body::empty()))
            .await;
        match status {
            StatusCode::OK => Ok(()),
            _ if body.starts_with(b"{\"code\":1,") => Err(Problem::UnknownSession),
            _ => Err(Problem::BadRequest),
        }
    }

    /// Status and body of the library's answer. Its errors carry their codes as texts; clients expect numbers.
    async fn library_body(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        let response = self.ask_library(request).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), ANSWER_BYTES).await.unwrap_or_default();
        if status == StatusCode::OK {
            return (status, body);
        }
        let numbered = std::str::from_utf8(&body)
            .ok()
            .and_then(|body| body.strip_prefix("{\"code\":\""))
            .and_then(|rest| rest.split_once('"'))
            .map(|(code, rest)| format!("{{\"code\":{code}{rest}"));
        let body = match numbered {
            Some(body) => body,
            None => format!(
                "{{\"code\":3,\"message\":\"{}\"}}",
                status.canonical_reason().unwrap_or("Bad request")
            ),
        };
        (status, body.into())
    }
}

/// An answer in the reference server's manner: payloads are text, errors are JSON.
fn text(status: StatusCode, body: Bytes) -> Response<Body> {
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
