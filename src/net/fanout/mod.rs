//! The data plane: one fan-out a worker, with members, cursors and logs of its own. It shares nothing but handles to entries.
//!
//! The driver's commands come in order through one bounded channel; lanes and sessions ring a [`Board`]. After each batch
//! of either, the rooms that have something new are passed over, as far as their pace allows.

mod command;
mod member;
mod obey;
mod older;
mod orders;
mod pace;
mod poll;
mod room;
mod serve;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

pub use command::{Command, Opening, PollRequest};
pub use member::{Sink, SioSink, Speaker};
pub use older::{Pages, Wish};
pub use orders::Orders;
pub use pace::Pace;

use self::{member::Member, room::Mirror};
use super::{
    identity::Identities,
    lane::{LaneId, SendState},
    message::Message,
    signal::{Board, Signal},
};
use crate::{
    limits::{self, Limits},
    room::{ConnId, Logged, RoomId, RoomName},
    wire::{Encoded, Format},
};

/// What a fan-out hands out: an entry with its bytes, ready in each format. The fan-out knows nothing else of it.
pub trait Frames: Logged + Send + Sync + 'static {
    /// The bytes in one format, the same for every member.
    fn bytes(&self, format: Format) -> &Bytes;
}

impl Frames for Encoded {
    fn bytes(&self, format: Format) -> &Bytes {
        self.bytes(format)
    }
}

/// One worker's members and its mirror of every room.
pub struct Fanout<E> {
    limits: Arc<Limits>,
    identities: Arc<Identities>,
    board: Arc<Board>,
    /// Asks the store, if there is one.
    pages: Option<Pages>,
    members: slab::Slab<Member>,
    by_conn: HashMap<ConnId, usize>,
    by_lane: HashMap<LaneId, Vec<usize>>,
    rooms: HashMap<RoomId, Mirror<E>>,
    by_name: HashMap<RoomName, RoomId>,
    /// Followed by members that are in no room.
    nowhere: Mirror<E>,
    /// Rooms with something new, in the order in which it came.
    due: Vec<RoomId>,
    /// Polls that wait, by their deadline in milliseconds since the start.
    waiting: BTreeSet<(u64, ConnId)>,
    /// Members that are there for one request only.
    once: HashSet<ConnId>,
    /// News of connections that the driver has not announced yet, of this sweep and of the one before.
    early: [HashMap<ConnId, Vec<Signal>>; 2],
    /// Connections that the hub is still to be told of.
    gone: Vec<ConnId>,
    inbox: mpsc::Sender<Message>,
    started: Instant,
}

impl<E: Frames> Fanout<E> {
    /// An empty one.
    pub fn new(
        limits: Arc<Limits>,
        identities: Arc<Identities>,
        board: Arc<Board>,
        inbox: mpsc::Sender<Message>,
        pages: Option<Pages>,
    ) -> Self {
        let nowhere = Mirror::nowhere(&limits);
        Self {
            limits,
            identities,
            board,
            pages,
            members: slab::Slab::new(),
            by_conn: HashMap::new(),
            by_lane: HashMap::new(),
            rooms: HashMap::new(),
            by_name: HashMap::new(),
            nowhere,
            due: Vec::new(),
            waiting: BTreeSet::new(),
            once: HashSet::new(),
            early: Default::default(),
            gone: Vec::new(),
            inbox,
            started: Instant::now(),
        }
    }

    /// Runs until the driver drops its end of the channel.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command<E>>) {
        let board = self.board.clone();
        let mut batch = Vec::with_capacity(limits::COMMAND_BATCH);
        let mut news = Vec::new();
        let mut sweep = tokio::time::interval(Duration::from_millis(limits::SWEEP_MS));
        loop {
            let wake = self.next_due().map(|ms| self.started + Duration::from_millis(ms));
            tokio::select! {
                biased;
                () = board.rung() => {
                    board.take(&mut news);
                    for signal in news.drain(..) {
                        self.signal(signal);
                    }
                }
                count = commands.recv_many(&mut batch, limits::COMMAND_BATCH) => {
                    if count == 0 {
                        return;
                    }
                    for command in batch.drain(..) {
                        self.obey(command);
                    }
                }
                () = async { match wake { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {}
                _ = sweep.tick() => self.sweep(),
            }
            if self.pass_due().await {
                // What the pass's readers answer with comes in before the next pass, and shares it: once for the sockets, once for
                // the driver, once for its commands.
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
            }
            self.expire_polls(self.now_ms());
        }
    }

    /// Milliseconds since the start: the only clock of the fan-out, for pace and waiting polls.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("half a billion years")
    }

