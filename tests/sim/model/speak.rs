//! What people say and ask.

use std::sync::Arc;

use super::{Asker, Model, Purses, made_id, refuse};
use chatterbox::{
    limits,
    room::{
        AdminCommand, Audience, Body, Code, Command, Direct, Entry, MsgId, Output, Person, Refusal, Reply, Role,
        RoomId, RoomName, Said, Seq, Token, UserId, UserName,
    },
};

type Answer = Result<Reply, Refusal>;

impl Model {
    pub(super) fn ask(&mut self, asker: &Asker, command: Command) -> Answer {
        if asker.room.is_none()
            && asker.named.is_none()
            && !matches!(command, Command::Dm { .. } | Command::Rename { .. })
        {
            return refuse(Code::NotInRoom);
        }
        match command {
            Command::Say(say) => match say.said {
                Said::Chat { text, more, .. } => {
                    self.chat(asker, say.room.as_ref(), (text, more), say.id, say.audience)
                }
                Said::Gift { name, count, to } => self.gift(asker, name, count, to, say.id),
                said => unreachable!("no script says {said:?}"),
            },
            Command::Dm { to, text, id, .. } => self.dm(asker, to, text, id),
            Command::React { emoji } => self.react(asker, emoji),
            Command::History { before, limit } => self.history(asker, before, limit),
            Command::Who => self.who(asker),
            Command::Rename { name } => {
                self.take(asker, Purses::Requests)?;
                let name = self.take_name(asker.user, asker.device, &name);
                Ok(Reply::Renamed { name })
            }
            Command::Nonce { nonce: Some(nonce) } => {
                self.take(asker, Purses::Requests)?;
                Ok(Reply::Nonce { nonce })
            }
            Command::Vote { .. } | Command::Board | Command::Upvote { .. } | Command::Seen { .. } => {
                unreachable!("nobody does that here")
            }
            Command::Nonce { nonce: None } | Command::SignedCommand(_) => refuse(Code::NotAllowed),
            Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave => unreachable!("handled before"),
        }
    }

    fn repeated(&self, asker: &Asker, id: Option<&MsgId>) -> Option<Reply> {
        let (seq, at) = self.room(asker.room?).accepted(asker.user, id?)?;
        Some(Reply::Sent {
            seq,
            id: id?.clone(),
            at,
            duplicate: true,
        })
    }

    fn chat(
        &mut self,
        asker: &Asker,
        room: Option<&RoomName>,
        (text, more): (Box<str>, Box<str>),
        id: Option<MsgId>,
        to: Audience,
    ) -> Answer {
        let here = asker.room.map(|id| &self.room(id).name).or(asker.named.as_ref());
        if room.is_some() && room != here {
            return refuse(Code::NotInRoom);
        }
        if text.len() + more.len() > self.limits.text_bytes {
            return refuse(Code::TooLong);
        }
        if let Some(reply) = self.repeated(asker, id.as_ref()) {
            return Ok(reply);
        }
        self.take(asker, Purses::Messages)?;
        match to {
            Audience::Me => Ok(self.echo(asker, text, more, id)),
            Audience::Room => self.append(asker, id, None, Body::Said(Said::Chat { text, more, re: None })),
            Audience::Others => self.append(
                asker,
                id,
                Some(asker.user),
                Body::Said(Said::Chat { text, more, re: None }),
            ),
        }
    }

