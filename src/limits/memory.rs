//! Bounds of the memory budget ([`crate::memory`] has the order in which things give way).

/// What the server takes before any client comes, and what does not grow with clients, in bytes: program, pages, SQLite's caches, threads.
pub const MEMORY_FIXED_BYTES: usize = 32 * 1024 * 1024;
/// The least budget, in bytes: a hundred phones and a room.
pub const MEMORY_LEAST_BYTES: usize = 32 * 1024 * 1024;
/// The least that may be configured, in MiB.
pub const MEMORY_LEAST_MIB: u64 = 16;
/// What one piece of memory costs besides its bytes and an eighth of them for the allocator's size classes: reference counts and a ticket.
pub const MEMORY_OVERHEAD: usize = 96;
/// What an idle connection costs, in bytes: 19 kB of a Socket.IO connection, most of it the library's, or the buffer of a request's head.
pub const CONNECTION_BYTES: usize = 20 * 1024;
/// What a polling session costs besides, in bytes: about 9 kB in the library.
pub const SESSION_BYTES: usize = 10 * 1024;
/// What a member costs in the hub and its fan-out, in bytes: a connection may have several, and a polling lease has none of its own.
pub const MEMBER_BYTES: usize = 1024;
/// What a remembered id costs, in bytes: its text twice in a B-tree and once in its order.
pub const DEDUP_ID_BYTES: usize = 256;
/// Part of the budget for what is read from disk at the start.
pub const RESTORE_SHARE: usize = 4;
/// Part of the budget for connections and sessions: a half. The rest is for what they say.
pub const CONNECTIONS_SHARE: usize = 2;
/// Part of the budget for polling sessions that have joined nothing.
pub const HALF_OPEN_SHARE: usize = 16;
/// Part of the budget for messages and bodies on their way in.
pub const REQUESTS_SHARE: usize = 8;
/// A message up to so many bytes is not counted on its way to the hub: [`super::INBOX`] of them take 8 MiB.
pub const UNCOUNTED_BYTES: usize = 512;
/// Bytes of an unfinished message that are not counted, and of a body that is not refused: they fit into what a connection costs.
pub const UNFINISHED_BYTES: usize = 4 * 1024;
/// Part of the budget for all messages that wait to be approved.
pub const APPROVAL_SHARE: usize = 8;
/// What waits for one connection alone may take so much of what is free.
pub const DIRECT_SHARE: usize = 16;
/// The same at most, in bytes: dozens of the longest texts.
pub const DIRECT_BYTES: usize = 2 * 1024 * 1024;
/// Bytes that wait for one connection alone from which on its socket is not read, and up to which it is again.
pub const DIRECT_HIGH_BYTES: usize = 256 * 1024;
/// See [`DIRECT_HIGH_BYTES`].
pub const DIRECT_LOW_BYTES: usize = 64 * 1024;
/// Sixteenths of the budget from which on the logs drop their oldest entries.
pub const SHED_ABOVE: usize = 14;
/// Sixteenths of the budget down to which they do.
pub const SHED_TO: usize = 13;
/// Entries that are dropped at once: the hub has other things to do meanwhile.
pub const SHED_ENTRIES: usize = 1024;
/// Between two looks at the memory that is in use, in milliseconds: in that time a network brings a few MB.
pub const MEMORY_MS: u64 = 10;
/// Between two lines in the log that say so, in milliseconds.
pub const SHED_SAID_MS: u64 = 60_000;

const _: () = assert!(SHED_TO < SHED_ABOVE && SHED_ABOVE < 16);
const _: () = assert!(DIRECT_LOW_BYTES < DIRECT_HIGH_BYTES && DIRECT_HIGH_BYTES < DIRECT_BYTES);
