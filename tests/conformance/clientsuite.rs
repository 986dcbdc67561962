//! The namespaces and events that socket.io-client's own tests expect of their server.
//!
//! From socketio/socket.io, `packages/socket.io-client/test/support/server.ts` (socket.io-client 4.8).

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::body::Body;
use chatterbox::time_zone::TimeZone;
use http::{HeaderMap, Method, Response, Uri};
use serde::Serialize;
use serde_json::{Value as Json, json};
use socketioxide::socket::Socket;

use crate::{
    app::App,
    args::Args,
    engineio,
    events::{Answer, Auth, query},
    recovery::Id,
};

/// The suite's namespaces; the server knows no others.
pub const NAMESPACES: &[&str] = &["/", "/foo", "/timeout_socket", "/valid", "/asd", "/abc", "/no"];

/// A namespace that greets with the handshake.
const GREETS: &str = "/abc";

/// Arguments of `takeUtf8`, in order.
const TEXTS: [&str; 5] = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"];

/// Bytes in `doge` and `takebin`.
const BYTES: &[u8] = b"asdfasdf";

/// The events with attachments so far: `abuff2` and `blob3` are answered only behind their predecessors.
#[derive(Clone, Copy, Default)]
struct Came {
    buffer: bool,
    blob: bool,
    second: bool,
}

/// Delay of a session's first answer: the suite's cases of `timeout: 0` need a connection that takes a moment.
const OPENS_AFTER: Duration = Duration::from_millis(10);

/// Delays a session's first request, and answers none. The worker sleeps: the suite's cases come one after the other.
pub fn delay(_: &Method, uri: &Uri, _: &HeaderMap) -> Option<Response<Body>> {
    if !engineio::is_named(uri, "sid") {
        std::thread::sleep(OPENS_AFTER);
    }
    None
}

/// Whether a socket may connect.
///
/// # Errors
/// The message for the client.
pub fn admit(socket: &Socket) -> Result<(), String> {
    match socket.ns() {
        "/no" => Err("Auth failed (custom namespace)".to_owned()),
        "/" if query(socket).contains_key("fail") => Err("Auth failed (main namespace)".to_owned()),
        _ => Ok(()),
    }
}

impl App {
    /// Emits the greeting of a namespace that has one.
    pub fn greet(&self, socket: &Arc<Socket>) {
        if socket.ns() == GREETS {
            self.say(socket, "handshake", &[handshake(socket)]);
        }
    }

    /// Answers an event.
    pub fn suite_event(self: &Arc<Self>, socket: &Arc<Socket>, name: &str, args: &Args, ack: &Answer) {
        match (socket.ns(), name) {
            ("/" | "/foo", "getId") => {
                if let Some(Id(id)) = socket.extensions.get() {
                    ack.send(self, &[id]);
                }
            }
            ("/", _) => self.root_event(socket, name, args, ack),
            _ => {}
        }
    }

    fn root_event(self: &Arc<Self>, socket: &Arc<Socket>, name: &str, args: &Args, ack: &Answer) {
        let mut came = socket.extensions.get::<Came>().unwrap_or_default();
        match name {
            "hi" => self.say(socket, "hi", &[]),
            "echo" => ack.send(self, args),
            "ack" => self.ask_five(socket),
            "getAckDate" => ack.send(self, &[date()]),
            "getDate" => self.say(socket, "takeDate", &[date().into()]),
            "getDateObj" => self.say(socket, "takeDateObj", &[json!({ "date": date() })]),
            "getUtf8" => TEXTS
                .iter()
                .for_each(|&text| self.say(socket, "takeUtf8", &[text.into()])),
            "false" => self.say(socket, "false", &[false.into()]),
            "doge" => self.say_bytes(socket, "doge"),
            "getbin" => self.say_bytes(socket, "takebin"),
            "buffa" if args.is_binary(None) => self.say(socket, "buffack", &[]),
            "jsonbuff" if is_mixed(args) => self.say(socket, "jsonbuff-ack", &[]),
            "abuff1" => came.buffer = args.is_binary(None),
            "abuff2" if came.buffer => self.say(socket, "abuff2-ack", &[]),
            "blob" if args.is_binary(None) => self.say(socket, "back", &[]),
            "jsonblob" if is_mixed(args) => self.say(socket, "jsonblob-ack", &[]),
            "blob1" => came.blob = args.is_binary(None),
            "blob2" => came.second = came.blob && args.get::<String>(0).as_deref() == Some("second"),
            "blob3" if came.second && args.is_binary(None) => self.say(socket, "blob3-ack", &[]),
            "getHandshake" => ack.send(self, &[handshake(socket)]),
            _ => {}
        }
        socket.extensions.insert(came);
    }

    /// Emits an event, with an offset behind its arguments.
    fn say(&self, socket: &Arc<Socket>, name: &str, args: &[Json]) {
        let offset = self.recoveries.offset().into();
        self.count(socket.emit(name, &Spread(&[args, &[offset]].concat())));
    }

    fn say_bytes(&self, socket: &Arc<Socket>, name: &str) {
        self.count(socket.emit(name, &rmpv::Value::Binary(BYTES.to_vec())));
    }

    /// Emits an event with an acknowledgement, and reports whether the answer is the test's.
    fn ask_five(self: &Arc<Self>, socket: &Arc<Socket>) {
        let Ok(answer) = socket.emit_with_ack::<_, Args>("ack", &Spread(&[])) else {
            self.count(Err(()));
            return;
        };
        let (app, socket) = (self.clone(), socket.clone());
        tokio::spawn(async move {
            if let Ok(args) = answer.await
                && let Some([five, object, ..]) = args.parsed()
                && five.as_u64() == Some(5)
                && object["test"].as_bool() == Some(true)
            {
                app.say(&socket, "got it", &[]);
            }
        });
    }
}

/// Arguments that the library spreads over the packet.
struct Spread<'a>(&'a [Json]);

impl Serialize for Spread<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeTuple;
        let mut tuple = serializer.serialize_tuple(self.0.len())?;
        for arg in self.0 {
            tuple.serialize_element(arg)?;
        }
        tuple.end()
    }
}

/// An object of text, bytes and text.
fn is_mixed(args: &Args) -> bool {
    let text = |key: &str, expected: &str| {
        let value = args.parsed().and_then(|args| args.first().map(|object| &object[key]));
        value.and_then(rmpv::Value::as_str) == Some(expected)
    };
    text("hello", "lol") && text("goodbye", "gotcha") && args.is_binary(Some("message"))
}

/// The handshake, as the tests expect it.
fn handshake(socket: &Socket) -> Json {
    let parts = socket.req_parts();
    json!({
        "headers": engineio::headers(&parts.headers), "query": query(socket), "url": parts.uri.to_string(), "time": date(),
        "auth": socket.extensions.get::<Auth>().map_or_else(|| json!({}), |Auth(auth)| auth),
    })
}

fn date() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeZone::default().text(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}
