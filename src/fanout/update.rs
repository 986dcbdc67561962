//! The driver's messages to a fan-out.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    room::{CloseReason, ConnId, EpochHistory, Latest, Refusal, Reply, Resume, RoomId, RoomName, Seq, Welcome},
    transport::opening::Opening,
    wire::Shared,
};

/// One change, in the order of the hub's outputs.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Update<E> {
    /// A new connection; the hub's welcome follows.
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
    /// See [`crate::room::Output::Shed`]. The driver sheds more once all handles of `step` are dropped.
    Shed { room: RoomId, oldest: Seq, step: Arc<()> },
    /// See [`crate::room::Output::Recall`].
    Recall { room: RoomId, entry: Arc<E> },
    /// Members of the room to which the next [`Update::Attach`] brings this connection, itself included.
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
    /// A command of this connection is handled; its answer is among the updates before this one.
    Handled { conn: ConnId },
    /// See [`crate::room::Output::Direct`].
    Direct { conn: ConnId, direct: Arc<Shared> },
    /// See [`crate::room::Output::Latest`].
    Latest { room: RoomId, latest: Arc<Latest> },
    /// See [`crate::room::Output::Close`].
    Close { conn: ConnId, reason: CloseReason },
    /// A page of the store: all its entries of a room from `from` to `to`.
    Page {
        room: RoomId,
        from: Seq,
        to: Seq,
        entries: Vec<Arc<E>>,
    },
    /// A polling request.
    Poll(Box<PollRequest>),
    /// The server stops. `done` is answered once all earlier updates are applied.
    Stop { done: oneshot::Sender<()> },
}

/// A short or long poll.
pub struct PollRequest {
    /// The lease's connection, or one for this request alone.
    pub conn: ConnId,
    /// Removes `conn` with the answer.
    pub one_shot: bool,
    /// The polled room.
    pub room: RoomName,
    /// The client's position; none asks for the newest entries.
    pub since: Option<Resume>,
    /// Last requested entry, inclusive; none for no bound.
    pub until: Option<Seq>,
    /// Longest wait for an event, in milliseconds.
    pub wait_ms: u64,
    /// Receives the JSON object.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
}
