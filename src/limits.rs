//! Every bound in one place, with its reason. Fixed capacities are constants; what an organizer may turn is in [`Limits`].

mod board;
mod or_off;
mod store;
mod webhook;

pub use board::*;
pub use store::*;
pub use webhook::*;

use serde::{Deserialize, Serialize};

/// A room's name, in characters: it is shown in lists on a phone.
pub const ROOM_NAME_CHARS: usize = 40;
/// A person's name, in characters.
pub const USER_NAME_CHARS: usize = 32;
/// A message id, in characters: a UUID has 36.
pub const MSG_ID_CHARS: usize = 64;
/// A gift's name or a reaction, in characters: the longest emoji sequences have about ten.
pub const TOKEN_CHARS: usize = 24;
/// An identity token, in bytes: 16 hexadecimal digits, a point, 64 more, and room for a longer kind.
pub const IDENTITY_BYTES: usize = 256;
/// Levels of nesting in a client's JSON: no event of ours has more than three, and serde_json's own bound is 128.
pub const JSON_DEPTH: usize = 32;
/// Arguments of one event.
pub const EVENT_ARGS: usize = 16;

/// What an entry costs besides its own text, in bytes: its fields, its place in the logs, and one encoded frame's fixed part.
pub const ENTRY_FIXED_BYTES: usize = 640;
/// Bytes of a room's log, if the configuration does not say.
pub const RING_BYTES: usize = 2 * 1024 * 1024;
/// One chat text with its further arguments, in bytes, if the configuration does not say.
pub const TEXT_BYTES: usize = 8 * 1024;
/// Entries that a room's log keeps at most.
pub const RING_ENTRIES: usize = 2048;
/// Control entries that are kept for members who fall behind.
pub const CONTROL_ENTRIES: usize = 128;
/// Codes that the organizer may issue, those that were revoked included: a number is never given twice.
pub const OFFICER_CODES: usize = 256;
/// Nonces that HTTP requests have fetched and not used yet: in all, and of one address. The oldest makes way.
pub const FETCHED_NONCES: usize = 1024;
/// See [`FETCHED_NONCES`].
pub const FETCHED_NONCES_PER_ADDRESS: usize = 16;
/// How long a fetched nonce is good, in milliseconds.
pub const NONCE_MS: u64 = 60_000;
/// Wrong proofs of one address before it has to wait.
pub const WRONG_PROOFS: u32 = 5;
/// The first wait after them, in milliseconds; it doubles with each further one.
pub const WRONG_PROOF_WAIT_MS: u64 = 1000;
/// The longest of these waits, and how long a wrong proof is remembered, in milliseconds.
pub const WRONG_PROOF_MOST_MS: u64 = 60_000;
/// Addresses whose wrong proofs are remembered. The one that was wrong longest ago makes way.
pub const WRONG_ADDRESSES: usize = 1024;
/// Codes that bring somebody back in another browser: at once, and how long one is good, in milliseconds.
pub const REJOIN_CODES: usize = 256;
/// See [`REJOIN_CODES`].
pub const REJOIN_MS: u64 = 300_000;
/// Tries of such codes a second, by everybody together, and at once: while the codes are good, a chance of one in two thousand to hit one
/// of 256 among 887 million.
pub const REJOIN_RATE: f64 = 5.0;
/// See [`REJOIN_RATE`].
pub const REJOIN_BURST: u32 = 50;
/// A box's settings file, in bytes: a page of text, many times over.
pub const BOX_FILE_BYTES: usize = 64 * 1024;
/// Addresses of phones whose person has tapped on past the page that a joining phone shows: about a hundred bytes each. Whoever was
/// seen longest ago makes way, and may see that page once more.
pub const PORTAL_ADDRESSES: usize = 4096;
/// How long a silent address stays there, in milliseconds: the box's DHCP lease, after which it may be another phone's.
pub const PORTAL_MS: u64 = 2 * 60 * 60 * 1000;
/// How often systemd hears how it goes, in milliseconds, and how long `GET /status` waits for the rooms' answer: well within
/// the watchdog's 30 seconds, and seldom enough to cost nothing.
pub const STATUS_MS: u64 = 5000;
/// How long the doctor of a box may take to answer, in milliseconds: the page gives up two seconds later.
pub const DOCTOR_MS: u64 = 8000;
/// What the doctor may say, in bytes: some dozens of sentences.
pub const DOCTOR_BYTES: u64 = 16 * 1024;
/// An update file, in bytes: a slot of the card, and the file's head.
pub const UPDATE_BYTES: u64 = 257 * 1024 * 1024;
/// What stays free on the card beside an update file, in bytes: more than the rooms write while it is installed.
pub const UPDATE_SPARE_BYTES: u64 = 64 * 1024 * 1024;
/// From the order of an update to the end of its file, in milliseconds: a slow Wi-Fi takes 100 MB in ten minutes.
pub const UPDATE_MS: u64 = 15 * 60 * 1000;
/// How long nothing of the file may come, in milliseconds: a phone changes its channel in less.
pub const UPDATE_IDLE_MS: u64 = 20_000;
/// Pieces of it that wait for the card; then the phone waits.
pub const UPDATE_PIECES: usize = 16;
/// Orders that are with the box's services at once. More are refused as `busy`.
pub const ERRANDS: usize = 4;
/// Rooms that a box's settings may open at the start: they stand in a list on a phone.
pub const BOX_ROOMS: usize = 32;
/// Seconds of a slow mode, and of a mute.
pub const SLOW_S: u32 = 300;
/// See [`SLOW_S`]: a day is longer than an event.
pub const MUTE_S: u32 = 86_400;
/// People muted in one room.
pub const MUTED: usize = 1024;
/// People of whom a room remembers that they were there before it was locked.
pub const FAMILIAR: usize = 4096;
/// Messages of one room that wait to be approved; more are refused as `busy`.
pub const HELD: usize = 200;
/// Orders that are remembered, with what they said. The oldest makes way.
pub const AUDIT: usize = 1000;
/// People of whom something is remembered for the event: sent away, let in, a badge, a seat.
pub const STANDINGS: usize = 8192;
/// Addresses from which somebody was sent away.
pub const MARKS: usize = 1024;
/// People at one such address who were known before and go on.
pub const CLEARED: usize = 4096;
/// Seats.
pub const SEATS: u32 = 4096;
/// When somebody who waits to be let in may ask again, in milliseconds.
pub const WAITING_RETRY_MS: u64 = 5000;
/// Rooms at once.
pub const ROOMS: usize = 256;
/// Connections at once, of all kinds.
pub const CONNECTIONS: usize = 12_288;
/// Connections of one user at once: a private message goes to each of them.
pub const USER_CONNECTIONS: usize = 64;
/// Users who are known: those who have a connection, and those whose rate limits still count.
pub const USERS: usize = CONNECTIONS + 8192;
/// Refusals for their rate that a user may collect at once before the connection is closed as flooding.
pub const REFUSAL_BURST: u32 = 1000;
/// The same a second in the long run.
pub const REFUSAL_RATE: f64 = 10.0;
/// Frames that wait for one connection alone, if its reading can be stopped while they are many.
pub const LANE_FRAMES: usize = 512;
/// The same for a session on polling: one payload may ask for so many answers at once, and the next one waits until few are left.
pub const DIRECT_FRAMES: usize = PAYLOAD_PACKETS + LANE_FRAMES;
/// Message ids that a room remembers, so that a repeated send is accepted once.
pub const REMEMBERED_IDS: usize = 4096;
/// Kinds of reaction in one room.
pub const REACTIONS: usize = 32;
/// Rooms listed in `welcome`.
pub const WELCOME_ROOMS: usize = 64;
/// People listed by `who`.
pub const WHO_PEOPLE: usize = 256;
/// Entries in one answer to `history`, and the default.
pub const HISTORY_ENTRIES: usize = 100;

