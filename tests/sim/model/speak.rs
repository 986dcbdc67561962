//! What people say and ask.

use std::sync::Arc;

use super::{
    Answer, Asker, Model, Purses,
    held::Held,
    kinds, made_id,
    reasons::{Perhaps, Reasons},
    refuse,
};
use chatterbox::{
    limits,
    room::{
        Audience, Body, Code, Command, Direct, Entry, MsgId, Output, Person, Reply, RoomId, Said, Say, Seq, Token,
        UserId, UserName,
    },
};

impl Model {
    pub(super) fn ask(&mut self, asker: &Asker, command: Command) -> Answer {
        if asker.room.is_none()
            && asker.named.is_none()
            && !matches!(command, Command::Dm { .. } | Command::Rename { .. })
        {
            return refuse(Code::NotInRoom);
        }
        match command {
            Command::Say(say) => self.say(asker, say),
            Command::Edit { id, said } => self.edit(asker, &id, &said),
            Command::Retract { id } => self.retract(asker, &id),
            Command::Dm { to, text, id, .. } => self.dm(asker, to, text, id),
            Command::React { emoji } => self.react(asker, emoji),
            Command::History { before, limit } => self.history(asker, before, limit),
            Command::Who => self.who(asker),
            Command::Rename { name } => self.rename(asker, &name),
            Command::Vote { poll, choices } => self.vote(asker, poll, &choices),
            Command::Upvote { question } => self.upvote(asker, question),
            Command::Board => self.board(asker),
            Command::Set(set) => self.set_value(asker, &set),
            Command::Get { .. } => self.get(asker, false),
            Command::Watch => self.get(asker, true),
            Command::Nonce { .. } | Command::SignedCommand(_) | Command::Seen { .. } => {
                unreachable!("no script does that")
            }
            Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave => unreachable!("handled before"),
        }
    }

    fn rename(&mut self, asker: &Asker, name: &UserName) -> Answer {
        if !self.is_run {
            self.take(asker, Purses::Requests)?;
            let name = self.take_name(asker.user, asker.device, name);
            return Ok(Reply::Renamed { name });
        }
        // A name is something to say, too.
        let mut reasons = self.muting(asker.user, asker.device);
        // It may look like a staff member's name.
        reasons.may(true, Code::NotAllowed);
        self.decide(&reasons)?;
        if let Some(Reply::Renamed { name }) = self.told.reply.clone() {
            self.adopt_name(asker.user, asker.device, &name);
        }
        Ok(Reply::Done)
    }

    /// The answer to what came before under the same id.
    fn repeated(&self, asker: &Asker, id: Option<&MsgId>) -> Option<Reply> {
        let (room, id) = (self.room(asker.room?), id?);
        if let Some((seq, at)) = room.accepted(asker.user, id) {
            let (id, duplicate) = (id.clone(), true);
            return Some(Reply::Sent { seq, id, at, duplicate });
        }
        let mut held = room.held.iter();
        let waits = held.any(|held| held.user == asker.user && held.id == *id);
        waits.then(|| Reply::Held { id: id.clone() })
    }

