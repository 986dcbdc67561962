//! Applies a moderator's commands to one room: changes its settings, hides messages, and shows hidden ones again. The originals of at most
//! `limits::UNHIDE` hidden messages are kept.

use std::sync::Arc;

use crate::room::hub::{state::Hub, state::Sweep};
use crate::{
    limits,
    room::{
        Body, Code, Control, Entry, Epoch, HeldItem, Hide, Measure, MsgId, Now, Output, Person, Refusal, Reply, Role,
        RoomId, RoomName, Seq, Settings, SettingsChange, UserId, UserName,
    },
};

impl Hub {
    /// Appends a control entry of the organizer to a room.
    pub(in crate::room::hub) fn append_as_organizer(
        &mut self,
        now: Now,
        room: RoomId,
        body: Body,
    ) -> (Seq, MsgId, u64) {
        let organizer = Person {
            id: UserId(0),
            name: UserName::new("Organizer").expect("a plain word is a name"),
            role: Role::Organizer,
        };
        let id = self.make_id();
        let entry = self.rooms.get_mut(room).append(now, id.clone(), organizer, None, body);
        let (seq, at) = (entry.seq, entry.at);
        self.push_append(room, entry);
        (seq, id, at)
    }

    pub(in crate::room::hub) fn set(
        &mut self,
        now: Now,
        name: &RoomName,
        change: &SettingsChange,
    ) -> Result<Reply, Refusal> {
        let title = change.title.as_ref();
        if title.is_some_and(|title| title.chars().count() > limits::BOARD_CHARS) {
            let message = format!("a title has at most {} characters", limits::BOARD_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
        // Nothing is opened for a refused command.
        let found = self.rooms.find(name).map(|room| &self.rooms.get(room).policy.settings);
        let before = found.cloned().unwrap_or_default();
        let settings = before.with(change).map_err(|_| {
            let message = format!("the slow mode has at most {} seconds", limits::SLOW_S);
            Refusal::new(Code::BadRequest, message)
        })?;
        let run = settings != Settings::default();
        if run && !self.rooms.may_stay(name) {
            return Err(Refusal::new(Code::Full, "too many rooms stay already"));
        }
        let room = self.open(name)?;
        if run {
            self.rooms.keep_open(name.clone());
        }
        if settings != before {
            let (people, devices) = (&self.people, &self.devices);
            let source = |user| people.address(user).map(|device| devices.source(device));
            let unknown = self.rooms.get(room).unknown();
            let policy = &mut self.rooms.get_mut(room).policy;
            policy.run(settings.clone(), unknown, source);
            self.persist_policy(room);
            let settings = Box::new(settings);
            let closes = settings.closed && !before.closed;
            self.append_as_organizer(now, room, Body::Control(Control::Settings { settings }));
            self.latest_changed(now, room);
            if closes {
                self.sweep(now, Sweep::Closed(room));
            }
        }
        if !self.is_run(room) {
            self.rooms.release(name, &self.stay);
            self.close_or_file(now, room);
        }
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn hide(&mut self, now: Now, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let log = &self.rooms.get(room).log;
        if seq == 0 || seq > log.head() {
            return Err(Refusal::new(Code::BadRequest, "nothing of that number was said"));
        }
        let entry = log.get(seq).or_else(|| log.controls_in(seq, seq).next());
        let hidden = match entry.map(|entry| (entry.hidden(), &entry.body)) {
            Some((None, Body::Hidden { .. })) => return Ok(Reply::Done),
            Some((None, Body::Said(_) | Body::Control(_))) => {
                return Err(Refusal::new(Code::BadRequest, "that is nothing that was said"));
            }
            Some((hidden @ Some(_), _)) => hidden,
            None => None,
        };
        self.redact(now, room, Hide::Entry { seq }, hidden.into_iter().collect());
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn hidden(&self, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let newest = self.rooms.get(room).policy.hidden.iter().rev();
        let items = newest
            .filter(|entry| self.still_has(room, entry.seq))
            .filter_map(|entry| HeldItem::of(entry))
            .collect();
        Ok(Reply::HeldItems { items })
    }

    /// Takes the originals of entries that the log had dropped before they were hidden, so that they can be listed and shown again.
    pub(in crate::room::hub) fn hidden_older(&mut self, name: &RoomName, epoch: Epoch, originals: Vec<Arc<Entry>>) {
        let Some(room) = self.rooms.find(name) else { return };
        if self.rooms.get(room).epochs.epoch != epoch {
            return;
        }
        for original in originals {
            if self.still_has(room, original.seq) {
                self.rooms.get_mut(room).policy.keep_hidden(original);
            }
        }
    }

    /// Whether the log or the store still has an entry with this number.
    fn still_has(&self, room: RoomId, seq: Seq) -> bool {
        let room = self.rooms.get(room);
        let kept = room.log.get(seq).is_some() || room.log.controls_in(seq, seq).next().is_some();
        kept || (self.persists && seq >= room.stored_from)
    }

    /// Shows a hidden message again, at its original position in the log.
    pub(in crate::room::hub) fn unhide(&mut self, now: Now, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let hidden = &mut self.rooms.get_mut(room).policy.hidden;
        let at = hidden.iter().position(|entry| entry.seq == seq);
        let unknown = || Refusal::new(Code::UnknownMessage, "nothing of that number can be shown again");
        let entry = at.and_then(|at| hidden.remove(at)).ok_or_else(unknown)?;
        if !self.still_has(room, seq) {
            return Err(unknown());
        }
        self.rooms.get_mut(room).log.replace(entry.clone());
        let reveal = Output::Reveal {
            room,
            entry: entry.clone(),
        };
        self.outputs.push_back(reveal);
        self.append_as_organizer(now, room, Body::Control(Control::Unhide { seq }));
        // A question is back with its upvotes; a pin must be set again.
        self.put_on_board(now, room, &entry);
        Ok(Reply::Done)
    }

    /// Hides all earlier messages of a person, in one room or in all rooms that may have such messages in the log or on disk.
    pub(in crate::room::hub) fn hide_person(
        &mut self,
        now: Now,
        name: Option<&RoomName>,
        user: UserId,
    ) -> Result<Reply, Refusal> {
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
        if name.is_none() {
            let what = Hide::Person { user };
            let parked: Vec<_> = self.rooms.parked().redactions(what).collect();
            self.outputs.extend(parked);
        }
        for room in rooms {
            let log = &self.rooms.get(room).log;
            let dropped = log.controls_in(0, log.oldest().saturating_sub(1));
            let all = dropped.chain(log.iter_from(0));
            let theirs = all
                .filter(|entry| entry.from.id == user)
                .filter_map(|entry| entry.hidden());
            let theirs = theirs.collect();
            self.decide_held(now, room, user, false);
            self.redact(now, room, Hide::Person { user }, theirs);
        }
        Ok(Reply::Done)
    }

    /// Checks that the user exists. After a restart a user may be known only through stored entries.
    pub(in crate::room::hub) fn know(&self, user: UserId) -> Result<(), Refusal> {
        let known = self.people.person(user).is_some() || !self.rooms_of(user).is_empty();
        let may_be = || self.rooms.ids().any(|room| self.has_older(room));
        if known || may_be() {
            return Ok(());
        }
        Err(Refusal::new(Code::UnknownUser, "no known person has that id"))
    }

    /// Whether the store has entries of a room that the log has dropped.
    fn has_older(&self, room: RoomId) -> bool {
        let room = self.rooms.get(room);
        self.persists && room.stored_from < room.log.oldest()
    }

    /// Rooms where the person is a member, or that have the person's messages in the log or the queue.
    pub(in crate::room::hub) fn rooms_of(&self, user: UserId) -> Vec<RoomId> {
        let here = |room: &RoomId| {
            let room = self.rooms.get(*room);
            room.has(user) || room.policy.known.contains(&user) || room.policy.held.has(user) || room.has_author(user)
        };
        self.rooms.ids().filter(here).collect()
    }

    /// Replaces entries in the logs, then tells clients to remove them.
    fn redact(&mut self, now: Now, room: RoomId, what: Hide, hidden: Vec<Entry>) {
        let state = self.rooms.get_mut(room);
        let to = state.log.head();
        let entries: Vec<_> = hidden.into_iter().map(Arc::new).collect();
        for entry in &entries {
            let log = &state.log;
            if let Some(original) = log
                .get(entry.seq)
                .or_else(|| log.controls_in(entry.seq, entry.seq).next())
            {
                let original = original.clone();
                state.policy.keep_hidden(original);
            }
            state.log.replace(entry.clone());
        }
        let (name, epoch) = (state.name.clone(), state.epochs.epoch);
        self.outputs.push_back(Output::Redact {
            room,
            name,
            epoch,
            what,
            to,
            entries: entries.into(),
        });
        self.append_as_organizer(now, room, Body::Control(Control::Hide { what }));
        self.hide_on_board(now, room, what);
    }

    pub(in crate::room::hub) fn moderated(
        &mut self,
        now: Now,
        room: RoomId,
        did: Measure,
        user: UserId,
        seconds: Option<u32>,
    ) {
        self.append_as_organizer(now, room, Body::Control(Control::Moderated { did, user, seconds }));
    }
}
