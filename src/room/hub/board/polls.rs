//! Opens, changes and closes a room's polls, and takes votes; at most `limits::POLLS` polls and `limits::VOTES` votes.

use crate::room::hub::board::poll::Choices;
use crate::room::hub::board::poll::PollSpec;
use crate::room::hub::board::poll::PollState;
use crate::room::hub::membership::devices::voted_enough;

use crate::room::hub::{membership::people::Charge, state::Asker, state::Hub};
use crate::{
    limits,
    room::{Body, Code, Control, Key, NewPoll, Now, Poll, Refusal, Reply, RoomId, RoomName, UserId, names, persist},
};

impl Hub {
    pub(in crate::room::hub) fn open_poll(
        &mut self,
        now: Now,
        name: &RoomName,
        new: NewPoll,
    ) -> Result<Reply, Refusal> {
        let asked = checked(new)?;
        let room = self.open(name)?;
        let last = self.rooms.get(room).board.polls.polls.keys().next_back();
        // Before the last poll makes way.
        let poll = last.map_or(1, |last| last + 1);
        let made = self.make_way_for_poll(room).and_then(|()| self.stays(room));
        made.inspect_err(|_| self.close_or_file(now, room))?;
        let polls = &mut self.rooms.get_mut(room).board.polls;
        polls.polls.insert(poll, PollState::new(asked));
        self.poll_changed(now, room, poll);
        Ok(Reply::PollOpened { poll })
    }

    /// Makes room for a new poll by removing the oldest closed polls and their votes.
    fn make_way_for_poll(&mut self, room: RoomId) -> Result<(), Refusal> {
        loop {
            let state = self.rooms.get_mut(room);
            let polls = &mut state.board.polls;
            if polls.polls.len() < limits::POLLS && polls.votes <= limits::VOTES / 2 {
                return Ok(());
            }
            let Some((&poll, _)) = polls.polls.iter().find(|(_, taken)| !taken.asked.open) else {
                return match polls.polls.len() < limits::POLLS {
                    true => Ok(()),
                    false => Err(Refusal::new(Code::Full, "too many polls are open: close one first")),
                };
            };
            self.forget_poll(room, poll, None);
        }
    }

    /// Removes a poll with its votes. `instead` replaces its stored record; with `None` the record is removed.
    fn forget_poll(&mut self, room: RoomId, poll: u32, instead: Option<PollSpec>) {
        let state = self.rooms.get_mut(room);
        let polls = &mut state.board.polls;
        let gone = polls.polls.remove(&poll).expect("it was found");
        polls.votes -= gone.votes.len();
        let (name, value) = (state.name.clone(), instead.as_ref().map(persist::json));
        if let Some(asked) = instead {
            polls.polls.insert(poll, PollState::new(asked));
        }
        self.persist(Key::Poll(name.clone(), poll), |_| value);
        for user in gone.votes.into_keys() {
            self.persist(Key::Vote(name.clone(), poll, user), |_| None);
        }
    }

    /// Removes a poll from the board, with its votes. For the newest poll a record remains, so that its number is not used again.
    pub(in crate::room::hub) fn remove_poll(&mut self, now: Now, name: &RoomName, poll: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let polls = &mut self.rooms.get_mut(room).board.polls;
        let taken = polls.get_mut(poll)?;
        let shown = Poll {
            open: false,
            removed: true,
            ..taken.shown(poll, true)
        };
        let is_newest = polls.polls.keys().next_back() == Some(&poll);
        let instead = PollSpec {
            question: "".into(),
            choices: [].into(),
            several: false,
            change: false,
            hidden: false,
            right: None,
            open: false,
            removed: true,
        };
        self.forget_poll(room, poll, is_newest.then_some(instead));
        self.append_as_organizer(now, room, Body::Control(Control::Poll { poll: Box::new(shown) }));
        self.latest_changed(now, room);
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn close_poll(&mut self, now: Now, name: &RoomName, poll: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let taken = self.rooms.get_mut(room).board.polls.get_mut(poll)?;
        if std::mem::replace(&mut taken.asked.open, false) {
            self.poll_changed(now, room, poll);
        }
        Ok(Reply::Done)
    }

    /// Makes the votes of a poll visible that were hidden until now.
    pub(in crate::room::hub) fn show_poll(&mut self, now: Now, name: &RoomName, poll: u32) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let taken = self.rooms.get_mut(room).board.polls.get_mut(poll)?;
        if std::mem::replace(&mut taken.asked.hidden, false) {
            self.poll_changed(now, room, poll);
        }
        Ok(Reply::Done)
    }

