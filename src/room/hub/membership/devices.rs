//! Counts what each device uses, whatever identities it has: rates, rooms, connections, and new identities in a short time. At most
//! `limits::USERS` devices; the one that has been idle for longest is dropped first.

use std::collections::{BTreeMap, BTreeSet};

use crate::room::hub::membership::people::Charge;
use crate::{
    limits::{self, Limits},
    room::{
        AddressTag, Code, ConnId, Now, Refusal,
        bucket::{Bucket, Rate},
    },
};

/// Devices that have a connection or a room, or whose rates still count, at most [`limits::USERS`]. A full table drops the device that has
/// been idle for longest.
#[derive(Debug)]
pub(in crate::room::hub) struct Devices {
    used: BTreeMap<AddressTag, Usage>,
    /// The connections of each device, as pairs in one ordered set.
    conns: BTreeSet<(AddressTag, ConnId)>,
    /// Devices without connections and rooms, by the time when all their buckets are full and can be dropped without loss.
    idle: BTreeSet<(u64, AddressTag)>,
    rates: Option<Rates>,
    newcomers: Option<Rate>,
    pub(in crate::room::hub) most: Most,
}

/// Limits of a single device.
#[derive(Clone, Copy, Debug)]
pub(in crate::room::hub) struct Most {
    connections: usize,
    rooms: usize,
    voters: usize,
    pub(in crate::room::hub) held: usize,
    pub(in crate::room::hub) questions: usize,
    reactions: usize,
    people: usize,
    users: usize,
    is_shared: bool,
}

#[derive(Debug)]
struct Rates {
    messages: Rate,
    reactions: Rate,
    requests: Rate,
}

#[derive(Debug, Default)]
pub(in crate::room::hub) struct Usage {
    connections: usize,
    rooms: usize,
    messages: Bucket,
    reactions: Bucket,
    requests: Bucket,
    newcomers: Bucket,
    idle_at_ms: Option<u64>,
}

impl Devices {
    pub(in crate::room::hub) fn new(limits: &Limits) -> Self {
        let shared = limits.per_address.is_none();
        let people = if shared {
            limits::SHARED_PEOPLE
        } else {
            limits.device_people
        };
        let rate =
            |per_second: f64, burst: u32| Rate::new(per_second * f64::from(people), burst.saturating_mul(people));
        let own = |share: usize, all: usize| if shared { all } else { share };
        Self {
            used: BTreeMap::new(),
            conns: BTreeSet::new(),
            idle: BTreeSet::new(),
            rates: limits.rate.then(|| Rates {
                messages: rate(limits.message_rate, limits.message_burst),
                reactions: rate(limits.react_rate, limits.react_burst),
                requests: rate(limits.request_rate, limits.request_burst),
            }),
            newcomers: (limits.rate && !shared).then(|| rate(limits::NEWCOMER_RATE, limits::NEWCOMER_BURST)),
            most: Most {
                connections: limits.per_address.map_or(usize::MAX, |most| most as usize),
                rooms: own(limits::DEVICE_ROOMS, limits::ROOMS),
                voters: own(people as usize, limits::VOTES),
                held: own(limits::DEVICE_APPROVALS, limits::APPROVAL_QUEUE),
                questions: own(limits::DEVICE_QUESTIONS, limits::QUESTIONS),
                reactions: own(limits::DEVICE_REACTIONS, limits::REACTIONS),
                people: own(limits::DEVICE_TABLE, usize::MAX),
                users: limits
                    .per_address
                    .map_or(usize::MAX, |most| limits::DEVICE_USERS + most as usize),
                is_shared: shared,
            },
        }
    }

    pub(in crate::room::hub) fn change<T>(&mut self, device: AddressTag, change: impl FnOnce(&mut Usage) -> T) -> T {
        if self.used.len() >= limits::USERS
            && !self.used.contains_key(&device)
            && let Some((_, longest)) = self.idle.pop_first()
        {
            self.used.remove(&longest);
        }
        let usage = self.used.entry(device).or_default();
        let changed = change(usage);
        let buckets = [usage.messages, usage.reactions, usage.requests, usage.newcomers];
        let full_at_ms = buckets.iter().map(Bucket::full_at_ms).max().unwrap_or(0);
        let idle_at_ms = (usage.connections == 0 && usage.rooms == 0).then_some(full_at_ms);
        let before_ms = std::mem::replace(&mut usage.idle_at_ms, idle_at_ms);
        if before_ms != idle_at_ms {
            if let Some(at_ms) = before_ms {
                self.idle.remove(&(at_ms, device));
            }
            if let Some(at_ms) = idle_at_ms {
                self.idle.insert((at_ms, device));
            }
        }
        changed
    }

