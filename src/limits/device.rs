//! What one device may take, whatever identities it uses. Where many phones share an address by configuration
//! ([`super::Limits::per_address`] is off), rates are those of [`SHARED_PEOPLE`], and shares of tables are not counted.

use super::board::{GIVERS, QUESTIONS, SEEN};
use super::fixed::{APPROVAL_QUEUE, CONNECTIONS, KNOWN_MEMBERS, REACTIONS, ROOMS, USERS};

/// People whose rates all phones behind one address may use together, if `limits.per_address` is off: a hall behind one router.
pub const SHARED_PEOPLE: u32 = 1024;
/// Identities that were never here, a second in the long run, for each of a device's people: a client without a token is a new identity each
/// time it comes back.
pub const NEWCOMER_RATE: f64 = 0.25;
/// The same at once.
pub const NEWCOMER_BURST: u32 = 16;
/// Messages that a newborn identity may send at once: the beginning of a conversation. Its bucket fills like all others.
pub const NEWBORN_MESSAGES: u32 = 10;
/// Reactions of a newborn identity at once.
pub const NEWBORN_REACTIONS: u32 = 20;
/// People known of one device besides as many as may be connected ([`super::Limits::per_address`]): with its default a sixty-fourth of
/// [`super::USERS`] together. A newcomer beyond them takes the place of the device's own user who has been away longest; users of other devices stay.
pub const DEVICE_USERS: usize = 256;
/// Devices and people to whom they wrote privately of whom the rate is remembered: the one that has used least of it makes way.
pub const PRIVATE_PAIRS: usize = 8192;
/// Each so many bytes of a private message's text count as one more, as far as one device may write to one person: what comes of that until a
/// silent connection is closed takes about half of [`super::DIRECT_BYTES`].
pub const PRIVATE_PIECE_BYTES: usize = 4096;
/// Rooms that were made from one device: then its own that was unused for longest makes way.
pub const DEVICE_ROOMS: usize = 16;
/// Messages of one device that wait in a room to be approved: an eighth of [`super::APPROVAL_QUEUE`].
pub const DEVICE_APPROVALS: usize = 25;
/// Questions of one device that are open in a room: an eighth of [`super::QUESTIONS`].
pub const DEVICE_QUESTIONS: usize = 4;
/// People of one device in each table of a room that outlasts them: givers, receivers, readers, those who were there. A sixty-fourth of
/// each; people beyond it are counted as strangers there, and give nothing where gifts have a budget.
pub const DEVICE_TABLE: usize = 64;
/// Kinds of reaction that one device may bring into a room: a quarter of [`super::REACTIONS`].
pub const DEVICE_REACTIONS: usize = 8;
/// Polling sessions of Engine.IO that have joined no namespace yet, in all: more phones than open the page within one moment.
pub const HALF_OPEN: usize = 2048;
/// Places beyond the last ordinary one, for those who run the evening; in all, and of one device while nothing was proved. The same for TCP
/// connections, in all: the newest takes the place of the oldest of the busiest device.
pub const RESERVED: usize = 64;
/// See [`RESERVED`].
pub const DEVICE_RESERVED: usize = 4;
/// TCP connections that wait there for their first line, in the same order. With 64, silent ones at 3,000 a second from the organizer's own
/// address ended hers in the 20 ms before it had come.
pub const UNDECIDED: usize = 512;
/// How long such a place is kept without a proof, in milliseconds: two round trips on a bad Wi-Fi.
pub const RESERVED_MS: u64 = 5000;
/// How long a TCP connection without a request keeps its place where none is left, in milliseconds: a bad Wi-Fi, and a box that
/// is behind with its work, are quicker.
pub const SILENT_MS: u64 = 2000;
/// The first line of a request that asks for a reserved place, in bytes: the organizer's own are below 300.
pub const RESERVED_LINE_BYTES: usize = 4096;
/// Between two looks for the rest of such a line, in milliseconds: a head comes in one packet, so hardly ever.
pub const RESERVED_LOOK_MS: u64 = 20;

const _: () = assert!(DEVICE_RESERVED < RESERVED && RESERVED < CONNECTIONS);
const _: () = assert!((DEVICE_USERS + 64) * 64 <= USERS);
const _: () = assert!(DEVICE_ROOMS < ROOMS && DEVICE_APPROVALS < APPROVAL_QUEUE);
const _: () = assert!(DEVICE_TABLE * 64 <= GIVERS && DEVICE_TABLE * 64 <= SEEN && DEVICE_TABLE * 64 <= KNOWN_MEMBERS);
const _: () = assert!(DEVICE_QUESTIONS < QUESTIONS && DEVICE_REACTIONS < REACTIONS);
