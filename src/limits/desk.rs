//! What the organizer's page asks about people at once: answers that a phone shows on a few screens.

/// People of one list, by name; the answer counts the others, and a search finds them.
pub const DESK_PEOPLE: usize = 100;
/// Newest messages of one person in a room: at most 80 kB of text, at the default length.
pub const DESK_SAID: usize = 10;
/// Newest commands about one person.
pub const DESK_COMMANDS: usize = 20;
/// People named who share a device with one person; the answer counts the others.
pub const DESK_NEIGHBOURS: usize = 20;
