//! The hub's outputs, in the order in which they happened.

use std::{any::Any, sync::Arc};

use serde::Serialize;

use super::{
    CloseReason, ConnId, Entry, Epoch, EpochHistory, Hide, HostJob, Key, MsgId, Person, PollTally, QuestionTally,
    Refusal, Reply, ReplyTo, RoomId, RoomInfo, RoomName, Said, Seq, Settings, StoredValue, Token, UserId,
};

/// An effect of an input, in the order in which the effects happened.
#[derive(Clone, Debug)]
pub enum Output {
    /// A connection is accepted.
    Welcome {
        /// The connection.
        conn: ConnId,
        /// The content of the first event.
        welcome: Box<Welcome>,
    },
    /// A log was opened.
    RoomOpened {
        /// Number of the room.
        room: RoomId,
        /// Name of the room.
        name: RoomName,
        /// The epoch of the log, and earlier ones.
        epochs: EpochHistory,
        /// Number of the entry before the first one: 0 unless the log was restored.
        after: Seq,
    },
    /// A log was closed. No connection follows it, except after [`Output::Wiped`].
    RoomClosed {
        /// Number of the room.
        room: RoomId,
        /// Name of the room.
        name: RoomName,
        /// The stored entries stay, and the room may open again with them.
        parked: bool,
    },
    /// All stored values are to be removed; outputs before this one of the same input belong to the removal. Connections
    /// follow no room any more and are closed soon.
    Wiped {
        /// The old state, to be dropped on another thread.
        remains: Remains,
    },
    /// A control entry older than the first one of a restored log; for every follower of the log.
    Recall {
        /// The room.
        room: RoomId,
        /// The entry.
        entry: Arc<Entry>,
    },
    /// An entry was accepted; for every follower of the room's log.
    Append {
        /// The room.
        room: RoomId,
        /// The entry.
        entry: Arc<Entry>,
    },
    /// A log dropped its oldest entries for want of memory, never the newest one. The store keeps them.
    Shed {
        /// The room.
        room: RoomId,
        /// Number of the oldest entry that is left.
        oldest: Seq,
    },
    /// A value that outlives the process; only with [`super::HubConfig::persists`]. It is committed together with the entries
    /// of the same input.
    Persist {
        /// Its key.
        key: Key,
        /// None removes it.
        value: Option<StoredValue>,
    },
    /// Entries were hidden: followers of the log put replacements in their places.
    Redact {
        /// Number of the room.
        room: RoomId,
        /// Name of the room.
        name: RoomName,
        /// The epoch of the log.
        epoch: Epoch,
        /// The hidden messages, also those that the log has dropped; never other controls than announcements.
        what: Hide,
        /// Number of the newest entry that this is about.
        to: Seq,
        /// The replacements that stand in the log.
        entries: Arc<[Arc<Entry>]>,
    },
    /// A hidden entry is shown again: followers of the log put the original back in its place.
    Reveal {
        /// Number of the room.
        room: RoomId,
        /// The original. The log may have dropped it; the store has it.
        entry: Arc<Entry>,
    },
    /// A connection follows this room from now on, and no other.
    Attach {
        /// The connection.
        conn: ConnId,
        /// The user of the connection: entries that skip this user are not for it.
        user: UserId,
        /// The room.
        room: RoomId,
        /// Number of the last entry that the connection has.
        since: Seq,
    },
    /// A connection follows no room any more.
    Detach {
        /// The connection.
        conn: ConnId,
    },
    /// An answer.
    Reply {
        /// The addressee.
        to: ReplyTo,
        /// The answer.
        reply: Result<Reply, Refusal>,
    },
    /// A `history` whose older part only the store has: the answer is that page, and the entries of the log behind it.
    Page {
        /// The addressee of the answer.
        to: ReplyTo,
        /// The page.
        request: PageRequest,
    },
    /// A job for the host, which answers it.
    Host {
        /// The addressee of the answer.
        to: ReplyTo,
        /// The job.
        job: HostJob,
    },
    /// An event for one connection alone.
    Direct {
        /// The connection.
        conn: ConnId,
        /// The event.
        direct: Arc<Direct>,
    },
    /// The latest values of a room; they replace earlier ones.
    Latest {
        /// The room.
        room: RoomId,
        /// The values.
        latest: Arc<Latest>,
    },
    /// A connection is to be closed; the hub has forgotten it already.
    Close {
        /// The connection.
        conn: ConnId,
        /// The reason, for the client.
        reason: CloseReason,
    },
}

/// A page of older entries, for the store to read.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The room.
    pub room: RoomName,
    /// The epoch of its log.
    pub epoch: Epoch,
    /// Number of the newest entry of the page.
    pub to: Seq,
    /// Largest number of entries: the newest ones.
    pub limit: usize,
    /// The reader: entries that skip this user are left out.
    pub user: UserId,
    /// Entries of the log, behind the page.
    pub newer: Vec<Arc<Entry>>,
}

/// State that a wipe took out of the hub. Dropping it takes longer than an input may, so the driver drops it on another thread.
#[derive(Clone, Debug)]
pub struct Remains(#[expect(dead_code, reason = "kept until it is dropped")] Arc<dyn Any + Send + Sync>);

impl Remains {
    /// Keeps a value until the last handle is dropped.
    pub(super) fn new(state: impl Any + Send + Sync) -> Self {
        Self(Arc::new(state))
    }
}

/// The first event of a connection, without what the transport adds (token, limits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The user of the connection.
    pub you: Person,
    /// Open rooms by name, at most [`crate::limits::WELCOME_ROOMS`].
    pub rooms: Vec<RoomInfo>,
    /// The box's time, milliseconds since 1970.
    pub time: u64,
    /// Whether an acknowledged message is on disk.
    pub durable: bool,
    /// Messages that the user may send at once now; none without a rate limit.
    pub burst: Option<u32>,
}

/// An event for one connection alone, which answers nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direct {
    /// `dm(text, meta)`
    Dm {
        /// The sender.
        from: Person,
        /// The receiver.
        to: UserId,
        /// The text.
        text: Box<str>,
        /// The id of the original, as the sender gave it.
        re: Option<MsgId>,
        /// The sender's id for it.
        id: MsgId,
        /// Time in milliseconds since 1970.
        at: u64,
    },
    /// A message to its sender alone: without a place in the log, so without `seq`.
    Echo {
        /// The sender's room.
        room: RoomName,
        /// The sender.
        from: Person,
        /// The message.
        said: Said,
        /// The sender's id for it.
        id: MsgId,
        /// Time in milliseconds since 1970.
        at: u64,
    },
    /// `dropped({room, id})`: a message was rejected by an operator.
    Dropped {
        /// The room of the queue.
        room: RoomName,
        /// The sender's id for the message.
        id: MsgId,
    },
    /// `seat({withinMs})`: seats were turned on, and the connection has to leave its room after this time without one.
    Seat {
        /// The time in milliseconds.
        within_ms: u64,
    },
    /// `refused(refusal)`: for a command that asked for no answer.
    Refused(Refusal),
}

/// Values of a room of which only the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Latest {
    /// Name of the room.
    pub room: RoomName,
    /// People in the room.
    pub online: usize,
    /// Counts of reactions since the room was opened, by emoji.
    pub reactions: std::collections::BTreeMap<Token, u64>,
    /// Tallies of the open polls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub polls: Vec<PollTally>,
    /// Upvotes of the [`crate::limits::LIVE_QUESTIONS`] most wanted questions, the most wanted first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionTally>,
    /// The settings, unless they are the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Box<Settings>>,
    /// Whether an acknowledged message is on disk.
    pub durable: bool,
}
