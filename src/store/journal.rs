//! The driver's side of the store: what was sent to the writer, and what of it is on disk.

use std::{collections::VecDeque, sync::mpsc::Sender};

use super::{Event, Op, pending::Pending, writer::Job};
use crate::limits;

/// Bounds what waits for the disk, and knows whether it can be relied on.
pub struct Journal {
    jobs: Sender<Job>,
    issued: u64,
    waiting: VecDeque<Waiting>,
    ops: usize,
    bytes: usize,
    failing: bool,
    /// Everything that was broadcast was sent to the writer.
    whole: bool,
    pending: Pending,
}

struct Waiting {
    number: u64,
    ops: usize,
    bytes: usize,
    since_ms: u64,
    /// How long the disk may be busy with it.
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

    /// Has something stored. Returns the number to wait for; none if nothing can be promised. While the disk fails, what finds no
    /// place among what waits for it is left out.
    pub fn write(&mut self, now_ms: u64, ops: Vec<Op>) -> Option<u64> {
        // What may not be refused (names, what the organizer says) finds a place beyond what senders may fill.
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

    /// Has everything removed that was stored before. Returns the number to wait for.
    pub fn wipe(&mut self, now_ms: u64) -> u64 {
        let number = self.note(now_ms, 0, 0, limits::STORE_WIPE_MS);
        self.send(Job::Wipe { number });
        number
    }

    /// Nothing follows.
    pub fn end(&mut self) {
        let whole = self.whole;
        self.send(Job::End { whole });
    }

    /// Whether senders are to wait until the disk has caught up.
    pub fn is_full(&self) -> bool {
        self.ops >= limits::STORE_QUEUE || self.bytes >= limits::STORE_QUEUE_BYTES
    }

    /// Whether what is said now will be on disk before it is acknowledged: the disk works, and has not been busy with the same
    /// thing for too long.
    pub fn is_durable(&self, now_ms: u64) -> bool {
        !self.failing && self.stalls_at_ms().is_none_or(|at_ms| now_ms < at_ms)
    }

    /// From when on the disk is taken for stuck, if nothing is heard from it until then.
    pub fn stalls_at_ms(&self) -> Option<u64> {
        let oldest = self.waiting.front()?;
        Some(oldest.since_ms + oldest.patience_ms)
    }

    /// Whether everything that was accepted was sent to the writer.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether everything that was sent is on disk.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What the writer says.
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
                // What waited behind a wipe has its own time from now on.
                if was_long {
                    let waiting = self.waiting.iter_mut();
                    waiting.for_each(|waiting| waiting.since_ms = waiting.since_ms.max(now_ms));
                }
            }
            Event::Failing => self.failing = true,
            Event::Working => self.failing = false,
            Event::Pruned { .. } | Event::WipeWanted => {}
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
        // The writer ends only when it is told to.
        self.failing |= self.jobs.send(job).is_err();
    }
}

fn weight(op: &Op) -> usize {
    match op {
        Op::Append(entry) => entry.weight(),
        Op::Keep(_, value) => value.as_ref().map_or(0, |value| value.len()) + limits::ENTRY_FIXED_BYTES,
        Op::Hide { .. } | Op::Close(_) => limits::ENTRY_FIXED_BYTES,
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
    fn what_waits_for_a_slow_disk_is_bounded_and_a_stuck_one_is_not_waited_for() {
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
    fn a_wipe_may_take_longer_and_so_may_what_waits_behind_it() {
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
