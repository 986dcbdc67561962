//! What stands beside a room's talk, in one place: the board, the pin, and who has got what was announced.

use std::collections::BTreeMap;

use super::{Asker, Hub, ledger::Ledger, polls::Polls, questions::Questions};
use crate::{
    limits,
    room::{
        Announced, Board, Body, Code, Hide, Key, Now, Pin, Refusal, Reply, RoomId, RoomName, Seq, Settings, UserId,
        keep,
    },
};

/// A room's tools.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) polls: Polls,
    pub(super) questions: Questions,
    /// What is pinned, and who said it, if it was a member.
    pin: Option<(Pin, Option<UserId>)>,
    pub(super) given: Ledger,
    pub(super) received: Ledger,
    /// Up to where people say that they have everything, at most [`limits::SEEN`].
    seen: BTreeMap<UserId, Seq>,
}

impl Tools {
    /// Whether the organizer put something here that is not to go with the last one who leaves.
    fn is_used(&self) -> bool {
        !self.polls.is_empty() || self.pin.is_some()
    }

    /// Somebody has everything up to a number.
    pub(super) fn saw(&mut self, user: UserId, seq: Seq) {
        if self.seen.len() < limits::SEEN || self.seen.contains_key(&user) {
            let seen = self.seen.entry(user).or_default();
            *seen = seq.max(*seen);
        }
    }
}

impl Hub {
    /// Whether a room stays for what is set or put there.
    pub(super) fn is_run(&self, room: RoomId) -> bool {
        let room = self.rooms.get(room);
        room.rule.settings != Settings::default() || room.tools.is_used()
    }

    /// From now on a room stays, even if nobody is in it.
    pub(super) fn stays(&mut self, room: RoomId) -> Result<(), Refusal> {
        let name = self.rooms.get(room).name.clone();
        if self.rooms.keep_while_run(&name) {
            return Ok(());
        }
        Err(Refusal::new(Code::Full, "too many rooms stay already"))
    }

    pub(super) fn board(&mut self, now: Now, asker: Asker<'_>) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room");
        let room = self.room_to_read(asker.place)?.ok_or_else(unknown)?;
        self.rooms.get(room).rule.admits(asker.user)?;
        self.people.take_request(asker.user, now)?;
        let state = self.rooms.get(room);
        let tools = &state.tools;
        Ok(Reply::Board(Box::new(Board {
            room: state.name.clone(),
            pin: tools.pin.as_ref().map(|(pin, _)| pin.clone()),
            polls: tools.polls.on_board(asker.user),
            questions: self.questions_on_board(room, asker.user),
            givers: self.scores(&tools.given),
            receivers: self.scores(&tools.received),
        })))
    }

    /// Pins a message that is still kept, or a text.
    pub(super) fn pin(
        &mut self,
        now: Now,
        name: &RoomName,
        seq: Option<Seq>,
        text: Option<Box<str>>,
    ) -> Result<Reply, Refusal> {
        let (room, text, user) = match (seq, text) {
            (None, Some(text)) => (self.open(name)?, text, None),
            (Some(seq), None) => {
                let room = self.known_room(name)?;
                let log = &self.rooms.get(room).log;
                let entry = log.get(seq).or_else(|| log.controls_in(seq, seq).next());
                match entry.map(|entry| (&entry.body, entry.from.id)) {
                    Some((Body::Chat { text, .. } | Body::Announce { text } | Body::Question { text }, user)) => {
                        (room, text.clone(), Some(user))
                    }
                    _ => return Err(Refusal::new(Code::BadRequest, "no message of that number is kept")),
                }
            }
            _ => return Err(Refusal::new(Code::BadRequest, "a pin has either `seq` or `text`")),
        };
        let checked = self.check_length(text.len()).and_then(|()| self.stays(room));
        checked.inspect_err(|_| self.settle_room(now, room))?;
        let text = Some(text);
        self.set_pin(now, room, Some((Pin { seq, text }, user)));
        Ok(Reply::Done)
    }

    pub(super) fn unpin(&mut self, now: Now, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        if self.rooms.get(room).tools.pin.is_some() {
            self.set_pin(now, room, None);
        }
        if !self.is_run(room) {
            self.rooms.let_go(name, &self.stay);
            self.settle_room(now, room);
        }
        Ok(Reply::Done)
    }

