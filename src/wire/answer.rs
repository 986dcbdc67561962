//! Encodes the answers to commands, as acknowledgements and as bodies of HTTP responses: everywhere the same JSON object.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::{
    entry,
    format::{Around, Format},
    json,
};
use crate::room::{Entry, Refusal, Reply, RoomName};

/// The answer to a command that the client numbered `ack`: a Socket.IO acknowledgement packet, or `["ack",number,{…}]` in other formats.
/// `ns_room` as for [`super::event_bytes`].
pub fn ack_bytes(format: Format, ns_room: Option<&RoomName>, ack: u64, answer: &Result<Reply, Refusal>) -> Bytes {
    let socket_io = matches!(format.plain(), Format::SocketIo | Format::SocketIoNs);
    let around = Around {
        room: ns_room,
        ack: socket_io.then_some(ack),
        place: None,
    };
    let packed = around.pack(format, 192, |out| {
        if socket_io {
            out.push(b'[');
        } else {
            out.extend_from_slice(format!("[\"ack\",{ack},").as_bytes());
        }
        put_answer(out, answer);
        out.push(b']');
    });
    packed.bytes
}

/// The JSON object of an answer, `{"ok":true,…}` or `{"ok":false,"code":…}`.
pub fn answer_json(answer: &Result<Reply, Refusal>) -> Bytes {
    let mut out = Vec::with_capacity(192);
    put_answer(&mut out, answer);
    out.into()
}

fn put_answer(out: &mut Vec<u8>, answer: &Result<Reply, Refusal>) {
    if let Ok(Reply::History { entries, more }) = answer {
        return put_history(out, entries, *more);
    }
    let shown = Answer {
        ok: answer.is_ok(),
        held: matches!(answer, Ok(Reply::Held { .. })),
        content: match answer {
            Ok(reply) => Content::Reply(reply),
            Err(refusal) => Content::Refused(refusal),
        },
        durable: matches!(answer, Ok(Reply::InMemory(_))).then_some(false),
    };
    json::put(out, &shown);
}

/// Writes the answer to `history`. It is built by hand, because entries are encoded by their own function.
fn put_history(out: &mut Vec<u8>, entries: &[Arc<Entry>], more: bool) {
    out.extend_from_slice(b"{\"ok\":true,\"events\":[");
    for (i, entry) in entries.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        entry::put(out, entry);
    }
    out.extend_from_slice(b"],\"more\":");
    json::put(out, &more);
    out.push(b'}');
}

#[derive(Serialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    held: bool,
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    durable: Option<bool>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Refused(&'a Refusal),
    Reply(&'a Reply),
}
