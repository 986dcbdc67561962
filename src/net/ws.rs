//! Plain WebSocket: `tungstenite` reads, answers pings and closes; what the hub says goes out through the fan-out.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, Request, State},
    response::Response,
};
use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, StatusCode, header};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tungstenite::{
    Message as Frame,
    protocol::{Role, WebSocketConfig},
};

use super::{
    door::{Door, Origin},
    fanout::{Opening, Sink},
    gate::Gate,
    handshake::{Handshake, NoHandshake, Stream},
    http::refuse,
    lane::Lane,
    message::Message,
    query,
};
use crate::{
    limits::{self, Limits},
    room::{Code, Identity, Input, Refusal, Via},
    wire::{self, Hello},
};

/// `GET /ws?room=…&name=…&token=…&epoch=…&since=…`
pub async fn upgrade(State(door): State<Arc<Door>>, RawQuery(query): RawQuery, mut request: Request) -> Response {
    let hello = match Hello::from_pairs(&query::pairs(query.as_deref())) {
        Ok(hello) => hello,
        Err(refusal) => return refuse(&refusal),
    };
    let (response, handshake) = match accept(&mut request) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    let who = door.identify(&hello, request.extensions().get::<Origin>());
    drop(request);
    tokio::spawn(async move {
        let (worker, lane) = (handshake.worker, handshake.lane.clone());
        if let Some(socket) = socket(handshake, &door.limits).await {
            serve(&door, hello, who, worker, lane, socket).await;
        }
    });
    response
}

/// Agrees to a handshake.
///
/// # Errors
/// The answer that says why not.
#[expect(clippy::result_large_err, reason = "both are the answer")]
pub fn accept<B>(request: &mut http::Request<B>) -> Result<(Response, Handshake), Response> {
    Handshake::accept(request).map_err(|why| match why {
        NoHandshake::NotAsked => upgrade_required(),
        NoHandshake::NotAlone => refuse(&Refusal::new(
            Code::BadRequest,
            "a handshake comes alone and without a body",
        )),
    })
}

/// The socket, once the answer is out; `None` if the connection broke.
pub async fn socket(handshake: Handshake, limits: &Limits) -> Option<Socket> {
    let (stream, ahead) = handshake.stream().await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(limits::WS_READ_BUFFER)
        .max_message_size(Some(limits.message_bytes))
        .max_frame_size(Some(limits.message_bytes));
    Some(WebSocketStream::from_partially_read(stream, ahead.into(), Role::Server, Some(config)).await)
}

fn upgrade_required() -> Response {
    let message = "this address speaks WebSocket version 13: connect with a WebSocket client";
    let mut response = refuse(&Refusal::new(Code::BadRequest, message));
    *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

/// A plain WebSocket on a lane.
pub type Socket = WebSocketStream<Stream>;

async fn serve(door: &Arc<Door>, hello: Hello, who: Identity, worker: usize, lane: Arc<Lane>, mut socket: Socket) {
    let conn = door.links.next_conn(worker);
    let gate = Arc::new(Gate::default());
    lane.set_signals(door.links.board(conn).clone());
    gate.set_lane(lane.clone());
    let sink = Sink::WebSocket(lane);
    let opening = Box::new(Opening {
        conn,
        user: who.user,
        sink,
        namespace: None,
        gate: Some(gate.clone()),
    });
    let room = hello.room.unwrap_or_else(|| door.default_room.clone());
    let open = Message::Open {
        opening,
        who,
        via: Via::WebSocket,
        room,
        resume: hello.resume,
    };
    if door.inbox.send(open).await.is_err() {
        return;
    }
    let period = Duration::from_millis(door.limits.ping_interval_ms);
    let patience = Duration::from_millis(door.limits.ping_timeout_ms);
    let mut heartbeat = interval_at(Instant::now() + period, period);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = true;
    loop {
        tokio::select! {
            frame = socket.next() => {
                heard = true;
                let (ack, command) = match frame {
                    Some(Ok(Frame::Text(text))) => wire::decode_ws_event(&text),
                    Some(Ok(Frame::Binary(_))) => {
                        (None, Err(Refusal::new(Code::BadRequest, "events are text frames, this was a binary one")))
                    }
                    Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => continue,
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => break,
                };
                gate.enter();
                if door.inbox.send(Message::Event { conn, ack, command }).await.is_err() {
                    break;
                }
            }
            _ = heartbeat.tick() => {
                if !std::mem::take(&mut heard) || !matches!(timeout(patience, socket.send(Frame::Ping(Default::default()))).await, Ok(Ok(()))) {
                    break;
                }
            }
        }
    }
    // A polite end takes no longer than the peer's patience.
    let _ = timeout(Duration::from_millis(door.limits.linger_ms), socket.close(None)).await;
    let _ = door.inbox.send(Message::Hub(Input::Disconnect { conn })).await;
}
