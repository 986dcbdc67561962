//! Polls: the organizer asks, each person in the room has one vote.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Asker, Hub};
use crate::{
    limits,
    room::{
        Body, Code, Key, NewPoll, Now, Poll, PollOnBoard, PollTally, Refusal, Reply, RoomId, RoomName, UserId, keep,
    },
};

/// The newest polls of a room, at most [`limits::POLLS`], and their votes, at most [`limits::VOTES`].
#[derive(Debug, Default)]
pub(super) struct Polls {
    polls: BTreeMap<u32, Taken>,
    votes: usize,
}

/// A poll with its votes.
#[derive(Debug)]
struct Taken {
    asked: Asked,
    votes: BTreeMap<UserId, Choices>,
    counts: Box<[u64]>,
}

/// The value of [`Key::Poll`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    question: Box<str>,
    choices: Box<[Box<str>]>,
    several: bool,
    change: bool,
    hidden: bool,
    right: Option<u8>,
    open: bool,
}

/// What somebody chose: a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Choices(u16);

impl Choices {
    fn new(chosen: &[u8], asked: &Asked) -> Result<Self, Refusal> {
        let count = asked.choices.len();
        let mut bits = 0;
        for choice in chosen {
            if usize::from(*choice) >= count {
                let message = format!("this poll has the choices 0 to {}", count - 1);
                return Err(Refusal::new(Code::BadRequest, message));
            }
            bits |= 1 << choice;
        }
        let choices = Self(bits);
        match choices.iter().count() {
            0 => Err(Refusal::new(Code::BadRequest, "a vote has a choice")),
            2.. if !asked.several => Err(Refusal::new(Code::BadRequest, "this poll takes one choice")),
            _ => Ok(choices),
        }
    }

    fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |choice| self.0 & (1 << choice) != 0)
    }
}

impl Taken {
    fn new(asked: Asked) -> Self {
        Self {
            counts: vec![0; asked.choices.len()].into(),
            votes: BTreeMap::new(),
            asked,
        }
    }

    fn set(&mut self, user: UserId, choices: Choices) {
        if let Some(before) = self.votes.insert(user, choices) {
            before.iter().for_each(|choice| self.counts[usize::from(choice)] -= 1);
        }
        choices.iter().for_each(|choice| self.counts[usize::from(choice)] += 1);
    }

    /// As the audience sees it, or as the organizer does.
    fn shown(&self, poll: u32, to_all: bool) -> Poll {
        let Asked {
            ref question,
            ref choices,
            several,
            change,
            right,
            open,
            ..
        } = self.asked;
        Poll {
            poll,
            question: question.clone(),
            choices: choices.clone(),
            several,
            change,
            open,
            right: right.filter(|_| !to_all || !open),
            voters: self.votes.len() as u64,
            votes: self.told(to_all),
        }
    }

    fn told(&self, to_all: bool) -> Option<Box<[u64]>> {
        let hidden = to_all && self.asked.hidden && self.asked.open;
        (!hidden).then(|| self.counts.clone())
    }
}

impl Polls {
    pub(super) fn is_empty(&self) -> bool {
        self.polls.is_empty()
    }

    pub(super) fn tallies(&self) -> Vec<PollTally> {
        let open = self.polls.iter().filter(|(_, taken)| taken.asked.open);
        let tally = open.map(|(&poll, taken)| PollTally {
            poll,
            voters: taken.votes.len() as u64,
            votes: taken.told(true),
        });
        tally.collect()
    }

    pub(super) fn on_board(&self, user: UserId) -> Vec<PollOnBoard> {
        let polls = self.polls.iter().map(|(&poll, taken)| PollOnBoard {
            poll: taken.shown(poll, true),
            mine: taken
                .votes
                .get(&user)
                .map_or_else(Vec::new, |choices| choices.iter().collect()),
        });
        polls.collect()
    }

    fn get_mut(&mut self, poll: u32) -> Result<&mut Taken, Refusal> {
        let unknown = || Refusal::new(Code::BadRequest, "there is no poll of that number");
        self.polls.get_mut(&poll).ok_or_else(unknown)
    }
}

impl Hub {
    pub(super) fn open_poll(&mut self, now: Now, name: &RoomName, new: NewPoll) -> Result<Reply, Refusal> {
        let asked = checked(new)?;
        let room = self.open(name)?;
        let made = self.make_way_for_poll(room).and_then(|()| self.stays(room));
        made.inspect_err(|_| self.settle_room(now, room))?;
        let polls = &mut self.rooms.get_mut(room).tools.polls;
        let poll = polls.polls.keys().next_back().map_or(1, |last| last + 1);
        polls.polls.insert(poll, Taken::new(asked));
        self.poll_changed(now, room, poll);
        Ok(Reply::PollOpened { poll })
    }

    /// The oldest closed polls and their votes make way for new ones.
    fn make_way_for_poll(&mut self, room: RoomId) -> Result<(), Refusal> {
        loop {
            let state = self.rooms.get_mut(room);
            let polls = &mut state.tools.polls;
            if polls.polls.len() < limits::POLLS && polls.votes <= limits::VOTES / 2 {
                return Ok(());
            }
            let Some((&poll, _)) = polls.polls.iter().find(|(_, taken)| !taken.asked.open) else {
                return match polls.polls.len() < limits::POLLS {
                    true => Ok(()),
                    false => Err(Refusal::new(Code::Full, "too many polls are open: close one first")),
                };
            };
            let gone = polls.polls.remove(&poll).expect("it was found");
            polls.votes -= gone.votes.len();
            let name = state.name.clone();
            self.keep(Key::Poll(name.clone(), poll), |_| None);
            for user in gone.votes.into_keys() {
                self.keep(Key::Vote(name.clone(), poll, user), |_| None);
            }
        }
    }

