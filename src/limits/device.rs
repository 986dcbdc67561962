//! Limits for one device, whatever identities it uses. If the configuration says that many phones share an address
//! ([`super::Limits::per_address`] is off), rates are those of [`SHARED_PEOPLE`], and shares of tables are not counted.

use super::board::{GIVERS, QUESTIONS, SEEN};
use super::fixed::{APPROVAL_QUEUE, CONNECTIONS, KNOWN_MEMBERS, REACTIONS, ROOMS, USERS};

/// Number of people whose rates all phones behind one address may use together, if `limits.per_address` is off: a hall behind one router.
pub const SHARED_PEOPLE: u32 = 1024;
/// New identities per second, on average, for each person that a device may have. A client without a token is a new identity at each visit.
pub const NEWCOMER_RATE: f64 = 0.25;
/// New identities in one burst, for each person that a device may have.
pub const NEWCOMER_BURST: u32 = 16;
/// Messages that a new identity may send at once: enough to start a conversation. Its bucket then fills at the usual rate.
pub const NEWBORN_MESSAGES: u32 = 10;
/// Reactions that a new identity may send at once.
pub const NEWBORN_REACTIONS: u32 = 20;
/// Number of known people on one device beyond its connection limit ([`super::Limits::per_address`]); by default both are 1/64 of [`super::USERS`].
/// A further newcomer replaces the device's own user who has been away longest; users of other devices stay.
pub const DEVICE_USERS: usize = 256;
/// Number of pairs of sending device and receiver whose rate of private messages is remembered. The pair that has used least of its rate is
/// dropped first.
pub const PRIVATE_PAIRS: usize = 8192;
/// Text length in bytes that counts as one further private message in the rate from one device to one receiver.
/// Before a silent connection is closed, such messages can fill about half of [`super::DIRECT_BYTES`].
pub const PRIVATE_PIECE_BYTES: usize = 4096;
/// Number of open rooms created from one device; a further room replaces the device's own room that has been unused longest.
pub const DEVICE_ROOMS: usize = 16;
/// Number of messages from one device in a room's approval queue: an eighth of [`super::APPROVAL_QUEUE`].
pub const DEVICE_APPROVALS: usize = 25;
/// Number of open questions from one device in a room: an eighth of [`super::QUESTIONS`].
pub const DEVICE_QUESTIONS: usize = 4;
/// Number of people from one device in each lasting table of a room (givers, receivers, readers, known members): 1/64 of the table.
/// Further people are not entered, and can't give gifts where gifts have a budget.
pub const DEVICE_TABLE: usize = 64;
/// Number of kinds of reaction that one device may introduce in a room: a quarter of [`super::REACTIONS`].
pub const DEVICE_REACTIONS: usize = 8;
/// Number of Engine.IO polling sessions without a namespace, in total: more than the phones that open the page at the same moment.
pub const HALF_OPEN: usize = 2048;
/// Size of the operators' reserve: slots beyond the ordinary ones, for connections of organizer and moderators. The same number of TCP
/// connections is reserved, too; when all are taken, the newest evicts the oldest of the device that has most.
pub const RESERVED: usize = 64;
/// Number of slots in the operators' reserve that one device may take before it has proved to be an operator's, see [`RESERVED`].
pub const DEVICE_RESERVED: usize = 16;
/// TCP connections that wait there for their first line, in the same order. With 64, silent ones at 3,000 a second from the organizer's own
/// address ended hers in the 20 ms before it had come.
pub const UNDECIDED: usize = 512;
/// Number of whole requests in the operators' reserve that wait for an answer; beyond that, new connections wait in the kernel's queue. The
/// answers are the server's own work of some microseconds each, so the wait is short.
pub const ASKING: usize = 64;
/// How long a connection stays in the operators' reserve without a proof (a signed admin command), in milliseconds: two round trips on a bad Wi-Fi.
pub const RESERVED_MS: u64 = 5000;
/// Age in milliseconds at which a TCP connection without a request may lose its place to another one. Even on a bad Wi-Fi and a busy box,
/// requests arrive sooner.
pub const SILENT_MS: u64 = 2000;
/// Number of bytes of the first request of a connection in the operators' reserve that are judged; most admin commands stay below 2,000. A
/// longer one is served, too, but may be evicted before its answer.
pub const RESERVED_BYTES: usize = 4096;
/// Interval between checks for the rest of the first request on a reserved place, in milliseconds. Rarely needed, because a request's head
/// arrives in one packet.
pub const RESERVED_LOOK_MS: u64 = 20;

const _: () = assert!(DEVICE_RESERVED < RESERVED && RESERVED < CONNECTIONS);
const _: () = assert!((DEVICE_USERS + 64) * 64 <= USERS);
const _: () = assert!(DEVICE_ROOMS < ROOMS && DEVICE_APPROVALS < APPROVAL_QUEUE);
const _: () = assert!(DEVICE_TABLE * 64 <= GIVERS && DEVICE_TABLE * 64 <= SEEN && DEVICE_TABLE * 64 <= KNOWN_MEMBERS);
const _: () = assert!(DEVICE_QUESTIONS < QUESTIONS && DEVICE_REACTIONS < REACTIONS);
