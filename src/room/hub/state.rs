//! The state of the hub. Each field is bounded by its own type or by `limits`.

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
        AddressTag, ConnId, HostJob, Output, PageRequest, Prepared, Reply, RoomId, RoomName, Seq, UserId, WordList,
        dedup::DedupWindow,
    },
};

/// Configuration of a hub.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// The configurable bounds.
    pub limits: Limits,
    /// Random number that makes the epochs and ids of this hub unique.
    pub epoch_seed: u64,
    /// Rooms that are always open, at most half of [`crate::limits::ROOMS`].
    pub rooms: Vec<RoomName>,
    /// Whether a store takes [`Output::Persist`]: each costs an allocation.
    pub persists: bool,
}

/// The reason why [`Hub::poll_timeout`] is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// The latest values of a room are to be sent.
    Latest(RoomId),
    /// A polling lease expires.
    Lease(ConnId),
    /// A reserved place is released, unless its connection has proved to be an operator.
    Reserved(ConnId),
    /// A mute in a room ends.
    Unmute(RoomId),
    /// The next slice of a sweep.
    Sweep,
    /// From now on also those need a seat who were inside when seats were turned on.
    Seats,
}

/// All rooms, people and memberships.
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
    /// Number of rooms in which a user is muted.
    pub(super) rooms_with_mutes: usize,
    /// Muted users by device; at most [`crate::limits::FLAGGED_ADDRESSES`] devices.
    pub(super) muted_devices: BTreeMap<AddressTag, BTreeSet<UserId>>,
    pub(super) words: Arc<WordList>,
    /// Work on the current input that was done before.
    pub(super) prepared: Prepared,
    /// Ids of delivered private messages.
    pub(super) private: DedupWindow,
    /// Rooms that are always open.
    pub(super) stay: BTreeSet<RoomName>,
    pub(super) rooms: Rooms,
    pub(super) conns: BTreeMap<ConnId, Conn>,
    /// Connections from before each wipe that are still to be closed.
    pub(super) wiped_conns: VecDeque<BTreeMap<ConnId, Conn>>,
    /// Sweeps under way, each with the number of the next connection or room.
    pub(super) sweeps: VecDeque<(Sweep, u64)>,
    /// Timers, in milliseconds on the monotonic clock. At most two for each room, one for each polling lease, one
    /// for sweeps, and one for seats.
    pub(super) due: BTreeSet<(u64, Due)>,
    /// Emptied by the driver after each input.
    pub(super) outputs: VecDeque<Output>,
    pub(super) ids_made: u64,
    pub(super) persists: bool,
    /// Acknowledged entries are on disk.
    pub(super) durable: bool,
    pub(super) stopping: bool,
    /// The whole memory budget is used.
    pub(super) memory_full: bool,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) user: UserId,
    pub(super) address: AddressTag,
    pub(super) room: Option<RoomId>,
    /// End of its lease; none for a connection that does not poll.
    pub(super) lease_end_ms: Option<u64>,
    /// End of its reserved place; none with an ordinary place, or with a proof.
    pub(super) reserved_ms: Option<u64>,
    /// The entry of its user that it may send again, see [`Hub::expect_retry`].
    pub(super) unanswered: Option<Seq>,
}

/// The result of a command.
pub(super) enum Outcome {
    /// The hub answers.
    Reply(Reply),
    /// The host does the job, and answers.
    Host(HostJob),
    /// The store reads the page, and the driver answers.
    Page(PageRequest),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// The sender of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) user: UserId,
    pub(super) device: AddressTag,
    /// None for a [`crate::room::Input::Request`].
    pub(super) conn: Option<ConnId>,
    pub(super) place: CommandRoom<'a>,
}

/// The room of a command.
#[derive(Clone, Copy, Debug)]
pub(super) enum CommandRoom<'a> {
    /// The connection is in no room.
    Nowhere,
    /// The room of the connection.
    Joined(RoomId),
    /// The room that a request names; it may not be open yet.
    Named(&'a RoomName),
}

/// A change that connections or rooms are swept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    /// A room was closed: all members leave.
    Closed(RoomId),
    /// Access changed: members without access leave their rooms.
    Barred,
    /// Seats were turned on: members without one are told.
    Seatless,
    /// A wipe: all connections from before are closed.
    Wiped,
    /// A person was admitted to all rooms: what waited for that is shown.
    Admitted(UserId),
}
