//! The driver's handle to the store: sends changes to the writing thread, and counts those that are not committed yet. Bounded by
//! [`limits::STORE_QUEUE`] operations and [`limits::STORE_QUEUE_BYTES`]; beyond that, senders are refused.

use std::{collections::VecDeque, sync::mpsc::Sender};

use super::{
    op::{Event, Job, Op},
    pending::Pending,
};
use crate::{
    limits,
    room::{Key, StoredValue},
};

/// The driver's handle to the store's writer: the queue of uncommitted jobs, and whether a new job will be durable.
pub struct Journal {
    jobs: Sender<Job>,
    issued: u64,
    waiting: VecDeque<Waiting>,
    ops: usize,
    bytes: usize,
    failing: bool,
    /// Whether every broadcast entry was sent to the writer.
    whole: bool,
    pending: Pending,
}

struct Waiting {
    number: u64,
    ops: usize,
    bytes: usize,
    since_ms: u64,
    /// Time without a commit after which the disk counts as stuck, in milliseconds.
    patience_ms: u64,
}

impl Journal {
    pub(super) fn new(jobs: Sender<Job>, failing: bool, pending: Pending) -> Self {
        Self {
            jobs,
            issued: 0,
            waiting: VecDeque::new(),
            ops: 0,
            bytes: 0,
            failing,
            whole: true,
            pending,
        }
    }

    /// Queues operations for the writer. Returns the job's number, or `None` if a commit can't be promised. While the disk fails,
    /// operations beyond the queue's limit are dropped.
    pub fn write(&mut self, now_ms: u64, ops: Vec<Op>) -> Option<u64> {
        // Operations that can't be refused (names, the organizer's messages) may exceed the bound of the senders twice.
        let crowded = self.ops >= 2 * limits::STORE_QUEUE || self.bytes >= 2 * limits::STORE_QUEUE_BYTES;
        if crowded || !self.is_durable(now_ms) && self.is_full() {
            self.whole = false;
            self.pending.note(None, &ops);
            return None;
        }
        let bytes = ops.iter().map(weight).sum();
        let number = self.note(now_ms, ops.len(), bytes, limits::STORE_STALL_MS);
        self.pending.note(Some(number), &ops);
        self.send(Job::Write { number, ops });
        self.is_durable(now_ms).then_some(number)
    }

    /// Queues the removal of everything stored so far. Returns the job's number.
    pub fn wipe(&mut self, now_ms: u64) -> u64 {
        let number = self.note(now_ms, 0, 0, limits::STORE_WIPE_MS);
        self.send(Job::Wipe { number });
        number
    }

    /// Ends the writer after all queued jobs.
    pub fn end(&mut self) {
        let whole = self.whole;
        self.send(Job::End { whole });
    }

    /// Number of the newest job that was sent to the writer.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Total size of the uncommitted operations, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the queue is full, so that senders must wait.
    pub fn is_full(&self) -> bool {
        self.ops >= limits::STORE_QUEUE || self.bytes >= limits::STORE_QUEUE_BYTES
    }

    /// Whether the queue has no room for a text of `bytes`. Long texts may use only [`limits::STORE_LONG_BYTES`] of it, to leave room for short ones.
    pub fn is_full_for(&self, bytes: usize) -> bool {
        self.is_full() || bytes > limits::UNCOUNTED_BYTES && self.bytes >= limits::STORE_LONG_BYTES
    }

    /// Whether an operation queued now will be committed before its acknowledgement: the disk works and is not stuck.
    pub fn is_durable(&self, now_ms: u64) -> bool {
        !self.failing && self.stalls_at_ms().is_none_or(|at_ms| now_ms < at_ms)
    }

    /// The time when the disk will count as stuck if no commit comes before; `None` without uncommitted jobs.
    pub fn stalls_at_ms(&self) -> Option<u64> {
        let oldest = self.waiting.front()?;
        Some(oldest.since_ms + oldest.patience_ms)
    }

    /// Whether every accepted operation was sent to the writer.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether all jobs are committed.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Updates the queue after an event of the writer.
    pub fn heard(&mut self, now_ms: u64, event: &Event) {
        match event {
            Event::Committed(number) => {
                self.pending.committed(*number);
                let mut was_long = false;
                while let Some(waiting) = self.waiting.pop_front_if(|waiting| waiting.number <= *number) {
                    self.ops -= waiting.ops;
                    self.bytes -= waiting.bytes;
                    was_long |= waiting.patience_ms > limits::STORE_STALL_MS;
                }
                // The timeout of jobs after a wipe starts now.
                if was_long {
                    let waiting = self.waiting.iter_mut();
                    waiting.for_each(|waiting| waiting.since_ms = waiting.since_ms.max(now_ms));
                }
            }
            Event::Failing => self.failing = true,
            Event::Working => self.failing = false,
            Event::Pruned { .. } | Event::HiddenOlder { .. } | Event::WipeWanted => {}
        }
    }

