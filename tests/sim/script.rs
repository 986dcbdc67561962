//! What happens: the inputs of a step, made up from the seed.

use crate::{
    rng::Rng,
    world::{Realm, World},
};
use chatterbox::room::{
    AddressTag, AdminCommand, Audience, Code, Command, ConnId, Epoch, Identity, Input, MsgId, Operator, OperatorId,
    OperatorRole, Refusal, ReplyTo, Resume, RoomName, Said, Say, Token, UserId, UserName,
};

/// What an evening with operators is about, so that each goes deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Ingress,
    Talk,
    Board,
    All,
}

impl Theme {
    pub const ALL: &'static [Self] = &[Self::Ingress, Self::Talk, Self::Board, Self::All];
}

#[derive(Clone, Copy, PartialEq)]
enum Act {
    Connect,
    Disconnect,
    Renew,
    Say,
    Chat,
    Burst,
    Gift,
    Dm,
    React,
    Join,
    Leave,
    Create,
    History,
    Who,
    Rename,
    Bad,
    Request,
    Announce,
    Admin,
    Tick,
}

const ACTS: &[(u64, Act)] = &[
    (8, Act::Connect),
    (4, Act::Disconnect),
    (4, Act::Renew),
    (32, Act::Chat),
    (3, Act::Burst),
    (6, Act::Gift),
    (8, Act::Dm),
    (6, Act::React),
    (8, Act::Join),
    (3, Act::Leave),
    (2, Act::Create),
    (4, Act::History),
    (2, Act::Who),
    (3, Act::Rename),
    (2, Act::Bad),
    (6, Act::Request),
    (5, Act::Announce),
    (8, Act::Tick),
];

/// The same beside operators.
const ACTS_RUN: &[(u64, Act)] = &[
    (14, Act::Connect),
    (6, Act::Disconnect),
    (6, Act::Join),
    (2, Act::Leave),
    (36, Act::Say),
    (14, Act::Request),
    (24, Act::Admin),
    (3, Act::Tick),
];

/// What is asked without a connection.
const REQUESTS: &[(u64, Act)] = &[
    (6, Act::Chat),
    (2, Act::Gift),
    (1, Act::Dm),
    (1, Act::React),
    (2, Act::History),
    (1, Act::Who),
    (1, Act::Rename),
    (1, Act::Leave),
];

/// Rooms that operators run.
pub const RUN_ROOMS: u64 = 2;
/// Addresses of people there.
pub const ADDRESSES: u64 = 3;

pub fn room(number: u64) -> RoomName {
    RoomName::new(&format!("room {number}")).expect("a short name")
}

pub fn organizer() -> Operator {
    Operator {
        id: OperatorId::ORGANIZER,
        role: OperatorRole::Organizer,
    }
}

pub fn one_of<T: Clone>(rng: &mut Rng, all: impl IntoIterator<Item = T>) -> Option<T> {
    let all: Vec<_> = all.into_iter().collect();
    rng.pick(&all).cloned()
}

pub fn words(rng: &mut Rng) -> Box<str> {
    let most = if rng.one_in(20) { 16 } else { 9 };
    let count = usize::try_from(rng.below(most)).expect("few");
    "é 漢".repeat(count).into()
}

fn message_id(rng: &mut Rng) -> Option<MsgId> {
    let pool = if rng.percent(70) { 4 } else { 10_000 };
    let id = format!("m{}", rng.below(pool));
    rng.percent(50).then(|| MsgId::new(&id).expect("a short id"))
}

pub fn token(name: String) -> Token {
    Token::new(&name).expect("a short token")
}

fn some_name(rng: &mut Rng) -> UserName {
    UserName::new(&format!("name {}", rng.below(12))).expect("a short name")
}