    fn next_due(&self) -> Option<u64> {
        let pass = self
            .due
            .iter()
            .filter_map(|room| self.rooms.get(room))
            .map(|mirror| mirror.pace.next_pass_ms())
            .min();
        let poll = self.waiting.first().map(|&(deadline, _)| deadline);
        pass.into_iter().chain(poll).min()
    }

    /// Makes a pass over each room whose time has come, and says whether there was one. Lets the sockets' own tasks run between
    /// slices of a large room.
    async fn pass_due(&mut self) -> bool {
        let mut at = 0;
        let mut any = false;
        while at < self.due.len() {
            let room = self.due[at];
            let now = self.now_ms();
            let Some(mirror) = self.rooms.get_mut(&room) else {
                self.due.remove(at);
                continue;
            };
            if mirror.pace.next_pass_ms() > now {
                at += 1;
                continue;
            }
            self.due.remove(at);
            mirror.due = false;
            mirror.pace.passed(now);
            self.pass(room).await;
            any = true;
        }
        any
    }

    async fn pass(&mut self, room: RoomId) {
        let mut at = 0;
        while let Some(mirror) = self.rooms.get(&room) {
            if at >= mirror.members.len() {
                return;
            }
            let end = mirror.members.len().min(at + limits::PASS_SLICE);
            while at < end {
                let Some(&key) = self.rooms.get(&room).and_then(|mirror| mirror.members.get(at)) else {
                    return;
                };
                self.serve(key);
                at += 1;
            }
            if end < self.rooms.get(&room).map_or(0, |mirror| mirror.members.len()) {
                tokio::task::yield_now().await;
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Writable(lane) => {
                for at in 0..self.by_lane.get(&lane).map_or(0, Vec::len) {
                    self.resume(self.by_lane[&lane][at]);
                }
            }
            Signal::Gone(lane) => {
                for &key in self.by_lane.get(&lane).into_iter().flatten() {
                    self.members[key].stalled = true;
                }
            }
            Signal::Opened(conn) | Signal::Connected(conn) if !self.by_conn.contains_key(&conn) => {
                self.early[0].entry(conn).or_default().push(signal);
            }
            Signal::Opened(conn) => self.opened(conn),
            Signal::Connected(conn) => self.with(conn, Member::connected),
            Signal::Room(conn) => self.with(conn, Member::has_room),
        }
    }

    /// A full lane is worth trying again: the rest of a frame that it took goes first.
    fn resume(&mut self, key: usize) {
        let member = &mut self.members[key];
        let state = member.lane.as_ref().map(|lane| lane.send(&[]).state);
        member.stalled = state != Some(SendState::Ready);
        self.serve(key);
    }

    /// What was heard of a connection before the driver announced it.
    fn hear_early(&mut self, conn: ConnId) {
        let early = self
            .early
            .iter_mut()
            .filter_map(|news| news.remove(&conn))
            .flatten()
            .collect::<Vec<_>>();
        for signal in early {
            self.signal(signal);
        }
    }

    /// Changes a member, if it is still there, and serves it.
    fn with(&mut self, conn: ConnId, change: impl FnOnce(&mut Member)) {
        if let Some(&key) = self.by_conn.get(&conn) {
            change(&mut self.members[key]);
            self.serve(key);
        }
    }

    /// A lane is the fan-out's from now on.
    fn opened(&mut self, conn: ConnId) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        if let Some(lane) = self.members[key].take_lane() {
            self.by_lane.entry(lane).or_default().push(key);
        }
        self.serve(key);
        if let Some(reason) = self.members[key].closing.take() {
            self.close(conn, reason);
        }
    }

    fn remove(&mut self, key: usize) -> Member {
        self.detach(key);
        let member = self.members.remove(key);
        self.by_conn.remove(&member.conn);
        if let Some(lane) = member.lane_id()
            && let Some(keys) = self.by_lane.get_mut(&lane)
        {
            keys.retain(|&other| other != key);
            if keys.is_empty() {
                self.by_lane.remove(&lane);
            }
        }
        member
    }

    /// Takes a member out of its room's list, if it is in one.
    fn detach(&mut self, key: usize) {
        let Some((room, at)) = self.members[key].place.take() else {
            return;
        };
        let Some(mirror) = self.rooms.get_mut(&room) else {
            return;
        };
        mirror.members.swap_remove(at);
        if let Some(&moved) = mirror.members.get(at) {
            self.members[moved].place = Some((room, at));
        }
    }
}
