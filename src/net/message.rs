//! What the transports tell the driver.

use bytes::Bytes;
use tokio::sync::oneshot;

use super::fanout::Opening;
use crate::room::{AddressTag, ConnId, Identity, Input, Refusal, Reply, Resume, RoomName, Signed, Via};

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
        /// Somebody, or who has no token and comes from there.
        who: Result<Identity, AddressTag>,
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
    /// Somebody wants to know how it goes, and that it goes.
    Status { reply: oneshot::Sender<Status> },
    /// The server stops. Answered when everybody has been told.
    Shutdown { done: oneshot::Sender<()> },
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
