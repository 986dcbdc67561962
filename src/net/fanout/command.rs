//! What the driver tells a fan-out.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::Sink;
use crate::{
    net::gate::Gate,
    room::{
        CloseReason, ConnId, Direct, Latest, Lives, Refusal, Reply, Resume, RoomId, RoomName, Seq, UserId, Welcome,
    },
};

/// One step, in the order in which the hub took it.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Command<E> {
    /// A connection is there; the hub's welcome follows.
    Open(Box<Opening>),
    /// A connection is gone.
    Drop { conn: ConnId },
    /// See [`crate::room::Output::RoomOpened`].
    RoomOpened {
        room: RoomId,
        name: RoomName,
        lives: Lives,
        after: Seq,
    },
    /// See [`crate::room::Output::RoomClosed`].
    RoomClosed { room: RoomId },
    /// See [`crate::room::Output::Append`].
    Append { room: RoomId, entry: Arc<E> },
    /// See [`crate::room::Output::Redact`].
    Redact { room: RoomId, entries: Arc<[Arc<E>]> },
    /// See [`crate::room::Output::Recall`].
    Recall { room: RoomId, entry: Arc<E> },
    /// See [`crate::room::Output::Attach`].
    Attach { conn: ConnId, room: RoomId, since: Seq },
    /// See [`crate::room::Output::Detach`].
    Detach { conn: ConnId },
    /// See [`crate::room::Output::Welcome`].
    Welcome { conn: ConnId, welcome: Box<Welcome> },
    /// An answer to a connection's command.
    Reply {
        conn: ConnId,
        ack: u64,
        reply: Result<Reply, Refusal>,
    },
    /// An input of this connection is handled, its answer is among the commands before this one.
    Handled { conn: ConnId },
    /// See [`crate::room::Output::Direct`].
    Direct { conn: ConnId, direct: Arc<Direct> },
    /// See [`crate::room::Output::Latest`].
    Latest { room: RoomId, latest: Arc<Latest> },
    /// See [`crate::room::Output::Close`].
    Close { conn: ConnId, reason: CloseReason },
    /// A page of what the store has of a room: all that it has from one number to another.
    Page {
        room: RoomId,
        from: Seq,
        to: Seq,
        entries: Vec<Arc<E>>,
    },
    /// An HTTP request wants what is new.
    Poll(Box<PollRequest>),
    /// The server stops: answered when everything before is done.
    Stop { done: oneshot::Sender<()> },
}

/// A new member.
pub struct Opening {
    /// Its handle.
    pub conn: ConnId,
    /// Whose it is.
    pub user: UserId,
    /// The way to it.
    pub sink: Sink,
    /// Its room's name if it came by a namespace of that name.
    pub namespace: Option<RoomName>,
    /// Back-pressure on what it sends; none for those that send elsewhere.
    pub gate: Option<Arc<Gate>>,
}

/// A short or long poll.
pub struct PollRequest {
    /// The lease, or a number for this one request.
    pub conn: ConnId,
    /// Forget `conn` when it is answered.
    pub once: bool,
    /// Which room.
    pub room: RoomName,
    /// Where the client's knowledge ends; none asks for the newest entries.
    pub since: Option<Resume>,
    /// The last entry that is wanted; none is as far as the answer goes.
    pub until: Option<Seq>,
    /// How long to wait for something new, in milliseconds.
    pub wait_ms: u64,
    /// Gets the JSON object.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
}
