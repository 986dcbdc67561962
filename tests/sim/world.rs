//! One run: the hub, its store, the fan-out and the model side by side, and what happens to them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write,
};

use crate::{
    bug::Bug,
    disk::Disk,
    edge::{Edge, Faults},
    model::Model,
    rng::Rng,
    same,
    script::{self, Theme, room},
    storm::Storm,
};
use chatterbox::{
    limits::Limits,
    room::{Command, ConnId, Epoch, Hub, HubConfig, Input, MsgId, Now, Output, Resume, RoomName, Seq, UserId},
};

/// What happened how often, to see that the runs reach every corner.
pub type Seen = BTreeMap<&'static str, u64>;

/// Inputs that are shown when a run fails.
const TRAIL: usize = 12;

/// Which parts of the world are on; most runs have the talk alone, since it costs least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// People talk, with rates and leases.
    Talk,
    /// There is a store, and processes that end.
    Store,
    /// The same, and operators give commands.
    Run,
}

const REALMS: &[(u64, Realm)] = &[(72, Realm::Talk), (15, Realm::Store), (13, Realm::Run)];

pub struct World {
    pub rng: Rng,
    /// Chance of its own for a planted bug, so that the world is the same without it.
    pub bug_rng: Rng,
    pub realm: Realm,
    pub theme: Theme,
    pub model: Model,
    pub next_conn: u64,
    pub next_ack: u64,
    pub seen: Seen,
    /// Commands that people have sent, to send them again.
    pub sent: Vec<(UserId, Command)>,
    pub hub: Hub,
    pub edge: Edge,
    pub bug: Option<Bug>,
    pub storm: Option<Storm>,
    pub now: Now,
    pub disk: Disk,
    /// The model and the disk as they were when the disk stopped to take anything: what is left after a crash.
    pub safe: Option<(Model, Disk)>,
    /// Where each id stands that was acknowledged as stored.
    pub acked: BTreeMap<(RoomName, UserId, MsgId), Seq>,
    /// The meaning of each number that members were sent.
    pub meanings: BTreeMap<(RoomName, Epoch, Seq), MsgId>,
    /// What the store has to report of entries that it hid.
    pub hidden_older: Vec<Input>,
    pub made_ids: u64,
    /// Ids of messages that wait, or waited, for approval.
    pub held_ids: BTreeSet<MsgId>,
    limits: Limits,
    permanent: Vec<RoomName>,
    /// What the box's clock is ahead of the other.
    wall_ahead_ms: u64,
    runs: u64,
    /// Where a user was when a connection ended.
    memories: Vec<(UserId, RoomName, Resume)>,
    trail: VecDeque<(Now, Option<Input>)>,
}

fn limits_for(rng: &mut Rng, realm: Realm, storm: Option<Storm>) -> Limits {
    let mut pick = |from: &[u64]| *rng.pick(from).expect("some values");
    if realm == Realm::Run {
        return Limits {
            rate: false,
            gift_budget: 9,
            device_people: 2,
            ring_bytes: pick(&[2000, 6000, 1 << 20]) as usize,
            edit_ms: pick(&[2_000, 900_000]),
            ..Limits::default()
        };
    }
    let may_limit = realm == Realm::Talk && !storm.is_some_and(Storm::is_unlimited);
    Limits {
        rate: may_limit && pick(&[0, 1, 1, 1]) == 1,
        message_rate: pick(&[1, 4, 20]) as f64,
        message_burst: pick(&[1, 3, 10, 30]) as u32,
        react_rate: pick(&[1, 5]) as f64,
        react_burst: pick(&[2, 60]) as u32,
        request_rate: pick(&[1, 8]) as f64,
        request_burst: pick(&[2, 10, 40]) as u32,
        text_bytes: 60,
        gift_count: 5,
        gift_budget: pick(&[0, 6, 20]),
        ring_bytes: match storm {
            Some(Storm::Ids) => 4 << 20,
            _ => pick(&[300, 2500, 6000, 50_000]) as usize,
        },
        latest_ms: pick(&[0, 50, 250]),
        poll_lease_ms: pick(&[200, 3000, 60_000]),
        per_address: Some(pick(&[0, 5, 64, 64]) as u32).filter(|most| *most > 0),
        device_people: pick(&[1, 2, 8]) as u32,
        ..Limits::default()
    }
}