    fn set_pin(&mut self, now: Now, room: RoomId, pin: Option<(Pin, Option<UserId>)>) {
        let state = self.rooms.get_mut(room);
        let value = pin.as_ref().map(keep::json);
        // The text of a message is in the log once, so that hiding it there hides it.
        let told = pin.as_ref().map(|(pin, _)| Pin {
            seq: pin.seq,
            text: pin.text.clone().filter(|_| pin.seq.is_none()),
        });
        state.tools.pin = pin;
        let key = Key::Pin(state.name.clone());
        self.keep(key, |_| value);
        self.say(now, room, Body::Pin { pin: told });
    }

    /// What is hidden is on the board no more.
    pub(super) fn hide_on_board(&mut self, now: Now, room: RoomId, what: Hide) {
        let pin = self.rooms.get(room).tools.pin.as_ref();
        let hidden = pin.is_some_and(|(pin, by)| match what {
            Hide::Entry { seq } => pin.seq == Some(seq),
            Hide::Person { user } => *by == Some(user),
        });
        if hidden {
            self.set_pin(now, room, None);
        }
        self.hide_questions(now, room, what);
    }

    pub(super) fn take_back_pin(&mut self, name: &RoomName, value: &str) -> Option<()> {
        let pin = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep(name.clone());
        self.rooms.get_mut(room).tools.pin = Some(pin);
        Some(())
    }

    /// Says something to one room.
    pub(super) fn announce(&mut self, now: Now, name: &RoomName, text: Box<str>) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        let room = self.open(name)?;
        let (seq, id, at) = self.say(now, room, Body::Announce { text });
        self.settle_room(now, room);
        Ok(Reply::Sent {
            seq: Some(seq),
            id,
            at,
            duplicate: false,
        })
    }

    /// Says something to all rooms that are there.
    pub(super) fn announce_to_all(&mut self, now: Now, text: &str) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        let rooms: Vec<_> = self.rooms.ids().collect();
        let mut sent = Vec::with_capacity(rooms.len());
        for room in rooms {
            let (seq, ..) = self.say(now, room, Body::Announce { text: text.into() });
            let name = self.rooms.get(room).name.clone();
            self.settle_room(now, room);
            sent.push(Announced { room: name, seq });
        }
        Ok(Reply::Announced { sent })
    }

    /// Somebody says up to where they have everything.
    pub(super) fn seen(&mut self, now: Now, asker: Asker<'_>, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.place)?;
        self.people.take_request(asker.user, now)?;
        if let Some(room) = room {
            let state = self.rooms.get_mut(room);
            if seq > state.log.head() {
                return Err(Refusal::new(Code::BadRequest, "nothing of that number was said yet"));
            }
            state.tools.saw(asker.user, seq);
        }
        Ok(Reply::Done)
    }

    /// How many have what stands at a number, as far as they said so.
    pub(super) fn reached(&self, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.rooms.get(self.known_room(name)?);
        let reached = room.tools.seen.values().filter(|seen| **seen >= seq).count();
        let online = room.online();
        Ok(Reply::Reached { reached, online })
    }

    /// Gifts count for those who were given them once they are shown.
    pub(super) fn received(&mut self, room: RoomId, user: UserId, count: u32) {
        let state = self.rooms.get_mut(room);
        let total = state.tools.received.of(user).saturating_add(u64::from(count));
        if state.tools.received.set(user, total) {
            let key = Key::Received(state.name.clone(), user);
            self.keep(key, |_| Some(keep::json(&total)));
        }
    }

    /// How many gifts somebody has given by now.
    pub(super) fn gave(&mut self, room: RoomId, user: UserId, total: u64) {
        let state = self.rooms.get_mut(room);
        if state.tools.given.set(user, total) {
            let key = Key::Ledger(state.name.clone(), user);
            self.keep(key, |_| Some(keep::json(&total)));
        }
    }

    /// How many gifts one person may give in a room; 0 is no bound.
    pub(super) fn gift_budget(&self, room: Option<RoomId>) -> u64 {
        let set = room.and_then(|room| self.rooms.get(room).rule.settings.gift_budget);
        set.unwrap_or(self.limits.gift_budget)
    }
}
