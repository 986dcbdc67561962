//! Known people: names, connections and rates, at most `limits::USERS`. People who have been away for longest are dropped first.

use std::collections::{BTreeMap, BTreeSet};

use super::looks::Looks;
use crate::{
    limits::{self, Limits},
    room::{
        AddressTag, Code, ConnId, Now, Person, Refusal, Role, UserId, UserName,
        bucket::{Bucket, Rate},
        names,
    },
};

/// All known people: those with a connection, and as many others as [`limits::USERS`] leaves room for.
#[derive(Debug)]
pub(in crate::room::hub) struct People {
    users: BTreeMap<UserId, User>,
    /// Names as they look.
    pub(in crate::room::hub) looks: Looks,
    /// The connections of each user, as pairs in one ordered set.
    conns: BTreeSet<(UserId, ConnId)>,
    /// Users by their last address; within an address those who are away come first, ordered as in [`Self::away`].
    by_address: BTreeSet<(AddressTag, u64, UserId)>,
    /// Users without a connection, by the time when their buckets are full. From then on, dropping the user loses only the name.
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
    /// Look of the name, see [`names::look`].
    look: u64,
    role: Role,
    /// The address of the user's newest connection or request.
    address: Option<AddressTag>,
    conns: usize,
    /// The user's sort key in [`People::away`]; `None` while connected.
    away_at_ms: Option<u64>,
    messages: Bucket,
    reactions: Bucket,
    requests: Bucket,
    /// Bucket of rate refusals. A user who empties it is flooding.
    refusals: Bucket,
    flooding: bool,
}

impl User {
    pub(in crate::room::hub) fn new(name: UserName) -> Self {
        Self {
            look: names::look(name.as_str()),
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

    /// The user's sort key in [`People::by_address`]; `None` if no address of the user is known.
    fn sort_key(&self, id: UserId) -> Option<(AddressTag, u64, UserId)> {
        Some((self.address?, self.away_at_ms.unwrap_or(u64::MAX), id))
    }

    fn full_at_ms(&self) -> u64 {
        let buckets = [&self.messages, &self.reactions, &self.requests, &self.refusals];
        buckets.map(Bucket::full_at_ms).into_iter().max().unwrap_or(0)
    }
}

/// The kind of bucket that a command is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) enum Charge {
    /// A chat message, gift, private message or question.
    Message,
    Reaction,
    /// Any other command than a message or a reaction.
    Request,
}

/// Result of [`People::meet`]: whether the person is new, and which person was dropped for it.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Met {
    /// Whether the user was unknown before.
    pub(in crate::room::hub) new: bool,
    /// The user that was dropped to make room for the new one.
    pub(in crate::room::hub) forgotten: Option<UserId>,
}

/// Error: the table of people is full, or the person has too many connections.
#[derive(Debug)]
pub(in crate::room::hub) struct NoPlace;

impl People {
    pub(in crate::room::hub) fn new(limits: &Limits) -> Self {
        let rates = limits.rate.then(|| Rates {
            messages: Rate::new(limits.message_rate, limits.message_burst),
            reactions: Rate::new(limits.react_rate, limits.react_burst),
            requests: Rate::new(limits.request_rate, limits.request_burst),
            refusals: Rate::new(limits::REFUSAL_RATE, limits::REFUSAL_BURST),
        });
        Self {
            users: BTreeMap::new(),
            looks: Looks::default(),
            conns: BTreeSet::new(),
            by_address: BTreeSet::new(),
            away: BTreeSet::new(),
            rates,
        }
    }

    /// Makes sure that the user is known; a new user gets the name `name`.
    pub(in crate::room::hub) fn meet(&mut self, user: UserId, name: &UserName, now: Now) -> Result<Met, NoPlace> {
        if self.users.contains_key(&user) {
            return Ok(Met::default());
        }
        let mut forgotten = None;
        if self.users.len() >= limits::USERS {
            match self.away.first() {
                Some(&(full_at_ms, longest_away)) if full_at_ms <= now.mono_ms => {
                    self.forget(longest_away);
                    forgotten = Some(longest_away);
                }
                _ => return Err(NoPlace),
            }
        }
        let mut newborn = User::new(name.clone());
        if let Some(rates) = &self.rates {
            newborn.messages = Bucket::with(&rates.messages, limits::NEWBORN_MESSAGES, now.mono_ms);
            newborn.reactions = Bucket::with(&rates.reactions, limits::NEWBORN_REACTIONS, now.mono_ms);
        }
        self.users.insert(user, newborn);
        Ok(Met { new: true, forgotten })
    }

