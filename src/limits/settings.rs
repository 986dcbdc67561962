//! The bounds that a configuration may change.

use serde::{Deserialize, Serialize};

use super::fixed::{RING_BYTES, SWEEP_MS, TEXT_BYTES};
use super::or_off;

/// What a configuration may change. Every field is a key of the section `[limits]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    // What one person and one room may use.
    /// Rate limits at all; off for load tests.
    pub rate: bool,
    /// Messages (chat, gifts, private ones) a second and user in the long run.
    pub message_rate: f64,
    /// Messages that a user may send at once.
    pub message_burst: u32,
    /// Reactions a second and user.
    pub react_rate: f64,
    /// Reactions at once.
    pub react_burst: u32,
    /// Other requests (join, history, who, rename) a second and user.
    pub request_rate: f64,
    /// Other requests at once.
    pub request_burst: u32,
    /// One chat text with its further arguments, in bytes.
    pub text_bytes: usize,
    /// Gifts of one command.
    pub gift_count: u32,
    /// Gifts of one user while the room lives; 0 is no bound.
    pub gift_budget: u64,
    /// Bytes of a room's log.
    pub ring_bytes: usize,
    /// Entries of a room that are kept on disk.
    pub keep_entries: u64,
    /// For how many days; 0 is no bound.
    pub keep_days: u64,
    /// What the file on disk may take, in MiB, besides one commit and the log: the oldest entries of the largest room go first.
    pub store_mib: u64,
    /// Least time between two `room` frames of one room, in milliseconds.
    pub latest_ms: u64,
    /// A polling lease without renewal, in milliseconds.
    pub poll_lease_ms: u64,

    // What the network side may use.
    /// Connections in all: each costs a descriptor and its buffers.
    pub connections: usize,
    /// Connections of one device, and its Socket.IO sessions and polling leases; `None` (`off`) is no cap, for load tests and for phones behind one router.
    #[serde(with = "or_off")]
    pub per_address: Option<u32>,
    /// People whose rates all identities of one device may use together: a household, or a table of phones behind one address.
    pub device_people: u32,
    /// One message or frame of a client, on every transport, in bytes.
    pub message_bytes: usize,
    /// One polling request's or answer's body, in bytes: several messages travel in one.
    pub payload_bytes: usize,
    /// A request's head (line and headers), in bytes.
    pub head_bytes: usize,
    /// From a connection's opening, or its last answer, to the end of the next request's head, in milliseconds: a client that
    /// drips or does nothing holds a descriptor.
    pub head_timeout_ms: u64,
    /// From the end of a request's head to the end of its body, in milliseconds.
    pub body_timeout_ms: u64,
    /// From a transport's opening to the Socket.IO CONNECT packet, in milliseconds.
    pub connect_timeout_ms: u64,
    /// From the probe to the end of an upgrade from polling to WebSocket, in milliseconds.
    pub upgrade_timeout_ms: u64,
    /// Between two heartbeats, in milliseconds.
    pub ping_interval_ms: u64,
    /// From a heartbeat to its answer, in milliseconds; a dead peer is gone after interval and timeout.
    pub ping_timeout_ms: u64,
    /// From the first byte of a message to its last, in milliseconds.
    pub unfinished_ms: u64,
    /// How long a closing connection may take to read its last frames, in milliseconds.
    pub linger_ms: u64,
    /// Sent bytes without an acknowledgement of the peer's kernel, in milliseconds (`TCP_USER_TIMEOUT`, tcp(7)): a phone
    /// that left the Wi-Fi while its socket was full is found by nothing else.
    pub user_timeout_ms: u32,
    /// The kernel's send buffer of a connection, in bytes (`SO_SNDBUF`; Linux doubles it for its own bookkeeping).
    pub send_buffer_bytes: usize,
    /// Least time between two passes over a hot room's members, in milliseconds; 0 is none. The latency that it adds at most.
    pub pace_ms: u64,
    /// Entries a second from which a room counts as hot.
    pub pace_above: f64,
    /// The longest wait of a long poll, in milliseconds.
    pub poll_wait_ms: u64,
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
    /// What clients can make the server hold, in MiB; 0 is what the machine allows ([`crate::memory`]).
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
    /// Looks for silent peers ([`SWEEP_MS`]) after which one of which nothing was heard is taken for dead.
    pub fn silent_sweeps(&self) -> u32 {
        let patience_ms = self.ping_interval_ms + self.ping_timeout_ms;
        u32::try_from(patience_ms.div_ceil(SWEEP_MS)).unwrap_or(u32::MAX)
    }
}
