//! The hub's inputs, with the time of each.

use super::{
    AdminCommand, CloseReason, Command, ConnId, Epoch, Identity, Operator, Refusal, ReplyTo, Resume, RoomName, Seq, Via,
};

/// The time of an input, from the clocks of the driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a monotonic clock.
    pub mono_ms: u64,
    /// Milliseconds since 1970 by the box's clock, which may be unset or jump.
    pub wall_ms: u64,
}

/// An input of the hub.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection was opened. Answered by [`super::Output::Welcome`]; with a room it joins that room at once.
    Connect {
        /// Its handle.
        conn: ConnId,
        /// The identity of its client.
        who: Identity,
        /// Its transport.
        via: Via,
        /// The room to join at once.
        room: Option<RoomName>,
        /// The position in that room.
        resume: Option<Resume>,
    },
    /// A command of a connection.
    Command {
        /// The connection.
        conn: ConnId,
        /// The client's number for the answer.
        ack: Option<u64>,
        /// The command, or the reason why the transport could not decode it.
        command: Result<Command, Refusal>,
    },
    /// A command of an HTTP request without a connection.
    Request {
        /// The transport's number for the answer.
        request: u64,
        /// The identity of the client.
        who: Identity,
        /// The room, created on demand.
        room: RoomName,
        /// The command: any but joining and leaving.
        command: Result<Command, Refusal>,
    },
    /// Renews a polling lease.
    Renew {
        /// The connection.
        conn: ConnId,
        /// The position up to which the client has everything.
        has: Option<Resume>,
    },
    /// A connection was closed.
    Disconnect {
        /// The connection.
        conn: ConnId,
    },
    /// A client broke a rule of its transport: the connection ends behind the answers to earlier commands.
    Refuse {
        /// The connection.
        conn: ConnId,
        /// The broken rule.
        reason: CloseReason,
    },
    /// A command of an operator, whose proof was checked.
    AdminCommand {
        /// The addressee of the answer.
        to: ReplyTo,
        /// The operator.
        by: Operator,
        /// The command.
        command: AdminCommand,
    },
    /// Whether entries are committed to disk before they are acknowledged, from now on.
    Durable {
        /// The new state.
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
    /// Removes all messages and names. Every connection is closed, and may come back to empty rooms.
    Wipe,
    /// The state of the memory budget ([`crate::memory`]).
    Memory {
        /// Bytes that the logs have to shed.
        shed: usize,
        /// The whole budget is used: messages are refused until it is not.
        full: bool,
    },
    /// [`super::Hub::poll_timeout`] is due.
    Tick,
    /// The server stops: every connection is told, and no new one is accepted.
    Shutdown,
}
