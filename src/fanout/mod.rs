//! The fan-out: sends each room's new entries to the members whose connections one worker thread serves. Each worker has one fan-out, with its
//! own members, cursors (positions in a log) and replicas of the rooms' logs; fan-outs share only handles to entries.
//!
//! The driver's updates arrive in order through one bounded channel, signals of lanes and sessions through a [`SignalQueue`]. After each
//! batch of either, the fan-out visits the members of each room with new entries, as far as the room's pace allows; this is called a pass.
//! A member's queue of direct messages is bounded ([`limits::DIRECT_BYTES`]); entries need no queue, because the room's log has them.

mod apply;
mod direct;
mod frames;
mod handles;
mod member;
mod pace;
mod page_cache;
pub mod pages;
mod polls;
mod pull;
mod replica;
mod rooms;
mod serve;
mod sink;
mod update;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

pub use frames::Frames;
pub use handles::FanoutHandles;
pub use pace::Pace;
pub use page_cache::{PageRequest, Pages};
pub use update::{PollRequest, Update};

use self::{member::Member, replica::Replica};
use crate::{
    limits::{self, Limits},
    memory::Account,
    room::{CloseReason, ConnId, Input, RoomId, RoomName, UNSEEN},
    transport::{
        identity::Identities,
        lane::{LaneId, SendState},
        message::Message,
        signal::{Signal, SignalQueue},
    },
};

/// One worker's members and its replica of every room.
pub struct Fanout<E> {
    limits: Arc<Limits>,
    account: Arc<Account>,
    identities: Arc<Identities>,
    signals: Arc<SignalQueue>,
    /// Requests pages from the store; `None` without a store.
    pages: Option<Pages>,
    members: slab::Slab<Member>,
    by_conn: HashMap<ConnId, usize>,
    by_lane: HashMap<LaneId, Vec<usize>>,
    rooms: HashMap<RoomId, Replica<E>>,
    by_name: HashMap<RoomName, RoomId>,
    /// The empty replica that serves members without a room.
    nowhere: Replica<E>,
    /// Rooms with new entries that wait for a pass (a round over their members), oldest first.
    due: Vec<RoomId>,
    /// Pending polls, by their deadline in milliseconds since the start.
    waiting: BTreeSet<(u64, ConnId)>,
    /// Members that wait for latest values that count them, by the deadline of their wait.
    newcomers: BTreeSet<(u64, ConnId)>,
    /// Members that exist only for a single request.
    one_shot: HashSet<ConnId>,
    /// Signals of connections that the driver has not announced yet, from this sweep and the previous one.
    early_signals: [HashMap<ConnId, Vec<Signal>>; 2],
    /// Closed connections that the hub does not know of yet.
    disconnected: Vec<ConnId>,
    inbox: mpsc::Sender<Message>,
    started: Instant,
}

impl<E: Frames> Fanout<E> {
    /// Creates a fan-out without members and rooms.
    pub fn new(
        limits: Arc<Limits>,
        account: Arc<Account>,
        identities: Arc<Identities>,
        signals: Arc<SignalQueue>,
        inbox: mpsc::Sender<Message>,
        pages: Option<Pages>,
    ) -> Self {
        let nowhere = Replica::nowhere(&limits);
        Self {
            limits,
            account,
            identities,
            signals,
            pages,
            members: slab::Slab::new(),
            by_conn: HashMap::new(),
            by_lane: HashMap::new(),
            rooms: HashMap::new(),
            by_name: HashMap::new(),
            nowhere,
            due: Vec::new(),
            waiting: BTreeSet::new(),
            newcomers: BTreeSet::new(),
            one_shot: HashSet::new(),
            early_signals: Default::default(),
            disconnected: Vec::new(),
            inbox,
            started: Instant::now(),
        }
    }

    /// Runs until the driver closes the channel.
    pub async fn run(mut self, mut updates: mpsc::Receiver<Update<E>>) {
        let signals = self.signals.clone();
        let mut batch = Vec::with_capacity(limits::COMMAND_BATCH);
        let mut received = Vec::new();
        let mut sweep = tokio::time::interval(Duration::from_millis(limits::SWEEP_MS));
        loop {
            let wake = self.next_due().map(|ms| self.started + Duration::from_millis(ms));
            tokio::select! {
                biased;
                () = signals.notified() => {
                    signals.take(&mut received);
                    for signal in received.drain(..) {
                        self.signal(signal);
                    }
                }
                count = updates.recv_many(&mut batch, limits::COMMAND_BATCH) => {
                    if count == 0 {
                        return;
                    }
                    for update in batch.drain(..) {
                        self.apply(update);
                    }
                }
                () = async { match wake { Some(at) => sleep_until(at).await, None => std::future::pending().await } } => {}
                _ = sweep.tick() => self.sweep(),
            }
            if self.pass_due().await {
                // The answers of this pass's readers arrive before the next pass, and share it: one yield for the sockets, one for the
                // driver, one for its updates.
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
            }
            self.expire_polls(self.now_ms());
            self.expire_newcomers(self.now_ms());
        }
    }

    /// Sends the current latest values to newcomers whose deadline has passed.
    ///
    /// Usually a newcomer's first latest values are the next broadcast, which already counts it; there is none if nothing has changed.
    fn expire_newcomers(&mut self, now_ms: u64) {
        while let Some(&(deadline, conn)) = self.newcomers.first() {
            if deadline > now_ms {
                return;
            }
            self.newcomers.pop_first();
            let Some(&key) = self.by_conn.get(&conn) else { continue };
            let member = &mut self.members[key];
            if let Some((_, version)) = member.newcomer.take_if(|wait| wait.0 == deadline) {
                if member.latest_seen == version {
                    member.latest_seen = 0;
                }
                self.serve(key);
            }
        }
    }

