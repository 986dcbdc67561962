//! Polls: one at a time in each room, one vote for each person.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Asker, Hub};
use crate::{
    limits,
    room::{Body, Choices, Code, Key, Now, Poll, PollId, Question, Refusal, Reply, RoomId, RoomName, UserId, keep},
};

/// A room's poll: the one that is open, or the last one with what came of it.
#[derive(Debug)]
pub(super) struct PollState {
    id: PollId,
    asked: Arc<Question>,
    /// `asked` without what is told only at the end.
    shown: Arc<Question>,
    open: bool,
    voters: u64,
    counts: Vec<u64>,
    /// Who voted, while it is open.
    votes: BTreeMap<UserId, Choices>,
}

/// The value of [`Key::Poll`].
#[derive(Serialize, Deserialize)]
struct KeptPoll {
    id: PollId,
    asked: Question,
    open: bool,
    voters: u64,
    counts: Vec<u64>,
}

impl PollState {
    fn new(id: PollId, asked: Question) -> Self {
        let counts = vec![0; asked.choices.len()];
        let shown = Question {
            right: None,
            ..asked.clone()
        };
        Self {
            id,
            asked: Arc::new(asked),
            shown: Arc::new(shown),
            open: true,
            voters: 0,
            counts,
            votes: BTreeMap::new(),
        }
    }

    /// As the room may see it now.
    pub(super) fn poll(&self) -> Poll {
        let asked = if self.open { &self.shown } else { &self.asked };
        Poll {
            poll: self.id,
            asked: asked.clone(),
            open: self.open,
            voters: self.voters,
            counts: (!self.open || !self.asked.hidden).then(|| self.counts.clone()),
        }
    }

    /// Whether the room was told exactly this.
    pub(super) fn is(&self, told: &Poll) -> bool {
        self.id == told.poll
            && self.open == told.open
            && self.voters == told.voters
            && told.counts.as_ref().is_none_or(|counts| *counts == self.counts)
    }

    fn kept(&self) -> Box<str> {
        keep::json(&KeptPoll {
            id: self.id,
            asked: (*self.asked).clone(),
            open: self.open,
            voters: if self.open { 0 } else { self.voters },
            counts: if self.open { Vec::new() } else { self.counts.clone() },
        })
    }

    fn count(&mut self, user: UserId, choices: Choices) {
        let old = match choices.is_empty() {
            true => self.votes.remove(&user),
            false => self.votes.insert(user, choices),
        };
        for choice in old.into_iter().flat_map(Choices::iter) {
            self.counts[choice] -= 1;
        }
        for choice in choices.iter() {
            self.counts[choice] += 1;
        }
        self.voters = self.votes.len() as u64;
    }
}

impl Hub {
    pub(super) fn open_poll(&mut self, now: Now, room: &RoomName, asked: Question) -> Result<Reply, Refusal> {
        asked.check()?;
        let room = self.open(room)?;
        self.end_poll(now, room);
        let last = self.rooms.get(room).poll.as_ref().map_or(0, |poll| poll.id.0);
        let id = PollId(last + 1);
        self.rooms.get_mut(room).poll = Some(PollState::new(id, asked));
        self.tell_poll(now, room);
        Ok(Reply::Polled { poll: id })
    }

    pub(super) fn close_poll(&mut self, now: Now, room: &RoomName) -> Result<Reply, Refusal> {
        let open = self.rooms.find(room).filter(|&room| self.open_poll_of(room).is_some());
        let room = open.ok_or_else(no_poll)?;
        self.end_poll(now, room);
        Ok(Reply::Done)
    }

