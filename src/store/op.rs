//! The messages between the driver and the store's writing thread: operations to store, and events about commits. `limits::STORE_QUEUE` and
//! `limits::STORE_EVENTS` bound their queues.

use std::sync::Arc;

use crate::room::{Entry, Epoch, EpochHistory, Hide, Key, RoomName, Seq, StoredValue};

/// An operation that changes the stored state: a new entry, a hidden one, a value, a wiped room.
#[derive(Clone, Debug)]
pub enum Op {
    /// Appends an entry to a room's log.
    Append(Arc<Entry>),
    /// Sets a stored value, or deletes it (`None`).
    Persist(Key, Option<StoredValue>),
    /// Hides entries. They stay in the file, but no view shows them.
    Hide {
        /// Room of the entries.
        room: RoomName,
        /// Epoch of the entries.
        epoch: Epoch,
        /// The entry, or the author of the entries, to hide.
        what: Hide,
        /// Number of the last entry that may be hidden.
        to: Seq,
        /// Numbers of the entries whose originals the hub has; the writer reports those of the others ([`Event::HiddenOlder`]).
        known: Box<[Seq]>,
    },
    /// Shows a hidden entry again, by its original content.
    Reveal(Arc<Entry>),
    /// Overwrites an entry with its new content; nothing of the old one stays in the file.
    Amend(Arc<Entry>),
    /// Closes a room. Its entries stay for an export, and a new room with the same name starts empty.
    Close(RoomName),
    /// Parks a room: deletes its values, keeps its entries.
    Park(RoomName),
}

/// A notice from the writer's thread to the driver.
#[derive(Debug)]
pub enum Event {
    /// All jobs up to this number are committed to disk.
    Committed(u64),
    /// Commits fail; the writer keeps trying.
    Failing,
    /// The disk works again after failed commits.
    Working,
    /// Old entries were removed because of their age, their number or the file's size.
    Pruned {
        /// Room of the entries.
        room: RoomName,
        /// Epoch of the entries.
        epoch: Epoch,
        /// Number of the oldest remaining entry.
        oldest: Seq,
    },
    /// Entries were hidden that the log in memory no longer had.
    HiddenOlder {
        /// Room of the entries.
        room: RoomName,
        /// Epoch of the entries.
        epoch: Epoch,
        /// Number of the newest entry that may have been hidden with them.
        to: Seq,
        /// The originals of the newest ones, oldest first; at most [`crate::limits::UNHIDE`] with those that the hub has.
        originals: Vec<Arc<Entry>>,
    },
    /// `chatterbox wipe` requests that the server removes all messages.
    WipeWanted,
}

/// A job for the store's writing thread: operations to commit, a wipe, or the end.
pub(super) enum Job {
    /// Stores the operations of one input in a single transaction.
    Write { number: u64, ops: Vec<Op> },
    /// Removes all messages and names; `number` is the job's place in the order of commits.
    Wipe { number: u64 },
    /// Ends the writer. `whole` tells whether every broadcast entry was sent to it.
    End { whole: bool },
}

impl Job {
    /// The operations of a write job; empty for other jobs.
    pub(super) fn ops(&self) -> &[Op] {
        match self {
            Self::Write { ops, .. } => ops,
            Self::Wipe { .. } | Self::End { .. } => &[],
        }
    }
}

/// Rows that the writer stores before its first job: new epochs of the restored rooms.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// New epochs of rooms, by the id of the room's row.
    pub(super) epochs: Vec<(i64, EpochHistory)>,
}
