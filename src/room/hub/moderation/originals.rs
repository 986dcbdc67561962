//! Originals of a room's hidden messages, so that they can be shown again: the newest `limits::UNHIDE`, and more as far as
//! `limits::UNHIDE_BYTES` allow.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    limits,
    room::{Entry, Seq, UserId},
};

/// Originals of a room's hidden messages, the one hidden first at the front.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Originals {
    kept: VecDeque<Original>,
    bytes: usize,
}

#[derive(Debug)]
struct Original {
    entry: Arc<Entry>,
    /// Number of the entry `hide` that hid the message; 0 if a process before this one hid it.
    hide: Seq,
}

impl Originals {
    /// Keeps the original of a message that is hidden now; the oldest ones make way for it.
    pub(in crate::room::hub) fn keep(&mut self, entry: Arc<Entry>, hide: Seq) {
        self.bytes += entry.size();
        self.kept.push_back(Original { entry, hide });
        self.shrink(limits::UNHIDE_BYTES);
    }

    /// Gives up the oldest originals beyond [`limits::UNHIDE`] until `bytes` suffice. Gives the bytes that are free now.
    pub(in crate::room::hub) fn shrink(&mut self, bytes: usize) -> usize {
        let before = self.bytes;
        while self.kept.len() > limits::UNHIDE
            && self.bytes > bytes
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.entry.size();
        }
        before - self.bytes
    }

    /// Removes and returns the original of a message.
    pub(in crate::room::hub) fn take(&mut self, seq: Seq) -> Option<Arc<Entry>> {
        let at = self.kept.iter().position(|original| original.entry.seq == seq)?;
        let entry = self.kept.remove(at)?.entry;
        self.bytes -= entry.size();
        Some(entry)
    }

    /// Removes and returns the originals of a person's messages: those that the entry `hide` has hidden, or all. What a process before this
    /// one hid counts as hidden by an entry if it is older.
    pub(in crate::room::hub) fn take_of(&mut self, user: UserId, hide: Option<Seq>) -> Vec<Arc<Entry>> {
        let hid =
            |original: &Original, hide| original.hide == hide || (original.hide == 0 && original.entry.seq < hide);
        let wanted =
            |original: &Original| original.entry.from.id == user && hide.is_none_or(|hide| hid(original, hide));
        let all = std::mem::take(&mut self.kept);
        let (theirs, others): (VecDeque<_>, VecDeque<_>) = all.into_iter().partition(wanted);
        self.kept = others;
        let entries: Vec<_> = theirs.into_iter().map(|original| original.entry).collect();
        self.bytes -= entries.iter().map(|entry| entry.size()).sum::<usize>();
        entries
    }

    pub(in crate::room::hub) fn has(&self, seq: Seq) -> bool {
        self.kept.iter().any(|original| original.entry.seq == seq)
    }

    /// The originals, the one hidden first at the front.
    pub(in crate::room::hub) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.kept.iter().map(|original| &original.entry)
    }

    /// Memory of all originals, in bytes.
    pub(in crate::room::hub) fn bytes(&self) -> usize {
        self.bytes
    }
}
