//! The workers' side: a mirror of each room's log, and a feed for each connection, as the fan-out keeps them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    client::{Client, Item},
    model::Model,
};
use chatterbox::{
    limits::{DIRECT_FRAMES, RING_ENTRIES},
    room::{ConnId, Cursor, Entry, Latest, Log, Next, Output, ReplyTo, RoomId, Seq, UserId},
};

/// How a user reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// All there is, at every step.
    Fast,
    /// One now and then.
    Slow,
    /// Nothing, until the end.
    Never,
    /// Nothing for long, then much.
    Naps,
}

pub struct Replica {
    pub log: Log<Arc<Entry>>,
    pub latest: Option<Arc<Latest>>,
}

pub struct Member {
    pub feed: Cursor<u64>,
    pub client: Client,
    pub user: UserId,
    pub room: Option<RoomId>,
    pub pace: Pace,
}

/// Bugs that are planted here.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// The mirrors keep less than the hub's logs.
    pub smaller_mirror: usize,
    /// Direct frames come before the entry that they answer.
    pub early_direct: bool,
    /// What skips a member is sent all the same.
    pub skip_ignored: bool,
    /// Members start one entry too late.
    pub late_start: bool,
}

pub struct Edge {
    pub mirrors: BTreeMap<RoomId, Replica>,
    pub members: BTreeMap<ConnId, Member>,
    /// Connections whose direct queue ran over: to be closed.
    pub overflowed: Vec<ConnId>,
    ring_bytes: usize,
    faults: Faults,
    frames: u64,
    nothing: Log<Arc<Entry>>,
}

impl Edge {
    pub fn new(ring_bytes: usize, faults: Faults) -> Self {
        Self {
            mirrors: BTreeMap::new(),
            members: BTreeMap::new(),
            overflowed: Vec::new(),
            ring_bytes: ring_bytes.saturating_sub(faults.smaller_mirror),
            faults,
            frames: 0,
            nothing: Log::new(0),
        }
    }

    /// Does what an output says. The model has taken the same input already.
    pub fn obey(&mut self, output: &Output, model: &Model, pace: Pace) -> Result<(), String> {
        match output {
            Output::Welcome { conn, welcome } => {
                let user = welcome.you.id;
                let shown = if self.faults.skip_ignored {
                    UserId(u64::MAX)
                } else {
                    user
                };
                let member = Member {
                    feed: Cursor::new(shown, 0),
                    client: Client::new(user),
                    user,
                    room: None,
                    pace,
                };
                if self.members.insert(*conn, member).is_some() {
                    return Err(format!("{conn:?} was welcomed twice"));
                }
                self.push(*conn, model)?;
            }
            Output::RoomOpened { room, .. } => {
                let log = Log::new(self.ring_bytes);
                if self.mirrors.insert(*room, Replica { log, latest: None }).is_some() {
                    return Err(format!("{room:?} was opened twice"));
                }
            }
            Output::Persist { .. }
            | Output::Redact { .. }
            | Output::Reveal { .. }
            | Output::Recall { .. }
            | Output::Shed { .. }
            | Output::Wiped { .. } => {}
            Output::RoomClosed { room, .. } => {
                if self.members.values().any(|member| member.room == Some(*room)) {
                    return Err(format!("{room:?} was closed with members"));
                }
                self.mirrors.remove(room).ok_or("an unknown room was closed")?;
            }
            Output::Append { room, entry } => self.append(*room, entry, model)?,
            Output::Attach {
                conn,
                room,
                since,
                user,
                ..
            } => {
                if !self.mirrors.contains_key(room) {
                    return Err(format!("{conn:?} follows {room:?}, which is not there"));
                }
                let late_start = self.faults.late_start;
                let member = self.member(*conn)?;
                if member.room.is_some() || member.user != *user {
                    return Err(format!("{conn:?} is attached twice or to another's account"));
                }
                member.room = Some(*room);
                member.feed.rejoin(*since + Seq::from(late_start));
                member.client.start(*since);
            }
            Output::Detach { conn } => {
                let member = self.member(*conn)?;
                member.room = None;
                member.feed.leave();
                member.client.start(0);
            }
            Output::Reply {
                to: ReplyTo::Conn(conn, _),
                ..
            }
            | Output::Direct { conn, .. } => {
                // A command of a connection that is closed has its answer, too.
                if self.members.contains_key(conn) {
                    self.push(*conn, model)?;
                }
            }
            Output::Reply { .. } | Output::Host { .. } | Output::Page { .. } => {}
            Output::Latest { room, latest } => {
                let mirror = self.mirrors.get_mut(room).ok_or("values of an unknown room")?;
                mirror.latest = Some(latest.clone());
            }
            Output::Close { conn, .. } => drop(self.members.remove(conn)),
        }
        Ok(())
    }

