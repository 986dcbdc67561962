//! Decides whether a person may connect and enter a room: refuses banned people, people who wait for the organizer's admission, and people
//! without the seat code (a numbered personal entry code) that the organizer may require. The records that it reads are bounded by
//! `limits::ACCESS_RECORDS`, people by `limits::USERS`; nothing grows here.

use crate::room::hub::moderation::records::AccessRecord;
use crate::room::hub::moderation::records::Flag;
use crate::room::hub::moderation::records::FlaggedAddress;
use crate::room::hub::moderation::records::banned;
use crate::room::hub::moderation::records::seat_needed;
use crate::room::hub::moderation::records::waiting;
use std::collections::BTreeSet;

use crate::room::hub::{state::Conn, state::Hub};
use crate::{
    limits,
    room::{AddressTag, Code, ConnId, Identity, Key, Person, Refusal, Reply, Role, UserId, UserName, persist},
};

impl Hub {
    /// People who use this device now, or who used it last.
    pub(in crate::room::hub) fn known_at(&self, address: AddressTag) -> BTreeSet<UserId> {
        let here = self.devices.conns(address).filter_map(|conn| self.conns.get(&conn));
        here.map(|state| state.user).chain(self.people.at(address)).collect()
    }

    /// A person as others see them, even if the user table has dropped the person; a badge remains.
    pub(in crate::room::hub) fn shown(&self, user: UserId) -> Person {
        self.people.person(user).unwrap_or_else(|| Person {
            id: user,
            name: UserName::made_up(user),
            role: self.role_of(user),
        })
    }

    /// Checks the access of an identity by what is known of it: not banned, not waiting, and with an earlier seat code if one is required. A code
    /// that it sends now does not count.
    ///
    /// # Errors
    /// The reason for refusing the identity.
    pub fn admits(&self, who: &Identity) -> Result<(), Refusal> {
        self.access_records.check(who.user, who.address, who.shared, false)
    }

    /// Checks the access of a polling identity. With `lease`, the hub connection of its lease is checked, whose seat counts; with `None`, the
    /// identity alone.
    ///
    /// # Errors
    /// The reason why it has none.
    pub fn admits_lease(&self, who: &Identity, lease: Option<ConnId>) -> Result<(), Refusal> {
        match lease.and_then(|lease| self.conns.get(&lease)) {
            Some(state) => self.check_access(state),
            None => self.admits(who),
        }
    }

    /// Checks that a room admits a person who polls it.
    ///
    /// # Errors
    /// The room is closed or locked.
    pub fn admits_to(&self, who: &Identity, room: &crate::room::RoomName) -> Result<(), Refusal> {
        let room = self.rooms.find(room);
        room.map_or(Ok(()), |room| self.rooms.get(room).policy.admits(who.user))
    }

    /// Checks that the person of a connection still has access: not banned, not waiting, and with a seat code if one is required.
    pub(in crate::room::hub) fn check_access(&self, conn: &Conn) -> Result<(), Refusal> {
        self.access_records
            .check(conn.user, conn.address, false, conn.room.is_some())
    }

    /// Checks the access of an arriving identity, gives it the seat whose code it sent, and notes its device. A banned person's new device is
    /// flagged.
    pub(in crate::room::hub) fn check_arrival(&mut self, who: &Identity) -> Result<(), Refusal> {
        if self.access_records.is_banned(who.user) {
            self.flag_address(who.address, who.user, Flag::Returned);
            return Err(banned());
        }
        if let Some(seat) = who.seat
            && !who.shared
            && (1..=self.access_records.seats).contains(&seat)
        {
            self.sit(who, seat)?;
        }
        self.admits(who)
    }

    fn sit(&mut self, who: &Identity, seat: u32) -> Result<(), Refusal> {
        let user = who.user;
        match self.access_records.taken.get(&seat) {
            Some(&other) if other == user => Ok(()),
            Some(&other) if self.access_records.is_banned(other) => {
                self.flag_address(who.address, other, Flag::Returned);
                Err(banned())
            }
            Some(_) => Err(Refusal::new(Code::SeatTaken, "another person has that seat")),
            None if self
                .access_records
                .people
                .get(&user)
                .is_some_and(|it| it.seat.is_some()) =>
            {
                Ok(())
            }
            None => {
                self.change(user, |record| record.seat = Some(seat))?;
                self.access_records.taken.insert(seat, user);
                Ok(())
            }
        }
    }

    /// Changes the access record of a user and stores it.
    pub(in crate::room::hub) fn change(
        &mut self,
        user: UserId,
        change: impl FnOnce(&mut AccessRecord),
    ) -> Result<(), Refusal> {
        let people = &mut self.access_records.people;
        if people.len() >= limits::ACCESS_RECORDS && !people.contains_key(&user) {
            return Err(Refusal::new(Code::Full, "no more people can be remembered"));
        }
        let record = people.entry(user).or_default();
        change(record);
        let record = record.clone();
        let nothing = record == AccessRecord::default();
        if nothing {
            people.remove(&user);
        }
        self.persist(Key::AccessRecord(user), |_| (!nothing).then(|| persist::json(&record)));
        Ok(())
    }

