//! The Socket.IO library, set up as the edge in front of it expects.

use std::{sync::Arc, time::Duration};

use axum::Router;
use socketioxide::{ParserConfig, SocketIo};
use tower::Layer;

use super::Sessions;
use crate::{
    limits::{self, Limits},
    net::edge::{Edge, EdgeConfig, LIBRARY_PATH},
};

/// What the stack takes from the limits, and what only a test application asks for.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// Bounds and deadlines.
    pub limits: Limits,
    /// How long the library waits for an acknowledgement of a client.
    pub ack_timeout: Duration,
    /// Packets that the library holds for one session.
    pub buffer_packets: usize,
    /// See [`EdgeConfig::keep_headers`].
    pub keep_headers: bool,
}

impl StackConfig {
    /// As the product runs.
    pub fn new(limits: Limits) -> Self {
        let (buffer_packets, ack_timeout) = (limits::SESSION_PACKETS, Duration::from_secs(5));
        Self {
            limits,
            ack_timeout,
            buffer_packets,
            keep_headers: false,
        }
    }
}

/// The library and the edge in front of it.
pub fn build(config: &StackConfig, sessions: Arc<Sessions>) -> (Arc<Edge>, SocketIo) {
    let limits = &config.limits;
    let ms = Duration::from_millis;
    let parser = ParserConfig::common()
        .max_incoming_binaries(limits::ATTACHMENTS)
        .max_incoming_binary_buf_size(limits.message_bytes)
        .packet_completion_timeout(ms(limits.unfinished_ms));
    let (layer, io) = SocketIo::builder()
        .req_path(LIBRARY_PATH)
        .ping_interval(ms(limits.ping_interval_ms))
        .ping_timeout(ms(limits.ping_timeout_ms))
        .connect_timeout(ms(limits.connect_timeout_ms))
        .ack_timeout(config.ack_timeout)
        // Of a payload's one limit; the edge has both, and gives binary packets the room that base64 takes.
        .max_payload(u64::try_from(limits.payload_bytes).expect("a length"))
        .max_buffer_size(config.buffer_packets)
        .ws_read_buffer_size(limits::WS_READ_BUFFER)
        .ws_max_message_size(limits.message_bytes)
        .ws_max_frame_size(limits.message_bytes)
        .with_parser(parser)
        .build_layer();
    let edge = EdgeConfig {
        message_bytes: limits.message_bytes,
        payload_bytes: limits.payload_bytes,
        body_timeout: ms(limits.body_timeout_ms),
        upgrade_timeout: ms(limits.upgrade_timeout_ms),
        ping_timeout: ms(limits.ping_timeout_ms),
        session_timeout: ms(limits.ping_interval_ms + limits.ping_timeout_ms),
        keep_headers: config.keep_headers,
    };
    (Arc::new(Edge::new(edge, layer.layer(Router::new()), sessions)), io)
}
