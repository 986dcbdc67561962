//! The machine as the driver uses it, right or with one planted bug.

use super::{
    super::{Durability, JournalState, Promise, Released, Written},
    Sent, Step,
    model::{CAPACITY, Model},
};
use crate::{
    driver::reply_queue::{CommitResult, Ready, Wait},
    room::ConnId,
};

/// A mistake that the machine or its use could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A commit counts for the operation after it, too.
    CommitsTooMuch,
    /// A commit does not count for its last operation.
    CommitsTooLittle,
    /// Answers go on waiting when the disk fails.
    FailureIgnored,
    /// They leave as if they were stored.
    FailureSaysStored,
    /// A failure counts as a commit of what was issued.
    FailureCommits,
    /// A commit says "in memory".
    CommitSaysInMemory,
    /// A repeated input is acknowledged at once.
    RepeatAtOnce,
    /// A repeated input counts on an operation that was left out.
    RepeatOfLeftOut,
    /// A repeated input counts on a disk that fails.
    RepeatOnFailingDisk,
    /// Operations without a promise are not counted among the issued ones.
    UnpromisedUncounted,
    /// Answers leave without their commit.
    NoWait,
    /// An update overtakes the answers ahead of it.
    Overtakes,
    /// Updates of one connection leave in the wrong order.
    Reversed,
    /// The end of a connection is ignored.
    EndIgnored,
    /// The bound is one too high.
    BoundTooHigh,
    /// The bound is one too low.
    BoundTooLow,
    /// A connection goes on after its overflow, with a gap.
    GapAfterOverflow,
    /// A page goes to another connection.
    PageElsewhere,
    /// Answers to HTTP requests are lost in a failure.
    RequestLost,
}

impl Bug {
    /// Each once.
    pub const ALL: [Self; 19] = [
        Self::CommitsTooMuch,
        Self::CommitsTooLittle,
        Self::FailureIgnored,
        Self::FailureSaysStored,
        Self::FailureCommits,
        Self::CommitSaysInMemory,
        Self::RepeatAtOnce,
        Self::RepeatOfLeftOut,
        Self::RepeatOnFailingDisk,
        Self::UnpromisedUncounted,
        Self::NoWait,
        Self::Overtakes,
        Self::Reversed,
        Self::EndIgnored,
        Self::BoundTooHigh,
        Self::BoundTooLow,
        Self::GapAfterOverflow,
        Self::PageElsewhere,
        Self::RequestLost,
    ];
}

/// An update's serial number, and whether it says "in memory".
type Update = (u32, bool);

/// The machine under test.
#[derive(Clone)]
pub struct Subject {
    machine: Durability<Update, Update>,
    bug: Option<Bug>,
    promised: u64,
}

