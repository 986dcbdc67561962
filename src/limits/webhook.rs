//! Programs of the organizer that hear what is said: few, and each costs one request at a time for each of its rooms.

use super::fixed::POLL_BYTES;

/// Webhooks at most.
pub const WEBHOOKS: usize = 4;
/// Rooms of one webhook.
pub const WEBHOOK_ROOMS: usize = 16;
/// A webhook's secret, in bytes: what the Standard Webhooks specification asks for.
pub const WEBHOOK_SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How long one look for something new waits, in milliseconds: what a poll usually asks for.
pub const WEBHOOK_WAIT_MS: u64 = 25_000;
/// Least time between two requests for one room, in milliseconds: a busy room makes larger batches and not more requests.
pub const WEBHOOK_PACE_MS: u64 = 50;
/// How long a connection to a receiver may take, in milliseconds: it is in the same network.
pub const WEBHOOK_CONNECT_MS: u64 = 5000;
/// How long a whole request may take, in milliseconds: the specification's 15 to 30 seconds.
pub const WEBHOOK_REQUEST_MS: u64 = 15_000;
/// The first wait after a request that failed, in milliseconds; it doubles with each further one.
pub const WEBHOOK_RETRY_MS: u64 = 1000;
/// The longest of these waits, in milliseconds: how late a receiver that is back hears of it.
pub const WEBHOOK_RETRY_MOST_MS: u64 = 60_000;
/// A receiver's answer, in bytes: its head has to fit, and so much of its body is read and thrown away.
pub const WEBHOOK_ANSWER_BYTES: usize = 16 * 1024;
/// All that is read of one connection to a receiver, in bytes: interim answers (1xx), the head and the body. A receiver that sends more
/// before its answer's head has failed.
pub const WEBHOOK_HEARD_BYTES: usize = 4 * WEBHOOK_ANSWER_BYTES;
/// What all webhooks may hold on their way, in bytes: one batch for each room. Between two tries they hold nothing.
pub const WEBHOOK_BYTES: usize = WEBHOOKS * WEBHOOK_ROOMS * POLL_BYTES;

const _: () = assert!(WEBHOOK_BYTES <= 16 * 1024 * 1024);
const _: () = assert!(WEBHOOK_CONNECT_MS < WEBHOOK_REQUEST_MS && WEBHOOK_RETRY_MS < WEBHOOK_RETRY_MOST_MS);
