//! One member: its place in the room's log, what is for it alone, and the way to it.

use std::sync::Arc;

use bytes::Bytes;
use socketioxide::socket::Socket;
use tokio::sync::mpsc;

use super::{Opening, poll::Waiting};
use crate::{
    limits,
    net::{
        gate::Gate,
        lane::{Lane, LaneId},
        sio::Session,
    },
    room::{CloseReason, ConnId, Feed, Refusal, Reply, RoomId, RoomName, Seq, UserId},
    wire::{self, Event, Format},
};

/// The way to a member.
pub enum Sink {
    /// Plain WebSocket.
    WebSocket(Arc<Lane>),
    /// Socket.IO, on whatever transport.
    SocketIo(SioSink),
    /// Server-sent events: a few pieces of the response's body.
    Stream(mpsc::Sender<Bytes>),
    /// A polling lease, with the request that waits, if one does.
    Poll(Option<Box<Waiting>>),
}

/// A Socket.IO socket and how far the fan-out may speak for it.
pub struct SioSink {
    /// The library's socket: speaks while there is no lane.
    pub socket: Arc<Socket>,
    /// What all namespaces of the Engine.IO session share.
    pub session: Arc<Session>,
    /// Who speaks.
    pub state: Speaker,
}

/// Who speaks to a Socket.IO client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Nobody yet: the CONNECT answer is not out.
    Nobody,
    /// The library, so many packets more until the client fetches them.
    Library {
        /// Packets.
        budget: u32,
    },
    /// Nobody: the last of the library's packets are on their way through the lane.
    Passing,
    /// The fan-out, on the lane.
    Lane,
}

/// Something for one member alone, ready in its format.
#[derive(Clone, Debug)]
pub enum Note {
    /// Bytes as they go out: a frame, an SSE event, a JSON event for a poll.
    Ready(Bytes),
    /// A Socket.IO event array, or the answer to an event, in JSON: the library or the lane packs it.
    Packet { json: Bytes, ack: Option<u64> },
}

/// See the module.
pub struct Member {
    /// The lane that the fan-out speaks on.
    pub lane: Option<Arc<Lane>>,
    pub conn: ConnId,
    pub user: UserId,
    pub sink: Sink,
    pub namespace: Option<RoomName>,
    /// Its room, and where it stands in that room's list.
    pub place: Option<(RoomId, usize)>,
    pub feed: Feed<Note>,
    /// Taken from the feed, not taken by the sink; goes first.
    pub staged: Option<Box<Staged>>,
    /// The sink takes nothing until it rings.
    pub stalled: bool,
    /// The store may have what the log has dropped.
    pub has_store: bool,
    /// It waits for a page of that.
    pub wants_page: bool,
    /// Of the room's latest values.
    pub latest_seen: u32,
    /// How often the lane had been read at the last sweep, and for how many sweeps it has been so.
    pub reads: (u32, u32),
    /// The gate was told that much waits.
    queue_long: bool,
    /// Why it is closed as soon as it has a lane.
    pub closing: Option<CloseReason>,
    gate: Option<Arc<Gate>>,
}

/// Frames on their way out, in order.
pub type Staged = heapless::Deque<Note, { limits::STAGED_FRAMES }>;

impl Member {
    pub fn new(opening: Opening) -> Self {
        let lane = match &opening.sink {
            Sink::WebSocket(lane) => Some(lane.clone()),
            Sink::SocketIo(sio) if sio.state == Speaker::Lane => sio.session.lane().cloned(),
            _ => None,
        };
        Self {
            lane,
            conn: opening.conn,
            user: opening.user,
            sink: opening.sink,
            namespace: opening.namespace,
            place: None,
            feed: Feed::new(opening.user, 0),
            staged: None,
            stalled: false,
            has_store: false,
            wants_page: false,
            latest_seen: 0,
            reads: (0, 0),
            queue_long: false,
            closing: None,
            gate: opening.gate,
        }
    }

