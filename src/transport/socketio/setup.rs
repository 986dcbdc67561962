//! Configures the Socket.IO library: its limits (`limits::SESSION_PACKETS`, `limits::ATTACHMENTS`), and the path at which the Engine.IO edge
//! calls it.

use std::{sync::Arc, time::Duration};

use axum::Router;
use socketioxide::{ParserConfig, SocketIo, SocketIoBuilder};
use tower::Layer;

use super::Sessions;
use crate::{
    limits::{self, Limits},
    memory::Account,
    transport::engineio::{Edge, EdgeConfig, LIBRARY_PATH, Library, MARK},
};

/// The library's settings, with [`limits::SESSION_PACKETS`] buffered packets for each session.
pub fn builder(limits: &Limits) -> SocketIoBuilder {
    let ms = Duration::from_millis;
    let parser = ParserConfig::common()
        .max_incoming_binaries(limits::ATTACHMENTS)
        .max_incoming_binary_buf_size(limits.message_bytes)
        .packet_completion_timeout(ms(limits.unfinished_ms));
    SocketIo::builder()
        .req_path(LIBRARY_PATH)
        .ping_interval(ms(limits.ping_interval_ms))
        .ping_timeout(ms(limits.ping_timeout_ms))
        .connect_timeout(ms(limits.connect_timeout_ms))
        // The library has one limit for a payload. The edge checks payload and message, and allows for base64 in binary packets.
        .max_payload(u64::try_from(limits.payload_bytes).expect("a length"))
        .max_buffer_size(limits::SESSION_PACKETS)
        .ws_read_buffer_size(limits::WS_READ_BUFFER)
        // The lane has refused larger messages; the edge adds a mark.
        .ws_max_message_size(limits.message_bytes + MARK.len())
        .ws_max_frame_size(limits.message_bytes + MARK.len())
        .with_parser(parser)
}

/// Builds the library and the edge in front of it.
pub fn build(limits: &Limits, account: Arc<Account>, sessions: Arc<Sessions>) -> (Arc<Edge>, SocketIo) {
    let (layer, io) = builder(limits).build_layer();
    let library = Library::new(layer.layer(Router::new()));
    (
        Arc::new(Edge::new(EdgeConfig::new(limits, account), library, sessions)),
        io,
    )
}
