//! Limits of the store (the database on disk): queues, commits, writes per second, pages, and sizes.

use super::fixed::{ENTRY_FIXED_BYTES, RING_BYTES};

/// Page size of the database file, in bytes. A commit writes whole pages, so small ones wear the card less; a usual message takes an eighth
/// of a page.
pub const STORE_PAGE_BYTES: usize = 512;
/// Number of operations waiting for the disk at which senders are refused as `busy`. Operations that can't be refused may wait up to twice
/// this number.
pub const STORE_QUEUE: usize = 8192;
/// Total size of the operations waiting for the disk at which senders are refused as `busy`, in bytes.
pub const STORE_QUEUE_BYTES: usize = 8 * 1024 * 1024;
/// Total size of long texts (over [`super::UNCOUNTED_BYTES`]) waiting for the disk, in bytes. A slow card writes this in a few tenths of a second,
/// for which all answers wait.
pub const STORE_LONG_BYTES: usize = 1024 * 1024;
/// Bytes per second that commits may write on average, because writing wears the card. A commit that comes too early waits, and takes in
/// later operations.
pub const STORE_BYTES_PER_S: u64 = 24 * 1024;
/// Bytes that commits may write in one burst, so that a lively moment on a quiet evening is acknowledged at the disk's own speed.
pub const STORE_BURST_BYTES: usize = 64 * 1024;
/// Bytes that a commit writes in addition to its pages, because the last block of the file system is only partly filled.
pub const STORE_COMMIT_BYTES: usize = 4096;
/// Longest wait between two commits for the write budget, in milliseconds. It delays acknowledgements by at most this much, which must stay
/// below 250 ms even beside a flood.
pub const STORE_REST_MS: u64 = 220;
/// Weight of waiting entries, in bytes, from which a commit does not wait for the write budget: waiting would save little, and other users'
/// messages would wait longer.
pub const STORE_GROUP_BYTES: usize = 128 * 1024;
/// Time that the disk may spend on one commit, in milliseconds, before the rooms continue without it.
pub const STORE_STALL_MS: u64 = 10_000;
/// Interval between two tries while the disk fails, in milliseconds.
pub const STORE_RETRY_MS: u64 = 1000;
/// Number of entries that are indexed together when the writer is idle. A larger number costs fewer pages for each entry.
pub const STORE_UNPLACED: usize = 256;
/// Number of entries without an index at which they are indexed even if the writer is never idle, because readers must scan them.
pub const STORE_UNPLACED_MOST: usize = 1024;
/// Time without operations after which the writer starts maintenance, in milliseconds.
pub const STORE_IDLE_MS: u64 = 1000;
/// Longest interval between two rounds of maintenance if the writer is never idle, in milliseconds.
pub const STORE_RETAIN_MS: u64 = 10_000;
/// Time that another process (an export, a wipe) may hold the file, in milliseconds.
pub const STORE_BUSY_MS: u64 = 5000;
/// Time that a running server may take to wipe, in milliseconds.
pub const STORE_WIPE_MS: u64 = 30_000;
/// Time that closing the file may take at the end, in milliseconds.
pub const STORE_END_MS: u64 = 5000;
/// Length of the write-ahead log, in pages, at which it is checkpointed into the file.
pub const STORE_WAL_PAGES: usize = 4096;
/// Size to which the file of the write-ahead log is truncated, in bytes.
pub const STORE_WAL_BYTES: usize = 2 * STORE_WAL_PAGES * STORE_PAGE_BYTES;
/// Size of a database file, in pages, up to which it is checked completely after an unclean end; a larger file would take too long.
pub const STORE_CHECKED_PAGES: u64 = 32 * 1024;
/// Number of free pages that stay in the file for later entries.
pub const STORE_FREE_PAGES: u64 = 1024;
/// Number of entries removed in one transaction, for which new messages must wait.
pub const STORE_PRUNE_ENTRIES: u64 = 200;
/// Number of transactions that remove old entries in one round of maintenance.
pub const STORE_PRUNES: usize = 64;
/// Capacity of the channel for events from the store's threads to the driver.
pub const STORE_EVENTS: usize = 64;
/// Number of page requests that may wait for the store's reader.
pub const STORE_READS: usize = 1024;
/// Maximum size of a page of entries, in bytes; the last entry may exceed it.
pub const STORE_READ_BYTES: usize = 128 * 1024;
/// Number of stored entries that a returning client can catch up on; a client that missed more is told how many.
pub const RESUME_ENTRIES: u64 = 10_000;
/// Number of entries in a page for returning clients.
pub const RESUME_PAGE: usize = 100;
/// Number of pages of stored entries that a worker caches for each room, because phones that return together need the same ones.
pub const RESUME_PAGES: usize = 8;
/// Number of answers on one connection that may wait for the disk; more close the connection.
pub const QUEUED_REPLIES: usize = 1024;
/// Number of parked rooms: kept in the store without being loaded, to make room for others; about 200 bytes each.
pub const PARKED_ROOMS: usize = 1024;
/// Number of earlier epochs that a room remembers. Each unclean end of a run starts a new epoch.
pub const EPOCHS: usize = 15;
/// Time before which a clock counts as not set, in milliseconds since 1970 (2026-01-01).
pub const CLOCK_SET_MS: u64 = 1_767_225_600_000;
/// How much the wall clock may deviate from the elapsed time and still be believed, in milliseconds.
pub const CLOCK_DRIFT_MS: u128 = 120_000;
/// Number of bits by which an epoch is shorter than 64, because it is part of every entry that every phone gets.
pub const EPOCH_BITS_LESS: u32 = 24;

/// Memory of the store in bytes: twice the queue for the disk, pages on their way to readers, and SQLite's page cache, 2 MB by default for
/// each of two connections.
pub const STORE_TABLE_BYTES: usize = 2 * STORE_QUEUE_BYTES + STORE_READS * STORE_READ_BYTES + 2 * 2_048_000;

const _: () = assert!(STORE_TABLE_BYTES < 256 * 1024 * 1024);
/// The store's queue is large enough for everything that fits into one room's log.
const _: () = assert!(STORE_QUEUE_BYTES >= RING_BYTES && STORE_QUEUE * ENTRY_FIXED_BYTES <= STORE_QUEUE_BYTES);
/// Maximum size of the file that tells where the server listens, in bytes; its usual content takes a tenth.
pub const RUNNING_BYTES: u64 = 8192;
