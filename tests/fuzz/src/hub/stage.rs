//! A hub, who is connected to it, and what is visible of it.

use std::{collections::BTreeMap, time::Instant};

use chatterbox::{
    limits::Limits,
    room::{
        AddressTag, AdminCommand, Code, Command, ConnId, Found, Hub, HubConfig, Identity, Input, Now, Operator,
        OperatorId, OperatorRole, Output, Prepared, Refusal, Reply, ReplyTo, RoomName, Said, Say, UserId, Words,
    },
    wire,
};

use super::{costs::Cost, watch::Watch};

/// Connections at once. Slots are of as many users, but for the last ones.
pub(super) const SLOTS: u64 = 24;
/// Users that the slots are of.
const USERS: u64 = 20;
/// Asks what is visible: in no other line.
const WITNESS: UserId = UserId(0xffff);

/// The rooms that are looked at.
const ROOMS: [&str; 3] = ["hall", "side", "new"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Organizer,
    Moderator,
}

pub(super) struct Stage {
    hub: Hub,
    watch: Watch,
    now: Now,
    slots: BTreeMap<u64, ConnId>,
    made: u64,
    costs: Vec<Cost>,
}

fn user_of(slot: u64) -> UserId {
    UserId(1 + slot % USERS)
}

/// Two users share a device.
fn identity(slot: u64, seat: Option<u32>) -> Identity {
    let user = user_of(slot);
    Identity {
        address: AddressTag(user.0 / 2),
        seat,
        ..Identity::new(user)
    }
}

impl Stage {
    pub(super) fn new() -> Self {
        let room = |name| RoomName::new(name).expect("a name");
        let limits = Limits {
            rate: false,
            ..Limits::default()
        };
        let config = HubConfig {
            limits,
            epoch_seed: 1,
            rooms: vec![room(ROOMS[0])],
            persists: true,
        };
        let now = Now {
            mono_ms: 1000,
            wall_ms: 1_700_000_000_000,
        };
        let mut stage = Self {
            hub: Hub::new(config),
            watch: Watch::default(),
            now,
            slots: BTreeMap::new(),
            made: 0,
            costs: Vec::new(),
        };
        stage.see();
        stage.issue_code();
        stage
    }

    pub(super) fn into_costs(self) -> Vec<Cost> {
        self.costs
    }

