//! The state of the hub, which is the state machine of all rooms: its rooms, people, connections, timers and sweeps. It is plain data in
//! ordered maps. `limits::ROOMS`, `limits::USERS` and the configured `connections` bound it; other fields have types with bounds of their
//! own.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    admin::{audit_log::Audit, codes::Codes},
    membership::{devices::Devices, people::People, rooms::Rooms},
    moderation::records::AccessRecords,
    private_rates::PrivateRates,
};
use crate::{
    limits::Limits,
    room::{
        AddressTag, ConnId, HostJob, Output, PageRequest, PinRequest, Prepared, Reply, ReplyTo, RoomId, RoomName, Seq,
        UserId, WordList, dedup::DedupWindow,
    },
};

/// Configuration of a hub: its limits, permanent rooms, and whether a store takes its changes.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// The limits that the configuration can change.
    pub limits: Limits,
    /// Random number that makes the epochs and ids of this hub unique.
    pub epoch_seed: u64,
    /// Permanent rooms, at most half of [`crate::limits::ROOMS`].
    pub rooms: Vec<RoomName>,
    /// Whether a store receives [`Output::Persist`]; without a store the hub saves the allocations.
    pub persists: bool,
}

/// The reason why [`Hub::poll_timeout`] is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The latest values of a room must be sent.
    Latest(RoomId),
    /// A polling lease expires: the client of the connection has not come again.
    Lease(ConnId),
    /// A connection loses its slot in the operators' reserve, unless it has proved to be an operator.
    Reserved(ConnId),
    /// The next mute in a room ends.
    Unmute(RoomId),
    /// The next slice of a sweep over all connections is due.
    Sweep,
    /// People who were inside when the organizer turned seat codes on need one from now on, too.
    Seats,
}

/// The hub: the state machine of all rooms, people and memberships. It decides about each input, without I/O.
#[derive(Debug)]
pub struct Hub {
    pub(super) limits: Limits,
    pub(super) epoch_seed: u64,
    pub(super) people: People,
    pub(super) devices: Devices,
    pub(super) private_rates: PrivateRates,
    pub(super) codes: Codes,
    pub(super) audit: Audit,
    pub(super) access_records: AccessRecords,
    /// Number of rooms that have at least one mute.
    pub(super) rooms_with_mutes: usize,
    /// Muted users by device; at most [`crate::limits::FLAGGED_ADDRESSES`] devices.
    pub(super) muted_devices: BTreeMap<AddressTag, BTreeSet<UserId>>,
    pub(super) words: Arc<WordList>,
    /// Results of work on the current input that other threads have done in advance.
    pub(super) prepared: Prepared,
    /// Ids of recent private messages, to accept a repeated one only once.
    pub(super) private: DedupWindow,
    /// Names of the permanent rooms, which stay open even when empty.
    pub(super) stay: BTreeSet<RoomName>,
    pub(super) rooms: Rooms,
    pub(super) conns: BTreeMap<ConnId, Conn>,
    /// Connections in the operators' reserve that have not proved to be an operator's, the oldest first; at most [`crate::limits::RESERVED`], and
    /// [`crate::limits::DEVICE_RESERVED`] of each device.
    pub(super) unproved: BTreeSet<ConnId>,
    /// Connections from before each wipe that are not closed yet.
    pub(super) wiped_conns: VecDeque<BTreeMap<ConnId, Conn>>,
    /// Sweeps under way, each with the number of the next connection or room.
    pub(super) sweeps: VecDeque<(Sweep, u64)>,
    /// Commands that hide a person's messages in all rooms and are under way, at most [`crate::limits::HIDINGS`].
    pub(super) hiding: VecDeque<Hiding>,
    /// Timers, in milliseconds on the monotonic clock. At most two for each room, one for each polling lease, one
    /// for sweeps, and one for seats.
    pub(super) due: BTreeSet<(u64, Due)>,
    /// Outputs that the driver has not taken yet; it takes all after each input.
    pub(super) outputs: VecDeque<Output>,
    pub(super) ids_made: u64,
    pub(super) persists: bool,
    /// Whether acknowledged entries are on disk.
    pub(super) durable: bool,
    pub(super) stopping: bool,
    /// Whether the whole memory budget is used.
    pub(super) memory_full: bool,
}

/// A connection as the hub knows it: its person, its device, and the room that it is in.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) user: UserId,
    pub(super) address: AddressTag,
    pub(super) room: Option<RoomId>,
    /// End of the polling lease on the monotonic clock; `None` for other transports.
    pub(super) lease_end_ms: Option<u64>,
    /// Time on the monotonic clock at which the connection loses its slot in the operators' reserve; `None` for an ordinary slot, or after a proof.
    pub(super) reserved_ms: Option<u64>,
    /// The user's own entry that the client may send again, see [`Hub::expect_retry`].
    pub(super) unanswered: Option<Seq>,
}

/// The result of a client's command: the hub's own answer, a job for the host machine, or a page that the store must read.
pub(super) enum Outcome {
    /// The hub answers the command itself.
    Reply(Reply),
    /// The answer comes after the last slice of a sweep.
    Later,
    /// The host machine does the job and sends the answer.
    Host(HostJob),
    /// The store reads the page, and the driver sends the answer.
    Page(PageRequest),
    /// The store looks for a message to pin, and the driver hands it to the hub.
    Pin(PinRequest),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// The sender of a command: its user, device, room, and its connection unless the command is an HTTP request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) user: UserId,
    pub(super) device: AddressTag,
    /// The connection; `None` for a [`crate::room::Input::Request`].
    pub(super) conn: Option<ConnId>,
    pub(super) room: CommandRoom<'a>,
}

/// The room of a command: the connection's own, or the one that an HTTP request names.
#[derive(Clone, Copy, Debug)]
pub(super) enum CommandRoom<'a> {
    /// The connection is in no room.
    Nowhere,
    /// The room of the connection.
    Joined(RoomId),
    /// The room that an HTTP request names; it may not be open yet.
    Named(&'a RoomName),
}

/// A command that hides a person's messages in all rooms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hiding {
    pub(super) user: UserId,
    pub(super) to: ReplyTo,
    /// Number of the next room.
    pub(super) from: u64,
    /// Number of messages hidden so far.
    pub(super) hidden: usize,
}

/// A change that connections or rooms are swept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    /// A room was closed: all members leave.
    Closed(RoomId),
    /// Access changed: members who lost access leave their rooms.
    Barred,
    /// Seats were turned on: members without one are told.
    Seatless,
    /// A wipe: all earlier connections are closed.
    Wiped,
    /// The messages of the people in [`Hub::hiding`] are hidden, room by room.
    Hiding,
    /// A person was admitted to all rooms: what waited for that is shown.
    Admitted(UserId),
}
