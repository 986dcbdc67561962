//! One run: the hub, its model and the fan-out side by side, and what is checked after every input.

use std::{collections::BTreeMap, collections::VecDeque, fmt::Write};

use crate::{
    client::Item,
    edge::{Edge, Faults, Pace},
    model::Model,
    rng::Rng,
    sabotage::Sabotage,
    same,
    storm::Storm,
};
use chatterbox::{
    limits::{self, Limits},
    room::{CloseReason, ConnId, Direct, Hub, HubConfig, Input, Now, Output, Refusal, Reply, Resume, RoomName, UserId},
};

/// What happened how often, to see that the runs reach every corner.
pub type Seen = BTreeMap<&'static str, u64>;

/// Inputs that are shown when a run fails.
const TRAIL: usize = 12;

pub struct World {
    pub rng: Rng,
    pub model: Model,
    pub next_conn: u64,
    pub next_ack: u64,
    pub seen: Seen,
    hub: Hub,
    edge: Edge,
    sabotage: Option<Sabotage>,
    storm: Option<Storm>,
    now: Now,
    /// What the box's clock is ahead of the other.
    wall_ahead_ms: u64,
    made_ids: u64,
    /// Where a user was when a connection ended.
    memories: Vec<(UserId, RoomName, Resume)>,
    trail: VecDeque<(Now, Input)>,
}

