//! Limits of webhooks (HTTP requests with a room's entries to other programs): their number, waiting times and sizes. Each has one request at a
//! time for each of its rooms.

use super::fixed::POLL_BYTES;

/// Maximum number of webhooks.
pub const WEBHOOKS: usize = 4;
/// Maximum number of rooms of one webhook.
pub const WEBHOOK_ROOMS: usize = 16;
/// Allowed length of a webhook's secret in bytes, by the Standard Webhooks specification.
pub const WEBHOOK_SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How long a webhook's poll waits for new entries, in milliseconds; the usual wait of a poll.
pub const WEBHOOK_WAIT_MS: u64 = 25_000;
/// Minimum interval between two requests for one room, in milliseconds, so that a busy room causes larger batches, not more requests.
pub const WEBHOOK_PACE_MS: u64 = 50;
/// Time limit for connecting to a receiver, in milliseconds; receivers are in the same network.
pub const WEBHOOK_CONNECT_MS: u64 = 5000;
/// Time limit for a whole request, in milliseconds; the specification recommends 15 to 30 seconds.
pub const WEBHOOK_REQUEST_MS: u64 = 15_000;
/// First wait after a failed request to a webhook's receiver, in milliseconds; each further failure doubles it.
pub const WEBHOOK_RETRY_MS: u64 = 1000;
/// Longest wait after failed requests, in milliseconds: the delay after which a recovered receiver gets its next request.
pub const WEBHOOK_RETRY_MOST_MS: u64 = 60_000;
/// Maximum size of a receiver's answer head, in bytes, and the number of bytes of its body that are read and discarded.
pub const WEBHOOK_ANSWER_BYTES: usize = 16 * 1024;
/// Number of bytes read from one connection to a receiver: interim answers (1xx), head and body. If a receiver sends more before its
/// answer's head, the request fails.
pub const WEBHOOK_HEARD_BYTES: usize = 4 * WEBHOOK_ANSWER_BYTES;
/// Memory of all webhooks in bytes: one batch for each room while it is sent, none between tries.
pub const WEBHOOK_BYTES: usize = WEBHOOKS * WEBHOOK_ROOMS * POLL_BYTES;

const _: () = assert!(WEBHOOK_BYTES <= 16 * 1024 * 1024);
const _: () = assert!(WEBHOOK_CONNECT_MS < WEBHOOK_REQUEST_MS && WEBHOOK_RETRY_MS < WEBHOOK_RETRY_MOST_MS);
