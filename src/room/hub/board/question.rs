//! Tables of a room's questions, at most `limits::QUESTIONS`, and their upvotes, at most `limits::VOTES`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    limits,
    room::{AddressTag, Code, QuestionTally, Refusal, Seq, UserId},
};

/// A room's questions by the number of their entry, at most [`limits::QUESTIONS`], and all their upvotes, at most [`limits::VOTES`].
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Questions {
    pub(in crate::room::hub) questions: BTreeMap<Seq, QuestionState>,
    pub(in crate::room::hub) upvotes: usize,
}

#[derive(Debug)]
pub(in crate::room::hub) struct QuestionState {
    pub(in crate::room::hub) asked: StoredQuestion,
    pub(in crate::room::hub) by: BTreeSet<UserId>,
    /// Number of upvotes from each device, counted since the process started.
    pub(in crate::room::hub) from: BTreeMap<AddressTag, usize>,
}

impl QuestionState {
    pub(in crate::room::hub) fn new(asked: StoredQuestion) -> Self {
        let (by, from) = (BTreeSet::new(), BTreeMap::new());
        Self { asked, by, from }
    }
}

/// A question as the store keeps it, the value of [`Key::Question`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::room::hub) struct StoredQuestion {
    pub(in crate::room::hub) user: UserId,
    pub(in crate::room::hub) text: Box<str>,
    pub(in crate::room::hub) answered: bool,
    /// Whether a moderator has hidden it. It keeps its upvotes without its text, and can be shown again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::room::hub) hidden: bool,
}

impl StoredQuestion {
    /// Whether guests see it and wait for its answer.
    fn is_open(&self) -> bool {
        !self.answered && !self.hidden
    }
}

impl Questions {
    pub(in crate::room::hub) fn len(&self) -> usize {
        self.questions.len()
    }

    pub(in crate::room::hub) fn upvotes(&self) -> usize {
        self.upvotes
    }

    /// Upvote counts of the open questions with the most upvotes.
    pub(in crate::room::hub) fn tallies(&self) -> Vec<QuestionTally> {
        let open = self.questions.iter().filter(|(_, wanted)| wanted.asked.is_open());
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

    /// Authors of open questions; a person with several questions appears several times.
    pub(in crate::room::hub) fn open_users(&self) -> impl Iterator<Item = UserId> {
        let open = self.questions.values().filter(|wanted| wanted.asked.is_open());
        open.map(|wanted| wanted.asked.user)
    }

    pub(in crate::room::hub) fn get_mut(&mut self, question: Seq) -> Result<&mut QuestionState, Refusal> {
        let unknown = || Refusal::new(Code::BadRequest, "there is no question of that number");
        let found = self.questions.get_mut(&question);
        found.filter(|found| !found.asked.hidden).ok_or_else(unknown)
    }

    /// Questions on the board by number, without the hidden ones.
    pub(in crate::room::hub) fn shown(&self) -> impl Iterator<Item = (Seq, &QuestionState)> {
        let all = self.questions.iter().map(|(&question, state)| (question, state));
        all.filter(|(_, state)| !state.asked.hidden)
    }

    /// The question that makes way for a new one where the table is full: a hidden one first, then an answered one, then the oldest.
    pub(in crate::room::hub) fn surplus(&self) -> Option<Seq> {
        let rank = |asked: &StoredQuestion| (!asked.hidden, !asked.answered);
        let first = self.questions.iter().min_by_key(|(_, state)| rank(&state.asked));
        let is_full = self.questions.len() >= limits::QUESTIONS;
        first.filter(|_| is_full).map(|(&question, _)| question)
    }
}
