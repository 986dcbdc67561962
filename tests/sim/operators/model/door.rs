//! Who comes in.

use super::{Model, Perhaps, Reasons};
use chatterbox::room::{
    AddressTag, CloseReason, Code, Command, ConnId, Direct, Identity, Output, Refusal, Reply, RoomName, UserId,
};

impl Model {
    /// Why a connection may do nothing here.
    pub fn pass_on(&self, conn: ConnId) -> Reasons {
        let (user, address) = self.conns[&conn];
        self.pass(user, address, false, self.place(conn).is_some())
    }

    /// Why a user may do nothing here.
    pub fn pass(&self, user: UserId, address: AddressTag, shared: bool, inside: bool) -> Reasons {
        let mut reasons = Reasons::default();
        let person = self.people.get(&user);
        reasons.add(self.is_banned(user), Code::Banned);
        let is_staff = !shared && self.is_officer(user);
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
    fn pass_in(&mut self, who: &Identity) -> Reasons {
        let user = who.user;
        if self.is_banned(user) {
            self.mark(who.address, user, false, false);
        } else if let Some(seat) = who.seat.filter(|seat| (1..=self.seats).contains(seat) && !who.shared) {
            let holder = self.people.iter().find(|(_, person)| person.seat == Some(seat));
            let mut reasons = Reasons::default();
            match holder.map(|(holder, _)| *holder) {
                Some(holder) if holder == user => {}
                Some(holder) if self.is_banned(holder) => {
                    self.mark(who.address, holder, false, false);
                    reasons.add(true, Code::Banned);
                    return reasons;
                }
                Some(_) => {
                    reasons.add(true, Code::SeatTaken);
                    return reasons;
                }
                None => {
                    self.person(user).seat.get_or_insert(seat);
                }
            }
        }
        self.pass(user, who.address, who.shared, false)
    }

    /// Why a user may not be in a room.
    pub fn enter(&self, user: UserId, room: &RoomName) -> Reasons {
        let mut reasons = Reasons::default();
        let room = &self.rooms[room];
        reasons.add(room.settings.closed, Code::RoomClosed);
        if room.settings.locked {
            let was_there = room.at_lock.has(user);
            reasons.add(was_there == Perhaps::No, Code::Locked);
            reasons.may(was_there == Perhaps::Maybe, Code::Locked);
        }
        reasons
    }

    pub fn connect(
        &mut self,
        conn: ConnId,
        who: &Identity,
        room: Option<&RoomName>,
        outputs: &[Output],
    ) -> Result<(), String> {
        let passed = self.pass_in(who);
        let banned = outputs.iter().any(
            |output| matches!(output, Output::Close { conn: closed, reason: CloseReason::Banned } if *closed == conn),
        );
        if banned != passed.has(Code::Banned) {
            return Err(format!("sent away: {banned}, with {passed:?}"));
        }
        if banned {
            return Ok(());
        }
        self.meet(who);
        self.conns.insert(conn, (who.user, who.address));
        let welcome = outputs.iter().find_map(|output| match output {
            Output::Welcome { welcome, .. } => Some(welcome),
            _ => None,
        });
        let role = self.role(who.user);
        if welcome.is_none_or(|welcome| welcome.you.role != role) {
            return Err(format!("a {role:?} is welcomed with {welcome:?}"));
        }
        if let Some(welcome) = welcome {
            self.take_name(who.user, &welcome.you.name)?;
        }
        let Some(room) = room else { return Ok(()) };
        let refusal = outputs.iter().find_map(|output| match output {
            Output::Direct { direct, .. } => match &**direct {
                // This one is of the name, which may look like that of a person who runs the evening.
                Direct::Refused(refusal) if refusal.code != Code::NotAllowed => Some(refusal.code),
                _ => None,
            },
            _ => None,
        });
        if passed.and(self.enter(who.user, room)).judge(refusal)? {
            self.room(room).enter(conn, who.user);
        }
        Ok(())
    }

    /// Something that a connection, or a request, asks; none if the connection was closed.
    pub fn command(&mut self, conn: ConnId, command: &Command, reply: &Result<Reply, Refusal>) -> Result<(), String> {
        let Some(&(user, address)) = self.conns.get(&conn) else {
            let mut reasons = Reasons::default();
            reasons.add(true, Code::Closing);
            return reasons.judge(super::refused(reply)).map(drop);
        };
        let passed = match command {
            Command::Leave => Reasons::default(),
            _ => self.pass_on(conn),
        };
        self.asking = address;
        let place = self.place(conn);
        match command {
            Command::Join { room, .. } => {
                let reasons = passed.and(self.enter(user, room));
                if reasons.judge(super::refused(reply))? {
                    self.leave(conn);
                    self.room(room).enter(conn, user);
                }
                Ok(())
            }
            Command::Leave => {
                let mut reasons = Reasons::default();
                reasons.add(place.is_none(), Code::NotInRoom);
                if reasons.judge(super::refused(reply))? {
                    self.leave(conn);
                }
                Ok(())
            }
            Command::Rename { .. } => self.rename(passed, user, reply),
            command => match place {
                Some(room) => self.perform(passed, user, &room, command, reply),
                None => {
                    let mut reasons = passed;
                    reasons.add(true, Code::NotInRoom);
                    reasons.judge(super::refused(reply)).map(drop)
                }
            },
        }
    }

    pub fn request(
        &mut self,
        who: &Identity,
        room: &RoomName,
        command: &Command,
        reply: &Result<Reply, Refusal>,
    ) -> Result<(), String> {
        let passed = self.pass_in(who);
        if passed.sure.is_empty() && super::refused(reply).is_none_or(|code| !passed.maybe.contains(&code)) {
            self.meet(who);
        }
        self.asking = who.address;
        self.perform(passed, who.user, room, command, reply)
    }

    /// The room that a connection is in.
    pub fn place(&self, conn: ConnId) -> Option<RoomName> {
        let mut rooms = self.rooms.iter();
        let room = rooms.find(|(_, room)| room.inside.contains_key(&conn));
        room.map(|(name, _)| name.clone())
    }

    pub fn leave(&mut self, conn: ConnId) {
        for room in self.rooms.values_mut() {
            room.inside.remove(&conn);
        }
    }

    pub fn close(&mut self, conn: ConnId) {
        self.leave(conn);
        self.conns.remove(&conn);
    }

    /// A user whom the room refuses is in no room.
    pub fn sweep(&mut self) {
        for conn in self.conns.keys().copied().collect::<Vec<_>>() {
            if !self.pass_on(conn).sure.is_empty() {
                self.leave(conn);
            }
        }
    }
}
