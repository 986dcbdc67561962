//! What waits to be approved before anybody sees it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Asker, Hub, Place, rule::Way};
use crate::{
    limits,
    room::{
        Body, Code, HeldItem, Key, MsgId, Now, Output, Refusal, Reply, RoomId, RoomName, UserId, keep,
        remembered::Accepted,
    },
};

/// A room's queue, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Held>,
    /// The newest number. It is kept, so that an organizer's list from before a restart names nothing else after it.
    made: u64,
}

/// Something that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    number: u64,
    user: UserId,
    id: MsgId,
    /// The sender chose the id.
    chosen: bool,
    skip: Option<UserId>,
    at: u64,
    /// It is shown as soon as its sender is let in.
    #[serde(default)]
    as_new: bool,
    what: Saying,
}

/// What can be held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Saying {
    /// See [`Body::Chat`].
    Chat { text: Box<str>, more: Box<str> },
    /// See [`Body::Question`].
    Question { text: Box<str> },
    /// See [`Body::Gift`].
    Gift {
        name: crate::room::Token,
        count: u32,
        to: Option<UserId>,
    },
}

impl From<Saying> for Body {
    fn from(saying: Saying) -> Self {
        match saying {
            Saying::Chat { text, more } => Self::Chat { text, more },
            Saying::Question { text } => Self::Question { text },
            Saying::Gift { name, count, to } => Self::Gift { name, count, to },
        }
    }
}

impl Queue {
    /// Whether something waits that somebody said.
    pub(super) fn has(&self, user: UserId) -> bool {
        self.items.iter().any(|held| held.user == user)
    }

    /// The answer to what came under this id before and still waits.
    pub(super) fn repeated(&self, user: UserId, id: &MsgId) -> Option<Reply> {
        let held = self.items.iter().find(|held| held.user == user && held.id == *id)?;
        Some(Reply::Held { id: held.id.clone() })
    }

    fn take(&mut self, number: u64) -> Result<Held, Refusal> {
        let at = self.items.iter().position(|held| held.number == number);
        let held = at.and_then(|at| self.items.remove(at));
        held.ok_or_else(|| Refusal::new(Code::BadRequest, "nothing of that number waits"))
    }
}

impl Hub {
    /// Puts something in the queue instead of the log.
    pub(super) fn hold(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        id: Option<MsgId>,
        skip: Option<UserId>,
        way: Way,
        what: Saying,
    ) -> Result<Reply, Refusal> {
        let room = self.room_to_write(asker)?;
        if self.rooms.get(room).rule.held.items.len() >= limits::HELD {
            return Err(Refusal::retry(
                Code::Busy,
                "too much waits to be approved in this room",
                limits::BUSY_RETRY_MS,
            ));
        }
        let (id, chosen) = self.chosen_or_made(id);
        let state = self.rooms.get_mut(room);
        let at = state.clock(now);
        let queue = &mut state.rule.held;
        let last = queue.made;
        queue.made += 1;
        let was_last = (last > 0 && !queue.items.iter().any(|held| held.number == last)).then_some(last);
        let held = Held {
            number: queue.made,
            user: asker.user,
            id: id.clone(),
            chosen,
            skip,
            at,
            as_new: way == Way::HeldAsNew,
            what,
        };
        queue.items.push_back(held.clone());
        let name = state.name.clone();
        if let Some(last) = was_last {
            self.keep(Key::Held(name.clone(), last), |_| None);
        }
        self.keep(Key::Held(name, held.number), |_| Some(keep::json(&Some(held))));
        Ok(Reply::Held { id })
    }

    /// Something waits no more.
    fn let_go_of(&mut self, room: RoomId, number: u64) {
        let room = self.rooms.get(room);
        let is_newest = room.rule.held.made == number;
        let key = Key::Held(room.name.clone(), number);
        self.keep(key, |_| is_newest.then(|| keep::json(&None::<Held>)));
    }