    /// The format in which entries go to it now.
    pub fn format(&self) -> Format {
        match &self.sink {
            Sink::WebSocket(_) => Format::WebSocket,
            Sink::Stream(_) => Format::Sse,
            Sink::Poll(_) => Format::Json,
            Sink::SocketIo(_) if self.packed_later() => Format::Json,
            Sink::SocketIo(_) if self.namespace.is_some() => Format::SocketIoNs,
            Sink::SocketIo(_) => Format::SocketIo,
        }
    }

    /// An event for this member alone, in its format.
    pub fn event(&self, event: &Event<'_>) -> Note {
        let bytes = wire::event_bytes(self.format(), self.namespace.as_ref(), event);
        if self.packed_later() {
            Note::Packet { json: bytes, ack: None }
        } else {
            Note::Ready(bytes)
        }
    }

    /// Whether the library still speaks for it: what is made now is packed when it goes out.
    pub fn packed_later(&self) -> bool {
        matches!(&self.sink, Sink::SocketIo(sio) if sio.state != Speaker::Lane)
    }

    /// An answer in its format.
    pub fn answer(&self, ack: u64, reply: &Result<Reply, Refusal>) -> Note {
        if self.packed_later() {
            return Note::Packet {
                json: wire::answer_json(reply),
                ack: Some(ack),
            };
        }
        Note::Ready(wire::ack_bytes(self.format(), self.namespace.as_ref(), ack, reply))
    }

    /// Queues something behind the entries up to `head`.
    ///
    /// # Errors
    /// The queue is full: the connection is to be closed.
    pub fn push(&mut self, head: Seq, note: Note) -> Result<(), Note> {
        if !self.packed_later() && self.feed.direct_len() >= limits::LANE_FRAMES {
            return Err(note);
        }
        self.feed.push_direct(head, note)?;
        self.weigh();
        Ok(())
    }

    /// Tells the gate when much waits here, and when no longer.
    pub fn weigh(&mut self) {
        let waiting = self.feed.direct_len();
        let long = match self.queue_long {
            true => waiting > limits::QUEUE_LOW,
            false => waiting >= limits::QUEUE_HIGH,
        };
        if long != self.queue_long {
            self.queue_long = long;
            if let Some(gate) = &self.gate {
                gate.queue_long(long);
            }
        }
    }

    /// One of its inputs is handled, and answered if it asked for that.
    pub fn handled(&self) {
        if let Some(gate) = &self.gate {
            gate.leave();
        }
    }

    /// The CONNECT answer is with the library: it may speak, unless the answer is watched for on a lane.
    pub fn connected(&mut self) {
        if let Sink::SocketIo(sio) = &mut self.sink
            && sio.state == Speaker::Nobody
        {
            sio.state = Speaker::Library {
                budget: limits::EMIT_WINDOW,
            };
        }
    }

    /// Its channel was read, or a polling request took what the library held.
    pub fn has_room(&mut self) {
        self.stalled = false;
        if let Sink::SocketIo(sio) = &mut self.sink
            && let Speaker::Library { budget } = &mut sio.state
        {
            *budget = limits::EMIT_WINDOW;
        }
    }

    /// Nothing follows what it has now: as much of it as the library can hold goes out, but for the reason why.
    pub fn last_room(&mut self) {
        if let Sink::SocketIo(sio) = &mut self.sink
            && let Speaker::Library { budget } = &mut sio.state
        {
            *budget = limits::LAST_PACKETS;
        }
    }

    /// The lane is the fan-out's: returns its id if that is news.
    pub fn take_lane(&mut self) -> Option<LaneId> {
        let Sink::SocketIo(sio) = &mut self.sink else {
            return None;
        };
        if sio.state == Speaker::Lane {
            return None;
        }
        sio.state = Speaker::Lane;
        self.lane = sio.session.lane().cloned();
        self.stalled = false;
        for note in self.staged.as_deref_mut().into_iter().flatten() {
            if let Note::Packet { json, ack } = note {
                *note = Note::Ready(wire::packet_frame(self.namespace.as_ref(), *ack, json));
            }
        }
        self.lane_id()
    }

    pub fn lane_id(&self) -> Option<LaneId> {
        self.lane.as_ref().map(|lane| lane.id())
    }
}
