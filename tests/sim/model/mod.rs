//! The reference: what the hub must answer, worked out the slow way from plain lists.
//!
//! Written from the protocol, not from the hub: it keeps every entry, searches everything anew, and counts tokens forwards.
//! Two things it can't know are taken from the hub's outputs: a new room's epoch, and ids that the hub makes.

mod device;
mod naming;
mod person;
mod room;
mod speak;
mod visit;

use std::{collections::BTreeMap, sync::Arc};

use self::device::{Purse4, Shares};
use self::person::{Person, Purse, Rate, Rates};
pub use self::room::Room;
use chatterbox::{
    limits::{self, Limits},
    room::{
        AddressTag, CloseReason, Code, Command, ConnId, Direct, Due, Epoch, Identity, Input, Latest, MsgId, Now,
        Output, Refusal, Reply, ReplyTo, RoomId, RoomName, UserId, UserName,
    },
};

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

pub struct Model {
    limits: Limits,
    rates: Option<Rates>,
    shares: Option<Shares>,
    devices: BTreeMap<AddressTag, Purse4>,
    pub rooms: Vec<Room>,
    pub conns: BTreeMap<ConnId, Conn>,
    people: BTreeMap<UserId, Person>,
    /// Who left last under a name that looks so, and when.
    left: BTreeMap<String, (UserId, u64)>,
    epochs: BTreeMap<RoomId, Epoch>,
    /// Whose life each epoch is, and whether something was said in it.
    rooms_of: BTreeMap<Epoch, (RoomName, bool)>,
    /// Private messages by sender and id, and when.
    private: BTreeMap<(UserId, MsgId), u64>,
    /// What each device may still send to each person.
    private_from: BTreeMap<(AddressTag, UserId), Purse>,
    opened: u32,
    stopping: bool,
    now: Now,
    out: Vec<Output>,
}

/// Who asks, from which connection if any, about which room.
struct Asker {
    user: UserId,
    device: AddressTag,
    conn: Option<ConnId>,
    room: Option<RoomId>,
    named: Option<RoomName>,
}

fn refuse<T>(code: Code) -> Result<T, Refusal> {
    Err(Refusal::new(code, ""))
}

/// Stands for an id that the hub makes.
fn made_id() -> MsgId {
    MsgId::new(crate::same::MADE).expect("a short word is an id")
}

impl Model {
    pub fn new(limits: &Limits) -> Self {
        let rates = limits.rate.then(|| Rates {
            messages: Rate::new(limits.message_rate, limits.message_burst),
            reactions: Rate::new(limits.react_rate, limits.react_burst),
            requests: Rate::new(limits.request_rate, limits.request_burst),
            refusals: Rate::new(limits::REFUSAL_RATE, limits::REFUSAL_BURST),
        });
        Self {
            limits: limits.clone(),
            rates,
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
        }
    }

    /// Rooms that are there from the start.
    pub fn keep(&mut self, name: RoomName) -> Vec<Output> {
        let id = self.open(&name).expect("there is place at the start");
        self.room_mut(id).stays = true;
        std::mem::take(&mut self.out)
    }

