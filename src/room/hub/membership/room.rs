//! The state of one open room: its log, members, rules, board and latest values. Each part has its own bound, such as
//! `limits::RING_ENTRIES` for the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::room::hub::{board::room_values::RoomValues, board::tables::BoardState, moderation::policy::Policy};
use crate::{
    limits,
    room::{
        AddressTag, Body, Entry, EpochHistory, Latest, Log, MsgId, Now, Person, Resume, RoomName, Seq, Settings,
        UserId, UserName,
        dedup::{Accepted, DedupWindow},
        tally::Tally,
    },
};

/// An open room: its log, members, board and policy.
#[derive(Debug)]
pub(in crate::room::hub) struct Room {
    pub(in crate::room::hub) name: RoomName,
    pub(in crate::room::hub) epochs: EpochHistory,
    pub(in crate::room::hub) log: Log<Arc<Entry>>,
    /// Number of entries of each author in the log.
    authors: BTreeMap<UserId, usize>,
    pub(in crate::room::hub) dedup: DedupWindow,
    pub(in crate::room::hub) tally: Tally,
    pub(in crate::room::hub) board: BoardState,
    pub(in crate::room::hub) values: RoomValues,
    /// Time when the room became empty; the room that has been empty for longest is replaced first.
    pub(in crate::room::hub) empty_since_ms: Option<u64>,
    pub(in crate::room::hub) latest: LatestState,
    pub(in crate::room::hub) policy: Policy,
    /// The device that created the room, if the room counts against the device's share.
    pub(in crate::room::hub) made_by: Option<AddressTag>,
    /// Number of kinds of reaction that each device introduced.
    pub(in crate::room::hub) kinds_by: BTreeMap<AddressTag, usize>,
    /// Number of the oldest stored entry, with a store.
    pub(in crate::room::hub) stored_from: Seq,
    /// Time of the newest entry, in milliseconds since 1970.
    last_at: u64,
    /// Number of connections of each user in the room.
    members: BTreeMap<UserId, usize>,
    /// The members ordered by name, for lists of people.
    by_name: BTreeSet<(UserName, UserId)>,
}

/// The latest values that members received, and the time of the next broadcast.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct LatestState {
    pub(in crate::room::hub) sent: Option<Arc<Latest>>,
    pub(in crate::room::hub) sent_ms: u64,
    pub(in crate::room::hub) due_ms: Option<u64>,
}

/// The starting position of a client that joins.
pub(in crate::room::hub) struct Start {
    pub(in crate::room::hub) since: Seq,
    pub(in crate::room::hub) recovered: bool,
    pub(in crate::room::hub) missed: u64,
}

impl Room {
    pub(in crate::room::hub) fn new(name: RoomName, epochs: EpochHistory, after: Seq, ring_bytes: usize) -> Self {
        Self {
            values: RoomValues::none(name.clone()),
            name,
            epochs,
            log: Log::starting_at(after, ring_bytes),
            authors: BTreeMap::new(),
            dedup: DedupWindow::default(),
            tally: Tally::default(),
            board: BoardState::default(),
            empty_since_ms: None,
            latest: LatestState::default(),
            policy: Policy::default(),
            made_by: None,
            kinds_by: BTreeMap::new(),
            stored_from: after + 1,
            last_at: 0,
            members: BTreeMap::new(),
            by_name: BTreeSet::new(),
        }
    }

    /// The time for the room's next entry: the box's time, but not before the newest entry.
    /// A newest entry that lies too far in the future, because a clock was wrong, is ignored.
    pub(in crate::room::hub) fn clock(&self, now: Now) -> u64 {
        let is_set = now.wall_ms >= limits::CLOCK_SET_MS;
        if is_set && self.last_at > now.wall_ms.saturating_add(limits::CLOCK_BACK_MS) {
            return now.wall_ms;
        }
        now.wall_ms.max(self.last_at)
    }

    /// Continues a parked room that opens again.
    pub(in crate::room::hub) fn go_on_from(&mut self, stored_from: Seq, last_at: u64) {
        self.stored_from = stored_from;
        self.last_at = last_at;
    }

    /// Time of the newest entry, in milliseconds since 1970.
    pub(in crate::room::hub) fn last_at(&self) -> u64 {
        self.last_at
    }

