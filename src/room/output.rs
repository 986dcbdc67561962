//! Everything that the state machine of the rooms (the hub) wants done: entries to broadcast, answers, closed connections, values to store.
//! Plain data, in the order of the effects; nothing grows.

use std::{any::Any, sync::Arc};

use serde::Serialize;

use super::{
    CloseReason, ConnId, Entry, Epoch, EpochHistory, Hide, HostJob, Key, MsgId, Operator, Person, PollTally,
    QuestionTally, Refusal, Reply, ReplyTo, RoomId, RoomInfo, RoomName, Said, Seq, Settings, StoredValue, Token,
    UserId, ValuesChange,
};

/// An action for the driver after an input of the hub: broadcast, answer, close, store. The order of outputs is the order of effects.
#[derive(Clone, Debug)]
pub enum Output {
    /// A connection is accepted.
    Welcome {
        /// Connection that the output concerns.
        conn: ConnId,
        /// Content of the connection's first event.
        welcome: Box<Welcome>,
    },
    /// A room was opened, with a log of its own.
    RoomOpened {
        /// Number of the room.
        room: RoomId,
        /// Name of the room that the output concerns.
        name: RoomName,
        /// The epoch of the log, and earlier ones.
        epochs: EpochHistory,
        /// Number of the entry before the first one: 0 unless the log was restored.
        after: Seq,
    },
    /// A room was closed. No connection follows its log, except after [`Output::Wiped`].
    RoomClosed {
        /// Number of the room.
        room: RoomId,
        /// Name of the room that the output concerns.
        name: RoomName,
        /// Whether the stored entries are kept, so that the room may open again with them.
        parked: bool,
    },
    /// The store removes all values; earlier outputs of the same input belong to this removal.
    /// No connection follows a room any more, and all are closed soon.
    Wiped {
        /// The old state, to be dropped on another thread.
        remains: Remains,
    },
    /// A control entry older than the first entry of a restored log, for every follower of the log.
    Recall {
        /// Number of the room that the output concerns.
        room: RoomId,
        /// The log entry that the output carries.
        entry: Arc<Entry>,
    },
    /// An entry was accepted; for every follower of the room's log.
    Append {
        /// Number of the room that the output concerns.
        room: RoomId,
        /// The log entry that the output carries.
        entry: Arc<Entry>,
    },
    /// A log dropped its oldest entries to free memory, never the newest entry. The store keeps them.
    Shed {
        /// Number of the room that the output concerns.
        room: RoomId,
        /// Number of the oldest entry that is left.
        oldest: Seq,
    },
    /// A value to store; only with [`super::HubConfig::persists`]. It is committed together with the entries of the same input.
    Persist {
        /// Key under which the store keeps the value.
        key: Key,
        /// The new value; `None` removes the key.
        value: Option<StoredValue>,
    },
    /// Entries were hidden: followers of the log put replacements at their positions.
    Redact {
        /// Number of the room.
        room: RoomId,
        /// Name of the room that the output concerns.
        name: RoomName,
        /// The epoch of the log.
        epoch: Epoch,
        /// The hidden messages, including those that the log has dropped. Of control entries only announcements can be hidden.
        what: Hide,
        /// Number of the newest entry that may be affected.
        to: Seq,
        /// The replacements for those hidden entries that are still in the log.
        entries: Arc<[Arc<Entry>]>,
    },
    /// A hidden entry is shown again: followers of the log put the original back at its position.
    Reveal {
        /// Number of the room.
        room: RoomId,
        /// The original entry, which the log may have dropped but the store still has.
        entry: Arc<Entry>,
    },
    /// A person changed or took back an own message: followers of the log put this entry at its position, and the store overwrites the old one.
    Amend {
        /// Number of the room.
        room: RoomId,
        /// The entry as it is from now on.
        entry: Arc<Entry>,
    },
    /// A connection follows this room from now on, and leaves any other.
    Attach {
        /// Connection that the output concerns.
        conn: ConnId,
        /// The connection's user. Entries that skip this user are not sent on the connection.
        user: UserId,
        /// Number of the room that the output concerns.
        room: RoomId,
        /// Number of the last entry that the connection has.
        since: Seq,
    },
    /// A connection stops following its room.
    Detach {
        /// Connection that the output concerns.
        conn: ConnId,
    },
    /// An answer to a command.
    Reply {
        /// Connection or request that gets the answer.
        to: ReplyTo,
        /// The content of the answer, or a refusal.
        reply: Result<Reply, Refusal>,
    },
    /// A `history` request that reaches back beyond the log. The store reads the older page; the answer is that page and then entries of the log.
    Page {
        /// Connection or request that gets the answer.
        to: ReplyTo,
        /// The page that the store reads.
        request: PageRequest,
    },
    /// A message to pin, which the log has dropped: the store reads it for [`super::Input::PinFound`].
    Pin {
        /// The message, and who is answered.
        request: PinRequest,
    },
    /// A job for the host machine, which sends the answer.
    Host {
        /// Connection or request that gets the answer.
        to: ReplyTo,
        /// The job for the host machine.
        job: HostJob,
    },
    /// An event for one connection alone.
    Direct {
        /// Connection that the output concerns.
        conn: ConnId,
        /// The event for this connection alone.
        direct: Arc<Direct>,
    },
    /// The latest values of a room; they replace earlier ones.
    Latest {
        /// Number of the room that the output concerns.
        room: RoomId,
        /// The live values, which replace all earlier ones.
        latest: Arc<Latest>,
    },
    /// The shared values of a room changed; for all connections that watch them.
    Values {
        /// Number of the room that the output concerns.
        room: RoomId,
        /// The values now and at the broadcast before.
        change: Arc<ValuesChange>,
    },
    /// A connection watches the shared values of its room, and of each room that it joins later.
    Watch {
        /// Connection that the output concerns.
        conn: ConnId,
        /// The revision that the connection's answer has.
        revision: u64,
    },
    /// A connection to close; the hub has already removed it.
    Close {
        /// Connection that the output concerns.
        conn: ConnId,
        /// The reason that the client is told.
        reason: CloseReason,
    },
}

