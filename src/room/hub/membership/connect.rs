//! Handles new, recovered and closed connections: makes the person known, checks access, and joins or leaves the room. A person has at most
//! `limits::USER_CONNECTIONS` connections.

use crate::room::hub::membership::opening::reserved;
use std::{collections::BTreeMap, sync::Arc};

use crate::room::hub::{
    moderation::words::Named,
    state::{Asker, CommandRoom, Conn, Hub, Outcome},
};
use crate::{
    limits,
    room::{
        AddressTag, CloseReason, Code, ConnId, Direct, Due, Identity, Input, Key, Now, Output, Refusal, Reply, ReplyTo,
        Resume, RoomName, UserId, UserName, Welcome, persist,
    },
};

/// The two kinds of connection slots: ordinary ones, and those reserved for operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SlotOf {
    Everybody,
    Reserve,
}

impl Hub {
    /// Number of connections, including those that a wipe has not closed yet.
    pub fn connections(&self) -> usize {
        let wiped = self.wiped_conns.iter().map(BTreeMap::len).sum::<usize>();
        self.conns.len() + wiped
    }

    /// Whether the hub knows the connection: it was accepted and is not closed.
    pub fn has(&self, conn: ConnId) -> bool {
        self.conns.contains_key(&conn)
    }

    /// Whether a connection is in a room.
    pub fn is_inside(&self, conn: ConnId) -> bool {
        self.conns.get(&conn).is_some_and(|state| state.room.is_some())
    }

    /// The device of a connection; `None` if the hub does not know the connection.
    pub fn address(&self, conn: ConnId) -> Option<AddressTag> {
        self.conns.get(&conn).map(|state| state.address)
    }

    /// Finds a slot for a new connection; `None` if all slots, or those of its device, are taken.
    /// The last slots, and those beyond a device's share, are for staff and for connections that are about to prove that they are operators;
    /// older ones without a proof make way.
    fn slot_for(&mut self, now: Now, who: &Identity, banned: bool) -> Option<SlotOf> {
        let ordinary = limits::CONNECTIONS - limits::RESERVED;
        let is_free = !banned && self.connections() < ordinary && self.devices.may_connect(who.address);
        if is_free && self.may_be_new(now, who) {
            return Some(SlotOf::Everybody);
        }
        let known = self.runs_the_evening(who.user);
        if !who.operates && (banned || !known) {
            return None;
        }
        if let Some(surplus) = self.surplus_unproved(who.address) {
            self.close(now, surplus, CloseReason::Full);
        }
        (self.connections() < limits::CONNECTIONS).then_some(SlotOf::Reserve)
    }

    /// The connection in the operators' reserve that makes way for a new one of this device: the oldest one without a proof of the device
    /// itself, if it has its share, or of the device that has most, if all slots are taken or [`limits::RESERVED`] have no proof.
    fn surplus_unproved(&self, device: AddressTag) -> Option<ConnId> {
        let unproved = || self.unproved.iter().map(|conn| (*conn, self.conns[conn].address));
        let of = |wanted| unproved().filter(move |(_, address)| *address == wanted);
        let busiest = if of(device).count() >= limits::DEVICE_RESERVED {
            device
        } else if self.unproved.len() >= limits::RESERVED || self.connections() >= limits::CONNECTIONS {
            let all = unproved().map(|(_, address)| address);
            all.max_by_key(|&address| of(address).count())?
        } else {
            return None;
        };
        of(busiest).next().map(|(conn, _)| conn)
    }

    /// Makes the connection's slot in the operators' reserve permanent after its proof. If its user is banned, the slot stays temporary.
    pub(in crate::room::hub) fn keep_slot(&mut self, conn: ConnId) {
        if let Some(state) = self.conns.get_mut(&conn)
            && !self.access_records.is_banned(state.user)
            && let Some(at_ms) = state.reserved_ms.take()
        {
            self.due.remove(&(at_ms, Due::Reserved(conn)));
            self.unproved.remove(&conn);
        }
    }

    /// Whether the user is the organizer, a moderator, or has given an admin command since the start.
    pub(in crate::room::hub) fn runs_the_evening(&self, user: UserId) -> bool {
        self.access_records.is_operator(user) || self.is_staff(user)
    }

