//! The path of a message into a room, the same for every kind: shape → duplicate → admission → rate → policy → log, approval queue or echo
//! → effects. A refusal at any step changes only the sender's rate. The queue is bounded by [`crate::limits::APPROVAL_QUEUE`], the log by
//! its ring.

use std::sync::Arc;

use crate::room::hub::{
    membership::people::Charge, moderation::verdict::Verdict, state::Asker, state::CommandRoom, state::Hub,
};
use crate::room::{
    Audience, Body, Code, ConnId, Direct, Effect, Entry, Key, MsgId, Now, Output, Person, Reference, Refusal, Reply,
    RoomId, RoomName, Said, Say, UserId, dedup::Accepted, persist,
};

impl Hub {
    /// Runs a message through all steps, from the duplicate check to its effects; returns the answer for its sender.
    pub(in crate::room::hub) fn say(&mut self, now: Now, asker: Asker<'_>, say: Say) -> Result<Reply, Refusal> {
        let Say {
            room: named,
            mut said,
            re,
            id,
            audience,
        } = say;
        let room = self.room_to_read(asker.room)?;
        self.check_named(asker, room, named.as_ref())?;
        self.check_shape(room, &said)?;
        if let Some(reply) = self.repeated(room, asker.user, id.as_ref()) {
            return Ok(reply);
        }
        self.check_effect(asker, room, &said)?;
        self.may_say(now, asker, room)?;
        said.set_reference(self.referred(room, re.as_ref())?);
        self.charge(asker, Charge::Message, now)?;
        let verdict = self.verdict(asker.user, room, &said.texts())?;
        let skip = (audience == Audience::Others).then_some(asker.user);
        let gift = match said.effect() {
            Effect::Gift { count, to } if audience != Audience::Me => Some((count, to)),
            Effect::Gift { .. } | Effect::None | Effect::Question { .. } | Effect::Announce => None,
        };
        let reply = match (audience, verdict) {
            (Audience::Me, _) => self.echo(now, asker, room, said, id)?,
            (Audience::Room | Audience::Others, Verdict::Shown) => self.append(now, asker, id, skip, said)?,
            (Audience::Room | Audience::Others, Verdict::Held | Verdict::HeldAsNew) => {
                self.hold(now, asker, id, skip, verdict, said)?
            }
        };
        self.start_wait(now, asker, room);
        if let Some((count, to)) = gift {
            self.gave(asker, count, to.filter(|_| verdict == Verdict::Shown))?;
        }
        Ok(reply)
    }

    /// Checks that the client is in the room that its message names; a message that names none (`None`) passes.
    fn check_named(&self, asker: Asker<'_>, room: Option<RoomId>, named: Option<&RoomName>) -> Result<(), Refusal> {
        let here = match asker.room {
            CommandRoom::Named(name) => Some(name),
            CommandRoom::Nowhere | CommandRoom::Joined(_) => room.map(|id| &self.rooms.get(id).name),
        };
        if named.is_some_and(|named| Some(named) != here) {
            return Err(Refusal::new(Code::NotInRoom, "you are not in that room"));
        }
        Ok(())
    }

    /// Checks that lengths and numbers are within their bounds, independent of the room's state.
    fn check_shape(&self, room: Option<RoomId>, said: &Said) -> Result<(), Refusal> {
        match said.effect() {
            Effect::None => self.check_length(said.texts().iter().map(|text| text.len()).sum()),
            Effect::Gift { count, .. } => self.check_gift_count(count),
            Effect::Question { text } => Self::check_question(room, text),
            Effect::Announce => Err(Refusal::new(Code::NotAllowed, "the organizer alone announces")),
        }
    }

    /// Checks that the message's effect is possible: the sender's remaining gifts, a free row for a question, or the right to announce.
    fn check_effect(&self, asker: Asker<'_>, room: Option<RoomId>, said: &Said) -> Result<(), Refusal> {
        match said.effect() {
            Effect::None | Effect::Announce => Ok(()),
            Effect::Gift { count, to } => self.check_gift(asker, room, count, to),
            Effect::Question { .. } => self.check_question_place(asker, room),
        }
    }

