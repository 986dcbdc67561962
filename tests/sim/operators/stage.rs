//! One evening: the hub, its store, the fan-out, and the judge beside them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    duty,
    line::{Line, Phone},
    model::Model,
    plant::Plant,
    script::{self, Theme},
};
use crate::{disk::Disk, rng::Rng, script::room};
use chatterbox::{
    limits::{self, Limits},
    room::{
        AdminCommand, Command, ConnId, Entry, Epoch, Hub, HubConfig, Input, Log, Now, Output, Reply, ReplyTo, RoomId,
        RoomName, Said, Say, UserId,
    },
};

/// Inputs that are shown when a run fails.
const TRAIL: usize = 16;
const GIFT_BUDGET: u64 = 9;

pub struct Stage {
    pub rng: Rng,
    pub model: Model,
    pub theme: Theme,
    pub next: u64,
    /// What people have asked, to ask it again.
    pub said: Vec<(UserId, Command)>,
    pub seen: BTreeMap<&'static str, u64>,
    pub plant: Option<Plant>,
    pub limits: Limits,
    hub: Hub,
    pub disk: Disk,
    pub logs: BTreeMap<RoomId, (RoomName, Log<std::sync::Arc<Entry>>)>,
    pub lines: BTreeMap<ConnId, Line>,
    pub phones: BTreeMap<(UserId, RoomName), Phone>,
    now: Now,
    runs: u64,
    trail: VecDeque<String>,
}

fn rooms() -> Vec<RoomName> {
    (0..script::ROOMS).map(room).collect()
}

impl Stage {
    pub fn new(seed: u64, plant: Option<Plant>) -> Self {
        let mut rng = Rng::new(seed);
        let limits = Limits {
            rate: false,
            gift_budget: GIFT_BUDGET,
            device_people: 2,
            ring_bytes: *rng.pick(&[2000, 6000, 1 << 20]).expect("three"),
            ..Limits::default()
        };
        let themes = [Theme::Ingress, Theme::Talk, Theme::Board, Theme::All];
        let mut stage = Self {
            theme: *rng.pick(&themes).expect("four"),
            model: Model::new(&limits, &rooms()),
            rng,
            next: 0,
            said: Vec::new(),
            seen: BTreeMap::new(),
            plant,
            hub: Hub::new(config(&limits, 0)),
            limits,
            disk: Disk::default(),
            logs: BTreeMap::new(),
            lines: BTreeMap::new(),
            phones: BTreeMap::new(),
            now: Now::default(),
            runs: 0,
            trail: VecDeque::new(),
        };
        stage.open();
        stage
    }

    pub fn run(&mut self) -> Result<(), String> {
        for _ in 0..40 + self.rng.below(160) {
            self.pass_time();
            if self.rng.one_in(50) {
                self.restart()?;
            }
            if self.rng.one_in(400) {
                self.fill_queue()?;
            }
            let input = self.act();
            self.tell(input)?;
            self.read_some()?;
        }
        self.look_at_all()
    }

    pub fn trail(&self) -> String {
        self.trail.iter().map(|line| format!("  {line}\n")).collect()
    }

    fn pass_time(&mut self) {
        let most_ms = self.rng.weighted(&[(30, 1), (40, 300), (20, 4000), (3, 30_000)]);
        self.now.mono_ms += self.rng.below(most_ms);
        self.now.wall_ms += self.rng.below(most_ms);
    }