    /// Makes an entry with the next number and the room's time, and appends it to the log.
    pub(in crate::room::hub) fn append(
        &mut self,
        now: Now,
        id: MsgId,
        from: Person,
        skip: Option<UserId>,
        body: Body,
    ) -> Arc<Entry> {
        let at = self.clock(now);
        let entry = Arc::new(Entry {
            room: self.name.clone(),
            epoch: self.epochs.epoch,
            seq: self.log.head() + 1,
            id,
            from,
            at,
            skip,
            body,
        });
        self.last_at = at;
        self.push(entry.clone());
        entry
    }

    fn push(&mut self, entry: Arc<Entry>) {
        *self.authors.entry(entry.from.id).or_default() += 1;
        let authors = &mut self.authors;
        self.log.push_dropping(entry, |dropped| {
            if let Some(count) = authors.get_mut(&dropped.from.id) {
                *count -= 1;
                if *count == 0 {
                    authors.remove(&dropped.from.id);
                }
            }
        });
    }

    /// Number of entries of this user in the log.
    pub(in crate::room::hub) fn said_by(&self, user: UserId) -> usize {
        self.authors.get(&user).copied().unwrap_or_default()
    }

    /// Restores an entry that an earlier run accepted.
    pub(in crate::room::hub) fn load(&mut self, entry: Arc<Entry>) {
        let (seq, at) = (Some(entry.seq), entry.at);
        self.last_at = self.last_at.max(at);
        self.dedup.insert(entry.from.id, entry.id.clone(), Accepted { seq, at });
        self.push(entry);
    }

    /// The acceptance of an earlier message with the same id; `None` if there is none or the message has no id.
    pub(in crate::room::hub) fn accepted(&self, user: UserId, id: Option<&MsgId>) -> Option<Accepted> {
        self.dedup.get(user, id?)
    }

    /// The starting position of a member who sent `resume`, or none. With `stored`, entries that the log has dropped can come from the store.
    pub(in crate::room::hub) fn start(&self, resume: Option<Resume>, stored: bool) -> Start {
        let Some(resume) = resume else {
            return Start {
                since: self.log.head(),
                recovered: false,
                missed: 0,
            };
        };
        let head = self.log.head();
        let known = self.epochs.position(resume, head).is_some();
        let since = self.epochs.nearest(resume, head);
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

    /// Number of people in the room; a person with several connections counts once.
    pub(in crate::room::hub) fn online(&self) -> usize {
        self.members.len()
    }

    pub(in crate::room::hub) fn has(&self, user: UserId) -> bool {
        self.members.contains_key(&user)
    }

    /// Whether a single connection of this user is the only one in the room.
    pub(in crate::room::hub) fn is_alone(&self, user: UserId) -> bool {
        self.members.len() == 1 && self.members.get(&user) == Some(&1)
    }

    /// Ids of the members, ordered by name.
    pub(in crate::room::hub) fn people(&self) -> impl Iterator<Item = UserId> {
        self.by_name.iter().map(|&(_, user)| user)
    }

    /// Members who are not known members of the policy, ordered by id, up to the capacity of the policy's tables.
    pub(in crate::room::hub) fn unknown(&self) -> Vec<UserId> {
        // Both are in order: thousands of look-ups in place of one pass would take too long.
        let mut known = self.policy.known.iter().copied().peekable();
        let unknown = self.members.keys().copied().filter(|user| {
            while known.next_if(|known| known < user).is_some() {}
            known.peek() != Some(user)
        });
        unknown.take(2 * limits::KNOWN_MEMBERS).collect()
    }

    pub(in crate::room::hub) fn add(&mut self, person: &Person) {
        *self.members.entry(person.id).or_default() += 1;
        self.by_name.insert((person.name.clone(), person.id));
    }

    pub(in crate::room::hub) fn remove(&mut self, person: &Person) {
        if let Some(conns) = self.members.get_mut(&person.id) {
            *conns -= 1;
            if *conns == 0 {
                self.members.remove(&person.id);
                self.by_name.remove(&(person.name.clone(), person.id));
            }
        }
    }

    pub(in crate::room::hub) fn rename(&mut self, user: UserId, old: UserName, new: UserName) {
        if self.by_name.remove(&(old, user)) {
            self.by_name.insert((new, user));
        }
    }

    /// The current latest values, if they differ from the last broadcast.
    pub(in crate::room::hub) fn unsent_latest(&self, durable: bool) -> Option<Latest> {
        let sent = self.latest.sent.as_ref();
        let set = (self.policy.settings != Settings::default()).then_some(&self.policy.settings);
        let (polls, questions) = (self.board.polls.tallies(), self.board.questions.tallies());
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