// Between the transports, the driver and the fan-outs. Each of these queues makes its senders wait or tells them; none drops.

/// Inputs that wait for the hub. A full inbox makes WebSocket and HTTP senders wait and refuses Socket.IO events as `busy`.
pub const INBOX: usize = 16_384;
/// Inputs that the driver takes at once.
pub const INBOX_BATCH: usize = 64;
/// Commands that wait for a fan-out; a full channel makes the driver wait.
pub const COMMANDS: usize = 4096;
/// Commands that a fan-out takes at once, before the passes that follow from them.
pub const COMMAND_BATCH: usize = 256;
/// Connections that wait for a worker; the kernel's backlog is the queue behind it.
pub const ARRIVALS: usize = 256;
/// Workers at most: their number is part of each connection's.
pub const WORKERS: usize = 64;
/// Inputs of one connection on their way to the hub from which on its socket is not read, and up to which it is again.
pub const GATE_HIGH: u32 = 64;
/// See [`GATE_HIGH`].
pub const GATE_LOW: u32 = 32;
/// Direct frames that wait for one connection from which on its socket is not read, and up to which it is again.
pub const QUEUE_HIGH: usize = 128;
/// See [`QUEUE_HIGH`].
pub const QUEUE_LOW: usize = 32;
/// Frames that a lane hands to the kernel in one call.
pub const LANE_SLICES: usize = 64;
/// Frames of the library that are waited for at once on one lane: a session's namespaces, each with its CONNECT answer.
pub const LANE_WATCHES: usize = 16;
/// Members of one room that a pass serves before the sockets' own tasks get their turn.
pub const PASS_SLICE: usize = 4096;
/// Frames in one vectored write.
pub const RUN_FRAMES: usize = 64;
/// Frames that are taken from a member's feed ahead of its sink.
pub const STAGED_FRAMES: usize = 32;
/// Packets that a polling session is given until its client fetches them: the rest of the library's buffer is for answers.
pub const EMIT_WINDOW: u32 = 32;
/// Packets in the answer to one fetch of a polling session: a stock python-engineio breaks off at more (`max_decode_packets`).
pub const ANSWER_PACKETS: usize = 16;
/// Packets that the library holds for one session. Answers count beside the window: those to everything that one payload asks.
pub const SESSION_PACKETS: usize = 2048;
/// Packets that a polling session is given before it is closed. What its client has not fetched of [`EMIT_WINDOW`], and the reason,
/// have room beside them.
pub const LAST_PACKETS: u32 = 1900;
/// Packets in the body of one polling request.
pub const PAYLOAD_PACKETS: usize = 4096;
/// Binary attachments of one event.
pub const ATTACHMENTS: usize = 10;
/// Pieces of an event stream that wait for the response's body.
pub const STREAM_PIECES: usize = 16;
/// Events in the answer to one poll.
pub const POLL_EVENTS: usize = 1000;
/// Bytes of events in the answer to one poll; one more event may exceed it.
pub const POLL_BYTES: usize = 256 * 1024;
/// Entries in the answer to a poll that names no place to go on from.
pub const POLL_FIRST_ENTRIES: u64 = 50;
/// What a WebSocket reads at once, in bytes: a message of a chat fits; each idle connection keeps so much.
pub const WS_READ_BUFFER: usize = 512;
/// Between two looks for silent peers, in milliseconds.
pub const SWEEP_MS: u64 = 5000;
/// How long the steps of a shutdown may take, in milliseconds.
pub const SHUTDOWN_MS: u64 = 3000;
/// Entries of a word list.
pub const WORD_LIST: usize = 1000;
/// Characters of an entry of a word list.
pub const WORD_CHARS: usize = 40;
/// Words with masked letters that are looked up in one text: each is compared with the whole list.
pub const MASKED_WORDS: usize = 32;
/// A pause after a connection could not be accepted, in milliseconds.
pub const ACCEPT_PAUSE_MS: u64 = 100;
/// How long a connection that finds no place may take to hear so, in milliseconds.
pub const TURN_AWAY_MS: u64 = 1000;
/// When to come back after finding no place, in milliseconds.
pub const FULL_RETRY_MS: u64 = 5000;
/// When to try again while the box can't keep up, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 500;
/// Between two writings of the last known time, in milliseconds: a restart without a clock goes back by so much at most.
pub const CLOCK_KEEP_MS: u64 = 60_000;
/// How much the organizer's phone has to be ahead to be believed, in milliseconds: less is the way of the order.
pub const CLOCK_HEARD_MS: u64 = 1000;
/// Up to when the organizer's phone is believed, in milliseconds since 1970 (2046-01-01): the time of a room never goes back, so a phone
/// that is wrong by decades must not be followed.
pub const CLOCK_LATEST_MS: u64 = 2_398_377_600_000;
/// High bits of an epoch that stay free, so that rooms of one run can count up from its random start.
pub const EPOCH_SPARE_BITS: u32 = 16;

