//! What is said to one connection alone, and latest values.

use bytes::Bytes;
use serde::Serialize;

use super::{
    format::{Around, Format},
    json,
};
use crate::{
    limits::{self, Limits},
    room::{CloseReason, Direct, Epoch, Gap, Latest, Person, RoomInfo, RoomName, Seq, Welcome},
};

/// An event that takes no place in a room's log.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The first event of every connection.
    Welcome {
        /// What the hub tells.
        welcome: &'a Welcome,
        /// What brings the identity back.
        token: &'a str,
        /// What a client may send.
        limits: &'a Limits,
    },
    /// For one connection alone.
    Direct(&'a Direct),
    /// The member did not get entries.
    Gap {
        /// The room.
        room: &'a RoomName,
        /// The life of its log.
        epoch: Epoch,
        /// Which, and how many.
        gap: Gap,
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

/// What of the limits a client can make use of.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsShown {
    text_bytes: usize,
    message_bytes: usize,
    room_name_chars: usize,
    user_name_chars: usize,
    gift_count: u32,
    /// Null if there is none.
    message_rate: Option<f64>,
    message_burst: Option<u32>,
}

impl LimitsShown {
    fn new(limits: &Limits) -> Self {
        Self {
            text_bytes: limits.text_bytes,
            message_bytes: limits.message_bytes,
            room_name_chars: limits::ROOM_NAME_CHARS,
            user_name_chars: limits::USER_NAME_CHARS,
            gift_count: limits.gift_count,
            message_rate: limits.rate.then_some(limits.message_rate),
            message_burst: limits.rate.then_some(limits.message_burst),
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
#[serde(rename_all = "camelCase")]
struct ClosingShown {
    code: &'static str,
    reason: &'static str,
    may_reconnect: bool,
}

/// An event in a format. `ns_room` is the room of the connection's namespace, none in the namespace `/`; only
/// [`Format::SocketIoNs`] looks at it.
pub fn event_bytes(format: Format, ns_room: Option<&RoomName>, event: &Event<'_>) -> Bytes {
    let around = Around {
        room: ns_room,
        ..Around::default()
    };
    around.pack(format, 256, |out| put_event(out, event)).bytes
}

fn put_event(out: &mut Vec<u8>, event: &Event<'_>) {
    match *event {
        Event::Welcome { welcome, token, limits } => {
            let shown = WelcomeShown {
                you: &welcome.you,
                token,
                limits: LimitsShown::new(limits),
                rooms: &welcome.rooms,
                time: welcome.time,
                durable: welcome.durable,
            };
            json::put_event(out, "welcome", &shown);
        }
        Event::Direct(direct) => json::put_direct(out, direct),
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