fn chat(rng: &mut Rng) -> Command {
    let recipients = [(6, Audience::Room), (2, Audience::Others), (1, Audience::Me)];
    Command::Say(Say {
        room: rng.one_in(15).then(|| room(rng.below(5))),
        id: message_id(rng),
        audience: rng.weighted(&recipients),
        ..Say::new(Said::Chat {
            text: words(rng),
            more: if rng.one_in(8) { "1,true".into() } else { "".into() },
            re: None,
            edited: false,
        })
    })
}

impl World {
    pub fn is_run(&self) -> bool {
        self.realm == Realm::Run
    }

    pub fn ack(&mut self) -> u64 {
        self.next_ack += 1;
        self.next_ack
    }

    /// The inputs of one step.
    pub fn act(&mut self) -> Vec<Input> {
        let act = self.rng.weighted(if self.is_run() { ACTS_RUN } else { ACTS });
        match act {
            Act::Admin => {
                let conn = self.some_conn();
                return vec![self.admin(conn)];
            }
            Act::Request => return vec![self.request()],
            Act::Announce => return vec![self.announce()],
            Act::Tick => return vec![Input::Tick],
            _ => {}
        }
        let Some(conn) = self.some_conn() else {
            return vec![self.connect()];
        };
        // Connections at once in ordinary steps.
        let crowd = if self.is_run() { 10 } else { 14 };
        let command = match act {
            Act::Connect if self.model.conns.len() < crowd => return vec![self.connect()],
            Act::Connect | Act::Disconnect => return vec![Input::Disconnect { conn }],
            Act::Renew => return vec![Input::Renew { conn, has: None }],
            Act::Burst => {
                let count = 5 + self.rng.below(30);
                return (0..count).map(|_| self.chat_from(conn)).collect();
            }
            Act::Join => {
                let room = self.some_room();
                let resume = self.resume(conn, &room);
                Command::Join { room, resume }
            }
            Act::Say => self.say_from(conn),
            act => self.command_of(act),
        };
        let command = match act {
            Act::Bad => Err(Refusal::new(Code::BadRequest, "unreadable")),
            _ => Ok(command),
        };
        vec![self.command(conn, command)]
    }

    fn command_of(&mut self, act: Act) -> Command {
        let rng = &mut self.rng;
        match act {
            Act::Gift => Command::Say(Say {
                id: message_id(rng),
                ..Say::new(Said::Gift {
                    name: token(format!("t{}", rng.below(3))),
                    count: u32::try_from(rng.below(7)).expect("few"),
                    to: rng.percent(30).then(|| UserId(1 + rng.below(7))),
                })
            }),
            Act::Dm => Command::Dm {
                to: UserId(1 + rng.below(8)),
                text: words(rng),
                re: None,
                id: message_id(rng),
            },
            Act::React => Command::React {
                emoji: token(format!("t{}", rng.below(40))),
            },
            Act::Leave => Command::Leave,
            Act::Create => Command::CreateRoom { room: self.some_room() },
            Act::History => Command::History {
                before: rng.percent(60).then(|| rng.below(40)),
                limit: rng.percent(70).then(|| usize::try_from(rng.below(12)).expect("few")),
            },
            Act::Who => Command::Who,
            Act::Rename => Command::Rename { name: some_name(rng) },
            _ => chat(rng),
        }
    }

    /// A connection; now and then one that is gone.
    pub fn some_conn(&mut self) -> Option<ConnId> {
        let conns: Vec<_> = self.model.conns.keys().copied().collect();
        if !self.is_run() && self.rng.one_in(100) && self.next_conn > 0 {
            return Some(ConnId(1 + self.rng.below(self.next_conn)));
        }
        self.rng.pick(&conns).copied()
    }

    pub fn some_room(&mut self) -> RoomName {
        let rooms = if self.is_run() || self.rng.percent(80) { 2 } else { 6 };
        room(self.rng.below(rooms))
    }

    pub fn command(&mut self, conn: ConnId, command: Result<Command, Refusal>) -> Input {
        let ack = self.ack();
        let ack = (self.is_run() || self.rng.percent(60)).then_some(ack);
        Input::Command { conn, ack, command }
    }

