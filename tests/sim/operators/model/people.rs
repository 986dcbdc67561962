//! What is known of people, and of where they come from.

use std::collections::BTreeSet;

use super::{Crowd, Model, Room};
use chatterbox::room::{AddressTag, Identity, Measure, Operator, OperatorRole, Role, RoomName, UserId, UserName};

#[derive(Default)]
pub struct Person {
    /// Was here in this process.
    pub met: bool,
    pub banned: bool,
    pub admitted: bool,
    pub everywhere: bool,
    /// What they are called, in this process.
    pub name: Option<UserName>,
    pub badge: Option<Role>,
    pub seat: Option<u32>,
    /// Where they were last, in this process.
    pub address: Option<AddressTag>,
    /// Where they were ever.
    pub past: BTreeSet<AddressTag>,
}

impl Person {
    pub fn restart(&mut self) {
        self.met = false;
        self.address = None;
        self.name = None;
    }
}

/// A user was sent away from here.
#[derive(Default)]
pub struct Mark {
    pub all: bool,
    pub banned: BTreeSet<UserId>,
    pub cleared: Crowd,
}

impl Model {
    pub fn person(&mut self, user: UserId) -> &mut Person {
        self.people.entry(user).or_default()
    }

    pub fn is_banned(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|person| person.banned)
    }

    pub fn role(&self, user: UserId) -> Role {
        let badge = self.people.get(&user).and_then(|person| person.badge);
        let by_code = self.operators.get(&user).map(|by| match by.role {
            OperatorRole::Organizer => Role::Organizer,
            OperatorRole::Moderator => Role::Moderator,
        });
        badge.or(by_code).unwrap_or(Role::Guest)
    }

    pub fn is_staff(&self, user: UserId) -> bool {
        matches!(self.role(user), Role::Moderator | Role::Organizer)
    }

    pub fn is_officer(&self, user: UserId) -> bool {
        self.operators.contains_key(&user)
    }

    pub fn meet(&mut self, who: &Identity) {
        self.asking = who.address;
        let mutes = self.is_muted(who.user);
        let person = self.person(who.user);
        if who.name.is_some() && mutes.sure.is_empty() {
            // It may get a number; the welcome, if there is one, says so.
            person.name = None;
        }
        person.met = true;
        person.address = Some(who.address);
        person.past.insert(who.address);
    }

    /// Where a user is, or was last.
    pub fn addresses(&self, user: UserId) -> BTreeSet<AddressTag> {
        let conns = self.conns.values().filter(|(whose, _)| *whose == user);
        let last = self.people.get(&user).and_then(|person| person.address);
        conns.map(|(_, address)| *address).chain(last).collect()
    }

    /// Who is at an address, or was last; and who may have been.
    pub fn known_at(&self, address: AddressTag) -> Crowd {
        let mut crowd = Crowd::default();
        for (&user, person) in &self.people {
            if self.addresses(user).contains(&address) {
                crowd.sure.insert(user);
            } else if person.past.contains(&address) {
                crowd.maybe.insert(user);
            }
        }
        crowd
    }

    /// `hold`: those who were known there wait to be let in, but for those who run the evening.
    pub fn mark(&mut self, address: AddressTag, user: UserId, all: bool, hold: bool) {
        let mut known = self.known_at(address);
        let runs = |user: &UserId| !hold || self.is_staff(*user) || self.is_officer(*user);
        known.sure.retain(runs);
        known.maybe.retain(runs);
        let mark = self.marks.entry(address).or_insert_with(|| Mark {
            cleared: known,
            ..Mark::default()
        });
        mark.all |= all;
        mark.banned.insert(user);
        mark.cleared.sure.remove(&user);
        mark.cleared.maybe.remove(&user);
    }

    pub fn unmark(&mut self, user: UserId) {
        self.marks.retain(|_, mark| {
            if mark.banned.remove(&user) {
                mark.cleared.sure.insert(user);
                return !mark.banned.is_empty();
            }
            true
        });
    }

    pub fn is_watched(&self) -> bool {
        self.seats > 0 || !self.marks.is_empty()
    }

    /// A user has given an order.
    pub fn greet_officer(&mut self, user: UserId, by: Operator) {
        self.operators.insert(user, by);
        let watched = self.is_watched();
        let person = self.person(user);
        if watched && !person.banned {
            person.admitted = true;
        }
    }

    pub(super) fn admit(&mut self, name: Option<&RoomName>, user: UserId) {
        self.person(user).admitted = true;
        let Some(name) = name else {
            self.person(user).everywhere = true;
            let waits = |room: &Room| {
                let holds = room.held.iter().any(|held| held.user == user);
                room.settings.newcomers_wait && (room.here(user) || holds)
            };
            let rooms = self
                .rooms
                .iter()
                .filter(|(_, room)| waits(room))
                .map(|(name, _)| name.clone());
            for name in rooms.collect::<Vec<_>>() {
                self.let_in(&name, user);
            }
            return;
        };
        let room = self.room(name);
        room.at_lock.sure.insert(user);
        room.at_wait.sure.insert(user);
        room.been.maybe.insert(user);
        self.let_in(name, user);
    }

    fn let_in(&mut self, name: &RoomName, user: UserId) {
        let held = std::mem::take(&mut self.room(name).held);
        self.moderated(name, Measure::Admit, user, None, true);
        for held in held {
            if held.user == user && held.newcomer {
                self.room(name).gone.extend(held.number);
                self.show(name, user, held.skip, held.body);
            } else {
                self.room(name).held.push_back(held);
            }
        }
    }
}
