//! The state of a room's board: polls, questions, the pin, gift counts, and the newest entry that each person has reported as seen.
//! `limits::POLLS`, `limits::QUESTIONS`, `limits::GIVERS` and `limits::SEEN` bound it.

use std::collections::BTreeMap;

use crate::room::hub::{
    board::leaderboard::Leaderboard, board::poll::Polls, board::question::Questions, membership::shares::Shares,
    membership::shares::Source,
};
use crate::{
    limits,
    room::{Pin, Seq, UserId},
};

/// State of a room's board: polls, questions, the pin, gift counts, and what people have seen.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct BoardState {
    pub(in crate::room::hub) polls: Polls,
    pub(in crate::room::hub) questions: Questions,
    /// The pin, and the author if a message is pinned.
    pub(in crate::room::hub) pin: Option<(Pin, Option<UserId>)>,
    pub(in crate::room::hub) given: Leaderboard,
    pub(in crate::room::hub) received: Leaderboard,
    /// Number of the newest entry that each person reported, for at most [`limits::SEEN`] people.
    pub(in crate::room::hub) seen: BTreeMap<UserId, Seq>,
    seen_from: Shares,
}

impl BoardState {
    /// Whether the board has content of the organizer that must outlast the last member.
    pub(in crate::room::hub) fn is_used(&self) -> bool {
        !self.polls.is_empty() || self.pin.is_some()
    }

    /// Size in memory, in bytes.
    pub(in crate::room::hub) fn bytes(&self) -> usize {
        const TEXT: usize = 4 * limits::BOARD_CHARS;
        const ROW: usize = 96;
        let texts = self.questions.len() + self.polls.len() * (*limits::POLL_CHOICES.end() + 1);
        let people = self.questions.upvotes() + self.polls.votes() + self.seen.len() + self.seen_from.len();
        texts * TEXT + (people + self.given.len() + self.received.len()) * ROW
    }

    /// Notes the newest entry that a person reported as seen.
    pub(in crate::room::hub) fn saw(&mut self, user: UserId, seq: Seq, source: Source) {
        if let Some(seen) = self.seen.get_mut(&user) {
            *seen = seq.max(*seen);
        } else if self.seen.len() < limits::SEEN && self.seen_from.take_row(source) {
            self.seen.insert(user, seq);
        }
    }
}
