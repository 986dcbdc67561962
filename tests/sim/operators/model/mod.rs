//! What operators have decided, and what follows from it, as PROTOCOL.md says it.
//!
//! A judge, not a second hub: from what was asked and the state before, it works out every reason against it. What has one must be refused
//! with one of those, what has none must be obeyed. Where the protocol leaves something open (users known to a process that
//! has ended), a reason is only possible, and both are right.

mod board;
mod door;
mod held;
mod orders;
mod people;
mod room;
mod talk;

use std::collections::{BTreeMap, BTreeSet};

use self::people::{Mark, Person};
pub use self::{
    orders::words_of,
    room::{Held, LogItem, Room},
};
use chatterbox::{
    limits::Limits,
    room::{
        AddressTag, Body, Code, ConnId, Entry, MsgId, Now, Operator, OperatorId, OperatorRole, Output, Refusal, Reply,
        RoomName, Seq, UserId,
    },
};

/// The word that rooms may block.
pub const WORD: &str = "darn";

pub struct Model {
    pub limits: Limits,
    pub rooms: BTreeMap<RoomName, Room>,
    pub people: BTreeMap<UserId, Person>,
    pub conns: BTreeMap<ConnId, (UserId, AddressTag)>,
    marks: BTreeMap<AddressTag, Mark>,
    /// Devices of those who were muted.
    pub muted_at: BTreeMap<AddressTag, BTreeSet<UserId>>,
    pub seats: u32,
    /// Until when those who were inside stay without one.
    pub seats_due_ms: Option<u64>,
    /// Whether [`WORD`] is on the list.
    pub listed: bool,
    pub codes: BTreeMap<OperatorId, (OperatorRole, bool)>,
    operators: BTreeMap<UserId, Operator>,
    /// Texts that nobody may be given any more, or yet.
    pub secrets: BTreeSet<(RoomName, Box<str>)>,
    now: Now,
    /// Where what is asked now comes from.
    asking: AddressTag,
    wants: Vec<Want>,
}

/// An entry that an input must make, or may.
struct Want {
    room: RoomName,
    from: UserId,
    body: Body,
    skip: Option<UserId>,
    sure: bool,
}

/// Why something is refused.
#[derive(Debug, Default)]
pub struct Reasons {
    sure: Vec<Code>,
    maybe: Vec<Code>,
}

impl Reasons {
    pub fn add(&mut self, applies: bool, code: Code) {
        if applies {
            self.sure.push(code);
        }
    }

    pub fn may(&mut self, applies: bool, code: Code) {
        if applies {
            self.maybe.push(code);
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.sure.extend(other.sure);
        self.maybe.extend(other.maybe);
        self
    }

    fn has(&self, code: Code) -> bool {
        self.sure.contains(&code)
    }

    /// Whether it was obeyed, if that is right.
    pub fn judge(&self, refused: Option<Code>) -> Result<bool, String> {
        match refused {
            None if self.sure.is_empty() => Ok(true),
            Some(code) if self.sure.contains(&code) || self.maybe.contains(&code) => Ok(false),
            _ => Err(format!("refused: {refused:?}, with {self:?}")),
        }
    }
}

/// Perhaps a user belongs to a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perhaps {
    Yes,
    No,
    Maybe,
}

/// People of whom it is known, or possible, that they were somewhere.
#[derive(Clone, Debug, Default)]
pub struct Crowd {
    pub sure: BTreeSet<UserId>,
    pub maybe: BTreeSet<UserId>,
}

impl Crowd {
    pub fn has(&self, user: UserId) -> Perhaps {
        match (self.sure.contains(&user), self.maybe.contains(&user)) {
            (true, _) => Perhaps::Yes,
            (false, true) => Perhaps::Maybe,
            (false, false) => Perhaps::No,
        }
    }

    /// Another process does not know them any more.
    fn fade(&mut self) {
        self.maybe.append(&mut self.sure);
    }
}

