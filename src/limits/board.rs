//! Limits of a room's board: polls, questions, the pin, the leaderboards.

/// Number of people in a room whose gifts are counted, separately for givers and receivers; at most [`super::DEVICE_TABLE`] from one
/// device. Where gifts have a budget, only counted people can give.
pub const GIVERS: usize = 4096;
/// Number of people shown on a leaderboard.
pub const LEADERS: usize = 10;
/// Allowed number of choices in a poll.
pub const POLL_CHOICES: std::ops::RangeInclusive<usize> = 2..=10;
/// Number of polls that a room keeps; a new poll replaces the oldest closed one.
pub const POLLS: usize = 8;
/// Number of votes that a room keeps, over all of its polls; the same limit applies to upvotes.
pub const VOTES: usize = 16_384;
/// Number of questions that a room keeps; answered questions are replaced first.
pub const QUESTIONS: usize = 32;
/// Number of questions whose upvote counts are part of the latest values.
pub const LIVE_QUESTIONS: usize = 12;
/// Maximum length in characters of a poll's question or choice, a question from the audience, and a room's title.
pub const BOARD_CHARS: usize = 280;
/// Number of people in a room whose newest received entry is known; at most [`super::DEVICE_TABLE`] from one device. Others are not counted
/// as reached.
pub const SEEN: usize = 4096;
