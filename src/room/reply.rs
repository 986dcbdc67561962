//! The answers to commands, and the addressees of answers.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Announced, Audited, Board, ConnId, Entry, Epoch, HandoverState, HeldItem, IssuedCode, MsgId, OperatorId, Person,
    PersonRecord, PersonState, Poll, Progress, RoomName, Seq, UserName,
};

/// The addressee of an answer. The transport makes it and reads it; the hub only carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// A connection, and the number of the acknowledgement; none if the client asked for none.
    Conn(ConnId, Option<u64>),
    /// An HTTP request without a connection.
    Request(u64),
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomInfo {
    /// Name of the room.
    pub name: RoomName,
    /// Title, if the organizer gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    /// The room is closed: no one may join.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// People in it.
    pub online: usize,
}

/// The content of an answer with `ok: true`: its keys in the order of PROTOCOL.md.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// To `join` and `createRoom`.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of its log.
        epoch: Epoch,
        /// Number of its newest entry.
        head: Seq,
        /// The client's position: entries after it follow.
        #[serde(skip)]
        since: Seq,
        /// Whether the client gets all entries since its own position.
        recovered: bool,
        /// Number of entries since then that no one can get any more.
        missed: u64,
        /// People in the room, with the newcomer.
        members: usize,
    },
    /// To `leave`.
    Left,
    /// To a message.
    Sent {
        /// Number of the entry; none for a message to its sender alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        /// The message's id.
        id: MsgId,
        /// Time of the first acceptance, in milliseconds since 1970.
        at: u64,
        /// The message had been accepted before.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        duplicate: bool,
    },
    /// To `dm`.
    Delivered {
        /// The message's id.
        id: MsgId,
        /// Time of delivery, in milliseconds since 1970.
        at: u64,
        /// Number of connections that got it.
        connections: usize,
    },
    /// To `react`.
    Counted,
    /// To `vote`.
    Voted {
        /// The poll.
        poll: u32,
        /// The vote that counts now.
        choices: Vec<u8>,
    },
    /// To `board`.
    Board(Box<Board>),
    /// To `upvote`.
    Upvoted {
        /// The question.
        question: Seq,
        /// Number of upvotes, with this one.
        upvotes: u64,
    },
    /// To [`super::AdminCommand::Announce`] in all rooms.
    Announced {
        /// The entry in each room.
        sent: Vec<Announced>,
    },
    /// To [`super::AdminCommand::Reached`].
    Reached {
        /// Number of people that reported so far.
        reached: usize,
        /// People in the room.
        online: usize,
    },
    /// To [`super::AdminCommand::Poll`].
    PollOpened {
        /// Number of the poll.
        poll: u32,
    },
    /// To [`super::AdminCommand::Polls`].
    Polls {
        /// All stored polls, oldest first.
        polls: Vec<Poll>,
    },
    /// To `nonce`.
    Nonce {
        /// The nonce, hexadecimal digits.
        nonce: Box<str>,
    },
    /// To a message that waits for approval.
    Held {
        /// The message's id.
        id: MsgId,
    },
    /// To [`super::AdminCommand::Held`].
    HeldItems {
        /// The queue, oldest first, at most [`crate::limits::APPROVAL_QUEUE`].
        items: Vec<HeldItem>,
    },
    /// To [`super::AdminCommand::Seating`].
    Seating {
        /// Number of seats.
        count: u32,
        /// Number of taken seats.
        taken: usize,
    },
    /// To [`super::AdminCommand::WordList`].
    WordList {
        /// The words, as the organizer wrote them.
        list: Vec<Box<str>>,
    },
    /// To [`super::AdminCommand::TryWords`].
    TriedWords {
        /// Whether the text has a listed word.
        listed: bool,
    },
    /// To `GET /rooms`.
    Rooms {
        /// All rooms, by name.
        rooms: Vec<RoomInfo>,
    },
    /// To [`super::AdminCommand::Ban`].
    Neighbours {
        /// Other people known at the same addresses, at most [`crate::limits::WHO_PEOPLE`].
        neighbours: Vec<Person>,
    },
    /// To [`super::AdminCommand::People`].
    Listed {
        /// A page of people by name, at most [`crate::limits::DESK_PEOPLE`].
        people: Vec<PersonState>,
        /// Number of all matching people.
        count: usize,
    },
    /// To [`super::AdminCommand::Person`].
    Person(Box<PersonRecord>),
    /// To [`super::AdminCommand::Waiting`].
    People {
        /// People that wait, at most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
    },
    /// To [`super::AdminCommand::Audit`].
    Audit {
        /// Records, newest first.
        orders: Vec<Audited>,
    },
    /// To [`super::AdminCommand::Wipe`] as a dry run.
    WouldWipe {
        /// Number of rooms.
        rooms: usize,
        /// Number of their entries.
        messages: u64,
    },
    /// To [`super::AdminCommand::Wipe`].
    Wiped {
        /// Number of removed rooms.
        rooms: usize,
        /// Number of removed entries.
        messages: u64,
    },
    /// To [`super::AdminCommand::Time`].
    Time {
        /// The time was better than the server's own.
        used: bool,
    },
    /// To an admin command without a result.
    Done,
    /// To [`super::AdminCommand::Issue`].
    Issued {
        /// Number of the code.
        code: OperatorId,
    },
    /// To [`super::AdminCommand::Codes`].
    Codes {
        /// All issued codes.
        codes: Vec<IssuedCode>,
    },
    /// To [`super::AdminCommand::Doctor`].
    Findings {
        /// Problems of the box, one sentence each.
        findings: Vec<String>,
    },
    /// To [`super::AdminCommand::Updating`].
    Updating(Progress),
    /// To [`super::AdminCommand::Log`].
    Log {
        /// The newest lines, at most [`crate::limits::LOG_BYTES`].
        log: String,
    },
    /// To [`super::AdminCommand::Handover`].
    Handover(Box<HandoverState>),
    /// To `rename`.
    Renamed {
        /// The name, normalized.
        name: UserName,
    },
    /// To `history`: oldest first.
    #[serde(skip)]
    History {
        /// The entries.
        entries: Vec<Arc<Entry>>,
        /// Whether there are older entries.
        more: bool,
    },
    /// An answer that is not on disk, because the disk failed.
    InMemory(Box<Reply>),
    /// To `who`.
    Who {
        /// A page of people by name, at most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
        /// Number of all people in the room.
        online: usize,
    },
}

