//! Questions of the audience, and how many want to know.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Asker, Hub, held::Saying, rule::Way};
use crate::{
    limits,
    room::{
        Body, Code, Entry, Hide, Key, MsgId, Now, QuestionOnBoard, QuestionTally, Refusal, Reply, RoomId, RoomName,
        Seq, UserId, keep,
    },
};

/// The questions of a room, at most [`limits::QUESTIONS`], by the number of their entry; and all upvotes, at most [`limits::VOTES`].
#[derive(Debug, Default)]
pub(super) struct Questions {
    questions: BTreeMap<Seq, Wanted>,
    upvotes: usize,
}

#[derive(Debug)]
struct Wanted {
    asked: Asked,
    by: BTreeSet<UserId>,
}

/// The value of [`Key::Question`].
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asked {
    user: UserId,
    text: Box<str>,
    answered: bool,
}

impl Questions {
    /// Of those that most want to have answered.
    pub(super) fn tallies(&self) -> Vec<QuestionTally> {
        let open = self.questions.iter().filter(|(_, wanted)| !wanted.asked.answered);
        let mut open: Vec<_> = open
            .map(|(&question, wanted)| QuestionTally {
                question,
                upvotes: wanted.by.len() as u64,
            })
            .collect();
        open.sort_by_key(|tally| std::cmp::Reverse(tally.upvotes));
        open.truncate(limits::LIVE_QUESTIONS);
        open
    }

    fn get_mut(&mut self, question: Seq) -> Result<&mut Wanted, Refusal> {
        let unknown = || Refusal::new(Code::BadRequest, "there is no question of that number");
        self.questions.get_mut(&question).ok_or_else(unknown)
    }
}