    /// A number that was not given before.
    pub(super) fn count(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// The moderators' code.
    fn issue_code(&mut self) {
        let command =
            wire::decode_admin_command(r#"{"do":"issue","role":"moderator","name":"Moderator"}"#).expect("a command");
        self.tell(Input::AdminCommand {
            to: ReplyTo::Request(0),
            by: operator(By::Organizer),
            command,
        });
    }

    fn see(&mut self) -> Vec<Output> {
        let outputs: Vec<_> = std::iter::from_fn(|| self.hub.poll_output()).collect();
        for output in &outputs {
            self.watch.see(output);
        }
        self.watch.check(&self.hub);
        let watch = &self.watch;
        self.slots.retain(|_, conn| watch.is_connected(*conn));
        outputs
    }

    fn run(&mut self, command: &str, input: Input, line: &str) -> Vec<Output> {
        let prepared = self.prepare(&input);
        let start = Instant::now();
        self.hub.handle_prepared(self.now, input, prepared);
        self.costs.push(Cost {
            time: start.elapsed(),
            command: command.to_owned(),
            input: line.to_owned(),
        });
        let outputs = self.see();
        if outputs.iter().any(|output| matches!(output, Output::Wiped { .. })) {
            assert!(self.watch.heads().all(|head| head == 0), "the rooms are new ones");
        }
        outputs
    }

    /// What workers work out before.
    fn prepare(&self, input: &Input) -> Prepared {
        let list = self.hub.words();
        let text = match input {
            Input::AdminCommand {
                command: AdminCommand::Words { list },
                ..
            } => {
                return Prepared {
                    words: Some(Words::new(list.iter().map(|word| &**word))),
                    found: None,
                };
            }
            Input::Command {
                command:
                    Ok(Command::Say(Say {
                        said: Said::Chat { text, .. },
                        ..
                    })),
                ..
            } => text,
            _ => return Prepared::default(),
        };
        let found = Found {
            revision: list.revision(),
            said: list.has(text),
            ..Found::default()
        };
        Some(found).into()
    }

    pub(super) fn tell(&mut self, input: Input) {
        let command = format!("{input:?}");
        let command: String = command.chars().take_while(char::is_ascii_alphabetic).collect();
        self.run(&command, input, "");
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.wall_ms += ms;
        self.tell(Input::Tick);
    }

    pub(super) fn connect(&mut self, slot: u64, seat: Option<u32>, room: Option<RoomName>) {
        self.disconnect(slot);
        let conn = ConnId(self.count());
        self.slots.insert(slot, conn);
        self.tell(Input::Connect {
            conn,
            who: identity(slot, seat),
            leased: false,
            room,
            resume: None,
        });
    }

    pub(super) fn disconnect(&mut self, slot: u64) {
        if let Some(conn) = self.slots.remove(&slot) {
            self.watch.gone(conn);
            self.tell(Input::Disconnect { conn });
        }
    }

    pub(super) fn event(&mut self, slot: u64, name: &str, command: Result<Command, Refusal>, line: &str) {
        let Some(&conn) = self.slots.get(&slot) else { return };
        let unproved = matches!(command, Ok(Command::SignedCommand(_)));
        let ack = Some(self.count());
        let reply = self.ask(
            name,
            ReplyTo::Conn(conn, ack),
            Input::Command { conn, ack, command },
            line,
        );
        assert!(reply.is_err() || !unproved, "nobody has proved it: {line}");
    }

    pub(super) fn post(&mut self, slot: u64, room: RoomName, command: Result<Command, Refusal>, line: &str) {
        let who = identity(slot, None);
        // A first request makes the user known, whatever becomes of it.
        self.tell(Input::Request {
            request: 0,
            who: who.clone(),
            room: room.clone(),
            command: Ok(Command::Who),
        });
        let request = self.count();
        let input = Input::Request {
            request,
            who,
            room,
            command,
        };
        let _ = self.ask("post", ReplyTo::Request(request), input, line);
    }

    pub(super) fn admin(&mut self, slot: Option<u64>, by: By, command: AdminCommand, line: &str) {
        let by = operator(by);
        if self.hub.operator(by.id) != Some(by.role) {
            return;
        }
        let number = self.count();
        let to = match slot {
            None => ReplyTo::Request(number),
            Some(slot) => {
                let Some(&conn) = self.slots.get(&slot) else { return };
                // A proof opens the door, whatever becomes of the command.
                self.tell(Input::AdminCommand {
                    to: ReplyTo::Conn(conn, None),
                    by,
                    command: AdminCommand::Waiting {},
                });
                ReplyTo::Conn(conn, Some(number))
            }
        };
        let value = serde_json::to_value(&command).expect("a command is JSON");
        let name = value["do"].as_str().unwrap_or_default().to_owned();
        let reply = self.ask(
            &name,
            to,
            Input::AdminCommand {
                to,
                by,
                command: command.clone(),
            },
            line,
        );
        if let (AdminCommand::Ban { user, .. }, Ok(())) = (command, reply) {
            assert!(!self.watch.has_user(user), "{user:?} is banned and follows a room");
            let who = Identity::new(user);
            let code = self.hub.admits(&who).map_err(|refusal| refusal.code);
            assert_eq!(code, Err(Code::Banned), "{user:?}");
        }
    }

    /// Tells the hub something that has one answer, and no effect if that is a refusal.
    fn ask(&mut self, name: &str, to: ReplyTo, input: Input, line: &str) -> Result<(), Code> {
        self.tell(Input::Tick);
        let before = self.snapshot();
        let outputs = self.run(name, input, line);
        let mut replies = Vec::new();
        let mut others = Vec::new();
        for output in outputs {
            match output {
                Output::Reply { to: theirs, reply } if theirs == to => replies.push(reply.map(drop)),
                // The host and the store answer later.
                Output::Host { to: theirs, .. } | Output::Page { to: theirs, .. } if theirs == to => {
                    replies.push(Ok(()))
                }
                other => others.push(other),
            }
        }
        assert_eq!(replies.len(), 1, "an answer to {line}");
        let reply = replies.remove(0).map_err(|refusal| refusal.code);
        if reply.is_err() {
            let effects: Vec<_> = others.iter().filter(|output| !is_opening(output)).collect();
            assert!(effects.is_empty(), "{line} is refused ({reply:?}): {effects:?}");
            assert_eq!(self.snapshot(), before, "{line} is refused: {reply:?}");
        }
        reply
    }

    /// What people and those who run the evening can see.
    fn snapshot(&mut self) -> String {
        let mut seen = format!("{:?}", self.hub.list_rooms());
        let mut commands = vec![
            r#"{"do":"waiting"}"#.to_owned(),
            r#"{"do":"seating"}"#.to_owned(),
            r#"{"do":"wordList"}"#.to_owned(),
            r#"{"do":"audit","limit":3}"#.to_owned(),
            r#"{"do":"codes"}"#.to_owned(),
        ];
        for filter in ["banned", "staff"] {
            commands.push(format!(r#"{{"do":"people","room":"hall","filter":"{filter}"}}"#));
        }
        for room in ROOMS {
            for list in ["polls", "held", "hidden"] {
                commands.push(format!(r#"{{"do":"{list}","room":"{room}"}}"#));
            }
            commands.push(format!(r#"{{"do":"people","room":"{room}","filter":"muted"}}"#));
        }
        for command in commands {
            let command = wire::decode_admin_command(&command).expect("a command");
            self.look(
                &mut seen,
                Input::AdminCommand {
                    to: ReplyTo::Request(0),
                    by: operator(By::Organizer),
                    command,
                },
            );
        }
        for room in ROOMS {
            let history = Command::History {
                before: None,
                limit: Some(10),
            };
            for command in [Command::Board, Command::Who, history] {
                self.look(
                    &mut seen,
                    Input::Request {
                        request: 0,
                        who: Identity::new(WITNESS),
                        room: RoomName::new(room).expect("a name"),
                        command: Ok(command),
                    },
                );
            }
        }
        seen
    }

    fn look(&mut self, seen: &mut String, input: Input) {
        self.hub.handle(self.now, input);
        for output in self.see() {
            if let Output::Reply { reply, .. } = output {
                *seen += &match reply {
                    Ok(reply) => shown(&reply),
                    Err(refusal) => format!("{:?}", refusal.code),
                };
                seen.push('\n');
            }
        }
    }
}

fn shown(reply: &Reply) -> String {
    format!("{reply:?}")
}

/// A room that opens for a command, and closes again when that is refused.
fn is_opening(output: &Output) -> bool {
    matches!(output, Output::RoomOpened { .. } | Output::RoomClosed { .. })
}

fn operator(by: By) -> Operator {
    let (id, role) = match by {
        By::Organizer => (OperatorId::ORGANIZER, OperatorRole::Organizer),
        By::Moderator => (OperatorId(1), OperatorRole::Moderator),
    };
    Operator { id, role }
}