    pub fn note(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// What comes before the first input is not for the store, which has it.
    fn open(&mut self) {
        for output in self.outputs() {
            self.hear(&output);
        }
    }

    fn outputs(&mut self) -> Vec<Output> {
        let outputs: Vec<_> = std::iter::from_fn(|| self.hub.poll_output()).collect();
        outputs.into_iter().map(|output| self.with_page(output)).collect()
    }

    /// The store reads a page, and the answer has it.
    fn with_page(&mut self, output: Output) -> Output {
        let Output::Page { to, request } = output else {
            return output;
        };
        self.note("history of the store");
        let stored = self.disk.rooms[&request.room].entries.iter();
        let shown = stored.filter(|entry| entry.seq <= request.to && entry.skip != Some(request.user));
        let mut entries: Vec<_> = shown.rev().take(request.limit).cloned().collect();
        entries.reverse();
        entries.extend(request.newer);
        let reply = Ok(Reply::History { entries, more: true });
        Output::Reply { to, reply }
    }

    /// The process ends, perhaps without a word, and another one goes on.
    fn restart(&mut self) -> Result<(), String> {
        self.note("restart");
        // What was due is done: the driver watches the clock.
        self.tell(Input::Tick)?;
        self.runs += 1;
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back("a restart".into());
        for conn in self.lines.keys().copied().collect::<Vec<_>>() {
            self.hang_up(conn);
        }
        self.logs.clear();
        self.model.restart(self.now);
        self.now.mono_ms = self.rng.below(10);
        if self.rng.percent(30) {
            self.disk.new_lives(Epoch(1_000_000 + self.runs * 100));
        }
        let tail = *self.rng.pick(&[3, 20, usize::MAX]).expect("three");
        let mut restored = self.disk.restored_tail(tail);
        if let Some(plant) = self.plant {
            plant.restored(&mut restored);
        }
        self.hub = Hub::restore(config(&self.limits, self.runs), restored);
        self.open();
        self.check()
    }

    /// More than may wait in a room.
    fn fill_queue(&mut self) -> Result<(), String> {
        for _ in 0..limits::APPROVAL_QUEUE {
            let conns: Vec<_> = self.model.conns.keys().copied().collect();
            let Some(&conn) = self.rng.pick(&conns) else { break };
            self.next += 1;
            let command = Command::Say(Say::new(Said::chat(&format!("f{}", self.next))));
            let input = self.command(conn, command);
            self.tell(input)?;
        }
        Ok(())
    }

    /// Tells the hub, and judges what comes of it.
    pub fn tell(&mut self, input: Input) -> Result<(), String> {
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back(format!("{} {input:?}", self.now.mono_ms));
        if let Input::Disconnect { conn } = input {
            self.hang_up(conn);
            self.model.close(conn);
        }
        let (now, told) = match self.plant {
            Some(plant) => plant.input(self.now, input.clone()),
            None => (self.now, input.clone()),
        };
        self.hub.handle(now, told);
        let mut outputs = self.outputs();
        if let Some(plant) = self.plant {
            plant.afterwards(now, &input, &mut self.hub, &mut outputs);
            plant.told(&mut outputs);
        }
        if let Some(output) = outputs.iter().find(|output| matches!(output, Output::Reply { .. })) {
            self.trail.push_back(format!("    {output:?}"));
        }
        self.judge(&input, &outputs)?;
        self.check_inside()?;
        for output in &outputs {
            self.obey(output);
        }
        for output in &outputs {
            match output {
                Output::Latest { latest, .. } => self.model.check_latest(latest)?,
                Output::Reply { reply: Ok(reply), .. } => self.check_history(reply)?,
                _ => {}
            }
        }
        self.check()
    }

    fn judge(&mut self, input: &Input, outputs: &[Output]) -> Result<(), String> {
        self.model.begin(self.now);
        let reply = outputs.iter().find_map(|output| match output {
            Output::Reply { reply, .. } => Some(reply),
            _ => None,
        });
        let closed = outputs.iter().filter_map(|output| match output {
            Output::Close { conn, .. } => Some(*conn),
            _ => None,
        });
        let closed: BTreeSet<_> = closed.collect();
        let reply = reply.ok_or("no answer");
        if let Ok(Err(refusal)) = reply {
            self.note(refusal.code.as_str());
        }
        match input {
            Input::Connect { conn, who, room, .. } => self.model.connect(*conn, who, room.as_ref(), outputs)?,
            Input::Command {
                conn,
                command: Ok(command),
                ..
            } => self.model.command(*conn, command, reply?)?,
            Input::Request {
                who,
                room,
                command: Ok(command),
                ..
            } => {
                self.model.request(who, room, command, reply?)?;
            }
            Input::AdminCommand { to, by, command: order } => self.model.order(*to, *by, order, reply?, &closed)?,
            _ => {}
        }
        if let (Input::AdminCommand { command: order, .. }, Ok(Ok(_))) = (input, reply) {
            self.note(order_name(order));
        }
        if matches!(reply, Ok(Ok(Reply::Held { .. }))) {
            self.note("held back");
        }
        if matches!(reply, Ok(Ok(Reply::Sent { duplicate: true, .. }))) {
            self.note("duplicate");
        }
        self.model.settle(outputs)
    }

    fn check_history(&mut self, reply: &Reply) -> Result<(), String> {
        let Reply::History { entries, .. } = reply else {
            return Ok(());
        };
        entries.iter().try_for_each(|entry| self.model.check_shown(entry))
    }

    /// Who is in a room.
    fn check_inside(&mut self) -> Result<(), String> {
        for conn in self.model.conns.keys().copied().collect::<Vec<_>>() {
            let (inside, right) = (self.hub.is_inside(conn), self.model.place(conn).is_some());
            if right && !inside && self.model.perhaps_inside(conn) {
                self.model.leave(conn);
            } else if inside != right {
                return Err(format!("{conn:?} is inside: {inside}"));
            }
        }
        Ok(())
    }

    /// Who is connected, and which codes are good.
    fn check(&mut self) -> Result<(), String> {
        let (connections, known) = (self.hub.connections(), self.model.conns.len());
        if connections != known {
            return Err(format!("{connections} are connected, not {known}"));
        }
        for (code, (role, revoked)) in &self.model.codes {
            let (operator, right) = (self.hub.operator(*code), (!revoked).then_some(*role));
            if operator != right {
                return Err(format!("{code:?} is {operator:?}, not {right:?}"));
            }
        }
        Ok(())
    }

    /// At the end everybody reads all there is, and all lists are looked at.
    fn look_at_all(&mut self) -> Result<(), String> {
        for again in [false, true] {
            if again {
                self.restart()?;
            }
            for conn in self.lines.keys().copied().collect::<Vec<_>>() {
                self.read(conn, usize::MAX)?;
            }
            for room in rooms() {
                for order in [
                    AdminCommand::Held { room: room.clone() },
                    AdminCommand::Polls { room: room.clone() },
                ] {
                    self.next += 1;
                    let (to, by) = (ReplyTo::Request(self.next), duty::organizer());
                    self.tell(Input::AdminCommand { to, by, command: order })?;
                }
                for _ in 0..4 {
                    self.next += 1;
                    let (request, who) = (self.next, self.identity());
                    let (room, history) = (room.clone(), self.rng.percent(40));
                    let command = match history {
                        true => Command::History {
                            before: None,
                            limit: None,
                        },
                        false => Command::Board,
                    };
                    self.tell(Input::Request {
                        request,
                        who,
                        room,
                        command: Ok(command),
                    })?;
                }
            }
        }
        Ok(())
    }
}

fn config(limits: &Limits, run: u64) -> HubConfig {
    HubConfig {
        limits: limits.clone(),
        epoch_seed: 0xabcd + run * 7919,
        rooms: rooms(),
        persists: true,
    }
}

fn order_name(order: &AdminCommand) -> &'static str {
    match order {
        AdminCommand::Hide { .. } => "hide",
        AdminCommand::HidePerson { .. } => "hidePerson",
        AdminCommand::Mute { .. } => "mute",
        AdminCommand::Unmute { .. } => "unmute",
        AdminCommand::Ban { address: true, .. } => "ban of an address",
        AdminCommand::Ban { .. } => "ban",
        AdminCommand::Unban { .. } => "unban",
        AdminCommand::Admit { .. } => "admit",
        AdminCommand::Badge { .. } => "badge",
        AdminCommand::FreeSeat { .. } => "freeSeat",
        AdminCommand::Approve { .. } => "approve",
        AdminCommand::Reject { .. } => "reject",
        AdminCommand::Poll { .. } => "poll",
        AdminCommand::ClosePoll { .. } => "closePoll",
        AdminCommand::ShowPoll { .. } => "showPoll",
        AdminCommand::Answered { .. } => "answered",
        AdminCommand::Pin { .. } => "pin",
        AdminCommand::Unpin { .. } => "unpin",
        AdminCommand::Revoke { .. } => "revoke",
        _ => "another order",
    }
}
