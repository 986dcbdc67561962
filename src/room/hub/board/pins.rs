//! Sends announcements, pins one message at the top of a room, and composes the board as clients see it. A room has one pin; the board's
//! tables have their bounds in `tables`.

use std::sync::Arc;

use crate::room::hub::{
    membership::people::Charge,
    state::{Asker, Hub, Outcome},
};
use crate::room::{
    AdminCommand, Announced, Board, Body, Code, Control, Entry, Hide, Key, Now, Operator, Pin, PinRequest, Refusal,
    Reply, ReplyTo, RoomId, RoomName, Said, Seq, Settings, UserId, persist,
};

impl Hub {
    /// Whether the room must stay open because of its settings or its board.
    pub(in crate::room::hub) fn is_run(&self, room: RoomId) -> bool {
        let room = self.rooms.get(room);
        room.policy.settings != Settings::default() || room.board.is_used()
    }

    /// Makes the room permanent, so that it stays open while empty.
    pub(in crate::room::hub) fn stays(&mut self, room: RoomId) -> Result<(), Refusal> {
        let name = self.rooms.get(room).name.clone();
        if self.rooms.keep_while_run(&name) {
            return Ok(());
        }
        Err(Refusal::new(Code::Full, "too many rooms stay already"))
    }

    pub(in crate::room::hub) fn board(&mut self, now: Now, asker: Asker<'_>) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room");
        let room = self.room_to_read(asker.room)?.ok_or_else(unknown)?;
        self.rooms.get(room).policy.admits(asker.user)?;
        self.charge(asker, Charge::Request, now)?;
        let state = self.rooms.get(room);
        let board = &state.board;
        Ok(Reply::Board(Box::new(Board {
            room: state.name.clone(),
            pin: board.pin.as_ref().map(|(pin, _)| pin.clone()),
            polls: board.polls.on_board(asker.user),
            questions: self.questions_on_board(room, asker.user),
            givers: self.scores(&board.given),
            receivers: self.scores(&board.received),
        })))
    }

    /// Pins a message of the log or the store, or a text, and records the pin in the log.
    pub(in crate::room::hub) fn pin(
        &mut self,
        now: Now,
        (to, by): (ReplyTo, Operator),
        name: &RoomName,
        seq: Option<Seq>,
        text: Option<Box<str>>,
    ) -> Result<Outcome, Refusal> {
        let entry = match (seq, text) {
            (None, Some(text)) => {
                let room = self.open(name)?;
                return self.pin_text(now, room, None, text, None).map(Outcome::Reply);
            }
            (Some(seq), None) => {
                let room = self.rooms.get(self.known_room(name)?);
                let entry = room.log.get(seq).or_else(|| room.log.controls_in(seq, seq).next());
                if entry.is_none() && self.persists && (room.stored_from..room.log.oldest()).contains(&seq) {
                    return Ok(Outcome::Pin(PinRequest {
                        to,
                        by,
                        room: name.clone(),
                        epoch: room.epochs.epoch,
                        seq,
                        head: room.log.head(),
                    }));
                }
                entry.cloned()
            }
            _ => return Err(Refusal::new(Code::BadRequest, "a pin has either `seq` or `text`")),
        };
        self.pin_entry(now, name, entry).map(Outcome::Reply)
    }

    /// Pins a message that the store was asked for; `None` if the store does not have it.
    pub(in crate::room::hub) fn pin_found(&mut self, now: Now, request: PinRequest, entry: Option<Arc<Entry>>) {
        let PinRequest {
            to,
            by,
            room,
            epoch,
            seq,
            head,
        } = request;
        // The store may have read the message before it was hidden.
        let entry = entry.filter(|entry| entry.seq == seq && entry.epoch == epoch && !self.hid_since(&room, head));
        let reply = self.pin_entry(now, &room, entry);
        if reply.is_ok() {
            let (seq, text) = (Some(seq), None);
            self.record(now, by, Self::written(&AdminCommand::Pin { room, seq, text }));
        }
        if !matches!(to, ReplyTo::Conn(conn, _) if !self.has(conn)) {
            self.answer(to, reply);
        }
    }

    /// Whether messages of a room were hidden or taken back after the entry `head`.
    fn hid_since(&self, name: &RoomName, head: Seq) -> bool {
        let room = self.rooms.find(name).map(|room| self.rooms.get(room));
        room.is_some_and(|room| {
            let mut later = room.log.iter_from(head + 1);
            later.any(|entry| {
                matches!(
                    &entry.body,
                    Body::Control(Control::Hide { .. } | Control::Retract { .. })
                )
            })
        })
    }

