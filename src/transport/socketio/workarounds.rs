//! Works around defects of the library socketioxide 0.18.9. Each is described with its source, and its workaround goes when the library is fixed.
//!
//! Those in front of the library, which change bytes, are in `engineio::workarounds`.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use engineioxide_core::Str;
use serde_json::value::RawValue;
use socketioxide::{
    SendError,
    adapter::LocalAdapter,
    extract::AckSender,
    handler::{FromConnectParts, FromMessage, FromMessageParts},
    socket::Socket,
};
use socketioxide_core::Value;

use crate::{
    transport::{engineio::MARK, lane::Amendment},
    wire,
};

/// The library's socket as an argument of a handler. Its own extractors give only a `SocketRef`, without the `Arc` that [`emit`] needs.
pub struct Handle(pub Arc<Socket>);

impl FromConnectParts<LocalAdapter> for Handle {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, _: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(socket.clone()))
    }
}

/// An event as the client sent it, unparsed. The library's own parser drops arguments that do not fit a handler's type, and the event with
/// them (`src/handler/message.rs`), where clients expect an answer.
pub struct RawEvent {
    /// The socket of the sender.
    pub socket: Arc<Socket>,
    /// The event as a JSON array, starting with the event's name.
    pub text: Str,
    /// The binary attachments; `None` for a packet without placeholders.
    pub attachments: Option<Vec<Bytes>>,
    /// The acknowledgement id, if the client expects an answer.
    pub ack: Option<u64>,
}

impl FromMessage<LocalAdapter> for RawEvent {
    type Error = Infallible;

    fn from_message(socket: Arc<Socket>, value: Value, ack: Option<i64>) -> Result<Self, Infallible> {
        let (text, attachments) = match value {
            Value::Str(text, attachments) => (unmarked(text), attachments.map(|all| all.into_iter().collect())),
            Value::Bytes(_) => (Str::default(), Some(Vec::new())),
        };
        Ok(Self {
            socket,
            text,
            attachments,
            ack: ack.and_then(|ack| u64::try_from(ack).ok()),
        })
    }
}

/// Removes the mark that the edge puts before an event name with escapes.
fn unmarked(text: Str) -> Str {
    let own = text.strip_prefix('[').and_then(|rest| rest.strip_prefix(MARK));
    match own.map(|own| format!("[{own}")) {
        Some(own) => own.into(),
        None => text,
    }
}

/// Hands an event array, or the answer to event `ack`, to the library. An answer can be sent only by an `AckSender`, which the library makes for
/// running handlers (`src/extract/socket.rs`, `AckSender::new` is private); the hub answers later, so the sender is made from the id.
///
/// # Errors
/// The library's buffer for this socket is full, or the socket is closed.
pub fn emit(socket: &Arc<Socket>, json: &Bytes, ack: Option<u64>) -> Result<(), SendError> {
    let Some(ack) = ack else {
        let (name, arguments) = wire::split_event(json).expect("encoded by us");
        return socket.emit(name, &arguments);
    };
    let id = i64::try_from(ack).expect("the library counts them as i64");
    let mut nothing = Value::Str(Default::default(), None);
    let Ok(sender) = AckSender::from_message_parts(socket, &mut nothing, &Some(id));
    let answer: &RawValue = serde_json::from_slice(json).expect("encoded by us");
    sender.send(answer)
}

/// The answer to a CONNECT with a `pid`, which stock clients from socket.io-client 4.6 on need to recover. The library has no connection state
/// recovery and writes `{"sid":…}` alone (`src/ns.rs`, `Namespace::connect`), so the lane or the edge replaces its packet.
pub fn answer_with(socket: &Socket, pid: &str) -> Amendment {
    let front = match socket.ns() {
        "/" => format!("40{{\"sid\":\"{}\"", socket.id),
        namespace => format!("40{namespace},{{\"sid\":\"{}\"", socket.id),
    };
    Amendment {
        packet: format!("{front}}}").into(),
        instead: format!("{front},\"pid\":\"{pid}\"}}").into(),
    }
}
