//! The workers' side: a mirror of each room's log, and a feed for each connection, as the fan-out keeps them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    client::{Client, Item},
    disk::Disk,
    model::Model,
};
use chatterbox::{
    limits::{DIRECT_FRAMES, RING_ENTRIES},
    room::{
        Body, ConnId, Control, Cursor, Entry, Latest, Log, Next, Output, ReplyTo, RoomId, RoomName, Seq, SharedValues,
        UserId,
    },
};

/// How a member reads.
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
    name: RoomName,
    pub log: Log<Arc<Entry>>,
    pub latest: Option<Arc<Latest>>,
    /// The shared values as a member that watches has them.
    pub values: SharedValues,
}

pub struct Member {
    pub feed: Cursor<u64>,
    pub client: Client,
    pub user: UserId,
    pub room: Option<RoomId>,
    pub pace: Pace,
    /// Older entries come from the store.
    at_disk: bool,
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
    /// A member that fell behind does not hear that something is hidden.
    pub hide_lost: bool,
}

pub struct Edge {
    pub mirrors: BTreeMap<RoomId, Replica>,
    pub members: BTreeMap<ConnId, Member>,
    /// Connections whose direct queue ran over: to be closed.
    pub overflowed: Vec<ConnId>,
    ring_bytes: usize,
    stores: bool,
    faults: Faults,
    frames: u64,
    nothing: Log<Arc<Entry>>,
}

impl Edge {
    pub fn new(ring_bytes: usize, stores: bool, faults: Faults) -> Self {
        Self {
            mirrors: BTreeMap::new(),
            members: BTreeMap::new(),
            overflowed: Vec::new(),
            ring_bytes: ring_bytes.saturating_sub(faults.smaller_mirror),
            stores,
            faults,
            frames: 0,
            nothing: Log::new(0),
        }
    }

    /// The process ends.
    pub fn clear(&mut self) {
        self.mirrors.clear();
        self.members.clear();
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
                    at_disk: self.stores && conn.0.is_multiple_of(2),
                };
                if self.members.insert(*conn, member).is_some() {
                    return Err(format!("{conn:?} was welcomed twice"));
                }
                self.push(*conn, model)?;
            }
            Output::RoomOpened { room, name, after, .. } => {
                let replica = Replica {
                    name: name.clone(),
                    log: Log::starting_at(*after, self.ring_bytes),
                    latest: None,
                    values: SharedValues::none(name.clone()),
                };
                if self.mirrors.insert(*room, replica).is_some() {
                    return Err(format!("{room:?} was opened twice"));
                }
            }
            Output::Persist { .. } | Output::Shed { .. } | Output::Wiped { .. } => {}
            Output::Recall { room, entry } => self.mirror(*room)?.log.recall(entry.clone()),
            Output::Reveal { room, entry } | Output::Amend { room, entry } => {
                self.mirror(*room)?.log.replace(entry.clone())
            }
            Output::Redact { room, entries, .. } => {
                let mirror = self.mirror(*room)?;
                entries.iter().for_each(|entry| mirror.log.replace(entry.clone()));
            }
            Output::RoomClosed { room, .. } => {
                if self.members.values().any(|member| member.room == Some(*room)) {
                    return Err(format!("{room:?} was closed with members"));
                }
                self.mirrors.remove(room).ok_or("an unknown room was closed")?;
            }
            Output::Append { room, entry } => self.append(*room, entry)?,
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
            Output::Reply { .. } | Output::Host { .. } | Output::Page { .. } | Output::Pin { .. } => {}
            Output::Latest { room, latest } => {
                self.mirror(*room)?.latest = Some(latest.clone());
            }
            Output::Values { room, change } => {
                let values = &mut self.mirror(*room)?.values;
                if values.revision != change.before.revision {
                    return Err(format!("{change:?} follows {}", values.revision));
                }
                for (key, value) in change.now.since(&change.before) {
                    match value {
                        Some(value) => drop(values.values.insert(key.clone(), Arc::new(value.clone()))),
                        None => drop(values.values.remove(key)),
                    }
                }
                values.revision = change.now.revision;
            }
            Output::Watch { conn, revision } => {
                let room = self.member(*conn)?.room.ok_or("it watches in no room")?;
                let values = &self.mirror(room)?.values;
                if values.revision != *revision || !model.room(room).values.are(values) {
                    return Err(format!("a watcher begins with {values:?}"));
                }
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

    fn mirror(&mut self, room: RoomId) -> Result<&mut Replica, String> {
        self.mirrors
            .get_mut(&room)
            .ok_or_else(|| format!("{room:?} is unknown"))
    }

    fn append(&mut self, id: RoomId, entry: &Arc<Entry>) -> Result<(), String> {
        let ring_bytes = self.ring_bytes;
        let log = &mut self.mirror(id)?.log;
        if entry.seq != log.head() + 1 {
            return Err(format!("entry {} after {}", entry.seq, log.head()));
        }
        log.push(entry.clone());
        if log.len() > RING_ENTRIES || (log.bytes() > ring_bytes && log.len() > 1) {
            return Err(format!(
                "the log of {} entries, {} bytes is over its bound",
                log.len(),
                log.bytes()
            ));
        }
        Ok(())
    }

    /// Whether a room's log has what the model says, after all outputs of an input.
    pub fn check_log(&self, id: RoomId, model: &Model) -> Result<(), String> {
        let (Some(mirror), Some(room)) = (self.mirrors.get(&id), model.find_id(id)) else {
            return Ok(());
        };
        let log = &mirror.log;
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
        let room = member
            .room
            .and_then(|room| model.find_id(room))
            .filter(|_| !model.is_run());
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
    pub fn read(&mut self, conn: ConnId, most: usize, in_runs: bool, disk: &Disk) -> Vec<Item> {
        let Some(member) = self.members.get_mut(&conn) else {
            return Vec::new();
        };
        let mirror = member.room.map(|room| &self.mirrors[&room]);
        let log = mirror.map_or(&self.nothing, |mirror| &mirror.log);
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
            let replays = feed.is_replaying();
            let item = match feed.next(log) {
                Next::Idle => Item::Idle,
                Next::Gap(gap) => {
                    let from_store = mirror.filter(|_| member.at_disk && !replays);
                    if let Some(entry) = from_store.and_then(|mirror| disk.entry(&mirror.name, gap.from)) {
                        feed.supply();
                        items.push(Item::Stored(entry.clone()));
                        continue;
                    }
                    Item::Gap(gap)
                }
                Next::Entry(entry) => Item::Entry(entry.clone()),
                Next::Direct(frame) => Item::Direct(*frame),
            };
            if matches!(item, Item::Idle) {
                debug_assert!(feed.is_idle(log));
                items.push(item);
                break;
            }
            feed.accept(log);
            if !(self.faults.hide_lost && replays && hides(&item)) {
                items.push(item);
            }
        }
        items
    }
}

fn hides(item: &Item) -> bool {
    matches!(item, Item::Entry(entry) if matches!(entry.body, Body::Control(Control::Hide { .. })))
}