    /// Flags an address, so that its other identities must wait or are refused. Identities known there keep their access if addresses are
    /// shared by configuration, or if a banned identity merely appeared there.
    fn flag_address(&mut self, address: AddressTag, user: UserId, why: Flag) {
        let all = why == Flag::All;
        let is_flagged = self.access_records.flagged.contains_key(&address);
        if self.access_records.flagged.len() >= limits::FLAGGED_ADDRESSES && !is_flagged {
            return;
        }
        // A phone's other identities are most likely the same person's; phones behind one router have nothing to do with each other.
        let go_on = why == Flag::Returned || self.devices.is_shared();
        let innocent = |&user: &UserId| go_on || self.runs_the_evening(user);
        let exempt = match is_flagged {
            true => BTreeSet::new(),
            false => self
                .known_at(address)
                .into_iter()
                .filter(innocent)
                .take(limits::EXEMPT_PEOPLE)
                .collect(),
        };
        let flag = self
            .access_records
            .flagged
            .entry(address)
            .or_insert_with(|| FlaggedAddress {
                exempt,
                ..FlaggedAddress::default()
            });
        let changed = flag.banned.insert(user) | flag.exempt.remove(&user) | (all && !flag.all);
        flag.all |= all;
        if changed {
            let flag = flag.clone();
            self.persist(Key::FlaggedAddress(address), |_| Some(persist::json(&flag)));
        }
    }

    /// Changes flagged addresses, stores them, and removes those without a banned user.
    fn change_flagged(&mut self, mut change: impl FnMut(&mut FlaggedAddress) -> bool) {
        let flagged = &mut self.access_records.flagged;
        let changed = flagged
            .iter_mut()
            .filter_map(|(&address, flag)| change(flag).then_some(address));
        let changed: Vec<_> = changed.collect();
        for address in changed {
            let flag = self.access_records.flagged.get(&address);
            let left = flag.filter(|flag| !flag.banned.is_empty()).cloned();
            if left.is_none() {
                self.access_records.flagged.remove(&address);
            }
            self.persist(Key::FlaggedAddress(address), |_| left.map(|flag| persist::json(&flag)));
        }
    }

    pub(in crate::room::hub) fn set_banned(
        &mut self,
        user: UserId,
        addresses: &[AddressTag],
        all: bool,
    ) -> Result<(), Refusal> {
        self.change(user, |record| {
            record.banned = true;
            record.admitted = false;
            record.everywhere = false;
        })?;
        for &address in addresses {
            let near = if all { self.known_at(address) } else { BTreeSet::new() };
            self.flag_address(address, user, if all { Flag::All } else { Flag::Banned });
            for other in near.into_iter().filter(|&other| other != user) {
                self.send_away_with(other);
            }
        }
        Ok(())
    }

    /// Refuses everyone at the person's address, including admitted people, except operators.
    fn send_away_with(&mut self, user: UserId) {
        let admitted = self
            .access_records
            .people
            .get(&user)
            .is_some_and(|record| record.admitted);
        let is_operator = self.access_records.is_operator(user) && !self.access_records.is_banned(user);
        if admitted != is_operator {
            // Without a place, an operator is let in with the next command.
            let _ = self.change(user, |record| {
                record.admitted = is_operator;
                record.everywhere = false;
            });
        }
    }

    /// Ends a person's ban, and the measures against others at the same addresses.
    pub(in crate::room::hub) fn set_unbanned(&mut self, user: UserId) -> Result<(), Refusal> {
        self.change(user, |record| record.banned = false)?;
        self.change_flagged(|flag| {
            let theirs = flag.banned.remove(&user);
            if theirs {
                flag.exempt.insert(user);
                // The ban of an address ends with the last ban that caused it.
                flag.all &= !flag.banned.is_empty();
            }
            theirs
        });
        Ok(())
    }

    pub(in crate::room::hub) fn set_admitted(&mut self, user: UserId) -> Result<(), Refusal> {
        self.change(user, |record| record.admitted = true)
    }

    pub(in crate::room::hub) fn set_badge(&mut self, user: UserId, badge: Role) -> Result<(), Refusal> {
        self.change(user, |record| record.badge = (badge != Role::Guest).then_some(badge))?;
        self.people.set_role(user, self.role_of(user));
        Ok(())
    }

    pub(in crate::room::hub) fn set_seats(&mut self, count: u32) -> Result<(), Refusal> {
        if count > limits::SEATS {
            let message = format!("there are at most {} seats", limits::SEATS);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        self.access_records.seats = count;
        self.persist(Key::Seats, |_| (count > 0).then(|| persist::json(&count)));
        Ok(())
    }

    pub(in crate::room::hub) fn seating(&self) -> Reply {
        let (count, taken) = (self.access_records.seats, self.access_records.taken.len());
        Reply::Seating { count, taken }
    }

    /// Frees a seat (numbered personal entry code) for another identity; returns the identity that had it.
    pub(in crate::room::hub) fn free_seat(&mut self, seat: u32) -> Result<UserId, Refusal> {
        let nobody = || Refusal::new(Code::BadRequest, "that seat is free");
        let user = self.access_records.taken.get(&seat).copied().ok_or_else(nobody)?;
        if self.access_records.is_banned(user) {
            return Err(Refusal::new(
                Code::NotAllowed,
                "the person with that seat was sent away",
            ));
        }
        self.change(user, |record| record.seat = None)?;
        self.access_records.taken.remove(&seat);
        Ok(user)
    }

    /// Checks that a client without a token may read a room from this address.
    ///
    /// # Errors
    /// The reason for refusing the client.
    pub fn may_overhear(&self, room: &crate::room::RoomName, address: AddressTag) -> Result<(), Refusal> {
        if self.access_records.seats > 0 {
            return Err(seat_needed());
        }
        if self.access_records.flagged.contains_key(&address) {
            return Err(waiting());
        }
        match self.rooms.find(room) {
            Some(room) => self.rooms.get(room).policy.admits_strangers(),
            None => Ok(()),
        }
    }
}
