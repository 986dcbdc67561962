//! What waits to be approved.

use std::collections::VecDeque;

use super::{Answer, Model, hiding::text_of};
use chatterbox::room::{Body, MsgId, Reply, RoomId, Said, UserId};

/// A message that waits.
#[derive(Clone)]
pub struct Held {
    pub user: UserId,
    pub id: MsgId,
    pub body: Body,
    pub skip: Option<UserId>,
    /// As a list told it.
    pub number: Option<u64>,
    /// It waits for nothing but that its sender is let in.
    pub newcomer: bool,
}

impl Model {
    pub(super) fn forget_held(&mut self, room: RoomId, user: UserId) {
        let held = std::mem::take(&mut self.room_mut(room).held);
        let (theirs, others): (VecDeque<_>, VecDeque<_>) = held.into_iter().partition(|held| held.user == user);
        self.room_mut(room).held = others;
        for held in theirs {
            self.forget(room, held);
        }
    }

    pub(super) fn list_held(&mut self, room: RoomId) -> Answer {
        let Some(Reply::HeldItems { items }) = self.told.reply.clone() else {
            return Ok(Reply::HeldItems { items: Vec::new() });
        };
        let room = self.room_mut(room);
        let mut right = items.len() == room.held.len();
        for (item, held) in items.iter().zip(&mut room.held) {
            let gift = match &held.body {
                Body::Said(Said::Gift { name, .. }) => Some(name.clone()),
                _ => None,
            };
            let number = *held.number.get_or_insert(item.number);
            let same = (item.from.id, &item.text, &item.gift, item.number);
            right &= same == (held.user, &text_of(&held.body), &gift, number) && !room.gone.contains(&number);
        }
        if !right {
            let bodies: Vec<_> = room.held.iter().map(|held| held.body.clone()).collect();
            self.wrong(|| format!("{items:?} is not {bodies:?}"));
        }
        Ok(Reply::Done)
    }

    pub(super) fn take_held(&mut self, room: RoomId, number: u64) -> Option<Held> {
        let room = self.room_mut(room);
        let at = room.held.iter().position(|held| held.number == Some(number));
        room.gone.insert(number);
        room.held.remove(at?)
    }

    /// Gifts that are not given do not count.
    pub(super) fn forget(&mut self, room: RoomId, held: Held) {
        let room = self.room_mut(room);
        room.gone.extend(held.number);
        if let Body::Said(Said::Gift { count, .. }) = held.body {
            *room.given.entry(held.user).or_default() -= u64::from(count);
        }
    }
}
