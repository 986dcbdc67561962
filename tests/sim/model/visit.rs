//! Coming, going, joining, leaving.

use super::{Asker, Conn, Model, Purses, Room, naming::look, refuse};
use chatterbox::{
    limits,
    room::{
        CloseReason, Code, ConnId, Direct, Epoch, EpochHistory, Identity, Output, Refusal, Reply, ReplyTo, Resume,
        RoomId, RoomInfo, RoomName, Welcome,
    },
};

impl Model {
    pub(super) fn shut_down(&mut self) {
        self.stopping = true;
        for conn in std::mem::take(&mut self.conns).into_keys() {
            self.say_close(conn, CloseReason::Stopping);
        }
    }

    pub(super) fn connect(
        &mut self,
        conn: ConnId,
        who: &Identity,
        leased: bool,
        room: Option<&RoomName>,
        resume: Option<Resume>,
    ) {
        let user = who.user;
        let passed = self.pass_in(who);
        if passed.has(Code::Banned) {
            return self.say_close(conn, CloseReason::Banned);
        }
        if !self.has_place(who.address) || !self.meet(who) || self.people[&user].conns.len() >= limits::USER_CONNECTIONS
        {
            return self.say_close(conn, CloseReason::Full);
        }
        self.person_mut(user).conns.push(conn);
        let name = self.people[&user].name.clone();
        self.free_name(user, &name);
        let lease_ms = leased.then_some(self.now.mono_ms + self.limits.poll_lease_ms);
        self.conns.insert(
            conn,
            Conn {
                user,
                device: who.address,
                room: None,
                lease_ms,
            },
        );
        let (rates, now_ms) = (self.rates, self.now.mono_ms);
        let messages = self.person_mut(user).messages;
        let mut rooms: Vec<_> = self.rooms.iter().collect();
        rooms.sort_by(|a, b| a.name.cmp(&b.name));
        let rooms = rooms.into_iter().take(limits::WELCOME_ROOMS).map(|room| RoomInfo {
            name: room.name.clone(),
            title: None,
            closed: false,
            online: room.users().len(),
        });
        let welcome = Box::new(Welcome {
            you: self.public(user),
            rooms: rooms.collect(),
            time: self.now.wall_ms,
            durable: self.stores,
            burst: rates.map(|rates| messages.tokens(rates.messages, now_ms)),
        });
        self.out.push(Output::Welcome { conn, welcome });
        if let Some(you) = self.told.welcome.clone().filter(|_| self.is_run) {
            self.adopt_name(user, who.address, &you.name);
        }
        let asker = Asker {
            user,
            device: who.address,
            conn: Some(conn),
            room: None,
            named: None,
        };
        let Some(room) = room else { return };
        let entered = self.decide(&passed);
        if let Err(refusal) = entered.and_then(|()| self.enter(conn, &asker, None, room, resume)) {
            self.tell(conn, Direct::Refused(refusal));
        }
    }

    pub(super) fn renew(&mut self, conn: ConnId) {
        let end_ms = self.now.mono_ms + self.limits.poll_lease_ms;
        if let Some(lease_ms) = self.conns.get_mut(&conn).and_then(|conn| conn.lease_ms.as_mut()) {
            *lease_ms = end_ms;
        }
    }

    pub(super) fn close(&mut self, conn: ConnId, reason: CloseReason) {
        self.say_close(conn, reason);
        self.gone(conn);
    }

    pub(super) fn gone(&mut self, conn: ConnId) {
        let Some(state) = self.conns.remove(&conn) else { return };
        let now_ms = self.now.mono_ms;
        let person = self.person_mut(state.user);
        person.conns.retain(|known| *known != conn);
        if person.conns.is_empty() {
            let name = look(&person.name);
            self.left.insert(name, (state.user, now_ms));
        }
        if let Some(room) = state.room {
            self.quit(conn, room);
        }
    }

    pub(super) fn quit(&mut self, conn: ConnId, id: RoomId) {
        let (now_ms, latest_ms) = (self.now.mono_ms, self.limits.latest_ms);
        let room = self.room_mut(id);
        let before = room.users().len();
        room.members.retain(|(member, _)| *member != conn);
        if room.users().len() != before {
            room.changed(now_ms, latest_ms);
        }
        self.used(id);
    }

    /// An empty room without entries goes away; one with entries may, from now on.
    pub(super) fn used(&mut self, id: RoomId) {
        let now_ms = self.now.mono_ms;
        let room = self.room_mut(id);
        room.used_ms = Some(now_ms);
        if !room.stays && room.members.is_empty() && room.entries.is_empty() {
            self.shut(id);
        }
    }

    pub(super) fn room_ids(&self) -> Vec<RoomId> {
        self.rooms.iter().map(|room| room.id).collect()
    }

