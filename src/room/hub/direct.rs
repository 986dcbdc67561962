//! Private messages between two people, and reactions. Neither is an entry of a room's log: a private message goes only to its receiver's
//! connections, and reactions are counted (`limits::REACTIONS`).

use std::sync::Arc;

use crate::room::hub::{membership::people::Charge, state::Asker, state::Hub};
use crate::room::{Code, Direct, MsgId, Now, Output, Refusal, Reply, Token, UserId, dedup::Accepted};

impl Hub {
    pub(in crate::room::hub) fn dm(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        to: UserId,
        (text, re): (Box<str>, Option<MsgId>),
        id: Option<MsgId>,
    ) -> Result<Reply, Refusal> {
        self.check_length(text.len())?;
        let targets: Vec<_> = self.people.conns(to).collect();
        if let Some(id) = id.as_ref()
            && let Some(accepted) = self.private.get(asker.user, id)
        {
            return Ok(Reply::Delivered {
                id: id.clone(),
                at: accepted.at,
                connections: targets.len(),
            });
        }
        let room = self.place_of(asker);
        self.may_act(now, asker, room)?;
        if targets.is_empty() {
            return Err(Refusal::new(Code::UnknownUser, "no person with that id is here"));
        }
        self.charge_private(asker, to, &text, now)?;
        self.takes_private(asker.user, room, &text)?;
        let at = now.wall_ms;
        if let Some(id) = &id {
            let accepted = Accepted { seq: None, at };
            self.private.insert(asker.user, id.clone(), accepted);
        }
        let id = id.unwrap_or_else(|| self.make_id());
        let dm = Arc::new(Direct::Dm {
            from: self.person(asker.user),
            to,
            text,
            re,
            id: id.clone(),
            at,
        });
        let connections = targets.len();
        let mut receivers = targets;
        if asker.user != to {
            // The sender's other tabs show the message, too.
            receivers.extend(self.people.conns(asker.user).filter(|conn| Some(*conn) != asker.conn));
        }
        let outputs = receivers.into_iter().map(|conn| Output::Direct {
            conn,
            direct: dm.clone(),
        });
        self.outputs.extend(outputs);
        Ok(Reply::Delivered { id, at, connections })
    }

    pub(in crate::room::hub) fn react(&mut self, now: Now, asker: Asker<'_>, emoji: Token) -> Result<Reply, Refusal> {
        let Some(room) = self.room_to_read(asker.room)? else {
            return Err(Refusal::new(Code::UnknownRoom, "there is no such room to react in"));
        };
        self.may_act(now, asker, Some(room))?;
        self.charge(asker, Charge::Reaction, now)?;
        self.takes_reaction(asker.user, room, emoji.as_str())?;
        let most = self.devices.reactions();
        let state = self.rooms.get_mut(room);
        let is_new = !state.tally.counts().contains_key(&emoji);
        if is_new && state.kinds_by.get(&asker.device).is_some_and(|kinds| *kinds >= most) {
            let message = "enough kinds of reactions came from where you are";
            return Err(Refusal::new(Code::Full, message));
        }
        let counted = state.tally.add(emoji);
        counted.map_err(|_| Refusal::new(Code::Full, "too many kinds of reactions in this room"))?;
        if is_new {
            *state.kinds_by.entry(asker.device).or_default() += 1;
        }
        self.latest_changed(now, room);
        Ok(Reply::Counted)
    }
}
