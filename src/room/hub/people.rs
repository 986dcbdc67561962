//! Who is known: names, connections, and how much of their rate is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    limits::{self, Limits},
    room::{
        AddressTag, Code, ConnId, Now, Person, Refusal, Role, UserId, UserName,
        bucket::{Bucket, Rate},
    },
};

/// Everybody who has a connection, and those of the others for whom there is place.
#[derive(Debug)]
pub(super) struct People {
    users: BTreeMap<UserId, User>,
    /// The connections of each user, side by side.
    conns: BTreeSet<(UserId, ConnId)>,
    /// Users without a connection, by the time when their buckets are full: from then on nothing is lost by forgetting them
    /// but their name.
    away: BTreeSet<(u64, UserId)>,
    rates: Option<Rates>,
}

#[derive(Debug)]
struct Rates {
    messages: Rate,
    reactions: Rate,
    requests: Rate,
    refusals: Rate,
}

#[derive(Debug)]
struct User {
    name: UserName,
    role: Role,
    /// Where they came from last.
    address: Option<AddressTag>,
    conns: usize,
    /// Their place in [`People::away`].
    away_at_ms: Option<u64>,
    messages: Bucket,
    reactions: Bucket,
    requests: Bucket,
    /// Refusals for their rate: who uses up these as well is flooding.
    refusals: Bucket,
    flooding: bool,
}

impl User {
    fn new(name: UserName) -> Self {
        Self {
            name,
            role: Role::Guest,
            address: None,
            conns: 0,
            away_at_ms: None,
            messages: Bucket::default(),
            reactions: Bucket::default(),
            requests: Bucket::default(),
            refusals: Bucket::default(),
            flooding: false,
        }
    }

    fn full_at_ms(&self) -> u64 {
        let buckets = [&self.messages, &self.reactions, &self.requests, &self.refusals];
        buckets.map(Bucket::full_at_ms).into_iter().max().unwrap_or(0)
    }
}

/// What [`People::meet`] did.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// They were not known.
    pub(super) new: bool,
    /// Who had to make way.
    pub(super) forgotten: Option<UserId>,
}

/// No place for another user.
#[derive(Debug)]
pub(super) struct NoPlace;

impl People {
    pub(super) fn new(limits: &Limits) -> Self {
        let rates = limits.rate.then(|| Rates {
            messages: Rate::new(limits.message_rate, limits.message_burst),
            reactions: Rate::new(limits.react_rate, limits.react_burst),
            requests: Rate::new(limits.request_rate, limits.request_burst),
            refusals: Rate::new(limits::REFUSAL_RATE, limits::REFUSAL_BURST),
        });
        Self {
            users: BTreeMap::new(),
            conns: BTreeSet::new(),
            away: BTreeSet::new(),
            rates,
        }
    }

    /// Makes sure that the user is known. Who is not yet is called `name`, or something friendly made from the id.
    pub(super) fn meet(&mut self, user: UserId, name: Option<&UserName>, now: Now) -> Result<Met, NoPlace> {
        if self.users.contains_key(&user) {
            return Ok(Met::default());
        }
        let mut forgotten = None;
        if self.users.len() >= limits::USERS {
            match self.away.first() {
                Some(&(full_at_ms, longest_away)) if full_at_ms <= now.mono_ms => {
                    self.away.pop_first();
                    self.users.remove(&longest_away);
                    forgotten = Some(longest_away);
                }
                _ => return Err(NoPlace),
            }
        }
        let name = name.cloned().unwrap_or_else(|| UserName::made_up(user));
        self.users.insert(user, User::new(name));
        Ok(Met { new: true, forgotten })
    }

    /// Takes back somebody who was known in another run, as long as there is place.
    pub(super) fn take_back(&mut self, id: UserId, name: UserName) {
        if self.users.len() < limits::USERS {
            self.users.entry(id).or_insert_with(|| User::new(name));
            self.settle(id);
        }
    }

    /// Files a user who may be without a connection under the time when they may be forgotten.
    pub(super) fn settle(&mut self, id: UserId) {
        let Some(user) = self.users.get_mut(&id) else { return };
        if let Some(at_ms) = user.away_at_ms.take() {
            self.away.remove(&(at_ms, id));
        }
        if user.conns == 0 {
            let at_ms = user.full_at_ms();
            user.away_at_ms = Some(at_ms);
            self.away.insert((at_ms, id));
        }
    }

