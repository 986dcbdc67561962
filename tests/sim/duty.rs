//! The commands that operators give.

use crate::{
    model::{Room, WORD},
    rng::Rng,
    script::{ADDRESSES, Theme, one_of, organizer},
    world::World,
};
use chatterbox::room::{
    AdminCommand, ConnId, Input, NewPoll, Operator, OperatorId, OperatorRole, ReplyTo, Role, RoomName, SettingsChange,
    UserId, UserName, WordMode,
};

impl World {
    pub fn admin(&mut self, conn: Option<ConnId>) -> Input {
        let ack = self.ack();
        let moderator = self.rng.percent(40);
        let by = match moderator {
            true => Operator {
                id: OperatorId(1),
                role: OperatorRole::Moderator,
            },
            false => organizer(),
        };
        let to = match conn.filter(|_| self.rng.one_in(12)) {
            Some(conn) => ReplyTo::Conn(conn, Some(ack)),
            None => ReplyTo::Request(ack),
        };
        let command = self.some_admin_command();
        Input::AdminCommand { to, by, command }
    }

    fn some_admin_command(&mut self) -> AdminCommand {
        let theme = match self.theme {
            Theme::All => *self.rng.pick(&Theme::ALL[..3]).expect("three"),
            _ if self.rng.one_in(6) => Theme::Talk,
            theme => theme,
        };
        match theme {
            Theme::Ingress => self.about_access(),
            Theme::Board => self.about_board(),
            Theme::Talk | Theme::All => self.about_talk(),
        }
    }

    fn about_access(&mut self) -> AdminCommand {
        // Now and then a user who has no token, or was never here.
        let user = match self.rng.below(12) {
            0 => UserId(100 + 1 + self.rng.below(ADDRESSES)),
            1 => UserId(50),
            _ => self.some_user(),
        };
        let room = self.some_room();
        let rng = &mut self.rng;
        match rng.below(20) {
            0..4 => AdminCommand::Ban {
                user,
                address: rng.one_in(6),
            },
            4..8 => AdminCommand::Unban { user },
            8..11 => AdminCommand::Admit {
                room: rng.percent(50).then_some(room),
                user,
            },
            11 => AdminCommand::Waiting {},
            12 => AdminCommand::Badge {
                user,
                badge: *rng.pick(&[Role::Guest, Role::Moderator, Role::Bot]).expect("three"),
            },
            13 => AdminCommand::Seats {
                count: *rng.pick(&[0, 0, 6]).expect("three"),
            },
            14 | 18 => {
                let taken = self.model.people.values().filter_map(|person| person.seat);
                let seat = one_of(rng, taken).filter(|_| rng.percent(80));
                AdminCommand::FreeSeat {
                    seat: seat.unwrap_or(8),
                }
            }
            15 => AdminCommand::Issue {
                role: OperatorRole::Moderator,
                name: UserName::new("Bo").expect("a name"),
            },
            16 => AdminCommand::Revoke {
                code: OperatorId(1 + rng.below(3) as u32),
            },
            17 => AdminCommand::Words {
                list: if rng.percent(80) { vec![WORD.into()] } else { Vec::new() },
            },
            _ => self.about_talk(),
        }
    }

