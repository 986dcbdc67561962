//! Known people: names, connections and rates. At most `limits::USERS`; those away the longest are forgotten first.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    limits::{self, Limits},
    room::{
        AddressTag, Code, ConnId, Now, Person, Refusal, Role, UserId, UserName,
        bucket::{Bucket, Rate},
        names,
    },
};

/// People with a connection, and as many others as there is place for.
#[derive(Debug)]
pub(in crate::room::hub) struct People {
    users: BTreeMap<UserId, User>,
    /// The looks of the names of users with a connection, see [`names::look`]; each belongs to one of them.
    shown: BTreeSet<(u64, UserId)>,
    /// By the look of their names, who was shown so last and is away, and since when. One for each user at most.
    left: BTreeMap<u64, (UserId, u64)>,
    /// The connections of each user, side by side.
    conns: BTreeSet<(UserId, ConnId)>,
    /// Users by the address that they came from last; those of one address who are away first, as in [`Self::away`], then those who are not.
    by_address: BTreeSet<(AddressTag, u64, UserId)>,
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
    /// Of the name, see [`names::look`].
    look: u64,
    role: Role,
    /// The last address.
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

    /// The user's place in [`People::by_address`].
    fn place(&self, id: UserId) -> Option<(AddressTag, u64, UserId)> {
        Some((self.address?, self.away_at_ms.unwrap_or(u64::MAX), id))
    }

    fn full_at_ms(&self) -> u64 {
        let buckets = [&self.messages, &self.reactions, &self.requests, &self.refusals];
        buckets.map(Bucket::full_at_ms).into_iter().max().unwrap_or(0)
    }
}

/// The bucket that a command is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) enum Charge {
    /// A chat, a gift, a private message, a question.
    Message,
    Reaction,
    /// Anything else.
    Request,
}

/// The result of [`People::meet`].
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Met {
    /// They were not known.
    pub(in crate::room::hub) new: bool,
    /// The user that was forgotten for the new one.
    pub(in crate::room::hub) forgotten: Option<UserId>,
}