    pub fn chat_from(&mut self, conn: ConnId) -> Input {
        let command = chat(&mut self.rng);
        self.command(conn, Ok(command))
    }

    pub fn announce(&mut self) -> Input {
        let command = AdminCommand::Announce {
            room: Some(self.some_room()),
            text: words(&mut self.rng),
        };
        self.by_organizer(command)
    }

    pub fn by_organizer(&mut self, command: AdminCommand) -> Input {
        let (to, by) = (ReplyTo::Request(self.ack()), organizer());
        Input::AdminCommand { to, by, command }
    }

    pub fn identity(&mut self) -> Identity {
        let is_run = self.is_run();
        let rng = &mut self.rng;
        if !is_run {
            let user = UserId(1 + rng.below(6));
            return Identity {
                name: rng.percent(40).then(|| some_name(rng)),
                // Some phones are several people's.
                address: AddressTag(1 + user.0 % 4),
                ..Identity::new(user)
            };
        }
        let user = self.some_user();
        let rng = &mut self.rng;
        let home = AddressTag(1 + user.0 % ADDRESSES);
        let other = AddressTag(1 + rng.below(ADDRESSES));
        Identity {
            name: rng.percent(25).then(|| some_name(rng)),
            address: if rng.percent(85) { home } else { other },
            seat: rng.percent(30).then(|| 1 + rng.below(8) as u32),
            ..Identity::new(user)
        }
    }

    pub fn some_user(&mut self) -> UserId {
        UserId(1 + self.rng.below(8))
    }

    fn request(&mut self) -> Input {
        let (request, mut who, room) = (self.ack(), self.identity(), self.some_room());
        let command = if self.is_run() {
            if self.rng.one_in(5) {
                // Users without a token.
                who.user = UserId(100 + who.address.0);
                who.shared = true;
            }
            self.say(who.user, Some(&room))
        } else {
            let act = self.rng.weighted(REQUESTS);
            self.command_of(act)
        };
        Input::Request {
            request,
            who,
            room,
            command: Ok(command),
        }
    }

    fn connect(&mut self) -> Input {
        let who = self.identity();
        self.connect_as(who)
    }

    pub fn connect_as(&mut self, who: Identity) -> Input {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        let ways: &[_] = match self.realm {
            Realm::Talk | Realm::Store => &[(3, false), (2, false), (1, false), (3, true)],
            Realm::Run => &[(1, false)],
        };
        let back = self.memory(who.user, None).filter(|_| self.rng.percent(60));
        let (room, resume) = match back {
            Some((room, resume)) => (Some(room), Some(resume)),
            None => (Some(self.some_room()), self.wild_resume()),
        };
        Input::Connect {
            conn,
            who,
            leased: self.rng.weighted(ways),
            room: room.filter(|_| self.rng.percent(90)),
            resume,
        }
    }

    /// Where a user goes on, who may have been anywhere.
    fn resume(&mut self, conn: ConnId, room: &RoomName) -> Option<Resume> {
        let user = self.model.conns.get(&conn).map(|conn| conn.user);
        let only = self.is_run().then_some(room);
        let remembered = user.and_then(|user| self.memory(user, only));
        match remembered {
            Some((_, resume)) if self.rng.percent(50) => Some(resume),
            _ => self.wild_resume(),
        }
    }

    fn wild_resume(&mut self) -> Option<Resume> {
        let epochs: Vec<_> = self.model.rooms.iter().map(|room| room.epoch).collect();
        let known = self.rng.percent(80);
        let epoch = self.rng.pick(&epochs).copied().filter(|_| known).unwrap_or(Epoch(7));
        let since = if self.rng.one_in(10) {
            u64::MAX
        } else {
            self.rng.below(60)
        };
        self.rng.percent(40).then_some(Resume { epoch, since })
    }
}
