//! The board of a room, beside its messages: polls, questions to the stage, the pinned message, and gifts. `limits::POLLS`,
//! `limits::QUESTIONS`, `limits::VOTES` and `limits::GIVERS` bound it.

pub(super) mod gifts;
pub(super) mod leaderboard;
pub(super) mod pins;
pub(super) mod poll;
pub(super) mod polls;
pub(super) mod question;
pub(super) mod questions;
pub(super) mod tables;
