//! What happens: people, and operators about them.

use super::{Stage, model::WORD};
use crate::{rng::Rng, script::room};
use chatterbox::room::{
    AddressTag, Audience, Command, ConnId, Identity, Input, MsgId, RoomName, Said, Say, Token, UserId, UserName, Via,
};

/// What an evening is about, so that each goes deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Ingress,
    Talk,
    Board,
    All,
}

pub const ROOMS: u64 = 2;
const USERS: u64 = 8;
pub const ADDRESSES: u64 = 3;
/// Connections at once.
const CROWD: usize = 10;

#[derive(Clone, Copy)]
enum Act {
    Connect,
    Disconnect,
    Join,
    Leave,
    Say,
    Request,
    AdminCommand,
    Tick,
}

const ACTS: &[(u64, Act)] = &[
    (14, Act::Connect),
    (6, Act::Disconnect),
    (6, Act::Join),
    (2, Act::Leave),
    (36, Act::Say),
    (14, Act::Request),
    (24, Act::AdminCommand),
    (3, Act::Tick),
];

pub fn some_room(rng: &mut Rng) -> RoomName {
    room(rng.below(ROOMS))
}

pub fn some_user(rng: &mut Rng) -> UserId {
    UserId(1 + rng.below(USERS))
}

pub fn one_of<T: Clone>(rng: &mut Rng, all: impl IntoIterator<Item = T>) -> Option<T> {
    let all: Vec<_> = all.into_iter().collect();
    rng.pick(&all).cloned()
}

impl Stage {
    pub fn act(&mut self) -> Input {
        let conns: Vec<_> = self.model.conns.keys().copied().collect();
        let conn = self.rng.pick(&conns).copied();
        match (self.rng.weighted(ACTS), conn) {
            (Act::Connect, _) if conns.len() < CROWD => self.connect(),
            (Act::AdminCommand, _) => self.order(conn),
            (Act::Request, _) => self.request(),
            (Act::Tick, _) => Input::Tick,
            (_, None) => self.connect(),
            (Act::Connect | Act::Disconnect, Some(conn)) => Input::Disconnect { conn },
            (Act::Join, Some(conn)) => {
                let room = some_room(&mut self.rng);
                let user = self.model.conns[&conn].0;
                let resume = self.memory(user, &room);
                self.command(conn, Command::Join { room, resume })
            }
            (Act::Leave, Some(conn)) => self.command(conn, Command::Leave),
            (Act::Say, Some(conn)) => {
                let (user, place) = (self.model.conns[&conn].0, self.model.place(conn));
                let command = self.say(user, place.as_ref());
                self.command(conn, command)
            }
        }
    }

    pub fn command(&mut self, conn: ConnId, command: Command) -> Input {
        self.next += 1;
        Input::Command {
            conn,
            ack: Some(self.next),
            command: Ok(command),
        }
    }

    pub fn identity(&mut self) -> Identity {
        let rng = &mut self.rng;
        let user = some_user(rng);
        let home = AddressTag(1 + user.0 % ADDRESSES);
        let other = AddressTag(1 + rng.below(ADDRESSES));
        Identity {
            user,
            name: rng
                .percent(25)
                .then(|| UserName::new(&format!("name {}", rng.below(9))).expect("a name")),
            address: if rng.percent(85) { home } else { other },
            shared: false,
            seat: rng.percent(30).then(|| 1 + rng.below(8) as u32),
            operates: false,
        }
    }

    fn connect(&mut self) -> Input {
        self.next += 1;
        let (conn, who) = (ConnId(self.next), self.identity());
        let room = some_room(&mut self.rng);
        let resume = self.memory(who.user, &room).filter(|_| self.rng.percent(80));
        let via = Via::WebSocket;
        let room = Some(room).filter(|_| self.rng.percent(92));
        Input::Connect {
            conn,
            who,
            via,
            room,
            resume,
        }
    }

    fn request(&mut self) -> Input {
        self.next += 1;
        let (request, mut who) = (self.next, self.identity());
        if self.rng.one_in(5) {
            // Users without a token.
            who.user = UserId(100 + who.address.0);
            who.shared = true;
        }
        let room = some_room(&mut self.rng);
        let command = Ok(self.say(who.user, Some(&room)));
        Input::Request {
            request,
            who,
            room,
            command,
        }
    }

    /// Something that a user asks in a room; now and then once more.
    fn say(&mut self, user: UserId, place: Option<&RoomName>) -> Command {
        let again: Vec<_> = self.said.iter().filter(|(whose, _)| *whose == user).collect();
        if self.rng.percent(15)
            && let Some((_, command)) = self.rng.pick(&again)
        {
            return command.clone();
        }
        let command = self.say_anew(place);
        self.said.push((user, command.clone()));
        command
    }

    fn say_anew(&mut self, place: Option<&RoomName>) -> Command {
        self.next += 1;
        let number = self.next;
        let rng = &mut self.rng;
        let id = Some(MsgId::new(&format!("m{number}")).expect("a short id"));
        let (talk, board) = match self.theme {
            Theme::Board => (30, 70),
            _ => (85, 15),
        };
        if rng.below(talk + board) < talk {
            let more = *rng.pick(&["", "", "", "", " www.example.com", WORD]).expect("a few");
            return match rng.below(10) {
                0 => Command::Say(Say {
                    id,
                    ..Say::new(Said::Gift {
                        name: Token::new(&format!("g{number}")).expect("a short name"),
                        count: 1 + rng.below(3) as u32,
                        to: rng.percent(40).then(|| some_user(rng)),
                    })
                }),
                1 => Command::React {
                    emoji: Token::new(if number.is_multiple_of(2) { "x" } else { "👏" }).expect("a short name"),
                },
                2 => Command::Rename {
                    name: UserName::new(&format!("name {number}")).expect("a name"),
                },
                3 if rng.percent(40) => Command::Who,
                3 => Command::History {
                    before: None,
                    limit: Some(50),
                },
                _ => Command::Say(Say {
                    id,
                    audience: if rng.one_in(8) {
                        Audience::Others
                    } else {
                        Audience::Room
                    },
                    ..Say::new(Said::chat(&format!("t{number} {more}")))
                }),
            };
        }
        let state = place.map(|place| &self.model.rooms[place]);
        let polls = state.into_iter().flat_map(|room| room.polls.keys().copied());
        let questions = state.into_iter().flat_map(|room| room.questions.keys().copied());
        match rng.below(8) {
            0..3 => Command::Vote {
                poll: one_of(rng, polls).unwrap_or(1),
                choices: (0..1 + rng.below(2)).map(|_| rng.below(4) as u8).collect(),
            },
            3 => Command::Say(Say {
                id,
                ..Say::new(Said::Question {
                    text: format!("q{number}").into(),
                })
            }),
            4 | 5 => Command::Upvote {
                question: one_of(rng, questions).unwrap_or(1),
            },
            6 => Command::Say(Say {
                id,
                ..Say::new(Said::Gift {
                    name: Token::new(&format!("g{number}")).expect("a short name"),
                    count: 1 + rng.below(3) as u32,
                    to: rng.percent(40).then(|| some_user(rng)),
                })
            }),
            _ => Command::Board,
        }
    }
}
