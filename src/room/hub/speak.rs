//! What is said: to the room, to oneself, to one person; gifts, reactions, announcements.

use std::sync::Arc;

use super::{Asker, Hub, Place, held::Saying, rule::Way};
use crate::room::{
    Body, Code, ConnId, Direct, MsgId, Now, Output, Person, Refusal, Reply, RoomId, RoomName, To, Token, UserId,
    remembered::Accepted,
};

/// The words of a chat message.
pub(super) struct Said {
    pub(super) text: Box<str>,
    pub(super) more: Box<str>,
}

/// What a gift is.
pub(super) struct Given {
    pub(super) name: Token,
    pub(super) count: u32,
    pub(super) to: Option<UserId>,
}

impl Hub {
    pub(super) fn chat(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        named: Option<RoomName>,
        said: Said,
        id: Option<MsgId>,
        to: To,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.place)?;
        let here = match asker.place {
            Place::Named(name) => Some(name),
            _ => room.map(|id| &self.rooms.get(id).name),
        };
        if named.as_ref().is_some_and(|named| Some(named) != here) {
            return Err(Refusal::new(Code::NotInRoom, "you are not in that room"));
        }
        self.check_length(said.text.len() + said.more.len())?;
        if let Some(reply) = self.repeated(room, asker.user, id.as_ref()) {
            return Ok(reply);
        }
        let way = self.way(now, asker.user, room, &[&said.text, &said.more])?;
        self.people.take_message(asker.user, now)?;
        let Said { text, more } = said;
        let skip = (to == To::Others).then_some(asker.user);
        let reply = match way {
            _ if to == To::Me => self.echo(now, asker, room, Said { text, more }, id)?,
            Way::Shown => self.append(now, asker, id, skip, Body::Chat { text, more })?,
            way => self.hold(now, asker, id, skip, way, Saying::Chat { text, more })?,
        };
        self.said(now, asker.user, room);
        Ok(reply)
    }

    pub(super) fn gift(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        given: Given,
        id: Option<MsgId>,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.place)?;
        let Given { name, count, to } = given;
        if count == 0 || count > self.limits.gift_count {
            let message = format!("the count must be from 1 to {}", self.limits.gift_count);
            return Err(Refusal::new(Code::BadRequest, message));
        }
        if let Some(reply) = self.repeated(room, asker.user, id.as_ref()) {
            return Ok(reply);
        }
        if to.is_some_and(|to| !room.is_some_and(|room| self.rooms.get(room).has(to))) {
            return Err(Refusal::new(Code::UnknownUser, "nobody of that id is in the room"));
        }
        let budget = self.gift_budget(room);
        let given = room.map_or(0, |room| self.rooms.get(room).tools.given.of(asker.user));
        let given_then = given.saturating_add(u64::from(count));
        if budget > 0 && given_then > budget {
            return Err(Refusal::new(
                Code::OverBudget,
                format!("{} gifts are left", budget.saturating_sub(given)),
            ));
        }
        let has_place = |room| self.rooms.get(room).tools.given.has_place(asker.user);
        if budget > 0 && !room.is_none_or(has_place) {
            return Err(Refusal::new(Code::Full, "too many people have given in this room"));
        }
        let way = self.way(now, asker.user, room, &[name.as_str()])?;
        self.people.take_message(asker.user, now)?;
        let reply = match way {
            Way::Shown => self.append(now, asker, id, None, Body::Gift { name, count, to })?,
            way => self.hold(now, asker, id, None, way, Saying::Gift { name, count, to })?,
        };
        self.said(now, asker.user, room);
        if let Some(room) = self.room_to_read(asker.place)? {
            self.gave(room, asker.user, given_then);
            if let (Way::Shown, Some(to)) = (way, to) {
                self.received(room, to, count);
            }
        }
        Ok(reply)
    }

    pub(super) fn dm(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        to: UserId,
        text: Box<str>,
        id: Option<MsgId>,
    ) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        self.may_act(now, asker.user, self.place_of(asker))?;
        let targets: Vec<_> = self.people.conns(to).collect();
        if targets.is_empty() {
            return Err(Refusal::new(Code::UnknownUser, "nobody of that id is here"));
        }
        self.people.take_message(asker.user, now)?;
        let id = id.unwrap_or_else(|| self.make_id());
        let at = now.wall_ms;
        let dm = Arc::new(Direct::Dm {
            from: self.person(asker.user),
            to,
            text,
            id: id.clone(),
            at,
        });
        let connections = targets.len();
        let mut receivers = targets;
        if asker.user != to {
            // What was said in one tab is to be seen in the others.
            receivers.extend(self.people.conns(asker.user).filter(|conn| Some(*conn) != asker.conn));
        }
        let outputs = receivers.into_iter().map(|conn| Output::Direct {
            conn,
            direct: dm.clone(),
        });
        self.outputs.extend(outputs);
        Ok(Reply::Delivered { id, at, connections })
    }

    pub(super) fn react(&mut self, now: Now, asker: Asker<'_>, emoji: Token) -> Result<Reply, Refusal> {
        let Some(room) = self.room_to_read(asker.place)? else {
            return Err(Refusal::new(Code::UnknownRoom, "there is no such room to react in"));
        };
        self.may_act(now, asker.user, Some(room))?;
        self.takes_reaction(asker.user, room, emoji.as_str())?;
        self.people.take_reaction(asker.user, now)?;
        let counted = self.rooms.get_mut(room).tally.add(emoji);
        counted.map_err(|_| Refusal::new(Code::Full, "too many kinds of reactions in this room"))?;
        self.latest_changed(now, room);
        Ok(Reply::Counted)
    }

    pub(super) fn said(&mut self, now: Now, user: UserId, room: Option<RoomId>) {
        if let Some(room) = room {
            self.rooms.get_mut(room).rule.said(user, now);
        }
    }

    /// What comes under an id that was accepted already is answered as it was then, costs nothing and changes nothing.
    pub(super) fn repeated(&self, room: Option<RoomId>, user: UserId, id: Option<&MsgId>) -> Option<Reply> {
        let state = self.rooms.get(room?);
        let Some(Accepted { seq, at }) = state.accepted(user, id) else {
            return state.rule.held.repeated(user, id?);
        };
        Some(Reply::Sent {
            seq,
            id: id?.clone(),
            at,
            duplicate: true,
        })
    }

    pub(super) fn append(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        id: Option<MsgId>,
        skip: Option<UserId>,
        body: Body,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_write(asker)?;
        let from = self.person(asker.user);
        let (id, chosen) = self.chosen_or_made(id);
        let state = self.rooms.get_mut(room);
        state.rule.greet(asker.user);
        let entry = state.append(now, id.clone(), from, skip, body);
        let (seq, at) = (Some(entry.seq), entry.at);
        if chosen {
            state.remembered.insert(asker.user, id.clone(), Accepted { seq, at });
        }
        self.outputs.push_back(Output::Append {
            room,
            entry: entry.clone(),
        });
        self.asked(now, room, &entry);
        Ok(Reply::Sent {
            seq,
            id,
            at,
            duplicate: false,
        })
    }

    fn echo(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        room: Option<RoomId>,
        said: Said,
        id: Option<MsgId>,
    ) -> Result<Reply, Refusal> {
        let (id, chosen) = self.chosen_or_made(id);
        let Some(room) = room else {
            // Nobody is there, oneself included.
            return Ok(Reply::Sent {
                seq: None,
                id,
                at: now.wall_ms,
                duplicate: false,
            });
        };
        let from = self.person(asker.user);
        let state = self.rooms.get_mut(room);
        let at = state.clock(now);
        if chosen {
            state
                .remembered
                .insert(asker.user, id.clone(), Accepted { seq: None, at });
        }
        let Said { text, more } = said;
        let echo = Arc::new(Direct::Echo {
            room: state.name.clone(),
            from,
            text,
            more,
            id: id.clone(),
            at,
        });
        let here = |conn: &ConnId| self.conns.get(conn).is_some_and(|state| state.room == Some(room));
        let outputs = self.people.conns(asker.user).filter(here).map(|conn| Output::Direct {
            conn,
            direct: echo.clone(),
        });
        self.outputs.extend(outputs);
        Ok(Reply::Sent {
            seq: None,
            id,
            at,
            duplicate: false,
        })
    }

    /// Ids that the hub makes are new, so only those that were chosen need to be remembered.
    pub(super) fn chosen_or_made(&mut self, id: Option<MsgId>) -> (MsgId, bool) {
        match id {
            Some(id) => (id, true),
            None => (self.make_id(), false),
        }
    }

    pub(super) fn check_length(&self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.limits.text_bytes {
            let message = format!("a message may have {} bytes", self.limits.text_bytes);
            return Err(Refusal::new(Code::TooLong, message));
        }
        Ok(())
    }

    fn person(&self, user: UserId) -> Person {
        self.people.person(user).expect("whoever asks is known")
    }
}
