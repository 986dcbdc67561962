//! Puts people's questions on the board, takes upvotes, and marks questions as answered; at most `limits::QUESTIONS` questions.

use crate::room::hub::board::question::QuestionState;
use crate::room::hub::board::question::StoredQuestion;
use crate::room::hub::membership::devices::voted_enough;

use crate::room::hub::{membership::people::Charge, state::Asker, state::Hub};
use crate::{
    limits,
    room::{
        Body, Code, Control, Effect, Entry, Hide, Key, Now, QuestionOnBoard, Refusal, Reply, RoomId, RoomName, Said,
        Seq, UserId, persist,
    },
};

impl Hub {
    /// Checks that a question has a room (`None` is refused), and a text of at most [`limits::BOARD_CHARS`] characters.
    pub(in crate::room::hub) fn check_question(room: Option<RoomId>, text: &str) -> Result<(), Refusal> {
        if room.is_none() {
            return Err(Refusal::new(Code::UnknownRoom, "there is no such room to ask in"));
        }
        if text.chars().count() > limits::BOARD_CHARS {
            let message = format!("a question has at most {} characters", limits::BOARD_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
        Ok(())
    }

    /// Checks that the board has room for one more question from this device.
    pub(in crate::room::hub) fn check_question_place(
        &self,
        asker: Asker<'_>,
        room: Option<RoomId>,
    ) -> Result<(), Refusal> {
        let Some(room) = room else { return Ok(()) };
        let questions = &self.rooms.get(room).board.questions;
        if questions.open_users().count() >= limits::QUESTIONS {
            return Err(Refusal::new(Code::Full, "too many questions wait for an answer"));
        }
        if self.asks_enough(asker.device, room) && !self.runs_the_evening(asker.user) {
            let message = "enough questions from where you are wait for an answer";
            return Err(Refusal::new(Code::Full, message));
        }
        Ok(())
    }

    /// Checks that a hidden question may come back without pushing one off the board that waits for an answer.
    pub(in crate::room::hub) fn check_question_back(&self, room: RoomId, entry: &Entry) -> Result<(), Refusal> {
        let questions = &self.rooms.get(room).board.questions;
        let is_question = matches!(entry.body.said().map(Said::effect), Some(Effect::Question { .. }));
        let is_new = is_question && !questions.questions.contains_key(&entry.seq);
        if is_new && questions.open_users().count() >= limits::QUESTIONS {
            let message = "the board is full of questions: mark one as answered, or hide one";
            return Err(Refusal::new(Code::Full, message));
        }
        Ok(())
    }

    /// Puts an entry of the log on the board, if it is a question.
    pub(in crate::room::hub) fn put_on_board(&mut self, now: Now, room: RoomId, entry: &Entry) {
        let Some(Effect::Question { text }) = entry.body.said().map(Said::effect) else {
            return;
        };
        let mut asked = StoredQuestion {
            user: entry.from.id,
            text: text.into(),
            answered: false,
            hidden: false,
        };
        let questions = &self.rooms.get(room).board.questions;
        let known = questions.questions.get(&entry.seq);
        if let Some(known) = known {
            // Hidden before: its upvotes and its answer are as they were.
            asked.answered = known.asked.answered;
        } else if let Some(surplus) = questions.surplus() {
            self.drop_question(room, surplus);
        }
        self.put_question(now, room, entry.seq, asked);
    }

    /// Inserts a question or replaces its text and state, and stores it.
    fn put_question(&mut self, now: Now, room: RoomId, question: Seq, asked: StoredQuestion) {
        let state = self.rooms.get_mut(room);
        let key = Key::Question(state.name.clone(), question);
        let value = persist::json(&asked);
        let questions = &mut state.board.questions.questions;
        match questions.get_mut(&question) {
            Some(known) => known.asked = asked,
            None => drop(questions.insert(question, QuestionState::new(asked))),
        }
        self.persist(key, |_| Some(value));
        self.latest_changed(now, room);
    }

    fn drop_question(&mut self, room: RoomId, question: Seq) {
        let state = self.rooms.get_mut(room);
        let questions = &mut state.board.questions;
        let Some(gone) = questions.questions.remove(&question) else {
            return;
        };
        questions.upvotes -= gone.by.len();
        let name = state.name.clone();
        self.persist(Key::Question(name.clone(), question), |_| None);
        for user in gone.by {
            self.persist(Key::Upvote(name.clone(), question, user), |_| None);
        }
    }

    /// Takes hidden questions off the board. They keep their upvotes, in case they are shown again.
    pub(in crate::room::hub) fn hide_questions(&mut self, now: Now, room: RoomId, what: Hide) {
        let shown = self.rooms.get(room).board.questions.shown();
        let hidden = shown.filter(|(question, wanted)| match what {
            Hide::Entry { seq } => seq == *question,
            Hide::Person { user } => wanted.asked.user == user,
        });
        let hidden: Vec<_> = hidden
            .map(|(question, wanted)| (question, wanted.asked.clone()))
            .collect();
        for (question, asked) in hidden {
            let asked = StoredQuestion {
                text: "".into(),
                hidden: true,
                ..asked
            };
            self.put_question(now, room, question, asked);
        }
    }

    /// Takes an upvote. A person can upvote each question once.
    pub(in crate::room::hub) fn upvote(&mut self, now: Now, asker: Asker<'_>, question: Seq) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room to vote in");
        let room = self.room_to_read(asker.room)?.ok_or_else(unknown)?;
        self.may_act(now, asker, Some(room))?;
        let most = self.devices.voters();
        let questions = &mut self.rooms.get_mut(room).board.questions;
        let is_full = questions.upvotes >= limits::VOTES;
        let wanted = questions.get_mut(question)?;
        let is_new = !wanted.by.contains(&asker.user);
        if is_new && wanted.from.get(&asker.device).is_some_and(|from| *from >= most) {
            return Err(voted_enough());
        }
        if is_new && is_full {
            return Err(Refusal::new(Code::Full, "too many people have voted in this room"));
        }
        self.charge(asker, Charge::Request, now)?;
        let state = self.rooms.get_mut(room);
        let questions = &mut state.board.questions;
        let wanted = questions.get_mut(question)?;
        if wanted.by.insert(asker.user) {
            *wanted.from.entry(asker.device).or_default() += 1;
        }
        let upvotes = wanted.by.len() as u64;
        questions.upvotes += usize::from(is_new);
        // A repeated upvote is stored, too: its first answer may still wait for the disk.
        let key = Key::Upvote(state.name.clone(), question, asker.user);
        self.persist(key, |_| Some("true".into()));
        if is_new {
            self.latest_changed(now, room);
        }
        Ok(Reply::Upvoted { question, upvotes })
    }

    pub(in crate::room::hub) fn answered(
        &mut self,
        now: Now,
        name: &RoomName,
        question: Seq,
    ) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let asked = &mut self.rooms.get_mut(room).board.questions.get_mut(question)?.asked;
        if !std::mem::replace(&mut asked.answered, true) {
            let value = persist::json(asked);
            self.persist(Key::Question(name.clone(), question), |_| Some(value));
            self.append_as_organizer(now, room, Body::Control(Control::Answered { question }));
            self.latest_changed(now, room);
        }
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn questions_on_board(&self, room: RoomId, user: UserId) -> Vec<QuestionOnBoard> {
        let questions = self.rooms.get(room).board.questions.shown();
        let shown = questions.map(|(question, QuestionState { asked, by, .. })| QuestionOnBoard {
            question,
            text: asked.text.clone(),
            from: self.shown(asked.user),
            upvotes: by.len() as u64,
            answered: asked.answered,
            mine: by.contains(&user),
        });
        shown.collect()
    }

    pub(in crate::room::hub) fn restore_question(&mut self, name: &RoomName, question: Seq, value: &str) -> Option<()> {
        let asked = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(name)?;
        let questions = &mut self.rooms.get_mut(room).board.questions.questions;
        questions.insert(question, QuestionState::new(asked));
        Some(())
    }

    pub(in crate::room::hub) fn restore_upvote(&mut self, name: &RoomName, question: Seq, user: UserId) -> Option<()> {
        let room = self.rooms.find(name)?;
        let questions = &mut self.rooms.get_mut(room).board.questions;
        let is_new = questions.questions.get_mut(&question)?.by.insert(user);
        questions.upvotes += usize::from(is_new);
        Some(())
    }
}
