//! Who is sent away, who was let in, who sits where: what is remembered of people for the whole event.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Conn, Hub, people::People};
use crate::{
    limits,
    room::{AddressTag, Code, ConnId, Identity, Key, Person, Refusal, Role, UserId, UserName, keep},
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Standings {
    people: BTreeMap<UserId, Standing>,
    /// Addresses from which somebody came who was sent away.
    marks: BTreeMap<AddressTag, Mark>,
    /// How many seats there are; 0 is that nobody needs one.
    seats: u32,
    taken: BTreeMap<u32, UserId>,
    /// Who has given orders, in this run.
    officers: BTreeSet<UserId>,
}

/// The value of [`Key::Standing`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Standing {
    banned: bool,
    /// Needs neither to wait nor a seat.
    admitted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seat: Option<u32>,
}

/// The value of [`Key::Mark`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    /// Nobody may come from there.
    all: bool,
    /// Who was sent away.
    banned: BTreeSet<UserId>,
    /// Who was known there before: they go on.
    cleared: BTreeSet<UserId>,
}

impl Standings {
    pub(super) fn take_back(&mut self, key: Key, value: &str) -> Option<()> {
        match key {
            Key::Standing(user) => {
                let standing: Standing = serde_json::from_str(value).ok()?;
                if let Some(seat) = standing.seat {
                    self.taken.insert(seat, user);
                }
                self.people.insert(user, standing);
            }
            Key::Mark(address) => drop(self.marks.insert(address, serde_json::from_str(value).ok()?)),
            Key::Seats => self.seats = serde_json::from_str(value).ok()?,
            _ => return None,
        }
        Some(())
    }

    pub(super) fn is_banned(&self, user: UserId) -> bool {
        self.people.get(&user).is_some_and(|standing| standing.banned)
    }

    pub(super) fn badge(&self, user: UserId) -> Option<Role> {
        self.people.get(&user)?.badge
    }

    pub(super) fn is_officer(&self, user: UserId) -> bool {
        self.officers.contains(&user)
    }

    /// Whether somebody may do anything here. `shared`: anybody at the address may be that somebody.
    fn pass(&self, user: UserId, address: AddressTag, shared: bool) -> Result<(), Refusal> {
        let standing = self.people.get(&user);
        let mark = self.marks.get(&address);
        let admitted = standing.is_some_and(|standing| standing.admitted);
        if standing.is_some_and(|standing| standing.banned) || (mark.is_some_and(|mark| mark.all) && !admitted) {
            return Err(banned());
        }
        if admitted {
            return Ok(());
        }
        if self.seats > 0 {
            let seated = standing.is_some_and(|standing| standing.seat.is_some());
            return if seated { Ok(()) } else { Err(seat_needed()) };
        }
        match mark {
            Some(mark) if shared || !mark.cleared.contains(&user) => Err(waiting()),
            _ => Ok(()),
        }
    }
}

pub(super) fn banned() -> Refusal {
    Refusal::new(Code::Banned, "you were sent away")
}

/// Who is at an address, or was last. Those who are connected come first.
fn known_at(people: &People, conns: &BTreeMap<ConnId, Conn>, address: AddressTag) -> impl Iterator<Item = UserId> {
    let here = conns.values().filter(move |state| state.address == address);
    here.map(|state| state.user).chain(people.at(address))
}

fn waiting() -> Refusal {
    let message = "somebody was sent away from where you are: a helper has to let you in";
    Refusal::retry(Code::Waiting, message, limits::WAITING_RETRY_MS)
}

fn seat_needed() -> Refusal {
    Refusal::new(Code::SeatNeeded, "the code of a free seat is needed to come in")
}

impl Hub {
    /// Who is at an address, or was last.
    pub(super) fn known_at(&self, address: AddressTag) -> BTreeSet<UserId> {
        known_at(&self.people, &self.conns, address).collect()
    }