    /// Milliseconds since the start: the fan-out's only clock, for pacing and pending polls.
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).expect("half a billion years")
    }

    fn next_due(&self) -> Option<u64> {
        let pass = self
            .due
            .iter()
            .filter_map(|room| self.rooms.get(room))
            .map(|replica| replica.pace.next_pass_ms())
            .min();
        let poll = self.waiting.first().map(|&(deadline, _)| deadline);
        let newcomer = self.newcomers.first().map(|&(deadline, _)| deadline);
        pass.into_iter().chain(poll).chain(newcomer).min()
    }

    /// Makes a pass over each room whose pace allows it; returns whether there was one. Yields to the sockets' tasks after every
    /// [`limits::PASS_SLICE`] members.
    async fn pass_due(&mut self) -> bool {
        let mut at = 0;
        let mut any = false;
        while at < self.due.len() {
            let room = self.due[at];
            let now = self.now_ms();
            let Some(replica) = self.rooms.get_mut(&room) else {
                self.due.remove(at);
                continue;
            };
            if replica.pace.next_pass_ms() > now {
                at += 1;
                continue;
            }
            self.due.remove(at);
            replica.due = false;
            replica.pace.record_pass(now);
            self.pass(room).await;
            any = true;
        }
        any
    }

    async fn pass(&mut self, room: RoomId) {
        let mut at = 0;
        while let Some(replica) = self.rooms.get(&room) {
            if at >= replica.members.len() {
                return;
            }
            let end = replica.members.len().min(at + limits::PASS_SLICE);
            while at < end {
                let Some(&key) = self.rooms.get(&room).and_then(|replica| replica.members.get(at)) else {
                    return;
                };
                self.serve(key);
                at += 1;
            }
            if end < self.rooms.get(&room).map_or(0, |replica| replica.members.len()) {
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
            Signal::Refused(lane, reason) => {
                let keys = self.by_lane.get(&lane).cloned().unwrap_or_default();
                let conns: Vec<_> = keys.iter().map(|&key| self.members[key].conn).collect();
                conns.into_iter().for_each(|conn| self.refuse(conn, reason));
            }
            Signal::Broke(conn, reason) => self.refuse(conn, reason),
            Signal::Opened(conn) | Signal::Connected(conn) if !self.by_conn.contains_key(&conn) => {
                self.early_signals[0].entry(conn).or_default().push(signal);
            }
            Signal::Opened(conn) => self.opened(conn),
            Signal::Connected(conn) => {
                self.change(conn, Member::connected);
                self.close_deferred(conn);
            }
            Signal::Room(conn) => self.change(conn, Member::refill),
        }
    }

    /// Closes a connection whose client violated the protocol.
    ///
    /// The close goes through the hub, so it follows the answers to earlier commands. If the driver's inbox is full, these answers are lost.
    fn refuse(&mut self, conn: ConnId, reason: CloseReason) {
        if self
            .inbox
            .try_send(Message::Hub(Input::Refuse { conn, reason }))
            .is_err()
        {
            self.close(conn, reason);
            self.report_disconnect(conn);
        }
    }

    /// Continues to write to a member whose socket was full, starting with the rest of a half-written frame.
    fn resume(&mut self, key: usize) {
        let member = &mut self.members[key];
        let state = member.lane.as_ref().map(|lane| lane.send(&[]).state);
        member.stalled = state != Some(SendState::Ready);
        self.serve(key);
    }

    /// Handles signals that arrived before the driver announced the connection.
    fn replay_early(&mut self, conn: ConnId) {
        let early = self
            .early_signals
            .iter_mut()
            .filter_map(|signals| signals.remove(&conn))
            .flatten()
            .collect::<Vec<_>>();
        for signal in early {
            self.signal(signal);
        }
    }

    /// Applies a change to a member that is still there, and serves it.
    fn change(&mut self, conn: ConnId, change: impl FnOnce(&mut Member)) {
        if let Some(&key) = self.by_conn.get(&conn) {
            change(&mut self.members[key]);
            self.serve(key);
        }
    }

    /// Takes over writing on a connection's lane (its outgoing socket) from the library, which has written its last frame.
    fn opened(&mut self, conn: ConnId) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        if let Some(lane) = self.members[key].take_lane() {
            self.by_lane.entry(lane).or_default().push(key);
        }
        self.serve(key);
        self.close_deferred(conn);
    }

    /// Closes a connection whose closing had to wait for its CONNECT answer or for the end of the library's last frame.
    fn close_deferred(&mut self, conn: ConnId) {
        let member = self.by_conn.get(&conn).map(|&key| &mut self.members[key]);
        if let Some(reason) = member.and_then(|member| member.deferred_close.take()) {
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

    /// Removes a member from the list of its room, if it is in one.
    fn detach(&mut self, key: usize) {
        let member = &mut self.members[key];
        let Some((room, at)) = member.membership.take() else {
            return;
        };
        // Of the next room it has no values.
        member.watched = member.watched.map(|_| UNSEEN);
        let Some(replica) = self.rooms.get_mut(&room) else {
            return;
        };
        replica.members.swap_remove(at);
        if let Some(&moved) = replica.members.get(at) {
            self.members[moved].membership = Some((room, at));
        }
    }
}