    /// Answers with all polls of a room, including votes that the audience does not see yet.
    pub(in crate::room::hub) fn polls(&self, name: &RoomName) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let polls = self.rooms.get(room).board.polls.shown();
        Ok(Reply::Polls {
            polls: polls.map(|(&poll, taken)| taken.shown(poll, false)).collect(),
        })
    }

    fn poll_changed(&mut self, now: Now, room: RoomId, poll: u32) {
        let state = self.rooms.get_mut(room);
        let taken = state.board.polls.polls.get(&poll).expect("it has changed");
        let (shown, value) = (taken.shown(poll, true), persist::json(&taken.asked));
        let key = Key::Poll(state.name.clone(), poll);
        self.persist(key, |_| Some(value));
        self.append_as_organizer(now, room, Body::Control(Control::Poll { poll: Box::new(shown) }));
        self.latest_changed(now, room);
    }

    /// Takes a vote. Each person has one vote, from any connection; a later vote replaces it.
    pub(in crate::room::hub) fn vote(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        poll: u32,
        chosen: &[u8],
    ) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room to vote in");
        let room = self.room_to_read(asker.room)?.ok_or_else(unknown)?;
        self.may_act(now, asker, Some(room))?;
        let most = self.devices.voters();
        let polls = &mut self.rooms.get_mut(room).board.polls;
        let is_full = polls.votes >= limits::VOTES;
        let taken = polls.get_mut(poll)?;
        let choices = Choices::new(chosen, &taken.asked)?;
        let before = taken.votes.get(&asker.user).copied();
        let voted = || Reply::Voted {
            poll,
            choices: choices.iter().collect(),
        };
        if before == Some(choices) {
            self.charge(asker, Charge::Request, now)?;
            self.persist_vote(room, poll, asker.user, choices);
            return Ok(voted());
        }
        if !taken.asked.open {
            return Err(Refusal::new(Code::PollClosed, "this poll takes no votes any more"));
        }
        if before.is_some() && !taken.asked.change {
            return Err(Refusal::new(Code::AlreadyVoted, "you have voted already"));
        }
        if before.is_none() && taken.from.get(&asker.device).is_some_and(|from| *from >= most) {
            return Err(voted_enough());
        }
        if before.is_none() && is_full {
            return Err(Refusal::new(Code::Full, "too many people have voted in this room"));
        }
        self.charge(asker, Charge::Request, now)?;
        let state = self.rooms.get_mut(room);
        let polls = &mut state.board.polls;
        let taken = polls.get_mut(poll)?;
        taken.set(asker.user, choices);
        if before.is_none() {
            *taken.from.entry(asker.device).or_default() += 1;
        }
        polls.votes += usize::from(before.is_none());
        self.persist_vote(room, poll, asker.user, choices);
        self.latest_changed(now, room);
        Ok(voted())
    }

    /// Stores a vote, even a repeated one: the first answer may still wait for the disk, so the repeat must wait, too.
    fn persist_vote(&mut self, room: RoomId, poll: u32, user: UserId, choices: Choices) {
        let key = Key::Vote(self.rooms.get(room).name.clone(), poll, user);
        self.persist(key, |_| Some(persist::json(&choices.iter().collect::<Vec<_>>())));
    }

    pub(in crate::room::hub) fn restore_poll(&mut self, name: &RoomName, poll: u32, value: &str) -> Option<()> {
        let asked: PollSpec = serde_json::from_str(value).ok()?;
        let room = self.open(name).ok()?;
        self.rooms.keep_open(name.clone());
        let polls = &mut self.rooms.get_mut(room).board.polls.polls;
        polls.insert(poll, PollState::new(asked));
        Some(())
    }

    pub(in crate::room::hub) fn restore_vote(
        &mut self,
        name: &RoomName,
        poll: u32,
        user: UserId,
        value: &str,
    ) -> Option<()> {
        let chosen: Vec<u8> = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(name)?;
        let polls = &mut self.rooms.get_mut(room).board.polls;
        let taken = polls.get_mut(poll).ok()?;
        let choices = Choices::new(&chosen, &taken.asked).ok()?;
        taken.set(user, choices);
        polls.votes += 1;
        Some(())
    }
}

fn checked(new: NewPoll) -> Result<PollSpec, Refusal> {
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
    let mut looks: Vec<_> = choices
        .iter()
        .map(|text| names::visible(text).trim().to_owned())
        .collect();
    looks.sort_unstable();
    if looks.windows(2).any(|pair| pair[0] == pair[1]) {
        return bad("two choices are the same".to_owned());
    }
    Ok(PollSpec {
        question,
        choices,
        several,
        change,
        hidden,
        right,
        open: true,
        removed: false,
    })
}
