//! One message ⇄ bytes, for each wire format. Pure: no sockets, no clocks.
//!
//! Outwards, an entry of a room's log is encoded once for each [`Format`] that somebody needs ([`Encoded`]); what is
//! for one connection alone, by [`event_bytes`] and [`ack_bytes`]. Inwards, [`decode_event`] and its siblings turn what
//! a client sent into a [`crate::room::Command`] or into a refusal that says what was expected. `PROTOCOL.md` beside this
//! file describes all of it for authors of clients.

mod answer;
mod args;
mod board;
mod bounds;
mod decode;
mod emit;
mod encoded;
mod event;
mod format;
mod frame;
mod hello;
mod json;
mod order;
mod post;
mod value;

pub use answer::{ack_bytes, answer_json};
pub use decode::{decode_event, decode_ws_event, within};
pub use emit::{EmitArgs, split_event};
pub use encoded::Encoded;
pub use event::{Event, event_bytes};
pub use format::{Format, disconnect_frame, packet_frame};
pub use frame::{Header, close_frame, text_frame, ws_frame_header};
pub use hello::{Hello, decode_resume, resume_text};
pub use order::{code_text, decode_order, decode_signed, proved_text, seat_text};
pub use post::decode_post;

#[cfg(test)]
mod tests;
