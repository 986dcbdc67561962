//! The commands of clients.

use super::{Epoch, MsgId, RoomName, Said, Seq, SignedCommand, Token, UserId, UserName};

/// A client's position in a room's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The epoch that `since` counts in.
    pub epoch: Epoch,
    /// The last entry that the client has.
    pub since: Seq,
}

/// The connections that receive a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// All connections in the room.
    #[default]
    Room,
    /// All but the sender's own connections.
    Others,
    /// The sender's connections only: the message takes no place in the log.
    Me,
}

/// A message on its way into a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The room that the sender must be in; none is the sender's room.
    pub room: Option<RoomName>,
    /// The message.
    pub said: Said,
    /// The id of the entry that it replies to.
    pub re: Option<MsgId>,
    /// The sender's id for it: accepted once.
    pub id: Option<MsgId>,
    /// The connections that receive it.
    pub audience: Audience,
}

impl Say {
    /// A message to the sender's room, without options.
    pub fn new(said: Said) -> Self {
        Self {
            room: None,
            said,
            re: None,
            id: None,
            audience: Audience::Room,
        }
    }
}

/// A command of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `join(room, {epoch, since}?)`
    Join {
        /// The room, created on demand.
        room: RoomName,
        /// The client's position; none starts with new entries.
        resume: Option<Resume>,
    },
    /// `leave()`
    Leave,
    /// `createRoom(name)`: made if it is not there, and joined.
    CreateRoom {
        /// The room.
        room: RoomName,
    },
    /// A message of any kind: `chat`, `chatRoom`, `gift`, `ask`.
    Say(Say),
    /// `dm(userId, text)`
    Dm {
        /// The receiver.
        to: UserId,
        /// The text.
        text: Box<str>,
        /// The id of the original: carried along, because the hub stores no private messages.
        re: Option<MsgId>,
        /// The sender's id: delivered once.
        id: Option<MsgId>,
    },
    /// `react(emoji)`
    React {
        /// The emoji.
        emoji: Token,
    },
    /// `history({before, limit})`: the newest `limit` entries before `before`.
    History {
        /// None starts from the newest.
        before: Option<Seq>,
        /// None is [`crate::limits::HISTORY_ENTRIES`], which is also the most.
        limit: Option<usize>,
    },
    /// `who()`
    Who,
    /// `rename(name)`
    Rename {
        /// The new name.
        name: UserName,
    },
    /// `vote(poll, choices)`
    Vote {
        /// The poll's number in the room.
        poll: u32,
        /// The numbers of the choices, from 0.
        choices: Vec<u8>,
    },
    /// `board()`: the room's board.
    Board,
    /// `upvote(question)`
    Upvote {
        /// The number of its entry.
        question: Seq,
    },
    /// `seen(seq)`: everything up to that number has come.
    Seen {
        /// The number.
        seq: Seq,
    },
    /// `nonce()`: a fresh nonce for signed commands on this connection. The driver makes it.
    Nonce {
        /// None as it comes from a client.
        nonce: Option<Box<str>>,
    },
    /// `admin({by, nonce, counter, command, proof})`. It becomes a [`super::Input::AdminCommand`] after the check; the hub refuses it unchecked.
    SignedCommand(Box<SignedCommand>),
}

/// The part of the hub that a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Joins a room; for connections alone.
    Enter,
    /// Leaves the room; for connections alone.
    Leave,
    /// Speaks, asks or changes something in the room where the client is.
    Room,
    /// Signed commands and their nonces.
    Admin,
}

impl Command {
    /// The part of the hub that the command is about.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Join { .. } | Self::CreateRoom { .. } => Scope::Enter,
            Self::Leave => Scope::Leave,
            Self::Say(_)
            | Self::Dm { .. }
            | Self::React { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Rename { .. }
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. } => Scope::Room,
            Self::Nonce { .. } | Self::SignedCommand(_) => Scope::Admin,
        }
    }

    /// Whether the command makes an entry: refused while the disk can't keep up.
    pub fn adds_entry(&self) -> bool {
        match self {
            Self::Say(say) => say.audience != Audience::Me,
            Self::Join { .. }
            | Self::Leave
            | Self::CreateRoom { .. }
            | Self::Dm { .. }
            | Self::React { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Rename { .. }
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => false,
        }
    }

    /// The texts that the word list looks at; empty ones for none.
    pub fn texts(&self) -> [&str; 2] {
        match self {
            Self::Say(say) => say.said.texts(),
            Self::Dm { text, .. } => [text, ""],
            Self::React { emoji } => [emoji.as_str(), ""],
            Self::Rename { name } => [name.as_str(), ""],
            Self::Join { .. }
            | Self::Leave
            | Self::CreateRoom { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => ["", ""],
        }
    }

    /// The room that the command creates unless it exists.
    pub fn room_to_make(&self) -> Option<&RoomName> {
        match self {
            Self::Join { room, .. } | Self::CreateRoom { room } => Some(room),
            Self::Leave
            | Self::Say(_)
            | Self::Dm { .. }
            | Self::React { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Rename { .. }
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => None,
        }
    }
}