/// The part of an answer that concerns the log, the store, or the client's position, besides its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirms<'a> {
    /// Nothing.
    Nothing,
    /// A message was accepted; its entry has this number, if it has one.
    Message(Option<Seq>),
    /// The room that the connection is in, the epoch of its log, and the client's position.
    Joined(&'a RoomName, Epoch, Seq),
    /// The connection is in no room.
    Left,
    /// All messages were removed.
    Wiped,
}

impl Reply {
    /// The part that concerns the log, the store, or the client's position.
    pub fn confirms(&self) -> Confirms<'_> {
        match self {
            Self::Joined { room, epoch, since, .. } => Confirms::Joined(room, *epoch, *since),
            Self::Left => Confirms::Left,
            Self::Sent { seq, .. } => Confirms::Message(*seq),
            Self::Wiped { .. } => Confirms::Wiped,
            Self::InMemory(reply) => reply.confirms(),
            Self::Delivered { .. }
            | Self::Counted
            | Self::Voted { .. }
            | Self::Board(_)
            | Self::Upvoted { .. }
            | Self::Announced { .. }
            | Self::Reached { .. }
            | Self::PollOpened { .. }
            | Self::Polls { .. }
            | Self::Nonce { .. }
            | Self::Held { .. }
            | Self::HeldItems { .. }
            | Self::Seating { .. }
            | Self::WordList { .. }
            | Self::TriedWords { .. }
            | Self::Rooms { .. }
            | Self::Neighbours { .. }
            | Self::Listed { .. }
            | Self::Person(_)
            | Self::People { .. }
            | Self::Audit { .. }
            | Self::WouldWipe { .. }
            | Self::Time { .. }
            | Self::Done
            | Self::Issued { .. }
            | Self::Codes { .. }
            | Self::Findings { .. }
            | Self::Updating(_)
            | Self::Log { .. }
            | Self::Handover(_)
            | Self::Renamed { .. }
            | Self::History { .. }
            | Self::Who { .. } => Confirms::Nothing,
        }
    }
}
