//! Messages of the driver to a fan-out.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    room::{CloseReason, ConnId, EpochHistory, Latest, Refusal, Reply, Resume, RoomId, RoomName, Seq, Welcome},
    transport::opening::Opening,
    wire::Shared,
};

/// A change for one fan-out, in the order of the hub's outputs.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Update<E> {
    /// A new connection; its welcome follows in a later update.
    Open(Box<Opening>),
    /// A connection has closed.
    Drop { conn: ConnId },
    /// See [`crate::room::Output::RoomOpened`].
    RoomOpened {
        room: RoomId,
        name: RoomName,
        history: EpochHistory,
        after: Seq,
    },
    /// See [`crate::room::Output::RoomClosed`].
    RoomClosed { room: RoomId },
    /// See [`crate::room::Output::Append`].
    Append { room: RoomId, entry: Arc<E> },
    /// See [`crate::room::Output::Redact`] and [`crate::room::Output::Reveal`].
    Replace { room: RoomId, entries: Arc<[Arc<E>]> },
    /// See [`crate::room::Output::Shed`]. The driver frees more memory only after all handles of `step` are dropped.
    Shed { room: RoomId, oldest: Seq, step: Arc<()> },
    /// See [`crate::room::Output::Recall`].
    Recall { room: RoomId, entry: Arc<E> },
    /// Number of members, including this connection, in the room that its next [`Update::Attach`] names.
    Count { conn: ConnId, online: usize },
    /// See [`crate::room::Output::Attach`].
    Attach { conn: ConnId, room: RoomId, since: Seq },
    /// See [`crate::room::Output::Detach`].
    Detach { conn: ConnId },
    /// See [`crate::room::Output::Welcome`].
    Welcome { conn: ConnId, welcome: Box<Welcome> },
    /// The answer to a connection's command.
    Reply {
        conn: ConnId,
        ack: u64,
        reply: Result<Reply, Refusal>,
    },
    /// A command of this connection was handled; its answer is in an earlier update.
    Handled { conn: ConnId },
    /// See [`crate::room::Output::Direct`].
    Direct { conn: ConnId, direct: Arc<Shared> },
    /// See [`crate::room::Output::Latest`].
    Latest { room: RoomId, latest: Arc<Latest> },
    /// See [`crate::room::Output::Close`].
    Close { conn: ConnId, reason: CloseReason },
    /// A page from the store: all stored entries of a room from `from` to `to`.
    Page {
        room: RoomId,
        from: Seq,
        to: Seq,
        entries: Vec<Arc<E>>,
    },
    /// A polling request.
    Poll(Box<PollRequest>),
    /// The server stops. `done` is answered after all earlier updates are applied.
    Stop { done: oneshot::Sender<()> },
}

/// A short or long poll.
pub struct PollRequest {
    /// Connection of the polling lease, or a connection for this request alone.
    pub conn: ConnId,
    /// Whether the answer also removes `conn`.
    pub one_shot: bool,
    /// The polled room.
    pub room: RoomName,
    /// The client's position; `None` asks for the newest entries.
    pub since: Option<Resume>,
    /// Number of the last requested entry, inclusive; `None` for no limit.
    pub until: Option<Seq>,
    /// Longest wait for an event, in milliseconds.
    pub wait_ms: u64,
    /// Receives the JSON object that answers the poll.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
}
