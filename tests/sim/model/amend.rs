//! What people change and take back of their own messages.

use super::{
    Answer, Asker, Model,
    hiding::hidden,
    made_id,
    reasons::{Perhaps, Reasons},
};
use chatterbox::room::{Body, Code, Control, Entry, MsgId, Pin, Reply, RoomId, Said, Seq};

impl Model {
    pub(super) fn edit(&mut self, asker: &Asker, id: &MsgId, said: &Said) -> Answer {
        let body = Body::Said(said.clone());
        let (waits, _) = self.waits(asker, said);
        let mut reasons = self.speaking(asker, &body, waits);
        reasons.add(waits == Perhaps::Yes, Code::NotAllowed);
        reasons.may(waits == Perhaps::Maybe, Code::NotAllowed);
        let own = self.own(asker, id, &mut reasons);
        let old = own.map(|(room, seq)| self.room(room).at(seq).body.clone());
        let is_chat = matches!(old, Some(Body::Said(Said::Chat { .. })));
        reasons.add(old.is_some() && !is_chat, Code::BadRequest);
        self.decide(&reasons)?;
        let (room, seq) = own.expect("it was found");
        let (Some(Body::Said(old)), mut new) = (old, said.clone()) else {
            return Ok(Reply::Done);
        };
        new.set_reference(old.reference().cloned());
        new.mark_edited();
        if new != old {
            let text = new.text().map(Into::into);
            let entry = Entry {
                body: Body::Said(new),
                ..Entry::clone(self.room(room).at(seq))
            };
            self.amend(asker, room, entry, Control::Edit { seq });
            if let Some((pin, _)) = &mut self.room_mut(room).pin
                && pin.seq == Some(seq)
            {
                pin.text = text;
                let told = Some(Pin {
                    seq: Some(seq),
                    text: None,
                });
                self.change(room, Control::Pin { pin: told });
            }
        }
        Ok(Reply::Done)
    }

    pub(super) fn retract(&mut self, asker: &Asker, id: &MsgId) -> Answer {
        let mut reasons = self.acting(asker);
        let own = self.own(asker, id, &mut reasons);
        let old = own.map(|(room, seq)| self.room(room).at(seq).clone());
        let is_kept = |body: &Body| {
            !matches!(
                body,
                Body::Said(Said::Chat { .. } | Said::Question { .. }) | Body::Hidden { .. }
            )
        };
        reasons.add(old.as_ref().is_some_and(|old| is_kept(&old.body)), Code::BadRequest);
        self.decide(&reasons)?;
        let ((room, seq), old) = (own.expect("it was found"), old.expect("it was found"));
        let Some(entry) = hidden(&old) else {
            return Ok(Reply::Done);
        };
        self.amend(asker, room, entry, Control::Retract { seq });
        let state = self.room_mut(room);
        state.retracted.insert(seq);
        let question = state.questions.remove(&seq);
        state.hidden_questions.extend(question.map(|question| (seq, question)));
        if state.pin.take_if(|(pin, _)| pin.seq == Some(seq)).is_some() {
            self.change(room, Control::Pin { pin: None });
        }
        Ok(Reply::Done)
    }

    /// The newest message of the asker with the id, if the log has it and it may still be changed.
    fn own(&self, asker: &Asker, id: &MsgId, reasons: &mut Reasons) -> Option<(RoomId, Seq)> {
        let own = asker.room.and_then(|room| {
            let state = self.room(room);
            let mut all = state.entries.iter().rev();
            let entry = all.find(|entry| entry.id == *id && entry.from.id == asker.user)?;
            let operators = matches!(entry.body, Body::Hidden { .. }) && !state.retracted.contains(&entry.seq);
            (entry.seq >= state.oldest && !operators).then_some((room, entry.seq))
        });
        reasons.add(own.is_none(), Code::UnknownMessage);
        let (room, seq) = own?;
        let state = self.room(room);
        let age = self.now.wall_ms.max(state.last_at) - state.at(seq).at;
        reasons.add(age >= self.limits.edit_ms, Code::NotAllowed);
        Some((room, seq))
    }

    fn amend(&mut self, asker: &Asker, room: RoomId, entry: Entry, control: Control) {
        let from = self.public(asker.user);
        self.room_mut(room).replace(entry.seq, entry);
        self.put(room, made_id(), from, None, Body::Control(control), true);
    }
}
