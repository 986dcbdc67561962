//! The hub's two closed vocabularies: what it is told, and what it answers.

use std::sync::Arc;

use serde::Serialize;

use super::{
    Announced, Audited, Board, CloseReason, ConnId, Entry, Epoch, Errand, HeldItem, Hide, IssuedCode, Key, Lives,
    MsgId, Officer, OfficerId, Order, Person, Poll, PollTally, Progress, QuestionTally, Refusal, RoomId, RoomName, Seq,
    Settings, Signed, Token, UserId, UserName,
};

/// The time of an input, from the edge's clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never goes back.
    pub mono_ms: u64,
    /// Milliseconds since 1970 by the box's clock, which may be unset or jump.
    pub wall_ms: u64,
}

/// Where an answer goes. The edge made it and reads it; the hub only carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// To a connection: its own number for the acknowledgement, none if it asked for none.
    Conn(ConnId, Option<u64>),
    /// To an HTTP request that is no connection.
    Request(u64),
}

/// How a connection reaches us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// Socket.IO on any of its transports.
    SocketIo,
    /// Plain WebSocket.
    WebSocket,
    /// Server-sent events.
    Sse,
    /// A polling lease: it ends when it has not been renewed for [`crate::limits::Limits::poll_lease_ms`].
    Poll,
}

/// Who is asking: an identity that the edge has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// From a token that the edge has verified, or new.
    pub user: UserId,
    /// The name that came along; without one the hub keeps the known one or makes one up from the id.
    pub name: Option<UserName>,
    /// Where they come from.
    pub address: AddressTag,
    /// Stands for everybody at that address who has no token.
    pub shared: bool,
    /// The seat whose code came along.
    pub seat: Option<u32>,
}

impl Identity {
    /// Somebody of whom no more is known.
    pub fn new(user: UserId) -> Self {
        Self {
            user,
            name: None,
            address: AddressTag::default(),
            shared: false,
            seat: None,
        }
    }
}

/// Stands for an address: the same for the same one while the server's key stays, and nothing else can be told from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressTag(pub u64);

/// Where a client's knowledge of a room ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The epoch that `since` counts in.
    pub epoch: Epoch,
    /// The last entry that the client has.
    pub since: Seq,
}

/// Everything that the hub can be told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection is there. Answered by [`Output::Welcome`]; with a room it joins that room at once.
    Connect {
        /// Its handle.
        conn: ConnId,
        /// Whose it is.
        who: Identity,
        /// How it comes.
        via: Via,
        /// The room to join at once.
        room: Option<RoomName>,
        /// Where to go on in that room.
        resume: Option<Resume>,
    },
    /// A connection asks for something.
    Command {
        /// Which one.
        conn: ConnId,
        /// Its number for the answer.
        ack: Option<u64>,
        /// What, or why the edge could not read it.
        command: Result<Command, Refusal>,
    },
    /// An HTTP request that is no connection says something in a room.
    Request {
        /// The edge's number for the answer.
        request: u64,
        /// Whose it is.
        who: Identity,
        /// Where; created on demand.
        room: RoomName,
        /// What: anything but joining and leaving.
        command: Result<Command, Refusal>,
    },
    /// A polling lease is renewed.
    Renew {
        /// Which one.
        conn: ConnId,
        /// Up to where its holder says that they have everything.
        has: Option<Resume>,
    },
    /// A connection is gone.
    Disconnect {
        /// Which one.
        conn: ConnId,
    },
    /// The organizer or a helper gives an order: the edge has checked their proof.
    Order {
        /// Where the answer goes.
        to: ReplyTo,
        /// Who.
        by: Officer,
        /// What.
        order: Order,
    },
    /// Whether what is said from now on is on disk before it is acknowledged.
    Durable {
        /// It is.
        durable: bool,
    },
    /// The store has removed entries of a room.
    Pruned {
        /// Which room.
        room: RoomName,
        /// In which life.
        epoch: Epoch,
        /// The oldest one that is left.
        oldest: Seq,
    },
    /// Everything that was said is to be forgotten. Every connection is closed, and may come back to empty rooms.
    Wipe,
    /// Time has passed: [`super::Hub::poll_timeout`] is due.
    Tick,
    /// The server stops: every connection is told, none is accepted any more.
    Shutdown,
}

