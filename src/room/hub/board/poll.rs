//! The tables of a room's polls and their votes, at most `limits::POLLS` polls and `limits::VOTES` votes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::room::{AddressTag, Code, Poll, PollOnBoard, PollTally, Refusal, UserId};

/// The newest polls of a room, at most [`limits::POLLS`], and their votes, at most [`limits::VOTES`].
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Polls {
    pub(in crate::room::hub) polls: BTreeMap<u32, PollState>,
    pub(in crate::room::hub) votes: usize,
}

/// A poll and its votes.
#[derive(Debug)]
pub(in crate::room::hub) struct PollState {
    pub(in crate::room::hub) asked: PollSpec,
    pub(in crate::room::hub) votes: BTreeMap<UserId, Choices>,
    /// Number of votes from each device, counted since the process started.
    pub(in crate::room::hub) from: BTreeMap<AddressTag, usize>,
    counts: Box<[u64]>,
}

/// A poll as the store keeps it, the value of [`Key::Poll`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::room::hub) struct PollSpec {
    pub(in crate::room::hub) question: Box<str>,
    pub(in crate::room::hub) choices: Box<[Box<str>]>,
    pub(in crate::room::hub) several: bool,
    pub(in crate::room::hub) change: bool,
    pub(in crate::room::hub) hidden: bool,
    pub(in crate::room::hub) right: Option<u8>,
    pub(in crate::room::hub) open: bool,
    /// The poll was removed. The record remains so that its number is not used again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::room::hub) removed: bool,
}

/// The choices of one vote, as a bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) struct Choices(u16);

impl Choices {
    pub(in crate::room::hub) fn new(chosen: &[u8], asked: &PollSpec) -> Result<Self, Refusal> {
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

    pub(in crate::room::hub) fn iter(self) -> impl Iterator<Item = u8> {
        (0..16).filter(move |choice| self.0 & (1 << choice) != 0)
    }
}

impl PollState {
    pub(in crate::room::hub) fn new(asked: PollSpec) -> Self {
        Self {
            counts: vec![0; asked.choices.len()].into(),
            votes: BTreeMap::new(),
            from: BTreeMap::new(),
            asked,
        }
    }

    pub(in crate::room::hub) fn set(&mut self, user: UserId, choices: Choices) {
        if let Some(before) = self.votes.insert(user, choices) {
            before.iter().for_each(|choice| self.counts[usize::from(choice)] -= 1);
        }
        choices.iter().for_each(|choice| self.counts[usize::from(choice)] += 1);
    }

    /// The poll as clients see it. `to_all` hides votes that the audience must not see yet.
    pub(in crate::room::hub) fn shown(&self, poll: u32, to_all: bool) -> Poll {
        let PollSpec {
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
            removed: false,
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
    pub(in crate::room::hub) fn len(&self) -> usize {
        self.polls.len()
    }

    pub(in crate::room::hub) fn votes(&self) -> usize {
        self.votes
    }

    pub(in crate::room::hub) fn is_empty(&self) -> bool {
        self.polls.is_empty()
    }

    pub(in crate::room::hub) fn tallies(&self) -> Vec<PollTally> {
        let open = self.polls.iter().filter(|(_, taken)| taken.asked.open);
        let tally = open.map(|(&poll, taken)| PollTally {
            poll,
            voters: taken.votes.len() as u64,
            votes: taken.told(true),
        });
        tally.collect()
    }

    pub(in crate::room::hub) fn shown(&self) -> impl Iterator<Item = (&u32, &PollState)> {
        self.polls.iter().filter(|(_, taken)| !taken.asked.removed)
    }

    pub(in crate::room::hub) fn on_board(&self, user: UserId) -> Vec<PollOnBoard> {
        let polls = self.shown().map(|(&poll, taken)| PollOnBoard {
            poll: taken.shown(poll, true),
            mine: taken
                .votes
                .get(&user)
                .map_or_else(Vec::new, |choices| choices.iter().collect()),
        });
        polls.collect()
    }

    pub(in crate::room::hub) fn get_mut(&mut self, poll: u32) -> Result<&mut PollState, Refusal> {
        let unknown = || Refusal::new(Code::BadRequest, "there is no poll of that number");
        let taken = self.polls.get_mut(&poll).filter(|taken| !taken.asked.removed);
        taken.ok_or_else(unknown)
    }
}
