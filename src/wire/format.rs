//! The formats in which one event goes out.

use bytes::Bytes;

use super::frame::Draft;
use crate::room::{Epoch, RoomName, Seq};

/// A wire format. `format as usize` numbers them from 0 to [`Format::COUNT`] - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A whole WebSocket frame with a Socket.IO event of the namespace `/`: `42["chat",…]`.
    SocketIo,
    /// The same of the namespace `/room/<name>`: `42/room/<name>,["chat",…]`.
    SocketIoNs,
    /// A whole WebSocket frame with the bare array.
    WebSocket,
    /// An event of a `text/event-stream` (HTML Standard, section 9.2).
    Sse,
    /// The bare array: for polls, and for what the Socket.IO library packs itself.
    Json,
    /// As [`Format::SocketIo`], with an offset behind what has a place in a log: clients that recover keep it.
    SocketIoOffset,
    /// The same as [`Format::SocketIoNs`].
    SocketIoNsOffset,
    /// The same as [`Format::Json`].
    JsonOffset,
}

impl Format {
    /// How many there are.
    pub const COUNT: usize = Format::PLAIN + Format::OFFSET;
    /// How many have no offsets: the first ones.
    pub(crate) const PLAIN: usize = 5;
    /// How many have offsets.
    pub(super) const OFFSET: usize = 3;
    /// All of them, in the order of their numbers.
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

    /// The format without offsets: the same for events that have no place in a log.
    pub fn plain(self) -> Self {
        match self {
            Format::SocketIoOffset => Format::SocketIo,
            Format::SocketIoNsOffset => Format::SocketIoNs,
            Format::JsonOffset => Format::Json,
            Format::SocketIo | Format::SocketIoNs | Format::WebSocket | Format::Sse | Format::Json => self,
        }
    }

    /// The same format with offsets: only those of Socket.IO have one.
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

/// What stands around the JSON of one event.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    /// The namespace's room: only [`Format::SocketIoNs`] looks at it; none is the namespace `/`.
    pub room: Option<&'a RoomName>,
    /// Answers the event with this number (Socket.IO formats only).
    pub ack: Option<u64>,
    /// Where a reader of server-sent events is to go on after it.
    pub place: Option<(Epoch, Seq)>,
}

/// An encoded event, and its JSON as a part of it where that part is the JSON byte for byte.
pub(super) struct Packed {
    pub bytes: Bytes,
    pub json: Option<Bytes>,
}

impl Around<'_> {
    /// Encodes what `write` writes, about `size` bytes of JSON. Every format is built in one buffer.
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

    /// The front of an Engine.IO message with a Socket.IO event or acknowledgement.
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

/// A line feed ends the field `data`, so none may come from the event. In JSON they can only stand between two tokens
/// (RFC 8259, section 2), where a space means the same; `\r` likewise.
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

/// A Socket.IO packet as a whole WebSocket frame: an event, or with `ack` the answer to one (`json` is then what is
/// answered, and gets the brackets around it). For packets that were made as [`Format::Json`] before it was known that
/// they go out as frames.
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

/// An event of a namespace as the text of an Engine.IO message.
pub fn event_packet(ns_room: Option<&RoomName>, json: &[u8]) -> String {
    let json = String::from_utf8_lossy(json);
    match ns_room {
        None => format!("42{json}"),
        Some(room) => format!("42/room/{room},{json}"),
    }
}

/// The frame that tells a Socket.IO client that its namespace is closed; a client does not come back by itself after it.
pub fn disconnect_frame(ns_room: Option<&RoomName>) -> Bytes {
    let mut draft = Draft::new(64);
    draft.put(b"41");
    put_namespace(&mut draft, ns_room);
    draft.text_frame()
}
