//! Answers what clients ask about a room (its members, older messages, the list of rooms), and changes people's names. A list has at most
//! `limits::WHO_PEOPLE` people, a page of messages `limits::HISTORY_ENTRIES` entries.

use crate::room::hub::{
    membership::people::Charge,
    moderation::words::Named,
    state::{Asker, Hub, Outcome},
};
use crate::{
    limits,
    room::{Key, Logged, Now, PageRequest, Refusal, Reply, Seq, UserId, UserName, persist},
};

impl Hub {
    pub(in crate::room::hub) fn history(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        before: Option<Seq>,
        limit: Option<usize>,
    ) -> Result<Outcome, Refusal> {
        let room = self.room_to_read(asker.room)?;
        if let Some(room) = room {
            self.rooms.get(room).policy.admits(asker.user)?;
        }
        self.charge(asker, Charge::Request, now)?;
        let limit = limit.unwrap_or(limits::HISTORY_ENTRIES).min(limits::HISTORY_ENTRIES);
        let before = before.unwrap_or(Seq::MAX);
        let log = room.map(|id| &self.rooms.get(id).log);
        let kept = log.into_iter().flat_map(|log| log.iter_from(log.oldest()).rev());
        let mut shown = kept.filter(|entry| entry.seq < before && entry.skip() != Some(asker.user));
        let mut bytes = 0;
        let mut entries = Vec::new();
        while entries.len() < limit
            && bytes < limits::HISTORY_BYTES
            && let Some(entry) = shown.next()
        {
            bytes += entry.weight();
            entries.push(entry.clone());
        }
        entries.reverse();
        let more = shown.next().is_some() || bytes >= limits::HISTORY_BYTES;
        let Some(room) = room.map(|id| self.rooms.get(id)).filter(|_| self.persists && !more) else {
            return Ok(Reply::History { entries, more }.into());
        };
        let to = before.min(room.log.oldest()).saturating_sub(1);
        let limit = limit - entries.len();
        if to < room.stored_from || limit == 0 {
            let more = to >= room.stored_from;
            return Ok(Reply::History { entries, more }.into());
        }
        Ok(Outcome::Page(PageRequest {
            room: room.name.clone(),
            epoch: room.epochs.epoch,
            to,
            limit,
            user: asker.user,
            newer: entries,
        }))
    }

    pub(in crate::room::hub) fn who(&mut self, now: Now, asker: Asker<'_>) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.room)?;
        if let Some(room) = room {
            self.rooms.get(room).policy.admits(asker.user)?;
        }
        self.charge(asker, Charge::Request, now)?;
        let Some(room) = room.map(|id| self.rooms.get(id)) else {
            return Ok(Reply::Who {
                people: Vec::new(),
                online: 0,
            });
        };
        let first = room.people().take(limits::WHO_PEOPLE);
        let people = first.filter_map(|user| self.people.person(user)).collect();
        Ok(Reply::Who {
            people,
            online: room.online(),
        })
    }

    pub(in crate::room::hub) fn rename(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        name: UserName,
    ) -> Result<Reply, Refusal> {
        self.may_speak(now, asker.user, asker.device)?;
        self.charge(asker, Charge::Request, now)?;
        self.takes_person_name(asker.user, name.as_str(), Named::Anew)?;
        let name = self.own_name(now, (asker.user, asker.device), false, name);
        self.set_name(asker.user, name.clone());
        Ok(Reply::Renamed { name })
    }

    /// Changes a known user's name in all rooms of the user.
    pub(in crate::room::hub) fn set_name(&mut self, user: UserId, name: UserName) {
        let Some(old) = self.people.rename(user, name.clone()) else {
            return;
        };
        self.persist(Key::Person(user), |_| Some(persist::person_value(&name)));
        for conn in self.people.conns(user) {
            if let Some(room) = self.conns.get(&conn).and_then(|state| state.room) {
                // Of several connections in one room only the first finds the old name there.
                self.rooms.get_mut(room).rename(user, old.clone(), name.clone());
            }
        }
    }
}
