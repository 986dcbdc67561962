//! What people ask about a room.

use super::{Answer, Asker, Model, Purses};
use chatterbox::{
    limits,
    room::{Reply, Seq},
};

impl Model {
    pub(super) fn history(&mut self, asker: &Asker, before: Option<Seq>, limit: Option<usize>) -> Answer {
        self.decide(&self.entering(asker.user, asker.room))?;
        self.take(asker, Purses::Requests)?;
        let limit = limit.unwrap_or(limits::HISTORY_ENTRIES).min(limits::HISTORY_ENTRIES);
        let (mut entries, mut more) = (Vec::new(), false);
        if let Some(room) = asker.room.map(|id| self.room(id)) {
            let to = before.map_or(room.head(), |before| room.head().min(before.saturating_sub(1)));
            let stored_from = if self.stores { 1 } else { room.oldest };
            let shown = (stored_from..=to).rev().map(|seq| room.at(seq));
            let mut shown = shown.filter(|entry| entry.skip != Some(asker.user));
            entries.extend(shown.by_ref().take(limit).cloned());
            entries.reverse();
            // Where the log has as many as were asked for, only numbers tell whether the store has more.
            let full = entries.len() == limit && entries.first().is_none_or(|first| first.seq >= room.oldest);
            let in_log = shown.next().map(|next| next.seq);
            more = match in_log.filter(|seq| *seq >= room.oldest) {
                Some(_) => true,
                None if full => stored_from < room.oldest.min(to + 1),
                None => in_log.is_some(),
            };
        }
        Ok(Reply::History { entries, more })
    }

    pub(super) fn who(&mut self, asker: &Asker) -> Answer {
        self.decide(&self.entering(asker.user, asker.room))?;
        self.take(asker, Purses::Requests)?;
        let users = asker.room.map_or(Vec::new(), |room| self.room(room).users());
        let online = users.len();
        let mut people: Vec<_> = users.into_iter().map(|user| self.public(user)).collect();
        people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        people.truncate(limits::WHO_PEOPLE);
        Ok(Reply::Who { people, online })
    }
}