/// Who gets a chat message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum To {
    /// Everybody in the room.
    #[default]
    Room,
    /// Everybody but the sender's own connections.
    Others,
    /// The sender's connections only; takes no place in the log.
    Me,
}

/// What a client can ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `join(room, {epoch, since}?)`
    Join {
        /// Which; created on demand.
        room: RoomName,
        /// Where to go on; none starts with what is said from now on.
        resume: Option<Resume>,
    },
    /// `leave()`
    Leave,
    /// `createRoom(name)`: made if it is not there, and joined.
    CreateRoom {
        /// Which.
        room: RoomName,
    },
    /// `chat(text, …more, {id?, to?}?)`, and `chatRoom`, which may name the room that the sender is in.
    Chat {
        /// Refused unless the sender is in this room; none is the sender's room.
        room: Option<RoomName>,
        /// The first argument.
        text: Box<str>,
        /// See [`super::Body::Chat`].
        more: Box<str>,
        /// Accepted once.
        id: Option<MsgId>,
        /// Who gets it.
        to: To,
    },
    /// `dm(userId, text)`
    Dm {
        /// To whom.
        to: UserId,
        /// What.
        text: Box<str>,
        /// Carried along.
        id: Option<MsgId>,
    },
    /// `gift(name, count, {to?, id?})`
    Gift {
        /// Which.
        name: Token,
        /// How many.
        count: u32,
        /// To whom; none is the room.
        to: Option<UserId>,
        /// Accepted once.
        id: Option<MsgId>,
    },
    /// `react(emoji)`
    React {
        /// Which.
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
        /// What to be called from now on.
        name: UserName,
    },
    /// `vote(poll, choices)`
    Vote {
        /// The poll's number in the room.
        poll: u32,
        /// The numbers of the choices, from 0.
        choices: Vec<u8>,
    },
    /// `board()`: what stands beside the talk.
    Board,
    /// `ask(text, {id?})`: a question to the organizer.
    Ask {
        /// What.
        text: Box<str>,
        /// Accepted once.
        id: Option<MsgId>,
    },
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
    /// `nonce()`: a fresh number that this connection's orders are proved with. The edge makes it.
    Nonce {
        /// None as it comes from a client.
        nonce: Option<Box<str>>,
    },
    /// `order({by, nonce, counter, command, proof})`. The edge makes it an [`Input::Order`]; the hub refuses what was not proved.
    Signed(Box<Signed>),
}

impl Command {
    /// Whether it makes an entry: refused while the disk can't keep up.
    pub fn adds_entry(&self) -> bool {
        match self {
            Self::Chat { to, .. } => *to != To::Me,
            Self::Gift { .. } | Self::Ask { .. } => true,
            _ => false,
        }
    }
}

