//! A new connection as a transport hands it to the fan-out.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::socket::Socket;
use tokio::sync::{mpsc, oneshot};

use super::{backpressure::Backpressure, lane::Lane, socketio::Session};
use crate::room::{ConnId, Refusal, Resume, RoomName, Seq, UserId};

/// A new connection for its worker's fan-out.
pub struct Opening {
    /// The connection's handle.
    pub conn: ConnId,
    /// The user.
    pub user: UserId,
    /// The transport's output.
    pub sink: Sink,
    /// The room's name, for a Socket.IO namespace of a room.
    pub namespace: Option<RoomName>,
    /// Backpressure on the client's commands; none for a connection that only receives.
    pub backpressure: Option<Arc<Backpressure>>,
}

/// The output of a connection's transport.
pub enum Sink {
    /// Plain WebSocket.
    WebSocket(Arc<Lane>),
    /// Socket.IO on polling or WebSocket.
    SocketIo(SioSink),
    /// Server-sent events: a channel of [`STREAM_PIECES`](crate::limits::STREAM_PIECES) for the response's body.
    Stream(mpsc::Sender<Bytes>),
    /// A polling lease, with its waiting request, if any.
    Poll(Option<Box<Waiting>>),
}

impl Sink {
    /// The WebSocket connection that the member has, or is being upgraded to.
    pub fn lane(&self) -> Option<&Arc<Lane>> {
        match self {
            Sink::WebSocket(lane) => Some(lane),
            Sink::SocketIo(sio) => sio.session.lane(),
            Sink::Stream(_) | Sink::Poll(_) => None,
        }
    }
}

/// A Socket.IO socket and its current writer.
pub struct SioSink {
    /// The library's socket, which writes until the lane opens.
    pub socket: Arc<Socket>,
    /// The Engine.IO session, shared by all its namespaces.
    pub session: Arc<Session>,
    /// The current writer.
    pub state: Writer,
    /// The client uses connection state recovery, so entries and gaps carry offsets.
    pub recovers: bool,
}

/// The writer to a Socket.IO client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// No writer: the CONNECT answer is not sent yet.
    Handshaking,
    /// The library, for a bounded number of packets until the client's next fetch.
    Library {
        /// Remaining packets.
        budget: u32,
    },
    /// No writer: the library's last packets leave through the lane.
    Draining,
    /// The fan-out, on the lane.
    Lane,
}

/// A polling request that waits for an event.
pub struct Waiting {
    /// The polled room.
    pub room: RoomName,
    /// Receives the JSON object.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
    /// Answer at once, even without an event.
    pub now: bool,
    /// The client's position; none asks for the newest entries.
    pub since: Option<Resume>,
    /// Last requested entry, inclusive.
    pub until: Seq,
}
