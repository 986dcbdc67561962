//! Turns clients' messages into commands, and rooms' entries and events into the bytes of each wire format, without sockets and clocks.
//!
//! Outgoing: an entry of a room's log is encoded once for each [`Format`] that members need ([`Encoded`]). Events for one connection are
//! encoded by [`event_bytes`] and [`ack_bytes`], events for a few connections once for all of them ([`Shared`]). Incoming: [`decode_event`] and its
//! siblings decode a client's event into a [`crate::room::Command`], or into a refusal that says what is expected.
//! `PROTOCOL.md` beside this file describes all formats for authors of clients.

mod admin;
mod answer;
mod args;
mod board;
mod bounds;
mod decode;
mod direct;
mod emit;
mod encoded;
mod entry;
mod event;
mod format;
mod frame;
mod hello;
mod json;
mod mark;
mod offset;
mod post;
mod said;
mod shared;
mod shared_values;
mod value;

pub use admin::{code_text, decode_admin_command, decode_signed, proved_text, seal_text, seat_text};
pub use answer::{ack_bytes, answer_json};
pub use decode::{decode_event, decode_ws_event, within};
pub use emit::{EmitArgs, split_event};
pub use encoded::Encoded;
pub use event::{Event, event_bytes};
pub use format::{Format, disconnect_frame, event_packet, packet_frame};
pub use frame::{Header, close_frame, text_frame, ws_frame_header};
pub use hello::{Hello, decode_resume, resume_text};
pub use mark::{bytes_without_mark, without_mark};
pub use offset::Offset;
pub use post::decode_post;
pub use shared::Shared;
pub use shared_values::ValuesFrames;

#[cfg(test)]
mod tests;
