//! Hubs that end and go on from a store: in order, or in disorder at any moment, with all that was not committed.
//!
//! The store is a model as small as it can be. What is checked is what people can tell: what was acknowledged is there and is accepted
//! once, a number in an epoch means the same entry for ever, and a returning client resumes exactly or is told.

use std::collections::{BTreeMap, VecDeque};

use crate::{disk::Disk, rng::Rng, script};
use chatterbox::{
    limits::Limits,
    room::{
        Command, ConnId, Epoch, Hub, HubConfig, Identity, Input, MsgId, Now, Output, Reply, ReplyTo, Resume, RoomName,
        Said, Say, Seq, Token, UserId, UserName, Via,
    },
};

const SEEDS: u64 = 600;
const RUNS: u64 = 6;
const BUDGET: u64 = 9;

/// Bugs of a store, which must be found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    /// The answer does not wait for the commit.
    EarlyAck,
    /// The epoch stays whatever happened.
    SameEpoch,
    /// An entry of a commit is lost.
    LostEntry,
}

struct World {
    rng: Rng,
    bug: Option<Bug>,
    disk: Disk,
    /// What each input made that is not on the disk yet, with the answers that wait for it.
    pending: VecDeque<Vec<Output>>,
    /// What members were sent: the meaning of each number.
    heard: BTreeMap<(RoomName, Epoch, Seq), MsgId>,
    acked: BTreeMap<(RoomName, UserId, MsgId), Seq>,
    given: BTreeMap<(RoomName, UserId), u64>,
    /// What each input with an id asked for: room, user, id, gifts.
    asked: BTreeMap<u64, (RoomName, UserId, Option<MsgId>, u64)>,
    conns: BTreeMap<ConnId, (UserId, RoomName)>,
    next: u64,
    now: Now,
}

impl World {
    fn new(seed: u64, bug: Option<Bug>) -> Self {
        Self {
            rng: Rng::new(seed),
            bug,
            disk: Disk::default(),
            pending: VecDeque::new(),
            heard: BTreeMap::new(),
            acked: BTreeMap::new(),
            given: BTreeMap::new(),
            asked: BTreeMap::new(),
            conns: BTreeMap::new(),
            next: 0,
            now: Now::default(),
        }
    }

    fn run(&mut self) -> Result<(), String> {
        for run in 0..RUNS {
            let config = HubConfig {
                limits: Limits {
                    rate: false,
                    gift_budget: BUDGET,
                    ring_bytes: 1 << 20,
                    ..Limits::default()
                },
                epoch_seed: 0xabcd + run * 7919,
                rooms: Vec::new(),
                persists: true,
            };
            let mut hub = Hub::restore(config, self.disk.restored());
            self.check_restored(&mut hub)?;
            for _ in 0..self.rng.below(60) {
                let input = self.input();
                self.tell(&mut hub, input)?;
                while self.rng.percent(45) && self.commit()? {}
            }
            if self.rng.percent(40) {
                while self.commit()? {}
            } else {
                self.crash(run);
            }
            self.conns.clear();
            self.asked.clear();
            self.now.mono_ms = 0;
        }
        Ok(())
    }

    /// What comes before the first input is what the disk has.
    fn check_restored(&mut self, hub: &mut Hub) -> Result<(), String> {
        let mut heads: BTreeMap<RoomName, Seq> = BTreeMap::new();
        while let Some(output) = hub.poll_output() {
            if let Output::Append { entry, .. } = output {
                let head = heads.entry(entry.room.clone()).or_default();
                if entry.seq != *head + 1 {
                    return Err(format!("{entry:?} behind {head}"));
                }
                *head = entry.seq;
            }
        }
        for (name, kept) in &self.disk.rooms {
            if heads.get(name).copied().unwrap_or(0) != kept.entries.len() as Seq {
                return Err(format!("{name} came back with {heads:?}"));
            }
        }
        // Everything that was acknowledged is accepted once.
        let acked: Vec<_> = self.acked.iter().map(|(what, seq)| (what.clone(), *seq)).collect();
        for ((room, user, id), seq) in acked {
            if self.rng.percent(30) {
                self.next += 1;
                let request = self.next;
                let command = said(Some(id.clone()));
                let who = Identity::new(user);
                let input = Input::Request {
                    request,
                    who,
                    room,
                    command: Ok(command),
                };
                hub.handle(self.now, input);
                let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
                let again = outputs.iter().any(|output| {
                    matches!(output, Output::Reply { reply: Ok(Reply::Sent { seq: Some(at), duplicate: true, .. }), .. } if *at == seq)
                });
                if !again {
                    return Err(format!("{id} was acknowledged as {seq}, and now {outputs:?}"));
                }
            }
        }
        self.check_returns(hub)
    }