impl Hub {
    pub(super) fn ask(
        &mut self,
        now: Now,
        asker: Asker<'_>,
        text: Box<str>,
        id: Option<MsgId>,
    ) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room to ask in");
        let room = self.room_to_read(asker.place)?.ok_or_else(unknown)?;
        if text.chars().count() > limits::BOARD_CHARS {
            let message = format!("a question has at most {} characters", limits::BOARD_CHARS);
            return Err(Refusal::new(Code::TooLong, message));
        }
        if let Some(reply) = self.repeated(Some(room), asker.user, id.as_ref()) {
            return Ok(reply);
        }
        let questions = &self.rooms.get(room).tools.questions.questions;
        let all_open = questions.values().all(|wanted| !wanted.asked.answered);
        if questions.len() >= limits::QUESTIONS && all_open {
            return Err(Refusal::new(Code::Full, "too many questions wait for an answer"));
        }
        let way = self.way(now, asker.user, Some(room), &[&text])?;
        self.people.take_message(asker.user, now)?;
        let reply = match way {
            Way::Shown => self.append(now, asker, id, None, Body::Question { text })?,
            way => self.hold(now, asker, id, None, way, Saying::Question { text })?,
        };
        self.said(now, asker.user, Some(room));
        Ok(reply)
    }

    /// An entry is in the log: if it is a question, it goes on the board.
    pub(super) fn asked(&mut self, now: Now, room: RoomId, entry: &Entry) {
        let Body::Question { text } = &entry.body else { return };
        let questions = &self.rooms.get(room).tools.questions.questions;
        if questions.len() >= limits::QUESTIONS {
            // A full board may hold one that an organizer approves: the oldest makes way, one that was answered first.
            let answered = questions.iter().find(|(_, wanted)| wanted.asked.answered);
            if let Some((&oldest, _)) = answered.or_else(|| questions.iter().next()) {
                self.drop_question(room, oldest);
            }
        }
        let asked = Asked {
            user: entry.from.id,
            text: text.clone(),
            answered: false,
        };
        let state = self.rooms.get_mut(room);
        let key = Key::Question(state.name.clone(), entry.seq);
        let value = keep::json(&asked);
        let by = BTreeSet::new();
        state.tools.questions.questions.insert(entry.seq, Wanted { asked, by });
        self.keep(key, |_| Some(value));
        self.latest_changed(now, room);
    }

    fn drop_question(&mut self, room: RoomId, question: Seq) {
        let state = self.rooms.get_mut(room);
        let questions = &mut state.tools.questions;
        let Some(gone) = questions.questions.remove(&question) else {
            return;
        };
        questions.upvotes -= gone.by.len();
        let name = state.name.clone();
        self.keep(Key::Question(name.clone(), question), |_| None);
        for user in gone.by {
            self.keep(Key::Upvote(name.clone(), question, user), |_| None);
        }
    }

    /// What is hidden is on the board no more.
    pub(super) fn hide_questions(&mut self, now: Now, room: RoomId, what: Hide) {
        let questions = self.rooms.get(room).tools.questions.questions.iter();
        let hidden = |(&question, wanted): (&Seq, &Wanted)| match what {
            Hide::Entry { seq } => (seq == question).then_some(question),
            Hide::Person { user } => (wanted.asked.user == user).then_some(question),
        };
        let hidden: Vec<_> = questions.filter_map(hidden).collect();
        for question in hidden {
            self.drop_question(room, question);
            self.latest_changed(now, room);
        }
    }

    /// One upvote a person, however often they send it.
    pub(super) fn upvote(&mut self, now: Now, asker: Asker<'_>, question: Seq) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::UnknownRoom, "there is no such room to vote in");
        let room = self.room_to_read(asker.place)?.ok_or_else(unknown)?;
        self.may_act(now, asker.user, Some(room))?;
        let questions = &mut self.rooms.get_mut(room).tools.questions;
        let is_full = questions.upvotes >= limits::VOTES;
        let wanted = questions.get_mut(question)?;
        let is_new = !wanted.by.contains(&asker.user);
        if is_new && is_full {
            return Err(Refusal::new(Code::Full, "too many people have voted in this room"));
        }
        self.people.take_request(asker.user, now)?;
        let state = self.rooms.get_mut(room);
        let questions = &mut state.tools.questions;
        let wanted = questions.get_mut(question)?;
        wanted.by.insert(asker.user);
        let upvotes = wanted.by.len() as u64;
        questions.upvotes += usize::from(is_new);
        // Also when the same comes again: its first answer may still wait for the disk, so this one has to wait, too.
        let key = Key::Upvote(state.name.clone(), question, asker.user);
        self.keep(key, |_| Some("true".into()));
        if is_new {
            self.latest_changed(now, room);
        }
        Ok(Reply::Upvoted { question, upvotes })
    }

    pub(super) fn answered(&mut self, now: Now, name: &RoomName, question: Seq) -> Result<Reply, Refusal> {
        let room = self.known_room(name)?;
        let asked = &mut self.rooms.get_mut(room).tools.questions.get_mut(question)?.asked;
        if !std::mem::replace(&mut asked.answered, true) {
            let value = keep::json(asked);
            self.keep(Key::Question(name.clone(), question), |_| Some(value));
            self.say(now, room, Body::Answered { question });
            self.latest_changed(now, room);
        }
        Ok(Reply::Done)
    }

    pub(super) fn questions_on_board(&self, room: RoomId, user: UserId) -> Vec<QuestionOnBoard> {
        let questions = self.rooms.get(room).tools.questions.questions.iter();
        let shown = questions.map(|(&question, Wanted { asked, by })| QuestionOnBoard {
            question,
            text: asked.text.clone(),
            from: self.shown(asked.user),
            upvotes: by.len() as u64,
            answered: asked.answered,
            mine: by.contains(&user),
        });
        shown.collect()
    }

    pub(super) fn take_back_question(&mut self, name: &RoomName, question: Seq, value: &str) -> Option<()> {
        let asked = serde_json::from_str(value).ok()?;
        let room = self.rooms.find(name)?;
        let by = BTreeSet::new();
        let questions = &mut self.rooms.get_mut(room).tools.questions.questions;
        questions.insert(question, Wanted { asked, by });
        Some(())
    }

    pub(super) fn take_back_upvote(&mut self, name: &RoomName, question: Seq, user: UserId) -> Option<()> {
        let room = self.rooms.find(name)?;
        let questions = &mut self.rooms.get_mut(room).tools.questions;
        let is_new = questions.get_mut(question).ok()?.by.insert(user);
        questions.upvotes += usize::from(is_new);
        Some(())
    }
}