const _: () = assert!(LAST_PACKETS as usize + (EMIT_WINDOW as usize) < SESSION_PACKETS);
const _: () = assert!(GATE_LOW < GATE_HIGH && QUEUE_LOW < QUEUE_HIGH);
/// What a connection has sent before its reading stopped must find room for its answers: what is on its way, what waits, and
/// what its read buffer still holds (an event takes 14 bytes at least).
const _: () = assert!(QUEUE_HIGH + GATE_HIGH as usize + WS_READ_BUFFER / 14 < LANE_FRAMES);

/// What a configuration may change. Every field is a key of the section `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    // What one person and one room may use.
    /// Rate limits at all; off for load tests.
    pub rate: bool,
    /// Messages (chat, gifts, private ones) a second and user in the long run.
    pub message_rate: f64,
    /// Messages that a user may send at once.
    pub message_burst: u32,
    /// Reactions a second and user.
    pub react_rate: f64,
    /// Reactions at once.
    pub react_burst: u32,
    /// Other requests (join, history, who, rename) a second and user.
    pub request_rate: f64,
    /// Other requests at once.
    pub request_burst: u32,
    /// One chat text with its further arguments, in bytes.
    pub text_bytes: usize,
    /// Gifts of one command.
    pub gift_count: u32,
    /// Gifts of one user while the room lives; 0 is no bound.
    pub gift_budget: u64,
    /// Bytes of a room's log.
    pub ring_bytes: usize,
    /// Entries of a room that are kept on disk.
    pub keep_entries: u64,
    /// For how many days; 0 is no bound.
    pub keep_days: u64,
    /// What the file on disk may take, in MiB; the oldest entries go first.
    pub store_mib: u64,
    /// Least time between two `room` frames of one room, in milliseconds.
    pub latest_ms: u64,
    /// A polling lease without renewal, in milliseconds.
    pub poll_lease_ms: u64,

    // What the network side may use.
    /// Connections in all: each costs a descriptor and its buffers.
    pub connections: usize,
    /// Connections of one address; `None` (`off`) is no cap, for load tests and for phones behind one router.
    #[serde(with = "or_off")]
    pub per_address: Option<u32>,
    /// One message or frame of a client, on every transport, in bytes.
    pub message_bytes: usize,
    /// One polling request's or answer's body, in bytes: several messages travel in one.
    pub payload_bytes: usize,
    /// A request's head (line and headers), in bytes.
    pub head_bytes: usize,
    /// From a connection's opening, or its last answer, to the end of the next request's head, in milliseconds: a client that
    /// drips or does nothing holds a descriptor.
    pub head_timeout_ms: u64,
    /// From the end of a request's head to the end of its body, in milliseconds.
    pub body_timeout_ms: u64,
    /// From a transport's opening to the Socket.IO CONNECT packet, in milliseconds.
    pub connect_timeout_ms: u64,
    /// From the probe to the end of an upgrade from polling to WebSocket, in milliseconds.
    pub upgrade_timeout_ms: u64,
    /// Between two heartbeats, in milliseconds.
    pub ping_interval_ms: u64,
    /// From a heartbeat to its answer, in milliseconds; a dead peer is gone after interval and timeout.
    pub ping_timeout_ms: u64,
    /// From the first byte of a message to its last, in milliseconds.
    pub unfinished_ms: u64,
    /// How long a closing connection may take to read its last frames, in milliseconds.
    pub linger_ms: u64,
    /// Sent bytes without an acknowledgement of the peer's kernel, in milliseconds (`TCP_USER_TIMEOUT`, tcp(7)): a phone
    /// that left the Wi-Fi while its socket was full is found by nothing else.
    pub user_timeout_ms: u32,
    /// The kernel's send buffer of a connection, in bytes (`SO_SNDBUF`; Linux doubles it for its own bookkeeping).
    pub send_buffer_bytes: usize,
    /// Least time between two passes over a hot room's members, in milliseconds; 0 is none. The latency that it adds at most.
    pub pace_ms: u64,
    /// Entries a second from which a room counts as hot.
    pub pace_above: f64,
    /// The longest wait of a long poll, in milliseconds.
    pub poll_wait_ms: u64,
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: true,
            message_rate: 5.0,
            message_burst: 30,
            react_rate: 20.0,
            react_burst: 60,
            request_rate: 5.0,
            request_burst: 40,
            text_bytes: TEXT_BYTES,
            gift_count: 99,
            gift_budget: 0,
            ring_bytes: RING_BYTES,
            keep_entries: 100_000,
            keep_days: 30,
            store_mib: 256,
            latest_ms: 250,
            poll_lease_ms: 60_000,
            connections: 12_288,
            per_address: Some(64),
            message_bytes: 64 * 1024,
            payload_bytes: 256 * 1024,
            head_bytes: 16 * 1024,
            head_timeout_ms: 10_000,
            body_timeout_ms: 10_000,
            connect_timeout_ms: 10_000,
            upgrade_timeout_ms: 10_000,
            ping_interval_ms: 25_000,
            ping_timeout_ms: 20_000,
            unfinished_ms: 10_000,
            linger_ms: 2_000,
            user_timeout_ms: 30_000,
            send_buffer_bytes: 32 * 1024,
            pace_ms: 20,
            pace_above: 50.0,
            poll_wait_ms: 60_000,
            workers: 0,
        }
    }
}

