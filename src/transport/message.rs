//! The transports' messages to the driver, through its bounded inbox ([`limits::INBOX`]).

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
    room::{AddressTag, ConnId, Found, Identity, Input, Prepared, Refusal, Reply, ReplyTo, Resume, RoomName, Seq, Via},
};

/// A returning client with connection state recovery.
pub struct Recovery {
    /// The client's own last entry whose answer it has.
    pub answered: Seq,
    /// The client sends the same name as before.
    pub same_name: bool,
    /// Receives whether the client gets all entries since its position.
    pub tell: oneshot::Sender<bool>,
}

/// A message to the driver.
#[expect(missing_docs, reason = "a variant's docs say what its fields are")]
pub enum Message {
    /// An input for the hub, unchanged.
    Hub(Input),
    /// A command of a connection.
    Event {
        conn: ConnId,
        ack: Option<u64>,
        command: Result<crate::room::Command, Refusal>,
        /// Accounts for the command until the hub handles it; none for a short one.
        memory: Option<Ticket>,
        found: Option<Found>,
    },
    /// An admin command of a connection, with its checked proof.
    SignedEvent {
        conn: ConnId,
        ack: Option<u64>,
        signed: Box<CheckedCommand>,
        /// Counts it until the hub has it; none for a short one.
        memory: Option<Ticket>,
    },
    /// A new connection.
    Open {
        opening: Box<Opening>,
        who: Identity,
        via: Via,
        room: Option<RoomName>,
        resume: Option<Resume>,
        recovery: Option<Recovery>,
        found: Option<Found>,
    },
    /// A command in an HTTP request.
    Request {
        who: Identity,
        room: RoomName,
        command: Result<crate::room::Command, Refusal>,
        found: Option<Found>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A poll; with an identity it renews that user's lease.
    Poll {
        conn: ConnId,
        who: Poller,
        room: RoomName,
        since: Option<Resume>,
        wait_ms: u64,
        reply: oneshot::Sender<Result<Bytes, Refusal>>,
    },
    /// A request for the list of rooms.
    Rooms {
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A request for a nonce for an admin command.
    Nonce {
        address: AddressTag,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// A signed admin command.
    SignedCommand {
        address: AddressTag,
        signed: Box<CheckedCommand>,
        reply: oneshot::Sender<Result<Reply, Refusal>>,
    },
    /// An input whose texts were matched in another thread.
    Prepared { input: Input, prepared: Prepared },
    /// The result of a host job.
    Done { to: ReplyTo, reply: Result<Reply, Refusal> },
    /// Health check with statistics.
    Status { reply: oneshot::Sender<Status> },
    /// The server stops. Answered once all clients have the close reason.
    Shutdown { done: oneshot::Sender<()> },
}

/// The sender of a poll.
pub enum Poller {
    /// A user with a token.
    Known(Identity),
    /// A client without a token, by its address.
    Stranger(AddressTag),
    /// A webhook, which the organizer allowed: it reads the room even if the room is closed to newcomers.
    Webhook {
        /// Last entry of a range that is requested again, inclusive.
        until: Option<Seq>,
    },
}

/// Statistics of the running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Members of all rooms.
    pub members: usize,
    /// Open rooms.
    pub rooms: usize,
    /// Entries of all rooms since the start.
    pub entries: u64,
    /// Acknowledged entries are on disk.
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

/// [`ask`], but `None` after `patience` as well.
pub async fn ask_within(inbox: &mpsc::Sender<Message>, patience: Duration) -> Option<Status> {
    timeout(patience, ask(inbox)).await.ok().flatten()
}

/// Accounts for a message of `bytes` on its way to the hub. Short ones are not counted: the inbox holds at most [`limits::INBOX`] of them.
///
/// # Errors
/// `busy`: the share of requests in the memory budget is used up.
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
