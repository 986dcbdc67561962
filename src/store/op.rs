//! The messages between the driver, the journal and the writer's thread.

use std::sync::Arc;

use crate::room::{Entry, Epoch, EpochHistory, Hide, Key, RoomName, Seq, StoredValue};

/// One operation on the stored state.
#[derive(Clone, Debug)]
pub enum Op {
    /// An entry of a room's log.
    Append(Arc<Entry>),
    /// Sets a value, or deletes it.
    Persist(Key, Option<StoredValue>),
    /// Hides entries: they stay in the file and are left out of every view.
    Hide {
        /// Room of the entries.
        room: RoomName,
        /// Epoch of the entries.
        epoch: Epoch,
        /// The entry, or the author of several.
        what: Hide,
        /// Last number that is hidden.
        to: Seq,
    },
    /// Shows a hidden entry again.
    Reveal(Arc<Entry>),
    /// Closes a room: its entries stay for an export, and a new room of its name starts empty.
    Close(RoomName),
    /// Parks a room: its values are deleted, its entries stay.
    Park(RoomName),
}

/// A notice of the writer's thread to the driver.
#[derive(Debug)]
pub enum Event {
    /// All jobs up to this number are on disk.
    Committed(u64),
    /// Commits fail; the writer retries.
    Failing,
    /// Commits work again.
    Working,
    /// Old entries were removed, for their age, their number or the file's size.
    Pruned {
        /// Room of the entries.
        room: RoomName,
        /// Epoch of the entries.
        epoch: Epoch,
        /// Number of the oldest entry that is left.
        oldest: Seq,
    },
    /// `chatterbox wipe` asks the server to remove all messages.
    WipeWanted,
}

/// A job for the writer's thread.
pub(super) enum Job {
    /// The operations of one input, stored in one transaction.
    Write { number: u64, ops: Vec<Op> },
    /// Removes all messages.
    Wipe { number: u64 },
    /// The last job; `whole` if every broadcast entry was sent to the writer.
    End { whole: bool },
}

impl Job {
    /// The operations of a write; none of other jobs.
    pub(super) fn ops(&self) -> &[Op] {
        match self {
            Self::Write { ops, .. } => ops,
            Self::Wipe { .. } | Self::End { .. } => &[],
        }
    }
}

/// Rows that are written before the first job.
#[derive(Debug, Default)]
pub(super) struct Setup {
    /// New epochs of rooms, by the row's id.
    pub(super) epochs: Vec<(i64, EpochHistory)>,
}
