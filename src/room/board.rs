//! A room's board as clients see it: polls, questions, the pin, the leaderboards.

use serde::{Deserialize, Serialize};

use super::{Person, RoomName, Seq};

/// A poll as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Number of the poll in the room.
    pub poll: u32,
    /// The question.
    pub question: Box<str>,
    /// The choices, as many as [`crate::limits::POLL_CHOICES`] allows.
    pub choices: Box<[Box<str>]>,
    /// A vote may have several choices.
    pub several: bool,
    /// A vote may be changed.
    pub change: bool,
    /// The poll takes votes.
    pub open: bool,
    /// The poll was removed from the board, with its votes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// The right choice, told once the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
    /// Number of voters.
    pub voters: u64,
    /// Votes of each choice; none while they are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// A poll to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// The question.
    pub question: Box<str>,
    /// The choices, as many as [`crate::limits::POLL_CHOICES`] allows.
    pub choices: Box<[Box<str>]>,
    /// A vote may have several choices.
    #[serde(default)]
    pub several: bool,
    /// The votes are shown only after the poll is closed, or after [`super::AdminCommand::ShowPoll`].
    #[serde(default)]
    pub hidden: bool,
    /// A vote may be changed.
    #[serde(default)]
    pub change: bool,
    /// The right choice, counted from 0: told once the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
}

/// The changing part of an open poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollTally {
    /// Number of the poll.
    pub poll: u32,
    /// Number of voters.
    pub voters: u64,
    /// Votes of each choice; none while they are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// A poll with the vote of the person that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollOnBoard {
    /// The poll.
    #[serde(flatten)]
    pub poll: Poll,
    /// The vote; empty for none.
    pub mine: Vec<u8>,
}

/// A question on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionOnBoard {
    /// Number of its entry.
    pub question: Seq,
    /// The text.
    pub text: Box<str>,
    /// The author.
    pub from: Person,
    /// Number of upvotes.
    pub upvotes: u64,
    /// The organizer has answered it.
    pub answered: bool,
    /// The person that asks has upvoted it.
    pub mine: bool,
}

/// The changing part of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionTally {
    /// Number of the question's entry.
    pub question: Seq,
    /// Number of upvotes.
    pub upvotes: u64,
}

/// The pin: a message or a text that stays in view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Number of the pinned message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The text. Left out of the log for a message, whose own entry has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
}

/// A line of a leaderboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The person.
    pub who: Person,
    /// Number of gifts.
    pub gifts: u64,
}

/// The whole board of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// The room.
    pub room: RoomName,
    /// The pin.
    pub pin: Option<Pin>,
    /// The newest [`crate::limits::POLLS`] polls, oldest first.
    pub polls: Vec<PollOnBoard>,
    /// Questions, at most [`crate::limits::QUESTIONS`], oldest first.
    pub questions: Vec<QuestionOnBoard>,
    /// People who gave most, at most [`crate::limits::LEADERS`].
    pub givers: Vec<Score>,
    /// People who received most, at most as many.
    pub receivers: Vec<Score>,
}

/// The entry of an announcement in one room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// The room.
    pub room: RoomName,
    /// Number of the entry.
    pub seq: Seq,
}