impl Subject {
    pub fn new(bug: Option<Bug>) -> Self {
        let capacity = match bug {
            Some(Bug::BoundTooHigh) => CAPACITY + 1,
            Some(Bug::BoundTooLow) => CAPACITY - 1,
            _ => CAPACITY,
        };
        Self {
            machine: Durability::new(capacity),
            bug,
            promised: 0,
        }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    pub fn overflowed(&self) -> Vec<u64> {
        self.machine.overflowed().iter().map(|conn| conn.0).collect()
    }

    /// Takes a step in the world `before` it. Returns what leaves, by connection.
    pub fn take(&mut self, step: Step, before: &Model) -> Vec<Sent> {
        let mut sent = match step {
            Step::Store(conn) => self.input(Some(conn), before, written(before.works), false, 1),
            Step::Request => self.input(None, before, written(before.works), false, 1),
            Step::LeaveOut(conn) => self.input(Some(conn), before, Written::Unpromised, false, 0),
            Step::Repeat(conn) => self.input(Some(conn), before, Written::Nothing, true, 0),
            Step::Update(conn) => self.push(conn, Wait::Turn, (before.serial, false)),
            Step::LookUp(conn) => self.push(conn, Wait::Page(before.serial.into()), (before.serial, false)),
            Step::End(conn) => {
                if !self.has(Bug::EndIgnored) {
                    self.machine.forget(ConnId(conn));
                }
                Vec::new()
            }
            Step::CommitOne => self.commit(before.on_disk + 1),
            Step::CommitAll => self.commit(before.issued),
            Step::Read => {
                let (page, conn) = before.pages[0];
                let conn = if self.has(Bug::PageElsewhere) { 3 - conn } else { conn };
                updates(self.machine.fill(ConnId(conn), page, |_| {}))
            }
            Step::Turn => Vec::new(),
            Step::Look => self.look(before),
        };
        if self.has(Bug::Reversed) {
            sent.reverse();
        }
        sent.sort_by_key(|&(conn, ..)| conn);
        sent
    }

    fn input(&mut self, conn: Option<u64>, before: &Model, written: Written, repeats: bool, ops: u64) -> Vec<Sent> {
        if written == Written::Promised {
            self.promised = before.issued + ops;
        }
        let journal = JournalState {
            issued: match self.has(Bug::UnpromisedUncounted) {
                true => self.promised,
                false => before.issued + ops,
            },
            durable: before.works || self.has(Bug::RepeatOnFailingDisk),
            whole: before.whole || self.has(Bug::RepeatOfLeftOut),
        };
        let (wait, in_memory) = match self.machine.promise(written, repeats, journal) {
            Promise::After(_) if self.has(Bug::NoWait) => (Wait::Turn, false),
            Promise::After(_) if repeats && self.has(Bug::RepeatAtOnce) => (Wait::Turn, false),
            Promise::After(wait) => (wait, false),
            Promise::InMemory => (Wait::Turn, true),
        };
        let update = (before.serial, in_memory);
        match (conn, wait) {
            (Some(conn), _) => self.push(conn, wait, update),
            (None, Wait::Commit(number)) => {
                self.machine.push_request(number, update);
                Vec::new()
            }
            (None, Wait::Turn | Wait::Page(_)) => vec![(None, update.0, update.1)],
        }
    }

    fn push(&mut self, conn: u64, wait: Wait, update: Update) -> Vec<Sent> {
        if wait == Wait::Turn && self.has(Bug::Overtakes) {
            return vec![(Some(conn), update.0, update.1)];
        }
        let sent = self.machine.push(ConnId(conn), wait, update);
        if self.has(Bug::GapAfterOverflow) && self.machine.overflowed.contains(&ConnId(conn)) {
            self.machine.overflowed.clear();
        }
        sent.map(|update| (Some(conn), update.0, update.1))
            .into_iter()
            .collect()
    }

    fn commit(&mut self, number: u64) -> Vec<Sent> {
        let number = match self.bug {
            Some(Bug::CommitsTooMuch) => number + 1,
            Some(Bug::CommitsTooLittle) => number - 1,
            _ => number,
        };
        let mut sent = released(self.machine.commit(number));
        if self.has(Bug::CommitSaysInMemory) {
            sent.iter_mut().for_each(|(_, _, in_memory)| *in_memory = true);
        }
        sent
    }

    fn look(&mut self, before: &Model) -> Vec<Sent> {
        if !self.machine.set_durable(before.works) || before.works || self.has(Bug::FailureIgnored) {
            return Vec::new();
        }
        if self.has(Bug::FailureCommits) {
            return released(self.machine.commit(before.issued));
        }
        let mut sent = released(self.machine.fail());
        if self.has(Bug::FailureSaysStored) {
            sent.iter_mut().for_each(|(_, _, in_memory)| *in_memory = false);
        }
        if self.has(Bug::RequestLost) {
            sent.retain(|(conn, ..)| conn.is_some());
        }
        sent
    }
}

fn written(works: bool) -> Written {
    match works {
        true => Written::Promised,
        false => Written::Unpromised,
    }
}

fn updates(ready: Vec<Ready<Update>>) -> Vec<Sent> {
    let told = |(conn, (serial, in_memory), outcome): Ready<Update>| {
        (Some(conn.0), serial, in_memory || outcome == CommitResult::InMemory)
    };
    ready.into_iter().map(told).collect()
}

fn released(released: Released<Update, Update>) -> Vec<Sent> {
    let requests = released.requests.into_iter();
    let requests =
        requests.map(|((serial, in_memory), outcome)| (None, serial, in_memory || outcome == CommitResult::InMemory));
    requests.chain(updates(released.updates)).collect()
}
