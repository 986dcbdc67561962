//! The messages by which the driver tells a worker's fan-out of new entries, members, answers and closed connections. Plain data.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{
    room::{CloseReason, ConnId, EpochHistory, Latest, Refusal, Reply, RoomId, RoomName, Seq, Welcome},
    transport::{message::PollOptions, opening::Opening},
    wire::{Shared, ValuesFrames},
};

/// A change for one fan-out, in the order of the hub's outputs.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Update<E> {
    /// A new connection; its welcome follows in a later update.
    Open(Box<Opening>),
    /// A connection was closed by its client: the fan-out forgets it.
    Drop { conn: ConnId },
    /// A room was opened ([`crate::room::Output::RoomOpened`]): the worker makes a replica of its log.
    RoomOpened {
        room: RoomId,
        name: RoomName,
        history: EpochHistory,
        after: Seq,
    },
    /// A room was closed ([`crate::room::Output::RoomClosed`]): the worker drops its replica.
    RoomClosed { room: RoomId },
    /// A room's log has a new entry ([`crate::room::Output::Append`]), to be sent to its members.
    Append { room: RoomId, entry: Arc<E> },
    /// Entries were hidden, shown again or changed ([`crate::room::Output::Redact`], [`crate::room::Output::Reveal`],
    /// [`crate::room::Output::Amend`]): `entries` replace them in the log.
    Replace { room: RoomId, entries: Arc<[Arc<E>]> },
    /// See [`crate::room::Output::Shed`]. The driver frees more memory only after all handles of `step` are dropped.
    Shed { room: RoomId, oldest: Seq, step: Arc<()> },
    /// A control entry of an earlier run is added to the log ([`crate::room::Output::Recall`]).
    Recall { room: RoomId, entry: Arc<E> },
    /// Number of members, including this connection, in the room that its next [`Update::Attach`] names.
    Count { conn: ConnId, online: usize },
    /// A connection joined a room ([`crate::room::Output::Attach`]) and gets the entries after `since`.
    Attach { conn: ConnId, room: RoomId, since: Seq },
    /// A connection left its room ([`crate::room::Output::Detach`]) but stays open.
    Detach { conn: ConnId },
    /// The first event of an accepted connection ([`crate::room::Output::Welcome`]).
    Welcome { conn: ConnId, welcome: Box<Welcome> },
    /// The answer to a connection's command, sent after the entries that precede it.
    Reply {
        conn: ConnId,
        ack: u64,
        reply: Result<Reply, Refusal>,
    },
    /// A command of this connection was handled; its answer is in an earlier update.
    Handled { conn: ConnId },
    /// An event for one connection alone ([`crate::room::Output::Direct`]).
    Direct { conn: ConnId, direct: Arc<Shared> },
    /// New live values of a room ([`crate::room::Output::Latest`]), for all its members.
    Latest { room: RoomId, latest: Arc<Latest> },
    /// The shared values of a room changed ([`crate::room::Output::Values`]), for the members that watch them.
    Values { room: RoomId, frames: Arc<ValuesFrames> },
    /// A connection watches its room's shared values from now on, of which it has those up to `revision` ([`crate::room::Output::Watch`]).
    Watch { conn: ConnId, revision: u64 },
    /// A connection must be closed ([`crate::room::Output::Close`]): it gets the reason after everything that is queued for it.
    Close { conn: ConnId, reason: CloseReason },
    /// A page from the store: all stored entries of a room from `from` to `to`.
    Page {
        room: RoomId,
        from: Seq,
        to: Seq,
        entries: Vec<Arc<E>>,
    },
    /// A short or long poll, which the worker answers when there are events or its time is over.
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
    /// Name of the room that the client polls.
    pub room: RoomName,
    /// Number of the last requested entry, inclusive; `None` for no limit.
    pub until: Option<Seq>,
    /// The parameters of the request.
    pub options: PollOptions,
    /// Receives the JSON object that answers the poll.
    pub reply: oneshot::Sender<Result<Bytes, Refusal>>,
}
