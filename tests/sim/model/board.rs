//! What stands beside the talk: one vote for each person, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Asker, Model, Room};
use chatterbox::{
    limits,
    room::{self, AddressTag, Board, Code, Control, Latest, NewPoll, Reply, RoomId, Score, Seq, UserId},
};

#[derive(Clone)]
pub struct Poll {
    asked: NewPoll,
    pub open: bool,
    votes: BTreeMap<UserId, BTreeSet<u8>>,
    /// The device of each person's first vote, in this process.
    from: BTreeMap<UserId, AddressTag>,
}

#[derive(Clone)]
pub struct Question {
    pub user: UserId,
    text: Box<str>,
    pub answered: bool,
    by: BTreeSet<UserId>,
    pub from: BTreeMap<UserId, AddressTag>,
}

impl Poll {
    pub fn restart(&mut self) {
        self.from.clear();
    }

    fn votes(&self, to_all: bool) -> Option<Box<[u64]>> {
        if to_all && self.asked.hidden && self.open {
            return None;
        }
        let count = |choice: usize| {
            let chose = |chosen: &&BTreeSet<u8>| chosen.iter().any(|it| usize::from(*it) == choice);
            self.votes.values().filter(chose).count() as u64
        };
        Some((0..self.asked.choices.len()).map(count).collect())
    }

    fn shown(&self, poll: u32, to_all: bool) -> room::Poll {
        room::Poll {
            removed: false,
            poll,
            question: self.asked.question.clone(),
            choices: self.asked.choices.clone(),
            several: self.asked.several,
            change: self.asked.change,
            open: self.open,
            right: self.asked.right.filter(|_| !to_all || !self.open),
            voters: self.votes.len() as u64,
            votes: self.votes(to_all),
        }
    }

    fn tally(&self, poll: u32) -> room::PollTally {
        room::PollTally {
            poll,
            voters: self.votes.len() as u64,
            votes: self.votes(true),
        }
    }
}

impl Room {
    /// A question comes to the board; one that is hidden makes way first, then one that was answered.
    pub fn ask(&mut self, seq: Seq, user: UserId, text: &str) {
        let is_full = self.questions.len() + self.hidden_questions.len() >= limits::QUESTIONS;
        if is_full && self.hidden_questions.pop_first().is_none() {
            let answered = self.questions.iter().find(|(_, question)| question.answered);
            let oldest = answered.or(self.questions.first_key_value());
            let oldest = oldest.map(|(seq, _)| *seq);
            oldest.map(|seq| self.questions.remove(&seq));
        }
        let question = Question {
            user,
            text: text.into(),
            answered: false,
            by: BTreeSet::new(),
            from: BTreeMap::new(),
        };
        self.questions.insert(seq, question);
    }

    /// A hidden question is back, with its upvotes unless it had to make way.
    pub fn ask_again(&mut self, seq: Seq, user: UserId, text: &str) {
        match self.hidden_questions.remove(&seq) {
            Some(question) => drop(self.questions.insert(seq, question)),
            None => self.ask(seq, user, text),
        }
    }

    pub fn is_full_of_questions(&self) -> bool {
        self.questions.len() >= limits::QUESTIONS && self.questions.values().all(|question| !question.answered)
    }

    fn check_board(&self, user: UserId, board: &Board) -> Result<(), String> {
        let pin = self.pin.as_ref().map(|(pin, _)| pin.clone());
        if board.pin != pin {
            return Err(format!("pinned is {pin:?}"));
        }
        for shown in &board.polls {
            let number = shown.poll.poll;
            let poll = self.polls.get(&number).ok_or("an unknown poll")?;
            let mine: Vec<_> = poll.votes.get(&user).into_iter().flatten().copied().collect();
            if shown.poll != poll.shown(number, true) || shown.mine != mine {
                return Err(format!("{shown:?} is {:?}, {mine:?}", poll.shown(number, true)));
            }
        }
        for shown in &board.questions {
            let asked = self.questions.get(&shown.question).ok_or("an unknown question")?;
            let all = (&asked.text, asked.user, asked.by.len() as u64, asked.answered);
            let mine = asked.by.contains(&user);
            if (&shown.text, shown.from.id, shown.upvotes, shown.answered) != all || shown.mine != mine {
                return Err(format!("{shown:?} is {all:?}, {mine}"));
            }
        }
        if (board.polls.len(), board.questions.len()) != (self.polls.len(), self.questions.len()) {
            return Err("polls or questions are missing".into());
        }
        scores("givers", &self.given, &board.givers)?;
        scores("receivers", &self.received, &board.receivers)
    }

    /// What the audience sees of the counts.
    pub fn check_latest(&self, latest: &Latest) -> Result<(), String> {
        let polls = self.polls.iter().filter(|(_, poll)| poll.open);
        let polls: Vec<_> = polls.map(|(&number, poll)| poll.tally(number)).collect();
        for tally in &latest.questions {
            let question = self.questions.get(&tally.question);
            if question.map(|question| question.by.len() as u64) != Some(tally.upvotes) {
                return Err(format!("wrong upvotes: {latest:?}"));
            }
        }
        let settings = latest.settings.as_deref().cloned().unwrap_or_default();
        let want = (&polls, &self.settings, self.users().len(), &self.reactions);
        if (&latest.polls, &settings, latest.online, &latest.reactions) != want {
            return Err(format!("told is {latest:?}, not {want:?}"));
        }
        Ok(())
    }
}