    /// Counts a vote in place of the one that was there, if there was one: of what comes twice, nothing counts twice.
    pub(super) fn vote(&mut self, now: Now, asker: Asker<'_>, id: PollId, choices: Choices) -> Result<Reply, Refusal> {
        let room = self.room_to_read(asker.place)?.ok_or_else(no_poll)?;
        let poll = self
            .open_poll_of(room)
            .filter(|poll| poll.id == id)
            .ok_or_else(no_poll)?;
        if choices.len() > 1 && !poll.asked.several {
            return Err(Refusal::new(Code::BadRequest, "this poll takes one choice"));
        }
        if choices.iter().any(|choice| choice >= poll.counts.len()) {
            return Err(Refusal::new(Code::BadRequest, "this poll has no such choice"));
        }
        let new = !poll.votes.contains_key(&asker.user) && !choices.is_empty();
        if new && self.votes >= limits::VOTES {
            return Err(Refusal::new(Code::Full, "the box has no place for another vote"));
        }
        self.people.take_reaction(asker.user, now)?;
        let state = self.rooms.get_mut(room);
        let (name, poll) = (state.name.clone(), state.poll.as_mut().expect("it was found"));
        let before = poll.votes.len();
        poll.count(asker.user, choices);
        self.votes = self.votes + poll.votes.len() - before;
        self.keep(Key::Vote(name, asker.user), |_| {
            (!choices.is_empty()).then(|| keep::json(&(id, choices)))
        });
        self.latest_changed(now, room);
        Ok(Reply::Voted { poll: id, choices })
    }

    fn open_poll_of(&self, room: RoomId) -> Option<&PollState> {
        self.rooms.get(room).poll.as_ref().filter(|poll| poll.open)
    }

    /// Closes the poll that is open, if there is one. Its votes are counted and forgotten.
    fn end_poll(&mut self, now: Now, room: RoomId) {
        let state = self.rooms.get_mut(room);
        let Some(poll) = state.poll.as_mut().filter(|poll| poll.open) else {
            return;
        };
        poll.open = false;
        let (name, votes) = (state.name.clone(), std::mem::take(&mut poll.votes));
        self.votes -= votes.len();
        for user in votes.into_keys() {
            self.keep(Key::Vote(name.clone(), user), |_| None);
        }
        self.tell_poll(now, room);
    }

    /// Puts the room's poll into the log as it is now, and keeps it.
    fn tell_poll(&mut self, now: Now, room: RoomId) {
        let state = self.rooms.get(room);
        let poll = state.poll.as_ref().expect("it was just opened or closed");
        let body = Body::Poll {
            poll: Box::new(poll.poll()),
        };
        let (key, kept) = (Key::Poll(state.name.clone()), poll.kept());
        self.keep(key, |_| Some(kept));
        self.say(now, room, body);
        self.settle_room(now, room);
        self.latest_changed(now, room);
    }

    /// The room is forgotten: its votes make place.
    pub(super) fn forget_poll(&mut self, poll: Option<PollState>) {
        self.votes -= poll.map_or(0, |poll| poll.votes.len());
    }

    pub(super) fn take_back_poll(&mut self, room: &RoomName, value: &str) -> Option<()> {
        let room = self.rooms.find(room)?;
        let KeptPoll {
            id,
            asked,
            open,
            voters,
            counts,
        } = serde_json::from_str(value).ok()?;
        asked.check().ok()?;
        let mut poll = PollState::new(id, asked);
        if !open {
            poll.open = false;
            poll.voters = voters;
            poll.counts = (counts.len() == poll.counts.len()).then_some(counts)?;
        }
        self.rooms.get_mut(room).poll = Some(poll);
        Some(())
    }

    /// Comes after the polls have.
    pub(super) fn take_back_vote(&mut self, room: &RoomName, user: UserId, value: &str) -> Option<()> {
        let room = self.rooms.find(room)?;
        let (id, choices): (PollId, Choices) = serde_json::from_str(value).ok()?;
        let fits =
            |poll: &PollState| poll.open && poll.id == id && choices.iter().all(|choice| choice < poll.counts.len());
        let poll = self.rooms.get_mut(room).poll.as_mut().filter(|poll| fits(poll))?;
        if self.votes < limits::VOTES && !choices.is_empty() {
            poll.count(user, choices);
            self.votes += 1;
        }
        Some(())
    }
}

fn no_poll() -> Refusal {
    Refusal::new(Code::UnknownPoll, "there is no such poll, or it is closed")
}
