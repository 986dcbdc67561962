//! Sending people away, letting them in.

use std::collections::BTreeSet;

use super::Hub;
use crate::{
    limits,
    room::{
        AddressTag, CloseReason, Code, Measure, Now, Officer, OfficerRole, Person, Refusal, Reply, Role, RoomName,
        UserId,
    },
};

impl Hub {
    /// Sends somebody away for the rest of the event. `all`: and everybody else at their address.
    pub(super) fn ban(&mut self, now: Now, by: Officer, user: UserId, all: bool) -> Result<Reply, Refusal> {
        if all && by.role != OfficerRole::Organizer {
            return Err(Refusal::new(
                Code::NotAllowed,
                "helpers send away people, not addresses",
            ));
        }
        if self.standings.is_officer(user) && by.role != OfficerRole::Organizer {
            return Err(Refusal::new(Code::NotAllowed, "that is somebody who gives orders"));
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
            self.settle_held(now, room, user, false);
            self.moderated(now, room, Measure::Ban, user, None);
        }
        let gone = |state: &super::Conn| {
            let near = all && addresses.contains(&state.address) && !self.standings.is_officer(state.user);
            state.user == user || near
        };
        let conns: Vec<_> = self
            .conns
            .iter()
            .filter(|(_, state)| gone(state))
            .map(|(&conn, _)| conn)
            .collect();
        for conn in conns {
            self.close(now, conn, CloseReason::Banned);
        }
        self.expel(now);
        Ok(Reply::Neighbours { neighbours })
    }

    /// Where somebody is, or was last.
    fn addresses_of(&self, user: UserId) -> Vec<AddressTag> {
        let conns = self.people.conns(user).filter_map(|conn| self.address(conn));
        let all: BTreeSet<_> = conns.chain(self.people.address(user)).collect();
        all.into_iter().collect()
    }

    pub(super) fn unban(&mut self, now: Now, user: UserId) -> Result<Reply, Refusal> {
        if self.standings.is_banned(user) {
            self.set_unbanned(user)?;
            for room in self.rooms_of(user) {
                self.moderated(now, room, Measure::Unban, user, None);
            }
        }
        Ok(Reply::Done)
    }

    /// Lets somebody in who waits; what they said and waited for that is shown.
    pub(super) fn admit(&mut self, now: Now, name: Option<&RoomName>, user: UserId) -> Result<Reply, Refusal> {
        if self.standings.is_banned(user) {
            return Err(Refusal::new(
                Code::Banned,
                "they were sent away: let them come back first",
            ));
        }
        let rooms = match name {
            Some(name) => vec![self.known_room(name)?],
            None => {
                let waits = |room: &crate::room::RoomId| self.rooms.get(*room).rule.settings.newcomers_wait;
                self.rooms.ids().filter(waits).collect()
            }
        };
        self.set_admitted(user)?;
        for room in rooms {
            let familiar = &mut self.rooms.get_mut(room).rule.familiar;
            if familiar.len() >= limits::FAMILIAR && !familiar.contains(&user) {
                return Err(Refusal::new(Code::Full, "too many people were let into this room"));
            }
            familiar.insert(user);
            self.keep_rule(room);
            self.moderated(now, room, Measure::Admit, user, None);
            self.settle_held(now, room, user, true);
        }
        Ok(Reply::Done)
    }

    pub(super) fn badge(&mut self, user: UserId, badge: Role) -> Result<Reply, Refusal> {
        self.know(user)?;
        self.set_badge(user, badge)?;
        Ok(Reply::Done)
    }

    /// Turns seats on or off. Who is inside without one is out of their room.
    pub(super) fn seats(&mut self, now: Now, count: u32) -> Result<Reply, Refusal> {
        self.set_seats(count)?;
        self.expel(now);
        Ok(Reply::Done)
    }

    /// Another identity may take a seat, and whoever had it has none.
    pub(super) fn free(&mut self, now: Now, seat: u32) -> Result<Reply, Refusal> {
        self.free_seat(seat)?;
        self.expel(now);
        Ok(Reply::Done)
    }

    /// Who may not be here any more is out of their room.
    fn expel(&mut self, now: Now) {
        let outside: Vec<_> = self
            .conns
            .iter()
            .filter_map(|(&conn, state)| Some((conn, state.user, state.room?, state.address)))
            .filter_map(|(conn, user, room, address)| Some((conn, user, room, self.passes(user, address).err()?)))
            .collect();
        for (conn, user, room, refusal) in outside {
            self.detach(now, user, conn, room);
            self.refuse(conn, refusal);
        }
    }

    /// Who is connected and can't come in.
    pub(super) fn waiting(&self) -> Reply {
        let outside = self
            .conns
            .values()
            .filter(|state| self.passes(state.user, state.address).is_err());
        let users: BTreeSet<_> = outside.map(|state| state.user).collect();
        let users = users.into_iter().take(limits::WHO_PEOPLE);
        let people: Vec<Person> = users.filter_map(|user| self.people.person(user)).collect();
        Reply::People { people }
    }
}
