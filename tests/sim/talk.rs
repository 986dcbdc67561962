//! What people say and ask in rooms that operators run.

use crate::{
    model::WORD,
    script::{Theme, one_of, token},
    world::World,
};
use chatterbox::room::{
    Audience, Command, ConnId, MsgId, RoomName, Said, Say, SetValue, UserId, UserName, ValueKey, Writers,
};

impl World {
    pub fn say_from(&mut self, conn: ConnId) -> Command {
        let state = &self.model.conns[&conn];
        let room = state.room.map(|id| self.model.room(id).name.clone());
        self.say(state.user, room.as_ref())
    }

    /// Something that a user asks in a room that operators run; now and then once more.
    pub fn say(&mut self, user: UserId, room: Option<&RoomName>) -> Command {
        let again: Vec<_> = self.sent.iter().filter(|(whose, _)| *whose == user).collect();
        if self.rng.percent(15)
            && let Some((_, command)) = self.rng.pick(&again)
        {
            return command.clone();
        }
        let talk = if self.theme == Theme::Board { 30 } else { 85 };
        let command = match self.rng.percent(talk) {
            true => self.talk(),
            false => self.use_board(room),
        };
        self.sent.push((user, command.clone()));
        command
    }

    fn new_id(&mut self) -> (u64, Option<MsgId>) {
        let number = self.ack();
        (number, Some(MsgId::new(&format!("m{number}")).expect("a short id")))
    }

    fn gift(&mut self) -> Command {
        let ((number, id), user) = (self.new_id(), self.some_user());
        Command::Say(Say {
            id,
            ..Say::new(Said::Gift {
                name: token(format!("g{number}")),
                count: 1 + self.rng.below(3) as u32,
                to: self.rng.percent(40).then_some(user),
            })
        })
    }

    fn talk(&mut self) -> Command {
        let (number, id) = self.new_id();
        let rng = &mut self.rng;
        let more = *rng.pick(&["", "", "", "", " www.example.com", WORD]).expect("a few");
        match rng.below(10) {
            0 => self.gift(),
            1 => Command::React {
                emoji: token(if number.is_multiple_of(2) { "x" } else { "👏" }.into()),
            },
            2 => Command::Rename {
                name: UserName::new(&format!("name {number}")).expect("a name"),
            },
            3 if rng.percent(40) => Command::Who,
            3 => Command::History {
                before: None,
                limit: Some(50),
            },
            4 if rng.percent(60) => {
                let id = MsgId::new(&format!("m{}", number.saturating_sub(rng.below(12)))).expect("a short id");
                match rng.percent(50) {
                    true => Command::Retract { id },
                    false => {
                        let said = Said::chat(&format!("e{number} {more}"));
                        Command::Edit { id, said }
                    }
                }
            }
            _ => Command::Say(Say {
                id,
                audience: if rng.one_in(8) {
                    Audience::Others
                } else {
                    Audience::Room
                },
                ..Say::new(Said::chat(&format!("t{number} {more}")))
            }),
        }
    }

    /// A program of a user changes a value, mostly from what it has read.
    fn set_value(&mut self, room: Option<&RoomName>) -> Command {
        let state = room.map(|name| self.model.room(self.model.find(name).expect("it stays")));
        let rng = &mut self.rng;
        let key = ValueKey::new(&format!("k{}", rng.below(4))).expect("a key");
        let current = state.and_then(|room| room.values.all.get(&key));
        let read = current.map_or(0, |value| value.revision);
        let text = rng.one_in(6);
        Command::Set(Box::new(SetValue {
            value: match rng.below(8) {
                0 => None,
                _ if text => Some("\"漢\"".into()),
                number => Some(number.to_string().into()),
            },
            texts: "".into(),
            expected: match rng.below(6) {
                0 => Some(rng.below(3)),
                1 => None,
                _ => Some(read),
            },
            write: *rng
                .pick(&[
                    None,
                    None,
                    None,
                    None,
                    Some(Writers::Anyone),
                    Some(Writers::Owner),
                    Some(Writers::Moderators),
                ])
                .expect("a few"),
            key,
        }))
    }

    fn use_board(&mut self, room: Option<&RoomName>) -> Command {
        let (number, id) = self.new_id();
        let state = room.map(|name| self.model.room(self.model.find(name).expect("it stays")));
        let polls = state.into_iter().flat_map(|room| room.polls.keys().copied());
        let questions = state.into_iter().flat_map(|room| room.questions.keys().copied());
        let rng = &mut self.rng;
        match rng.below(12) {
            8..10 => self.set_value(room),
            10 => Command::Watch,
            11 => Command::Get { key: None },
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
            6 => self.gift(),
            _ => Command::Board,
        }
    }
}
