//! What is known of people, and of where they come from.

use std::collections::BTreeSet;

use super::{Model, person::Person, reasons::Crowd};
use chatterbox::{
    limits,
    room::{self, AddressTag, Identity, Measure, Operator, OperatorRole, Role, RoomId, UserId, UserName},
};

/// An address from which a user was sent away.
#[derive(Clone, Default)]
pub struct Mark {
    pub all: bool,
    pub banned: BTreeSet<UserId>,
    pub cleared: Crowd,
}

impl Model {
    pub(super) fn public(&self, user: UserId) -> room::Person {
        room::Person {
            id: user,
            name: self.people[&user].name.clone(),
            role: self.role(user),
        }
    }

    pub(super) fn person_mut(&mut self, user: UserId) -> &mut Person {
        self.people.get_mut(&user).expect("the sender is known")
    }

    /// The record of a user who may never have been here.
    pub(super) fn record(&mut self, user: UserId) -> &mut Person {
        let (rates, now_ms) = (&self.rates, self.now.mono_ms);
        self.people.entry(user).or_insert_with(|| {
            let guest = UserName::new(&format!("Guest {:04x}", user.0)).expect("a short name");
            Person::new(guest, rates.as_ref(), now_ms)
        })
    }

    /// Makes sure that a user is known; if there are too many, the one away for longest of whom nothing is to be remembered
    /// makes way.
    pub(super) fn meet(&mut self, who: &Identity) -> bool {
        let user = who.user;
        if !self.people.contains_key(&user) {
            if !self.brings_newcomer(who.address) {
                return false;
            }
            if self.people.len() >= limits::USERS && !self.forget_a_person() {
                return false;
            }
        }
        self.record(user);
        if self.is_run {
            let muted = !self.muting(user, who.address).sure.is_empty();
            let person = self.person_mut(user);
            if who.name.is_some() && !muted {
                // It may get a number; the welcome, if there is one, says so.
                person.called = None;
            }
            person.met = true;
            person.past.insert(who.address);
        } else {
            let wanted = who.name.as_ref().unwrap_or(&self.people[&user].name).clone();
            self.take_name(user, who.address, &wanted);
        }
        self.person_mut(user).address = Some(who.address);
        true
    }

    fn forget_a_person(&mut self) -> bool {
        let full_ms = |person: &Person| self.rates.map_or(0, |rates| person.full_ms(&rates));
        let away = self.people.iter().filter(|(_, person)| person.conns.is_empty());
        let longest = away.map(|(id, person)| (full_ms(person), *id)).min();
        match longest {
            Some((full_ms, id)) if full_ms <= self.now.mono_ms => {
                let forgotten = self.people.remove(&id).expect("the user is away");
                self.free_name(id, &forgotten.name);
                true
            }
            _ => false,
        }
    }

    pub(super) fn is_banned(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|person| person.banned)
    }

    pub(super) fn role(&self, user: UserId) -> Role {
        let badge = self.people.get(&user).and_then(|person| person.badge);
        let by_code = self.operators.get(&user).map(|by| match by.role {
            OperatorRole::Organizer => Role::Organizer,
            OperatorRole::Moderator => Role::Moderator,
        });
        badge.or(by_code).unwrap_or(Role::Guest)
    }

    pub(super) fn is_staff(&self, user: UserId) -> bool {
        matches!(self.role(user), Role::Moderator | Role::Organizer)
    }

    pub(super) fn is_operator(&self, user: UserId) -> bool {
        self.operators.contains_key(&user)
    }

    /// The addresses where a user is, or was last.
    pub(super) fn addresses(&self, user: UserId) -> BTreeSet<AddressTag> {
        let conns = self.conns.values().filter(|conn| conn.user == user);
        let last = self.people.get(&user).and_then(|person| person.address);
        conns.map(|conn| conn.device).chain(last).collect()
    }

    /// People who are at an address, or were last; and those who may have been.
    pub(super) fn known_at(&self, address: AddressTag) -> Crowd {
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
    pub(super) fn mark(&mut self, address: AddressTag, user: UserId, all: bool, hold: bool) {
        let mut known = self.known_at(address);
        let runs = |user: &UserId| !hold || self.is_staff(*user) || self.is_operator(*user);
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

    pub(super) fn unmark(&mut self, user: UserId) {
        self.marks.retain(|_, mark| {
            if mark.banned.remove(&user) {
                mark.cleared.sure.insert(user);
                return !mark.banned.is_empty();
            }
            true
        });
    }

    /// A user has given an admin command.
    pub(super) fn greet_operator(&mut self, user: UserId, by: Operator) {
        self.operators.insert(user, by);
        let watched = self.seats > 0 || !self.marks.is_empty();
        let person = self.record(user);
        if watched && !person.banned {
            person.admitted = true;
        }
    }

    pub(super) fn admit(&mut self, room: Option<RoomId>, user: UserId) {
        self.record(user).admitted = true;
        let Some(id) = room else {
            self.record(user).everywhere = true;
            for id in self.room_ids() {
                let room = self.room(id);
                let holds = room.held.iter().any(|held| held.user == user);
                if room.settings.newcomers_wait && (room.here(user) || holds) {
                    self.let_in(id, user);
                }
            }
            return;
        };
        let room = self.room_mut(id);
        room.at_lock.sure.insert(user);
        room.at_wait.sure.insert(user);
        room.been.maybe.insert(user);
        self.let_in(id, user);
    }

    fn let_in(&mut self, id: RoomId, user: UserId) {
        let held = std::mem::take(&mut self.room_mut(id).held);
        self.moderated(id, Measure::Admit, user, None, true);
        for held in held {
            if held.user == user && held.newcomer {
                self.room_mut(id).gone.extend(held.number);
                self.show(id, held);
            } else {
                self.room_mut(id).held.push_back(held);
            }
        }
    }
}
