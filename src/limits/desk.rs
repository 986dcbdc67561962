//! Limits of the lists of people on the organizer's page, so that an answer fits on a few phone screens.

/// Maximum number of people in one list, by name. The answer also counts the others, which a search finds.
pub const DESK_PEOPLE: usize = 100;
/// Number of a person's newest messages in one answer: at most 80 kB of text with the default limit.
pub const DESK_SAID: usize = 10;
/// Number of newest admin commands about a person in one answer.
pub const DESK_COMMANDS: usize = 20;
/// Number of people listed who share a device with a person; the answer also counts the others.
pub const DESK_NEIGHBOURS: usize = 20;