    /// A client that comes back with a place goes on there if it has what is there, else at the last entry that both have, or from the
    /// beginning.
    fn check_returns(&mut self, hub: &mut Hub) -> Result<(), String> {
        let places: Vec<_> = self.heard.keys().cloned().collect();
        for _ in 0..6 {
            let Some((name, epoch, since)) = self.rng.pick(&places).cloned() else {
                break;
            };
            self.next += 1;
            let input = Input::Connect {
                conn: ConnId(self.next),
                who: identity(UserId(99)),
                via: Via::WebSocket,
                room: Some(name.clone()),
                resume: Some(Resume { epoch, since }),
            };
            hub.handle(self.now, input);
            let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
            let attached = outputs.iter().find_map(|output| match output {
                Output::Attach { since, .. } => Some(*since),
                _ => None,
            });
            let attached = attached.ok_or("nobody was attached")?;
            let entries = self
                .disk
                .rooms
                .get(&name)
                .map(|kept| kept.entries.as_slice())
                .unwrap_or_default();
            let is_here = |seq: Seq| {
                let heard = self.heard.get(&(name.clone(), epoch, seq));
                let here = entries.get(seq as usize - 1).map(|entry| &entry.id);
                here.is_some() && heard.is_none_or(|heard| Some(heard) == here)
            };
            if !(1..=attached).all(is_here) {
                return Err(format!(
                    "{name} {epoch}:{since} goes on at {attached}, which is not what was heard there"
                ));
            }
            // Before its place a client goes on only where the next entry is another one than it has.
            // One that was said again after a crash has its id, and another epoch.
            let has_next = entries.get(attached as usize).is_some_and(|next| next.epoch == epoch);
            if attached > since || (attached != 0 && attached < since && has_next) {
                return Err(format!("{name} {epoch}:{since} goes on at {attached}"));
            }
            hub.handle(
                self.now,
                Input::Disconnect {
                    conn: ConnId(self.next),
                },
            );
            while hub.poll_output().is_some() {}
        }
        Ok(())
    }

    fn tell(&mut self, hub: &mut Hub, input: Input) -> Result<(), String> {
        self.now.mono_ms += self.rng.below(100);
        self.now.wall_ms = self.rng.below(1_000_000);
        hub.handle(self.now, input);
        let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
        for output in &outputs {
            if let Output::Append { entry, .. } = output {
                // It goes out at once.
                let place = (entry.room.clone(), entry.epoch, entry.seq);
                let known = self.heard.insert(place, entry.id.clone());
                if known.is_some_and(|known| known != entry.id) {
                    return Err(format!(
                        "{}:{} of {} has two meanings",
                        entry.epoch, entry.seq, entry.room
                    ));
                }
            }
            if self.bug == Some(Bug::EarlyAck) {
                self.hear(output);
            }
        }
        self.pending.push_back(outputs);
        Ok(())
    }

    /// The oldest of what waits is on the disk, and its answers go out.
    fn commit(&mut self) -> Result<bool, String> {
        let Some(outputs) = self.pending.pop_front() else {
            return Ok(false);
        };
        for output in &outputs {
            let lost =
                self.bug == Some(Bug::LostEntry) && matches!(output, Output::Append { .. }) && self.rng.one_in(5);
            if !lost {
                self.disk.commit(output);
            }
        }
        outputs.iter().for_each(|output| self.hear(output));
        for ((room, user), given) in &self.given {
            if *given > BUDGET {
                return Err(format!("{user} has given {given} in {room}"));
            }
        }
        Ok(true)
    }

    fn hear(&mut self, output: &Output) {
        if let Output::Reply {
            to: ReplyTo::Request(request),
            reply:
                Ok(Reply::Sent {
                    seq: Some(seq),
                    duplicate,
                    ..
                }),
        } = output
            && let Some((room, user, id, gifts)) = self.asked.remove(request)
        {
            if !duplicate {
                *self.given.entry((room.clone(), user)).or_default() += gifts;
            }
            if let Some(id) = id {
                self.acked.insert((room, user, id), seq.to_owned());
            }
        }
    }

    /// What was not committed is gone, and each room goes on in a new life.
    fn crash(&mut self, run: u64) {
        self.pending.clear();
        if self.bug == Some(Bug::SameEpoch) {
            return;
        }
        self.disk.new_lives(Epoch(1_000_000 + run * 1000));
    }

    fn input(&mut self) -> Input {
        self.next += 1;
        let user = UserId(1 + self.rng.below(4));
        let room = script::room(self.rng.below(3));
        if self.rng.percent(15) {
            let conn = ConnId(self.next);
            self.conns.insert(conn, (user, room.clone()));
            return Input::Connect {
                conn,
                who: identity(user),
                via: Via::WebSocket,
                room: Some(room),
                resume: None,
            };
        }
        let id = self
            .rng
            .percent(60)
            .then(|| MsgId::new(&format!("m{}", self.rng.below(400))).expect("a short id"));
        let gifts = if self.rng.percent(25) { 1 + self.rng.below(4) } else { 0 };
        let command = match gifts {
            0 => said(id.clone()),
            count => Command::Say(Say {
                id: id.clone(),
                ..Say::new(Said::Gift {
                    name: Token::new("rose").expect("a short name"),
                    count: u32::try_from(count).expect("few"),
                    to: None,
                })
            }),
        };
        let request = self.next;
        self.asked.insert(request, (room.clone(), user, id, gifts));
        Input::Request {
            request,
            who: identity(user),
            room,
            command: Ok(command),
        }
    }
}

fn identity(user: UserId) -> Identity {
    let name = UserName::new(&format!("name {}", user.0)).expect("a short name");
    Identity {
        name: Some(name),
        ..Identity::new(user)
    }
}

fn said(id: Option<MsgId>) -> Command {
    Command::Say(Say {
        id,
        ..Say::new(Said::chat("x"))
    })
}

#[test]
fn a_hub_that_goes_on_from_its_store_keeps_its_word() {
    for seed in 0..SEEDS {
        if let Err(what) = World::new(seed, None).run() {
            panic!("seed {seed}: {what}");
        }
    }
}

#[test]
fn bugs_of_a_store_are_found() {
    for bug in [Bug::EarlyAck, Bug::SameEpoch, Bug::LostEntry] {
        let found = (0..SEEDS).find(|&seed| {
            let run = std::panic::AssertUnwindSafe(|| World::new(seed, Some(bug)).run());
            !matches!(std::panic::catch_unwind(run), Ok(Ok(())))
        });
        assert!(found.is_some(), "{bug:?} is not found");
    }
}