    /// Drops a user who has no connection from all tables.
    fn forget(&mut self, id: UserId) {
        let Some(gone) = self.users.remove(&id) else { return };
        self.looks.forget(id, gone.look);
        if let Some(at_ms) = gone.away_at_ms {
            self.away.remove(&(at_ms, id));
        }
        if let Some(key) = gone.sort_key(id) {
            self.by_address.remove(&key);
        }
    }

    /// The user of a device who has been away for longest, if dropping that user loses only a name.
    fn longest_away_of(&self, device: AddressTag, now: Now) -> Option<UserId> {
        let first = self.by_address.range((device, 0, UserId(0))..).next();
        let &(_, at_ms, id) = first.filter(|(address, ..)| *address == device)?;
        (at_ms <= now.mono_ms).then_some(id)
    }

    /// Whether a device that may have `most` known users may add another one, if necessary by replacing one of its own who is away.
    pub(in crate::room::hub) fn have_row_for(&self, device: AddressTag, most: usize, now: Now) -> bool {
        most >= limits::USERS || self.at(device).nth(most - 1).is_none() || self.longest_away_of(device, now).is_some()
    }

    /// Drops users of a device so that at most `most` remain with a new one; at most two per call, because operators may exceed the limit.
    pub(in crate::room::hub) fn make_way_on(&mut self, device: AddressTag, most: usize, now: Now) -> Vec<UserId> {
        if most >= limits::USERS {
            return Vec::new();
        }
        let surplus = self.at(device).skip(most - 1).take(2).count();
        let mut forgotten = Vec::new();
        while forgotten.len() < surplus
            && let Some(longest_away) = self.longest_away_of(device, now)
        {
            self.forget(longest_away);
            forgotten.push(longest_away);
        }
        forgotten
    }

    pub(in crate::room::hub) fn knows(&self, user: UserId) -> bool {
        self.users.contains_key(&user)
    }

    /// Makes a stored person of an earlier run known again; skipped if the table of people is full.
    pub(in crate::room::hub) fn load(&mut self, id: UserId, name: UserName) {
        if self.users.len() < limits::USERS {
            self.users.entry(id).or_insert_with(|| User::new(name));
            self.file(id);
        }
    }

    /// Number of known people.
    pub(in crate::room::hub) fn known(&self) -> usize {
        self.users.len()
    }

    /// Updates a user's position in [`People::away`] after a change of connections or buckets.
    pub(in crate::room::hub) fn file(&mut self, id: UserId) {
        let Some(user) = self.users.get_mut(&id) else { return };
        let away_at_ms = (user.conns == 0).then(|| user.full_at_ms());
        if user.away_at_ms == away_at_ms {
            return;
        }
        let before = user.sort_key(id);
        if let Some(at_ms) = std::mem::replace(&mut user.away_at_ms, away_at_ms) {
            self.away.remove(&(at_ms, id));
        }
        if let Some(at_ms) = away_at_ms {
            self.away.insert((at_ms, id));
        }
        if let Some(before) = before {
            self.by_address.remove(&before);
            self.by_address.extend(user.sort_key(id));
        }
    }

    /// Adds a connection to a known user.
    ///
    /// # Errors
    /// The user has [`limits::USER_CONNECTIONS`] already.
    pub(in crate::room::hub) fn add_conn(&mut self, id: UserId, conn: ConnId) -> Result<(), NoPlace> {
        let user = self.users.get_mut(&id).ok_or(NoPlace)?;
        if user.conns >= limits::USER_CONNECTIONS {
            return Err(NoPlace);
        }
        user.conns += 1;
        let look = user.look;
        self.looks.come(id, look);
        self.conns.insert((id, conn));
        self.file(id);
        Ok(())
    }

    pub(in crate::room::hub) fn remove_conn(&mut self, id: UserId, conn: ConnId, now: Now) {
        if self.conns.remove(&(id, conn))
            && let Some(user) = self.users.get_mut(&id)
        {
            user.conns -= 1;
            if user.conns == 0 {
                self.looks.leave(id, user.look, now);
            }
        }
        self.file(id);
    }

    /// The user's connections, at most [`limits::USER_CONNECTIONS`].
    pub(in crate::room::hub) fn conns(&self, id: UserId) -> impl Iterator<Item = ConnId> {
        let all = (id, ConnId(0))..=(id, ConnId(u64::MAX));
        self.conns.range(all).map(|&(_, conn)| conn)
    }

