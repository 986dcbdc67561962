//! What is known of people, and of where they come from.

use std::collections::BTreeSet;

use super::{Crowd, Model, Reasons};
use chatterbox::room::{AddressTag, Identity, Role, UserId, UserName};

#[derive(Default)]
pub struct Person {
    /// Was here in this process.
    pub met: bool,
    pub banned: bool,
    pub admitted: bool,
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

/// Somebody was sent away from here.
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
        badge.unwrap_or(Role::Guest)
    }

    pub fn is_staff(&self, user: UserId) -> bool {
        matches!(self.role(user), Role::Helper | Role::Organizer)
    }

    pub fn is_officer(&self, user: UserId) -> bool {
        self.officers.contains(&user)
    }

    pub fn meet(&mut self, who: &Identity) {
        let mut mutes = Reasons::default();
        for room in self.rooms.keys() {
            mutes = mutes.and(self.is_muted(who.user, room));
        }
        let person = self.person(who.user);
        if who.name.is_some() && mutes.sure.is_empty() {
            person.name = who.name.clone().filter(|_| mutes.maybe.is_empty());
        }
        person.met = true;
        person.address = Some(who.address);
        person.past.insert(who.address);
    }

    /// Where somebody is, or was last.
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

    pub fn mark(&mut self, address: AddressTag, user: UserId, all: bool) {
        let known = self.known_at(address);
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

    /// Somebody has given an order.
    pub fn greet_officer(&mut self, user: UserId) {
        self.officers.insert(user);
        let watched = self.is_watched();
        let person = self.person(user);
        if watched && !person.banned {
            person.admitted = true;
        }
    }
}
