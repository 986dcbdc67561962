//! Works around defects of the libraries engineioxide and socketioxide and their parsers. Each file answers defects of one kind, and goes when they
//! are fixed.
//!
//! | file | defect | in |
//! |---|---|---|
//! | [`packet`], [`inbound`] | An open, upgrade, no-op or stray probe packet ends the session (`Error::BadPacket`). The reference server ignores it. | engineioxide 0.17.9, `src/transport/ws.rs`, `forward_to_handler`; `src/transport/polling.rs`, `post_req` |
//! | [`packet`], [`inbound`] | An event name with JSON escapes can't be borrowed as `&str`, which closes the connection. | socketioxide-parser-common 0.17.3, `src/value/de.rs`, `read_event` |
//! | [`packet`], [`inbound`] | The query of a CONNECT packet of revision 3 becomes part of the namespace. | socketioxide-parser-common 0.17.3, `src/de.rs`, `read_nsp` |
//! | [`inbound`] | A binary message as base64 in a WebSocket text ends the session. | engineioxide 0.17.9, `src/transport/ws.rs`, `forward_to_handler` |
//! | [`first_ping`], [`stream`], `swallow` | The first heartbeat of revision 4 goes out at once instead of after an interval. | engineioxide 0.17.9, `src/socket.rs`, `heartbeat_job_v4` |
//! | [`stream`] | An upgrade that breaks off or times out ends the polling session, so the edge carries the probe itself. | engineioxide 0.17.9, `src/transport/ws.rs`, `on_init` |
//! | [`connect_error`] | A CONNECT_ERROR carries a text alone, without `data`, and is an object in revision 3 as well. | socketioxide 0.18.9, `src/ns.rs`, `Namespace::connect`; `src/client.rs` |
//! | [`error_code`] | The codes in HTTP errors are strings; clients expect numbers. | engineioxide 0.17.9, `src/errors.rs` |
//! | `polling.rs`, `with_close` | A fetch that waits while its session is closed may get an empty payload in place of the close packet. | engineioxide 0.17.9, `src/transport/polling.rs`, `polling_req` |
//! | [`payload_v3`] | Text that clients 1.x encode twice is not decoded, and attachments in base64 lack their type. | engineioxide-core 0.2.3, `src/payload/`; engineioxide 0.17.9, `src/socket.rs`, `emit_many` |

pub mod connect_error;
pub mod error_code;
pub mod first_ping;
pub mod inbound;
pub mod packet;
pub mod payload_v3;
pub mod stream;
mod swallow;
