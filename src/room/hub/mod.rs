//! The hub: owner of all rooms, people and memberships. Inputs go in with their time, outputs come out in order.
//!
//! Each input costs at most the logarithm of what is there, whatever the size of the room: the fan-out to members happens at
//! the workers, from one [`Output::Append`]. Two bounded exceptions: a private message costs the connections of two users, and
//! [`Input::Shutdown`] costs every connection.

mod ask;
mod audit;
mod ban;
mod connect;
mod held;
mod ledger;
mod membership;
mod moderate;
mod mute;
mod order;
mod people;
mod polls;
mod questions;
mod restore;
mod room;
mod rooms;
mod rule;
mod speak;
mod standing;
mod tools;
mod wipe;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use self::{people::People, rooms::Rooms};
use super::{
    AddressTag, CloseReason, Code, Command, ConnId, Direct, Identity, Input, Key, MsgId, Now, Output, Refusal, Reply,
    ReplyTo, Restored, RoomId, RoomName, UserId,
};
use crate::limits::Limits;

/// What a hub is made with.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// What an organizer may turn.
    pub limits: Limits,
    /// Makes the epochs and ids of this hub differ from those of other runs: a random number.
    pub epoch_seed: u64,
    /// Rooms that are there from the start and stay, at most half of [`crate::limits::ROOMS`].
    pub rooms: Vec<RoomName>,
    /// Whether somebody keeps what [`Output::Keep`] says: it costs an allocation each.
    pub keeps: bool,
}

/// Why [`Hub::poll_timeout`] is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// A room's latest values are to be sent.
    Latest(RoomId),
    /// A polling lease ends.
    Lease(ConnId),
    /// Somebody in a room may speak again.
    Unmute(RoomId),
}

/// All rooms, people and memberships.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    epoch_seed: u64,
    people: People,
    codes: order::Codes,
    audit: audit::Audit,
    standings: standing::Standings,
    words: rule::WordList,
    /// Rooms that stay, however they are run.
    stay: BTreeSet<RoomName>,
    rooms: Rooms,
    conns: BTreeMap<ConnId, Conn>,
    /// What is to happen by itself, and when (milliseconds on the clock that never goes back). At most two per room and one
    /// per polling lease.
    due: BTreeSet<(u64, Due)>,
    /// Emptied by the driver after each input.
    outputs: VecDeque<Output>,
    ids_made: u64,
    keeps: bool,
    /// What is acknowledged is on disk.
    durable: bool,
    stopping: bool,
}

/// One membership handle.
#[derive(Debug)]
struct Conn {
    user: UserId,
    address: AddressTag,
    room: Option<RoomId>,
    /// When its lease ends; none for a connection that does not poll.
    lease_end_ms: Option<u64>,
}

/// Who is asking, and from where.
#[derive(Clone, Copy, Debug)]
struct Asker<'a> {
    user: UserId,
    /// None for a [`Input::Request`].
    conn: Option<ConnId>,
    place: Place<'a>,
}

/// The room that a command is about.
#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    /// A connection in no room.
    Nowhere,
    /// A connection's room.
    Joined(RoomId),
    /// A room that a request names; it may not be there yet.
    Named(&'a RoomName),
}

impl Hub {
    /// A hub with the rooms that stay; their [`Output::RoomOpened`] wait to be polled.
    pub fn new(config: HubConfig) -> Self {
        Self::restore(config, Restored::default())
    }

    /// A hub that goes on with what a store has kept, and with the rooms that stay. What wait to be polled are [`Output::RoomOpened`] and,
    /// for those who mirror the logs and not for the store, the [`Output::Append`] of the entries that were there.
    pub fn restore(config: HubConfig, restored: Restored) -> Self {
        let mut hub = Self {
            people: People::new(&config.limits),
            codes: order::Codes::default(),
            audit: audit::Audit::default(),
            standings: standing::Standings::default(),
            words: rule::WordList::default(),
            stay: config.rooms.iter().cloned().collect(),
            rooms: Rooms::default(),
            limits: config.limits,
            epoch_seed: config.epoch_seed,
            conns: BTreeMap::new(),
            due: BTreeSet::new(),
            outputs: VecDeque::new(),
            ids_made: 0,
            keeps: config.keeps,
            durable: config.keeps,
            stopping: false,
        };
        for room in &config.rooms {
            hub.rooms.keep(room.clone());
        }
        hub.take_back(restored);
        for room in config.rooms {
            hub.open(&room).expect("fewer rooms stay than there is place for");
        }
        hub
    }

