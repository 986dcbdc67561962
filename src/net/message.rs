//! What the transports tell the driver.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::fanout::Opening;
use crate::room::{AddressTag, ConnId, Identity, Input, Refusal, Reply, ReplyTo, Resume, RoomName, Seq, Signed, Via};

/// See the module.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Message {
    /// For the hub as it is.
    Hub(Input),
    /// A connection asks for something.
    Event {
        conn: ConnId,
        ack: Option<u64>,
        command: Result<crate::room::Command, Refusal>,
    },
    /// A connection is there.
    Open {
        opening: Box<Opening>,
        who: Identity,
        via: Via,
        room: RoomName,
        resume: Option<Resume>,
    },
    /// An HTTP request asks for something.
    Request {
        who: Identity,
        room: RoomName,
        command: Result<crate::room::Command, Refusal>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request wants what is new; with an identity it renews that one's lease.
    Poll {
        conn: ConnId,
        who: Poller,
        room: RoomName,
        since: Option<Resume>,
        wait_ms: u64,
        reply: oneshot::Sender<Result<Bytes, Refusal>>,
    },
    /// An HTTP request wants the list of rooms.
    Rooms {
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request wants a nonce for an order.
    Nonce {
        address: AddressTag,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An HTTP request gives an order.
    Signed {
        address: AddressTag,
        signed: Box<Signed>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An errand is done.
    Done { to: ReplyTo, reply: Result<Reply, Refusal> },
    /// Somebody wants to know how it goes, and that it goes.
    Status { reply: oneshot::Sender<Status> },
    /// The server stops. Answered when everybody has been told.
    Shutdown { done: oneshot::Sender<()> },
}

/// Whose a poll is.
pub enum Poller {
    /// Somebody's with a token.
    Known(Identity),
    /// Nobody's, from there.
    Stranger(AddressTag),
    /// A webhook's, which the organizer let in: it hears what the room hears, whoever may come in.
    Webhook {
        /// The end of a stretch that is asked for again.
        until: Option<Seq>,
    },
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// People in rooms.
    pub members: usize,
    /// Rooms.
    pub rooms: usize,
    /// Entries of all rooms since the start.
    pub entries: u64,
    /// What is acknowledged is on disk.
    pub durable: bool,
}
