//! Rooms over plain HTTP: server-sent events, polls, and sending by POST.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    door::{Door, Origin},
    fanout::{Opening, Sink},
    message::{Message, Poller},
    officers, query,
    signal::Signal,
    ws,
};
use crate::{
    limits,
    room::{Code, ConnId, Input, Refusal, Reply, Resume, RoomName, Via},
    wire::{self, Hello},
};

/// The routes of rooms.
pub fn routes(door: Arc<Door>) -> Router {
    Router::new()
        .route("/ws", get(ws::upgrade))
        .route("/rooms/{room}/events", get(events))
        .route("/rooms/{room}/messages", get(poll).post(post))
        .route("/rooms", get(rooms))
        .merge(officers::routes())
        .with_state(door)
}

/// A refusal as an HTTP answer: its own status, and `Retry-After` in whole seconds where it may be tried again.
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

/// A JSON answer that nobody keeps.
pub fn json(status: StatusCode, body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, body).into_response()
}

/// Who asks, and for which room.
struct Asked {
    room: RoomName,
    hello: Hello,
    wait_ms: u64,
    worker: usize,
    origin: Option<Origin>,
}

fn asked(room: &str, query: Option<String>, request: &Request) -> Result<Asked, Refusal> {
    let room = RoomName::new(room).map_err(|why| Refusal::new(Code::BadRequest, format!("the room's name {why}")))?;
    let pairs = query::pairs(query.as_deref());
    let wait_ms = match query::value(&pairs, "wait").map(|seconds| seconds.parse::<u32>()) {
        None => 0,
        Some(Ok(seconds)) => u64::from(seconds) * 1000,
        Some(Err(_)) => {
            return Err(Refusal::new(
                Code::BadRequest,
                "`wait` expects a whole number of seconds",
            ));
        }
    };
    let mut hello = Hello::from_pairs(&pairs)?;
    if let Some(token) = bearer(request.headers()) {
        hello.token = Some(token.into());
    }
    let origin = request.extensions().get::<Origin>().cloned();
    Ok(Asked {
        room,
        hello,
        wait_ms,
        worker: origin.as_ref().map_or(0, |origin| origin.worker),
        origin,
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// `GET /rooms`: those that are there, with how many people are in them.
async fn rooms(State(door): State<Arc<Door>>) -> Response {
    let (reply, answered) = oneshot::channel();
    if door.inbox.send(Message::Rooms { reply }).await.is_err() {
        return refuse(&stopping());
    }
    answer(answered).await
}

/// `GET /rooms/{room}/events`: a stream of server-sent events.
async fn events(
    State(door): State<Arc<Door>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let Asked {
        room,
        hello,
        worker,
        origin,
        ..
    } = match asked(&room, query, &request) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(&refusal),
    };
    let resume = match last_event_id(request.headers()) {
        Ok(last) => last.or(hello.resume),
        Err(refusal) => return refuse(&refusal),
    };
    let who = door.identify(&hello, origin.as_ref());
    let conn = door.links.next_conn(worker);
    let (pieces, receiver) = mpsc::channel(limits::STREAM_PIECES);
    let opening = Opening {
        conn,
        user: who.user,
        sink: Sink::Stream(pieces),
        namespace: None,
        gate: None,
    };
    let open = Message::Open {
        opening: Box::new(opening),
        who,
        via: Via::Sse,
        room,
        resume,
    };
    if door.inbox.send(open).await.is_err() {
        return refuse(&stopping());
    }
    let period = Duration::from_millis(door.limits.ping_interval_ms);
    let reader = Reader { receiver, conn, door };
    let pieces = stream::unfold(reader, move |mut reader| async move {
        let piece = reader.next(period).await?;
        Some((Ok::<_, Infallible>(piece), reader))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Proxies that buffer would hold the stream back.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<Resume>, Refusal> {
    match headers.get("last-event-id").map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok("")) => Ok(None),
        Some(Ok(text)) => wire::decode_resume(text).map(Some),
        Some(Err(_)) => Err(Refusal::new(Code::BadRequest, "Last-Event-ID has the form epoch:seq")),
    }
}

/// For whoever comes too late.
pub fn stopping() -> Refusal {
    Refusal::retry(Code::Closing, "the box is about to stop", limits::BUSY_RETRY_MS)
}

/// The reading end of an event stream. Dropped with the response's body, whoever ends it.
struct Reader {
    receiver: mpsc::Receiver<Bytes>,
    conn: ConnId,
    door: Arc<Door>,
}

impl Reader {
    /// The next piece, or a comment when nothing came for a while, so that a dead peer is noticed.
    async fn next(&mut self, period: Duration) -> Option<Bytes> {
        match timeout(period, self.receiver.recv()).await {
            Err(_) => Some(Bytes::from_static(b": still here\n\n")),
            Ok(None) => None,
            Ok(Some(piece)) => {
                if self.receiver.is_empty() {
                    self.door.links.board(self.conn).post(Signal::Room(self.conn));
                }
                Some(piece)
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (inbox, conn) = (self.door.inbox.clone(), self.conn);
        tokio::spawn(async move { inbox.send(Message::Hub(Input::Disconnect { conn })).await });
    }
}

/// `GET /rooms/{room}/messages?since=epoch:seq&wait=25`
async fn poll(
    State(door): State<Arc<Door>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let Asked {
        room,
        hello,
        wait_ms,
        worker,
        origin,
    } = match asked(&room, query, &request) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(&refusal),
    };
    let wait_ms = wait_ms.min(door.limits.poll_wait_ms);
    let known = door.known(&hello, origin.as_ref());
    let stranger = || Poller::Stranger(door.identities.address_tag(origin.map(|origin| origin.address)));
    let who = known.map_or_else(stranger, Poller::Known);
    let (reply, answer) = oneshot::channel();
    let conn = door.links.next_conn(worker);
    let message = Message::Poll {
        conn,
        who,
        room,
        since: hello.resume,
        wait_ms,
        reply,
    };
    if door.inbox.send(message).await.is_err() {
        return refuse(&stopping());
    }
    match answer.await {
        Ok(Ok(body)) => json(StatusCode::OK, body),
        Ok(Err(refusal)) => refuse(&refusal),
        Err(_) => refuse(&stopping()),
    }
}

/// `POST /rooms/{room}/messages`
async fn post(
    State(door): State<Arc<Door>>,
    Path(room): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let Asked {
        room, hello, origin, ..
    } = match asked(&room, query, &request) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(&refusal),
    };
    let (parts, body) = request.into_parts();
    let body = match read_body(&door, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let content_type = parts
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    // Without a token: one identity for each address, so that leaving the token away does not renew a used-up rate.
    let known = door.known(&hello, origin.as_ref());
    let who = known.unwrap_or_else(|| door.nobody(&hello, origin.as_ref()));
    let (reply, answer) = oneshot::channel();
    let command = wire::decode_post(content_type, &body);
    if door
        .inbox
        .send(Message::Request {
            who,
            room,
            command,
            reply,
        })
        .await
        .is_err()
    {
        return refuse(&stopping());
    }
    self::answer(answer).await
}

/// A request's body, if it is not too long and comes in time.
///
/// # Errors
/// The answer that says so.
pub async fn read_body(door: &Door, body: Body) -> Result<Bytes, Response> {
    let patience = Duration::from_millis(door.limits.body_timeout_ms);
    match timeout(patience, to_bytes(body, door.limits.message_bytes)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => {
            let message = format!("a message has at most {} bytes", door.limits.message_bytes);
            Err(refuse(&Refusal::new(Code::TooLong, message)))
        }
        Err(_) => {
            let mut response = refuse(&Refusal::new(Code::BadRequest, "the body did not come in time"));
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            Err(response)
        }
    }
}

/// The hub's answer to a request.
pub async fn answer(answered: oneshot::Receiver<Result<Reply, Refusal>>) -> Response {
    match answered.await {
        Ok(Err(refusal)) => refuse(&refusal),
        Ok(answer) => json(StatusCode::OK, wire::answer_json(&answer)),
        Err(_) => refuse(&stopping()),
    }
}