fn limits_for(rng: &mut Rng, storm: Option<Storm>) -> Limits {
    let mut pick = |from: &[u64]| *rng.pick(from).expect("some values");
    Limits {
        rate: !storm.is_some_and(Storm::is_unlimited) && pick(&[0, 1, 1, 1]) == 1,
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
    pub fn new(seed: u64, sabotage: Option<Sabotage>) -> Result<Self, String> {
        let mut rng = Rng::new(seed);
        let storm = Storm::choose(&mut rng);
        let limits = limits_for(&mut rng, storm);
        let lobby = RoomName::new("room 0").map_err(|e| e.to_string())?;
        let mut hub = Hub::new(HubConfig {
            limits: sabotage.map_or(limits.clone(), |sabotage| sabotage.limits(&limits)),
            epoch_seed: same::EPOCH_SEED,
            rooms: vec![lobby.clone()],
            persists: false,
        });
        let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
        let mut model = Model::new(&limits);
        model.learn(&outputs)?;
        compare(&model.keep(lobby), &outputs)?;
        let mut edge = Edge::new(limits.ring_bytes, sabotage.map_or(Faults::default(), Sabotage::faults));
        for output in &outputs {
            edge.obey(output, &model, Pace::Fast)?;
        }
        let wall_ahead_ms = *rng.pick(&[0, 1_700_000_000_000]).expect("two values");
        let mono_ms = rng.below(100_000);
        Ok(Self {
            rng,
            model,
            next_conn: 0,
            next_ack: 0,
            seen: Seen::new(),
            hub,
            edge,
            sabotage,
            storm,
            now: Now { mono_ms, wall_ms: 0 },
            wall_ahead_ms,
            made_ids: 0,
            memories: Vec::new(),
            trail: VecDeque::new(),
        })
    }

    /// A whole run.
    pub fn run(&mut self) -> Result<(), String> {
        let steps = 20 + self.rng.below(180);
        let storm_at = self.rng.below(steps);
        for step in 0..steps {
            self.pass_time();
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
        if self.rng.one_in(10) {
            self.stop()
        } else {
            self.settle()
        }
    }

    /// What led to a failure.
    pub fn trail(&self) -> String {
        self.trail.iter().fold(String::new(), |mut text, (now, input)| {
            let _ = writeln!(text, "  {now:?} {input:?}");
            text
        })
    }

    /// Time stands still, goes on, or jumps; the box's clock goes back as well.
    fn pass_time(&mut self) {
        let most_ms = self
            .rng
            .weighted(&[(40, 1), (40, 30), (15, 500), (4, 10_000), (1, 1_000_000)]);
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

    fn note(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    /// Where the user was when one of their connections ended.
    pub fn memory(&mut self, user: UserId) -> Option<(RoomName, Resume)> {
        let mine: Vec<_> = self.memories.iter().filter(|(whose, ..)| *whose == user).collect();
        self.rng.pick(&mine).map(|(_, room, resume)| (room.clone(), *resume))
    }

    fn remember(&mut self, conn: ConnId) {
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

    /// Tells the hub and the model, and compares.
    fn tell(&mut self, input: Input) -> Result<(), String> {
        if self.trail.len() == TRAIL {
            self.trail.pop_front();
        }
        self.trail.push_back((self.now, input.clone()));
        if let Input::Disconnect { conn } = input {
            self.remember(conn);
            self.edge.members.remove(&conn);
        }
        let told = match self.sabotage {
            Some(sabotage) => sabotage.input(input.clone()),
            None => input.clone(),
        };
        self.hub.handle(self.now, told);
        let mut outputs: Vec<_> = std::iter::from_fn(|| self.hub.poll_output()).collect();
        if let Some(sabotage) = self.sabotage {
            sabotage.outputs(&mut outputs, &mut self.rng);
        }
        self.model.learn(&outputs)?;
        compare(&self.model.handle(self.now, input), &outputs)?;
        self.check_made_ids(&outputs)?;
        if let Some(sabotage) = self.sabotage {
            sabotage.heard(&mut outputs, &mut self.rng);
        }
        for output in &outputs {
            self.note_output(output);
            if let Output::Append { room, entry } = output {
                self.model.room_mut(*room).settle_newest(entry.clone());
            }
            if let Output::Close { conn, .. } | Output::Detach { conn } = output {
                self.remember(*conn);
            }
            let paces = [(5, Pace::Fast), (2, Pace::Slow), (1, Pace::Never), (2, Pace::Naps)];
            let pace = self.rng.weighted(&paces);
            self.edge.obey(output, &self.model, pace)?;
        }
        self.check_bounds()?;
        for conn in std::mem::take(&mut self.edge.overflowed) {
            self.note("overflow");
            self.tell(Input::Disconnect { conn })?;
        }
        Ok(())
    }

    fn check_bounds(&self) -> Result<(), String> {
        let (got, want) = (self.hub.poll_timeout(), self.model.next_due());
        if got != want {
            return Err(format!("the hub waits for {got:?}, the model for {want:?}"));
        }
        if got.is_some_and(|(at_ms, _)| at_ms <= self.now.mono_ms) {
            return Err(format!("{got:?} is due, and was not done"));
        }
        let counts = (self.hub.connections(), self.hub.rooms());
        if counts != (self.model.conns.len(), self.model.rooms.len()) || counts.1 > limits::ROOMS {
            return Err(format!("{counts:?} connections and rooms"));
        }
        Ok(())
    }

    /// An id that the hub makes is new, and the same in all outputs of one input.
    fn check_made_ids(&mut self, outputs: &[Output]) -> Result<(), String> {
        let made = outputs.iter().filter_map(same::id_of).filter(|id| same::is_made(id));
        let mut made: Vec<_> = made.map(|id| id.as_str().to_owned()).collect();
        made.dedup();
        let Some(first) = made.first() else { return Ok(()) };
        let number = first
            .rsplit('-')
            .next()
            .and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let number = number.ok_or_else(|| format!("{first} is not of the hub's making"))?;
        if made.len() > 1 || number <= self.made_ids {
            return Err(format!("{made:?} were made, after {}", self.made_ids));
        }
        self.made_ids = number;
        Ok(())
    }

    fn note_output(&mut self, output: &Output) {
        let what = match output {
            Output::Reply {
                reply: Err(Refusal { code, .. }),
                ..
            } => code.as_str(),
            Output::Reply { reply: Ok(reply), .. } => match reply {
                Reply::Joined { recovered: true, .. } => "recovered",
                Reply::Joined { missed, .. } if *missed > 0 => "joined with a gap",
                Reply::Sent { duplicate: true, .. } => "duplicate",
                Reply::History { more: true, .. } => "long history",
                Reply::Delivered { .. } => "dm",
                _ => return,
            },
            Output::Close { reason, .. } => match reason {
                CloseReason::Full => "closed as full",
                reason => reason.as_str(),
            },
            Output::Direct { direct, .. } => match &**direct {
                Direct::Refused(refusal) => refusal.code.as_str(),
                Direct::Echo { .. } => "echo",
                Direct::Dropped { .. } | Direct::Seat { .. } => return,
                Direct::Dm { .. } => return,
            },
            Output::RoomClosed { .. } => "room closed",
            Output::Latest { .. } => "latest",
            _ => return,
        };
        self.note(what);
    }

    fn read_some(&mut self) -> Result<(), String> {
        let conns: Vec<_> = self.edge.members.keys().copied().collect();
        for conn in conns {
            let most = match self.edge.members[&conn].pace {
                Pace::Fast => usize::MAX,
                Pace::Slow if self.rng.one_in(3) => 1,
                Pace::Naps if self.rng.one_in(12) => 1 + self.rng.below(200) as usize,
                Pace::Slow | Pace::Naps | Pace::Never => continue,
            };
            self.read(conn, most)?;
        }
        Ok(())
    }

    fn read(&mut self, conn: ConnId, most: usize) -> Result<bool, String> {
        let in_runs = self.rng.percent(50);
        let mut items = self.edge.read(conn, most, in_runs);
        if let Some(sabotage) = self.sabotage {
            let here = self.edge.members.get(&conn).and_then(|member| member.room);
            let others = self.edge.mirrors.iter().filter(|(room, _)| Some(**room) != here);
            let mut elsewhere = others.filter_map(|(_, mirror)| mirror.log.get(mirror.log.head()));
            sabotage.items(&mut items, elsewhere.next().cloned(), &mut self.rng);
        }
        for item in &items {
            let member = self.edge.members.get_mut(&conn).ok_or("a reader is gone")?;
            if matches!(item, Item::Gap(_)) {
                let what = if member.client.in_hole() { "gap in a gap" } else { "gap" };
                *self.seen.entry(what).or_default() += 1;
            }
            let room = member.room.map(|room| self.model.room(room));
            let taken = member.client.take(item, room);
            taken.map_err(|what| format!("{conn:?}: {what}"))?;
        }
        Ok(items.iter().any(|item| matches!(item, Item::Idle)))
    }

    fn read_all(&mut self) -> Result<(), String> {
        let conns: Vec<_> = self.edge.members.keys().copied().collect();
        for conn in conns {
            // At most a run, then the rest.
            let mut reads = 0..100;
            while !self.read(conn, usize::MAX)? {
                reads.next().ok_or("a member never comes to its end")?;
            }
        }
        Ok(())
    }

    /// Everybody reads to the end, and what is due by itself happens; then all is told.
    fn settle(&mut self) -> Result<(), String> {
        self.read_all()?;
        let mut ticks = 0..2 * (self.hub.rooms() + self.hub.connections()) + 10;
        while let Some((at_ms, _)) = self.hub.poll_timeout() {
            ticks.next().ok_or("the hub is never at rest")?;
            self.now.mono_ms = at_ms;
            self.tell(Input::Tick)?;
        }
        self.read_all()?;
        for (id, mirror) in &self.edge.mirrors {
            let members = self.edge.members.values().filter(|member| member.room == Some(*id));
            let mut users: Vec<_> = members.map(|member| member.user).collect();
            users.sort_unstable();
            users.dedup();
            let reactions = &self.model.room(*id).reactions;
            let told = match &mirror.latest {
                Some(latest) => latest.online == users.len() && latest.reactions == *reactions,
                None => users.is_empty() && reactions.is_empty(),
            };
            if !told {
                return Err(format!(
                    "{id:?} has {users:?} and {reactions:?}, told was {:?}",
                    mirror.latest
                ));
            }
        }
        Ok(())
    }

    /// The server stops: everybody is told, and nobody is let in any more.
    fn stop(&mut self) -> Result<(), String> {
        self.tell(Input::Shutdown)?;
        if !self.edge.members.is_empty() {
            return Err("somebody was not told of the stop".to_owned());
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

fn compare(want: &[Output], got: &[Output]) -> Result<(), String> {
    let same = want.len() == got.len() && want.iter().zip(got).all(|(want, got)| same::outputs(want, got));
    if same {
        return Ok(());
    }
    Err(format!("the hub answers\n    {got:?}\n  and not\n    {want:?}"))
}
