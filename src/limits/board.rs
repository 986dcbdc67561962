//! What a room has beside its talk: polls, questions, a pin, a leaderboard.

/// People in a room whose gifts are counted, and so many who were given some; [`super::DEVICE_TABLE`] of one device. With a budget no others give.
pub const GIVERS: usize = 4096;
/// Places of a leaderboard.
pub const LEADERS: usize = 10;
/// Choices of a poll.
pub const POLL_CHOICES: std::ops::RangeInclusive<usize> = 2..=10;
/// Polls that a room keeps: the oldest closed ones make way.
pub const POLLS: usize = 8;
/// Votes that a room keeps, of all of its polls together. The same for upvotes.
pub const VOTES: usize = 16_384;
/// Questions that a room keeps: those that were answered make way.
pub const QUESTIONS: usize = 32;
/// Questions whose upvotes are told in latest values.
pub const LIVE_QUESTIONS: usize = 12;
/// Characters of a poll's question, of one of its choices, of a question of the audience, and of a room's title.
pub const BOARD_CHARS: usize = 280;
/// People in a room of whom is known up to where they have its log; [`super::DEVICE_TABLE`] of one device. Others are not counted.
pub const SEEN: usize = 4096;
