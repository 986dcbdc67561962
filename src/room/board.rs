//! What stands beside a room's talk: polls, questions, a pin, who gave most. These are the forms that clients see.

use serde::{Deserialize, Serialize};

use super::{Person, RoomName, Seq};

/// A poll as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// Its number in the room.
    pub poll: u32,
    /// What is asked.
    pub question: Box<str>,
    /// What can be chosen, from [`crate::limits::POLL_CHOICES`].
    pub choices: Box<[Box<str>]>,
    /// Several choices may be made.
    pub several: bool,
    /// Who has voted may vote otherwise.
    pub change: bool,
    /// Votes are taken.
    pub open: bool,
    /// The choice that was right, told once the poll is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<u8>,
    /// How many voted.
    pub voters: u64,
    /// How often each was chosen; none while that is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// What of an open poll changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollTally {
    /// Its number.
    pub poll: u32,
    /// How many voted.
    pub voters: u64,
    /// How often each was chosen; none while that is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<Box<[u64]>>,
}

/// A poll, and what somebody has chosen in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PollOnBoard {
    /// The poll.
    #[serde(flatten)]
    pub poll: Poll,
    /// The asker's own vote; empty for none.
    pub mine: Vec<u8>,
}

/// A question of the audience.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionOnBoard {
    /// The number of the entry that asked it.
    pub question: Seq,
    /// What is asked.
    pub text: Box<str>,
    /// By whom.
    pub from: Person,
    /// How many want to know.
    pub upvotes: u64,
    /// It was answered.
    pub answered: bool,
    /// The asker of the board is one of those.
    pub mine: bool,
}

/// What of a question changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QuestionTally {
    /// Its number.
    pub question: Seq,
    /// How many want to know.
    pub upvotes: u64,
}

/// What everybody is to see while it is there: a message, or a text of the organizer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The message's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The text. Left out of the log where it is a message's, which has a place there already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Box<str>>,
}

/// Who gave, or was given, how many gifts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Who.
    pub who: Person,
    /// How many.
    pub gifts: u64,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// Whose it is.
    pub room: RoomName,
    /// What is pinned.
    pub pin: Option<Pin>,
    /// The newest [`crate::limits::POLLS`] polls, oldest first.
    pub polls: Vec<PollOnBoard>,
    /// At most [`crate::limits::QUESTIONS`], oldest first.
    pub questions: Vec<QuestionOnBoard>,
    /// Who gave most, at most [`crate::limits::LEADERS`].
    pub givers: Vec<Score>,
    /// Who was given most, at most so many.
    pub receivers: Vec<Score>,
}

/// Where an announcement stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announced {
    /// The room.
    pub room: RoomName,
    /// Its number there.
    pub seq: Seq,
}
