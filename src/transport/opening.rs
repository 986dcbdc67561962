//! A new connection, as a transport hands it to the fan-out of its worker: who it is, how to write to it, what it still waits for. Plain data.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::socket::Socket;
use tokio::sync::{mpsc, oneshot};

use super::{backpressure::Backpressure, lane::Lane, socketio::Session};
use crate::room::{ConnId, Refusal, Resume, RoomName, Seq, UserId};

/// A new connection for the fan-out of its worker.
pub struct Opening {
    /// Id of the connection.
    pub conn: ConnId,
    /// The user of the connection.
    pub user: UserId,
    /// The output channel of the transport.
    pub sink: Sink,
    /// The room whose Socket.IO namespace the client uses; `None` for other connections.
    pub namespace: Option<RoomName>,
    /// Backpressure on the client's commands; `None` if the connection only receives.
    pub backpressure: Option<Arc<Backpressure>>,
    /// Revision of the shared values that the client has; `None` if it does not watch them.
    pub watched: Option<u64>,
}

/// The output channel of a connection's transport.
pub enum Sink {
    /// A plain WebSocket, written through its lane (outgoing socket).
    WebSocket(Arc<Lane>),
    /// Socket.IO on polling or WebSocket.
    SocketIo(SioSink),
    /// Server-sent events: a channel of [`STREAM_PIECES`](crate::limits::STREAM_PIECES) for the response's body.
    Stream(mpsc::Sender<Bytes>),
    /// A polling lease, with its pending request, if any.
    Poll(Option<Box<Waiting>>),
}

impl Sink {
    /// The lane of the member's WebSocket, including one that is still being upgraded; `None` on other techniques.
    pub fn lane(&self) -> Option<&Arc<Lane>> {
        match self {
            Sink::WebSocket(lane) => Some(lane),
            Sink::SocketIo(sio) => sio.session.lane(),
            Sink::Stream(_) | Sink::Poll(_) => None,
        }
    }

    /// The lane, if the fan-out writes to it: not while the Socket.IO library still does.
    pub fn written_lane(&self) -> Option<&Arc<Lane>> {
        let upgrading = matches!(self, Sink::SocketIo(sio) if sio.state != Writer::Lane);
        self.lane().filter(|_| !upgrading)
    }
}

/// A Socket.IO socket, and the component that may currently write to it.
pub struct SioSink {
    /// The library's socket, which writes until the fan-out takes over the lane.
    pub socket: Arc<Socket>,
    /// The Engine.IO session, shared by all its namespaces.
    pub session: Arc<Session>,
    /// The component that currently writes to the client.
    pub state: Writer,
    /// Whether the client uses connection state recovery, so that entries and gaps carry offsets.
    pub recovers: bool,
}

/// The component that writes to a Socket.IO client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// No writer yet: the CONNECT answer has not been sent.
    Handshaking,
    /// The library writes a limited number of packets until the client's next fetch.
    Library {
        /// Number of packets that the library may still take.
        budget: u32,
    },
    /// No writer yet: the library's last packets are still leaving through the socket.
    Draining,
    /// The fan-out writes frames directly to the connection's socket.
    Lane,
}

/// A pending polling request.
pub struct Waiting {
    /// The polled room.
    pub room: RoomName,
    /// Receives the JSON object that answers the request.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
    /// Whether to answer at once, even without an event.
    pub now: bool,
    /// The client's position; `None` asks for the newest entries.
    pub since: Option<Resume>,
    /// Number of the last requested entry, inclusive.
    pub until: Seq,
}
