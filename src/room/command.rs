//! The closed list of commands that a client may send to a room, as transports decode them. Plain data; nothing grows.

use super::{Epoch, MsgId, RoomName, Said, Seq, SignedCommand, Token, UserId, UserName, ValueKey, values::SetValue};

/// A client's position in a room's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The epoch that `since` counts in.
    pub epoch: Epoch,
    /// Number of the last entry that the client has.
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
    /// The sender's connections only: the message is not an entry of the log.
    Me,
}

/// A message that a client sends to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The room that the sender must be in; `None` means the sender's current room.
    pub room: Option<RoomName>,
    /// The message that the client says.
    pub said: Said,
    /// Id of the entry that the message replies to.
    pub re: Option<MsgId>,
    /// The sender's id for the message. A repeated id in the same room is answered as a duplicate.
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

/// A command that a client sends to the hub: join, leave, say, vote, ask for a list, and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `join(room, {epoch, since}?)`: joins a room.
    Join {
        /// The room, created on demand.
        room: RoomName,
        /// The client's position; `None` starts with new entries.
        resume: Option<Resume>,
    },
    /// `leave()`: leaves the current room.
    Leave,
    /// `createRoom(name)`: joins a room, and creates the room first if it does not exist.
    CreateRoom {
        /// Name of the room to join, or to create.
        room: RoomName,
    },
    /// A message of any kind: `chat`, `chatRoom`, `gift`, `ask`.
    Say(Say),
    /// `edit(id, text)`: changes an own message.
    Edit {
        /// Id of the message.
        id: MsgId,
        /// The new content, a chat message.
        said: Said,
    },
    /// `retract(id)`: takes an own message back.
    Retract {
        /// Id of the message.
        id: MsgId,
    },
    /// `dm(userId, text)`: sends a private message.
    Dm {
        /// The user who receives the private message.
        to: UserId,
        /// Text of the private message.
        text: Box<str>,
        /// Id of the message that this one replies to, unchecked, because the hub stores no private messages.
        re: Option<MsgId>,
        /// The sender's id for the message. A repeated id is not delivered twice.
        id: Option<MsgId>,
    },
    /// `react(emoji)`: counts a reaction.
    React {
        /// Emoji of the reaction.
        emoji: Token,
    },
    /// `history({before, limit})`: asks for the newest `limit` entries before number `before`.
    History {
        /// Number of the entry to read back from; `None` starts with the newest.
        before: Option<Seq>,
        /// Number of entries; `None` means [`crate::limits::HISTORY_ENTRIES`], which is also the maximum.
        limit: Option<usize>,
    },
    /// `who()`: asks for the people in the room.
    Who,
    /// `rename(name)`: changes the user's name.
    Rename {
        /// The name that the user wants to have.
        name: UserName,
    },
    /// `vote(poll, choices)`: votes in a poll.
    Vote {
        /// Number of the poll in the room.
        poll: u32,
        /// Indexes of the chosen answers, from 0.
        choices: Vec<u8>,
    },
    /// `board()`: asks for the room's board.
    Board,
    /// `upvote(question)`: upvotes a question.
    Upvote {
        /// Number of the question's entry.
        question: Seq,
    },
    /// `seen(seq)`: the client has received every entry up to this number.
    Seen {
        /// Number of the newest entry that the client has received.
        seq: Seq,
    },
    /// `set(key, value, {if, write}?)`: sets or removes a shared value.
    Set(Box<SetValue>),
    /// `get(key?)`: asks for the room's shared values.
    Get {
        /// The key to get; `None` gets all.
        key: Option<ValueKey>,
    },
    /// `watch()`: asks for the room's shared values, and for each later change of them.
    Watch,
    /// `nonce()`: requests a fresh nonce for signed commands on this connection.
    Nonce {
        /// The nonce that the driver makes; `None` as the client sends the command.
        nonce: Option<Box<str>>,
    },
    /// `admin({by, nonce, counter, command, proof})`: a signed admin command. After verification it becomes a
    /// [`super::Input::AdminCommand`]; the hub refuses it in this form.
    SignedCommand(Box<SignedCommand>),
}

/// The area that a command belongs to, which decides how it is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Joining a room; only connections may do this.
    Enter,
    /// Leaving the room; only connections may do this.
    Leave,
    /// Messages, questions and changes in the client's current room.
    Room,
    /// Signed admin commands and their nonces.
    Admin,
}

impl Command {
    /// The area that the command belongs to.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Join { .. } | Self::CreateRoom { .. } => Scope::Enter,
            Self::Leave => Scope::Leave,
            Self::Say(_)
            | Self::Edit { .. }
            | Self::Retract { .. }
            | Self::Dm { .. }
            | Self::React { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Rename { .. }
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Set(_)
            | Self::Get { .. }
            | Self::Watch => Scope::Room,
            Self::Nonce { .. } | Self::SignedCommand(_) => Scope::Admin,
        }
    }

    /// Whether the command adds an entry to the log. Such commands are refused while the disk can't keep up.
    pub fn adds_entry(&self) -> bool {
        match self {
            Self::Say(say) => say.audience != Audience::Me,
            Self::Edit { .. } | Self::Retract { .. } => true,
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
            | Self::Set(_)
            | Self::Get { .. }
            | Self::Watch
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => false,
        }
    }

    /// The texts that the word list checks; empty strings where the command has none.
    pub fn texts(&self) -> [&str; 2] {
        match self {
            Self::Say(say) => say.said.texts(),
            Self::Edit { said, .. } => said.texts(),
            Self::Dm { text, .. } => [text, ""],
            Self::React { emoji } => [emoji.as_str(), ""],
            Self::Rename { name } => [name.as_str(), ""],
            Self::Set(set) => [&set.texts, set.key.as_str()],
            Self::Join { .. }
            | Self::Leave
            | Self::CreateRoom { .. }
            | Self::Retract { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Get { .. }
            | Self::Watch
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => ["", ""],
        }
    }

    /// The room that the command creates if it does not exist; `None` for commands that create no room.
    pub fn room_to_make(&self) -> Option<&RoomName> {
        match self {
            Self::Join { room, .. } | Self::CreateRoom { room } => Some(room),
            Self::Leave
            | Self::Say(_)
            | Self::Edit { .. }
            | Self::Retract { .. }
            | Self::Dm { .. }
            | Self::React { .. }
            | Self::History { .. }
            | Self::Who
            | Self::Rename { .. }
            | Self::Vote { .. }
            | Self::Board
            | Self::Upvote { .. }
            | Self::Seen { .. }
            | Self::Set(_)
            | Self::Get { .. }
            | Self::Watch
            | Self::Nonce { .. }
            | Self::SignedCommand(_) => None,
        }
    }
}