    /// Takes over what only the hub can know.
    pub fn learn(&mut self, outputs: &[Output]) -> Result<(), String> {
        for output in outputs {
            if let Output::RoomOpened { room, name, epochs, .. } = output {
                let epoch = &epochs.epoch;
                let first = self.rooms_of.insert(*epoch, (name.clone(), false));
                if first.is_some_and(|(first, said)| said || first != *name) {
                    return Err(format!("epoch {epoch} was given out twice"));
                }
                self.epochs.insert(*room, *epoch);
            }
            if let Output::Append { entry, .. } = output {
                self.rooms_of.insert(entry.epoch, (entry.room.clone(), true));
            }
        }
        Ok(())
    }

    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Output> {
        self.now = now;
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
                via,
                room,
                resume,
            } => self.connect(conn, &who, via, room.as_ref(), resume),
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
            Input::AdminCommand { to, command: order, .. } => {
                let reply = self.obey(order);
                self.answer(to, reply);
            }
            // What a store says is a matter of `crash`.
            Input::Tick
            | Input::Memory { .. }
            | Input::Durable { .. }
            | Input::Pruned { .. }
            | Input::HiddenOlder { .. }
            | Input::Wipe => {}
            Input::Shutdown => {
                self.stopping = true;
                for conn in std::mem::take(&mut self.conns).into_keys() {
                    self.say_close(conn, CloseReason::Stopping);
                }
            }
        }
        while let Some((_, due)) = self.next_due().filter(|(at_ms, _)| *at_ms <= now.mono_ms) {
            match due {
                Due::Latest(room) => self.tell_latest(room),
                Due::Lease(conn) => self.close(conn, CloseReason::Silent),
                Due::Unmute(_) | Due::Reserved(_) | Due::Sweep | Due::Seats => {
                    unreachable!("nobody is muted or runs the evening here")
                }
            }
        }
        std::mem::take(&mut self.out)
    }

    /// The earliest thing that happens by itself.
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

    fn find(&self, name: &RoomName) -> Option<RoomId> {
        let found = self.rooms.iter().find(|room| room.name == *name);
        found.map(|room| room.id)
    }

    fn answer(&mut self, to: ReplyTo, reply: Result<Reply, Refusal>) {
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
        let now_ms = self.now.mono_ms;
        let room = self.room_mut(id);
        room.due_ms = None;
        let values = room.values();
        if room.told.as_ref().is_some_and(|(told, _)| *told == values) {
            return;
        }
        room.told = Some((values.clone(), now_ms));
        let latest = Arc::new(Latest {
            room: room.name.clone(),
            online: values.0,
            reactions: values.1,
            polls: Vec::new(),
            questions: Vec::new(),
            settings: None,
            durable: false,
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
        match command {
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
        if !self.meet(who) {
            self.answer(ReplyTo::Request(request), refuse(Code::Full));
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
        self.answer(ReplyTo::Request(request), reply);
        self.person_mut(who.user).floods = false;
        self.used_by_name(&room);
    }

    fn used_by_name(&mut self, room: &RoomName) {
        if let Some(room) = self.find(room) {
            self.used(room);
        }
    }

    /// A refusal costs a request.
    fn perform(&mut self, asker: &Asker, command: Result<Command, Refusal>) -> Result<Reply, Refusal> {
        let reply = match command {
            Ok(command) => self.ask(asker, command),
            Err(refusal) => Err(refusal),
        };
        match reply {
            Err(refusal) if refusal.code != Code::RateLimited => {
                self.take(asker, Purses::Requests)?;
                Err(refusal)
            }
            reply => reply,
        }
    }

    fn person_mut(&mut self, user: UserId) -> &mut Person {
        self.people.get_mut(&user).expect("whoever asks is known")
    }

    /// Makes sure that a user is known; if there are too many, the one away for longest of whom nothing is to be remembered
    /// makes way.
    fn meet(&mut self, who: &Identity) -> bool {
        if !self.people.contains_key(&who.user) {
            if !self.brings_newcomer(who.address) {
                return false;
            }
            if self.people.len() >= limits::USERS && !self.forget_somebody() {
                return false;
            }
            let guest = format!("Guest {:04x}", who.user.0);
            let guest = UserName::new(&guest).expect("a short name");
            self.people
                .insert(who.user, Person::new(guest, self.rates.as_ref(), self.now.mono_ms));
        }
        let wanted = who.name.as_ref().unwrap_or(&self.people[&who.user].name).clone();
        self.take_name(who.user, who.address, &wanted);
        self.person_mut(who.user).address = who.address;
        true
    }

    fn forget_somebody(&mut self) -> bool {
        let full_ms = |person: &Person| self.rates.map_or(0, |rates| person.full_ms(&rates));
        let away = self.people.iter().filter(|(_, person)| person.conns.is_empty());
        let longest = away.map(|(id, person)| (full_ms(person), *id)).min();
        match longest {
            Some((full_ms, id)) if full_ms <= self.now.mono_ms => {
                let forgotten = self.people.remove(&id).expect("the user is away");
                self.free_name(id, &forgotten.name);
                true
            }
            _ => false,
        }
    }
}
