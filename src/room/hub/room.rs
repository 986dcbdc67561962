//! One room.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{rule::Rule, tools::Tools};
use crate::{
    limits,
    room::{
        Entry, Latest, Lives, Log, MsgId, Now, Person, Resume, RoomName, Seq, Settings, UserId, UserName,
        entry::Body,
        remembered::{Accepted, Remembered},
        tally::Tally,
    },
};

/// A log, the people who follow it, and what is known of them here.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: RoomName,
    pub(super) lives: Lives,
    pub(super) log: Log<Arc<Entry>>,
    pub(super) remembered: Remembered,
    pub(super) tally: Tally,
    pub(super) tools: Tools,
    /// Since when nobody is here: its place among the rooms that may make way.
    pub(super) empty_since_ms: Option<u64>,
    pub(super) latest: LatestState,
    pub(super) rule: Rule,
    /// The oldest entry that a store has, if there is one.
    pub(super) stored_from: Seq,
    /// The newest entry's time.
    last_at: u64,
    /// How many connections each user has here.
    members: BTreeMap<UserId, usize>,
    /// The same users by name.
    by_name: BTreeSet<(UserName, UserId)>,
}

/// What members were told of the latest values, and when they may be told again.
#[derive(Debug, Default)]
pub(super) struct LatestState {
    pub(super) sent: Option<Arc<Latest>>,
    pub(super) sent_ms: u64,
    pub(super) due_ms: Option<u64>,
}

/// Where a newcomer starts.
pub(super) struct Start {
    pub(super) since: Seq,
    pub(super) recovered: bool,
    pub(super) missed: u64,
}

impl Room {
    pub(super) fn new(name: RoomName, lives: Lives, after: Seq, ring_bytes: usize) -> Self {
        Self {
            name,
            lives,
            log: Log::starting_at(after, ring_bytes),
            remembered: Remembered::default(),
            tally: Tally::default(),
            tools: Tools::default(),
            empty_since_ms: None,
            latest: LatestState::default(),
            rule: Rule::default(),
            stored_from: after + 1,
            last_at: 0,
            members: BTreeMap::new(),
            by_name: BTreeSet::new(),
        }
    }

    /// The room's time: the box's, but never before its newest entry.
    pub(super) fn clock(&self, now: Now) -> u64 {
        now.wall_ms.max(self.last_at)
    }

    /// Puts something at the log's end.
    pub(super) fn append(&mut self, now: Now, id: MsgId, from: Person, skip: Option<UserId>, body: Body) -> Arc<Entry> {
        let at = self.clock(now);
        let entry = Arc::new(Entry {
            room: self.name.clone(),
            epoch: self.lives.epoch,
            seq: self.log.head() + 1,
            id,
            from,
            at,
            skip,
            body,
        });
        self.last_at = at;
        self.log.push(entry.clone());
        entry
    }

    /// Takes back an entry that was accepted in another run.
    pub(super) fn take_back(&mut self, entry: Arc<Entry>) {
        let (seq, at) = (Some(entry.seq), entry.at);
        self.last_at = self.last_at.max(at);
        self.remembered
            .insert(entry.from.id, entry.id.clone(), Accepted { seq, at });
        self.log.push(entry);
    }

    /// What a message that comes (again) under this id became the first time.
    pub(super) fn accepted(&self, user: UserId, id: Option<&MsgId>) -> Option<Accepted> {
        self.remembered.get(user, id?)
    }

    /// Where somebody starts who comes with, or without, what they had. What the log does not have any more, the store has if it
    /// is `stored`.
    pub(super) fn start(&self, resume: Option<Resume>, stored: bool) -> Start {
        let Some(resume) = resume else {
            return Start {
                since: self.log.head(),
                recovered: false,
                missed: 0,
            };
        };
        let place = self.lives.place(resume, self.log.head());
        let (known, since) = (place.is_some(), place.unwrap_or(0));
        let before = self.log.oldest() - 1;
        let reached = stored && since + 1 >= self.stored_from && before.saturating_sub(since) <= limits::RESUME_ENTRIES;
        let missed = if reached {
            0
        } else {
            self.log.missed_between(since + 1, before)
        };
        Start {
            since,
            recovered: known && missed == 0,
            missed,
        }
    }

    /// People here; somebody with several connections counts once.
    pub(super) fn online(&self) -> usize {
        self.members.len()
    }

    pub(super) fn has(&self, user: UserId) -> bool {
        self.members.contains_key(&user)
    }

    /// Whether one connection of that user is all there is.
    pub(super) fn is_alone(&self, user: UserId) -> bool {
        self.members.len() == 1 && self.members.get(&user) == Some(&1)
    }

    /// The ids of the people here, by name.
    pub(super) fn people(&self) -> impl Iterator<Item = UserId> {
        self.by_name.iter().map(|&(_, user)| user)
    }

    pub(super) fn add(&mut self, person: &Person) {
        *self.members.entry(person.id).or_default() += 1;
        self.by_name.insert((person.name.clone(), person.id));
    }

    pub(super) fn remove(&mut self, person: &Person) {
        if let Some(conns) = self.members.get_mut(&person.id) {
            *conns -= 1;
            if *conns == 0 {
                self.members.remove(&person.id);
                self.by_name.remove(&(person.name.clone(), person.id));
            }
        }
    }

    pub(super) fn rename(&mut self, user: UserId, old: UserName, new: UserName) {
        if self.by_name.remove(&(old, user)) {
            self.by_name.insert((new, user));
        }
    }

    /// The latest values, if they are not what members were told last.
    pub(super) fn news(&self, durable: bool) -> Option<Latest> {
        let sent = self.latest.sent.as_ref();
        let set = (self.rule.settings != Settings::default()).then_some(&self.rule.settings);
        let (polls, questions) = (self.tools.polls.tallies(), self.tools.questions.tallies());
        let same = sent.is_some_and(|sent| {
            (sent.durable, sent.online, sent.settings.as_deref()) == (durable, self.online(), set)
                && sent.reactions == *self.tally.counts()
                && (&sent.polls, &sent.questions) == (&polls, &questions)
        });
        (!same).then(|| Latest {
            room: self.name.clone(),
            online: self.online(),
            reactions: self.tally.counts().clone(),
            polls,
            questions,
            settings: set.cloned().map(Box::new),
            durable,
        })
    }
}
