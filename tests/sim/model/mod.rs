//! The reference: what the hub must answer, worked out the slow way from plain lists.
//!
//! Written from PROTOCOL.md, not from the hub: it keeps every entry, searches everything anew, and counts tokens forwards. Without operators
//! it foretells every output. With them it works out each reason against a command ([`Reasons`]): a command that has one is refused with
//! one of those, and a command that has none is obeyed. Where the protocol leaves something open, a reason is only possible, and the hub says
//! whether it applies. The hub also tells a new room's epoch, the ids that it makes, and beside operators people's names.

mod access;
mod admin;
mod amend;
mod board;
mod device;
mod held;
mod hiding;
mod kinds;
mod naming;
mod people;
mod person;
mod policy;
mod queries;
mod reasons;
mod restart;
mod room;
mod speak;
mod values;
mod verdict;
mod visit;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use self::{
    device::{DevicePurses, Shares},
    people::Mark,
    person::{Person, Purse, Rates},
    verdict::{Told, Want},
};
pub use self::{policy::WORD, room::Room};
use chatterbox::{
    limits::Limits,
    room::{
        AddressTag, CloseReason, Code, Command, ConnId, Direct, Due, Epoch, Identity, Input, Latest, MsgId, Now,
        Operator, OperatorId, OperatorRole, Output, Refusal, Reply, ReplyTo, RoomId, RoomName, UserId,
    },
};

#[derive(Clone)]
pub struct Conn {
    pub user: UserId,
    pub device: AddressTag,
    pub room: Option<RoomId>,
    lease_ms: Option<u64>,
}

#[derive(Clone, Copy)]
enum Purses {
    Messages,
    Reactions,
    Requests,
}

#[derive(Clone)]
pub struct Model {
    limits: Limits,
    /// Whether operators give commands.
    is_run: bool,
    /// Whether there is a store.
    stores: bool,
    rates: Option<Rates>,
    shares: Option<Shares>,
    devices: BTreeMap<AddressTag, DevicePurses>,
    pub rooms: Vec<Room>,
    pub conns: BTreeMap<ConnId, Conn>,
    pub people: BTreeMap<UserId, Person>,
    /// The user who left last under a name that looks so, and the time.
    left: BTreeMap<String, (UserId, u64)>,
    epochs: BTreeMap<RoomId, Epoch>,
    /// The room of each epoch, and whether something was said in it.
    rooms_of: BTreeMap<Epoch, (RoomName, bool)>,
    /// Times of private messages, by sender and id.
    private: BTreeMap<(UserId, MsgId), u64>,
    /// What each device may still send to each person.
    private_from: BTreeMap<(AddressTag, UserId), Purse>,
    opened: u32,
    stopping: bool,
    pub now: Now,
    out: Vec<Output>,
    marks: BTreeMap<AddressTag, Mark>,
    /// Devices of muted people.
    muted_at: BTreeMap<AddressTag, BTreeSet<UserId>>,
    seats: u32,
    /// The time until which people inside stay without a seat.
    seats_due_ms: Option<u64>,
    /// Whether [`WORD`] is on the list.
    listed: bool,
    pub codes: BTreeMap<OperatorId, (OperatorRole, bool)>,
    operators: BTreeMap<UserId, Operator>,
    told: Told,
    wants: Vec<Want>,
    wrong: Option<String>,
}

/// The sender of a command: its connection if any, and the room that it concerns.
struct Asker {
    user: UserId,
    device: AddressTag,
    conn: Option<ConnId>,
    room: Option<RoomId>,
    named: Option<RoomName>,
}

type Answer = Result<Reply, Refusal>;

fn refuse<T>(code: Code) -> Result<T, Refusal> {
    Err(Refusal::new(code, ""))
}

/// Stands for an id that the hub makes.
fn made_id() -> MsgId {
    MsgId::new(crate::same::MADE).expect("a short word is an id")
}

