//! The board of a room, beside its messages: polls, questions to the stage, the pinned message, gifts, and the values that programs share.
//! `limits::POLLS`, `limits::QUESTIONS`, `limits::VOTES`, `limits::GIVERS` and `limits::VALUES` bound it.

pub(super) mod gifts;
pub(super) mod leaderboard;
pub(super) mod pins;
pub(super) mod poll;
pub(super) mod polls;
pub(super) mod question;
pub(super) mod questions;
pub(super) mod room_values;
pub(super) mod tables;
pub(super) mod values;
