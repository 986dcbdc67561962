//! What the organizer and helpers do about a room and those in it.

use std::sync::Arc;

use super::Hub;
use crate::{
    limits,
    room::{
        Body, Code, Entry, Hide, Measure, MsgId, Now, Output, Person, Refusal, Reply, Role, RoomId, RoomName, Seq,
        Settings, SettingsChange, UserId, UserName,
    },
};

impl Hub {
    /// Puts a control entry of the organizer's into a room.
    pub(super) fn say(&mut self, now: Now, room: RoomId, body: Body) -> (Seq, MsgId, u64) {
        let organizer = Person {
            id: UserId(0),
            name: UserName::new("Organizer").expect("a plain word is a name"),
            role: Role::Organizer,
        };
        let id = self.make_id();
        let entry = self.rooms.get_mut(room).append(now, id.clone(), organizer, None, body);
        let (seq, at) = (entry.seq, entry.at);
        self.outputs.push_back(Output::Append { room, entry });
        (seq, id, at)
    }

    pub(super) fn set(&mut self, now: Now, name: &RoomName, change: &SettingsChange) -> Result<Reply, Refusal> {
        let title = change.title.as_ref();
        if title.is_some_and(|title| title.chars().count() > limits::BOARD_CHARS) {
            let message = format!("a title has at most {} characters", limits::BOARD_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
        let room = self.open(name)?;
        let before = self.rooms.get(room).rule.settings.clone();
        let settings = before.with(change).map_err(|_| {
            let message = format!("the slow mode has at most {} seconds", limits::SLOW_S);
            Refusal::new(Code::BadRequest, message)
        })?;
        let run = settings != Settings::default();
        if run && !self.rooms.keep_while_run(name) {
            self.settle_room(now, room);
            return Err(Refusal::new(Code::Full, "too many rooms stay already"));
        }
        if settings != before {
            let state = self.rooms.get_mut(room);
            let inside: Vec<_> = state.people().collect();
            state.rule.run(settings.clone(), &inside);
            self.keep_rule(room);
            let settings = Box::new(settings);
            let closes = settings.closed && !before.closed;
            self.say(now, room, Body::Settings { settings });
            self.latest_changed(now, room);
            if closes {
                self.empty(now, room);
            }
        }
        if !self.is_run(room) {
            self.rooms.let_go(name, &self.stay);
            self.settle_room(now, room);
        }
        Ok(Reply::Done)
    }

    /// Everybody is out of a room, behind what was said in it.
    fn empty(&mut self, now: Now, room: RoomId) {
        let inside: Vec<_> = self
            .conns
            .iter()
            .filter(|(_, state)| state.room == Some(room))
            .collect();
        let inside: Vec<_> = inside.into_iter().map(|(&conn, state)| (conn, state.user)).collect();
        for (conn, user) in inside {
            self.detach(now, user, conn, room);
            self.refuse(conn, Refusal::new(Code::RoomClosed, "this room is closed"));
        }
    }

    pub(super) fn hide(&mut self, now: Now, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let log = &self.rooms.get(room).log;
        if seq == 0 || seq > log.head() {
            return Err(Refusal::new(Code::BadRequest, "nothing of that number was said"));
        }
        let entry = log.get(seq).or_else(|| log.controls_in(seq, seq).next());
        let hidden = match entry.map(|entry| (entry.hidden(), &entry.body)) {
            Some((None, Body::Hidden { .. })) => return Ok(Reply::Done),
            Some((None, _)) => return Err(Refusal::new(Code::BadRequest, "that is nothing that was said")),
            Some((hidden, _)) => hidden,
            None => None,
        };
        self.redact(now, room, Hide::Entry { seq }, hidden.into_iter().collect());
        Ok(Reply::Done)
    }

    /// Hides all that somebody said: in one room, or in all where they were or something of it may be, in the log or on disk.
    pub(super) fn hide_person(&mut self, now: Now, name: Option<&RoomName>, user: UserId) -> Result<Reply, Refusal> {
        let rooms = match name {
            Some(name) => vec![self.known_room(name)?],
            None => {
                let theirs = self.rooms_of(user);
                let older = self
                    .rooms
                    .ids()
                    .filter(|&room| self.has_older(room) && !theirs.contains(&room));
                theirs.iter().copied().chain(older).collect()
            }
        };
        for room in rooms {
            let log = &self.rooms.get(room).log;
            let dropped = log.controls_in(0, log.oldest().saturating_sub(1));
            let all = dropped.chain(log.iter_from(0));
            let theirs = all
                .filter(|entry| entry.from.id == user)
                .filter_map(|entry| entry.hidden());
            let theirs = theirs.collect();
            self.settle_held(now, room, user, false);
            self.redact(now, room, Hide::Person { user }, theirs);
        }
        Ok(Reply::Done)
    }

    /// Somebody is known, or may have said something: whoever spoke before a restart is there in what they said alone.
    pub(super) fn know(&self, user: UserId) -> Result<(), Refusal> {
        let known = self.people.person(user).is_some() || !self.rooms_of(user).is_empty();
        let may_be = || self.rooms.ids().any(|room| self.has_older(room));
        if known || may_be() {
            return Ok(());
        }
        Err(Refusal::new(Code::UnknownUser, "nobody of that id is known"))
    }

    /// Whether the store has entries of a room that the log has not.
    fn has_older(&self, room: RoomId) -> bool {
        let room = self.rooms.get(room);
        self.keeps && room.stored_from < room.log.oldest()
    }

    /// The rooms where somebody is, was, or said something that the log still has, or that waits.
    pub(super) fn rooms_of(&self, user: UserId) -> Vec<RoomId> {
        let here = |room: &RoomId| {
            let room = self.rooms.get(*room);
            let mut said = room.log.iter_from(0);
            room.has(user)
                || room.rule.familiar.contains(&user)
                || room.rule.held.has(user)
                || said.any(|entry| entry.from.id == user)
        };
        self.rooms.ids().filter(here).collect()
    }

    /// What is in the logs gets its place taken before anybody is told to forget it.
    fn redact(&mut self, now: Now, room: RoomId, what: Hide, hidden: Vec<Entry>) {
        let state = self.rooms.get_mut(room);
        let to = state.log.head();
        let entries: Vec<_> = hidden.into_iter().map(Arc::new).collect();
        for entry in &entries {
            state.log.replace(entry.clone());
        }
        let (name, epoch) = (state.name.clone(), state.lives.epoch);
        self.outputs.push_back(Output::Redact {
            room,
            name,
            epoch,
            what,
            to,
            entries: entries.into(),
        });
        self.say(now, room, Body::Hide { what });
        self.hide_on_board(now, room, what);
    }

    pub(super) fn moderated(&mut self, now: Now, room: RoomId, did: Measure, user: UserId, seconds: Option<u32>) {
        self.say(now, room, Body::Moderated { did, user, seconds });
    }
}
