//! The stage of all scenes: a hub with a clock that stands still unless told otherwise, and what a store would have of it.

use super::*;
use crate::room::{AdminCommand, Entry, Operator, OperatorId, OperatorRole, Said, Say, SettingsChange};

/// A hub; mostly with Ann (1) and Bo (2) in the room `hall`, each on the connection of their number.
pub(super) struct Rig {
    pub(super) hub: Hub,
    pub(super) now: Now,
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) stored: BTreeMap<Key, Box<str>>,
    pub(super) config: HubConfig,
}

pub(super) fn room_name(name: &str) -> RoomName {
    RoomName::new(name).unwrap()
}

pub(super) fn hall() -> RoomName {
    room_name("hall")
}

pub(super) fn chat(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

pub(super) fn config() -> HubConfig {
    HubConfig {
        limits: Limits::default(),
        epoch_seed: 1,
        rooms: Vec::new(),
        persists: true,
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    /// The same where an address is many people's.
    pub(super) fn shared() -> Self {
        let mut config = config();
        config.limits.per_address = None;
        Self::with(config)
    }

    pub(super) fn with(config: HubConfig) -> Self {
        let mut rig = Self::empty(config);
        rig.come(1);
        rig.come(2);
        rig
    }

    /// A hub that no one has entered.
    pub(super) fn empty(config: HubConfig) -> Self {
        Self {
            hub: Hub::new(config.clone()),
            config,
            now: Now {
                mono_ms: 1000,
                wall_ms: 500_000,
            },
            entries: Vec::new(),
            stored: BTreeMap::new(),
        }
    }

    /// The same without a store.
    pub(super) fn in_memory(limits: Limits) -> Self {
        Self::empty(HubConfig {
            limits,
            persists: false,
            ..config()
        })
    }

    pub(super) fn later(&mut self, ms: u64) -> &mut Self {
        self.now.mono_ms += ms;
        self.now.wall_ms += ms;
        self
    }

    pub(super) fn tell(&mut self, input: Input) -> Vec<Output> {
        self.hub.handle(self.now, input);
        let outputs: Vec<_> = std::iter::from_fn(|| self.hub.poll_output()).collect();
        for output in &outputs {
            match output {
                Output::Append { entry, .. } => self.entries.push(entry.clone()),
                Output::Persist {
                    key,
                    value: Some(value),
                } => drop(self.stored.insert(key.clone(), value.json().into())),
                Output::Persist { key, value: None } => drop(self.stored.remove(key)),
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
            leased: false,
            room: Some(hall()),
            resume: None,
        })
    }

    pub(super) fn connect_via(&mut self, conn: u64, user: u64, leased: bool, room: Option<&str>) -> Vec<Output> {
        self.tell(Input::Connect {
            conn: ConnId(conn),
            who: Identity::new(UserId(user)),
            leased,
            room: room.map(room_name),
            resume: None,
        })
    }

    pub(super) fn connect(&mut self, conn: u64, user: u64, room: &str) -> Vec<Output> {
        self.connect_via(conn, user, false, Some(room))
    }

    pub(super) fn command(&mut self, conn: u64, command: Command) -> Vec<Output> {
        self.tell(Input::Command {
            conn: ConnId(conn),
            ack: Some(1),
            command: Ok(command),
        })
    }

    pub(super) fn ask(&mut self, conn: u64, command: Command) -> Result<Reply, Code> {
        reply(&self.command(conn, command))
    }

    pub(super) fn request(&mut self, user: u64, room: &str, command: Command) -> Vec<Output> {
        self.tell(Input::Request {
            request: 9,
            who: Identity::new(UserId(user)),
            room: room_name(room),
            command: Ok(command),
        })
    }

    pub(super) fn admin(&mut self, command: AdminCommand) -> Vec<Output> {
        let by = Operator {
            id: OperatorId(7),
            role: OperatorRole::Organizer,
        };
        let to = ReplyTo::Request(1);
        self.tell(Input::AdminCommand { to, by, command })
    }

    pub(super) fn done(&mut self, command: AdminCommand) -> Reply {
        reply(&self.admin(command)).expect("obeyed")
    }

    /// Turns seats on, and waits until everybody needs one.
    pub(super) fn seats(&mut self, count: u32) -> Vec<Output> {
        self.done(AdminCommand::Seats { count });
        self.now.mono_ms += crate::limits::SEATS_MS;
        self.tell(Input::Tick)
    }

    pub(super) fn set(&mut self, set: SettingsChange) -> Vec<Output> {
        self.admin(AdminCommand::Settings { room: hall(), set })
    }

    pub(super) fn history(&mut self) -> Vec<Arc<Entry>> {
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
        let values = self.stored.clone().into_iter().collect();
        let mut hub = Hub::restore(
            self.config.clone(),
            Restored {
                rooms,
                values,
                ..Restored::default()
            },
        );
        while hub.poll_output().is_some() {}
        Self { hub, ..self }
    }
}

/// The only answer among the outputs.
pub(super) fn answer(outputs: &[Output]) -> Result<Reply, Refusal> {
    let mut replies = outputs.iter().filter_map(|output| match output {
        Output::Reply { reply, .. } => Some(reply.clone()),
        _ => None,
    });
    let reply = replies.next().expect("an answer");
    assert!(replies.next().is_none(), "one answer only");
    reply
}

pub(super) fn reply(outputs: &[Output]) -> Result<Reply, Code> {
    answer(outputs).map_err(|refusal| refusal.code)
}

/// One word for each output.
pub(super) fn kinds(outputs: &[Output]) -> Vec<&'static str> {
    let kind = |output: &Output| match output {
        Output::Welcome { .. } => "welcome",
        Output::RoomOpened { .. } => "opened",
        Output::RoomClosed { .. } => "closed",
        Output::Wiped { .. } => "wipe",
        Output::Host { .. } => "host",
        Output::Page { .. } => "page",
        Output::Pin { .. } => "pin",
        Output::Persist { .. } => "persist",
        Output::Recall { .. } => "recall",
        Output::Shed { .. } => "shed",
        Output::Append { .. } => "append",
        Output::Attach { .. } => "attach",
        Output::Detach { .. } => "detach",
        Output::Reply { reply: Ok(_), .. } => "ok",
        Output::Reply {
            reply: Err(refusal), ..
        } => refusal.code.as_str(),
        Output::Direct { .. } => "direct",
        Output::Redact { .. } => "redact",
        Output::Reveal { .. } => "reveal",
        Output::Amend { .. } => "amend",
        Output::Latest { .. } => "latest",
        Output::Values { .. } => "values",
        Output::Watch { .. } => "watch",
        Output::Close { reason, .. } => reason.as_str(),
    };
    outputs.iter().map(kind).collect()
}