/// A page of older entries that the store reads.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The room.
    pub room: RoomName,
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Number of the newest entry of the page.
    pub to: Seq,
    /// Maximum number of entries; the newest ones are returned.
    pub limit: usize,
    /// The user who reads: entries that skip this user are left out.
    pub user: UserId,
    /// Newer entries from the log, which follow the page in the answer.
    pub newer: Vec<Arc<Entry>>,
}

/// A command that pins a message of the store.
#[derive(Clone, Debug)]
pub struct PinRequest {
    /// Connection or request that gets the answer.
    pub to: ReplyTo,
    /// The operator who gave the command, for the audit log.
    pub by: Operator,
    /// The room.
    pub room: RoomName,
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Number of the message.
    pub seq: Seq,
    /// Number of the log's newest entry at the command.
    pub head: Seq,
}

/// State that a wipe removed from the hub. Dropping it may exceed the time of one input, so the driver drops it on another thread.
#[derive(Clone, Debug)]
pub struct Remains(#[expect(dead_code, reason = "kept until it is dropped")] Arc<dyn Any + Send + Sync>);

impl Remains {
    /// Wraps state that is freed when the last handle is dropped.
    pub(super) fn new(state: impl Any + Send + Sync) -> Self {
        Self(Arc::new(state))
    }
}

/// The first event of a connection, apart from the fields that the transport adds (token, limits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The user of the connection.
    pub you: Person,
    /// Open rooms by name, at most [`crate::limits::WELCOME_ROOMS`].
    pub rooms: Vec<RoomInfo>,
    /// The box's time, milliseconds since 1970.
    pub time: u64,
    /// Whether acknowledged messages are on disk.
    pub durable: bool,
    /// Number of messages that the user may send now without waiting; `None` without a rate limit.
    pub burst: Option<u32>,
}

/// An event for one connection alone that is not an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direct {
    /// `dm(text, meta)`
    Dm {
        /// The sender.
        from: Person,
        /// The receiver of the message.
        to: UserId,
        /// Text of the private message.
        text: Box<str>,
        /// Id of the message that this one replies to, as the sender gave it.
        re: Option<MsgId>,
        /// The sender's id for the message.
        id: MsgId,
        /// Time in milliseconds since 1970.
        at: u64,
    },
    /// A message that goes back to its sender alone. It has no entry in the log, and so no `seq`.
    Echo {
        /// The sender's room.
        room: RoomName,
        /// The sender.
        from: Person,
        /// The message.
        said: Said,
        /// The sender's id for the message.
        id: MsgId,
        /// Time in milliseconds since 1970.
        at: u64,
    },
    /// `dropped({room, id})`: an operator rejected a message in the approval queue.
    Dropped {
        /// The room whose queue had the message.
        room: RoomName,
        /// The sender's id for the message.
        id: MsgId,
    },
    /// `seat({withinMs})`: seat codes are required now, and the connection has to leave its room after this time without one.
    Seat {
        /// Time until the connection must give a seat code, in milliseconds.
        within_ms: u64,
    },
    /// `refused(refusal)`: refuses a command that wanted no answer.
    Refused(Refusal),
}

/// Live values of a room. New values replace older ones that are not sent yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Latest {
    /// Name of the room that the output concerns.
    pub room: RoomName,
    /// Number of people in the room.
    pub online: usize,
    /// Counts of reactions since the room was opened, by emoji.
    pub reactions: std::collections::BTreeMap<Token, u64>,
    /// Tallies of the open polls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub polls: Vec<PollTally>,
    /// Upvotes of the [`crate::limits::LIVE_QUESTIONS`] questions with the most upvotes, highest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionTally>,
    /// The room's settings; `None` if all are default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Box<Settings>>,
    /// Whether acknowledged messages are on disk.
    pub durable: bool,
}