    pub(super) fn close_poll(&mut self, now: Now, name: &RoomName, poll: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let taken = self.rooms.get_mut(room).tools.polls.get_mut(poll)?;
        if std::mem::replace(&mut taken.asked.open, false) {
            self.poll_changed(now, room, poll);
        }
        Ok(Reply::Done)
    }

    /// What was hidden is so no more.
    pub(super) fn show_poll(&mut self, now: Now, name: &RoomName, poll: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let taken = self.rooms.get_mut(room).tools.polls.get_mut(poll)?;
        if std::mem::replace(&mut taken.asked.hidden, false) {
            self.poll_changed(now, room, poll);
        }
        Ok(Reply::Done)
    }

    /// All of a room, with what is hidden from the audience.
    pub(super) fn polls(&self, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let polls = self.rooms.get(room).tools.polls.polls.iter();
        Ok(Reply::Polls {
            polls: polls.map(|(&poll, taken)| taken.shown(poll, false)).collect(),
        })
    }

    fn poll_changed(&mut self, now: Now, room: RoomId, poll: u32) {
        let state = self.rooms.get_mut(room);
        let taken = state.tools.polls.polls.get(&poll).expect("it has changed");
        let (shown, value) = (taken.shown(poll, true), keep::json(&taken.asked));
        let key = Key::Poll(state.name.clone(), poll);
        self.keep(key, |_| Some(value));
        self.say(now, room, Body::Poll { poll: Box::new(shown) });
        self.latest_changed(now, room);
    }

    /// One vote a person, however often and over whatever they send it.
    pub(super) fn vote(&mut self, now: Now, asker: Asker<'_>, poll: u32, chosen: &[u8]) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room to vote in");
        let room = self.room_to_read(asker.place)?.ok_or_else(unknown)?;
        self.may_act(now, asker.user, Some(room))?;
        let polls = &mut self.rooms.get_mut(room).tools.polls;
        let is_full = polls.votes >= limits::VOTES;
        let taken = polls.get_mut(poll)?;
        let choices = Choices::new(chosen, &taken.asked)?;
        let before = taken.votes.get(&asker.user).copied();
        let voted = || Reply::Voted {
            poll,
            choices: choices.iter().collect(),
        };
        if before == Some(choices) {
            self.people.take_request(asker.user, now)?;
            self.keep_vote(room, poll, asker.user, choices);
            return Ok(voted());
        }
        if !taken.asked.open {
            return Err(Refusal::new(Code::PollClosed, "this poll takes no votes any more"));
        }
        if before.is_some() && !taken.asked.change {
            return Err(Refusal::new(Code::AlreadyVoted, "you have voted already"));
        }
        if before.is_none() && is_full {
            return Err(Refusal::new(Code::Full, "too many people have voted in this room"));
        }
        self.people.take_request(asker.user, now)?;
        let state = self.rooms.get_mut(room);
        let polls = &mut state.tools.polls;
        polls.get_mut(poll)?.set(asker.user, choices);
        polls.votes += usize::from(before.is_none());
        self.keep_vote(room, poll, asker.user, choices);
        self.latest_changed(now, room);
        Ok(voted())
    }

    /// Also when the same comes again: its first answer may still wait for the disk, so this one has to wait, too.
    fn keep_vote(&mut self, room: RoomId, poll: u32, user: UserId, choices: Choices) {
        let key = Key::Vote(self.rooms.get(room).name.clone(), poll, user);
        self.keep(key, |_| Some(keep::json(&choices.iter().collect::<Vec<_>>())));
    }

    pub(super) fn take_back_poll(&mut self, name: &RoomName, poll: u32, value: &str) -> Option<()> {
        let asked: Asked = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep(name.clone());
        let polls = &mut self.rooms.get_mut(room).tools.polls.polls;
        polls.insert(poll, Taken::new(asked));
        Some(())
    }

    pub(super) fn take_back_vote(&mut self, name: &RoomName, poll: u32, user: UserId, value: &str) -> Option<()> {
        let chosen: Vec<u8> = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(name)?;
        let polls = &mut self.rooms.get_mut(room).tools.polls;
        let taken = polls.get_mut(poll).ok()?;
        let choices = Choices::new(&chosen, &taken.asked).ok()?;
        taken.set(user, choices);
        polls.votes += 1;
        Some(())
    }
}

fn checked(new: NewPoll) -> Result<Asked, Refusal> {
    let bad = |message: String| Err(Refusal::new(Code::BadRequest, message));
    let NewPoll {
        question,
        choices,
        several,
        hidden,
        change,
        right,
    } = new;
    let allowed = limits::POLL_CHOICES;
    if !allowed.contains(&choices.len()) {
        return bad(format!("a poll has {} to {} choices", allowed.start(), allowed.end()));
    }
    if right.is_some_and(|right| usize::from(right) >= choices.len()) {
        return bad("the right choice is none of them".to_owned());
    }
    for text in choices.iter().chain([&question]) {
        if text.trim().is_empty() {
            return bad("the question and each choice have a text".to_owned());
        }
        if text.chars().count() > limits::BOARD_CHARS {
            let message = format!("a question or a choice has at most {} characters", limits::BOARD_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
    }
    Ok(Asked {
        question,
        choices,
        several,
        change,
        hidden,
        right,
        open: true,
    })
}
