//! Every bound in one place, with its reason. Fixed capacities are constants; what an organizer may turn is in [`Limits`].

use serde::Serialize;

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
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limits {
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
        }
    }
}
