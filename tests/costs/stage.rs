//! A hub as full as one gets, and what it is told.

use std::{hint::black_box, time::Instant};

use chatterbox::{
    limits::{self, Limits},
    room::{
        AddressTag, AdminCommand, ConnId, Found, Hub, HubConfig, Identity, Input, Now, Operator, OperatorId,
        OperatorRole, Output, Prepared, ReplyTo, RoomName, UserId, UserName, Words,
    },
    wire,
};

/// People in the great room.
pub const PEOPLE: u64 = 12_000;

pub struct Stage {
    pub hub: Hub,
    now: Now,
}

pub fn user(number: u64) -> String {
    UserId(number).to_string()
}

pub fn room(number: usize) -> String {
    match number {
        0 => "hall".to_owned(),
        number => format!("room {number}"),
    }
}

/// A client's event, as it comes.
pub fn event(conn: u64, text: &str) -> Input {
    Input::Command {
        conn: ConnId(conn),
        ack: Some(1),
        command: wire::decode_event(text),
    }
}

/// An admin command, as it is proved.
pub fn admin(text: &str) -> Input {
    let by = Operator {
        id: OperatorId::ORGANIZER,
        role: OperatorRole::Organizer,
    };
    Input::AdminCommand {
        to: ReplyTo::Request(1),
        by,
        command: wire::decode_admin_command(text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}")),
    }
}

pub fn connect(conn: u64, number: usize) -> Input {
    let who = Identity {
        name: UserName::new(&format!("Person {conn}")).ok(),
        address: AddressTag(conn),
        ..Identity::new(UserId(conn))
    };
    Input::Connect {
        conn: ConnId(conn),
        who,
        leased: false,
        room: RoomName::new(&room(number)).ok(),
        resume: None,
    }
}

impl Stage {
    /// A hub without people.
    pub fn new(persists: bool) -> Self {
        let limits = Limits {
            rate: false,
            ..Limits::default()
        };
        let config = HubConfig {
            limits,
            epoch_seed: 1,
            rooms: Vec::new(),
            persists,
        };
        let now = Now {
            mono_ms: 1000,
            wall_ms: 1_700_000_000_000,
        };
        Self {
            hub: Hub::new(config),
            now,
        }
    }

    /// [`PEOPLE`] in the great room, whose log is full.
    pub fn hall() -> Self {
        let mut stage = Self::new(true);
        for conn in 1..=PEOPLE {
            stage.tell(connect(conn, 0));
        }
        for entry in 0..limits::RING_ENTRIES as u64 {
            stage.tell(event(1 + entry % 2, r#"["chat","hello"]"#));
        }
        stage
    }

    /// One person in the hall, who has filled its log.
    pub fn lonely() -> Self {
        let mut stage = Self::new(true);
        stage.tell(connect(1, 0));
        for _ in 0..limits::RING_ENTRIES {
            stage.tell(event(1, r#"["chat","hello"]"#));
        }
        stage
    }

    /// One person who has filled the logs of as many rooms as a device may make.
    pub fn talkative() -> Self {
        let mut stage = Self::new(true);
        stage.tell(connect(1, 0));
        for number in 1..=limits::DEVICE_ROOMS {
            stage.tell(event(1, &format!(r#"["join","{}"]"#, room(number))));
            for _ in 0..limits::RING_ENTRIES {
                stage.tell(event(1, r#"["chat","hello"]"#));
            }
        }
        stage
    }

    /// [`PEOPLE`] in as many rooms as there may be, whose logs are full.
    pub fn rooms() -> Self {
        let mut stage = Self::new(true);
        for conn in 1..=PEOPLE {
            stage.tell(connect(conn, conn as usize % limits::ROOMS));
        }
        for entry in 0..(limits::ROOMS * limits::RING_ENTRIES) as u64 {
            stage.tell(event(1 + entry % (2 * limits::ROOMS as u64), r#"["chat","hello"]"#));
        }
        stage
    }

    /// Handles an input with what workers would have prepared: the time in microseconds, and how much there was to hand out.
    pub fn time(&mut self, input: Input) -> (f64, usize) {
        let prepared = self.prepare(&input);
        self.now.mono_ms += 1;
        let start = Instant::now();
        self.hub.handle_prepared(self.now, input, prepared);
        let mut outputs = 0;
        let mut remains = None;
        while let Some(output) = self.hub.poll_output() {
            outputs += 1;
            match output {
                // The driver has it dropped on another thread.
                Output::Wiped { .. } => remains = Some(output),
                output => drop(black_box(output)),
            }
        }
        let micros = start.elapsed().as_secs_f64() * 1e6;
        drop(remains);
        (micros, outputs)
    }

    /// Lets time pass.
    pub fn wait(&mut self, millis: u64) {
        self.now.mono_ms += millis;
    }

    pub fn tell(&mut self, input: Input) {
        self.time(input);
    }

    fn prepare(&self, input: &Input) -> Prepared {
        let list = self.hub.words();
        let found = Found {
            revision: list.revision(),
            ..Found::default()
        };
        match input {
            Input::AdminCommand {
                command: AdminCommand::Words { list },
                ..
            } => Prepared {
                words: Some(Words::new(list.iter().map(|word| &**word))),
                found: None,
            },
            _ => Some(found).into(),
        }
    }
}