    /// Adds a connection to a known user, unless they have [`limits::USER_CONNECTIONS`].
    pub(super) fn add_conn(&mut self, id: UserId, conn: ConnId) -> Result<(), NoPlace> {
        let user = self.users.get_mut(&id).ok_or(NoPlace)?;
        if user.conns >= limits::USER_CONNECTIONS {
            return Err(NoPlace);
        }
        user.conns += 1;
        self.conns.insert((id, conn));
        self.settle(id);
        Ok(())
    }

    pub(super) fn remove_conn(&mut self, id: UserId, conn: ConnId) {
        if self.conns.remove(&(id, conn))
            && let Some(user) = self.users.get_mut(&id)
        {
            user.conns -= 1;
        }
        self.settle(id);
    }

    /// The user's connections, at most [`limits::USER_CONNECTIONS`].
    pub(super) fn conns(&self, id: UserId) -> impl Iterator<Item = ConnId> {
        let all = (id, ConnId(0))..=(id, ConnId(u64::MAX));
        self.conns.range(all).map(|&(_, conn)| conn)
    }

    /// The user as others see them, if known.
    pub(super) fn person(&self, id: UserId) -> Option<Person> {
        let user = self.users.get(&id)?;
        Some(Person {
            id,
            name: user.name.clone(),
            role: user.role,
        })
    }

    /// A known user comes from there.
    pub(super) fn came_from(&mut self, id: UserId, address: AddressTag) {
        if let Some(user) = self.users.get_mut(&id) {
            user.address = Some(address);
        }
    }

    /// Where they came from last.
    pub(super) fn address(&self, id: UserId) -> Option<AddressTag> {
        self.users.get(&id)?.address
    }

    /// Those who came from there last. Looks at everybody: for orders alone.
    pub(super) fn at(&self, address: AddressTag) -> impl Iterator<Item = UserId> {
        let here = move |(_, user): &(&UserId, &User)| user.address == Some(address);
        self.users.iter().filter(here).map(|(&id, _)| id)
    }

    /// What a known user is.
    pub(super) fn set_role(&mut self, id: UserId, role: Role) {
        if let Some(user) = self.users.get_mut(&id) {
            user.role = role;
        }
    }

    /// Changes a known user's name; the old one comes back if it was another.
    pub(super) fn rename(&mut self, id: UserId, name: UserName) -> Option<UserName> {
        let user = self.users.get_mut(&id)?;
        (user.name != name).then(|| std::mem::replace(&mut user.name, name))
    }

    /// Whether the user went on after being refused for their rate again and again; says so once.
    pub(super) fn take_flooding(&mut self, id: UserId) -> bool {
        self.users
            .get_mut(&id)
            .is_some_and(|user| std::mem::take(&mut user.flooding))
    }

    pub(super) fn take_message(&mut self, id: UserId, now: Now) -> Result<(), Refusal> {
        self.take(id, now, |user, rates| user.messages.take(&rates.messages, now.mono_ms))
    }

    pub(super) fn take_reaction(&mut self, id: UserId, now: Now) -> Result<(), Refusal> {
        self.take(id, now, |user, rates| {
            user.reactions.take(&rates.reactions, now.mono_ms)
        })
    }

    pub(super) fn take_request(&mut self, id: UserId, now: Now) -> Result<(), Refusal> {
        self.take(id, now, |user, rates| user.requests.take(&rates.requests, now.mono_ms))
    }

    fn take(
        &mut self,
        id: UserId,
        now: Now,
        token: impl FnOnce(&mut User, &Rates) -> Result<(), u64>,
    ) -> Result<(), Refusal> {
        let (Some(user), Some(rates)) = (self.users.get_mut(&id), &self.rates) else {
            return Ok(());
        };
        token(user, rates).map_err(|wait_ms| {
            user.flooding |= user.refusals.take(&rates.refusals, now.mono_ms).is_err();
            Refusal::retry(Code::RateLimited, "too many at once; please wait a moment", wait_ms)
        })
    }
}