    pub(super) fn shut(&mut self, id: RoomId) {
        let name = self.room(id).name.clone();
        self.rooms.retain(|room| room.id != id);
        self.out.push(Output::RoomClosed {
            room: id,
            name,
            parked: false,
        });
    }

    fn longest_unused(&self) -> Option<RoomId> {
        let empty = self.rooms.iter().filter(|room| room.members.is_empty() && !room.stays);
        empty.min_by_key(|room| (room.used_ms, room.id)).map(|room| room.id)
    }

    pub(super) fn open(&mut self, name: &RoomName) -> Result<RoomId, Refusal> {
        if let Some(id) = self.find(name) {
            return Ok(id);
        }
        if self.rooms.len() >= limits::ROOMS {
            let Some(longest) = self.longest_unused() else {
                return refuse(Code::Full);
            };
            self.shut(longest);
        }
        let id = RoomId(self.opened);
        self.opened += 1;
        let epoch = self.epochs.get(&id).copied().unwrap_or(Epoch(0));
        self.rooms
            .push(Room::new(id, name.clone(), epoch, self.limits.ring_bytes));
        self.out.push(Output::RoomOpened {
            room: id,
            name: name.clone(),
            epochs: EpochHistory::first(epoch),
            after: 0,
        });
        Ok(id)
    }

    pub(super) fn join(&mut self, asker: &Asker, conn: ConnId, to: ReplyTo, room: &RoomName, resume: Option<Resume>) {
        let entered = self
            .take(asker, Purses::Requests)
            .and_then(|()| self.enter(conn, asker, Some(to), room, resume));
        if let Err(refusal) = entered {
            self.answer(to, Err(refusal));
        }
    }

    pub(super) fn leave(&mut self, asker: &Asker, conn: ConnId, to: ReplyTo) {
        let left = match (self.take(asker, Purses::Requests), asker.room) {
            (Err(refusal), _) => Err(refusal),
            (Ok(()), None) => refuse(Code::NotInRoom),
            (Ok(()), Some(room)) => {
                self.detach(conn, room);
                Ok(Reply::Left)
            }
        };
        self.answer(to, left);
    }

    fn detach(&mut self, conn: ConnId, room: RoomId) {
        self.out.push(Output::Detach { conn });
        self.conns.get_mut(&conn).expect("the member is here").room = None;
        self.quit(conn, room);
    }

    /// Does this connection's leaving make place for another room?
    fn makes_place(&self, conn: ConnId, old: Option<RoomId>) -> bool {
        old.is_some_and(|old| {
            let members = &self.room(old).members;
            members.len() == 1 && members[0].0 == conn
        })
    }

    fn enter(
        &mut self,
        conn: ConnId,
        asker: &Asker,
        to: Option<ReplyTo>,
        name: &RoomName,
        resume: Option<Resume>,
    ) -> Result<(), Refusal> {
        let user = asker.user;
        self.decide(&self.entering(user, self.find(name)))?;
        let old = self.conns[&conn].room;
        let stays = old.is_some() && self.find(name) == old;
        let full = self.rooms.len() >= limits::ROOMS && self.longest_unused().is_none();
        if self.find(name).is_none() && full && !self.makes_place(conn, old) {
            return refuse(Code::Full);
        }
        if self.find(name).is_none() {
            self.may_make_room(asker.device)?;
        }
        match old {
            Some(old) if !stays => self.detach(conn, old),
            Some(_) if resume.is_some() => self.out.push(Output::Detach { conn }),
            _ => {}
        }
        let id = self.open_by(asker, name)?;
        let (now_ms, latest_ms) = (self.now.mono_ms, self.limits.latest_ms);
        let (is_run, stores) = (self.is_run, self.stores);
        self.conns.get_mut(&conn).expect("the member is here").room = Some(id);
        let room = self.room_mut(id);
        if !stays {
            let before = room.users().len();
            room.members.push((conn, user));
            if room.users().len() != before {
                room.changed(now_ms, latest_ms);
            }
        }
        if is_run {
            room.saw(user);
        }
        let head = room.head();
        let shared = resume.and_then(|resume| room.shared(resume.epoch));
        let known = resume.is_some_and(|resume| shared.is_some_and(|shared| resume.since <= shared));
        // Beyond the end of what is shared: at its end. In another epoch: at the beginning.
        let since = resume.map_or(head, |resume| shared.map_or(0, |shared| shared.min(resume.since)));
        let missed = if stores || resume.is_none() {
            0
        } else {
            room.lost_since(since)
        };
        let reply = Reply::Joined {
            room: name.clone(),
            epoch: room.epoch,
            head,
            since,
            recovered: known && missed == 0,
            missed,
            members: room.users().len(),
        };
        if let Some(to) = to {
            self.answer(to, Ok(reply));
        }
        if !stays || resume.is_some() {
            let room = id;
            self.out.push(Output::Attach {
                conn,
                user,
                room,
                since,
            });
        }
        Ok(())
    }
}