    pub(in crate::room::hub) fn connect(
        &mut self,
        now: Now,
        conn: ConnId,
        who: Identity,
        leased: bool,
        room: Option<RoomName>,
        resume: Option<Resume>,
    ) {
        debug_assert!(!self.conns.contains_key(&conn), "handles are used once");
        let (user, address, wanted) = (who.user, who.address, who.name.clone());
        let passed = self.check_arrival(&who);
        let banned = passed.as_ref().is_err_and(|refusal| refusal.code == Code::Banned);
        if banned && !who.operates {
            let reason = CloseReason::Banned;
            self.outputs.push_back(Output::Close { conn, reason });
            return;
        }
        let slot = self.slot_for(now, &who, banned);
        let accepted = slot.is_some() && self.meet(now, who) && self.people.add_conn(user, conn).is_ok();
        let Some(you) = self.people.person(user).filter(|_| accepted) else {
            self.people.file(user);
            let reason = if banned { CloseReason::Banned } else { CloseReason::Full };
            self.outputs.push_back(Output::Close { conn, reason });
            return;
        };
        let is_reserved = slot == Some(SlotOf::Reserve) && !self.runs_the_evening(user);
        let reserved_ms = is_reserved.then_some(now.mono_ms + limits::RESERVED_MS);
        self.conns.insert(
            conn,
            Conn {
                user,
                address,
                room: None,
                lease_end_ms: None,
                reserved_ms,
                unanswered: None,
            },
        );
        self.devices.add_conn(address, conn);
        if let Some(at_ms) = reserved_ms {
            self.due.insert((at_ms, Due::Reserved(conn)));
            self.unproved.insert(conn);
        }
        if leased {
            self.extend_lease(now, conn);
        }
        let other_name = wanted.filter(|wanted| *wanted != you.name);
        let welcome = Box::new(Welcome {
            you,
            rooms: self.rooms.list(limits::WELCOME_ROOMS),
            time: now.wall_ms,
            durable: self.durable,
            burst: self.people.burst(user, now),
        });
        self.outputs.push_back(Output::Welcome { conn, welcome });
        if let Some(Err(refusal)) = other_name.map(|name| self.takes_person_name(user, name.as_str(), Named::Along)) {
            self.refuse(conn, refusal);
        }
        if let Some(room) = room {
            let asker = Asker {
                user,
                device: address,
                conn: Some(conn),
                room: CommandRoom::Nowhere,
            };
            let passed = if is_reserved { Err(reserved()) } else { passed };
            if let Err(refusal) = passed.and_then(|()| self.enter(now, asker, None, &room, resume)) {
                self.refuse(conn, refusal);
            }
        }
    }

    /// Checks that a new identity is allowed, and charges it to the device's newcomer rate. Known users, staff and people with a seat code are
    /// exempt.
    pub(in crate::room::hub) fn may_be_new(&mut self, now: Now, who: &Identity) -> bool {
        let known =
            self.people.knows(who.user) || self.runs_the_evening(who.user) || self.access_records.is_seated(who.user);
        let has_row = || self.people.have_row_for(who.address, self.devices.users(), now);
        known || (has_row() && self.devices.charge_newcomer(who.address, now).is_ok())
    }

    /// Makes the user known under the name that the client sent, or the earlier name; false if the table of users is full.
    /// A name that looks like another connected person's gets a number.
    pub(in crate::room::hub) fn meet(&mut self, now: Now, who: Identity) -> bool {
        let may_be_named = self.may_speak(now, who.user, who.address).is_ok();
        let wanted = who
            .name
            .filter(|name| may_be_named && self.takes_person_name(who.user, name.as_str(), Named::Along).is_ok());
        let is_chosen = wanted.is_some();
        // The earlier name may be from before the list.
        let earlier = || self.people.name(who.user).filter(|_| !self.has_bad_name(who.user));
        let name = wanted.or_else(|| earlier().cloned());
        let name = name.unwrap_or_else(|| UserName::made_up(who.user));
        let name = self.own_name(now, (who.user, who.address), who.shared, name);
        if !self.people.knows(who.user) {
            let forgotten = self.people.make_way_on(who.address, self.devices.users(), now);
            forgotten.into_iter().for_each(|user| self.forget_name(user));
        }
        let Ok(met) = self.people.meet(who.user, &name, now) else {
            return false;
        };
        self.people.came_from(who.user, who.address);
        if met.new {
            self.people.set_role(who.user, self.role_of(who.user));
        }
        if let Some(forgotten) = met.forgotten {
            self.forget_name(forgotten);
        }
        if !met.new {
            self.set_name(who.user, name);
        } else if is_chosen {
            self.persist(Key::Person(who.user), |_| Some(persist::person_value(&name)));
        }
        true
    }

    fn forget_name(&mut self, user: UserId) {
        self.persist(Key::Person(user), |_| None);
    }

    fn has_bad_name(&self, user: UserId) -> bool {
        let person = self.people.person(user);
        person.is_some_and(|person| {
            self.takes_person_name(user, person.name.as_str(), Named::Earlier)
                .is_err()
        })
    }

