//! Joining and leaving.

use super::{Asker, Hub, Place, rooms};
use crate::room::{Code, ConnId, Now, Output, Refusal, Reply, ReplyTo, Resume, RoomId, RoomName, UserId};

impl Hub {
    pub(super) fn join(&mut self, now: Now, asker: Asker<'_>, to: ReplyTo, room: &RoomName, resume: Option<Resume>) {
        let taken = self.people.take_request(asker.user, now);
        if let Err(refusal) = taken.and_then(|()| self.enter(now, asker, Some(to), room, resume)) {
            self.answer(to, Err(refusal));
        }
    }

    /// Joins a room, leaving the one before. Nothing of that one may follow the answer, and nothing of the new one may come
    /// before it; hence detach, answer, attach.
    pub(super) fn enter(
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
        let old = match asker.place {
            Place::Joined(old) => Some(old),
            Place::Nowhere | Place::Named(_) => None,
        };
        let found = self.rooms.find(name);
        if let Some(found) = found {
            self.rooms.get(found).rule.admits(asker.user)?;
        }
        // Whoever joins the room they are in, and does not say from where, goes on as they are.
        let stays = found.is_some() && found == old;
        if found.is_none() {
            self.takes_name(asker.user, name.as_str())?;
        }
        if found.is_none() && !self.rooms.has_place(old.map(|old| (old, asker.user))) {
            return Err(rooms::no_place());
        }
        if let (Some(old), false) = (old, stays) {
            self.detach(now, asker.user, conn, old);
        } else if stays && resume.is_some() {
            self.outputs.push_back(Output::Detach { conn });
        }
        let id = self.open(name)?;
        if !stays {
            self.add_member(now, asker.user, conn, id);
        }
        let durable = self.durable;
        let room = self.rooms.get_mut(id);
        let start = room.start(resume, durable);
        if start.recovered {
            room.tools.saw(asker.user, start.since);
        }
        let (epoch, head, members) = (room.lives.epoch, room.log.head(), room.online());
        if let Some(to) = to {
            let (recovered, missed) = (start.recovered, start.missed);
            let reply = Reply::Joined {
                room: name.clone(),
                epoch,
                head,
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

    pub(super) fn leave(&mut self, now: Now, asker: Asker<'_>, to: ReplyTo) {
        let left = self
            .people
            .take_request(asker.user, now)
            .and_then(|()| match (asker.conn, asker.place) {
                (Some(conn), Place::Joined(room)) => {
                    self.detach(now, asker.user, conn, room);
                    Ok(Reply::Left)
                }
                _ => Err(rooms::not_in_room()),
            });
        self.answer(to, left);
    }

    pub(super) fn detach(&mut self, now: Now, user: UserId, conn: ConnId, room: RoomId) {
        if let Some(state) = self.conns.get_mut(&conn) {
            state.room = None;
        }
        self.outputs.push_back(Output::Detach { conn });
        self.quit(now, user, room);
    }

    fn add_member(&mut self, now: Now, user: UserId, conn: ConnId, id: RoomId) {
        let person = self.people.person(user).expect("a connection's user is known");
        let room = self.rooms.get_mut(id);
        let before = room.online();
        room.add(&person);
        room.rule.greet(user);
        let news = room.online() != before;
        if let Some(state) = self.conns.get_mut(&conn) {
            state.room = Some(id);
        }
        if news {
            self.latest_changed(now, id);
        }
        self.settle_room(now, id);
    }

    /// One connection fewer of that user in the room.
    pub(super) fn quit(&mut self, now: Now, user: UserId, id: RoomId) {
        let person = self.people.person(user).expect("a member is known");
        let room = self.rooms.get_mut(id);
        let before = room.online();
        room.remove(&person);
        if room.online() != before {
            self.latest_changed(now, id);
        }
        self.settle_room(now, id);
    }
}
