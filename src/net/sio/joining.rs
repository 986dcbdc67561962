//! How a Socket.IO socket becomes a member, whatever the application: before the CONNECT answer goes out.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use engineioxide_core::Str;
use socketioxide::{
    ProtocolVersion, TransportType,
    adapter::LocalAdapter,
    handler::{FromConnectParts, FromMessage},
    socket::Socket,
};
use socketioxide_core::Value;

use crate::{
    net::{
        door::{Links, Origin},
        fanout::{SioSink, Speaker},
        gate::Gate,
        signal::Signal,
    },
    room::ConnId,
};

/// The library's own handle, as a handler's argument.
pub struct Handle(pub Arc<Socket>);

impl FromConnectParts<LocalAdapter> for Handle {
    type Error = Infallible;

    fn from_connect_parts(socket: &Arc<Socket>, _: &Option<Value>) -> Result<Self, Infallible> {
        Ok(Self(socket.clone()))
    }
}

/// An event as it came: its array's text, unparsed, since the library's own parser drops what it does not understand.
pub struct RawEvent {
    /// Where it came from.
    pub socket: Arc<Socket>,
    /// The array, name first.
    pub text: Str,
    /// What its placeholders stand for; none without placeholders.
    pub attachments: Option<Vec<Bytes>>,
    /// Its number, if it is to be acknowledged.
    pub ack: Option<u64>,
}

impl FromMessage<LocalAdapter> for RawEvent {
    type Error = Infallible;

    fn from_message(socket: Arc<Socket>, value: Value, ack: Option<i64>) -> Result<Self, Infallible> {
        let (text, attachments) = match value {
            Value::Str(text, attachments) => (text, attachments.map(|all| all.into_iter().collect())),
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

/// A socket that is about to become a member.
pub struct Joining {
    /// Its handle from now on.
    pub conn: ConnId,
    /// Back-pressure on its lane, once it has one.
    pub gate: Arc<Gate>,
    /// The way to it.
    pub sink: SioSink,
}

/// Ties a socket to its session and, if it came by WebSocket, prepares the lane to take over behind its CONNECT answer. To be called in
/// the connect middleware; afterwards [`connected`] in the connect handler.
///
/// # Errors
/// Too many namespaces of one session connect at once.
pub fn join(links: &Links, socket: &Arc<Socket>) -> Result<Joining, String> {
    let origin = socket.req_parts().extensions.get::<Origin>().cloned();
    let at = origin.as_ref().map_or(0, |origin| origin.worker);
    let conn = links.next_conn(links.sessions.worker(socket.id).unwrap_or(at));
    let gate = Arc::new(Gate::default());
    let session = links.sessions.join(socket.id, conn, gate.clone(), links.board(conn));
    let mut state = Speaker::Nobody;
    if socket.transport_type() == TransportType::Websocket {
        if session.lane().is_none()
            && let Some(lane) = origin.and_then(|origin| origin.lane.upgrade())
        {
            session.set_lane(lane);
        }
        if let Some(lane) = session.lane() {
            // The CONNECT answer is the library's last word: the fan-out takes over behind it.
            if !lane.watch(conn.0, connect_answer(socket)) {
                links.sessions.leave(socket.id, conn);
                return Err("too many namespaces connect at once".to_owned());
            }
            gate.set_lane(lane.clone());
            state = Speaker::Passing;
        }
    }
    socket.extensions.insert(conn);
    Ok(Joining {
        conn,
        gate,
        sink: SioSink {
            socket: socket.clone(),
            session,
            state,
        },
    })
}

/// The library takes events for this socket from now on.
pub fn connected(links: &Links, socket: &Socket) {
    if let Some(conn) = socket.extensions.get::<ConnId>() {
        links.board(conn).post(Signal::Connected(conn));
    }
}

/// How the packet begins that answers a CONNECT (Socket.IO protocol 5 sends an object behind it, 4 does not).
fn connect_answer(socket: &Socket) -> Bytes {
    let brace = match socket.protocol() {
        ProtocolVersion::V5 => "{",
        ProtocolVersion::V4 => "",
    };
    match socket.ns() {
        "/" => format!("40{brace}"),
        namespace if brace.is_empty() => format!("40{namespace}"),
        namespace => format!("40{namespace},{brace}"),
    }
    .into()
}
