//! A room's board as clients see it: polls, questions, the pinned message, the leaderboards. Plain data;
//! each text has at most `limits::BOARD_CHARS` characters.

use serde::{Deserialize, Serialize};

use super::{Person, RoomName, Seq};

/// A poll with its current state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Number of the poll in the room.
    pub poll: u32,
    /// The question that the poll asks.
    pub question: Box<str>,
    /// The choices, as many as [`crate::limits::POLL_CHOICES`] allows.
    pub choices: Box<[Box<str>]>,
    /// Whether a vote may have several choices.
    pub several: bool,
    /// Whether people may change their vote.
    pub change: bool,
    /// Whether the poll takes votes.
    pub open: bool,
    /// Whether the poll was removed from the board, with its votes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// Index of the right choice; set only after the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
    /// Number of people who voted.
    pub voters: u64,
    /// Number of votes for each choice; `None` while the votes are hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// A poll as the organizer defines it, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// The question that the poll asks.
    pub question: Box<str>,
    /// The choices, as many as [`crate::limits::POLL_CHOICES`] allows.
    pub choices: Box<[Box<str>]>,
    /// Whether a vote may have several choices.
    #[serde(default)]
    pub several: bool,
    /// Whether votes stay hidden until the poll is closed, or until [`super::AdminCommand::ShowPoll`].
    #[serde(default)]
    pub hidden: bool,
    /// Whether people may change their vote.
    #[serde(default)]
    pub change: bool,
    /// Index of the right choice, from 0; revealed after the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
}

/// Vote counts of an open poll, sent whenever they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollTally {
    /// Number of the poll.
    pub poll: u32,
    /// Number of people who voted.
    pub voters: u64,
    /// Number of votes for each choice; `None` while the votes are hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// A poll together with the requesting person's own vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollOnBoard {
    /// The poll with its current state.
    #[serde(flatten)]
    pub poll: Poll,
    /// Choices that the requesting person voted for; empty without a vote.
    pub mine: Vec<u8>,
}

/// A question on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionOnBoard {
    /// Number of the question's entry in the log.
    pub question: Seq,
    /// Text of the question.
    pub text: Box<str>,
    /// The author of the question.
    pub from: Person,
    /// Number of upvotes.
    pub upvotes: u64,
    /// Whether the organizer marked the question as answered.
    pub answered: bool,
    /// Whether the requesting person has upvoted the question.
    pub mine: bool,
}

/// Upvote count of a question, sent whenever it changes.
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
    /// Number of the pinned message's entry; `None` for a pinned text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The pinned text. The log leaves it out for a pinned message, whose own entry has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
}

/// A person's row on a leaderboard: the person and the count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// The person whom the score belongs to.
    pub who: Person,
    /// Number of gifts that the person has given or received.
    pub gifts: u64,
}

/// The whole board of a room, as the requesting person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// Name of the room.
    pub room: RoomName,
    /// The pinned message or text, if any.
    pub pin: Option<Pin>,
    /// The newest [`crate::limits::POLLS`] polls, oldest first.
    pub polls: Vec<PollOnBoard>,
    /// Questions, at most [`crate::limits::QUESTIONS`], oldest first.
    pub questions: Vec<QuestionOnBoard>,
    /// People who gave the most gifts, at most [`crate::limits::LEADERS`].
    pub givers: Vec<Score>,
    /// People who received the most gifts, at most [`crate::limits::LEADERS`].
    pub receivers: Vec<Score>,
}

/// Position of an announcement in one room's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// Name of the room.
    pub room: RoomName,
    /// Number of the announcement's entry.
    pub seq: Seq,
}