impl Limits {
    /// Looks for silent peers ([`SWEEP_MS`]) after which one of which nothing was heard is taken for dead.
    pub fn silent_sweeps(&self) -> u32 {
        let patience_ms = self.ping_interval_ms + self.ping_timeout_ms;
        u32::try_from(patience_ms.div_ceil(SWEEP_MS)).unwrap_or(u32::MAX)
    }
}

/// What the rooms and the people may take together under the default limits, in bytes, if every table is full. An evening in one
/// room takes a few MiB of it: each table grows with its use.
///
/// Not in it: what waits on connections ([`QUEUED_BYTES`]), sockets, and the libraries' buffers.
pub const TABLE_BYTES: usize = {
    use std::mem::size_of;

    use crate::{
        room::{Entry, MsgId, Seq, Token, UserId, UserName},
        wire::{Encoded, Format},
    };

    /// Reference counts in front of what is shared.
    const SHARED: usize = 2 * size_of::<usize>();
    /// A B-tree's nodes may be half empty, and have their own fields and edges.
    const TREE: usize = 3;
    /// Of a character in UTF-8.
    const CHAR: usize = 4;

    /// What the byte bound of a log takes for granted.
    const ENTRY: usize = SHARED + size_of::<Entry>() + SHARED + size_of::<Encoded>();
    const _: () = assert!(ENTRY + FRAME_FIXED_BYTES <= ENTRY_FIXED_BYTES);

    // The texts of the rings' entries, and each of them encoded once for each format that somebody in the room uses. Only with
    // members of all kinds in all rooms is that all formats; it is one in a room of Socket.IO clients.
    let entries = ROOMS * RING_BYTES * (1 + Format::COUNT);
    // Announcements that the rings have dropped, with their encodings: only the organizer makes them.
    let controls = ROOMS * CONTROL_ENTRIES * (ENTRY_FIXED_BYTES + TEXT_BYTES) * (1 + Format::COUNT);
    // Handles of both, in the hub and in each worker, of which there is one for each core.
    let handles = ROOMS * (RING_ENTRIES + CONTROL_ENTRIES) * size_of::<usize>() * (1 + WORKERS);
    // An id's text is shared by its place in the order and its place in the tree.
    let id_key = size_of::<UserId>() + size_of::<MsgId>();
    let id = SHARED + MSG_ID_CHARS * CHAR + id_key + (id_key + size_of::<(Option<Seq>, u64)>()) * TREE;
    let remembered = ROOMS * REMEMBERED_IDS * id;
    // Gifts given and received: the counts, and their order.
    let givers = ROOMS * GIVERS * 2 * 2 * size_of::<(UserId, u64)>() * TREE;
    // Votes, upvotes, and who has seen what.
    let voters = ROOMS
        * (VOTES * size_of::<(UserId, u16)>() + VOTES * size_of::<UserId>() + SEEN * size_of::<(UserId, Seq)>())
        * TREE;
    // Texts of polls and questions.
    let board_text = SHARED + BOARD_CHARS * CHAR;
    let board = ROOMS * (POLLS * (*POLL_CHOICES.end() + 1) + QUESTIONS) * board_text;
    // Those who were there, who stayed, who are muted, who spoke last in slow mode; what waits to be approved.
    let rules = ROOMS * (3 * FAMILIAR + MUTED) * size_of::<(UserId, u64)>() * TREE;
    let held = ROOMS * HELD * (ENTRY_FIXED_BYTES + TEXT_BYTES);
    // What is remembered of people, and who goes on at the addresses of those who were sent away: no more than are known in all.
    let standings = STANDINGS * 8 * size_of::<u64>() * TREE + (MARKS + USERS) * 8 * size_of::<u64>() * TREE;
    // An order is no longer than a message, and escapes may double it.
    let audit = AUDIT * (ENTRY_FIXED_BYTES + 2 * TEXT_BYTES);
    // Tallies, as they are and as they were told last.
    let reaction = SHARED + TOKEN_CHARS * CHAR + 2 * size_of::<(Token, u64)>() * TREE;
    let tallies = ROOMS * REACTIONS * reaction;
    // People: a name, four buckets, a place among those who are away, and the flags.
    let person = SHARED + USER_NAME_CHARS * CHAR + (size_of::<UserName>() + 16 * size_of::<u64>()) * TREE;
    let people = USERS * person;
    // Connections in the hub: the connection, its place beside its user's others, its place in its room, by id and by name, its lease.
    let conns = CONNECTIONS * 20 * size_of::<u64>() * TREE;

    entries
        + controls
        + handles
        + remembered
        + givers
        + voters
        + board
        + rules
        + held
        + standings
        + audit
        + tallies
        + people
        + conns
};

