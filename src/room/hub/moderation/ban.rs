//! Bans people from all rooms, lifts bans, and admits people who wait for the organizer. The records are bounded by
//! `limits::ACCESS_RECORDS` people and `limits::FLAGGED_ADDRESSES` addresses.

use std::collections::BTreeSet;

use crate::room::hub::{state::Due, state::Hub, state::Sweep};
use crate::{
    limits,
    room::{
        AddressTag, CloseReason, Code, ConnId, Measure, Now, Operator, OperatorRole, Person, Refusal, Reply, Role,
        RoomName, UserId,
    },
};

impl Hub {
    /// Bans a person for the rest of the event; with `all`, also everyone else at the person's address.
    pub(in crate::room::hub) fn ban(
        &mut self,
        now: Now,
        by: Operator,
        user: UserId,
        all: bool,
    ) -> Result<Reply, Refusal> {
        if all && by.role != OperatorRole::Organizer {
            return Err(Refusal::new(
                Code::NotAllowed,
                "moderators send away people, not addresses",
            ));
        }
        if self.access_records.is_operator(user) && by.role != OperatorRole::Organizer {
            return Err(Refusal::new(Code::NotAllowed, "that is an operator"));
        }
        self.know(user)?;
        let addresses = self.addresses_of(user);
        let rooms = self.rooms_of(user);
        self.set_banned(user, &addresses, all)?;
        let others = addresses.iter().flat_map(|&address| self.known_at(address));
        let others: BTreeSet<_> = others.filter(|&other| other != user).collect();
        let others = others.into_iter().take(limits::WHO_PEOPLE);
        let neighbours = others.filter_map(|other| self.people.person(other)).collect();
        for room in rooms {
            self.decide_held(now, room, user, false);
            self.moderated(now, room, Measure::Ban, user, None);
        }
        let mut conns: BTreeSet<_> = self.people.conns(user).collect();
        if all {
            let near = addresses.iter().flat_map(|&address| self.devices.conns(address));
            let is_operator = |conn: &ConnId| {
                let state = self.conns.get(conn);
                state.is_some_and(|state| self.access_records.is_operator(state.user))
            };
            conns.extend(near.filter(|conn| !is_operator(conn)));
        }
        for conn in conns {
            self.close(now, conn, CloseReason::Banned);
        }
        self.sweep(now, Sweep::Barred);
        Ok(Reply::Neighbours { neighbours })
    }

    /// The person's current or last address; empty if unknown.
    pub(in crate::room::hub) fn addresses_of(&self, user: UserId) -> Vec<AddressTag> {
        let conns = self.people.conns(user).filter_map(|conn| self.address(conn));
        let all: BTreeSet<_> = conns.chain(self.people.address(user)).collect();
        all.into_iter().collect()
    }

    pub(in crate::room::hub) fn unban(&mut self, now: Now, user: UserId) -> Result<Reply, Refusal> {
        if self.access_records.is_banned(user) {
            self.set_unbanned(user)?;
            for room in self.rooms_of(user) {
                self.moderated(now, room, Measure::Unban, user, None);
            }
        }
        Ok(Reply::Done)
    }

    /// Admits a person to a room where newcomers wait, and releases the person's held messages. Without a room this applies to all such
    /// rooms, also to rooms that let newcomers wait only later. Locked rooms stay locked.
    pub(in crate::room::hub) fn admit(
        &mut self,
        now: Now,
        name: Option<&RoomName>,
        user: UserId,
    ) -> Result<Reply, Refusal> {
        if self.access_records.is_banned(user) {
            return Err(Refusal::new(
                Code::Banned,
                "they were sent away: let them come back first",
            ));
        }
        let Some(name) = name else {
            self.change(user, |record| {
                record.admitted = true;
                record.everywhere = true;
            })?;
            self.sweep(now, Sweep::Admitted(user));
            return Ok(Reply::Done);
        };
        let room = self.known_room(name)?;
        // The room is asked before anything changes: a refused command has no effect.
        let known = &self.rooms.get(room).policy.known;
        if known.len() >= limits::KNOWN_MEMBERS && !known.contains(&user) {
            return Err(Refusal::new(Code::Full, "too many people were let into this room"));
        }
        self.set_admitted(user)?;
        self.rooms.get_mut(room).policy.known.insert(user);
        self.persist_policy(room);
        self.moderated(now, room, Measure::Admit, user, None);
        self.decide_held(now, room, user, true);
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn badge(&mut self, user: UserId, badge: Role) -> Result<Reply, Refusal> {
        self.know(user)?;
        self.set_badge(user, badge)?;
        Ok(Reply::Done)
    }

    /// Requires seat codes from now on, or none (`count` is 0). People inside without one are told, and must leave after [`limits::SEATS_MS`].
    pub(in crate::room::hub) fn seats(&mut self, now: Now, count: u32) -> Result<Reply, Refusal> {
        let were_off = self.access_records.seats == 0;
        self.set_seats(count)?;
        if count > 0 && !were_off {
            self.sweep(now, Sweep::Barred);
            return Ok(Reply::Done);
        }
        let due_ms = (count > 0).then(|| now.mono_ms + limits::SEATS_MS);
        if let Some(before_ms) = std::mem::replace(&mut self.access_records.seats_due_ms, due_ms) {
            self.due.remove(&(before_ms, Due::Seats));
        }
        match due_ms {
            Some(due_ms) => {
                self.due.insert((due_ms, Due::Seats));
                self.sweep(now, Sweep::Seatless);
            }
            // A seat had its holder in at a flagged address.
            None => self.sweep(now, Sweep::Barred),
        }
        Ok(Reply::Done)
    }

    /// Ends the grace time after seat codes were turned on: people without one leave their rooms.
    pub(in crate::room::hub) fn end_seatless(&mut self, now: Now) {
        self.access_records.seats_due_ms = None;
        self.sweep(now, Sweep::Barred);
    }

    /// Frees a seat (numbered personal entry code); the person who had it leaves the room, unless admitted without one.
    pub(in crate::room::hub) fn free(&mut self, now: Now, seat: u32) -> Result<Reply, Refusal> {
        let holder = self.free_seat(seat)?;
        // Also within the time that those have who never had a seat.
        for conn in self.people.conns(holder).collect::<Vec<_>>() {
            let Some((state, room)) = self.conns.get(&conn).and_then(|state| Some((state, state.room?))) else {
                continue;
            };
            if let Err(why) = self.access_records.check(holder, state.address, false, false) {
                self.detach(now, holder, conn, room);
                self.refuse(conn, why);
            }
        }
        Ok(Reply::Done)
    }

    /// Answers with the connected people who have no access yet.
    pub(in crate::room::hub) fn waiting(&self) -> Reply {
        let outside = self.conns.values().filter(|state| self.check_access(state).is_err());
        let users: BTreeSet<_> = outside.map(|state| state.user).collect();
        let users = users.into_iter().take(limits::WHO_PEOPLE);
        let people: Vec<Person> = users.filter_map(|user| self.people.person(user)).collect();
        Reply::People { people }
    }
}
