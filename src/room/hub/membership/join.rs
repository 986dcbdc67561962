//! Lets a connection enter and leave rooms: checks the room's rules, opens the room if needed, and tells the other members. A connection is
//! in one room at most; `limits::ROOMS` are open.

use crate::room::hub::membership::opening::no_place;
use crate::room::hub::membership::opening::not_in_room;
use crate::room::hub::{
    membership::people::Charge, moderation::words::Named, state::Asker, state::CommandRoom, state::Hub,
};
use crate::room::{Code, ConnId, Now, Output, Refusal, Reply, ReplyTo, Resume, RoomId, RoomName, UserId};

impl Hub {
    pub(in crate::room::hub) fn join(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        to: ReplyTo,
        room: &RoomName,
        resume: Option<Resume>,
    ) {
        let taken = self.charge(asker, Charge::Request, now);
        if let Err(refusal) = taken.and_then(|()| self.enter(now, asker, Some(to), room, resume)) {
            self.answer(to, Err(refusal));
        }
    }

    /// Joins a room after leaving the previous one. The order detach, answer, attach keeps entries of the old room before the answer, and
    /// those of the new room after it.
    pub(in crate::room::hub) fn enter(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        to: Option<ReplyTo>,
        name: &RoomName,
        resume: Option<Resume>,
    ) -> Result<(), Refusal> {
        let Some(conn) = asker.conn else {
            return Err(Refusal::new(Code::BadRequest, "only a connection can join"));
        };
        let old = match asker.room {
            CommandRoom::Joined(old) => Some(old),
            CommandRoom::Nowhere | CommandRoom::Named(_) => None,
        };
        let found = self.rooms.find(name);
        if let Some(found) = found {
            self.rooms.get(found).policy.admits(asker.user)?;
        }
        // Rejoining the current room without a position is a no-op.
        let stays = found.is_some() && found == old;
        if found.is_none() {
            self.takes_name(asker.user, name.as_str(), Named::Room)?;
        }
        if found.is_none() && !self.rooms.is_known(name) {
            // All read the name of a new room.
            self.may_speak(now, asker.user, asker.device)?;
        }
        if found.is_none() && !self.rooms.may_open(old.map(|old| (old, asker.user))) {
            return Err(no_place());
        }
        if found.is_none() {
            self.may_make_room(asker)?;
        }
        if let (Some(old), false) = (old, stays) {
            self.detach(now, asker.user, conn, old);
        } else if stays && resume.is_some() {
            self.outputs.push_back(Output::Detach { conn });
        }
        let id = self.open_by(asker, name)?;
        if !stays {
            self.add_member(now, asker.user, conn, id);
        }
        let durable = self.durable;
        let source = self.source(asker.device);
        let room = self.rooms.get_mut(id);
        let start = room.start(resume, durable);
        if start.recovered {
            room.board.saw(asker.user, start.since, source);
        }
        let (epoch, head, members) = (room.epochs.epoch, room.log.head(), room.online());
        if let Some(to) = to {
            let (since, recovered, missed) = (start.since, start.recovered, start.missed);
            let reply = Reply::Joined {
                room: name.clone(),
                epoch,
                head,
                since,
                recovered,
                missed,
                members,
            };
            self.answer(to, Ok(reply));
        }
        if !stays || resume.is_some() {
            let attach = Output::Attach {
                conn,
                user: asker.user,
                room: id,
                since: start.since,
            };
            self.outputs.push_back(attach);
        }
        Ok(())
    }

    /// Number of people in an open room; a person with several connections counts once.
    pub fn online(&self, room: RoomId) -> usize {
        self.rooms.online_in(room)
    }

    pub(in crate::room::hub) fn leave(&mut self, now: Now, asker: Asker<'_>, to: ReplyTo) {
        let left = self
            .charge(asker, Charge::Request, now)
            .and_then(|()| match (asker.conn, asker.room) {
                (Some(conn), CommandRoom::Joined(room)) => {
                    self.detach(now, asker.user, conn, room);
                    Ok(Reply::Left)
                }
                (None, CommandRoom::Joined(_)) | (_, CommandRoom::Nowhere | CommandRoom::Named(_)) => {
                    Err(not_in_room())
                }
            });
        self.answer(to, left);
    }

    pub(in crate::room::hub) fn detach(&mut self, now: Now, user: UserId, conn: ConnId, room: RoomId) {
        if let Some(state) = self.conns.get_mut(&conn) {
            state.room = None;
        }
        self.outputs.push_back(Output::Detach { conn });
        self.quit(now, user, room);
    }

    fn add_member(&mut self, now: Now, user: UserId, conn: ConnId, id: RoomId) {
        let person = self.people.person(user).expect("a connection's user is known");
        let source = self.conns.get(&conn).map(|state| self.source(state.address));
        let room = self.rooms.get_mut(id);
        let before = room.online();
        room.add(&person);
        if let Some(source) = source {
            room.policy.greet(user, source);
        }
        let changed = room.online() != before;
        if let Some(state) = self.conns.get_mut(&conn) {
            state.room = Some(id);
        }
        if changed {
            self.latest_changed(now, id);
        }
        self.close_or_file(now, id);
    }

    /// Removes one of a user's connections from a room; with the last one, the user leaves it.
    pub(in crate::room::hub) fn quit(&mut self, now: Now, user: UserId, id: RoomId) {
        let person = self.people.person(user).expect("a member is known");
        let room = self.rooms.get_mut(id);
        let before = room.online();
        room.remove(&person);
        if room.online() != before {
            self.latest_changed(now, id);
        }
        self.close_or_file(now, id);
    }
}