    /// Finds the original of a reply in the room's log; `None` for a message that is no reply. If several entries have the id, the oldest one
    /// counts, so that a later message can't redirect a reply.
    fn referred(&self, room: Option<RoomId>, re: Option<&MsgId>) -> Result<Option<Reference>, Refusal> {
        let Some(id) = re else { return Ok(None) };
        let mut log = room.iter().flat_map(|room| self.rooms.get(*room).log.iter_from(0));
        let original = log
            .find(|entry| entry.id == *id)
            .filter(|entry| entry.body.said().is_some());
        let original = original.ok_or_else(|| {
            Refusal::new(
                Code::UnknownMessage,
                "this room has no message of that id to reply to (any more)",
            )
        })?;
        let (seq, id) = (original.seq, id.clone());
        Ok(Some(Reference { seq, id }))
    }

    /// Starts the sender's waiting time in slow mode; does nothing without a room.
    fn start_wait(&mut self, now: Now, asker: Asker<'_>, room: Option<RoomId>) {
        if let Some(room) = room {
            let device = (!self.devices.is_shared()).then_some(asker.device);
            self.rooms.get_mut(room).policy.said(asker.user, device, now);
        }
    }

    /// The original answer to a repeated message; `None` if the message is new. A repeat costs nothing and changes nothing.
    fn repeated(&self, room: Option<RoomId>, user: UserId, id: Option<&MsgId>) -> Option<Reply> {
        let state = self.rooms.get(room?);
        let Some(Accepted { seq, at }) = state.accepted(user, id) else {
            return state.policy.held.repeated(user, id?);
        };
        Some(Reply::Sent {
            seq,
            id: id?.clone(),
            at,
            duplicate: true,
        })
    }

    fn append(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        id: Option<MsgId>,
        skip: Option<UserId>,
        said: Said,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_write(asker)?;
        let from = self.person(asker.user);
        let (id, chosen) = self.chosen_or_made(id);
        let source = self.source(asker.device);
        let state = self.rooms.get_mut(room);
        state.policy.greet(asker.user, source);
        let entry = state.append(now, id.clone(), from, skip, Body::Said(said));
        if chosen {
            let (seq, at) = (Some(entry.seq), entry.at);
            state.dedup.insert(asker.user, id, Accepted { seq, at });
        }
        Ok(self.publish(now, room, entry))
    }

    /// Sends an entry that was just appended to the log to all followers of the log.
    pub(in crate::room::hub) fn publish(&mut self, now: Now, room: RoomId, entry: Arc<Entry>) -> Reply {
        let reply = Reply::Sent {
            seq: Some(entry.seq),
            id: entry.id.clone(),
            at: entry.at,
            duplicate: false,
        };
        self.push_append(room, entry.clone());
        self.put_on_board(now, room, &entry);
        reply
    }

    /// Emits an entry that was just appended to the log. The first entry of a log makes the store know the room, so it also writes the
    /// room's counts of reactions: the store may still have those of an earlier run, in which nothing was said there.
    pub(in crate::room::hub) fn push_append(&mut self, room: RoomId, entry: Arc<Entry>) {
        if entry.seq == 1 {
            self.persist(Key::Tally(entry.room.clone()), |hub| {
                let counts = hub.rooms.get(room).tally.counts();
                (!counts.is_empty()).then(|| persist::tally_value(counts))
            });
        }
        self.outputs.push_back(Output::Append { room, entry });
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
            // The receiver is away.
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
            state.dedup.insert(asker.user, id.clone(), Accepted { seq: None, at });
        }
        let echo = Arc::new(Direct::Echo {
            room: state.name.clone(),
            from,
            said,
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

    /// The sender's id, or a new one if it sent none, and whether the sender chose it. Only chosen ids are remembered, because made ones are unique.
    pub(in crate::room::hub) fn chosen_or_made(&mut self, id: Option<MsgId>) -> (MsgId, bool) {
        match id {
            Some(id) => (id, true),
            None => (self.make_id(), false),
        }
    }

    /// Makes a unique id for a message that its sender sent without one.
    pub(in crate::room::hub) fn make_id(&mut self) -> MsgId {
        self.ids_made += 1;
        let run = self.epoch_seed & 0xff_ffff;
        MsgId::new(&format!("{run:x}-{:x}", self.ids_made)).expect("hexadecimal digits are a message id")
    }

    pub(in crate::room::hub) fn check_length(&self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.limits.text_bytes {
            let message = format!("a message may have {} bytes", self.limits.text_bytes);
            return Err(Refusal::new(Code::TooLong, message));
        }
        Ok(())
    }

    pub(in crate::room::hub) fn person(&self, user: UserId) -> Person {
        self.people.person(user).expect("whoever asks is known")
    }
}