    /// The user as others see them, if known.
    pub(in crate::room::hub) fn person(&self, id: UserId) -> Option<Person> {
        let user = self.users.get(&id)?;
        Some(Person {
            id,
            name: user.name.clone(),
            role: user.role,
        })
    }

    /// The look of a known user's name, see [`names::look`].
    pub(in crate::room::hub) fn look(&self, id: UserId) -> Option<u64> {
        Some(self.users.get(&id)?.look)
    }

    /// A user's name; `None` if the user is not known.
    pub(in crate::room::hub) fn name(&self, id: UserId) -> Option<&UserName> {
        Some(&self.users.get(&id)?.name)
    }

    /// Notes a known user's newest address.
    pub(in crate::room::hub) fn came_from(&mut self, id: UserId, address: AddressTag) {
        if let Some(user) = self.users.get_mut(&id) {
            if user.address == Some(address) {
                return;
            }
            if let Some(before) = user.sort_key(id) {
                self.by_address.remove(&before);
            }
            user.address = Some(address);
            self.by_address.extend(user.sort_key(id));
        }
    }

    /// The device that a user used last; `None` if the user or the device is not known.
    pub(in crate::room::hub) fn address(&self, id: UserId) -> Option<AddressTag> {
        self.users.get(&id)?.address
    }

    /// The newest address of every user. Reads the whole table, so it is for admin commands only.
    pub(in crate::room::hub) fn addresses(&self) -> impl Iterator<Item = (UserId, AddressTag)> {
        let users = self.users.iter();
        users.filter_map(|(&id, user)| Some((id, user.address?)))
    }

    /// Users whose newest address this is.
    pub(in crate::room::hub) fn at(&self, address: AddressTag) -> impl Iterator<Item = UserId> {
        let all = (address, 0, UserId(0))..=(address, u64::MAX, UserId(u64::MAX));
        self.by_address.range(all).map(|&(.., user)| user)
    }

    /// Sets the role of a known user.
    pub(in crate::room::hub) fn set_role(&mut self, id: UserId, role: Role) {
        if let Some(user) = self.users.get_mut(&id) {
            user.role = role;
            self.looks.set_role(id, user.look, role);
        }
    }

    /// Changes a known user's name; returns the old name if it was a different one.
    pub(in crate::room::hub) fn rename(&mut self, id: UserId, name: UserName) -> Option<UserName> {
        let user = self.users.get_mut(&id)?;
        if user.name == name {
            return None;
        }
        let look = names::look(name.as_str());
        let before = std::mem::replace(&mut user.look, look);
        let old = std::mem::replace(&mut user.name, name);
        self.looks.rename(id, before, look);
        Some(old)
    }

    /// Whether the user kept sending after many rate refusals. Returns true once, then resets.
    pub(in crate::room::hub) fn take_flooding(&mut self, id: UserId) -> bool {
        self.users
            .get_mut(&id)
            .is_some_and(|user| std::mem::take(&mut user.flooding))
    }

    /// Takes one token from the user's bucket.
    ///
    /// # Errors
    /// `rate_limited`, with the wait.
    pub(in crate::room::hub) fn charge(&mut self, id: UserId, kind: Charge, now: Now) -> Result<(), Refusal> {
        let (Some(user), Some(rates)) = (self.users.get_mut(&id), &self.rates) else {
            return Ok(());
        };
        let taken = match kind {
            Charge::Message => user.messages.take(&rates.messages, now.mono_ms),
            Charge::Reaction => user.reactions.take(&rates.reactions, now.mono_ms),
            Charge::Request => user.requests.take(&rates.requests, now.mono_ms),
        };
        taken.map_err(|wait_ms| self.refuse_rate(id, now, wait_ms))
    }

    /// Number of messages that a user may send now without waiting; `None` without a rate limit.
    pub(in crate::room::hub) fn burst(&self, id: UserId, now: Now) -> Option<u32> {
        let (user, rates) = (self.users.get(&id)?, self.rates.as_ref()?);
        Some(user.messages.tokens(&rates.messages, now.mono_ms))
    }

    /// The refusal for an exceeded rate of the user or the device; counts towards flooding.
    pub(in crate::room::hub) fn refuse_rate(&mut self, id: UserId, now: Now, wait_ms: u64) -> Refusal {
        if let (Some(user), Some(rates)) = (self.users.get_mut(&id), &self.rates) {
            user.flooding |= user.refusals.take(&rates.refusals, now.mono_ms).is_err();
        }
        Refusal::retry(Code::RateLimited, "too many at once; please wait a moment", wait_ms)
    }
}
