//! What stands beside the talk: one vote for each person, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use super::{Model, Reasons, Room, refused};
use chatterbox::{
    limits,
    room::{
        self, AddressTag, Board, Code, Command, Latest, NewPoll, Refusal, Reply, RoomName, Score, UserId, UserName,
    },
};

pub struct Poll {
    asked: NewPoll,
    pub open: bool,
    votes: BTreeMap<UserId, BTreeSet<u8>>,
    /// Whose vote came first from which device, in this process.
    from: BTreeMap<UserId, AddressTag>,
}

pub struct Question {
    pub user: UserId,
    text: Box<str>,
    pub answered: bool,
    by: BTreeSet<UserId>,
    pub from: BTreeMap<UserId, AddressTag>,
}

impl Poll {
    pub fn new(asked: NewPoll) -> Self {
        Self {
            asked,
            open: true,
            votes: BTreeMap::new(),
            from: BTreeMap::new(),
        }
    }

    pub fn restart(&mut self) {
        self.from.clear();
    }

    pub fn show(&mut self) -> bool {
        std::mem::take(&mut self.asked.hidden)
    }

    pub fn votes(&self, to_all: bool) -> Option<Box<[u64]>> {
        if to_all && self.asked.hidden && self.open {
            return None;
        }
        let count = |choice: usize| {
            let chose = |chosen: &&BTreeSet<u8>| chosen.iter().any(|it| usize::from(*it) == choice);
            self.votes.values().filter(chose).count() as u64
        };
        Some((0..self.asked.choices.len()).map(count).collect())
    }

    pub fn shown(&self, poll: u32, to_all: bool) -> room::Poll {
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
}

impl Question {
    pub fn new(user: UserId, text: Box<str>) -> Self {
        Self {
            user,
            text,
            answered: false,
            by: BTreeSet::new(),
            from: BTreeMap::new(),
        }
    }
}

impl Room {
    pub fn is_full_of_questions(&self) -> bool {
        self.questions.len() >= limits::QUESTIONS && self.questions.values().all(|question| !question.answered)
    }

    /// One that was answered goes first.
    pub fn make_way_for_question(&mut self) {
        if self.questions.len() >= limits::QUESTIONS {
            let answered = self.questions.iter().find(|(_, question)| question.answered);
            let oldest = answered.or(self.questions.first_key_value());
            let oldest = oldest.map(|(seq, _)| *seq);
            oldest.map(|seq| self.questions.remove(&seq));
        }
    }
}

fn count_of(device: AddressTag, from: &BTreeMap<UserId, AddressTag>) -> usize {
    from.values().filter(|from| **from == device).count()
}

impl Model {
    /// What is neither said nor about where a user is.
    pub fn do_beside(
        &mut self,
        passed: Reasons,
        user: UserId,
        name: &RoomName,
        command: &Command,
        reply: &Result<Reply, Refusal>,
    ) -> Result<(), String> {
        match command {
            Command::Vote { poll, choices } => self.vote(passed, user, name, *poll, choices, reply),
            Command::Upvote { question } => {
                let mut reasons = passed.and(self.act(user, name));
                let (asking, most) = (self.asking, self.limits.device_people as usize);
                let state = self.room(name).questions.get_mut(question);
                reasons.add(state.is_none(), Code::BadRequest);
                let enough = |state: &Question| !state.by.contains(&user) && count_of(asking, &state.from) >= most;
                reasons.add(state.as_ref().is_some_and(|state| enough(state)), Code::Full);
                if let (true, Some(state)) = (reasons.judge(refused(reply))?, state) {
                    if state.by.insert(user) {
                        state.from.insert(user, asking);
                    }
                    let count = state.by.len() as u64;
                    return match reply {
                        Ok(Reply::Upvoted { upvotes, .. }) if *upvotes == count => Ok(()),
                        _ => Err(format!("there are {count} upvotes")),
                    };
                }
                Ok(())
            }
            Command::Board => {
                let reasons = passed.and(self.enter(user, name));
                match reply {
                    _ if !reasons.judge(refused(reply))? => Ok(()),
                    Ok(Reply::Board(board)) => self.check_board(user, name, board),
                    _ => Err("no board".into()),
                }
            }
            Command::React { emoji } => {
                let reasons = passed.and(self.react(user, name, emoji.as_str()));
                reasons.judge(refused(reply)).map(drop)
            }
            Command::History { .. } | Command::Who => {
                passed.and(self.enter(user, name)).judge(refused(reply)).map(drop)
            }
            Command::Rename { .. } => self.rename(passed, user, reply),
            other => Err(format!("{other:?} is not asked here")),
        }
    }

    /// A user is called so from now on.
    pub fn take_name(&mut self, user: UserId, name: &UserName) -> Result<(), String> {
        let muted = self.is_muted(user).has(Code::Muted);
        // "name 1 12" and "name 11 2" look alike.
        let look = |name: &UserName| name.as_str().replace(' ', "");
        for (&other, person) in &self.people {
            let is_present = other != user && self.conns.values().any(|(whose, _)| *whose == other);
            if is_present && person.name.as_ref().map(look) == Some(look(name)) {
                return Err(format!("two people are called {name}"));
            }
        }
        let before = self.person(user).name.replace(name.clone());
        // A muted person may get a number.
        let chosen = |name: &UserName| -> Vec<String> { name.as_str().split(' ').take(2).map(str::to_owned).collect() };
        match before {
            Some(before) if muted && chosen(&before) != chosen(name) => {
                Err(format!("{before} is muted, and called {name} now"))
            }
            _ => Ok(()),
        }
    }

