//! What happens: the inputs of a step, made up from the seed.

use crate::{rng::Rng, world::World};
use chatterbox::room::{
    AddressTag, AdminCommand, Audience, Code, Command, ConnId, Epoch, Identity, Input, MsgId, Operator, OperatorId,
    OperatorRole, Refusal, ReplyTo, Resume, RoomName, Said, Say, Token, UserId, UserName, Via,
};

#[derive(Clone, Copy)]
enum Act {
    Connect,
    Disconnect,
    Renew,
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

/// Connections at once in ordinary steps.
const CROWD: usize = 14;

pub fn room(number: u64) -> RoomName {
    RoomName::new(&format!("room {number}")).expect("a short name")
}

fn words(rng: &mut Rng) -> Box<str> {
    let most = if rng.one_in(20) { 16 } else { 9 };
    let count = usize::try_from(rng.below(most)).expect("few");
    "é 漢".repeat(count).into()
}

fn message_id(rng: &mut Rng) -> Option<MsgId> {
    let pool = if rng.percent(70) { 4 } else { 10_000 };
    let id = format!("m{}", rng.below(pool));
    rng.percent(50).then(|| MsgId::new(&id).expect("a short id"))
}

fn token(rng: &mut Rng, kinds: u64) -> Token {
    Token::new(&format!("t{}", rng.below(kinds))).expect("a short token")
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
        })
    })
}

impl World {
    /// The inputs of one step.
    pub fn act(&mut self) -> Vec<Input> {
        let Some(conn) = self.some_conn() else {
            return vec![self.connect()];
        };
        let act = self.rng.weighted(ACTS);
        let command = match act {
            Act::Connect if self.model.conns.len() < CROWD => return vec![self.connect()],
            Act::Connect | Act::Disconnect => return vec![Input::Disconnect { conn }],
            Act::Renew => return vec![Input::Renew { conn, has: None }],
            Act::Tick => return vec![Input::Tick],
            Act::Announce => return vec![self.announce()],
            Act::Request => return vec![self.request()],
            Act::Burst => {
                let count = 5 + self.rng.below(30);
                return (0..count).map(|_| self.chat_from(conn)).collect();
            }
            Act::Join => Command::Join {
                room: self.some_room(),
                resume: self.resume(conn),
            },
            act => self.command_of(act),
        };
        let bad = matches!(act, Act::Bad);
        let command = if bad {
            Err(Refusal::new(Code::BadRequest, "unreadable"))
        } else {
            Ok(command)
        };
        vec![self.command(conn, command)]
    }

    fn command_of(&mut self, act: Act) -> Command {
        let rng = &mut self.rng;
        match act {
            Act::Gift => Command::Say(Say {
                id: message_id(rng),
                ..Say::new(Said::Gift {
                    name: token(rng, 3),
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
            Act::React => Command::React { emoji: token(rng, 40) },
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
        if self.rng.one_in(100) && self.next_conn > 0 {
            return Some(ConnId(1 + self.rng.below(self.next_conn)));
        }
        self.rng.pick(&conns).copied()
    }

    fn some_room(&mut self) -> RoomName {
        let rooms = if self.rng.percent(80) { 2 } else { 6 };
        room(self.rng.below(rooms))
    }

    pub fn command(&mut self, conn: ConnId, command: Result<Command, Refusal>) -> Input {
        self.next_ack += 1;
        let ack = self.rng.percent(60).then_some(self.next_ack);
        Input::Command { conn, ack, command }
    }

    pub fn chat_from(&mut self, conn: ConnId) -> Input {
        let command = chat(&mut self.rng);
        self.command(conn, Ok(command))
    }

    pub fn announce(&mut self) -> Input {
        let order = AdminCommand::Announce {
            room: Some(self.some_room()),
            text: words(&mut self.rng),
        };
        self.order(order)
    }

    pub fn order(&mut self, order: AdminCommand) -> Input {
        self.next_ack += 1;
        let by = Operator {
            id: OperatorId::ORGANIZER,
            role: OperatorRole::Organizer,
        };
        let to = ReplyTo::Request(self.next_ack);
        Input::AdminCommand { to, by, command: order }
    }

    fn request(&mut self) -> Input {
        let acts = [
            (6, Act::Chat),
            (2, Act::Gift),
            (1, Act::Dm),
            (1, Act::React),
            (2, Act::History),
            (1, Act::Who),
            (1, Act::Rename),
            (1, Act::Leave),
        ];
        let act = self.rng.weighted(&acts);
        self.next_ack += 1;
        Input::Request {
            request: self.next_ack,
            who: identity(&mut self.rng),
            room: self.some_room(),
            command: Ok(self.command_of(act)),
        }
    }

    fn connect(&mut self) -> Input {
        let who = identity(&mut self.rng);
        self.connect_as(who)
    }

    pub fn connect_as(&mut self, who: Identity) -> Input {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        let ways = [(3, Via::SocketIo), (2, Via::WebSocket), (1, Via::Sse), (3, Via::Poll)];
        let back = self.memory(who.user).filter(|_| self.rng.percent(60));
        let (room, resume) = match back {
            Some((room, resume)) => (Some(room), Some(resume)),
            None => (Some(self.some_room()), self.wild_resume()),
        };
        Input::Connect {
            conn,
            who,
            via: self.rng.weighted(&ways),
            room: room.filter(|_| self.rng.percent(90)),
            resume,
        }
    }

    /// Where a user goes on, who may have been anywhere.
    fn resume(&mut self, conn: ConnId) -> Option<Resume> {
        let user = self.model.conns.get(&conn).map(|conn| conn.user);
        let remembered = user.and_then(|user| self.memory(user));
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

fn some_name(rng: &mut Rng) -> UserName {
    UserName::new(&format!("name {}", rng.below(12))).expect("a short name")
}

fn identity(rng: &mut Rng) -> Identity {
    let user = UserId(1 + rng.below(6));
    Identity {
        name: rng.percent(40).then(|| some_name(rng)),
        // Some phones are several people's.
        address: AddressTag(1 + user.0 % 4),
        ..Identity::new(user)
    }
}
