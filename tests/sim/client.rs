//! One member as the model sees it: what must come next, and the account of what came.

use std::{collections::VecDeque, sync::Arc};

use crate::{model::Room, same};
use chatterbox::room::{Entry, Gap, Seq, UserId};

/// What a member was given.
#[derive(Clone, Debug)]
pub enum Item {
    /// Nothing is due.
    Idle,
    Gap(Gap),
    Entry(Arc<Entry>),
    /// An older entry, from the store.
    Stored(Arc<Entry>),
    /// A frame for this member alone, by number.
    Direct(u64),
    /// The fan-out wrote a run of the log up to here; what is left of it skips the member.
    Passed(Seq),
}

#[derive(Debug, PartialEq)]
enum Due {
    Idle,
    Gap(Gap),
    Entry(Seq),
    Direct(u64),
}

/// A gap that was told, and the control entries in it that are still to come.
#[derive(Debug)]
struct Hole {
    to: Seq,
    promised: VecDeque<Seq>,
}

/// *received + missed = sent*: what each number after `start` became.
#[derive(Debug, Default)]
struct Account {
    start: Seq,
    received: u64,
    missed: u64,
    /// Skipped this member.
    passed: u64,
}

#[derive(Debug)]
pub struct Client {
    user: UserId,
    pub cursor: Seq,
    hole: Option<Hole>,
    /// Each with the room's head when it was made.
    direct: VecDeque<(Seq, u64)>,
    account: Account,
}

impl Client {
    pub fn new(user: UserId) -> Self {
        Self {
            user,
            cursor: 0,
            hole: None,
            direct: VecDeque::new(),
            account: Account::default(),
        }
    }

    pub fn waiting(&self) -> usize {
        self.direct.len()
    }

    /// Whether a gap was told, and control entries in it are still to come.
    pub fn in_hole(&self) -> bool {
        self.hole.is_some()
    }

    pub fn push(&mut self, head: Seq, frame: u64) {
        self.direct.push_back((head, frame));
    }

    /// Starts in a room, or goes from one: what waits comes first.
    pub fn start(&mut self, since: Seq) {
        self.cursor = since;
        self.hole = None;
        self.account = Account {
            start: since,
            ..Account::default()
        };
        for (head, _) in &mut self.direct {
            *head = 0;
        }
    }

    /// Whether the member is given what is due, in order.
    pub fn take(&mut self, item: &Item, room: Option<&Room>) -> Result<(), String> {
        if let Item::Stored(entry) = item {
            let next = self.cursor + 1;
            let is_due = self.hole.is_none() && room.is_some_and(|room| next < room.oldest && is(room.at(next), entry));
            self.cursor = next;
            self.account.received += 1;
            return match is_due {
                true => Ok(()),
                false => Err(format!("the store gave {entry:?}; {self:?}")),
            };
        }
        if let Item::Passed(to) = item {
            while self.cursor < *to {
                let room = room.ok_or("a run in no room")?;
                if self.cursor >= room.head() || room.at(self.cursor + 1).skip != Some(self.user) {
                    return Err(format!("entry {} was left out", self.cursor + 1));
                }
                self.pass();
            }
            return Ok(());
        }
        let due = self.due(room);
        let right = match (item, &due) {
            (Item::Idle, Due::Idle) => true,
            (Item::Gap(got), Due::Gap(want)) => got == want,
            (Item::Entry(got), Due::Entry(seq)) => room.is_some_and(|room| is(room.at(*seq), got)),
            (Item::Direct(got), Due::Direct(want)) => got == want,
            _ => false,
        };
        if !right {
            return Err(format!("due was {due:?}, but {item:?} came; {self:?}"));
        }
        self.settle(due, room);
        self.balance()
    }

    fn pass(&mut self) {
        self.cursor += 1;
        self.account.passed += 1;
    }

    fn due(&mut self, room: Option<&Room>) -> Due {
        let (next, place) = match room.map(|room| self.due_in_room(room)) {
            Some(Due::Gap(gap)) => (Due::Gap(gap), gap.from),
            Some(Due::Entry(seq)) => (Due::Entry(seq), seq),
            _ => (Due::Idle, Seq::MAX),
        };
        match self.direct.front() {
            Some((head, frame)) if *head < place => Due::Direct(*frame),
            _ => next,
        }
    }

    fn due_in_room(&mut self, room: &Room) -> Due {
        loop {
            let from = self.cursor + 1;
            if let Some(hole) = &self.hole {
                let kept = room.kept_controls(from, hole.to);
                let lost = hole.promised.iter().filter(|seq| !kept.contains(seq)).count() as u64;
                if lost > 0 {
                    let to = kept.first().map_or(hole.to, |first| first - 1);
                    return Due::Gap(Gap { from, to, missed: lost });
                }
                if let Some(seq) = hole.promised.front() {
                    return Due::Entry(*seq);
                }
                self.cursor = hole.to;
                self.hole = None;
            } else if from < room.oldest {
                let to = room.oldest - 1;
                let promised: VecDeque<_> = room.kept_controls(from, to).into();
                let missed = to + 1 - from - promised.len() as u64;
                if missed > 0 {
                    return Due::Gap(Gap { from, to, missed });
                }
                self.hole = Some(Hole { to, promised });
            } else if from > room.head() {
                return Due::Idle;
            } else if room.at(from).skip == Some(self.user) {
                self.pass();
            } else {
                return Due::Entry(from);
            }
        }
    }

    fn settle(&mut self, due: Due, room: Option<&Room>) {
        match due {
            Due::Idle => {}
            Due::Direct(_) => drop(self.direct.pop_front()),
            Due::Entry(seq) => {
                self.cursor = seq;
                self.account.received += 1;
                if let Some(hole) = &mut self.hole {
                    hole.promised.pop_front();
                }
            }
            Due::Gap(gap) => {
                self.account.missed += gap.missed;
                let to = self.hole.as_ref().map_or(gap.to, |hole| hole.to);
                let promised = room.map_or(Vec::new(), |room| room.kept_controls(gap.from, to)).into();
                self.hole = Some(Hole { to, promised });
            }
        }
    }

    fn balance(&self) -> Result<(), String> {
        let Account {
            start,
            received,
            missed,
            passed,
        } = self.account;
        let sent = match &self.hole {
            Some(hole) => hole.to - start - hole.promised.len() as u64,
            None => self.cursor - start,
        };
        if received + missed + passed == sent {
            return Ok(());
        }
        Err(format!(
            "received {received} + missed {missed} + skipping {passed} is not sent {sent}; {self:?}"
        ))
    }
}

fn is(want: &Arc<Entry>, got: &Arc<Entry>) -> bool {
    Arc::ptr_eq(want, got) || same::entries(want, got)
}