    fn echo(&mut self, asker: &Asker, text: Box<str>, more: Box<str>, id: Option<MsgId>) -> Reply {
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
                said: Said::Chat { text, more, re: None },
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

    fn append(&mut self, asker: &Asker, id: Option<MsgId>, skip: Option<UserId>, body: Body) -> Answer {
        let room = match (asker.room, &asker.named) {
            (Some(room), _) => room,
            (None, Some(name)) => self.open_by(asker, name)?,
            (None, None) => return refuse(Code::NotInRoom),
        };
        let from = self.public(asker.user);
        let (seq, at) = self.put(room, id.clone().unwrap_or_else(made_id), from, skip, body);
        if let Some(id) = &id {
            self.room_mut(room).accept(asker.user, id, Some(seq), at);
        }
        Ok(Reply::Sent {
            seq: Some(seq),
            id: id.unwrap_or_else(made_id),
            at,
            duplicate: false,
        })
    }

    fn put(&mut self, id: RoomId, msg: MsgId, from: Person, skip: Option<UserId>, body: Body) -> (Seq, u64) {
        let wall_ms = self.now.wall_ms;
        let room = self.room_mut(id);
        let entry = Arc::new(Entry {
            room: room.name.clone(),
            epoch: room.epoch,
            seq: room.head() + 1,
            id: msg,
            from,
            at: wall_ms.max(room.last_at),
            skip,
            body,
        });
        room.push(entry.clone());
        let place = (entry.seq, entry.at);
        self.out.push(Output::Append { room: id, entry });
        place
    }

    fn gift(&mut self, asker: &Asker, name: Token, count: u32, to: Option<UserId>, id: Option<MsgId>) -> Answer {
        if count == 0 || count > self.limits.gift_count {
            return refuse(Code::BadRequest);
        }
        if let Some(reply) = self.repeated(asker, id.as_ref()) {
            return Ok(reply);
        }
        let room = asker.room.map(|room| self.room(room));
        let here = |user: &UserId| room.is_some_and(|room| room.members.iter().any(|(_, here)| here == user));
        if to.as_ref().is_some_and(|to| !here(to)) {
            return refuse(Code::UnknownUser);
        }
        let budget = self.limits.gift_budget;
        let before = room.and_then(|room| room.given.get(&asker.user).copied()).unwrap_or(0);
        let after = before + u64::from(count);
        if budget > 0 && after > budget {
            return refuse(Code::OverBudget);
        }
        let givers = room.map_or(0, |room| room.given.len());
        if budget > 0 && before == 0 && givers >= limits::GIVERS {
            return refuse(Code::Full);
        }
        self.take(asker, Purses::Messages)?;
        let reply = self.append(asker, id, None, Body::Said(Said::Gift { name, count, to }))?;
        let named = asker.named.as_ref().and_then(|name| self.find(name));
        if let Some(room) = asker.room.or(named) {
            self.room_mut(room).given.insert(asker.user, after);
        }
        Ok(reply)
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

    fn history(&mut self, asker: &Asker, before: Option<Seq>, limit: Option<usize>) -> Answer {
        self.take(asker, Purses::Requests)?;
        let limit = limit.unwrap_or(limits::HISTORY_ENTRIES).min(limits::HISTORY_ENTRIES);
        let mut entries = Vec::new();
        if let Some(room) = asker.room.map(|id| self.room(id)) {
            let to = before.map_or(room.head(), |before| room.head().min(before.saturating_sub(1)));
            let kept = (room.oldest..=to).map(|seq| room.at(seq).clone());
            entries.extend(kept.filter(|entry| entry.skip != Some(asker.user)));
        }
        let more = entries.len() > limit;
        entries.drain(..entries.len().saturating_sub(limit));
        Ok(Reply::History { entries, more })
    }

    fn who(&mut self, asker: &Asker) -> Answer {
        self.take(asker, Purses::Requests)?;
        let users = asker.room.map_or(Vec::new(), |room| self.room(room).users());
        let online = users.len();
        let mut people: Vec<_> = users.into_iter().map(|user| self.public(user)).collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        people.truncate(limits::WHO_PEOPLE);
        Ok(Reply::Who { people, online })
    }

    pub(super) fn obey(&mut self, order: AdminCommand) -> Answer {
        let AdminCommand::Announce { room: Some(room), text } = order else {
            unreachable!("no other order is given here")
        };
        if text.len() > self.limits.text_bytes {
            return refuse(Code::TooLong);
        }
        let room = self.open(&room)?;
        let organizer = Person {
            id: UserId(0),
            name: UserName::new("Organizer").expect("a name"),
            role: Role::Organizer,
        };
        let (seq, at) = self.put(room, made_id(), organizer, None, Body::Said(Said::Announce { text }));
        self.used(room);
        Ok(Reply::Sent {
            seq: Some(seq),
            id: made_id(),
            at,
            duplicate: false,
        })
    }
}
