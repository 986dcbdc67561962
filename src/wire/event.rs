//! Encodes the events that are not entries of a log: the welcome, direct events, gaps, positions, latest values, and the close reason.

use bytes::Bytes;
use serde::Serialize;

use super::{
    direct,
    format::{Around, Format},
    json,
    offset::offset_text,
};
use crate::{
    limits::{self, Limits},
    room::{CloseReason, Direct, Epoch, Gap, Latest, Person, RoomInfo, RoomName, Seq, Welcome},
};

/// An event that is not an entry of a room's log.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The first event of every connection.
    Welcome {
        /// The welcome's content, as the hub made it.
        welcome: &'a Welcome,
        /// Identity token of the client.
        token: &'a str,
        /// The configured limits, of which the event lists those that clients need.
        limits: &'a Limits,
    },
    /// An event for one connection alone.
    Direct(&'a Direct),
    /// Reports entries that the member did not get.
    Gap {
        /// Name of the room that the gap is in.
        room: &'a RoomName,
        /// The epoch of the room's log.
        epoch: Epoch,
        /// The range of missing entries.
        gap: Gap,
    },
    /// The position of a client that uses connection state recovery; only in formats with offsets.
    Place {
        /// The room, its epoch, and the client's newest entry; `None` outside of rooms.
        place: Option<(&'a RoomName, Epoch, Seq)>,
        /// Number of the client's own entry that was answered last, if the client does not have it yet.
        answered: Option<Seq>,
    },
    /// A room's latest values.
    Latest(&'a Latest),
    /// The last event of a connection that the server closes.
    Closing(CloseReason),
}

#[derive(Serialize)]
struct WelcomeShown<'a> {
    you: &'a Person,
    token: &'a str,
    limits: LimitsShown,
    rooms: &'a [RoomInfo],
    time: u64,
    durable: bool,
}

/// The limits that clients need, as the welcome lists them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsShown {
    text_bytes: usize,
    message_bytes: usize,
    room_name_chars: usize,
    user_name_chars: usize,
    gift_count: u32,
    edit_ms: u64,
    /// Messages per second; null without a rate limit.
    message_rate: Option<f64>,
    message_burst: Option<u32>,
}

impl LimitsShown {
    fn new(limits: &Limits, burst: Option<u32>) -> Self {
        Self {
            text_bytes: limits.text_bytes,
            message_bytes: limits.message_bytes,
            room_name_chars: limits::ROOM_NAME_CHARS,
            user_name_chars: limits::USER_NAME_CHARS,
            gift_count: limits.gift_count,
            edit_ms: limits.edit_ms,
            message_rate: limits.rate.then_some(limits.message_rate),
            message_burst: burst,
        }
    }
}

#[derive(Serialize)]
struct GapShown<'a> {
    room: &'a RoomName,
    epoch: Epoch,
    from: Seq,
    to: Seq,
    missed: u64,
}

#[derive(Serialize)]
struct PlaceShown<'a> {
    room: &'a RoomName,
    epoch: Epoch,
    seq: Seq,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClosingShown {
    code: &'static str,
    reason: &'static str,
    may_reconnect: bool,
}

/// Encodes an event in a format. `ns_room` is the room of the connection's namespace, `None` for `/`; only [`Format::SocketIoNs`] uses it.
pub fn event_bytes(format: Format, ns_room: Option<&RoomName>, event: &Event<'_>) -> Bytes {
    let around = Around {
        room: ns_room,
        ..Around::default()
    };
    let write = |out: &mut Vec<u8>| {
        put_event(out, event);
        if format.has_offset()
            && let Some(offset) = offset(event)
        {
            json::put_behind(out, &offset);
        }
    };
    let size = match event {
        Event::Direct(direct) => direct::size(direct),
        Event::Welcome { .. } | Event::Gap { .. } | Event::Place { .. } | Event::Latest(_) | Event::Closing(_) => 256,
    };
    around.pack(format, size, write).bytes
}

/// The offset that states a client's position after this event; `None` for events without one.
fn offset(event: &Event<'_>) -> Option<String> {
    match *event {
        Event::Gap { room, epoch, gap } => Some(offset_text(Some((room, epoch, gap.to)), None)),
        Event::Place { place, answered } => Some(offset_text(place, answered)),
        Event::Welcome { .. } | Event::Direct(_) | Event::Latest(_) | Event::Closing(_) => None,
    }
}

fn put_event(out: &mut Vec<u8>, event: &Event<'_>) {
    match *event {
        Event::Welcome { welcome, token, limits } => {
            let shown = WelcomeShown {
                you: &welcome.you,
                token,
                limits: LimitsShown::new(limits, welcome.burst),
                rooms: &welcome.rooms,
                time: welcome.time,
                durable: welcome.durable,
            };
            json::put_event(out, "welcome", &shown);
        }
        Event::Direct(direct) => direct::put(out, direct),
        Event::Gap {
            room,
            epoch,
            gap: Gap { from, to, missed },
        } => {
            json::put_event(
                out,
                "gap",
                &GapShown {
                    room,
                    epoch,
                    from,
                    to,
                    missed,
                },
            );
        }
        Event::Place { place, .. } => {
            let shown = place.map(|(room, epoch, seq)| PlaceShown { room, epoch, seq });
            json::put_event(out, "place", &shown);
        }
        Event::Latest(latest) => json::put_event(out, "room", latest),
        Event::Closing(reason) => {
            let shown = ClosingShown {
                code: reason.as_str(),
                reason: reason.message(),
                may_reconnect: reason.may_reconnect(),
            };
            json::put_event(out, "closing", &shown);
        }
    }
}