impl World {
    /// A world in one realm, or in that which the seed says.
    pub fn new(seed: u64, realm: Option<Realm>, bug: Option<Bug>) -> Result<Self, String> {
        let mut rng = Rng::new(seed);
        let realm = realm.unwrap_or_else(|| rng.weighted(REALMS));
        let theme = *rng.pick(Theme::ALL).expect("some themes");
        let storm = Storm::choose(&mut rng, realm);
        let limits = limits_for(&mut rng, realm, storm);
        let permanent: Vec<_> = match realm {
            Realm::Talk | Realm::Store => vec![room(0)],
            Realm::Run => (0..script::RUN_ROOMS).map(room).collect(),
        };
        let stores = realm != Realm::Talk;
        let edge = Edge::new(limits.ring_bytes, stores, bug.map_or(Faults::default(), Bug::faults));
        let wall_ahead_ms = *rng.pick(&[0, 1_700_000_000_000]).expect("two values");
        let mono_ms = rng.below(100_000);
        let mut world = Self {
            bug_rng: Rng::new(!seed),
            realm,
            theme,
            model: Model::new(&limits, realm == Realm::Run, stores),
            next_conn: 0,
            next_ack: 0,
            seen: Seen::new(),
            sent: Vec::new(),
            hub: Hub::new(config(&limits, &permanent, stores, bug, 0)),
            edge,
            bug,
            storm,
            now: Now { mono_ms, wall_ms: 0 },
            disk: Disk::default(),
            safe: None,
            acked: BTreeMap::new(),
            meanings: BTreeMap::new(),
            hidden_older: Vec::new(),
            made_ids: 0,
            held_ids: BTreeSet::new(),
            limits,
            permanent,
            wall_ahead_ms,
            runs: 0,
            memories: Vec::new(),
            trail: VecDeque::new(),
            rng,
        };
        let outputs = world.outputs();
        world.model.start(&world.permanent, &outputs)?;
        world.hear(&outputs)?;
        Ok(world)
    }

    /// A whole run.
    pub fn run(&mut self) -> Result<(), String> {
        let steps = 20 + self.rng.below(180);
        let storm_at = self.rng.below(steps);
        for step in 0..steps {
            self.pass_time();
            if self.realm != Realm::Talk {
                self.maybe_restart()?;
            }
            let inputs = match self
                .storm
                .filter(|storm| step >= storm_at && storm.returns(step - storm_at))
            {
                Some(storm) => self.storm(storm),
                None => self.act(),
            };
            for input in inputs {
                self.tell(input)?;
            }
            self.read_some()?;
        }
        match self.realm {
            Realm::Run => self.look_at_all(),
            Realm::Talk if self.rng.one_in(10) => self.stop(),
            Realm::Talk | Realm::Store => self.settle(),
        }
    }

    /// What led to a failure.
    pub fn trail(&self) -> String {
        self.trail
            .iter()
            .fold(format!("  {:?}\n", self.realm), |mut text, line| {
                let _ = match line {
                    (now, Some(input)) => writeln!(text, "  {now:?} {input:?}"),
                    (now, None) => writeln!(text, "  {now:?} a restart"),
                };
                text
            })
    }

    /// Notes an input, or a restart, in case that the run fails.
    pub fn note_step(&mut self, input: Option<Input>) {
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back((self.now, input));
    }

    /// Time stands still, goes on, or jumps; the box's clock goes back as well.
    pub fn pass_time(&mut self) {
        let choices: &[_] = match self.realm {
            Realm::Talk | Realm::Store => &[(40, 1), (40, 30), (15, 500), (4, 10_000), (1, 1_000_000)],
            Realm::Run => &[(30, 1), (40, 300), (20, 4000), (3, 30_000)],
        };
        let most_ms = self.rng.weighted(choices);
        self.now.mono_ms += self.rng.below(most_ms);
        if self.rng.one_in(25) {
            let choices = [
                0,
                self.rng.below(1_000_000),
                1_700_000_000_000 + self.rng.below(100_000),
            ];
            self.wall_ahead_ms = *self.rng.pick(&choices).expect("three values");
        }
        self.now.wall_ms = self.now.mono_ms + self.wall_ahead_ms;
    }

