//! What waits to be approved.

use super::{
    Held, Model,
    orders::{text_of, words_of},
};
use chatterbox::room::{Body, Refusal, Reply, RoomName, Said, UserId};

impl Model {
    pub fn forget_held(&mut self, room: &RoomName, user: UserId) {
        let held = std::mem::take(&mut self.room(room).held);
        for held in held {
            match held.user == user {
                true => self.forget(room, held),
                false => self.room(room).held.push_back(held),
            }
        }
    }

    pub fn check_held(&mut self, room: &RoomName, reply: &Result<Reply, Refusal>) -> Result<(), String> {
        let Ok(Reply::HeldItems { items }) = reply else {
            return Err("no list".into());
        };
        let state = self.room(room);
        if items.len() != state.held.len() {
            return Err(format!("{} things wait", state.held.len()));
        }
        for (item, held) in items.iter().zip(&mut state.held) {
            let gift = match &held.body {
                Body::Said(Said::Gift { name, .. }) => Some(name.clone()),
                _ => None,
            };
            let number = *held.number.get_or_insert(item.number);
            let same = (item.from.id, &item.text, &item.gift, item.number);
            if same != (held.user, &text_of(&held.body), &gift, number) || state.gone.contains(&number) {
                return Err(format!("{item:?} is {number} of {}, {:?}", held.user, held.body));
            }
        }
        Ok(())
    }

    pub fn take_held(&mut self, room: &RoomName, number: u64) -> Option<Held> {
        let room = self.room(room);
        let at = room.held.iter().position(|held| held.number == Some(number));
        room.gone.insert(number);
        room.held.remove(at?)
    }

    pub fn approve(&mut self, room: &RoomName, number: u64) {
        if let Some(held) = self.take_held(room, number) {
            self.show(room, held.user, held.skip, held.body);
        }
    }

    /// Gifts that are not given do not count; what was held is never shown.
    pub fn forget(&mut self, room: &RoomName, held: Held) {
        self.secrets.insert((room.clone(), words_of(&held.body)));
        let state = self.room(room);
        state.gone.extend(held.number);
        if let Body::Said(Said::Gift { count, .. }) = held.body {
            *state.given.entry(held.user).or_default() -= u64::from(count);
        }
    }
}
