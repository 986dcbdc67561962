//! The wire formats of events: plain JSON and the packets of each Socket.IO revision. Nothing grows.

use bytes::Bytes;

use super::frame::Draft;
use crate::room::{Epoch, RoomName, Seq};

/// A wire format. `format as usize` is a number from 0 to [`Format::COUNT`] - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A whole WebSocket frame with a Socket.IO event of the namespace `/`: `42["chat",…]`.
    SocketIo,
    /// Like [`Format::SocketIo`], but in the namespace `/room/<name>`: `42/room/<name>,["chat",…]`.
    SocketIoNs,
    /// A whole WebSocket frame that contains only the event array.
    WebSocket,
    /// An event of a `text/event-stream` (HTML Standard, section 9.2).
    Sse,
    /// Only the event array, without a frame: for polls, and for packets that the Socket.IO library makes.
    Json,
    /// Like [`Format::SocketIo`], with an offset after entries and gaps, which clients with connection state recovery store.
    SocketIoOffset,
    /// Like [`Format::SocketIoNs`], with the entry's position as the last argument, from which Socket.IO clients recover.
    SocketIoNsOffset,
    /// Like [`Format::Json`], with an offset.
    JsonOffset,
}

impl Format {
    /// Number of formats.
    pub const COUNT: usize = Format::PLAIN + Format::OFFSET;
    /// Number of formats without offsets, which come first.
    pub(crate) const PLAIN: usize = 5;
    /// Number of formats with offsets.
    pub(super) const OFFSET: usize = 3;
    /// All formats, in the order of their numbers.
    pub const ALL: [Format; Format::COUNT] = [
        Format::SocketIo,
        Format::SocketIoNs,
        Format::WebSocket,
        Format::Sse,
        Format::Json,
        Format::SocketIoOffset,
        Format::SocketIoNsOffset,
        Format::JsonOffset,
    ];

    /// The same format without positions (offsets), for events that are not entries of a log.
    pub fn plain(self) -> Self {
        match self {
            Format::SocketIoOffset => Format::SocketIo,
            Format::SocketIoNsOffset => Format::SocketIoNs,
            Format::JsonOffset => Format::Json,
            Format::SocketIo | Format::SocketIoNs | Format::WebSocket | Format::Sse | Format::Json => self,
        }
    }

    /// The same format, but with a position (offset) at the end of each event. Formats other than Socket.IO's are returned unchanged.
    #[must_use]
    pub fn with_offset(self) -> Self {
        match self {
            Format::SocketIo | Format::SocketIoOffset => Format::SocketIoOffset,
            Format::SocketIoNs | Format::SocketIoNsOffset => Format::SocketIoNsOffset,
            Format::Json | Format::JsonOffset => Format::JsonOffset,
            Format::WebSocket | Format::Sse => self,
        }
    }

    /// Whether entries and gaps end with an offset.
    pub fn has_offset(self) -> bool {
        self.plain() != self
    }
}

/// The bytes before and after the JSON of one event in a wire format.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The room of the namespace, used only by [`Format::SocketIoNs`]; `None` is the namespace `/`.
    pub room: Option<&'a RoomName>,
    /// Acknowledgement number, if the packet answers an event (Socket.IO formats only).
    pub ack: Option<u64>,
    /// The position after the event, used as the event id of server-sent events.
    pub place: Option<(Epoch, Seq)>,
}

/// An encoded event, and its JSON as a slice of the same buffer where the format contains the JSON unchanged.
pub(super) struct Packed {
    pub bytes: Bytes,
    pub json: Option<Bytes>,
}

impl Around<'_> {
    /// Encodes the JSON that `write` produces, in one buffer; `size` is its estimated length in bytes.
    pub(super) fn pack(&self, format: Format, size: usize, write: impl FnOnce(&mut Vec<u8>)) -> Packed {
        let mut draft = Draft::new(size + 64);
        self.put_front(format, &mut draft);
        let front = draft.len();
        write(draft.writer());
        let json_len = draft.len() - front;
        let bytes = match format {
            Format::SocketIo
            | Format::SocketIoOffset
            | Format::SocketIoNs
            | Format::SocketIoNsOffset
            | Format::WebSocket => draft.text_frame(),
            Format::Sse => {
                return Packed {
                    bytes: end_sse(draft, front),
                    json: None,
                };
            }
            Format::Json | Format::JsonOffset => draft.bare(),
        };
        let json = bytes.slice(bytes.len() - json_len..);
        Packed {
            bytes,
            json: Some(json),
        }
    }

    fn put_front(&self, format: Format, draft: &mut Draft) {
        match format {
            Format::SocketIo | Format::SocketIoOffset => self.put_packet(draft, None),
            Format::SocketIoNs | Format::SocketIoNsOffset => self.put_packet(draft, self.room),
            Format::Sse => {
                if let Some((epoch, seq)) = self.place {
                    draft.put(format!("id: {epoch}:{seq}\n").as_bytes());
                }
                draft.put(b"data: ");
            }
            Format::WebSocket | Format::Json | Format::JsonOffset => {}
        }
    }

    /// Writes the head of an Engine.IO message with a Socket.IO event or acknowledgement.
    fn put_packet(&self, draft: &mut Draft, room: Option<&RoomName>) {
        draft.put(if self.ack.is_some() { b"43" } else { b"42" });
        put_namespace(draft, room);
        if let Some(ack) = self.ack {
            draft.put(ack.to_string().as_bytes());
        }
    }
}

fn put_namespace(draft: &mut Draft, room: Option<&RoomName>) {
    if let Some(room) = room {
        draft.put(b"/room/");
        draft.put(room.as_str().as_bytes());
        draft.put(b",");
    }
}

/// Completes a server-sent event, and replaces line breaks within its JSON by spaces.
///
/// A line break would end the field `data`. In JSON it can only stand between tokens (RFC 8259, section 2), where a space is equivalent.
fn end_sse(mut draft: Draft, front: usize) -> Bytes {
    let json = draft.len() - front;
    let buffer = draft.writer();
    let start = buffer.len() - json;
    for byte in &mut buffer[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    draft.put(b"\n\n");
    draft.bare()
}

/// Wraps JSON as a Socket.IO packet in a whole WebSocket frame: an event, or with `ack` an acknowledgement, whose brackets are added.
/// For packets that were encoded as [`Format::Json`] before it was known that they are sent as frames.
pub fn packet_frame(ns_room: Option<&RoomName>, ack: Option<u64>, json: &[u8]) -> Bytes {
    let around = Around {
        room: ns_room,
        ack,
        place: None,
    };
    let brackets = ack.is_some();
    let packed = around.pack(Format::SocketIoNs, json.len(), |out| {
        if brackets {
            out.push(b'[');
        }
        out.extend_from_slice(json);
        if brackets {
            out.push(b']');
        }
    });
    packed.bytes
}

/// An event as the text of an Engine.IO message, for the namespace of a room, or the main namespace (`None`).
pub fn event_packet(ns_room: Option<&RoomName>, json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    match ns_room {
        None => format!("42{json}"),
        Some(room) => format!("42/room/{room},{json}"),
    }
}

/// The frame that closes a Socket.IO client's namespace, a room's or the main one (`None`). The client does not reconnect by itself afterwards.
pub fn disconnect_frame(ns_room: Option<&RoomName>) -> Bytes {
    let mut draft = Draft::new(64);
    draft.put(b"41");
    put_namespace(&mut draft, ns_room);
    draft.text_frame()
}