    /// Somebody as others see them, even if forgotten: their badge is not.
    pub(super) fn shown(&self, user: UserId) -> Person {
        self.people.person(user).unwrap_or_else(|| Person {
            id: user,
            name: UserName::made_up(user),
            role: self.standings.badge(user).unwrap_or(Role::Guest),
        })
    }

    /// Whether an identity may do anything here, without a look at its seat code.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self, who: &Identity) -> Result<(), Refusal> {
        self.standings.pass(who.user, who.address, who.shared)
    }

    /// The same of a connection that is there.
    pub(super) fn passes(&self, user: UserId, address: AddressTag) -> Result<(), Refusal> {
        self.standings.pass(user, address, false)
    }

    /// The same of somebody who comes: takes the seat whose code came along, and notes where they come from. Whoever was sent
    /// away takes the address along with them.
    pub(super) fn pass_in(&mut self, who: &Identity) -> Result<(), Refusal> {
        if self.standings.is_banned(who.user) {
            self.mark(who.address, who.user, false);
            return Err(banned());
        }
        if let Some(seat) = who.seat
            && !who.shared
            && (1..=self.standings.seats).contains(&seat)
        {
            self.sit(who, seat)?;
        }
        self.admits(who)
    }

    fn sit(&mut self, who: &Identity, seat: u32) -> Result<(), Refusal> {
        let user = who.user;
        match self.standings.taken.get(&seat) {
            Some(&other) if other == user => Ok(()),
            Some(&other) if self.standings.is_banned(other) => {
                self.mark(who.address, other, false);
                Err(banned())
            }
            Some(_) => Err(Refusal::new(Code::SeatTaken, "somebody else has that seat")),
            None if self.standings.people.get(&user).is_some_and(|it| it.seat.is_some()) => Ok(()),
            None => {
                self.change(user, |standing| standing.seat = Some(seat))?;
                self.standings.taken.insert(seat, user);
                Ok(())
            }
        }
    }

    /// Changes what is remembered of somebody, and has it kept.
    fn change(&mut self, user: UserId, change: impl FnOnce(&mut Standing)) -> Result<(), Refusal> {
        let people = &mut self.standings.people;
        if people.len() >= limits::STANDINGS && !people.contains_key(&user) {
            return Err(Refusal::new(Code::Full, "no more people can be remembered"));
        }
        let standing = people.entry(user).or_default();
        change(standing);
        let standing = standing.clone();
        let nothing = standing == Standing::default();
        if nothing {
            people.remove(&user);
        }
        self.keep(Key::Standing(user), |_| (!nothing).then(|| keep::json(&standing)));
        Ok(())
    }

    /// From now on strangers from an address wait, or nobody comes from it. Who was known there before goes on.
    fn mark(&mut self, address: AddressTag, user: UserId, all: bool) {
        let marks = &mut self.standings.marks;
        if marks.len() >= limits::MARKS && !marks.contains_key(&address) {
            return;
        }
        let (people, conns) = (&self.people, &self.conns);
        let mark = marks.entry(address).or_insert_with(|| Mark {
            cleared: known_at(people, conns, address).take(limits::CLEARED).collect(),
            ..Mark::default()
        });
        let news = mark.banned.insert(user) | mark.cleared.remove(&user) | (all && !mark.all);
        mark.all |= all;
        if news {
            let mark = mark.clone();
            self.keep(Key::Mark(address), |_| Some(keep::json(&mark)));
        }
    }

    pub(super) fn set_banned(&mut self, user: UserId, addresses: &[AddressTag], all: bool) -> Result<(), Refusal> {
        self.change(user, |standing| {
            standing.banned = true;
            standing.admitted = false;
        })?;
        for &address in addresses {
            let near = if all { self.known_at(address) } else { BTreeSet::new() };
            self.mark(address, user, all);
            for other in near.into_iter().filter(|&other| other != user) {
                self.send_away_with(other);
            }
        }
        Ok(())
    }

    /// Nobody comes from somebody's address any more: not even if they were let in before, unless they give orders.
    fn send_away_with(&mut self, user: UserId) {
        let admitted = self
            .standings
            .people
            .get(&user)
            .is_some_and(|standing| standing.admitted);
        let is_officer = self.standings.is_officer(user) && !self.standings.is_banned(user);
        if admitted != is_officer {
            // Without place an officer is let in with their next order.
            let _ = self.change(user, |standing| standing.admitted = is_officer);
        }
    }

    /// Somebody may come back, and so may others from where they were.
    pub(super) fn set_unbanned(&mut self, user: UserId) -> Result<(), Refusal> {
        self.change(user, |standing| standing.banned = false)?;
        let marks = &mut self.standings.marks;
        let theirs: Vec<_> = marks.iter().filter(|(_, mark)| mark.banned.contains(&user)).collect();
        let theirs: Vec<_> = theirs.into_iter().map(|(&address, _)| address).collect();
        for address in theirs {
            let Some(mark) = self.standings.marks.get_mut(&address) else {
                continue;
            };
            mark.banned.remove(&user);
            mark.cleared.insert(user);
            let left = (!mark.banned.is_empty()).then(|| mark.clone());
            if left.is_none() {
                self.standings.marks.remove(&address);
            }
            self.keep(Key::Mark(address), |_| left.map(|mark| keep::json(&mark)));
        }
        Ok(())
    }

    pub(super) fn set_admitted(&mut self, user: UserId) -> Result<(), Refusal> {
        self.change(user, |standing| standing.admitted = true)
    }

    pub(super) fn set_badge(&mut self, user: UserId, badge: Role) -> Result<(), Refusal> {
        self.change(user, |standing| {
            standing.badge = (badge != Role::Guest).then_some(badge)
        })?;
        self.people.set_role(user, badge);
        Ok(())
    }

    /// Somebody has given an order: where a door is watched, it is open for them.
    pub(super) fn greet_officer(&mut self, user: UserId) {
        if self.standings.officers.len() < limits::OFFICER_CODES {
            self.standings.officers.insert(user);
        }
        let watched = self.standings.seats > 0 || !self.standings.marks.is_empty();
        let known = self.standings.people.get(&user);
        if watched && !known.is_some_and(|standing| standing.admitted || standing.banned) {
            // Without place they pass as everybody does.
            let _ = self.set_admitted(user);
        }
    }

    pub(super) fn set_seats(&mut self, count: u32) -> Result<(), Refusal> {
        if count > limits::SEATS {
            let message = format!("there are at most {} seats", limits::SEATS);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        self.standings.seats = count;
        self.keep(Key::Seats, |_| (count > 0).then(|| keep::json(&count)));
        Ok(())
    }

    /// A seat may be taken by somebody else.
    pub(super) fn free_seat(&mut self, seat: u32) -> Result<(), Refusal> {
        let nobody = || Refusal::new(Code::BadRequest, "nobody has that seat");
        let user = self.standings.taken.get(&seat).copied().ok_or_else(nobody)?;
        if self.standings.is_banned(user) {
            return Err(Refusal::new(Code::NotAllowed, "whoever has that seat was sent away"));
        }
        self.change(user, |standing| standing.seat = None)?;
        self.standings.taken.remove(&seat);
        Ok(())
    }

    /// Whether somebody without a token may read a room from an address.
    ///
    /// # Errors
    /// Why not.
    pub fn may_overhear(&self, room: &crate::room::RoomName, address: AddressTag) -> Result<(), Refusal> {
        if self.standings.seats > 0 {
            return Err(seat_needed());
        }
        if self.standings.marks.contains_key(&address) {
            return Err(waiting());
        }
        match self.rooms.find(room) {
            Some(room) => self.rooms.get(room).rule.admits_strangers(),
            None => Ok(()),
        }
    }
}