    pub(super) fn held(&mut self, room: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(room)?;
        let items = self.rooms.get(room).rule.held.items.iter().map(|held| {
            let (text, more, gift) = match &held.what {
                Saying::Chat { text, more } => (Some(text.clone()), more.clone(), None),
                Saying::Question { text } => (Some(text.clone()), "".into(), None),
                Saying::Gift { name, .. } => (None, "".into(), Some(name.clone())),
            };
            HeldItem {
                number: held.number,
                from: self.shown(held.user),
                at: held.at,
                text,
                more,
                gift,
            }
        });
        let items = items.collect();
        Ok(Reply::HeldItems { items })
    }

    pub(super) fn approve(&mut self, now: Now, room: &RoomName, number: u64) -> Result<Reply, Refusal> {
        let room = self.known_room(room)?;
        let held = self.rooms.get_mut(room).rule.held.take(number)?;
        let (seq, id, at) = self.show(now, room, held);
        Ok(Reply::Sent {
            seq: Some(seq),
            id,
            at,
            duplicate: false,
        })
    }

    pub(super) fn reject(&mut self, room: &RoomName, number: u64) -> Result<Reply, Refusal> {
        let id = self.known_room(room)?;
        let held = self.rooms.get_mut(id).rule.held.take(number)?;
        self.let_go_of(id, number);
        self.give_back(id, &held);
        Ok(Reply::Done)
    }

    /// Gifts that were not given do not count.
    fn give_back(&mut self, room: RoomId, held: &Held) {
        if let Saying::Gift { count, .. } = held.what {
            let given = self.rooms.get(room).tools.given.of(held.user);
            self.gave(room, held.user, given.saturating_sub(u64::from(count)));
        }
    }

    /// What somebody said and was held is forgotten, or shown if it waited for nothing else.
    pub(super) fn settle_held(&mut self, now: Now, room: RoomId, user: UserId, shown: bool) {
        let queue = &mut self.rooms.get_mut(room).rule.held;
        let (theirs, others) = std::mem::take(&mut queue.items)
            .into_iter()
            .partition(|held| held.user == user && (held.as_new || !shown));
        queue.items = others;
        let theirs: VecDeque<Held> = theirs;
        for held in theirs {
            if shown {
                self.show(now, room, held);
            } else {
                self.let_go_of(room, held.number);
                self.give_back(room, &held);
            }
        }
    }

    fn show(&mut self, now: Now, room: RoomId, held: Held) -> (u64, MsgId, u64) {
        let from = self.shown(held.user);
        if let Saying::Gift {
            count, to: Some(to), ..
        } = held.what
        {
            self.received(room, to, count);
        }
        let state = self.rooms.get_mut(room);
        let entry = state.append(now, held.id.clone(), from, held.skip, held.what.into());
        let (seq, at) = (entry.seq, entry.at);
        if held.chosen {
            let accepted = Accepted { seq: Some(seq), at };
            state.remembered.insert(held.user, held.id.clone(), accepted);
        }
        self.outputs.push_back(Output::Append {
            room,
            entry: entry.clone(),
        });
        self.asked(now, room, &entry);
        self.let_go_of(room, held.number);
        (seq, held.id, at)
    }

    pub(super) fn take_back_held(&mut self, room: &RoomName, number: u64, value: &str) -> Option<()> {
        let held: Option<Held> = serde_json::from_str(value).ok()?;
        let room = match held {
            Some(_) => self.open(room).ok()?,
            None => self.rooms.find(room)?,
        };
        let queue = &mut self.rooms.get_mut(room).rule.held;
        queue.made = queue.made.max(number);
        let held = held?;
        let at = queue.items.partition_point(|other| other.number < held.number);
        queue.items.insert(at, held);
        Some(())
    }

    /// A room that an order names.
    pub(super) fn known_room(&self, name: &RoomName) -> Result<RoomId, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room");
        self.rooms.find(name).ok_or_else(unknown)
    }

    /// Where a command is, for rules: the room that it reads from.
    pub(super) fn place_of(&self, asker: Asker<'_>) -> Option<RoomId> {
        match asker.place {
            Place::Nowhere => None,
            Place::Joined(room) => Some(room),
            Place::Named(name) => self.rooms.find(name),
        }
    }
}
