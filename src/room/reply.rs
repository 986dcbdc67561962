//! The answers to commands, and to which connection or request an answer goes. Plain data; nothing grows.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Announced, Audited, Board, ConnId, Entry, Epoch, HandoverState, HeldItem, IssuedCode, MsgId, OperatorId, Person,
    PersonRecord, PersonState, Poll, Progress, RoomName, Seq, SharedValues, UserName, ValueKey,
};

/// The addressee of an answer. The transport makes and reads it; the hub only passes it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// A connection, and the acknowledgement number; `None` if the client wants no answer.
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
    /// Whether the room is closed to all people.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// Number of people in the room.
    pub online: usize,
}

/// The content of an answer with `ok: true`, with keys in the order of PROTOCOL.md.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// Answers `join` and `createRoom`.
    Joined {
        /// The room.
        room: RoomName,
        /// The epoch of the room's log.
        epoch: Epoch,
        /// Number of the log's newest entry.
        head: Seq,
        /// The client's position; the entries after this number follow.
        #[serde(skip)]
        since: Seq,
        /// Whether the client gets all entries since the position that it sent.
        recovered: bool,
        /// Number of entries since that position that are lost.
        missed: u64,
        /// Number of people in the room, including this one.
        members: usize,
    },
    /// Answers `leave`: the connection is in no room any more.
    Left,
    /// Answers a message that was accepted into the log.
    Sent {
        /// Number of the entry; `None` for a message to its sender alone.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
        /// Id of the message that the answer acknowledges.
        id: MsgId,
        /// Time when the message was first accepted, in milliseconds since 1970.
        at: u64,
        /// Whether the message had been accepted before.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        duplicate: bool,
    },
    /// Answers `edit` and `retract`: the message was changed or taken back.
    Amended {
        /// Number of the message's entry.
        seq: Seq,
        /// Id of the message.
        id: MsgId,
    },
    /// Answers `dm`: the private message was sent to the receiver's connections.
    Delivered {
        /// Id of the message that the answer acknowledges.
        id: MsgId,
        /// Time of delivery, in milliseconds since 1970.
        at: u64,
        /// Number of connections to which the message was sent.
        connections: usize,
    },
    /// Answers `react`: the reaction was counted.
    Counted,
    /// Answers `vote`: the vote that counts from now on.
    Voted {
        /// Number of the poll.
        poll: u32,
        /// The vote that counts now.
        choices: Vec<u8>,
    },
    /// Answers `board`, which asks for a room's polls, questions, pin and leaderboards.
    Board(Box<Board>),
    /// Answers `upvote`: the question's new count.
    Upvoted {
        /// Number of the question's entry.
        question: Seq,
        /// Number of upvotes, including this one.
        upvotes: u64,
    },
    /// Answers `set`: the value was set or removed.
    Set {
        /// The key that was changed.
        key: ValueKey,
        /// The revision of the change; 0 if a key was to be removed that did not exist.
        revision: u64,
    },
    /// Answers `get` and `watch`.
    Values(Arc<SharedValues>),
    /// Answers [`super::AdminCommand::Announce`] to all rooms.
    Announced {
        /// The announcement's entry in each room.
        sent: Vec<Announced>,
    },
    /// Answers [`super::AdminCommand::Reached`].
    Reached {
        /// Number of people who have reported the entry so far.
        reached: usize,
        /// Number of people in the room.
        online: usize,
    },
    /// The poll is open. Answers [`super::AdminCommand::Poll`].
    PollOpened {
        /// Number of the poll.
        poll: u32,
    },
    /// Answers [`super::AdminCommand::Polls`].
    Polls {
        /// All stored polls, oldest first.
        polls: Vec<Poll>,
    },
    /// Answers `nonce`, which asks for the random number that the next admin command must sign.
    Nonce {
        /// The nonce in hexadecimal digits.
        nonce: Box<str>,
    },
    /// Answers a message that is held for approval.
    Held {
        /// Id of the message that the answer acknowledges.
        id: MsgId,
    },
    /// Answers [`super::AdminCommand::Held`].
    HeldItems {
        /// The approval queue, oldest first, at most [`crate::limits::APPROVAL_QUEUE`].
        items: Vec<HeldItem>,
    },
    /// Answers [`super::AdminCommand::HidePerson`].
    MessagesHidden {
        /// Number of messages of the logs that are hidden now; messages that only the store has are not counted.
        hidden: usize,
        /// Number of the entry `hide`; `None` for all rooms.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<Seq>,
    },
    /// Answers [`super::AdminCommand::UnhidePerson`].
    ShownAgain {
        /// Number of messages that are shown again.
        shown: usize,
    },
    /// Answers [`super::AdminCommand::Seating`].
    Seating {
        /// Number of seats.
        count: u32,
        /// Number of seats whose codes are in use.
        taken: usize,
    },
    /// Answers [`super::AdminCommand::WordList`].
    WordList {
        /// The words, as the organizer wrote them.
        list: Vec<Box<str>>,
    },
    /// Answers [`super::AdminCommand::TryWords`].
    TriedWords {
        /// Whether the text has a listed word.
        listed: bool,
    },
    /// Answers `GET /rooms`, the list of open rooms.
    Rooms {
        /// All rooms, by name.
        rooms: Vec<RoomInfo>,
    },
    /// Answers [`super::AdminCommand::Ban`].
    Neighbours {
        /// Other people known at the same addresses, at most [`crate::limits::WHO_PEOPLE`].
        neighbours: Vec<Person>,
    },
    /// Answers [`super::AdminCommand::People`].
    Listed {
        /// A page of people by name, at most [`crate::limits::DESK_PEOPLE`].
        people: Vec<PersonState>,
        /// Number of all people who match the filter.
        count: usize,
    },
    /// Answers [`super::AdminCommand::Person`].
    Person(Box<PersonRecord>),
    /// Answers [`super::AdminCommand::Waiting`].
    People {
        /// People who wait for admission, at most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
    },
    /// Answers [`super::AdminCommand::Audit`].
    Audit {
        /// Records of the audit log, newest first.
        orders: Vec<Audited>,
    },
    /// Answers [`super::AdminCommand::Wipe`] as a dry run.
    WouldWipe {
        /// Number of rooms that would be removed.
        rooms: usize,
        /// Number of entries that would be removed.
        messages: u64,
    },
    /// Answers [`super::AdminCommand::Wipe`].
    Wiped {
        /// Number of removed rooms.
        rooms: usize,
        /// Number of removed entries.
        messages: u64,
    },
    /// Answers [`super::AdminCommand::Time`].
    Time {
        /// Whether the server adopted the time, because it is better than its own.
        used: bool,
    },
    /// Answers an admin command that has no result.
    Done,
    /// Answers [`super::AdminCommand::Issue`].
    Issued {
        /// Number of the access code.
        code: OperatorId,
    },
    /// Answers [`super::AdminCommand::Codes`].
    Codes {
        /// All issued access codes.
        codes: Vec<IssuedCode>,
    },
    /// Answers [`super::AdminCommand::Doctor`].
    Findings {
        /// Problems of the box, one sentence each.
        findings: Vec<String>,
        /// Whether transcripts were saved to a USB stick since the start.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        saved: bool,
    },
    /// Answers [`super::AdminCommand::Updating`].
    Updating(Progress),
    /// Answers [`super::AdminCommand::Log`].
    Log {
        /// The newest lines of the log, at most [`crate::limits::LOG_BYTES`].
        log: String,
    },
    /// Answers [`super::AdminCommand::Handover`].
    Handover(Box<HandoverState>),
    /// Answers `rename`: the name that the user has now.
    Renamed {
        /// The new name after normalization.
        name: UserName,
    },
    /// Answers `history`, which asks for older entries of a room.
    #[serde(skip)]
    History {
        /// The entries, oldest first.
        entries: Vec<Arc<Entry>>,
        /// Whether there are older entries.
        more: bool,
    },
    /// Another answer, marked as not stored on disk because the disk failed.
    InMemory(Box<Reply>),
    /// Answers `who`, which asks for the people in a room.
    Who {
        /// A page of people by name, at most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
        /// Number of all people in the room, beyond this page, too.
        online: usize,
    },
}

