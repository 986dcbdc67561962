//! Plain WebSocket connections: the library tungstenite reads frames of at most `message_bytes`, and answers pings and closes. Events go out
//! through the fan-out.

pub mod handshake;

use std::{ops::ControlFlow, sync::Arc, time::Duration};

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
    error::ProtocolError,
    protocol::{Role, WebSocketConfig},
};

use self::handshake::{Handshake, NoHandshake, Stream};
use super::{
    backpressure::Backpressure,
    ingress::{Ingress, Peer},
    lane::Lane,
    message::{Message, counted},
    opening::{Opening, Sink},
    query,
    request::{bearer, refuse},
    words::Texts,
};
use crate::{
    limits::{self, Limits},
    room::{AddressTag, CloseReason, Code, ConnId, Identity, Input, Refusal},
    wire::{self, Event, Format, Hello},
};

/// Handles `GET /ws?room=…&name=…&token=…&epoch=…&since=…`: upgrades to a WebSocket.
pub async fn upgrade(State(ingress): State<Arc<Ingress>>, RawQuery(query): RawQuery, mut request: Request) -> Response {
    let read = query::pairs(query.as_deref()).and_then(|pairs| Hello::from_pairs(&pairs));
    let mut hello = match read {
        Ok(hello) => hello,
        Err(refusal) => return refuse(&refusal),
    };
    if let Some(token) = bearer(request.headers()) {
        hello.token = Some(token);
    }
    let (response, handshake) = match accept(&mut request) {
        Ok(accepted) => accepted,
        Err(refused) => return refused,
    };
    let who = ingress.identify(&hello, request.extensions().get::<Peer>());
    drop(request);
    tokio::spawn(async move {
        let (worker, lane) = (handshake.worker, handshake.lane.clone());
        if let Some(socket) = socket(handshake, &ingress.limits).await {
            serve(&ingress, hello, who, worker, lane, socket).await;
        }
    });
    response
}

/// Accepts a WebSocket handshake.
///
/// # Errors
/// The HTTP response for the refusal.
#[expect(clippy::result_large_err, reason = "both are the answer")]
pub fn accept<B>(request: &mut http::Request<B>) -> Result<(Response, Handshake), Response> {
    let accepted = Handshake::accept(request).inspect(|(_, handshake)| handshake.lane.set_bare(false));
    accepted.map_err(|why| match why {
        NoHandshake::NotAsked => upgrade_required(),
        NoHandshake::NotAlone => refuse(&Refusal::new(
            Code::BadRequest,
            "a handshake must not be pipelined, and has no body",
        )),
    })
}

/// Waits until the answer is sent, then returns the socket; `None` if the connection failed.
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

/// An open plain WebSocket that was announced to the driver, with what reading its commands needs.
struct Connection<'a> {
    ingress: &'a Ingress,
    conn: ConnId,
    device: AddressTag,
    lane: Arc<Lane>,
    backpressure: Arc<Backpressure>,
}

async fn serve(ingress: &Ingress, hello: Hello, who: Identity, worker: usize, lane: Arc<Lane>, mut socket: Socket) {
    let Some(connection) = Connection::open(ingress, hello, who, worker, lane).await else {
        return;
    };
    connection.read(&mut socket).await;
    // The closing handshake is bounded by `linger_ms`.
    let _ = timeout(Duration::from_millis(ingress.limits.linger_ms), socket.close(None)).await;
    let conn = connection.conn;
    let _ = ingress.inbox.send(Message::Hub(Input::Disconnect { conn })).await;
}

impl<'a> Connection<'a> {
    /// Announces the connection to the driver; `None` if the server is stopping.
    async fn open(ingress: &'a Ingress, hello: Hello, who: Identity, worker: usize, lane: Arc<Lane>) -> Option<Self> {
        let conn = ingress.registry.next_conn(worker);
        let backpressure = Arc::new(Backpressure::default());
        lane.set_signals(ingress.registry.signals(conn).clone());
        backpressure.set_lane(lane.clone());
        let opening = Box::new(Opening {
            conn,
            user: who.user,
            sink: Sink::WebSocket(lane.clone()),
            namespace: None,
            backpressure: Some(backpressure.clone()),
            watched: hello.watch,
        });
        let room = hello.room.unwrap_or_else(|| ingress.default_room.clone());
        let device = who.address;
        let texts = Texts {
            name: who.name.as_ref(),
            room: Some(&room),
            command: None,
        };
        let found = ingress.words.find(device, texts);
        let open = Message::Open {
            opening,
            who,
            room: Some(room),
            resume: hello.resume,
            recovery: None,
            found,
        };
        ingress.inbox.send(open).await.ok()?;
        Some(Self {
            ingress,
            conn,
            device,
            lane,
            backpressure,
        })
    }

    /// Reads events and sends heartbeats until the connection ends.
    async fn read(&self, socket: &mut Socket) {
        let period = Duration::from_millis(self.ingress.limits.ping_interval_ms);
        let patience = Duration::from_millis(self.ingress.limits.ping_timeout_ms);
        let mut heartbeat = interval_at(Instant::now() + period, period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = true;
        loop {
            tokio::select! {
                frame = socket.next() => {
                    heard = true;
                    if self.on_frame(frame).await.is_break() {
                        return;
                    }
                }
                _ = heartbeat.tick() => {
                    let ping = socket.send(Frame::Ping(Default::default()));
                    if !std::mem::take(&mut heard) || !matches!(timeout(patience, ping).await, Ok(Ok(()))) {
                        let silent = CloseReason::Silent;
                        let closing = wire::event_bytes(Format::WebSocket, None, &Event::Closing(silent));
                        self.lane.close(&[&closing], silent.code(), silent.message());
                        return;
                    }
                }
            }
        }
    }

    /// Handles one frame; breaks when the connection ends.
    async fn on_frame(&self, frame: Option<Result<Frame, tungstenite::Error>>) -> ControlFlow<()> {
        let (ack, command, memory) = match frame {
            Some(Ok(Frame::Text(text))) => {
                let (ack, command) = wire::decode_ws_event(&text);
                match counted(&self.ingress.account, text.len()) {
                    Ok(memory) => (ack, command, memory),
                    Err(busy) => (ack, Err(busy), None),
                }
            }
            Some(Ok(Frame::Binary(_))) => {
                let message = "events are text frames, this was a binary one";
                (None, Err(Refusal::new(Code::BadRequest, message)), None)
            }
            Some(Ok(Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_))) => {
                // Cheap for the client, so the worker's other connections get a turn after each.
                tokio::task::yield_now().await;
                return ControlFlow::Continue(());
            }
            Some(Ok(Frame::Close(_))) | None => return ControlFlow::Break(()),
            Some(Err(error)) => {
                if let Some(code) = close_code(&error) {
                    self.lane.close(&[], code, &error.to_string());
                }
                return ControlFlow::Break(());
            }
        };
        self.backpressure.enter();
        let message = self.ingress.event((self.conn, self.device), ack, command, memory);
        match self.ingress.inbox.send(message).await {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// The close code for a client's error (RFC 6455, section 7.4.1); `None` if the connection failed.
fn close_code(error: &tungstenite::Error) -> Option<u16> {
    match error {
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(1002),
        tungstenite::Error::Utf8(_) => Some(1007),
        tungstenite::Error::Capacity(_) => Some(CloseReason::TooBig.code()),
        _ => None,
    }
}