    /// Renews the lease of a polling connection; has no effect on others. `has` is the client's position.
    pub(in crate::room::hub) fn renew(&mut self, now: Now, conn: ConnId, has: Option<Resume>) {
        let Some(state) = self.conns.get(&conn).filter(|state| state.lease_end_ms.is_some()) else {
            return;
        };
        if let (Some(room), Some(has)) = (state.room, has) {
            let (user, source) = (state.user, self.source(state.address));
            let room = self.rooms.get_mut(room);
            if let Some(seq) = room.epochs.position(has, room.log.head()) {
                room.board.saw(user, seq, source);
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

    /// Removes a connection and its membership, without an output for that connection.
    pub(in crate::room::hub) fn forget(&mut self, now: Now, conn: ConnId) {
        let Some(state) = self.conns.remove(&conn) else {
            for conns in &mut self.wiped_conns {
                conns.remove(&conn);
            }
            return;
        };
        if let Some(end_ms) = state.lease_end_ms {
            self.due.remove(&(end_ms, Due::Lease(conn)));
        }
        if let Some(at_ms) = state.reserved_ms {
            self.due.remove(&(at_ms, Due::Reserved(conn)));
            self.unproved.remove(&conn);
        }
        self.devices.remove_conn(state.address, conn);
        if let Some(room) = state.room {
            self.quit(now, state.user, room);
        }
        self.people.remove_conn(state.user, conn, now);
    }

    /// Closes a connection, with a reason for the client.
    pub(in crate::room::hub) fn close(&mut self, now: Now, conn: ConnId, reason: CloseReason) {
        self.outputs.push_back(Output::Close { conn, reason });
        self.forget(now, conn);
    }

    /// Sends an answer if the client wants one. A refusal is always sent.
    pub(in crate::room::hub) fn answer(&mut self, to: ReplyTo, reply: Result<Reply, Refusal>) {
        match (to, reply) {
            (ReplyTo::Conn(conn, None), Err(refusal)) => self.refuse(conn, refusal),
            (ReplyTo::Conn(_, None), Ok(_)) => {}
            (to @ (ReplyTo::Conn(_, Some(_)) | ReplyTo::Request(_)), reply) => {
                self.outputs.push_back(Output::Reply { to, reply });
            }
        }
    }

    /// Sends the answer to a command, or hands it to the host or the store. Host and store do nothing for a command that wants no answer.
    pub(in crate::room::hub) fn conclude(&mut self, to: ReplyTo, outcome: Result<Outcome, Refusal>) {
        let output = match (to, outcome) {
            (_, Ok(Outcome::Pin(request))) => Output::Pin { request },
            (_, Ok(Outcome::Reply(reply))) => return self.answer(to, Ok(reply)),
            (_, Err(refusal)) => return self.answer(to, Err(refusal)),
            (_, Ok(Outcome::Later)) => return,
            (ReplyTo::Conn(_, None), Ok(Outcome::Host(_) | Outcome::Page(_))) => return,
            (_, Ok(Outcome::Host(job))) => Output::Host { to, job },
            (_, Ok(Outcome::Page(request))) => Output::Page { to, request },
        };
        self.outputs.push_back(output);
    }

    /// Sends a refusal to a connection as an event, not as an answer.
    pub(in crate::room::hub) fn refuse(&mut self, conn: ConnId, refusal: Refusal) {
        self.outputs.push_back(Output::Direct {
            conn,
            direct: Arc::new(Direct::Refused(refusal)),
        });
    }

    pub(in crate::room::hub) fn shutdown(&mut self) {
        self.stopping = true;
        self.due.clear();
        self.unproved.clear();
        let wiped = std::mem::take(&mut self.wiped_conns).into_iter().flatten();
        for (conn, _) in wiped.chain(std::mem::take(&mut self.conns)) {
            self.outputs.push_back(Output::Close {
                conn,
                reason: CloseReason::Stopping,
            });
        }
    }

    /// Runs all timers that are due: ends mutes and leases, sends latest values, goes on with sweeps.
    pub(in crate::room::hub) fn run_due(&mut self, now: Now) {
        while let Some(&(at_ms, due)) = self.due.first()
            && at_ms <= now.mono_ms
        {
            self.due.pop_first();
            match due {
                Due::Latest(room) => self.send_latest(now, room),
                Due::Lease(conn) => self.close(now, conn, CloseReason::Silent),
                Due::Reserved(conn) => self.close(now, conn, CloseReason::Full),
                Due::Unmute(room) => self.end_mutes(now, room),
                Due::Sweep => self.sweep_on(now),
                Due::Seats => self.end_seatless(now),
            }
        }
    }

    /// Handles an input after the stop: refuses new connections and requests.
    pub(in crate::room::hub) fn turn_away(&mut self, input: Input) {
        let closing = || Err(Refusal::new(Code::Closing, CloseReason::Stopping.message()));
        match input {
            Input::Connect { conn, .. } => {
                self.outputs.push_back(Output::Close {
                    conn,
                    reason: CloseReason::Stopping,
                });
            }
            Input::Command { conn, ack, .. } => self.answer(ReplyTo::Conn(conn, ack), closing()),
            Input::Request { request, .. } => self.answer(ReplyTo::Request(request), closing()),
            Input::AdminCommand { to, .. } => self.answer(to, closing()),
            Input::Renew { .. }
            | Input::Disconnect { .. }
            | Input::Refuse { .. }
            | Input::Durable { .. }
            | Input::Pruned { .. }
            | Input::HiddenOlder { .. }
            | Input::BackupRefused { .. }
            | Input::PinFound { .. }
            | Input::Wipe
            | Input::Memory { .. }
            | Input::Tick
            | Input::Shutdown => {}
        }
    }
}
