//! Access checks, room policies, the approval queue, mutes, bans and the word list.

pub(super) mod access;
pub(super) mod approval;
pub(super) mod ban;
pub(super) mod moderate;
pub(super) mod mute;
pub(super) mod operators;
pub(super) mod policy;
pub(super) mod queue;
pub(super) mod records;
pub(super) mod verdict;
pub(super) mod words;