/// Everything that the hub can answer, in the order in which it happened.
#[derive(Clone, Debug)]
pub enum Output {
    /// A connection is accepted.
    Welcome {
        /// Which.
        conn: ConnId,
        /// What it is told.
        welcome: Box<Welcome>,
    },
    /// A room's log came to be.
    RoomOpened {
        /// Its number.
        room: RoomId,
        /// Its name.
        name: RoomName,
        /// Its life, and those before.
        lives: Lives,
        /// The number that its log begins after: 0 unless it was restored.
        after: Seq,
    },
    /// A room is gone, nobody is attached to it.
    RoomClosed {
        /// Which.
        room: RoomId,
        /// Its name.
        name: RoomName,
    },
    /// Whatever was stored before is to be removed. What came before this in the same input was about that.
    Wiped,
    /// A control entry from before the first one of a restored room's log; goes to every follower of the log.
    Recall {
        /// Where.
        room: RoomId,
        /// What.
        entry: Arc<Entry>,
    },
    /// An entry is accepted; goes to every follower of the room's log.
    Append {
        /// Where.
        room: RoomId,
        /// What.
        entry: Arc<Entry>,
    },
    /// A value is to outlive the process; only if the hub was made to say so ([`super::HubConfig::keeps`]). It goes to disk together with
    /// the entries that the same input made.
    Keep {
        /// Its name.
        key: Key,
        /// JSON; none forgets it.
        value: Option<Box<str>>,
    },
    /// Something is hidden: those who have what was said put what stands in its place there instead.
    Redact {
        /// Where.
        room: RoomId,
        /// Its name.
        name: RoomName,
        /// Its life.
        epoch: Epoch,
        /// What is hidden, also where the logs have it no more: only chats, gifts and announcements.
        what: Hide,
        /// Up to this number.
        to: Seq,
        /// What stands in the logs now.
        entries: Arc<[Arc<Entry>]>,
    },
    /// A connection follows a room from now on, and none other.
    Attach {
        /// Which.
        conn: ConnId,
        /// Whose it is: entries that skip this user are not for it.
        user: UserId,
        /// The room.
        room: RoomId,
        /// The last entry that it has.
        since: Seq,
    },
    /// A connection follows its room no more.
    Detach {
        /// Which.
        conn: ConnId,
    },
    /// An answer.
    Reply {
        /// To whom.
        to: ReplyTo,
        /// What.
        reply: Result<Reply, Refusal>,
    },
    /// Something for one connection alone.
    Direct {
        /// Which.
        conn: ConnId,
        /// What.
        direct: Arc<Direct>,
    },
    /// A room's latest values; replaces those before it.
    Latest {
        /// Where.
        room: RoomId,
        /// What.
        latest: Arc<Latest>,
    },
    /// A connection is to be closed; the hub has forgotten it already.
    Close {
        /// Which.
        conn: ConnId,
        /// Why.
        reason: CloseReason,
    },
}

/// What a new connection is told, but for what only the edge knows (token, limits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// Itself.
    pub you: Person,
    /// The rooms that are there, by name, at most [`crate::limits::WELCOME_ROOMS`].
    pub rooms: Vec<RoomInfo>,
    /// The box's time, milliseconds since 1970.
    pub time: u64,
    /// Whether what is acknowledged is on disk.
    pub durable: bool,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoomInfo {
    /// Its name.
    pub name: RoomName,
    /// What it is called, if not by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Box<str>>,
    /// Nobody may be in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// People in it.
    pub online: usize,
}

/// What is for one connection alone and answers nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Direct {
    /// `dm(text, meta)`
    Dm {
        /// Who says it.
        from: Person,
        /// To whom.
        to: UserId,
        /// What.
        text: Box<str>,
        /// The sender's id for it.
        id: MsgId,
        /// When, milliseconds since 1970.
        at: u64,
    },
    /// `chat(text, …more, meta)` to oneself: no place in the log, so no `seq`.
    Echo {
        /// Where it was said.
        room: RoomName,
        /// Oneself.
        from: Person,
        /// The first argument.
        text: Box<str>,
        /// See [`super::Body::Chat`].
        more: Box<str>,
        /// The sender's id for it.
        id: MsgId,
        /// When, milliseconds since 1970.
        at: u64,
    },
    /// `refused(refusal)`: for a command that asked for no answer.
    Refused(Refusal),
}

/// A room's values of which only the newest counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Latest {
    /// Its name.
    pub room: RoomName,
    /// People in it.
    pub online: usize,
    /// How often each was given since the room came to be, by emoji.
    pub reactions: std::collections::BTreeMap<Token, u64>,
    /// Its open polls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub polls: Vec<PollTally>,
    /// At most [`crate::limits::LIVE_QUESTIONS`] of its questions, the most wanted first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionTally>,
    /// How it is run, if not by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Box<Settings>>,
    /// Whether what is acknowledged is on disk.
    pub durable: bool,
}

/// Entries that only the store has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Older {
    /// Of which room.
    pub room: RoomName,
    /// In which life.
    pub epoch: Epoch,
    /// Up to which number.
    pub to: Seq,
    /// How many of the newest of them.
    pub limit: usize,
    /// Without those that skip this user.
    pub user: UserId,
}

