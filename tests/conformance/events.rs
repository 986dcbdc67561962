//! What each event is answered with.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use bytes::Bytes;
use chatterbox::{net::sio::RawEvent, room::ConnId};
use serde::Serialize;
use serde_json::{Value as Json, json};
use socketioxide::{
    ProtocolVersion, TransportType,
    extract::{AckSender, SocketRef},
    handler::FromMessageParts,
    socket::Socket,
};
use socketioxide_core::Value;

use crate::{
    app::{App, event_json},
    args::Args,
    rooms::Order,
};

/// Of one `bin` and one `flood`.
const MOST_BYTES: usize = 16 << 20;

impl App {
    /// Everything that must keep its order happens before this returns.
    pub fn event(self: &Arc<Self>, conn: ConnId, event: RawEvent) {
        self.stats.events.fetch_add(1, Relaxed);
        let socket = &event.socket;
        let Some((name, args)) = Args::of_event(socket, &event.text, event.attachments) else {
            return;
        };
        let ack = Answer {
            socket: socket.clone(),
            ack: event.ack,
        };
        match name.as_str() {
            "message" => drop(self.count(socket.emit("message-back", &args))),
            "echo" => drop(self.count(socket.emit("echo", &args))),
            "message-with-ack" | "ack" => ack.send(self, &args),
            "sink" => {}
            "emit-with-ack" => self.ask("emit-with-ack", socket, &args, "emit-with-ack", None),
            "ask" => self.ask("question", socket, &args, "answer", Some("answer-error")),
            "join" => {
                if let Some(room) = args.get::<String>(0) {
                    socket.join(room.clone());
                    self.order_now(Order::Join {
                        conn,
                        room,
                        own: self.next_conn(conn),
                    });
                }
                ack.send(self, &());
            }
            "leave" => {
                if let Some(room) = args.get::<String>(0) {
                    socket.leave(room.clone());
                    self.order_now(Order::Leave { conn, room });
                }
                ack.send(self, &());
            }
            "room" => {
                let Some(room) = args.get::<String>(0) else { return };
                self.broadcast(socket, Some(room), "room", args.rest(), Some(conn));
            }
            "all" => self.broadcast(socket, None, "all", args, None),
            "bin" => {
                let count = args.get::<usize>(0).unwrap_or_default().min(MOST_BYTES);
                let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(count).collect();
                self.count(socket.emit("bin", &rmpv::Value::Binary(bytes)));
            }
            "flood" => {
                let (count, size) = (
                    args.get::<u64>(0).unwrap_or_default(),
                    args.get::<usize>(1).unwrap_or_default(),
                );
                let text = "x".repeat(size.min(MOST_BYTES));
                let queued = (0..count)
                    .filter(|i| self.count(socket.emit("flood", &(i, &text))))
                    .count() as u64;
                ack.send(self, &(queued, count - queued));
            }
            "info" => ack.send(self, &info(socket)),
            "kick" => drop(SocketRef::from(socket.clone()).disconnect()),
            _ => {}
        }
    }

    /// Emits with an acknowledgement, and then what it brought.
    fn ask(
        self: &Arc<Self>,
        event: &str,
        socket: &Arc<Socket>,
        args: &Args,
        answer: &'static str,
        failed: Option<&'static str>,
    ) {
        let Ok(stream) = socket.emit_with_ack::<_, Args>(event, args) else {
            self.stats.emit_errors.fetch_add(1, Relaxed);
            return;
        };
        let (app, socket) = (self.clone(), socket.clone());
        tokio::spawn(async move {
            match (stream.await, failed) {
                (Ok(brought), _) => app.count(socket.emit(answer, &brought)),
                (Err(error), Some(failed)) => app.count(socket.emit(failed, &error.to_string())),
                (Err(_), None) => false,
            }
        });
    }

    /// As the product broadcasts: by the log of a room, from its cursors. Binary, which the product's rooms do not have, goes by the
    /// library.
    fn broadcast(
        self: &Arc<Self>,
        socket: &Arc<Socket>,
        room: Option<String>,
        name: &'static str,
        args: Args,
        but: Option<ConnId>,
    ) {
        if let Some(items) = args.plain() {
            let (namespace, json) = (socket.ns().to_owned(), event_json(name, items));
            self.order_now(Order::Say {
                namespace,
                room,
                json,
                but,
            });
            return;
        }
        let Some(namespace) = self.io.of(socket.ns()) else {
            return;
        };
        let app = self.clone();
        let socket = SocketRef::from(socket.clone());
        tokio::spawn(async move {
            let sent = match room {
                Some(room) => socket.to(room).emit(name, &args).await,
                None => namespace.emit(name, &args).await,
            };
            app.count(sent);
        });
    }
}

/// Whom to answer, if an answer was asked for.
struct Answer {
    socket: Arc<Socket>,
    ack: Option<u64>,
}

impl Answer {
    fn send<T: Serialize>(&self, app: &App, answer: &T) {
        let Some(ack) = self.ack.and_then(|ack| i64::try_from(ack).ok()) else {
            return;
        };
        let mut nothing = Value::Str(Default::default(), None);
        let Ok(sender) = AckSender::from_message_parts(&self.socket, &mut nothing, &Some(ack));
        app.count(sender.send(answer));
    }
}

fn info(socket: &Socket) -> Json {
    let parts = socket.req_parts();
    let query: serde_json::Map<String, Json> = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .map(|(key, value)| (key.into_owned(), Json::from(value.into_owned())))
        .collect();
    let headers: serde_json::Map<String, Json> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                Json::from(String::from_utf8_lossy(value.as_bytes()).into_owned()),
            )
        })
        .collect();
    let protocol = match socket.protocol() {
        ProtocolVersion::V5 => 5,
        ProtocolVersion::V4 => 4,
    };
    let transport = match socket.transport_type() {
        TransportType::Polling => "polling",
        TransportType::Websocket => "websocket",
    };
    let auth = socket.extensions.get::<Auth>().map_or(Json::Null, |Auth(auth)| auth);
    json!({
        "sid": socket.id.to_string(), "ns": socket.ns(), "transport": transport, "protocol": protocol,
        "query": query, "headers": headers, "auth": auth,
    })
}

/// A socket's auth object, kept for `info`.
#[derive(Clone)]
pub struct Auth(pub Json);

/// Broadcast bytes for `bcast`.
pub fn bcast(i: u64, text: &str) -> Bytes {
    json!(["bcast", [i, text]]).to_string().into()
}
