//! Every bound in one place, with its reason. Fixed capacities are constants; what an organizer may turn is in [`Limits`].

use serde::{Deserialize, Serialize};

/// A room's name, in characters: it is shown in lists on a phone.
pub const ROOM_NAME_CHARS: usize = 40;
/// A person's name, in characters.
pub const USER_NAME_CHARS: usize = 32;
/// A message id, in characters: a UUID has 36.
pub const MSG_ID_CHARS: usize = 64;
/// A gift's name or a reaction, in characters: the longest emoji sequences have about ten.
pub const TOKEN_CHARS: usize = 24;

/// What an entry costs besides its own text, in bytes: the handle, the numbers, and one encoded frame's fixed part.
pub const ENTRY_FIXED_BYTES: usize = 256;
/// Entries that a room's log keeps at most.
pub const RING_ENTRIES: usize = 2048;
/// Control entries that are kept for members who fall behind.
pub const CONTROL_ENTRIES: usize = 128;
/// Rooms at once.
pub const ROOMS: usize = 256;
/// Connections at once, of all kinds.
pub const CONNECTIONS: usize = 12_288;
/// Connections of one user at once: a private message goes to each of them.
pub const USER_CONNECTIONS: usize = 64;
/// Users who are known: those who have a connection, and those whose rate limits still count.
pub const USERS: usize = CONNECTIONS + 8192;
/// People in a room whose gifts are counted against the budget.
pub const GIVERS: usize = 4096;
/// Refusals for their rate that a user may collect at once before the connection is closed as flooding.
pub const REFUSAL_BURST: u32 = 1000;
/// The same a second in the long run.
pub const REFUSAL_RATE: f64 = 10.0;
/// Frames that wait for one connection alone.
pub const DIRECT_FRAMES: usize = 512;
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
    /// From a request's first byte to the end of its head, in milliseconds: a dripping client holds a descriptor.
    pub head_timeout_ms: u64,
    /// From the end of a request's head to the end of its body, in milliseconds.
    pub body_timeout_ms: u64,
    /// A kept-alive HTTP connection without a request, in milliseconds.
    pub idle_timeout_ms: u64,
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
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
}

/// A number, or `off` for no bound.
mod or_off {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Value {
        Number(u32),
        Switch(bool),
        Word(String),
    }

    pub(super) fn serialize<S: Serializer>(cap: &Option<u32>, serializer: S) -> Result<S::Ok, S::Error> {
        match *cap {
            Some(number) => Value::Number(number),
            None => Value::Word("off".to_owned()),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
        match Value::deserialize(deserializer) {
            Ok(Value::Number(number)) => Ok(Some(number)),
            Ok(Value::Switch(false)) => Ok(None),
            Ok(Value::Word(word)) if word == "off" => Ok(None),
            _ => Err(D::Error::custom("expected a whole number, or off")),
        }
    }
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
            text_bytes: 8 * 1024,
            gift_count: 99,
            gift_budget: 0,
            ring_bytes: 2 * 1024 * 1024,
            latest_ms: 250,
            poll_lease_ms: 60_000,
            connections: 12_288,
            per_address: Some(64),
            message_bytes: 64 * 1024,
            payload_bytes: 256 * 1024,
            head_bytes: 16 * 1024,
            head_timeout_ms: 10_000,
            body_timeout_ms: 10_000,
            idle_timeout_ms: 75_000,
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
            workers: 0,
        }
    }
}
