//! Changes a room's settings, and finds the rooms that a person has to do with. A room's tables have their bounds in `policy`.

use crate::room::hub::{state::Hub, state::Sweep};
use crate::{
    limits,
    room::{
        Body, Code, Control, Measure, MsgId, Now, Person, Refusal, Reply, Role, RoomId, RoomName, Seq, Settings,
        SettingsChange, UserId, UserName,
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

    /// Checks that the user exists. After a restart a user may be known only through stored entries.
    pub(in crate::room::hub) fn know(&self, user: UserId) -> Result<(), Refusal> {
        let known = self.people.person(user).is_some() || self.rooms.ids().any(|room| self.concerns(room, user));
        let may_be = || self.rooms.ids().any(|room| self.has_older(room));
        if known || may_be() {
            return Ok(());
        }
        Err(Refusal::new(Code::UnknownUser, "no known person has that id"))
    }

    /// Whether the store has entries of a room that the log has dropped.
    pub(in crate::room::hub) fn has_older(&self, room: RoomId) -> bool {
        let room = self.rooms.get(room);
        self.persists && room.stored_from < room.log.oldest()
    }

    /// Rooms where the person is a member, or that have the person's messages in the log or the queue.
    pub(in crate::room::hub) fn rooms_of(&self, user: UserId) -> Vec<RoomId> {
        self.rooms.ids().filter(|&room| self.concerns(room, user)).collect()
    }

    /// Whether the person is a member of a room, or has messages in its log or its queue.
    pub(in crate::room::hub) fn concerns(&self, room: RoomId, user: UserId) -> bool {
        let room = self.rooms.get(room);
        room.has(user) || room.policy.known.contains(&user) || room.policy.held.has(user) || room.said_by(user) > 0
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