impl Model {
    pub fn new(limits: &Limits, rooms: &[RoomName]) -> Self {
        Self {
            limits: limits.clone(),
            rooms: rooms.iter().map(|name| (name.clone(), Room::default())).collect(),
            people: BTreeMap::new(),
            conns: BTreeMap::new(),
            marks: BTreeMap::new(),
            muted_at: BTreeMap::new(),
            seats: 0,
            seats_due_ms: None,
            listed: false,
            codes: BTreeMap::new(),
            operators: BTreeMap::new(),
            secrets: BTreeSet::new(),
            now: Now::default(),
            asking: AddressTag::default(),
            wants: Vec::new(),
        }
    }

    pub fn begin(&mut self, now: Now) {
        self.now = now;
        let rooms = &self.rooms;
        let lasts = |user: &UserId| {
            let mut mutes = rooms.values().filter_map(|room| room.muted.get(user));
            mutes.any(|mute| mute.most_ms > now.mono_ms)
        };
        for users in self.muted_at.values_mut() {
            users.retain(lasts);
        }
        self.wants.clear();
    }

    pub fn room(&mut self, name: &RoomName) -> &mut Room {
        self.rooms.get_mut(name).expect("the rooms are there from the start")
    }

    fn want(&mut self, room: &RoomName, from: UserId, body: Body) {
        self.wants.push(Want {
            room: room.clone(),
            from,
            body,
            skip: None,
            sure: true,
        });
    }

    fn say(&mut self, room: &RoomName, body: Body) {
        self.want(room, UserId(0), body);
    }

    fn may_say(&mut self, room: &RoomName, body: Body) {
        self.say(room, body);
        self.wants.last_mut().expect("just wanted").sure = false;
    }

    /// Every entry was wanted, and none is missing.
    pub fn settle(&mut self, outputs: &[Output]) -> Result<(), String> {
        if self.seats_due_ms.is_some_and(|due_ms| due_ms <= self.now.mono_ms) {
            self.seats_due_ms = None;
            self.sweep();
        }
        for output in outputs {
            if let Output::Append { entry, .. } = output {
                self.take_entry(entry)?;
            }
        }
        match self.wants.iter().find(|want| want.sure) {
            Some(want) => Err(format!("{:?} of {} is missing in {}", want.body, want.from, want.room)),
            None => Ok(()),
        }
    }

    fn take_entry(&mut self, entry: &Entry) -> Result<(), String> {
        let wanted = self.wants.iter().position(|want| {
            (&want.room, want.from, &want.body, want.skip) == (&entry.room, entry.from.id, &entry.body, entry.skip)
        });
        let Some(at) = wanted else {
            return Err(format!("nobody wanted {entry:?}"));
        };
        self.wants.remove(at);
        let role = self.role(entry.from.id);
        if entry.from.id != UserId(0) && entry.from.role != role {
            return Err(format!("{entry:?} is of a {role:?}"));
        }
        let room = self.room(&entry.room);
        if entry.seq != room.log.len() as Seq + 1 {
            return Err(format!("{entry:?} is not the next one"));
        }
        room.take(entry);
        Ok(())
    }

    /// The process ends, and another one goes on.
    pub fn restart(&mut self, now: Now) {
        self.conns.clear();
        self.seats_due_ms = None;
        self.operators.clear();
        for room in self.rooms.values_mut() {
            room.restart(now);
        }
        for person in self.people.values_mut() {
            person.restart();
        }
    }
}

/// Why something was refused, if it was.
pub fn refused(reply: &Result<Reply, Refusal>) -> Option<Code> {
    reply.as_ref().err().map(|refusal| refusal.code)
}

/// What an id stands for.
pub type Ids = BTreeMap<(UserId, MsgId), Seq>;

impl Model {
    /// What a user is given is what was said, or stands in its place.
    pub fn check_shown(&self, entry: &Entry) -> Result<(), String> {
        let said = self.rooms[&entry.room]
            .said(entry.seq)
            .ok_or("nothing of that number was said")?;
        let right = match said.hidden {
            true => matches!(entry.body, Body::Hidden { .. }),
            false => entry.body == said.body,
        };
        let secret = self.secrets.contains(&(entry.room.clone(), words_of(&entry.body)));
        if right && !secret && entry.from.id == said.from {
            return Ok(());
        }
        Err(format!(
            "{entry:?} is shown, {:?} was said, hidden: {}",
            said.body, said.hidden
        ))
    }
}
