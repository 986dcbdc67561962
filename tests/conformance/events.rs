//! The answers to events.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use bytes::Bytes;
use chatterbox::{room::ConnId, transport::socketio::RawEvent};
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
    engineio,
    flags::Mode,
    rooms::RoomCommand,
};

/// Of one `bin` and one `flood`.
const MOST_BYTES: usize = 16 << 20;

impl App {
    /// All effects that must keep the order of events happen before this returns.
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
        if self.mode == Mode::ClientSuite {
            return self.suite_event(socket, &name, &args, &ack);
        }
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
                    self.try_send(RoomCommand::Join {
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
                    self.try_send(RoomCommand::Leave { conn, room });
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

    /// Emits an event with an acknowledgement, and then an event with the answer.
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

    /// Broadcasts through the log of a room, as the product does. Binary events, which the product's rooms lack, go through the library.
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
            self.try_send(RoomCommand::Broadcast {
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

/// The client to answer, if it expects an answer.
pub struct Answer {
    socket: Arc<Socket>,
    ack: Option<u64>,
}

impl Answer {
    /// Answers with an array, or a tuple.
    pub fn send<T: Serialize>(&self, app: &App, answer: &T) {
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
    let headers = engineio::headers(&parts.headers);
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
        "query": query(socket), "headers": headers, "auth": auth,
    })
}

/// The parameters of a session's first request.
pub fn query(socket: &Socket) -> serde_json::Map<String, Json> {
    form_urlencoded::parse(socket.req_parts().uri.query().unwrap_or_default().as_bytes())
        .map(|(key, value)| (key.into_owned(), Json::from(value.into_owned())))
        .collect()
}

/// A socket's auth object, kept for `info`.
#[derive(Clone)]
pub struct Auth(pub Json);

/// Broadcast bytes for `bcast`.
pub fn bcast(i: u64, text: &str) -> Bytes {
    json!(["bcast", [i, text]]).to_string().into()
}
