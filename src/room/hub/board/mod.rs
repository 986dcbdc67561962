//! Polls, questions, the pin and gifts of a room.

pub(super) mod gifts;
pub(super) mod leaderboard;
pub(super) mod pins;
pub(super) mod poll;
pub(super) mod polls;
pub(super) mod question;
pub(super) mod questions;
pub(super) mod tables;