    fn note(&mut self, now_ms: u64, ops: usize, bytes: usize, patience_ms: u64) -> u64 {
        self.issued += 1;
        self.ops += ops;
        self.bytes += bytes;
        self.waiting.push_back(Waiting {
            number: self.issued,
            ops,
            bytes,
            since_ms: now_ms,
            patience_ms,
        });
        self.issued
    }

    fn send(&mut self, job: Job) {
        // The writer ends only at `Job::End`.
        self.failing |= self.jobs.send(job).is_err();
    }
}

/// Whether jobs are committed at once, regardless of the write budget: they are large ([`limits::STORE_GROUP_BYTES`]), or an operator, who gives
/// few commands, waits for one.
pub(super) fn is_urgent(jobs: &[Job]) -> bool {
    let is_command = |op: &Op| matches!(op, Op::Persist(Key::Audit(_), _));
    let mut ops = jobs.iter().flat_map(Job::ops);
    let mut bytes = 0;
    ops.any(|op| {
        bytes += weight(op);
        bytes >= limits::STORE_GROUP_BYTES || is_command(op)
    })
}

fn weight(op: &Op) -> usize {
    match op {
        Op::Append(entry) | Op::Reveal(entry) | Op::Amend(entry) => entry.weight(),
        Op::Persist(_, value) => value.as_ref().map_or(0, StoredValue::weight) + limits::ENTRY_FIXED_BYTES,
        Op::Hide { .. } | Op::Close(_) | Op::Park(_) => limits::ENTRY_FIXED_BYTES,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::room::RoomName;

    fn ops() -> Vec<Op> {
        vec![Op::Close(RoomName::new("hall").unwrap()); 64]
    }

    #[test]
    fn long_messages_leave_short_ones_a_place() {
        let (jobs, _work) = mpsc::channel();
        let mut journal = Journal::new(jobs, false, Pending::default());
        let long = limits::UNCOUNTED_BYTES + 1;
        while !journal.is_full_for(long) {
            journal.write(0, ops()).expect("the disk is only slow");
        }
        assert!((limits::STORE_LONG_BYTES..2 * limits::STORE_LONG_BYTES).contains(&journal.bytes()));
        assert!(!journal.is_full_for(limits::UNCOUNTED_BYTES) && !journal.is_full());
    }

    #[test]
    fn the_queue_is_bounded_and_a_stuck_disk_counts_as_failed() {
        let (jobs, work) = mpsc::channel();
        let mut journal = Journal::new(jobs, false, Pending::default());
        let mut numbers = 0;
        while !journal.is_full() {
            numbers = journal.write(0, ops()).expect("the disk is only slow");
        }
        assert_eq!(numbers, limits::STORE_QUEUE as u64 / 64);
        assert!(journal.write(1, ops()).is_some(), "what can't be refused finds a place");
        let stuck_ms = limits::STORE_STALL_MS;
        assert!(journal.is_durable(stuck_ms - 1) && !journal.is_durable(stuck_ms));
        assert_eq!(journal.write(stuck_ms, ops()), None);
        assert!(!journal.is_whole(), "something is left out");
        assert_eq!(work.try_iter().count() as u64, numbers + 1);

        journal.heard(stuck_ms, &Event::Committed(numbers));
        assert!(!journal.is_full() && !journal.is_done());
        journal.heard(stuck_ms, &Event::Committed(numbers + 1));
        assert!(journal.is_done() && journal.is_durable(stuck_ms));
        journal.heard(stuck_ms, &Event::Failing);
        assert_eq!(
            journal.write(stuck_ms, ops()),
            None,
            "it is kept, but nothing is promised"
        );
        assert!(!journal.is_done());
        journal.heard(stuck_ms, &Event::Working);
        assert!(journal.is_durable(stuck_ms));
    }

    #[test]
    fn a_wipe_and_the_jobs_behind_it_have_a_longer_timeout() {
        let (jobs, _work) = mpsc::channel();
        let mut journal = Journal::new(jobs, false, Pending::default());
        let wiped = journal.wipe(0);
        let behind = journal.write(1, ops()).expect("the disk is only slow");
        let long_ms = limits::STORE_WIPE_MS;
        assert!(journal.is_durable(long_ms - 1) && !journal.is_durable(long_ms));
        journal.heard(long_ms - 1, &Event::Committed(wiped));
        assert!(journal.is_durable(long_ms), "its own time begins now");
        assert!(!journal.is_durable(long_ms - 1 + limits::STORE_STALL_MS));
        journal.heard(long_ms, &Event::Committed(behind));
        assert!(journal.is_done());
    }
}
