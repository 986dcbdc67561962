//! Bounds of the store.

use super::fixed::{ENTRY_FIXED_BYTES, RING_BYTES};

/// Of its file, in bytes: a commit writes whole pages, so small ones wear the card less; a usual message takes an eighth of one.
pub const STORE_PAGE_BYTES: usize = 512;
/// Entries and values that wait for the disk from which on senders are refused as busy, and twice that for what can't be refused.
pub const STORE_QUEUE: usize = 8192;
/// What they weigh together, in bytes.
pub const STORE_QUEUE_BYTES: usize = 8 * 1024 * 1024;
/// The same for senders of more than [`super::UNCOUNTED_BYTES`]: what a slow card writes in a few tenths of a second. All answers wait
/// behind it.
pub const STORE_LONG_BYTES: usize = 1024 * 1024;
/// What commits may write in the long run, in bytes a second: a card wears. A commit that comes too early waits, and shares.
pub const STORE_BYTES_PER_S: u64 = 24 * 1024;
/// What they may write at once, ahead of that, in bytes: a lively moment of a quiet evening is acknowledged at the disk's own pace.
pub const STORE_BURST_BYTES: usize = 64 * 1024;
/// What a commit writes besides its pages, in bytes: the file system's block at its end is not full.
pub const STORE_COMMIT_BYTES: usize = 4096;
/// The longest wait for that between two commits, in milliseconds: an acknowledgement takes so much longer at most, and a neighbour of a
/// flood is to have it within 250 ms.
pub const STORE_REST_MS: u64 = 220;
/// What waits for the disk, by the weight of its entries, from which on a commit does not rest, in bytes: to share it saves little, and a
/// neighbour of a flood would wait for the rest and for a commit that is the larger for it.
pub const STORE_GROUP_BYTES: usize = 128 * 1024;
/// How long the disk may be busy with one commit, in milliseconds, until the rooms go on without it.
pub const STORE_STALL_MS: u64 = 10_000;
/// Between two tries while the disk fails, in milliseconds.
pub const STORE_RETRY_MS: u64 = 1000;
/// Entries that are put into the index of places together, when the writer looks after its file: the more, the fewer pages each costs.
pub const STORE_UNPLACED: usize = 256;
/// The same if there is always something to write: a reader looks through all that are not in it.
pub const STORE_UNPLACED_MOST: usize = 1024;
/// After so long without anything to write the writer looks after its file, in milliseconds.
pub const STORE_IDLE_MS: u64 = 1000;
/// The same at most if there is always something to write.
pub const STORE_RETAIN_MS: u64 = 10_000;
/// How long another process (an export, a wipe) may hold the file, in milliseconds.
pub const STORE_BUSY_MS: u64 = 5000;
/// How long a running server may take to wipe, in milliseconds.
pub const STORE_WIPE_MS: u64 = 30_000;
/// How long the file may take to be closed at the end, in milliseconds.
pub const STORE_END_MS: u64 = 5000;
/// Pages of the write-ahead log from which on it is brought into the file.
pub const STORE_WAL_PAGES: usize = 4096;
/// What the log's file keeps of its size, in bytes.
pub const STORE_WAL_BYTES: usize = 2 * STORE_WAL_PAGES * STORE_PAGE_BYTES;
/// A file of so many pages is checked as a whole after an end in disorder; a larger one takes too long.
pub const STORE_CHECKED_PAGES: u64 = 32 * 1024;
/// Free pages that stay in the file for what comes next.
pub const STORE_FREE_PAGES: u64 = 1024;
/// Entries that are removed in one transaction: live ones wait for it.
pub const STORE_PRUNE_ENTRIES: u64 = 200;
/// Such transactions in one look.
pub const STORE_PRUNES: usize = 64;
/// What the store's threads tell the driver, waiting.
pub const STORE_EVENTS: usize = 64;
/// Pages that are wanted at once.
pub const STORE_READS: usize = 1024;
/// What one page may weigh, in bytes; one more entry may exceed it.
pub const STORE_READ_BYTES: usize = 128 * 1024;
/// Entries that a returning client gets from the disk, in pages; a client further behind is told how many are missing.
pub const RESUME_ENTRIES: u64 = 10_000;
/// Entries in one such page.
pub const RESUME_PAGE: usize = 100;
/// Such pages of a room that a worker has at hand: phones that come back together want the same ones.
pub const RESUME_PAGES: usize = 8;
/// Answers that wait for the disk on one connection; more close it.
pub const QUEUED_REPLIES: usize = 1024;
/// Rooms that made way for others and open again with what is stored of them; some 200 bytes each.
pub const PARKED_ROOMS: usize = 1024;
/// EpochHistory before that a room remembers: runs that ended in disorder while it was there.
pub const EPOCHS: usize = 15;
/// A clock that says less (2026-01-01) is not set.
pub const CLOCK_SET_MS: u64 = 1_767_225_600_000;
/// What the clock may differ from the time that has passed, in milliseconds, and still be believed.
pub const CLOCK_DRIFT_MS: u128 = 120_000;
/// Bits that an epoch has less than 64: it stands in every entry that every phone gets.
pub const EPOCH_BITS_LESS: u32 = 24;

/// What the store may take in memory, in bytes: what waits for the disk, twice when it can't be refused; pages on their way to those who
/// wanted them; SQLite's own cache of pages, 2 MB by default for each of two connections.
pub const STORE_TABLE_BYTES: usize = 2 * STORE_QUEUE_BYTES + STORE_READS * STORE_READ_BYTES + 2 * 2_048_000;

const _: () = assert!(STORE_TABLE_BYTES < 256 * 1024 * 1024);
/// An entry that was refused for want of space would have found some in its room's log.
const _: () = assert!(STORE_QUEUE_BYTES >= RING_BYTES && STORE_QUEUE * ENTRY_FIXED_BYTES <= STORE_QUEUE_BYTES);
/// Of the file that tells where the server listens, in bytes: an event's name, a host's name and an address take a tenth of it.
pub const RUNNING_BYTES: u64 = 8192;