    fn say(&mut self, asker: &Asker, say: Say) -> Answer {
        let Say {
            room: named,
            said,
            id,
            audience,
            ..
        } = say;
        let here = asker.room.map(|id| &self.room(id).name).or(asker.named.as_ref());
        if named.is_some() && named.as_ref() != here {
            return refuse(Code::NotInRoom);
        }
        if let Some(code) = kinds::fault(&said, &self.limits) {
            return refuse(code);
        }
        if let Some(reply) = self.repeated(asker, id.as_ref()) {
            return Ok(reply);
        }
        let (waits, newcomer) = self.waits(asker, &said);
        let body = Body::Said(said);
        let reasons = self.giving(asker, &body).and(self.speaking(asker, &body, waits));
        if let Err(refusal) = self.decide(&reasons) {
            self.check_wait(asker, refusal.code);
            return Err(refusal);
        }
        self.take(asker, Purses::Messages)?;
        let skip = match audience {
            Audience::Me => {
                let said = body.said().expect("it was said").clone();
                return Ok(self.echo(asker, said, id));
            }
            Audience::Room => None,
            Audience::Others => Some(asker.user),
        };
        let gifts = match &body {
            Body::Said(Said::Gift { count, .. }) => u64::from(*count),
            _ => 0,
        };
        let is_held = match waits {
            Perhaps::Yes => true,
            Perhaps::No => false,
            Perhaps::Maybe => matches!(self.told.reply, Some(Reply::Held { .. })),
        };
        let user = asker.user;
        let room = self.room_for(asker)?;
        let reply = if is_held {
            let id = match &self.told.reply {
                Some(Reply::Held { id }) => id.clone(),
                _ => made_id(),
            };
            self.room_mut(room).held.push_back(Held {
                user,
                id: id.clone(),
                body,
                skip,
                number: None,
                newcomer,
            });
            Reply::Held { id }
        } else {
            self.append(room, user, id, skip, body)
        };
        let now_ms = self.now.mono_ms;
        let is_run = self.is_run;
        let room = self.room_mut(room);
        if is_run {
            let spoke = (now_ms, room.slow_times);
            room.spoke.insert(user, spoke);
            room.heard.insert(asker.device, spoke);
            if !is_held {
                room.been.maybe.insert(user);
            }
        }
        if gifts > 0 {
            *room.given.entry(user).or_default() += gifts;
        }
        Ok(reply)
    }

    /// Why a gift is not taken.
    fn giving(&self, asker: &Asker, body: &Body) -> Reasons {
        let mut reasons = Reasons::default();
        let Body::Said(Said::Gift { count, to, .. }) = body else {
            return reasons;
        };
        let room = asker.room.map(|room| self.room(room));
        let here = |user: UserId| room.is_some_and(|room| room.here(user));
        reasons.add(to.is_some_and(|to| !here(to)), Code::UnknownUser);
        let budget = room.and_then(|room| room.settings.gift_budget);
        let budget = budget.unwrap_or(self.limits.gift_budget);
        let before = room.and_then(|room| room.given.get(&asker.user).copied()).unwrap_or(0);
        reasons.add(budget > 0 && before + u64::from(*count) > budget, Code::OverBudget);
        let givers = room.map_or(0, |room| room.given.len());
        reasons.add(budget > 0 && before == 0 && givers >= limits::GIVERS, Code::Full);
        reasons
    }

    /// The room that a message goes to, opened if it is not there.
    fn room_for(&mut self, asker: &Asker) -> Result<RoomId, chatterbox::room::Refusal> {
        match (asker.room, &asker.named) {
            (Some(room), _) => Ok(room),
            (None, Some(name)) => self.open_by(asker, name),
            (None, None) => refuse(Code::NotInRoom),
        }
    }

    fn append(&mut self, room: RoomId, user: UserId, id: Option<MsgId>, skip: Option<UserId>, body: Body) -> Reply {
        let (from, msg) = (self.public(user), id.clone().unwrap_or_else(made_id));
        self.count_received(room, &body);
        let (seq, at) = self.put(room, msg.clone(), from, skip, body, true);
        if let Some(id) = id.filter(|_| !self.is_run) {
            self.room_mut(room).accept(user, &id, Some(seq), at);
        }
        Reply::Sent {
            seq: Some(seq),
            id: msg,
            at,
            duplicate: false,
        }
    }

    /// Something that waited appears.
    pub(super) fn show(&mut self, room: RoomId, held: Held) {
        self.append(room, held.user, Some(held.id), held.skip, held.body);
    }

    fn count_received(&mut self, room: RoomId, body: &Body) {
        if let Body::Said(Said::Gift {
            count, to: Some(to), ..
        }) = body
        {
            *self.room_mut(room).received.entry(*to).or_default() += u64::from(*count);
        }
    }

