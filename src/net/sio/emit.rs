//! Speaking through the library, for sessions that have no lane.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::value::RawValue;
use socketioxide::{SendError, extract::AckSender, handler::FromMessageParts, socket::Socket};
use socketioxide_core::Value;

use crate::{room::ConnId, wire};

/// Hands an event array, or the answer to event `ack`, to the library.
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

/// The last event that the library sends to a connection after an upgrade, and how its packet begins on the wire.
pub fn handover(conn: ConnId, namespace: &str) -> (Bytes, Bytes) {
    let event = format!("[\"transport\",{{\"name\":\"websocket\",\"mark\":{}}}]", conn.0);
    let mark = match namespace {
        "/" => format!("42{event}"),
        namespace => format!("42{namespace},{event}"),
    };
    (mark.into(), event.into())
}