    /// Where the user was when one of their connections ended.
    pub fn memory(&mut self, user: UserId, only: Option<&RoomName>) -> Option<(RoomName, Resume)> {
        let mine = self
            .memories
            .iter()
            .filter(|(whose, room, _)| *whose == user && only.is_none_or(|only| only == room));
        let mine: Vec<_> = mine.collect();
        self.rng.pick(&mine).map(|(_, room, resume)| (room.clone(), *resume))
    }

    pub fn remember(&mut self, conn: ConnId) {
        let Some(member) = self.edge.members.get(&conn) else {
            return;
        };
        let Some(room) = member.room.and_then(|room| self.model.find_id(room)) else {
            return;
        };
        let resume = Resume {
            epoch: room.epoch,
            since: member.client.cursor,
        };
        self.memories.push((member.user, room.name.clone(), resume));
    }

    /// All outputs of the hub; the store reads pages for answers.
    pub fn outputs(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        while let Some(output) = self.hub.poll_output() {
            match output {
                Output::Page { to, request } => {
                    *self.seen.entry("a page of the store").or_default() += 1;
                    let reply = Ok(self.disk.page(request));
                    outputs.push(Output::Reply { to, reply });
                }
                Output::Pin { request } => {
                    *self.seen.entry("a pin of the store").or_default() += 1;
                    let entry = self.disk.entry(&request.room, request.seq).cloned();
                    self.hub.handle(self.now, Input::PinFound { request, entry });
                }
                output => outputs.push(output),
            }
        }
        outputs
    }

    /// The disk stops now and then, and later the process ends: in order, or without what the disk did not take any more.
    fn maybe_restart(&mut self) -> Result<(), String> {
        let often = if self.realm == Realm::Store { 25 } else { 50 };
        if self.safe.is_none() && self.rng.one_in(3 * often) {
            self.note("the disk stopped");
            self.safe = Some((self.model.clone(), self.disk.clone()));
        }
        let soon = if self.safe.is_some() { 8 } else { often };
        match self.rng.one_in(soon) {
            true => self.restart(),
            false => Ok(()),
        }
    }

    /// The process ends, and another one goes on.
    pub fn restart(&mut self) -> Result<(), String> {
        // What was due is done: the driver watches the clock.
        self.tell(Input::Tick)?;
        for conn in self.edge.members.keys().copied().collect::<Vec<_>>() {
            self.remember(conn);
        }
        self.edge.clear();
        self.runs += 1;
        self.made_ids = 0;
        let crashed = self.safe.take();
        self.note_step(None);
        self.note(if crashed.is_some() { "crash" } else { "restart" });
        let lost = crashed.is_some();
        if let Some((model, disk)) = crashed {
            (self.model, self.disk) = (model, disk);
        }
        let new_lives = (lost && self.bug != Some(Bug::SameEpoch)) || self.rng.one_in(6);
        self.now.mono_ms = self.rng.below(10);
        let tail = *self.rng.pick(&[3, 20, usize::MAX]).expect("three");
        let mut restored = self.disk.restored(tail);
        if new_lives {
            let first = Epoch(1_000_000 + self.runs * 100);
            self.disk.new_lives(first, &mut restored);
        }
        if let Some(bug) = self.bug {
            bug.restored(&mut restored);
        }
        let config = config(&self.limits, &self.permanent, true, self.bug, self.runs);
        self.hub = Hub::restore(config, restored);
        let outputs = self.outputs();
        self.model.restart(&self.disk, &outputs)?;
        self.hear(&outputs)?;
        self.check_acked()?;
        self.check_codes()
    }

    /// The server stops: everybody is told, and all are turned away.
    fn stop(&mut self) -> Result<(), String> {
        self.tell(Input::Shutdown)?;
        if !self.edge.members.is_empty() {
            return Err("a member was not told of the stop".to_owned());
        }
        for _ in 0..5 {
            self.pass_time();
            for input in self.act() {
                self.tell(input)?;
            }
        }
        Ok(())
    }
}

fn config(limits: &Limits, permanent: &[RoomName], persists: bool, bug: Option<Bug>, run: u64) -> HubConfig {
    HubConfig {
        limits: bug.map_or_else(|| limits.clone(), |bug| bug.limits(limits)),
        epoch_seed: same::EPOCH_SEED + run,
        rooms: permanent.to_vec(),
        persists,
    }
}