/// The names of an entry's frame, its numbers and what punctuation JSON adds to the text, in bytes.
const FRAME_FIXED_BYTES: usize = 192;

/// What may wait on one connection before it is closed, in bytes: places in its queue. The texts behind them are shared with the other
/// receivers, and cost their senders' rate; answers stop at [`QUEUE_HIGH`], as the connection is not read any more.
pub const QUEUED_BYTES: usize = DIRECT_FRAMES * 64;

const _: () = assert!(TABLE_BYTES < 8 * 1024 * 1024 * 1024);
/// An empty text finds the bound of a log's entries, not that of its bytes.
const _: () = assert!(RING_BYTES / ENTRY_FIXED_BYTES >= RING_ENTRIES);
/// What a phone sees in the log, and may send again, is still known by its id.
const _: () = assert!(REMEMBERED_IDS >= RING_ENTRIES);
const _: () = assert!(HISTORY_ENTRIES <= RING_ENTRIES && CONTROL_ENTRIES <= RING_ENTRIES);
const _: () = assert!(SEATS as usize <= STANDINGS);
const _: () = assert!(WELCOME_ROOMS <= ROOMS && USER_CONNECTIONS <= CONNECTIONS && CONNECTIONS < USERS);
const _: () = assert!(INBOX_BATCH <= INBOX && COMMAND_BATCH <= COMMANDS);