    /// A name is something to say, too.
    pub fn rename(&mut self, passed: Reasons, user: UserId, reply: &Result<Reply, Refusal>) -> Result<(), String> {
        let mut reasons = passed.and(self.is_muted(user));
        // It may look like a staff member's name.
        reasons.may(true, Code::NotAllowed);
        reasons.judge(refused(reply))?;
        match reply {
            Ok(Reply::Renamed { name }) => self.take_name(user, name),
            _ => Ok(()),
        }
    }

    fn vote(
        &mut self,
        passed: Reasons,
        user: UserId,
        name: &RoomName,
        number: u32,
        choices: &[u8],
        reply: &Result<Reply, Refusal>,
    ) -> Result<(), String> {
        let mut reasons = passed.and(self.act(user, name));
        let chosen: BTreeSet<_> = choices.iter().copied().collect();
        let (asking, most) = (self.asking, self.limits.device_people as usize);
        let Some(poll) = self.room(name).polls.get_mut(&number) else {
            reasons.add(true, Code::BadRequest);
            return reasons.judge(refused(reply)).map(drop);
        };
        let count = poll.asked.choices.len();
        let bad = chosen.is_empty() || chosen.iter().any(|choice| usize::from(*choice) >= count);
        reasons.add(bad || (chosen.len() > 1 && !poll.asked.several), Code::BadRequest);
        let before = poll.votes.get(&user);
        if before != Some(&chosen) {
            reasons.add(!poll.open, Code::PollClosed);
            reasons.add(before.is_some() && !poll.asked.change, Code::AlreadyVoted);
            reasons.add(before.is_none() && count_of(asking, &poll.from) >= most, Code::Full);
        }
        if reasons.judge(refused(reply))? && poll.votes.insert(user, chosen).is_none() {
            poll.from.insert(user, asking);
        }
        Ok(())
    }

    fn check_board(&self, user: UserId, name: &RoomName, board: &Board) -> Result<(), String> {
        let room = &self.rooms[name];
        let pin = room.pin.as_ref().map(|(pin, _)| pin.clone());
        if board.pin != pin {
            return Err(format!("pinned is {pin:?}"));
        }
        for shown in &board.polls {
            let number = shown.poll.poll;
            let poll = room.polls.get(&number).ok_or("an unknown poll")?;
            let mine: Vec<_> = poll.votes.get(&user).into_iter().flatten().copied().collect();
            if shown.poll != poll.shown(number, true) || shown.mine != mine {
                return Err(format!("{shown:?} is {:?}, {mine:?}", poll.shown(number, true)));
            }
        }
        for shown in &board.questions {
            let asked = room.questions.get(&shown.question).ok_or("an unknown question")?;
            let all = (&asked.text, asked.user, asked.by.len() as u64, asked.answered);
            let mine = asked.by.contains(&user);
            if (&shown.text, shown.from.id, shown.upvotes, shown.answered) != all || shown.mine != mine {
                return Err(format!("{shown:?} is {all:?}, {mine}"));
            }
        }
        if (board.polls.len(), board.questions.len()) != (room.polls.len(), room.questions.len()) {
            return Err("polls or questions are missing".into());
        }
        scores("givers", &room.given, &board.givers)?;
        scores("receivers", &room.received, &board.receivers)
    }

    /// What the audience sees of the counts.
    pub fn check_latest(&self, latest: &Latest) -> Result<(), String> {
        let room = &self.rooms[&latest.room];
        let polls: Vec<_> = room.polls.iter().filter(|(_, poll)| poll.open).collect();
        let polls = polls.into_iter().map(|(&number, poll)| room::PollTally {
            poll: number,
            voters: poll.votes.len() as u64,
            votes: poll.votes(true),
        });
        if latest.polls != polls.collect::<Vec<_>>() {
            return Err(format!("wrong counts of polls: {latest:?}"));
        }
        for tally in &latest.questions {
            let by = room
                .questions
                .get(&tally.question)
                .map(|question| question.by.len() as u64);
            if by != Some(tally.upvotes) {
                return Err(format!("{by:?} upvotes: {latest:?}"));
            }
        }
        let settings = latest.settings.as_deref().cloned().unwrap_or_default();
        if settings != room.settings || latest.online != room.online() {
            return Err(format!("{} are here: {latest:?}", room.online()));
        }
        Ok(())
    }
}

fn scores(what: &str, counts: &BTreeMap<UserId, u64>, shown: &[Score]) -> Result<(), String> {
    let shown: BTreeMap<_, _> = shown.iter().map(|score| (score.who.id, score.gifts)).collect();
    let counts: BTreeMap<_, _> = counts
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(who, count)| (*who, *count))
        .collect();
    if shown == counts || counts.len() > limits::LEADERS {
        return Ok(());
    }
    Err(format!("{what} are {counts:?}, not {shown:?}"))
}
