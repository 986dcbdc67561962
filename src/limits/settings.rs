//! The limits that a configuration may change, each with its default.

use serde::{Deserialize, Serialize};

use super::fixed::{RING_BYTES, SWEEP_MS, TEXT_BYTES};
use super::or_off;

/// The configurable limits. Every field is a key of the section `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    // What one person and one room may use.
    /// Whether rates are limited; off for load tests.
    pub rate: bool,
    /// Messages (chat, gifts, private messages) per second for each user, on average.
    pub message_rate: f64,
    /// Messages that a user may send in one burst.
    pub message_burst: u32,
    /// Reactions per second for each user, on average.
    pub react_rate: f64,
    /// Reactions that a user may send in one burst.
    pub react_burst: u32,
    /// Other requests (join, history, who, rename) per second for each user, on average.
    pub request_rate: f64,
    /// Other requests that a user may send in one burst.
    pub request_burst: u32,
    /// Maximum size of a chat text with its further arguments, in bytes.
    pub text_bytes: usize,
    /// Maximum number of gifts in one command.
    pub gift_count: u32,
    /// Number of gifts that a user may give while the room is open; 0 is unlimited.
    pub gift_budget: u64,
    /// Maximum size of a room's log in memory, in bytes.
    pub ring_bytes: usize,
    /// Number of entries of a room that are kept on disk.
    pub keep_entries: u64,
    /// Number of days for which entries are kept on disk; 0 is unlimited.
    pub keep_days: u64,
    /// Maximum size of the database file in MiB, apart from one commit and the write-ahead log. Beyond it, the largest room loses its oldest entries.
    pub store_mib: u64,
    /// Minimum interval between two `room` frames of one room, in milliseconds.
    pub latest_ms: u64,
    /// Time after sending during which people may change or take back a message, in milliseconds; 0 for never.
    pub edit_ms: u64,
    /// Time until a polling lease expires without renewal, in milliseconds.
    pub poll_lease_ms: u64,

    // What the network side may use.
    /// Maximum number of connections in total; each takes a file descriptor and buffers.
    pub connections: usize,
    /// Maximum number of connections of one device, and of its Socket.IO sessions and polling leases. `None` (`off`) is unlimited, for load
    /// tests and for phones behind one router.
    #[serde(with = "or_off")]
    pub per_address: Option<u32>,
    /// Number of people whose rates all identities of one device may use together: a household, or a table of phones behind one address.
    pub device_people: u32,
    /// Maximum size of a client's message or frame in bytes, on every transport.
    pub message_bytes: usize,
    /// Maximum size of a polling request's or answer's body in bytes; a body may carry several messages.
    pub payload_bytes: usize,
    /// Maximum size of a request's head (request line and headers), in bytes.
    pub head_bytes: usize,
    /// Time from opening a connection, or from its last answer, to the end of the next request's head, in milliseconds. It closes slow and
    /// idle connections, which hold a file descriptor.
    pub head_timeout_ms: u64,
    /// Time from the end of a request's head to the end of its body, in milliseconds.
    pub body_timeout_ms: u64,
    /// Time from opening a transport to the Socket.IO CONNECT packet, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Time from the probe to the end of an upgrade from polling to WebSocket, in milliseconds.
    pub upgrade_timeout_ms: u64,
    /// Interval between two heartbeats, in milliseconds.
    pub ping_interval_ms: u64,
    /// Time from a heartbeat to its answer, in milliseconds. A dead peer is detected after interval and timeout.
    pub ping_timeout_ms: u64,
    /// Time from the first byte of a message to its last, in milliseconds.
    pub unfinished_ms: u64,
    /// Time that a closing connection gets to read its last frames, in milliseconds.
    pub linger_ms: u64,
    /// Time after which unacknowledged bytes end a connection, in milliseconds (`TCP_USER_TIMEOUT`, tcp(7)). Only this detects a phone that
    /// left the Wi-Fi while its socket was full.
    pub user_timeout_ms: u32,
    /// Size of a connection's send buffer in the kernel, in bytes (`SO_SNDBUF`; Linux doubles it for its own bookkeeping).
    pub send_buffer_bytes: usize,
    /// Minimum interval between two passes over a busy room's members, in milliseconds, which is also the latency that it may add; 0 is none.
    pub pace_ms: u64,
    /// Entries per second from which a room counts as busy.
    pub pace_above: f64,
    /// Longest wait of a long poll, in milliseconds.
    pub poll_wait_ms: u64,
    /// Number of worker threads; 0 is one for each core.
    pub workers: usize,
    /// Memory budget for everything that clients can make the server hold, in MiB; 0 derives it from the machine ([`crate::memory`]).
    pub memory_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: true,
            message_rate: 5.0,
            message_burst: 30,
            react_rate: 20.0,
            react_burst: 60,
            request_rate: 5.0,
            request_burst: 40,
            text_bytes: TEXT_BYTES,
            gift_count: 99,
            gift_budget: 0,
            ring_bytes: RING_BYTES,
            keep_entries: 100_000,
            keep_days: 30,
            store_mib: 256,
            latest_ms: 250,
            edit_ms: 900_000,
            poll_lease_ms: 60_000,
            connections: 12_288,
            per_address: Some(64),
            device_people: 8,
            message_bytes: 64 * 1024,
            payload_bytes: 256 * 1024,
            head_bytes: 16 * 1024,
            head_timeout_ms: 10_000,
            body_timeout_ms: 10_000,
            connect_timeout_ms: 10_000,
            upgrade_timeout_ms: 10_000,
            ping_interval_ms: 25_000,
            ping_timeout_ms: 20_000,
            unfinished_ms: 10_000,
            linger_ms: 2_000,
            user_timeout_ms: 30_000,
            send_buffer_bytes: 32 * 1024,
            pace_ms: 20,
            pace_above: 50.0,
            poll_wait_ms: 60_000,
            workers: 0,
            memory_mib: 0,
        }
    }
}

impl Limits {
    /// Number of checks for silent peers, at intervals of [`SWEEP_MS`], after which a silent peer counts as dead.
    pub fn silent_sweeps(&self) -> u32 {
        let patience_ms = self.ping_interval_ms + self.ping_timeout_ms;
        u32::try_from(patience_ms.div_ceil(SWEEP_MS)).unwrap_or(u32::MAX)
    }
}
