//! Hides messages, one or all of a person, and shows hidden ones again. What concerns all rooms goes on in slices, see `sweep`.

use std::sync::Arc;

use crate::room::hub::state::{Hiding, Hub, Outcome, Sweep};
use crate::{
    limits,
    room::{
        Body, Code, Control, Entry, Epoch, HeldItem, Hide, Now, Output, Refusal, Reply, ReplyTo, RoomId, RoomName, Seq,
        UserId, UserName,
    },
};

impl Hub {
    pub(in crate::room::hub) fn hide(&mut self, now: Now, name: &RoomName, seq: Seq) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let log = &self.rooms.get(room).log;
        if seq == 0 || seq > log.head() {
            return Err(Refusal::new(Code::BadRequest, "nothing of that number was said"));
        }
        let entry = log.get(seq).or_else(|| log.controls_in(seq, seq).next());
        let original = match entry.map(|entry| (entry, &entry.body)) {
            Some((_, Body::Hidden { .. })) => return Ok(Reply::Done),
            Some((_, Body::Control(_))) => {
                return Err(Refusal::new(Code::BadRequest, "that is nothing that was said"));
            }
            Some((entry, Body::Said(_))) => Some(entry.clone()),
            None => None,
        };
        self.redact(now, room, Hide::Entry { seq }, original.into_iter().collect());
        Ok(Reply::Done)
    }

    /// Answers with the newest [`limits::UNHIDE`] hidden messages that can be shown again, newest first.
    pub(in crate::room::hub) fn hidden(&self, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let newest = self.rooms.get(room).policy.hidden.iter().rev();
        let items = newest
            .filter(|entry| self.still_has(room, entry.seq))
            .filter_map(|entry| HeldItem::of(entry))
            .take(limits::UNHIDE)
            .collect();
        Ok(Reply::HeldItems { items })
    }

    /// Takes the originals of entries that the log had dropped before they were hidden, so that they can be listed and shown again. `to` is
    /// the number of the newest entry that may have been hidden with them.
    pub(in crate::room::hub) fn hidden_older(
        &mut self,
        name: &RoomName,
        epoch: Epoch,
        to: Seq,
        originals: Vec<Arc<Entry>>,
    ) {
        let Some(room) = self.rooms.find(name) else { return };
        if self.rooms.get(room).epochs.epoch != epoch {
            return;
        }
        for original in originals {
            if self.still_has(room, original.seq) && !self.rooms.get(room).policy.hidden.has(original.seq) {
                self.rooms.get_mut(room).policy.hidden.keep(original, to + 1);
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
        let hidden = &self.rooms.get(room).policy.hidden;
        let original = hidden.iter().find(|entry| entry.seq == seq);
        let unknown = || Refusal::new(Code::UnknownMessage, "nothing of that number can be shown again");
        let original = original.ok_or_else(unknown)?;
        self.check_question_back(room, original)?;
        let original = self.rooms.get_mut(room).policy.hidden.take(seq).ok_or_else(unknown)?;
        if !self.still_has(room, seq) {
            return Err(unknown());
        }
        self.reveal(room, &original);
        let what = Hide::Entry { seq };
        self.append_as_organizer(now, room, Body::Control(Control::Unhide { what }));
        // A question is back with its upvotes; a pin must be set again.
        self.put_on_board(now, room, &original);
        Ok(Reply::Done)
    }

    /// Shows a person's hidden messages of one room again: those that the entry `hide` has hidden, or all. Questions without a row on the
    /// board stay hidden.
    pub(in crate::room::hub) fn unhide_person(
        &mut self,
        now: Now,
        name: &RoomName,
        user: UserId,
        hide: Option<Seq>,
    ) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let originals = self.rooms.get_mut(room).policy.hidden.take_of(user, hide);
        let mut shown = 0;
        for original in originals {
            if !self.still_has(room, original.seq) {
                continue;
            }
            if self.check_question_back(room, &original).is_err() {
                self.rooms
                    .get_mut(room)
                    .policy
                    .hidden
                    .keep(original, hide.unwrap_or_default());
                continue;
            }
            self.reveal(room, &original);
            self.put_on_board(now, room, &original);
            shown += 1;
        }
        if shown > 0 {
            let what = Hide::Person { user };
            self.append_as_organizer(now, room, Body::Control(Control::Unhide { what }));
        }
        Ok(Reply::ShownAgain { shown })
    }

    /// Puts an original back into the log.
    fn reveal(&mut self, room: RoomId, original: &Arc<Entry>) {
        let entry = original.clone();
        self.rooms.get_mut(room).log.replace(entry.clone());
        self.outputs.push_back(Output::Reveal { room, entry });
    }

    /// Hides all earlier messages of a person, in one room or in all rooms that may have such messages in the log or on disk.
    pub(in crate::room::hub) fn hide_person(
        &mut self,
        now: Now,
        to: ReplyTo,
        name: Option<&RoomName>,
        user: UserId,
    ) -> Result<Outcome, Refusal> {
        if let Some(name) = name {
            let room = self.known_room(name)?;
            let (hidden, seq) = self.hide_in(now, room, user);
            let seq = Some(seq);
            return Ok(Reply::MessagesHidden { hidden, seq }.into());
        }
        if self.hiding.len() >= limits::HIDINGS {
            let message = "the messages of too many people are being hidden; please try again";
            return Err(Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS));
        }
        let what = Hide::Person { user };
        let parked: Vec<_> = self.rooms.parked().redactions(what).collect();
        self.outputs.extend(parked);
        self.hiding.push_back(Hiding {
            user,
            to,
            from: 0,
            hidden: 0,
        });
        self.sweep(now, Sweep::Hiding);
        Ok(Outcome::Later)
    }

    /// Hides the messages of the first person in [`Hub::hiding`] in the next rooms; after the last room the command is answered.
    pub(in crate::room::hub) fn hide_on(&mut self, now: Now) {
        let Some(mut hiding) = self.hiding.pop_front() else {
            return;
        };
        let user = hiding.user;
        let rooms = self.rooms.ids().filter(|room| u64::from(room.0) >= hiding.from);
        let rooms: Vec<_> = rooms
            .filter(|&room| self.concerns(room, user) || self.has_older(room))
            .collect();
        let mut hidden = 0;
        for (count, &room) in rooms.iter().enumerate() {
            let here = self.rooms.get(room).said_by(user);
            if count >= limits::SWEPT_ROOMS || (hidden > 0 && hidden + here > limits::SWEPT_HIDDEN) {
                hiding.from = room.0.into();
                hiding.hidden += hidden;
                self.hiding.push_front(hiding);
                break;
            }
            hidden += self.hide_in(now, room, user).0;
            if count + 1 == rooms.len() {
                hiding.hidden += hidden;
                self.answer_hiding(&hiding);
            }
        }
        if rooms.is_empty() {
            self.answer_hiding(&hiding);
        }
        if !self.hiding.is_empty() {
            self.sweeps.push_front((Sweep::Hiding, 0));
        }
    }

    /// Answers a command that hides messages in all rooms, if its connection is still there.
    pub(in crate::room::hub) fn answer_hiding(&mut self, hiding: &Hiding) {
        if matches!(hiding.to, ReplyTo::Conn(conn, _) if !self.has(conn)) {
            return;
        }
        let (hidden, seq) = (hiding.hidden, None);
        self.answer(hiding.to, Ok(Reply::MessagesHidden { hidden, seq }));
    }

    /// Hides the messages of a person in one room, also those that wait for approval. Gives the number of those in the log, and the number
    /// of the entry `hide`.
    fn hide_in(&mut self, now: Now, room: RoomId, user: UserId) -> (usize, Seq) {
        self.decide_held(now, room, user, false);
        let state = self.rooms.get(room);
        let dropped = state.log.controls_in(0, state.log.oldest().saturating_sub(1));
        let in_log = state.log.iter_from(0).filter(|entry| entry.from.id == user);
        let all = dropped
            .filter(|entry| entry.from.id == user)
            .chain(in_log.take(state.said_by(user)));
        let theirs: Vec<_> = all.filter(|entry| entry.body.said().is_some()).cloned().collect();
        let hidden = theirs.len();
        (hidden, self.redact(now, room, Hide::Person { user }, theirs))
    }

    /// Replaces entries in the logs, then tells clients to remove them. Gives the number of the entry `hide`.
    fn redact(&mut self, now: Now, room: RoomId, what: Hide, originals: Vec<Arc<Entry>>) -> Seq {
        let state = self.rooms.get_mut(room);
        let to = state.log.head();
        let author = originals.first().map(|original| original.from.id);
        let name = author.map(UserName::made_up);
        let entries: Vec<_> = originals
            .iter()
            .zip(name.iter().cycle())
            .filter_map(|(original, name)| original.hidden_as(name.clone()))
            .map(Arc::new)
            .collect();
        for (entry, original) in entries.iter().zip(originals) {
            state.policy.hidden.keep(original, to + 1);
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
        let (seq, ..) = self.append_as_organizer(now, room, Body::Control(Control::Hide { what }));
        self.hide_on_board(now, room, what);
        seq
    }
}