    fn pin_entry(&mut self, now: Now, name: &RoomName, entry: Option<Arc<Entry>>) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let entry = entry.filter(|entry| entry.epoch == self.rooms.get(room).epochs.epoch);
        let found = entry.and_then(|entry| Some((entry.seq, entry.body.said()?.text()?.into(), entry.from.id)));
        let none = || Refusal::new(Code::BadRequest, "no message of that number is kept");
        let (seq, text, user) = found.ok_or_else(none)?;
        self.pin_text(now, room, Some(seq), text, Some(user))
    }

    fn pin_text(
        &mut self,
        now: Now,
        room: RoomId,
        seq: Option<Seq>,
        text: Box<str>,
        user: Option<UserId>,
    ) -> Result<Reply, Refusal> {
        let checked = self.check_length(text.len()).and_then(|()| self.stays(room));
        checked.inspect_err(|_| self.close_or_file(now, room))?;
        let text = Some(text);
        self.set_pin(now, room, Some((Pin { seq, text }, user)));
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn unpin(&mut self, now: Now, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        if self.rooms.get(room).board.pin.is_some() {
            self.set_pin(now, room, None);
        }
        if !self.is_run(room) {
            self.rooms.release(name, &self.stay);
            self.close_or_file(now, room);
        }
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn set_pin(&mut self, now: Now, room: RoomId, pin: Option<(Pin, Option<UserId>)>) {
        let state = self.rooms.get_mut(room);
        let value = pin.as_ref().map(persist::json);
        // The text of a message is in the log once, so that hiding it there hides it.
        let told = pin.as_ref().map(|(pin, _)| Pin {
            seq: pin.seq,
            text: pin.text.clone().filter(|_| pin.seq.is_none()),
        });
        state.board.pin = pin;
        let key = Key::Pin(state.name.clone());
        self.persist(key, |_| value);
        self.append_as_organizer(now, room, Body::Control(Control::Pin { pin: told }));
    }

    /// Removes hidden messages and questions from the board.
    pub(in crate::room::hub) fn hide_on_board(&mut self, now: Now, room: RoomId, what: Hide) {
        let pin = self.rooms.get(room).board.pin.as_ref();
        let hidden = pin.is_some_and(|(pin, by)| match what {
            Hide::Entry { seq } => pin.seq == Some(seq),
            Hide::Person { user } => *by == Some(user),
        });
        if hidden {
            self.set_pin(now, room, None);
        }
        self.hide_questions(now, room, what);
        if let Hide::Person { user } = what {
            self.remove_texts_of(now, room, user);
        }
    }

    pub(in crate::room::hub) fn restore_pin(&mut self, name: &RoomName, value: &str) -> Option<()> {
        let pin = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep_open(name.clone());
        self.rooms.get_mut(room).board.pin = Some(pin);
        Some(())
    }

    /// Appends an announcement to one room, which is opened on demand.
    pub(in crate::room::hub) fn announce(
        &mut self,
        now: Now,
        name: &RoomName,
        text: Box<str>,
    ) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        let room = self.open(name)?;
        let (seq, id, at) = self.append_as_organizer(now, room, Body::Said(Said::Announce { text }));
        self.close_or_file(now, room);
        Ok(Reply::Sent {
            seq: Some(seq),
            id,
            at,
            duplicate: false,
        })
    }

    /// Appends an operator's announcement to the log of every open room.
    pub(in crate::room::hub) fn announce_to_all(&mut self, now: Now, text: &str) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        let rooms: Vec<_> = self.rooms.ids().collect();
        let mut sent = Vec::with_capacity(rooms.len());
        for room in rooms {
            let (seq, ..) = self.append_as_organizer(now, room, Body::Said(Said::Announce { text: text.into() }));
            let name = self.rooms.get(room).name.clone();
            self.close_or_file(now, room);
            sent.push(Announced { room: name, seq });
        }
        Ok(Reply::Announced { sent })
    }

    /// Handles a client's report of the newest entry that it has received.
    pub(in crate::room::hub) fn seen(&mut self, now: Now, asker: Asker<'_>, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.room)?;
        self.charge(asker, Charge::Request, now)?;
        let source = self.source(asker.device);
        if let Some(room) = room {
            let state = self.rooms.get_mut(room);
            if seq > state.log.head() {
                return Err(Refusal::new(Code::BadRequest, "nothing of that number was said yet"));
            }
            state.board.saw(asker.user, seq, source);
        }
        Ok(Reply::Done)
    }

    /// Answers with the number of people who reported the entry `seq` or a later one.
    pub(in crate::room::hub) fn reached(&self, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.rooms.get(self.known_room(name)?);
        // Operators are not the audience.
        let is_audience = |user: &UserId| !self.access_records.is_operator(*user);
        let seen = room.board.seen.iter().filter(|(_, seen)| **seen >= seq);
        let reached = seen.filter(|(user, _)| is_audience(user)).count();
        let online = room.people().filter(is_audience).count();
        Ok(Reply::Reached { reached, online })
    }
}