    fn about_talk(&mut self) -> AdminCommand {
        let (room, user) = (self.some_room(), self.some_user());
        let state = self.run_room(&room);
        let (head, held) = (state.head(), state.held.iter().filter_map(|held| held.number));
        let (held, gone): (Vec<_>, Vec<_>) = (held.collect(), state.gone.iter().copied().collect());
        let hidden: Vec<_> = state.originals.keys().copied().collect();
        let rng = &mut self.rng;
        match rng.below(23) {
            0..3 => AdminCommand::Mute {
                room,
                user,
                seconds: 1 + rng.below(20) as u32,
            },
            3 => AdminCommand::Unmute { room, user },
            4..6 => AdminCommand::Hide {
                seq: 1 + rng.below(head + 1),
                room,
            },
            6 => AdminCommand::HidePerson {
                room: rng.percent(50).then_some(room),
                user,
            },
            7..9 => AdminCommand::Held { room },
            9..12 => {
                let gone = gone.into_iter().filter(|_| rng.one_in(4));
                let numbers: Vec<_> = held.into_iter().chain(gone).collect();
                let Some(&number) = rng.pick(&numbers) else {
                    return AdminCommand::Held { room };
                };
                match rng.percent(50) {
                    true => AdminCommand::Approve { room, number },
                    false => AdminCommand::Reject { room, number },
                }
            }
            12 => AdminCommand::Words {
                list: if rng.percent(80) { vec![WORD.into()] } else { Vec::new() },
            },
            13 => self.announce_in(room),
            14 => AdminCommand::Hidden { room },
            15 | 16 => AdminCommand::Unhide {
                seq: one_of(rng, hidden).unwrap_or(1 + rng.below(head + 1)),
                room,
            },
            _ => AdminCommand::Settings {
                room,
                set: some_settings(rng),
            },
        }
    }

    fn announce_in(&mut self, room: RoomName) -> AdminCommand {
        let text = format!("a{}", self.ack()).into();
        AdminCommand::Announce { room: Some(room), text }
    }

    fn run_room(&self, room: &RoomName) -> &Room {
        self.model.room(self.model.find(room).expect("it stays"))
    }

    fn about_board(&mut self) -> AdminCommand {
        let room = self.some_room();
        let state = self.run_room(&room);
        let (polls, questions): (Vec<_>, Vec<_>) = (
            state.polls.keys().copied().collect(),
            state.questions.keys().copied().collect(),
        );
        let hidden: Vec<_> = state.hidden_questions.keys().copied().collect();
        let head = state.head();
        let rng = &mut self.rng;
        let poll = one_of(rng, polls).unwrap_or(1);
        let question = one_of(rng, questions).unwrap_or(1);
        match rng.below(15) {
            0..3 => AdminCommand::Poll {
                room,
                poll: NewPoll {
                    question: "?".into(),
                    choices: (0..2 + rng.below(2)).map(|choice| choice.to_string().into()).collect(),
                    several: rng.percent(40),
                    hidden: rng.percent(50),
                    change: rng.percent(60),
                    right: rng.percent(30).then_some(1),
                },
            },
            3 => AdminCommand::ClosePoll { room, poll },
            4 => AdminCommand::ShowPoll { room, poll },
            5 | 6 => AdminCommand::Polls { room },
            7 => AdminCommand::Answered { room, question },
            8 | 9 => match rng.percent(80) {
                true => AdminCommand::Pin {
                    seq: Some(head.saturating_sub(rng.below(6))),
                    text: None,
                    room,
                },
                false => AdminCommand::Pin {
                    room,
                    seq: None,
                    text: Some("here".into()),
                },
            },
            10 => AdminCommand::Unpin { room },
            11 => AdminCommand::Hide { room, seq: question },
            12 | 13 => AdminCommand::Unhide {
                seq: one_of(rng, hidden).unwrap_or(question),
                room,
            },
            _ => self.announce_in(room),
        }
    }
}

fn some_settings(rng: &mut Rng) -> SettingsChange {
    let mut set = SettingsChange::default();
    // More often off than on, so that there is talk.
    let on = rng.percent(45);
    match rng.below(9) {
        0 => set.slow_s = Some(if on { 1 + rng.below(10) as u32 } else { 0 }),
        1 => set.locked = Some(on),
        2 => set.closed = Some(on && rng.percent(50)),
        3 => set.reactions_only = Some(on && rng.percent(50)),
        4 => set.links_off = Some(on),
        5 => set.hold = Some(on),
        6 => set.newcomers_wait = Some(on),
        7 => {
            set.words = Some(
                *rng.pick(&[WordMode::Off, WordMode::Block, WordMode::Hold])
                    .expect("three"),
            )
        }
        _ => set.gift_budget = Some(rng.below(8)),
    }
    set
}
