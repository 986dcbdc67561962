//! Limits of the memory budget (the bytes that clients can make the server hold): what each thing counts, and the share of each purpose.
//! [`crate::memory`] describes which parts give up memory first.

/// Memory of the server that does not grow with clients, in bytes: program, pages, SQLite's caches, threads.
pub const MEMORY_FIXED_BYTES: usize = 32 * 1024 * 1024;
/// Smallest memory budget derived from the machine, in bytes: enough for a hundred phones and a room.
pub const MEMORY_LEAST_BYTES: usize = 32 * 1024 * 1024;
/// Smallest memory budget that may be configured, in MiB.
pub const MEMORY_LEAST_MIB: u64 = 16;
/// Fixed overhead of one counted allocation in bytes, for reference counts and a ticket. A further eighth of its size is added for the
/// allocator's size classes.
pub const MEMORY_OVERHEAD: usize = 96;
/// Memory of an idle connection in bytes: 19 kB for a Socket.IO connection, most of it in the library, or the buffer of a request's head.
pub const CONNECTION_BYTES: usize = 20 * 1024;
/// Additional memory of a polling session, in bytes: about 9 kB in the library.
pub const SESSION_BYTES: usize = 10 * 1024;
/// Memory of a member in the hub and its fan-out, in bytes. A connection may have several members, and a polling lease has no connection of its own.
pub const MEMBER_BYTES: usize = 1024;
/// Memory of a remembered message id, in bytes: its text twice in a B-tree and once in the queue of ids.
pub const DEDUP_ID_BYTES: usize = 256;
/// Divisor of the memory budget for the state that is read from disk at the start: a quarter.
pub const RESTORE_SHARE: usize = 4;
/// Divisor of the memory budget for connections and sessions: a half. The other half is for messages.
pub const CONNECTIONS_SHARE: usize = 2;
/// Divisor of the memory budget for polling sessions without a namespace: a sixteenth.
pub const HALF_OPEN_SHARE: usize = 16;
/// Divisor of the memory budget for incoming messages and bodies: an eighth.
pub const REQUESTS_SHARE: usize = 8;
/// Size in bytes up to which a message on its way to the hub is not counted; [`super::INBOX`] of them take 8 MiB.
pub const UNCOUNTED_BYTES: usize = 512;
/// Size in bytes up to which an unfinished message is not counted and a body is not refused; it is included in the cost of a connection.
pub const UNFINISHED_BYTES: usize = 4 * 1024;
/// Divisor of the memory budget for all approval queues together: an eighth.
pub const APPROVAL_SHARE: usize = 8;
/// Divisor of the free memory budget for one connection's queue of direct messages: a sixteenth.
pub const DIRECT_SHARE: usize = 16;
/// Largest size of one connection's queue of direct messages, in bytes: dozens of the longest texts.
pub const DIRECT_BYTES: usize = 2 * 1024 * 1024;
/// Size in bytes of a connection's queue of direct messages at which the server stops reading from it.
pub const DIRECT_HIGH_BYTES: usize = 256 * 1024;
/// Size in bytes of a connection's queue of direct messages at which the server reads from it again.
pub const DIRECT_LOW_BYTES: usize = 64 * 1024;
/// Sixteenths of the memory budget in use at which the logs start to drop their oldest entries.
pub const SHED_ABOVE: usize = 14;
/// Sixteenths of the memory budget in use at which the logs stop dropping entries.
pub const SHED_TO: usize = 13;
/// Number of entries that the logs drop in one go, because the hub must handle other inputs, too.
pub const SHED_ENTRIES: usize = 1024;
/// Interval between two checks of memory use, in milliseconds, in which a network delivers a few MB.
pub const MEMORY_MS: u64 = 10;
/// Interval between two log lines about dropped entries, in milliseconds.
pub const SHED_SAID_MS: u64 = 60_000;

const _: () = assert!(SHED_TO < SHED_ABOVE && SHED_ABOVE < 16);
const _: () = assert!(DIRECT_LOW_BYTES < DIRECT_HIGH_BYTES && DIRECT_HIGH_BYTES < DIRECT_BYTES);