/// What goes with `{ok: true}`.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To `join` and `createRoom`.
    Joined {
        /// The room.
        room: RoomName,
        /// Its life.
        epoch: Epoch,
        /// Its newest entry.
        head: Seq,
        /// Whether the client will have everything since what it had.
        recovered: bool,
        /// How many entries after what it had are no longer kept.
        missed: u64,
        /// People in it, the newcomer too.
        members: usize,
    },
    /// To `leave`.
    Left,
    /// To `chat` and `gift`.
    Sent {
        /// Its place; none for a message to oneself.
        seq: Option<Seq>,
        /// Its id.
        id: MsgId,
        /// When it was accepted first.
        at: u64,
        /// It had been accepted before.
        duplicate: bool,
    },
    /// To `dm`.
    Delivered {
        /// Its id.
        id: MsgId,
        /// When.
        at: u64,
        /// To how many connections.
        connections: usize,
    },
    /// To `react`.
    Counted,
    /// To `vote`.
    Voted {
        /// The poll.
        poll: u32,
        /// What counts now.
        choices: Vec<u8>,
    },
    /// To `board`.
    Board(Box<Board>),
    /// To `upvote`.
    Upvoted {
        /// The question.
        question: Seq,
        /// How many want to know, the asker too.
        upvotes: u64,
    },
    /// To [`Order::Announce`] in all rooms.
    Announced {
        /// Where it stands.
        sent: Vec<Announced>,
    },
    /// To [`Order::Reached`].
    Reached {
        /// How many said that they have it.
        reached: usize,
        /// People in the room.
        online: usize,
    },
    /// To [`Order::Poll`].
    PollOpened {
        /// Its number.
        poll: u32,
    },
    /// To [`Order::Polls`].
    Polls {
        /// All that are kept, oldest first.
        polls: Vec<Poll>,
    },
    /// To `nonce`.
    Nonce {
        /// Hexadecimal digits.
        nonce: Box<str>,
    },
    /// To `chat` and `gift` where what is said has to be approved first.
    Held {
        /// Its id.
        id: MsgId,
    },
    /// To [`Order::Held`].
    HeldItems {
        /// Oldest first, at most [`crate::limits::HELD`].
        items: Vec<HeldItem>,
    },
    /// To `GET /rooms`.
    Rooms {
        /// All of them, by name.
        rooms: Vec<RoomInfo>,
    },
    /// To [`Order::Ban`].
    Neighbours {
        /// Others who are known at the same addresses, at most [`crate::limits::WHO_PEOPLE`].
        neighbours: Vec<Person>,
    },
    /// To [`Order::Waiting`].
    People {
        /// At most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
    },
    /// To [`Order::Audit`].
    Audit {
        /// Newest first.
        orders: Vec<Audited>,
    },
    /// To [`Order::Wipe`] that only asks.
    WouldWipe {
        /// Rooms that there are.
        rooms: usize,
        /// Entries that they have.
        messages: u64,
    },
    /// To [`Order::Wipe`].
    Wiped {
        /// Rooms that there were.
        rooms: usize,
        /// Entries that they had.
        messages: u64,
    },
    /// To [`Order::Time`].
    Time {
        /// It was better than what the server knew.
        used: bool,
    },
    /// To an order about which there is no more to say.
    Done,
    /// To [`Order::Issue`].
    Issued {
        /// Its number.
        code: OfficerId,
    },
    /// To [`Order::Codes`].
    Codes {
        /// All that were issued.
        codes: Vec<IssuedCode>,
    },
    /// To an order that somebody else answers: whoever runs the hub makes another reply of this.
    Errand(Errand),
    /// To [`Order::Doctor`].
    Findings {
        /// What is wrong, one sentence each.
        findings: Vec<String>,
    },
    /// To [`Order::Updating`].
    Updating(Progress),
    /// To `rename`.
    Renamed {
        /// As checked.
        name: UserName,
    },
    /// To `history`: oldest first.
    History {
        /// The entries.
        entries: Vec<Arc<Entry>>,
        /// Whether there are older ones.
        more: bool,
    },
    /// To `history`, if the store may have older ones: whoever has it makes a [`Reply::History`] of this.
    HistoryFrom {
        /// Those that the log has.
        entries: Vec<Arc<Entry>>,
        /// What is missing before them.
        older: Older,
    },
    /// An answer that could not wait for the disk, which has failed: what it is about is in memory alone.
    InMemory(Box<Reply>),
    /// To `who`.
    Who {
        /// By name, at most [`crate::limits::WHO_PEOPLE`].
        people: Vec<Person>,
        /// How many there are.
        online: usize,
    },
}