fn count_of(device: AddressTag, from: &BTreeMap<UserId, AddressTag>) -> usize {
    from.values().filter(|from| **from == device).count()
}

impl Model {
    pub(super) fn vote(&mut self, asker: &Asker, number: u32, choices: &[u8]) -> Answer {
        let mut reasons = self.acting(asker);
        let chosen: BTreeSet<_> = choices.iter().copied().collect();
        let most = self.limits.device_people as usize;
        let room = asker.room.map(|id| self.room(id));
        let Some(poll) = room.and_then(|room| room.polls.get(&number)) else {
            reasons.add(true, Code::BadRequest);
            self.decide(&reasons)?;
            return Ok(Reply::Done);
        };
        let count = poll.asked.choices.len();
        let bad = chosen.is_empty() || chosen.iter().any(|choice| usize::from(*choice) >= count);
        reasons.add(bad || (chosen.len() > 1 && !poll.asked.several), Code::BadRequest);
        let before = poll.votes.get(&asker.user);
        if before != Some(&chosen) {
            reasons.add(!poll.open, Code::PollClosed);
            reasons.add(before.is_some() && !poll.asked.change, Code::AlreadyVoted);
            reasons.add(
                before.is_none() && count_of(asker.device, &poll.from) >= most,
                Code::Full,
            );
        }
        self.decide(&reasons)?;
        let room = self.room_mut(asker.room.expect("a poll is in a room"));
        let poll = room.polls.get_mut(&number).expect("it is there");
        if poll.votes.insert(asker.user, chosen).is_none() {
            poll.from.insert(asker.user, asker.device);
        }
        Ok(Reply::Done)
    }

    pub(super) fn upvote(&mut self, asker: &Asker, question: Seq) -> Answer {
        let mut reasons = self.acting(asker);
        let most = self.limits.device_people as usize;
        let room = asker.room.map(|id| self.room(id));
        let state = room.and_then(|room| room.questions.get(&question));
        reasons.add(state.is_none(), Code::BadRequest);
        let enough = |state: &Question| !state.by.contains(&asker.user) && count_of(asker.device, &state.from) >= most;
        reasons.add(state.is_some_and(enough), Code::Full);
        self.decide(&reasons)?;
        let room = self.room_mut(asker.room.expect("a question is in a room"));
        let state = room.questions.get_mut(&question).expect("it is there");
        if state.by.insert(asker.user) {
            state.from.insert(asker.user, asker.device);
        }
        let upvotes = state.by.len() as u64;
        Ok(Reply::Upvoted { question, upvotes })
    }

    pub(super) fn board(&mut self, asker: &Asker) -> Answer {
        self.decide(&self.entering(asker.user, asker.room))?;
        if let (Some(room), Some(Reply::Board(board))) = (asker.room, self.told.reply.clone())
            && let Err(what) = self.room(room).check_board(asker.user, &board)
        {
            self.wrong(|| what);
        }
        Ok(Reply::Done)
    }

    pub(super) fn open_poll(&mut self, id: RoomId, asked: &NewPoll) -> Answer {
        let Some(Reply::PollOpened { poll: number }) = self.told.reply else {
            self.wrong(|| "no poll".into());
            return Ok(Reply::Done);
        };
        let polls = &mut self.room_mut(id).polls;
        if polls.len() >= limits::POLLS {
            let oldest = polls.iter().find(|(_, poll)| !poll.open).map(|(number, _)| *number);
            oldest.map(|number| polls.remove(&number));
        }
        let poll = Poll {
            asked: asked.clone(),
            open: true,
            votes: BTreeMap::new(),
            from: BTreeMap::new(),
        };
        let shown = Box::new(poll.shown(number, true));
        if polls.insert(number, poll).is_some() {
            self.wrong(|| format!("there is a poll {number} already"));
        }
        self.change(id, Control::Poll { poll: shown });
        Ok(Reply::Done)
    }

    /// Closes a poll, or shows its counts while it is open.
    pub(super) fn change_poll(&mut self, id: RoomId, number: u32, close: bool) {
        let poll = self.room_mut(id).polls.get_mut(&number).expect("it is there");
        let changed = match close {
            true => std::mem::take(&mut poll.open),
            false => std::mem::take(&mut poll.asked.hidden),
        };
        let poll = Box::new(poll.shown(number, true));
        if changed {
            self.change(id, Control::Poll { poll });
        }
    }

    pub(super) fn list_polls(&mut self, id: RoomId) -> Answer {
        let polls = self.room(id).polls.iter();
        let all: Vec<_> = polls.map(|(&number, poll)| poll.shown(number, false)).collect();
        match &self.told.reply {
            Some(Reply::Polls { polls }) if *polls == all => {}
            _ => self.wrong(|| format!("the polls are {all:?}")),
        }
        Ok(Reply::Done)
    }
}

fn scores(what: &str, counts: &BTreeMap<UserId, u64>, shown: &[Score]) -> Result<(), String> {
    let shown: BTreeMap<_, _> = shown.iter().map(|score| (score.who.id, score.gifts)).collect();
    let counts = counts.iter().filter(|(_, count)| **count > 0);
    let counts: BTreeMap<_, _> = counts.map(|(who, count)| (*who, *count)).collect();
    if shown == counts || counts.len() > limits::LEADERS {
        return Ok(());
    }
    Err(format!("{what} are {counts:?}, not {shown:?}"))
}
