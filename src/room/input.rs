//! Everything that can happen to the rooms, as inputs of their state machine (the hub): connections, commands, time, the disk's state.
//! Plain data; nothing grows.

use std::sync::Arc;

use super::{
    AdminCommand, CloseReason, Command, ConnId, Entry, Epoch, Identity, Operator, PinRequest, Refusal, RefusedBackup,
    ReplyTo, Resume, RoomName, Seq,
};

/// The time of an input, monotonic and wall-clock, as the driver read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a monotonic clock.
    pub mono_ms: u64,
    /// Milliseconds since 1970 by the box's clock, which may be unset or jump.
    pub wall_ms: u64,
}

/// An input of the hub (the state machine of all rooms): something that has happened, for the hub to decide about.
#[derive(Clone, Debug)]
pub enum Input {
    /// A new connection, answered by [`super::Output::Welcome`]. With a room, the connection joins that room at once.
    Connect {
        /// The new connection.
        conn: ConnId,
        /// The identity of the client.
        who: Identity,
        /// Whether it is a polling lease. Such a connection ends unless it is renewed within [`crate::limits::Limits::poll_lease_ms`].
        leased: bool,
        /// Room to join at once; `None` connects without a room.
        room: Option<RoomName>,
        /// The client's position in that room.
        resume: Option<Resume>,
    },
    /// A command of a connection.
    Command {
        /// Connection that the input concerns.
        conn: ConnId,
        /// The client's acknowledgement number; `None` if the client wants no answer.
        ack: Option<u64>,
        /// The command, or the reason why the transport could not decode it.
        command: Result<Command, Refusal>,
    },
    /// A command of an HTTP request without a connection.
    Request {
        /// The transport's number for the request, which the answer repeats.
        request: u64,
        /// The identity of the client.
        who: Identity,
        /// The room, created on demand.
        room: RoomName,
        /// Any command except joining and leaving, or the reason why the transport could not decode it.
        command: Result<Command, Refusal>,
    },
    /// A polling client came again in time, so its lease is renewed.
    Renew {
        /// Connection that the input concerns.
        conn: ConnId,
        /// The position up to which the client has received all entries; `None` if it does not say.
        has: Option<Resume>,
    },
    /// A connection was closed.
    Disconnect {
        /// Connection that the input concerns.
        conn: ConnId,
    },
    /// A client violated its transport's protocol. The connection is closed after the answers to earlier commands.
    Refuse {
        /// Connection that the input concerns.
        conn: ConnId,
        /// The violation, as a close reason.
        reason: CloseReason,
    },
    /// A command of an operator (organizer or moderator), whose proof (signature) was verified.
    AdminCommand {
        /// Connection or request that gets the answer.
        to: ReplyTo,
        /// The operator who gave the command, by the access code that signed it.
        by: Operator,
        /// The admin command itself, decoded.
        command: AdminCommand,
    },
    /// Reports whether, from now on, entries are committed to disk before they are acknowledged.
    Durable {
        /// Whether the disk works now, so that answers wait for commits.
        durable: bool,
    },
    /// The store has removed old entries of a room.
    Pruned {
        /// The room.
        room: RoomName,
        /// The epoch of its log.
        epoch: Epoch,
        /// Number of the oldest entry that is left.
        oldest: Seq,
    },
    /// The store has hidden entries that the room's log no longer had.
    HiddenOlder {
        /// The room.
        room: RoomName,
        /// The epoch of its log.
        epoch: Epoch,
        /// Number of the newest entry that may have been hidden with them.
        to: Seq,
        /// The originals of the newest ones, oldest first.
        originals: Vec<Arc<Entry>>,
    },
    /// A backup or restoration that an operator started was refused. The audit log records it.
    BackupRefused {
        /// The operator who started it.
        by: Operator,
        /// The command and the reason.
        what: RefusedBackup,
    },
    /// The store has looked for a message to pin.
    PinFound {
        /// The request of [`super::Output::Pin`].
        request: PinRequest,
        /// The message; `None` if it is not there any more.
        entry: Option<Arc<Entry>>,
    },
    /// Removes all messages and names and closes all connections; clients may reconnect to empty rooms.
    Wipe,
    /// The state of the memory budget ([`crate::memory`]).
    Memory {
        /// Number of bytes that the logs must free.
        shed: usize,
        /// Whether the whole budget is used; messages are refused while it is.
        full: bool,
    },
    /// The time of [`super::Hub::poll_timeout`] has come.
    Tick,
    /// The server stops: every connection is closed, and new ones are refused.
    Shutdown,
}