/// No place for another user.
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
            shown: BTreeSet::new(),
            left: BTreeMap::new(),
            conns: BTreeSet::new(),
            by_address: BTreeSet::new(),
            away: BTreeSet::new(),
            rates,
        }
    }

    /// Makes sure that the user is known; a new one is called `name`.
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

    /// Forgets a user who is away.
    fn forget(&mut self, id: UserId) {
        let Some(gone) = self.users.remove(&id) else { return };
        self.free_name(id, gone.look);
        if let Some(at_ms) = gone.away_at_ms {
            self.away.remove(&(at_ms, id));
        }
        if let Some(place) = gone.place(id) {
            self.by_address.remove(&place);
        }
    }

    /// The user of a device who is away for longest, if forgetting them loses nothing but a name.
    fn longest_away_of(&self, device: AddressTag, now: Now) -> Option<UserId> {
        let first = self.by_address.range((device, 0, UserId(0))..).next();
        let &(_, at_ms, id) = first.filter(|(address, ..)| *address == device)?;
        (at_ms <= now.mono_ms).then_some(id)
    }

    /// Whether a device of which `most` may be known may bring another user, if need be in the place of one of its own.
    pub(in crate::room::hub) fn have_place(&self, device: AddressTag, most: usize, now: Now) -> bool {
        most >= limits::USERS || self.at(device).nth(most - 1).is_none() || self.longest_away_of(device, now).is_some()
    }

    /// Forgets one of a device's users if `most` are known, for another one, and two if there are more: those who run the evening come in all
    /// the same.
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

    /// Restores a person of an earlier run, as long as there is place.
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

    /// Files a user who may be without a connection under the time when they may be forgotten.
    pub(in crate::room::hub) fn file(&mut self, id: UserId) {
        let Some(user) = self.users.get_mut(&id) else { return };
        let away_at_ms = (user.conns == 0).then(|| user.full_at_ms());
        if user.away_at_ms == away_at_ms {
            return;
        }
        let before = user.place(id);
        if let Some(at_ms) = std::mem::replace(&mut user.away_at_ms, away_at_ms) {
            self.away.remove(&(at_ms, id));
        }
        if let Some(at_ms) = away_at_ms {
            self.away.insert((at_ms, id));
        }
        if let Some(before) = before {
            self.by_address.remove(&before);
            self.by_address.extend(user.place(id));
        }
    }

    /// Adds a connection to a known user, unless they have [`limits::USER_CONNECTIONS`].
    pub(in crate::room::hub) fn add_conn(&mut self, id: UserId, conn: ConnId) -> Result<(), NoPlace> {
        let user = self.users.get_mut(&id).ok_or(NoPlace)?;
        if user.conns >= limits::USER_CONNECTIONS {
            return Err(NoPlace);
        }
        user.conns += 1;
        let look = user.look;
        self.shown.insert((look, id));
        self.free_name(id, look);
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
                self.shown.remove(&(user.look, id));
                self.left.insert(user.look, (id, now.mono_ms));
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

    /// Look of a known user's name, see [`names::look`].
    pub(in crate::room::hub) fn look(&self, id: UserId) -> Option<u64> {
        Some(self.users.get(&id)?.look)
    }

    /// A known user's name.
    pub(in crate::room::hub) fn name(&self, id: UserId) -> Option<&UserName> {
        Some(&self.users.get(&id)?.name)
    }

    /// Users with a connection whose names look so.
    pub(in crate::room::hub) fn shown_as(&self, look: u64) -> impl Iterator<Item = UserId> {
        let all = (look, UserId(0))..=(look, UserId(u64::MAX));
        self.shown.range(all).map(|&(_, id)| id)
    }

    /// The user who had a name that looks so, and who left less than [`limits::NAME_MS`] ago.
    pub(in crate::room::hub) fn left_as(&self, look: u64, now: Now) -> Option<UserId> {
        let &(user, at_ms) = self.left.get(&look)?;
        (now.mono_ms < at_ms + limits::NAME_MS).then_some(user)
    }

    /// A user who is not away any more, or has another name, holds none.
    fn free_name(&mut self, id: UserId, look: u64) {
        if self.left.get(&look).is_some_and(|&(user, _)| user == id) {
            self.left.remove(&look);
        }
    }

    /// A known user comes from there.
    pub(in crate::room::hub) fn came_from(&mut self, id: UserId, address: AddressTag) {
        if let Some(user) = self.users.get_mut(&id) {
            if user.address == Some(address) {
                return;
            }
            if let Some(before) = user.place(id) {
                self.by_address.remove(&before);
            }
            user.address = Some(address);
            self.by_address.extend(user.place(id));
        }
    }

    /// The last address of a user.
    pub(in crate::room::hub) fn address(&self, id: UserId) -> Option<AddressTag> {
        self.users.get(&id)?.address
    }

    /// The last address of all people. Reads all of them: for admin commands alone.
    pub(in crate::room::hub) fn addresses(&self) -> impl Iterator<Item = (UserId, AddressTag)> {
        let users = self.users.iter();
        users.filter_map(|(&id, user)| Some((id, user.address?)))
    }

    /// Those who came from there last.
    pub(in crate::room::hub) fn at(&self, address: AddressTag) -> impl Iterator<Item = UserId> {
        let all = (address, 0, UserId(0))..=(address, u64::MAX, UserId(u64::MAX));
        self.by_address.range(all).map(|&(.., user)| user)
    }

    /// The role of a known user.
    pub(in crate::room::hub) fn set_role(&mut self, id: UserId, role: Role) {
        if let Some(user) = self.users.get_mut(&id) {
            user.role = role;
        }
    }

    /// Changes a known user's name; the old one comes back if it was another.
    pub(in crate::room::hub) fn rename(&mut self, id: UserId, name: UserName) -> Option<UserName> {
        let user = self.users.get_mut(&id)?;
        if user.name == name {
            return None;
        }
        let look = names::look(name.as_str());
        let before = std::mem::replace(&mut user.look, look);
        let old = std::mem::replace(&mut user.name, name);
        if self.shown.remove(&(before, id)) {
            self.shown.insert((look, id));
        }
        self.free_name(id, before);
        Some(old)
    }

    /// Whether the user went on after being refused for their rate again and again; says so once.
    pub(in crate::room::hub) fn take_flooding(&mut self, id: UserId) -> bool {
        self.users
            .get_mut(&id)
            .is_some_and(|user| std::mem::take(&mut user.flooding))
    }

    /// Takes one of a user's tokens.
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

    /// Messages that a user may send at once now; none if that has no bound.
    pub(in crate::room::hub) fn burst(&self, id: UserId, now: Now) -> Option<u32> {
        let (user, rates) = (self.users.get(&id)?, self.rates.as_ref()?);
        Some(user.messages.tokens(&rates.messages, now.mono_ms))
    }

    /// Refuses a user for a rate, theirs or their device's.
    pub(in crate::room::hub) fn refuse_rate(&mut self, id: UserId, now: Now, wait_ms: u64) -> Refusal {
        if let (Some(user), Some(rates)) = (self.users.get_mut(&id), &self.rates) {
            user.flooding |= user.refusals.take(&rates.refusals, now.mono_ms).is_err();
        }
        Refusal::retry(Code::RateLimited, "too many at once; please wait a moment", wait_ms)
    }
}
