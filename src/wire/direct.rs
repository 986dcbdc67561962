//! Encodes events for one connection alone: private messages, notices, and echoes of a message to its sender. Nothing grows.

use serde::Serialize;

use super::{json, said};
use crate::room::{Direct, MsgId, Person, Reference, RoomName, UserId, escaped_len};

#[derive(Serialize)]
struct EchoMeta<'a> {
    room: &'a RoomName,
    id: &'a MsgId,
    from: &'a Person,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    re: Option<&'a Reference>,
}

#[derive(Serialize)]
struct DmMeta<'a> {
    from: &'a Person,
    to: UserId,
    id: &'a MsgId,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    re: Option<&'a MsgId>,
}

#[derive(Serialize)]
struct DroppedShown<'a> {
    room: &'a RoomName,
    id: &'a MsgId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeatShown {
    within_ms: u64,
}

/// Estimated length of the output of [`put`], in bytes, rarely too low.
pub(super) fn size(direct: &Direct) -> usize {
    let text = match direct {
        Direct::Dm { text, .. } => escaped_len(text),
        Direct::Echo { said, .. } => said::size(said),
        Direct::Dropped { .. } | Direct::Seat { .. } => 0,
        Direct::Refused(refusal) => escaped_len(&refusal.message),
    };
    text + 384
}

/// Writes the event array of an event for one connection alone.
pub(super) fn put(out: &mut Vec<u8>, direct: &Direct) {
    match direct {
        Direct::Dm {
            from,
            to,
            text,
            re,
            id,
            at,
        } => {
            let meta = DmMeta {
                from,
                to: *to,
                id,
                at: *at,
                re: re.as_ref(),
            };
            json::put(out, &("dm", text, &meta));
        }
        Direct::Echo {
            room,
            from,
            said,
            id,
            at,
        } => {
            let re = said.reference();
            let at = *at;
            said::put(out, said, &EchoMeta { room, id, from, at, re });
        }
        Direct::Dropped { room, id } => json::put_event(out, "dropped", &DroppedShown { room, id }),
        &Direct::Seat { within_ms } => json::put_event(out, "seat", &SeatShown { within_ms }),
        Direct::Refused(refusal) => json::put_event(out, "refused", refusal),
    }
}
