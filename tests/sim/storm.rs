//! What no run of ordinary steps reaches: more of something than its bound.

use crate::{
    rng::Rng,
    script::room,
    world::{Realm, World},
};
use chatterbox::{
    limits::{
        APPROVAL_QUEUE, CONTROL_ENTRIES, DEDUP_IDS, DIRECT_FRAMES, GIVERS, REACTIONS, REFUSAL_BURST, ROOMS,
        USER_CONNECTIONS, USERS,
    },
    room::{AddressTag, AdminCommand, Command, ConnId, Identity, Input, MsgId, Said, Say, Token, UserId},
};

/// Something large that happens once in some runs, because no run of ordinary steps reaches the bound that it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// More announcements than are kept for those who fell behind.
    Announcements,
    /// More rooms than there is place for, some with members.
    Rooms,
    /// More connections of one user than are allowed.
    Connections,
    /// More private messages than a queue holds.
    Private,
    /// More messages with ids than are remembered, and more than a log keeps.
    Ids,
    /// More kinds of reaction than a room counts.
    Reactions,
    /// More givers than a room keeps the account of.
    Givers,
    /// More people than the hub knows.
    Strangers,
    /// So much over the rate that it is a flood.
    Flood,
    /// Beside operators: more messages than may wait in a room.
    Approvals,
}

impl Storm {
    pub fn choose(rng: &mut Rng, realm: Realm) -> Option<Self> {
        match realm {
            Realm::Talk => {}
            Realm::Store => return None,
            Realm::Run => return rng.percent(25).then_some(Self::Approvals),
        }
        let storms = [
            (1720, None),
            (160, Some(Self::Announcements)),
            (30, Some(Self::Connections)),
            (6, Some(Self::Rooms)),
            (16, Some(Self::Private)),
            (6, Some(Self::Ids)),
            (20, Some(Self::Reactions)),
            (2, Some(Self::Givers)),
            (8, Some(Self::Strangers)),
            (12, Some(Self::Flood)),
        ];
        rng.weighted(&storms)
    }

    /// Whether a storm that began so many steps ago breaks out again: announcements must overtake a user who is still
    /// getting the ones before.
    pub fn returns(self, steps_ago: u64) -> bool {
        steps_ago == 0 || (self == Self::Announcements && steps_ago.is_multiple_of(5))
    }

    /// Whether it needs the rate limits off.
    pub fn is_unlimited(self) -> bool {
        matches!(self, Self::Rooms | Self::Private | Self::Ids | Self::Reactions)
    }
}

impl World {
    /// The inputs of a storm.
    pub fn storm(&mut self, storm: Storm) -> Vec<Input> {
        let count = |bound: usize| 1..=bound as u64 + (bound as u64 / 16).min(100) + 4;
        let conn = self.some_conn().unwrap_or(ConnId(1));
        match storm {
            Storm::Announcements => {
                let most = self.rng.below(CONTROL_ENTRIES as u64 + 20);
                (0..most).map(|_| self.announce()).collect()
            }
            Storm::Rooms => {
                let occupied = if self.rng.percent(50) { 75 } else { 100 };
                let numbers = count(ROOMS);
                numbers.flat_map(|number| self.crowd_room(number, occupied)).collect()
            }
            Storm::Connections => {
                let who = || Identity::new(UserId(3));
                count(USER_CONNECTIONS).map(|_| self.connect_as(who())).collect()
            }
            Storm::Private => {
                let to = self.model.conns.get(&conn).map_or(UserId(1), |conn| conn.user);
                let dm = || Command::Dm {
                    to,
                    text: "hi".into(),
                    re: None,
                    id: None,
                };
                count(DIRECT_FRAMES).map(|_| self.command(conn, Ok(dm()))).collect()
            }
            Storm::Ids => {
                let numbers = count(DEDUP_IDS).chain((1..300).rev());
                numbers.map(|number| self.numbered_chat(conn, number)).collect()
            }
            Storm::Reactions => {
                let reactions = count(REACTIONS).map(|number| Command::React {
                    emoji: Token::new(&format!("kind {number}")).expect("a short token"),
                });
                reactions.map(|react| self.command(conn, Ok(react))).collect()
            }
            Storm::Givers => {
                let gift = || {
                    Command::Say(Say::new(Said::Gift {
                        name: Token::new("rose").expect("a short token"),
                        count: 1,
                        to: None,
                    }))
                };
                count(GIVERS).map(|number| self.stranger(number, gift())).collect()
            }
            Storm::Strangers => count(USERS).map(|number| self.stranger(number, Command::Who)).collect(),
            Storm::Approvals => (0..APPROVAL_QUEUE as u64)
                .filter_map(|_| self.chat_from_any())
                .collect(),
            Storm::Flood => {
                let flood = 0..u64::from(REFUSAL_BURST) + 100;
                flood.map(|_| self.chat_from(conn)).collect()
            }
        }
    }

    fn chat_from_any(&mut self) -> Option<Input> {
        let (conn, number) = (self.some_conn()?, self.ack());
        let said = Said::chat(&format!("f{number}"));
        Some(self.command(conn, Ok(Command::Say(Say::new(said)))))
    }

    /// Something that a person asks who was never here.
    fn stranger(&mut self, number: u64, command: Command) -> Input {
        let who = Identity {
            address: AddressTag(10_000 + number / 8),
            ..Identity::new(UserId(10_000 + number))
        };
        Input::Request {
            request: self.ack(),
            who,
            room: room(0),
            command: Ok(command),
        }
    }

    /// A room with entries, and often a user in it.
    fn crowd_room(&mut self, number: u64, occupied: u64) -> Vec<Input> {
        let room = room(100 + number);
        let text = "first".into();
        let opened = self.by_organizer(AdminCommand::Announce {
            room: Some(room.clone()),
            text,
        });
        let who = Identity::new(UserId(1000 + number / 8));
        let mut inputs = vec![opened];
        if self.rng.percent(occupied)
            && let Input::Connect { conn, who, leased, .. } = self.connect_as(who)
        {
            inputs.push(Input::Connect {
                conn,
                who,
                leased,
                room: Some(room),
                resume: None,
            });
        }
        inputs
    }

    fn numbered_chat(&mut self, conn: ConnId, number: u64) -> Input {
        let id = MsgId::new(&format!("n{number}")).expect("a short id");
        let command = Command::Say(Say {
            id: Some(id),
            ..Say::new(Said::chat("x"))
        });
        self.command(conn, Ok(command))
    }
}