impl Model {
    pub fn new(limits: &Limits, is_run: bool, stores: bool) -> Self {
        Self {
            limits: limits.clone(),
            is_run,
            stores,
            rates: limits.rate.then(|| Rates::new(limits)),
            shares: limits.rate.then(|| Shares::new(limits)),
            devices: BTreeMap::new(),
            rooms: Vec::new(),
            conns: BTreeMap::new(),
            people: BTreeMap::new(),
            left: BTreeMap::new(),
            epochs: BTreeMap::new(),
            rooms_of: BTreeMap::new(),
            private: BTreeMap::new(),
            private_from: BTreeMap::new(),
            opened: 0,
            stopping: false,
            now: Now::default(),
            out: Vec::new(),
            marks: BTreeMap::new(),
            muted_at: BTreeMap::new(),
            seats: 0,
            seats_due_ms: None,
            listed: false,
            codes: BTreeMap::new(),
            operators: BTreeMap::new(),
            told: Told::default(),
            wants: Vec::new(),
            wrong: None,
        }
    }

    /// Opens the permanent rooms.
    pub fn start(&mut self, permanent: &[RoomName], got: &[Output]) -> Result<(), String> {
        self.learn(got)?;
        for name in permanent {
            let id = self.open(name).expect("there is place at the start");
            self.room_mut(id).stays = true;
        }
        self.compare(got)
    }

    /// Takes an input, and checks what the hub made of it.
    pub fn handle(&mut self, now: Now, input: Input, got: &[Output]) -> Result<(), String> {
        self.now = now;
        self.learn(got)?;
        self.apply(input);
        match self.is_run {
            true => self.seats_due(),
            false => self.run_due(),
        }
        self.compare(got)
    }

    fn apply(&mut self, input: Input) {
        match input {
            Input::Connect { conn, .. } if self.stopping => self.say_close(conn, CloseReason::Stopping),
            Input::Command { conn, ack, .. } if self.stopping => {
                self.answer(ReplyTo::Conn(conn, ack), refuse(Code::Closing));
            }
            Input::Request { request, .. } if self.stopping => {
                self.answer(ReplyTo::Request(request), refuse(Code::Closing));
            }
            Input::AdminCommand { to, .. } if self.stopping => self.answer(to, refuse(Code::Closing)),
            _ if self.stopping => {}
            Input::Connect {
                conn,
                who,
                leased,
                room,
                resume,
            } => self.connect(conn, &who, leased, room.as_ref(), resume),
            Input::Command { conn, ack, command } => self.command(conn, ReplyTo::Conn(conn, ack), command),
            Input::Request {
                request,
                who,
                room,
                command,
            } => self.request(request, &who, room, command),
            Input::Renew { conn, .. } => self.renew(conn),
            Input::Disconnect { conn } => self.gone(conn),
            Input::Refuse { conn, reason } => self.close(conn, reason),
            Input::AdminCommand { to, by, command } => {
                let reply = self.admin(to, by, &command);
                self.answer(to, reply);
                if self.is_run {
                    self.sweep();
                }
            }
            // The memory's and the disk's state are matters of other tests.
            Input::Tick
            | Input::Memory { .. }
            | Input::Durable { .. }
            | Input::Pruned { .. }
            | Input::BackupRefused { .. }
            | Input::Wipe => {}
            Input::PinFound { .. } => unreachable!("the disk answers at once"),
            Input::HiddenOlder { room, originals, .. } => self.list_older(&room, &originals),
            Input::Shutdown => self.shut_down(),
        }
    }

    fn run_due(&mut self) {
        while let Some((_, due)) = self.next_due().filter(|(at_ms, _)| *at_ms <= self.now.mono_ms) {
            match due {
                Due::Latest(room) => self.tell_latest(room),
                Due::Lease(conn) => self.close(conn, CloseReason::Silent),
                Due::Unmute(_) | Due::Reserved(_) | Due::Sweep | Due::Seats => {
                    unreachable!("without operators, people are neither muted nor seated")
                }
            }
        }
    }

    /// The earliest thing that happens by itself, without operators.
    pub fn next_due(&self) -> Option<(u64, Due)> {
        if self.stopping {
            return None;
        }
        let latest = self
            .rooms
            .iter()
            .filter_map(|room| Some((room.due_ms?, Due::Latest(room.id))));
        let leases = self
            .conns
            .iter()
            .filter_map(|(id, conn)| Some((conn.lease_ms?, Due::Lease(*id))));
        latest.chain(leases).min()
    }

    /// Whether operators give commands.
    pub fn is_run(&self) -> bool {
        self.is_run
    }

    pub fn room(&self, id: RoomId) -> &Room {
        self.find_id(id).expect("the model knows its rooms")
    }