    /// Whether the device may open another connection, by its limit of connections.
    pub(in crate::room::hub) fn may_connect(&self, device: AddressTag) -> bool {
        let connections = self.used.get(&device).map_or(0, |usage| usage.connections);
        connections < self.most.connections
    }

    pub(in crate::room::hub) fn add_conn(&mut self, device: AddressTag, conn: ConnId) {
        self.conns.insert((device, conn));
        self.change(device, |usage| usage.connections += 1);
    }

    pub(in crate::room::hub) fn remove_conn(&mut self, device: AddressTag, conn: ConnId) {
        self.conns.remove(&(device, conn));
        self.change(device, |usage| usage.connections -= 1);
    }

    /// The connections of a device.
    pub(in crate::room::hub) fn conns(&self, device: AddressTag) -> impl Iterator<Item = ConnId> {
        let all = (device, ConnId(0))..=(device, ConnId(u64::MAX));
        self.conns.range(all).map(|&(_, conn)| conn)
    }

    /// Charges the device for an identity that was unknown before.
    ///
    /// # Errors
    /// The wait in milliseconds until the device may bring another one.
    pub(in crate::room::hub) fn charge_newcomer(&mut self, device: AddressTag, now: Now) -> Result<(), u64> {
        let Some(rate) = self.newcomers else { return Ok(()) };
        self.change(device, |usage| usage.newcomers.take(&rate, now.mono_ms))
    }

    /// Takes a token from the device's bucket, unless `also` refuses the command.
    ///
    /// # Errors
    /// The wait in milliseconds until the device has a token.
    pub(in crate::room::hub) fn charge(
        &mut self,
        device: AddressTag,
        kind: Charge,
        now: Now,
        also: impl FnOnce() -> Result<(), Refusal>,
    ) -> Result<Result<(), Refusal>, u64> {
        let Some(rates) = &self.rates else { return Ok(also()) };
        let rate = match kind {
            Charge::Message => rates.messages,
            Charge::Reaction => rates.reactions,
            Charge::Request => rates.requests,
        };
        self.change(device, |usage| {
            let bucket = match kind {
                Charge::Message => &mut usage.messages,
                Charge::Reaction => &mut usage.reactions,
                Charge::Request => &mut usage.requests,
            };
            let before = *bucket;
            bucket.take(&rate, now.mono_ms)?;
            let taken = also();
            if taken.is_err() {
                *bucket = before;
            }
            Ok(taken)
        })
    }

    /// Whether, by configuration, one address may belong to many unrelated people. Then people at that address are not held responsible for
    /// each other.
    pub(in crate::room::hub) fn is_shared(&self) -> bool {
        self.most.is_shared
    }

    /// Number of people on one device whose votes count, for each poll or question.
    pub(in crate::room::hub) fn voters(&self) -> usize {
        self.most.voters
    }

    /// Number of kinds of reaction that one device may introduce in a room.
    pub(in crate::room::hub) fn reactions(&self) -> usize {
        self.most.reactions
    }

    /// Number of rows that one device may take in each of a room's tables of people.
    pub(in crate::room::hub) fn people(&self) -> usize {
        self.most.people
    }

    /// Maximum number of known people of one device; a further one replaces the one that has been away for longest.
    pub(in crate::room::hub) fn users(&self) -> usize {
        self.most.users
    }

    pub(in crate::room::hub) fn made_room(&mut self, device: AddressTag) {
        self.change(device, |usage| usage.rooms += 1);
    }

    pub(in crate::room::hub) fn lost_room(&mut self, device: AddressTag) {
        self.change(device, |usage| usage.rooms -= 1);
    }

    pub(in crate::room::hub) fn makes_rooms(&self, device: AddressTag) -> bool {
        let rooms = self.used.get(&device).map_or(0, |usage| usage.rooms);
        rooms < self.most.rooms
    }
}

pub(in crate::room::hub) fn voted_enough() -> Refusal {
    Refusal::new(Code::Full, "enough people have voted from where you are")
}
