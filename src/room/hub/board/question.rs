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

    /// Authors of open questions; a person with several questions appears several times.
    pub(in crate::room::hub) fn open_users(&self) -> impl Iterator<Item = UserId> {
        let open = self.questions.values().filter(|wanted| !wanted.asked.answered);
        open.map(|wanted| wanted.asked.user)
    }

    pub(in crate::room::hub) fn get_mut(&mut self, question: Seq) -> Result<&mut QuestionState, Refusal> {
        let unknown = || Refusal::new(Code::BadRequest, "there is no question of that number");
        self.questions.get_mut(&question).ok_or_else(unknown)
    }
}
