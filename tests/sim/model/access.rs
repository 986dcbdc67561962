//! Who comes in.

use super::{
    Model,
    reasons::{Perhaps, Reasons},
};
use chatterbox::room::{AddressTag, Code, ConnId, Identity, RoomId, UserId};

impl Model {
    /// Why a connection may do nothing here.
    pub(super) fn pass_on(&self, conn: ConnId) -> Reasons {
        let state = &self.conns[&conn];
        self.pass(state.user, state.device, false, state.room.is_some())
    }

    /// Why a user may do nothing here.
    pub(super) fn pass(&self, user: UserId, address: AddressTag, shared: bool, inside: bool) -> Reasons {
        let mut reasons = Reasons::default();
        if !self.is_run {
            return reasons;
        }
        let person = self.people.get(&user);
        reasons.add(self.is_banned(user), Code::Banned);
        let is_staff = !shared && self.is_operator(user);
        if is_staff || person.is_some_and(|person| person.admitted) {
            return reasons;
        }
        let mark = self.marks.get(&address);
        reasons.add(mark.is_some_and(|mark| mark.all), Code::Banned);
        let seated = person.is_some_and(|person| person.seat.is_some());
        let stays = inside && self.seats_due_ms.is_some();
        if self.seats > 0 && (seated || !stays) {
            reasons.add(!seated, Code::SeatNeeded);
        } else if let Some(mark) = mark {
            let known = mark.cleared.has(user);
            reasons.add(shared || known == Perhaps::No, Code::Waiting);
            reasons.may(known == Perhaps::Maybe, Code::Waiting);
        }
        reasons
    }

    /// The same for a user who comes, who may bring the code of a seat.
    pub(super) fn pass_in(&mut self, who: &Identity) -> Reasons {
        let user = who.user;
        if self.is_banned(user) {
            self.mark(who.address, user, false, false);
        } else if let Some(seat) = who.seat.filter(|seat| (1..=self.seats).contains(seat) && !who.shared) {
            let mut reasons = Reasons::default();
            match self.holder(seat) {
                Some(holder) if holder == user => {}
                Some(holder) => {
                    let banned = self.is_banned(holder);
                    if banned {
                        self.mark(who.address, holder, false, false);
                    }
                    reasons.add(true, if banned { Code::Banned } else { Code::SeatTaken });
                    return reasons;
                }
                None => {
                    self.record(user).seat.get_or_insert(seat);
                }
            }
        }
        self.pass(user, who.address, who.shared, false)
    }

    /// The user of a seat.
    pub(super) fn holder(&self, seat: u32) -> Option<UserId> {
        let holder = self.people.iter().find(|(_, person)| person.seat == Some(seat));
        holder.map(|(user, _)| *user)
    }

    /// Why a user may not be in a room.
    pub(super) fn entering(&self, user: UserId, room: Option<RoomId>) -> Reasons {
        let mut reasons = Reasons::default();
        let Some(room) = room.map(|id| self.room(id)) else {
            return reasons;
        };
        reasons.add(room.settings.closed, Code::RoomClosed);
        if room.settings.locked {
            let was_there = room.at_lock.has(user);
            reasons.add(was_there == Perhaps::No, Code::Locked);
            reasons.may(was_there == Perhaps::Maybe, Code::Locked);
        }
        reasons
    }

    /// A user whom the house refuses is in no room.
    pub(super) fn sweep(&mut self) {
        for conn in self.conns.keys().copied().collect::<Vec<_>>() {
            if !self.pass_on(conn).sure.is_empty() {
                self.put_out(conn);
            }
        }
    }

    /// A connection is in no room any more.
    pub fn put_out(&mut self, conn: ConnId) {
        if let Some(room) = self.conns.get_mut(&conn).and_then(|state| state.room.take()) {
            self.quit(conn, room);
        }
    }

    /// Whether a connection may be in no room, or in one: only the hub knows.
    pub fn perhaps_inside(&self, conn: ConnId) -> bool {
        self.pass_on(conn).allows(Code::Waiting)
    }

    /// The time until which people stay without a seat has come.
    pub(super) fn seats_due(&mut self) {
        if self.seats_due_ms.is_some_and(|due_ms| due_ms <= self.now.mono_ms) {
            self.seats_due_ms = None;
            self.sweep();
        }
    }
}
