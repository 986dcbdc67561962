//! One member of a room at its worker: its cursor (position in the room's log), its queue of direct messages (`limits::DIRECT_BYTES`), and its
//! sink, which writes to its connection.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    limits,
    memory::Ticket,
    room::{CloseReason, ConnId, Cursor, RoomId, RoomName, UserId},
    transport::opening::{Opening, Sink},
    transport::{
        backpressure::Backpressure,
        lane::{Lane, LaneId},
    },
};

/// A message on its way to one member, encoded in its format.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// Complete bytes: a frame, an SSE event, or a JSON event for a poll.
    Ready(Bytes),
    /// A Socket.IO event array, or the answer to event `ack`, as JSON. The library or the lane adds the packet's head.
    Packet { json: Bytes, ack: Option<u64> },
}

/// A connection as the fan-out sees it: its room, its cursor (position in the room's log), its direct messages, and its sink.
pub struct Member {
    /// The connection's lane (its outgoing socket), once the fan-out writes to it; `None` on other techniques, or while the library writes alone.
    pub lane: Option<Arc<Lane>>,
    pub conn: ConnId,
    pub user: UserId,
    pub sink: Sink,
    pub namespace: Option<RoomName>,
    /// The member's room, and its index in that room's `members`.
    pub membership: Option<(RoomId, usize)>,
    pub cursor: Cursor<Outgoing>,
    /// Messages that were taken from the cursor but not yet accepted by the sink; they are sent first.
    pub batch: Option<Box<Batch>>,
    /// Whether the sink is full until its next signal.
    pub stalled: bool,
    /// Whether entries that the log has dropped may be in the store.
    pub has_store: bool,
    /// Whether the next entry needs a page from the store.
    pub wants_page: bool,
    /// Version of the latest values that the member received.
    pub latest_seen: u32,
    /// Revision of the shared values that the member received; `None` if it does not watch them.
    pub watched: Option<u64>,
    /// Number of members, including this one, in the room that it is about to join.
    pub online: Option<usize>,
    /// For a newcomer: deadline in milliseconds, and the version of the last latest values that do not count this member.
    pub newcomer: Option<(u64, u32)>,
    /// The lane's read counter at the last sweep, and the number of sweeps since it changed.
    pub reads: (u32, u32),
    /// Whether the client already has its position in the room that it is about to join.
    pub place_sent: bool,
    /// Whether the queue of direct messages is over its high-water mark, so that the client is not read.
    pub(super) queue_long: bool,
    /// Bytes of the queued direct messages.
    pub(super) direct_bytes: usize,
    /// Memory ticket of the bytes that the library holds until the client fetches them.
    pub(super) unfetched: Option<Ticket>,
    /// Close reason to apply as soon as the CONNECT answer has been sent.
    pub deferred_close: Option<CloseReason>,
    pub(super) backpressure: Option<Arc<Backpressure>>,
}

/// Messages taken from a member's cursor at once, in order.
pub type Batch = heapless::Deque<Outgoing, { limits::STAGED_FRAMES }>;

impl Member {
    pub fn new(opening: Opening) -> Self {
        let lane = opening.sink.written_lane().cloned();
        Self {
            lane,
            conn: opening.conn,
            user: opening.user,
            sink: opening.sink,
            namespace: opening.namespace,
            membership: None,
            cursor: Cursor::new(opening.user, 0),
            batch: None,
            stalled: false,
            has_store: false,
            wants_page: false,
            latest_seen: 0,
            watched: opening.watched,
            online: None,
            newcomer: None,
            reads: (0, 0),
            place_sent: false,
            queue_long: false,
            direct_bytes: 0,
            unfetched: None,
            deferred_close: None,
            backpressure: opening.backpressure,
        }
    }

    /// Whether the client uses Socket.IO's connection state recovery.
    pub fn recovers(&self) -> bool {
        matches!(&self.sink, Sink::SocketIo(sio) if sio.recovers)
    }

    /// Notes that a command of the client was handled and its answer queued.
    pub fn handled(&self) {
        if let Some(backpressure) = &self.backpressure {
            backpressure.leave();
        }
    }

    pub fn lane_id(&self) -> Option<LaneId> {
        self.lane.as_ref().map(|lane| lane.id())
    }
}
