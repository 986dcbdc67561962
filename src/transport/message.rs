//! The messages by which transports tell the driver (the task that owns all rooms) of connections, commands and requests. Its inbox has at most
//! [`limits::INBOX`] of them.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{opening::Opening, proof::CheckedCommand};
use crate::{
    limits,
    memory::{Account, Part, Ticket},
    room::{AddressTag, ConnId, Found, Identity, Input, Prepared, Refusal, Reply, ReplyTo, Resume, RoomName, Seq},
};

/// Recovery data of a client that reconnects with Socket.IO connection state recovery.
pub struct Recovery {
    /// Number of the client's own newest entry whose answer it received.
    pub answered: Seq,
    /// Whether the client sends the same name as before.
    pub same_name: bool,
    /// Receives true if the client gets all entries since its position.
    pub tell: oneshot::Sender<bool>,
}

/// A message of a transport or a route to the driver, which owns the hub.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Message {
    /// An input for the hub, unchanged.
    Hub(Input),
    /// A client's command on its connection, or the refusal of an event that could not be decoded.
    Event {
        conn: ConnId,
        ack: Option<u64>,
        command: Result<crate::room::Command, Refusal>,
        /// Memory ticket of the command until the hub handles it; `None` for a short command.
        memory: Option<Ticket>,
        found: Option<Found>,
    },
    /// An admin command of a connection, after the check of its proof (signature).
    SignedEvent {
        conn: ConnId,
        ack: Option<u64>,
        signed: Box<CheckedCommand>,
        /// Memory ticket of the command until the hub handles it; `None` for a short command.
        memory: Option<Ticket>,
    },
    /// A new connection, which the driver announces to hub and fan-out.
    Open {
        opening: Box<Opening>,
        who: Identity,
        room: Option<RoomName>,
        resume: Option<Resume>,
        recovery: Option<Recovery>,
        found: Option<Found>,
    },
    /// A command that arrived in an HTTP request.
    Request {
        who: Identity,
        room: RoomName,
        command: Result<crate::room::Command, Refusal>,
        found: Option<Found>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A poll for entries. For a user with an identity it also renews the polling lease.
    Poll {
        conn: ConnId,
        who: Poller,
        room: RoomName,
        options: PollOptions,
        reply: oneshot::Sender<Result<Bytes, Refusal>>,
    },
    /// A request for the list of rooms.
    Rooms {
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A request for a nonce, for an admin command in a later HTTP request.
    Nonce {
        address: AddressTag,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A signed admin command that arrived in an HTTP request.
    SignedCommand {
        address: AddressTag,
        signed: Box<CheckedCommand>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An input whose texts another thread has matched against the word list.
    Prepared { input: Input, prepared: Prepared },
    /// The result of a host job (an admin command that the computer answers), for the connection or request `to`.
    Done { to: ReplyTo, reply: Result<Reply, Refusal> },
    /// A health check, which the driver answers with statistics.
    Status { reply: oneshot::Sender<Status> },
    /// The server stops. `done` is answered once all clients have received the close reason.
    Shutdown { done: oneshot::Sender<()> },
}

/// The parameters of a poll.
#[derive(Clone, Copy, Debug)]
pub struct PollOptions {
    /// The client's position; `None` asks for the newest entries.
    pub since: Option<Resume>,
    /// Longest wait for an event, in milliseconds.
    pub wait_ms: u64,
    /// Revision of the shared values that the client has; `None` if it does not watch them.
    pub watched: Option<u64>,
}

/// The client that sends a poll.
pub enum Poller {
    /// A user whose token was verified.
    Known(Identity),
    /// A client without a token, identified by its device's address.
    Stranger(AddressTag),
    /// A webhook that the organizer configured. It reads the room even if the room is closed to newcomers.
    Webhook {
        /// Number of the last entry of a range that is requested again; `None` for an open range.
        until: Option<Seq>,
    },
}

/// Statistics of the running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Number of members in all rooms.
    pub members: usize,
    /// Number of open rooms.
    pub rooms: usize,
    /// Number of entries in all rooms since the start.
    pub entries: u64,
    /// Whether acknowledged entries are on disk.
    pub durable: bool,
    /// Memory held for clients, in bytes.
    pub memory: usize,
    /// Budget for that memory, in bytes.
    pub budget: usize,
}

/// Asks the driver for its statistics; `None` once it has stopped.
pub async fn ask(inbox: &mpsc::Sender<Message>) -> Option<Status> {
    let (reply, answer) = oneshot::channel();
    inbox.send(Message::Status { reply }).await.ok()?;
    answer.await.ok()
}

/// Asks the driver for its statistics, like [`ask`]; `None` if it does not answer within `patience`.
pub async fn ask_within(inbox: &mpsc::Sender<Message>, patience: Duration) -> Option<Status> {
    timeout(patience, ask(inbox)).await.ok().flatten()
}

/// Counts a message of `bytes` in the memory account on its way to the hub; `None` for a short message, of which the inbox holds at most
/// [`limits::INBOX`].
///
/// # Errors
/// `busy`: the memory budget for requests is used up.
pub fn counted(account: &std::sync::Arc<Account>, bytes: usize) -> Result<Option<Ticket>, Refusal> {
    if bytes <= limits::UNCOUNTED_BYTES {
        return Ok(None);
    }
    match account.ask(Part::Requests, bytes) {
        Some(ticket) => Ok(Some(ticket)),
        None => {
            let message = "the box's memory is full for now";
            Err(Refusal::retry(crate::room::Code::Busy, message, limits::BUSY_RETRY_MS))
        }
    }
}
