use super::*;
use crate::limits;
use crate::room::{Entry, Hide, Officer, OfficerId, OfficerRole, Order, Resume, SettingsChange, To, Token, Via};

/// A hub with Ann (1) and Bo (2) in the room `hall`, each on the connection of their number.
pub(super) struct Rig {
    pub(super) hub: Hub,
    pub(super) now: Now,
    pub(super) kept: BTreeMap<Key, Box<str>>,
}

pub(super) fn hall() -> RoomName {
    RoomName::new("hall").unwrap()
}

pub(super) fn chat(text: &str) -> Command {
    Command::Chat {
        room: None,
        text: text.into(),
        more: "".into(),
        id: None,
        to: To::Room,
    }
}

pub(super) fn config() -> HubConfig {
    HubConfig {
        limits: Limits::default(),
        epoch_seed: 1,
        rooms: Vec::new(),
        keeps: true,
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        let mut rig = Self {
            hub: Hub::new(config()),
            now: Now {
                mono_ms: 1000,
                wall_ms: 500_000,
            },
            kept: BTreeMap::new(),
        };
        rig.come(1);
        rig.come(2);
        rig
    }

    pub(super) fn tell(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        let outputs: Vec<_> = std::iter::from_fn(|| self.hub.poll_output()).collect();
        for output in &outputs {
            match output {
                Output::Keep {
                    key,
                    value: Some(value),
                } => drop(self.kept.insert(key.clone(), value.clone())),
                Output::Keep { key, value: None } => drop(self.kept.remove(key)),
                _ => {}
            }
        }
        outputs
    }

    pub(super) fn come(&mut self, user: u64) -> Vec<Output> {
        self.come_as(user, Identity::new(UserId(user)))
    }

    pub(super) fn come_as(&mut self, conn: u64, who: Identity) -> Vec<Output> {
        self.tell(Input::Connect {
            conn: ConnId(conn),
            who,
            via: Via::WebSocket,
            room: Some(hall()),
            resume: None,
        })
    }

    pub(super) fn ask(&mut self, user: u64, command: Command) -> Result<Reply, Code> {
        let outputs = self.tell(Input::Command {
            conn: ConnId(user),
            ack: Some(1),
            command: Ok(command),
        });
        reply(&outputs)
    }

    pub(super) fn order(&mut self, order: Order) -> Vec<Output> {
        let by = Officer {
            id: OfficerId(7),
            role: OfficerRole::Organizer,
        };
        let to = ReplyTo::Request(1);
        self.tell(Input::Order { to, by, order })
    }

    pub(super) fn done(&mut self, order: Order) -> Reply {
        reply(&self.order(order)).expect("obeyed")
    }

    pub(super) fn set(&mut self, set: SettingsChange) -> Vec<Output> {
        self.order(Order::Settings { room: hall(), set })
    }

    pub(super) fn history(&mut self) -> Vec<std::sync::Arc<Entry>> {
        match self.ask(
            1,
            Command::History {
                before: None,
                limit: None,
            },
        ) {
            Ok(Reply::History { entries, .. }) => entries,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn restarted(self) -> Self {
        let rooms = Vec::new();
        let kept = self.kept.clone().into_iter().collect();
        let mut hub = Hub::restore(config(), Restored { rooms, kept });
        while hub.poll_output().is_some() {}
        Self { hub, ..self }
    }
}

pub(super) fn reply(outputs: &[Output]) -> Result<Reply, Code> {
    let mut replies = outputs.iter().filter_map(|output| match output {
        Output::Reply { reply, .. } => Some(reply.clone()),
        _ => None,
    });
    replies.next_back().expect("an answer").map_err(|refusal| refusal.code)
}

fn says(entries: &[std::sync::Arc<Entry>]) -> bool {
    format!("{entries:?}").contains("secret")
}

#[test]
fn what_is_hidden_is_gone_and_counted() {
    let mut rig = Rig::new();
    rig.ask(1, chat("secret one")).unwrap();
    rig.ask(2, chat("secret two")).unwrap();
    rig.ask(1, chat("three")).unwrap();
    let outputs = rig.order(Order::Hide { room: hall(), seq: 1 });
    let redacted = outputs.iter().find_map(|output| match output {
        Output::Redact { what, entries, to, .. } => Some((*what, entries.len(), *to)),
        _ => None,
    });
    assert_eq!(redacted, Some((Hide::Entry { seq: 1 }, 1, 3)));
    let kinds: Vec<_> = rig.history().iter().map(|entry| format!("{:?}", entry.body)).collect();
    assert!(
        kinds[0].starts_with("Hidden") && kinds[3].starts_with("Hide"),
        "{kinds:?}"
    );
    assert!(says(&rig.history()[1..2]));
    rig.order(Order::HidePerson {
        room: None,
        user: UserId(2),
    });
    assert!(!says(&rig.history()));
    assert_eq!(rig.history().len(), 5, "each number is still there");
    let twice = rig.order(Order::Hide { room: hall(), seq: 1 });
    assert!(reply(&twice).is_ok() && !twice.iter().any(|output| matches!(output, Output::Append { .. })));
    for seq in [0, 4, 99] {
        assert_eq!(
            reply(&rig.order(Order::Hide { room: hall(), seq })).unwrap_err(),
            Code::BadRequest
        );
    }
    let epoch = rig.history()[0].epoch;
    let resumed = rig.ask(
        2,
        Command::Join {
            room: hall(),
            resume: Some(Resume { epoch, since: 0 }),
        },
    );
    assert!(matches!(
        resumed,
        Ok(Reply::Joined {
            recovered: true,
            missed: 0,
            ..
        })
    ));
}

#[test]
fn an_announcement_that_was_hidden_keeps_its_place_among_those_that_stay() {
    let mut rig = Rig::new();
    rig.done(Order::Announce {
        room: Some(hall()),
        text: "secret".into(),
    });
    rig.done(Order::Hide { room: hall(), seq: 1 });
    for number in 0..limits::RING_ENTRIES {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat(&number.to_string())).unwrap();
    }
    let room = rig.hub.rooms.get(rig.hub.rooms.find(&hall()).unwrap());
    let controls: Vec<_> = room.log.controls_in(1, 2).cloned().collect();
    assert_eq!(controls.len(), 2);
    assert!(!says(&controls));
}

#[test]
fn who_is_muted_reads_on_and_nothing_else() {
    let mut rig = Rig::new();
    let (room, user) = (hall(), UserId(2));
    rig.done(Order::Mute {
        room,
        user,
        seconds: 60,
    });
    let dm = Command::Dm {
        to: UserId(1),
        text: "psst".into(),
        id: None,
    };
    let rose = || Token::new("rose").unwrap();
    let gift = Command::Gift {
        name: rose(),
        count: 1,
        to: None,
        id: None,
    };
    let name = crate::room::UserName::new("No").unwrap();
    for command in [
        chat("hi"),
        gift,
        Command::React { emoji: rose() },
        dm,
        Command::Rename { name },
    ] {
        assert_eq!(rig.ask(2, command).unwrap_err(), Code::Muted);
    }
    assert!(rig.ask(2, Command::Who).is_ok());
    assert!(rig.ask(1, chat("hi")).is_ok());
    let restarted = rig.restarted();
    assert!(restarted.kept.keys().any(|key| matches!(key, Key::Mute(..))));
    let mut rig = Rig::new();
    let room = hall();
    rig.done(Order::Mute {
        room,
        user,
        seconds: 60,
    });
    rig.now.mono_ms += 60_000;
    assert!(rig.ask(2, chat("again")).is_ok());
    let room = hall();
    rig.done(Order::Mute {
        room,
        user,
        seconds: 60,
    });
    let room = hall();
    rig.done(Order::Unmute { room, user });
    assert!(rig.ask(2, chat("at once")).is_ok());
    assert!(!rig.kept.keys().any(|key| matches!(key, Key::Mute(..))));
}