    /// Takes an input. The answers wait in [`Hub::poll_output`], which the caller empties before the next input.
    pub fn handle(&mut self, now: Now, input: Input) {
        if self.stopping {
            self.turn_away(input);
            return;
        }
        match input {
            Input::Connect {
                conn,
                who,
                via,
                room,
                resume,
            } => self.connect(now, conn, who, via, room, resume),
            Input::Command { conn, ack, command } => self.command(now, conn, ack, command),
            Input::Request {
                request,
                who,
                room,
                command,
            } => self.request(now, request, who, &room, command),
            Input::Renew { conn, has } => self.renew(now, conn, has),
            Input::Disconnect { conn } => self.forget(now, conn),
            Input::Order { to, by, order } => self.order(now, to, by, order),
            Input::Durable { durable } => self.set_durable(now, durable),
            Input::Pruned { room, epoch, oldest } => self.pruned(&room, epoch, oldest),
            Input::Wipe => self.wipe(),
            Input::Tick => {}
            Input::Shutdown => self.shutdown(),
        }
        self.run_due(now);
    }

    /// The next answer, if any.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When an input is needed even if nothing happens ([`Input::Tick`] will do), on the clock of [`Now::mono_ms`], and why.
    pub fn poll_timeout(&self) -> Option<(u64, Due)> {
        self.due.first().copied()
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.conns.len()
    }

    /// Whether a connection is in a room.
    pub fn is_inside(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_some_and(|state| state.room.is_some())
    }

    /// Where a connection comes from.
    pub fn address(&self, conn: ConnId) -> Option<AddressTag> {
        self.conns.get(&conn).map(|state| state.address)
    }

    fn run_due(&mut self, now: Now) {
        while let Some(&(at_ms, due)) = self.due.first()
            && at_ms <= now.mono_ms
        {
            self.due.pop_first();
            match due {
                Due::Latest(room) => self.send_latest(now, room),
                Due::Lease(conn) => self.close(now, conn, CloseReason::Silent),
                Due::Unmute(room) => self.end_mutes(now, room),
            }
        }
    }

    fn command(&mut self, now: Now, conn: ConnId, ack: Option<u64>, command: Result<Command, Refusal>) {
        let to = ReplyTo::Conn(conn, ack);
        let Some(state) = self.conns.get(&conn) else {
            // Closed by the hub while the command was under way.
            self.answer(to, Err(Refusal::new(Code::Closing, "this connection is closed")));
            return;
        };
        let passed = self.passes(state.user, state.address);
        let command = command.and_then(|command| match command {
            // Who gives orders may be a stranger until they have.
            Command::Leave | Command::Nonce { .. } => Ok(command),
            command => passed.map(|()| command),
        });
        let (user, place) = (state.user, state.room.map_or(Place::Nowhere, Place::Joined));
        self.renew(now, conn, None);
        let asker = Asker {
            user,
            conn: Some(conn),
            place,
        };
        match command {
            Ok(Command::Join { room, resume }) => self.join(now, asker, to, &room, resume),
            Ok(Command::CreateRoom { room }) => self.join(now, asker, to, &room, None),
            Ok(Command::Leave) => self.leave(now, asker, to),
            other => {
                let reply = self.execute(now, asker, other);
                self.answer(to, reply);
            }
        }
        if self.people.take_flooding(user) {
            self.close(now, conn, CloseReason::Flooding);
        }
    }

    fn request(&mut self, now: Now, request: u64, who: Identity, room: &RoomName, command: Result<Command, Refusal>) {
        let user = who.user;
        if let Err(refusal) = self.pass_in(&who) {
            self.answer(ReplyTo::Request(request), Err(refusal));
            return;
        }
        let reply = if self.meet(now, who) {
            let asker = Asker {
                user,
                conn: None,
                place: Place::Named(room),
            };
            self.execute(now, asker, command)
        } else {
            Err(Refusal::new(Code::Full, "the box has no place for another person"))
        };
        self.answer(ReplyTo::Request(request), reply);
        // There is no connection to close.
        self.people.take_flooding(user);
        self.people.settle(user);
        if let Some(id) = self.rooms.find(room) {
            self.settle_room(now, id);
        }
    }