    fn member(&mut self, conn: ConnId) -> Result<&mut Member, String> {
        self.members
            .get_mut(&conn)
            .ok_or_else(|| format!("{conn:?} is not there"))
    }

    fn append(&mut self, id: RoomId, entry: &Arc<Entry>, model: &Model) -> Result<(), String> {
        let mirror = self.mirrors.get_mut(&id).ok_or("an entry of an unknown room")?;
        let (log, room) = (&mut mirror.log, model.room(id));
        if entry.seq != log.head() + 1 {
            return Err(format!("entry {} after {}", entry.seq, log.head()));
        }
        log.push(entry.clone());
        if log.len() > RING_ENTRIES || (log.bytes() > self.ring_bytes && log.len() > 1) {
            return Err(format!(
                "the log of {} entries, {} bytes is over its bound",
                log.len(),
                log.bytes()
            ));
        }
        if self.faults.smaller_mirror == 0 && (log.head(), log.oldest()) != (room.head(), room.oldest) {
            return Err(format!("the log keeps {} and up, not {}", log.oldest(), room.oldest));
        }
        Ok(())
    }

    fn push(&mut self, conn: ConnId, model: &Model) -> Result<(), String> {
        self.frames += 1;
        let (frame, early) = (self.frames, self.faults.early_direct);
        let member = self.members.get_mut(&conn).ok_or("a frame for nobody")?;
        let mirrored = member.room.map_or(0, |room| self.mirrors[&room].log.head());
        // The room may close with this very input, as a lease in it ends.
        let room = member.room.and_then(|room| model.find_id(room));
        let head = room.map_or(mirrored, |room| room.head());
        let mark = mirrored.saturating_sub(Seq::from(early));
        match member.feed.push_direct(mark, frame) {
            Ok(()) => member.client.push(head, frame),
            Err(_) if member.client.waiting() == DIRECT_FRAMES => {
                if !self.overflowed.contains(&conn) {
                    self.overflowed.push(conn);
                }
            }
            Err(_) => return Err(format!("{conn:?} ran over with {}", member.client.waiting())),
        }
        if member.feed.direct_len() > DIRECT_FRAMES || member.feed.direct_len() != member.client.waiting() {
            return Err(format!("{conn:?} has {} frames waiting", member.feed.direct_len()));
        }
        Ok(())
    }

    /// Reads up to `most` things, as a run of the log where `in_runs` and it is possible.
    pub fn read(&mut self, conn: ConnId, most: usize, in_runs: bool) -> Vec<Item> {
        let Some(member) = self.members.get_mut(&conn) else {
            return Vec::new();
        };
        let log = member.room.map_or(&self.nothing, |room| &self.mirrors[&room].log);
        let feed = &mut member.feed;
        let mut items = Vec::new();
        if in_runs && let Some(from) = feed.plain_run(log) {
            let mut last = from - 1;
            for entry in log.iter_from(from).take(most) {
                if entry.skip != Some(feed.user()) {
                    items.push(Item::Entry(entry.clone()));
                }
                last = entry.seq;
            }
            feed.jump(last);
            items.push(Item::Passed(last));
            return items;
        }
        while items.len() < most {
            let item = match feed.next(log) {
                Next::Idle => Item::Idle,
                Next::Gap(gap) => Item::Gap(gap),
                Next::Entry(entry) => Item::Entry(entry.clone()),
                Next::Direct(frame) => Item::Direct(*frame),
            };
            let idle = matches!(item, Item::Idle);
            items.push(item);
            if idle {
                debug_assert!(feed.is_idle(log));
                break;
            }
            feed.accept(log);
        }
        items
    }
}
