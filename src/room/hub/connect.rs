//! Connections come, are renewed, and go.

use std::sync::Arc;

use super::{Asker, Conn, Hub, Place};
use crate::{
    limits,
    room::{
        CloseReason, Code, ConnId, Direct, Due, Identity, Key, Now, Output, Refusal, Resume, RoomName, UserId,
        UserName, Via, Welcome, keep,
    },
};

impl Hub {
    pub(super) fn connect(
        &mut self,
        now: Now,
        conn: ConnId,
        who: Identity,
        via: Via,
        room: Option<RoomName>,
        resume: Option<Resume>,
    ) {
        debug_assert!(!self.conns.contains_key(&conn), "handles are used once");
        let (user, address, wanted) = (who.user, who.address, who.name.clone());
        let passed = self.pass_in(&who);
        if passed.as_ref().is_err_and(|refusal| refusal.code == Code::Banned) {
            let reason = CloseReason::Banned;
            self.outputs.push_back(Output::Close { conn, reason });
            return;
        }
        let accepted =
            self.conns.len() < limits::CONNECTIONS && self.meet(now, who) && self.people.add_conn(user, conn).is_ok();
        let Some(you) = self.people.person(user).filter(|_| accepted) else {
            self.outputs.push_back(Output::Close {
                conn,
                reason: CloseReason::Full,
            });
            return;
        };
        self.conns.insert(
            conn,
            Conn {
                user,
                address,
                room: None,
                lease_end_ms: None,
            },
        );
        if via == Via::Poll {
            self.extend_lease(now, conn);
        }
        let other_name = wanted.filter(|wanted| *wanted != you.name);
        let welcome = Box::new(Welcome {
            you,
            rooms: self.rooms.list(limits::WELCOME_ROOMS),
            time: now.wall_ms,
            durable: self.durable,
        });
        self.outputs.push_back(Output::Welcome { conn, welcome });
        if let Some(Err(refusal)) = other_name.map(|name| self.takes_name(user, name.as_str())) {
            self.refuse(conn, refusal);
        }
        if let Some(room) = room {
            let asker = Asker {
                user,
                conn: Some(conn),
                place: Place::Nowhere,
            };
            if let Err(refusal) = passed.and_then(|()| self.enter(now, asker, None, &room, resume)) {
                self.refuse(conn, refusal);
            }
        }
    }

    /// Makes sure that the user is known, under the name that came along if there is one that may be had; false if there is no place.
    pub(super) fn meet(&mut self, now: Now, mut who: Identity) -> bool {
        let may_be_named = self.may_be_named(now, who.user).is_ok();
        who.name = who
            .name
            .filter(|name| may_be_named && self.takes_name(who.user, name.as_str()).is_ok());
        let Ok(met) = self.people.meet(who.user, who.name.as_ref(), now) else {
            return false;
        };
        self.people.came_from(who.user, who.address);
        if met.new
            && let Some(badge) = self.standings.badge(who.user)
        {
            self.people.set_role(who.user, badge);
        }
        if let Some(forgotten) = met.forgotten {
            self.keep(Key::Person(forgotten), |_| None);
        }
        match who.name {
            Some(name) if met.new => self.keep(Key::Person(who.user), |_| Some(keep::person_value(&name))),
            Some(name) => self.set_name(who.user, name),
            // The name that they have may be from before the list.
            None if self.has_bad_name(who.user) => self.set_name(who.user, UserName::made_up(who.user)),
            None => {}
        }
        true
    }

    fn has_bad_name(&self, user: UserId) -> bool {
        let person = self.people.person(user);
        person.is_some_and(|person| self.takes_name(user, person.name.as_str()).is_err())
    }

    /// A polling lease starts anew; other connections need none.
    pub(super) fn renew(&mut self, now: Now, conn: ConnId, has: Option<Resume>) {
        let Some(state) = self.conns.get(&conn).filter(|state| state.lease_end_ms.is_some()) else {
            return;
        };
        if let (Some(room), Some(has)) = (state.room, has) {
            let user = state.user;
            let room = self.rooms.get_mut(room);
            if let Some(seq) = room.lives.place(has, room.log.head()) {
                room.tools.saw(user, seq);
            }
        }
        self.extend_lease(now, conn);
    }

    fn extend_lease(&mut self, now: Now, conn: ConnId) {
        let Some(state) = self.conns.get_mut(&conn) else { return };
        let end_ms = now.mono_ms + self.limits.poll_lease_ms;
        if let Some(old_ms) = state.lease_end_ms.replace(end_ms) {
            self.due.remove(&(old_ms, Due::Lease(conn)));
        }
        self.due.insert((end_ms, Due::Lease(conn)));
    }

    /// A connection is gone, with its membership; tells nobody but the others in the room.
    pub(super) fn forget(&mut self, now: Now, conn: ConnId) {
        let Some(state) = self.conns.remove(&conn) else { return };
        if let Some(end_ms) = state.lease_end_ms {
            self.due.remove(&(end_ms, Due::Lease(conn)));
        }
        if let Some(room) = state.room {
            self.quit(now, state.user, room);
        }
        self.people.remove_conn(state.user, conn);
    }

    /// Ends a connection from this side.
    pub(super) fn close(&mut self, now: Now, conn: ConnId, reason: CloseReason) {
        self.outputs.push_back(Output::Close { conn, reason });
        self.forget(now, conn);
    }

    /// Tells a connection of a refusal that is no answer.
    pub(super) fn refuse(&mut self, conn: ConnId, refusal: Refusal) {
        self.outputs.push_back(Output::Direct {
            conn,
            direct: Arc::new(Direct::Refused(refusal)),
        });
    }

    pub(super) fn shutdown(&mut self) {
        self.stopping = true;
        self.due.clear();
        for conn in std::mem::take(&mut self.conns).into_keys() {
            self.outputs.push_back(Output::Close {
                conn,
                reason: CloseReason::Stopping,
            });
        }
    }
}
