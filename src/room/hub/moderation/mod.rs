//! Moderation in the hub (the state machine of all rooms): who may enter, what a message must pass before others see it, mutes, bans and
//! the list of unwanted words. Each file names its bound from `limits`.

pub(super) mod access;
pub(super) mod approval;
pub(super) mod ban;
pub(super) mod hiding;
pub(super) mod moderate;
pub(super) mod mute;
pub(super) mod operators;
pub(super) mod originals;
pub(super) mod policy;
pub(super) mod queue;
pub(super) mod records;
pub(super) mod verdict;
pub(super) mod words;
