//! Makes a Socket.IO client a member of its room before its CONNECT answer is sent. The fan-out takes over the writing right after that answer.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::{ProtocolVersion, TransportType, socket::Socket};

use crate::{
    room::ConnId,
    transport::{
        backpressure::Backpressure,
        engineio::SessionSlot,
        ingress::{Peer, WorkerRegistry},
        opening::{SioSink, Writer},
        signal::Signal,
    },
};

/// A socket that is about to become a member.
pub struct Joining {
    /// The connection's handle.
    pub conn: ConnId,
    /// Backpressure on the socket's WebSocket, once there is one.
    pub backpressure: Arc<Backpressure>,
    /// The output channel for the fan-out.
    pub sink: SioSink,
}

/// Adds a socket to its session. On WebSocket, the fan-out takes over the lane after the CONNECT answer. To be called in the connect
/// middleware, and followed by [`connected`] in the connect handler.
///
/// # Errors
/// Too many namespaces of one session connect at once.
pub fn join(registry: &WorkerRegistry, socket: &Arc<Socket>) -> Result<Joining, String> {
    let peer = socket.req_parts().extensions.get::<Peer>().cloned();
    if let Some(slot) = socket.req_parts().extensions.get::<Arc<SessionSlot>>() {
        slot.join();
    }
    let at = peer.as_ref().map_or(0, |peer| peer.worker);
    let conn = registry.next_conn(registry.sessions.worker(socket.id).unwrap_or(at));
    let backpressure = Arc::new(Backpressure::default());
    let session = registry.sessions.join(
        (socket.id, socket.protocol()),
        conn,
        backpressure.clone(),
        registry.signals(conn),
    );
    let mut state = Writer::Handshaking;
    if socket.transport_type() == TransportType::Websocket {
        if session.lane().is_none()
            && let Some(lane) = peer.and_then(|peer| peer.lane.upgrade())
        {
            session.set_lane(lane);
        }
        if let Some(lane) = session.lane() {
            // The CONNECT answer is the library's last packet before the fan-out takes over.
            if !lane.match_frame(conn.0, connect_answer(socket)) {
                registry.sessions.leave(socket.id, conn);
                return Err("too many namespaces connect at once".to_owned());
            }
            backpressure.set_lane(lane.clone());
            state = Writer::Draining;
        }
    }
    socket.extensions.insert(conn);
    Ok(Joining {
        conn,
        backpressure,
        sink: SioSink {
            socket: socket.clone(),
            session,
            state,
            recovers: false,
        },
    })
}

/// Signals that the library may emit events to this socket.
pub fn connected(registry: &WorkerRegistry, socket: &Socket) {
    if let Some(conn) = socket.extensions.get::<ConnId>() {
        registry.signals(conn).push(Signal::Connected(conn));
    }
}

/// Prefix of the answer to a CONNECT. Socket.IO protocol 5 sends an object in the answer, protocol 4 does not.
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

/// The last event that the library sends on a connection after an upgrade, and the prefix of its packet on the wire.
pub fn handover(conn: ConnId, namespace: &str) -> (Bytes, Bytes) {
    let event = format!("[\"transport\",{{\"name\":\"websocket\",\"mark\":{}}}]", conn.0);
    let prefix = match namespace {
        "/" => format!("42{event}"),
        namespace => format!("42{namespace},{event}"),
    };
    (prefix.into(), event.into())
}
