//! Lets people change and take back their own messages, for `limits.edit_ms` after sending and while the log has them.
//!
//! The path is that of a message ([`Hub::say`](super::say)): shape → place → admission → rate → policy; then the entry at the old position is
//! replaced, and the log tells it. Names and meaning follow XMPP (XEP-0308, last message correction; XEP-0424, message retraction).

use std::sync::Arc;

use crate::room::hub::{membership::people::Charge, moderation::verdict::Verdict, state::Asker, state::Hub};
use crate::room::{Body, Code, Control, Entry, Hide, MsgId, Now, Output, Pin, Refusal, Reply, RoomId, Said};

impl Hub {
    /// Changes an own message. A repeated change is answered as the first one, while its text stands.
    pub(in crate::room::hub) fn edit(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        id: &MsgId,
        mut said: Said,
    ) -> Result<Reply, Refusal> {
        self.check_length(said.texts().iter().map(|text| text.len()).sum())?;
        let (room, original) = self.own(now, asker, id)?;
        self.may_say(now, asker, Some(room))?;
        let Some(old) = original.body.said().filter(|said| said.is_editable()) else {
            return Err(Refusal::new(Code::BadRequest, "only a chat message can be changed"));
        };
        self.charge(asker, Charge::Message, now)?;
        if self.verdict(asker.user, Some(room), &said.texts())? != Verdict::Shown {
            let message =
                "what people write waits for approval in this room, and a change can't: take it back and say it anew";
            return Err(Refusal::new(Code::NotAllowed, message));
        }
        said.set_reference(old.reference().cloned());
        said.mark_edited();
        if *old == said {
            return Ok(self.amended(room, &original));
        }
        let entry = Arc::new(Entry {
            body: Body::Said(said),
            ..Entry::clone(&original)
        });
        let reply = self.amended(room, &entry);
        let seq = entry.seq;
        self.append_as(now, asker, room, Control::Edit { seq });
        self.edit_pin(now, room, &entry);
        Ok(reply)
    }

    /// Takes an own message back. A repeated retraction is answered as the first one.
    pub(in crate::room::hub) fn retract(&mut self, now: Now, asker: Asker<'_>, id: &MsgId) -> Result<Reply, Refusal> {
        let (room, original) = self.own(now, asker, id)?;
        self.may_act(now, asker, Some(room))?;
        self.charge(asker, Charge::Message, now)?;
        let hidden = match &original.body {
            Body::Said(said) if said.is_retractable() => original.hidden(),
            Body::Said(_) | Body::Control(_) => {
                return Err(Refusal::new(Code::BadRequest, "that can't be taken back"));
            }
            Body::Hidden { .. } => return Ok(self.amended(room, &original)),
        };
        let entry = Arc::new(hidden.expect("a message can be hidden"));
        let reply = self.amended(room, &entry);
        let seq = entry.seq;
        self.append_as(now, asker, room, Control::Retract { seq });
        self.hide_on_board(now, room, Hide::Entry { seq });
        Ok(reply)
    }

    /// Finds an own message of the room's log that may still be changed: the newest one with the id.
    fn own(&self, now: Now, asker: Asker<'_>, id: &MsgId) -> Result<(RoomId, Arc<Entry>), Refusal> {
        let unknown = || {
            Refusal::new(
                Code::UnknownMessage,
                "this room has no message of yours of that id (any more)",
            )
        };
        let room = self.room_to_read(asker.room)?.ok_or_else(unknown)?;
        let state = self.rooms.get(room);
        let mut log = state.log.iter_from(0).rev();
        let own = log.find(|entry| entry.id == *id && entry.from.id == asker.user);
        let original = own.ok_or_else(unknown)?;
        // What operators hid is theirs to show again.
        let retracted =
            |entry: &Arc<Entry>| matches!(entry.body, Body::Control(Control::Retract { seq }) if seq == original.seq);
        if matches!(original.body, Body::Hidden { .. }) && !state.log.iter_from(original.seq).any(retracted) {
            return Err(unknown());
        }
        if state.clock(now).saturating_sub(original.at) >= self.limits.edit_ms {
            return Err(Refusal::new(
                Code::NotAllowed,
                "the time to change that message is over",
            ));
        }
        Ok((room, original.clone()))
    }

    /// Puts an entry at its old position, in the logs and on disk. A repeated change is stored again: its first answer may still wait.
    fn amended(&mut self, room: RoomId, entry: &Arc<Entry>) -> Reply {
        self.rooms.get_mut(room).log.replace(entry.clone());
        self.outputs.push_back(Output::Amend {
            room,
            entry: entry.clone(),
        });
        let (seq, id) = (entry.seq, entry.id.clone());
        Reply::Amended { seq, id }
    }

    /// Appends a change that a person made to an own message.
    fn append_as(&mut self, now: Now, asker: Asker<'_>, room: RoomId, control: Control) {
        let (id, from) = (self.make_id(), self.person(asker.user));
        let entry = self
            .rooms
            .get_mut(room)
            .append(now, id, from, None, Body::Control(control));
        self.push_append(room, entry);
    }

    /// A pinned message is pinned with its new text.
    fn edit_pin(&mut self, now: Now, room: RoomId, entry: &Entry) {
        let pin = self.rooms.get(room).board.pin.clone();
        if let Some((Pin { seq: Some(seq), .. }, user)) = pin
            && seq == entry.seq
        {
            let text = entry.body.said().and_then(Said::text).map(Into::into);
            self.set_pin(now, room, Some((Pin { seq: Some(seq), text }, user)));
        }
    }
}