    pub fn find_id(&self, id: RoomId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    pub fn room_mut(&mut self, id: RoomId) -> &mut Room {
        let mut rooms = self.rooms.iter_mut();
        rooms.find(|room| room.id == id).expect("the model knows its rooms")
    }

    pub fn find(&self, name: &RoomName) -> Option<RoomId> {
        let found = self.rooms.iter().find(|room| room.name == *name);
        found.map(|room| room.id)
    }

    fn answer(&mut self, to: ReplyTo, reply: Answer) {
        match (to, reply) {
            (ReplyTo::Conn(_, None), Ok(_)) => {}
            (ReplyTo::Conn(conn, None), Err(refusal)) => self.tell(conn, Direct::Refused(refusal)),
            (to, reply) => self.out.push(Output::Reply { to, reply }),
        }
    }

    fn tell(&mut self, conn: ConnId, direct: Direct) {
        let direct = Arc::new(direct);
        self.out.push(Output::Direct { conn, direct });
    }

    fn say_close(&mut self, conn: ConnId, reason: CloseReason) {
        self.out.push(Output::Close { conn, reason });
    }

    fn tell_latest(&mut self, id: RoomId) {
        let (now_ms, durable) = (self.now.mono_ms, self.stores);
        let room = self.room_mut(id);
        room.due_ms = None;
        let values = room.values();
        if room.told.as_ref().is_some_and(|(told, _)| *told == values) {
            return;
        }
        room.told = Some((values.clone(), now_ms));
        if room.stored_reactions != values.1 {
            room.stored_reactions.clone_from(&values.1);
        }
        let latest = Arc::new(Latest {
            room: room.name.clone(),
            online: values.0,
            reactions: values.1,
            polls: Vec::new(),
            questions: Vec::new(),
            settings: None,
            durable,
        });
        self.out.push(Output::Latest { room: id, latest });
    }

    fn command(&mut self, conn: ConnId, to: ReplyTo, command: Result<Command, Refusal>) {
        let Some(state) = self.conns.get(&conn) else {
            return self.answer(to, refuse(Code::Closing));
        };
        let asker = Asker {
            user: state.user,
            device: state.device,
            conn: Some(conn),
            room: state.room,
            named: None,
        };
        let user = asker.user;
        self.renew(conn);
        let passed = match command {
            Ok(Command::Leave) => Ok(()),
            _ => self.decide(&self.pass_on(conn)),
        };
        match passed.and(command) {
            Ok(Command::Join { room, resume }) => self.join(&asker, conn, to, &room, resume),
            Ok(Command::CreateRoom { room }) => self.join(&asker, conn, to, &room, None),
            Ok(Command::Leave) => self.leave(&asker, conn, to),
            command => {
                let reply = self.perform(&asker, command);
                self.answer(to, reply);
            }
        }
        if std::mem::take(&mut self.person_mut(user).floods) {
            self.close(conn, CloseReason::Flooding);
        }
    }

    fn request(&mut self, request: u64, who: &Identity, room: RoomName, command: Result<Command, Refusal>) {
        let to = ReplyTo::Request(request);
        let passed = self.pass_in(who);
        if let Err(refusal) = self.decide(&passed) {
            return self.answer(to, Err(refusal));
        }
        if !self.meet(who) {
            self.answer(to, refuse(Code::Full));
            return self.used_by_name(&room);
        }
        let asker = Asker {
            user: who.user,
            device: who.address,
            conn: None,
            room: self.find(&room),
            named: Some(room.clone()),
        };
        let reply = match command {
            Ok(Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave) => {
                self.perform(&asker, refuse(Code::BadRequest))
            }
            command => self.perform(&asker, command),
        };
        self.answer(to, reply);
        self.person_mut(who.user).floods = false;
        self.used_by_name(&room);
    }

    fn used_by_name(&mut self, room: &RoomName) {
        if let Some(room) = self.find(room) {
            self.used(room);
        }
    }

    /// A refusal costs a request.
    fn perform(&mut self, asker: &Asker, command: Result<Command, Refusal>) -> Answer {
        match command.and_then(|command| self.ask(asker, command)) {
            Err(refusal) if refusal.code != Code::RateLimited => {
                self.take(asker, Purses::Requests)?;
                Err(refusal)
            }
            reply => reply,
        }
    }
}