    /// An entry that is `sure` to come, or may.
    pub(super) fn put(
        &mut self,
        id: RoomId,
        msg: MsgId,
        from: Person,
        skip: Option<UserId>,
        body: Body,
        sure: bool,
    ) -> (Seq, u64) {
        let (wall_ms, wanted, is_run) = (self.now.wall_ms, self.wanted(id), self.is_run);
        let room = self.room_mut(id);
        let entry = Arc::new(Entry {
            room: room.name.clone(),
            epoch: room.epoch,
            seq: room.head() + 1 + wanted,
            id: msg,
            from,
            at: wall_ms.max(room.last_at),
            skip,
            body,
        });
        let place = (entry.seq, entry.at);
        if is_run {
            self.want(id, entry, sure);
        } else {
            room.push(entry.clone());
            self.out.push(Output::Append { room: id, entry });
        }
        place
    }

    fn echo(&mut self, asker: &Asker, said: Said, id: Option<MsgId>) -> Reply {
        let told = id.clone().unwrap_or_else(made_id);
        let mut at = self.now.wall_ms;
        if let Some(room) = asker.room {
            let from = self.public(asker.user);
            let room = self.room_mut(room);
            at = at.max(room.last_at);
            if let Some(id) = id {
                room.accept(asker.user, &id, None, at);
            }
            let mine: Vec<_> = room.members.iter().filter(|(_, user)| *user == asker.user).collect();
            let mut mine: Vec<_> = mine.into_iter().map(|(conn, _)| *conn).collect();
            mine.sort_unstable();
            let echo = Direct::Echo {
                room: room.name.clone(),
                from,
                said,
                id: told.clone(),
                at,
            };
            for conn in mine {
                self.tell(conn, echo.clone());
            }
        }
        Reply::Sent {
            seq: None,
            id: told,
            at,
            duplicate: false,
        }
    }

    fn dm(&mut self, asker: &Asker, to: UserId, text: Box<str>, id: Option<MsgId>) -> Answer {
        if text.len() > self.limits.text_bytes {
            return refuse(Code::TooLong);
        }
        let theirs = self.people.get(&to).map_or(Vec::new(), |person| person.conns.clone());
        let known = id.as_ref().map(|id| (asker.user, id.clone()));
        if let Some((key, at)) = known.as_ref().and_then(|key| self.private.get_key_value(key)) {
            return Ok(Reply::Delivered {
                id: key.1.clone(),
                at: *at,
                connections: theirs.len(),
            });
        }
        if theirs.is_empty() {
            return refuse(Code::UnknownUser);
        }
        self.take_private(asker, to)?;
        let at = self.now.wall_ms;
        self.private.extend(known.map(|key| (key, at)));
        let id = id.unwrap_or_else(made_id);
        let dm = Direct::Dm {
            from: self.public(asker.user),
            to,
            text,
            re: None,
            id: id.clone(),
            at,
        };
        let connections = theirs.len();
        let mine = self.people[&asker.user].conns.clone();
        let others = mine
            .into_iter()
            .filter(|conn| Some(*conn) != asker.conn && to != asker.user);
        for conn in theirs.into_iter().chain(others) {
            self.tell(conn, dm.clone());
        }
        Ok(Reply::Delivered { id, at, connections })
    }

    fn react(&mut self, asker: &Asker, emoji: Token) -> Answer {
        let Some(id) = asker.room else {
            return refuse(Code::UnknownRoom);
        };
        self.decide(&self.reacting(asker, emoji.as_str()))?;
        self.take(asker, Purses::Reactions)?;
        let (now_ms, latest_ms) = (self.now.mono_ms, self.limits.latest_ms);
        let alone = self.limits.per_address.is_some();
        let room = self.room_mut(id);
        let brought = room.brought.values().filter(|device| **device == asker.device).count();
        if !room.reactions.contains_key(&emoji) && alone && brought >= limits::DEVICE_REACTIONS {
            return refuse(Code::Full);
        }
        if !room.reactions.contains_key(&emoji) && room.reactions.len() >= limits::REACTIONS {
            return refuse(Code::Full);
        }
        room.brought.entry(emoji.clone()).or_insert(asker.device);
        *room.reactions.entry(emoji).or_default() += 1;
        room.changed(now_ms, latest_ms);
        Ok(Reply::Counted)
    }
}