/// What an answer confirms: an accepted message, a joined or left room, a wipe, or nothing of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirms<'a> {
    /// The answer confirms nothing of that kind.
    Nothing,
    /// A message or a shared value was accepted; the number of its entry, if it has one.
    Message(Option<Seq>),
    /// The connection's room, the epoch of its log, and the client's position.
    Joined(&'a RoomName, Epoch, Seq),
    /// The connection is in no room.
    Left,
    /// All messages were removed.
    Wiped,
}

impl Reply {
    /// What the answer confirms about the log, the store or the client's position.
    pub fn confirms(&self) -> Confirms<'_> {
        match self {
            Self::Joined { room, epoch, since, .. } => Confirms::Joined(room, *epoch, *since),
            Self::Left => Confirms::Left,
            Self::Sent { seq, .. } => Confirms::Message(*seq),
            Self::Set { .. } | Self::Amended { .. } => Confirms::Message(None),
            Self::Wiped { .. } => Confirms::Wiped,
            Self::InMemory(reply) => reply.confirms(),
            Self::Delivered { .. }
            | Self::Counted
            | Self::Voted { .. }
            | Self::Board(_)
            | Self::Upvoted { .. }
            | Self::Values(_)
            | Self::Announced { .. }
            | Self::Reached { .. }
            | Self::PollOpened { .. }
            | Self::Polls { .. }
            | Self::Nonce { .. }
            | Self::Held { .. }
            | Self::HeldItems { .. }
            | Self::MessagesHidden { .. }
            | Self::ShownAgain { .. }
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