    /// Does what neither joins nor leaves. A refusal costs a request, so that nobody can provoke them without end.
    fn execute(&mut self, now: Now, asker: Asker<'_>, command: Result<Command, Refusal>) -> Result<Reply, Refusal> {
        let reply = command.and_then(|command| self.perform(now, asker, command));
        if reply.as_ref().is_err_and(|refusal| refusal.code != Code::RateLimited) {
            self.people.take_request(asker.user, now)?;
        }
        reply
    }

    fn perform(&mut self, now: Now, asker: Asker<'_>, command: Command) -> Result<Reply, Refusal> {
        match command {
            Command::Chat {
                room,
                text,
                more,
                id,
                to,
            } => self.chat(now, asker, room, speak::Said { text, more }, id, to),
            Command::Gift { name, count, to, id } => self.gift(now, asker, speak::Given { name, count, to }, id),
            Command::Dm { to, text, id } => self.dm(now, asker, to, text, id),
            Command::React { emoji } => self.react(now, asker, emoji),
            Command::History { before, limit } => self.history(now, asker, before, limit),
            Command::Who => self.who(now, asker),
            Command::Rename { name } => self.rename(now, asker, name),
            Command::Vote { poll, choices } => self.vote(now, asker, poll, &choices),
            Command::Board => self.board(now, asker),
            Command::Ask { text, id } => self.ask(now, asker, text, id),
            Command::Upvote { question } => self.upvote(now, asker, question),
            Command::Seen { seq } => self.seen(now, asker, seq),
            Command::Nonce { nonce: Some(nonce) } => {
                self.people.take_request(asker.user, now)?;
                Ok(Reply::Nonce { nonce })
            }
            Command::Nonce { nonce: None } | Command::Signed(_) => Err(Refusal::new(
                Code::NotAllowed,
                "orders go to a connection of their own, or to /orders",
            )),
            Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave => Err(Refusal::new(
                Code::BadRequest,
                "a request is no connection: it can't join or leave",
            )),
        }
    }

    /// After the stop: whoever comes is sent away.
    fn turn_away(&mut self, input: Input) {
        let closing = || Err(Refusal::new(Code::Closing, CloseReason::Stopping.message()));
        match input {
            Input::Connect { conn, .. } => {
                self.outputs.push_back(Output::Close {
                    conn,
                    reason: CloseReason::Stopping,
                });
            }
            Input::Command { conn, ack, .. } => self.answer(ReplyTo::Conn(conn, ack), closing()),
            Input::Request { request, .. } => self.answer(ReplyTo::Request(request), closing()),
            Input::Order { to, .. } => self.answer(to, closing()),
            Input::Renew { .. }
            | Input::Disconnect { .. }
            | Input::Durable { .. }
            | Input::Pruned { .. }
            | Input::Wipe
            | Input::Tick
            | Input::Shutdown => {}
        }
    }

    /// A refusal that nobody asked to hear of still goes out; other answers go to those who asked.
    fn answer(&mut self, to: ReplyTo, reply: Result<Reply, Refusal>) {
        let output = match (to, reply) {
            (ReplyTo::Conn(conn, None), Err(refusal)) => Output::Direct {
                conn,
                direct: std::sync::Arc::new(Direct::Refused(refusal)),
            },
            (ReplyTo::Conn(_, None), Ok(_)) => return,
            (to, reply) => Output::Reply { to, reply },
        };
        self.outputs.push_back(output);
    }

    /// Has a value kept, if somebody keeps them.
    fn keep(&mut self, key: Key, value: impl FnOnce(&Self) -> Option<Box<str>>) {
        if self.keeps {
            let value = value(self);
            self.outputs.push_back(Output::Keep { key, value });
        }
    }

    /// An id for a message that came without one.
    fn make_id(&mut self) -> MsgId {
        self.ids_made += 1;
        let run = self.epoch_seed & 0xff_ffff;
        MsgId::new(&format!("{run:x}-{:x}", self.ids_made)).expect("hexadecimal digits are a message id")
    }
}

#[cfg(test)]
mod ban_tests;
#[cfg(test)]
mod evasion_tests;
#[cfg(test)]
mod held_tests;
#[cfg(test)]
mod moderate_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod restore_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tools_tests;
