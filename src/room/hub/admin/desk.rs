//! Answers the organizer's page with lists of people and with details of one person, at most `limits::DESK_PEOPLE` people in an answer.

use std::collections::{BTreeMap, BTreeSet};

use crate::room::hub::{membership::room::Room, state::Hub};
use crate::{
    limits,
    room::{
        AddressTag, Code, HeldItem, Now, PeopleFilter, PersonRecord, PersonState, Refusal, Reply, RoomName, UserId,
    },
};

/// Facts about many people that a list for the organizer needs. Each is collected at once for all people.
struct Facts {
    /// Number of messages in the room's log, by author.
    messages: BTreeMap<UserId, usize>,
    /// Remaining time of each mute in milliseconds, by user.
    muted: BTreeMap<UserId, u64>,
}

impl Hub {
    /// Answers with the people who match a filter and whose names contain `part` (`None`: any name), sorted by name.
    pub(in crate::room::hub) fn list_people(
        &self,
        now: Now,
        name: &RoomName,
        filter: PeopleFilter,
        part: Option<&str>,
    ) -> Result<Reply, Refusal> {
        let room = self.rooms.get(self.known_room(name)?);
        let part = part.unwrap_or_default();
        if part.chars().count() > limits::USER_NAME_CHARS {
            let message = format!("a name has at most {} characters", limits::USER_NAME_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
        let facts = self.facts(now, room);
        let users: BTreeSet<UserId> = match filter {
            PeopleFilter::Here | PeopleFilter::Shared => room.people().collect(),
            PeopleFilter::Muted => facts.muted.keys().copied().collect(),
            PeopleFilter::Banned => self.access_records.banned().collect(),
            PeopleFilter::Staff => self.access_records.staff().collect(),
        };
        let addresses = Addresses::of(self);
        let part = part.to_lowercase();
        let wanted = |user: &UserId| filter != PeopleFilter::Shared || addresses.are_shared(*user);
        let people = users.iter().filter(|user| wanted(user)).map(|&user| self.shown(user));
        let mut people: Vec<_> = people
            .filter(|who| who.name.as_str().to_lowercase().contains(&part))
            .collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        let count = people.len();
        let listed = people.into_iter().take(limits::DESK_PEOPLE);
        let people = listed.map(|who| {
            let shares = addresses.neighbours(who.id).len();
            self.state_of(room, &facts, who.id, shares)
        });
        let people = people.collect();
        Ok(Reply::Listed { people, count })
    }

    /// Answers the organizer's page with one person's state, newest messages and commands about the person.
    pub(in crate::room::hub) fn person_record(
        &self,
        now: Now,
        name: &RoomName,
        user: UserId,
    ) -> Result<Reply, Refusal> {
        let room = self.rooms.get(self.known_room(name)?);
        if !self.access_records.is_banned(user) {
            self.know(user)?;
        }
        let near = Addresses::of(self).neighbours(user);
        let newest = room.log.iter_from(0).collect::<Vec<_>>().into_iter().rev();
        let theirs = newest.filter(|entry| entry.from.id == user);
        let orders = self.audited_about(user).take(limits::DESK_COMMANDS);
        Ok(Reply::Person(Box::new(PersonRecord {
            person: self.state_of(room, &self.facts(now, room), user, near.len()),
            neighbours: near
                .into_iter()
                .take(limits::DESK_NEIGHBOURS)
                .map(|user| self.shown(user))
                .collect(),
            said: theirs
                .filter_map(|entry| HeldItem::of(entry))
                .take(limits::DESK_SAID)
                .collect(),
            orders: orders.cloned().collect(),
        })))
    }

    fn facts(&self, now: Now, room: &Room) -> Facts {
        let mut messages: BTreeMap<UserId, usize> = BTreeMap::new();
        for entry in room.log.iter_from(0) {
            if entry.body.said().is_some_and(|said| !said.is_control()) {
                *messages.entry(entry.from.id).or_default() += 1;
            }
        }
        let mut muted: BTreeMap<UserId, u64> = BTreeMap::new();
        for room in self.rooms.ids() {
            for (&user, until_ms) in &self.rooms.get(room).policy.muted {
                if let Some(left_ms) = until_ms.checked_sub(now.mono_ms).filter(|left_ms| *left_ms > 0) {
                    let longest = muted.entry(user).or_default();
                    *longest = left_ms.max(*longest);
                }
            }
        }
        Facts { messages, muted }
    }

    fn state_of(&self, room: &Room, facts: &Facts, user: UserId, shares: usize) -> PersonState {
        PersonState {
            who: self.shown(user),
            here: room.has(user),
            muted_ms: facts.muted.get(&user).copied(),
            banned: self.access_records.is_banned(user),
            messages: facts.messages.get(&user).copied().unwrap_or_default(),
            shares,
        }
    }
}

/// The current or last device address of each person.
struct Addresses {
    at: BTreeMap<AddressTag, BTreeSet<UserId>>,
    of: BTreeMap<UserId, Vec<AddressTag>>,
}

impl Addresses {
    /// Collects the addresses of all people at once.
    fn of(hub: &Hub) -> Self {
        let connected = hub.conns.values().map(|state| (state.user, state.address));
        let all: BTreeSet<_> = hub.people.addresses().chain(connected).collect();
        let (mut at, mut of): (BTreeMap<_, BTreeSet<_>>, BTreeMap<_, Vec<_>>) = Default::default();
        for (user, address) in all {
            at.entry(address).or_default().insert(user);
            of.entry(user).or_default().push(address);
        }
        Self { at, of }
    }

    /// Whether any other user uses or last used the user's device.
    fn are_shared(&self, user: UserId) -> bool {
        let mut addresses = self.of.get(&user).into_iter().flatten();
        addresses.any(|address| self.at[address].len() > 1)
    }

    /// The other people who use or last used the user's device.
    fn neighbours(&self, user: UserId) -> BTreeSet<UserId> {
        let addresses = self.of.get(&user).into_iter().flatten();
        let all = addresses.flat_map(|address| &self.at[address]).copied();
        all.filter(|other| *other != user).collect()
    }
}
