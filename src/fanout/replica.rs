//! A worker's replica (copy) of one room: its log as handles to shared entries, its members at this worker, and its latest values. The log is
//! as bounded as the hub's: `limits::RING_ENTRIES`.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{frames::Frames, pace::Pace, page_cache::PageCache};
use crate::{
    limits::Limits,
    room::{Epoch, EpochHistory, Latest, Log, RoomName, Seq},
    wire::{self, Event, Format, ValuesFrames},
};

/// A room in one worker's fan-out. Its log holds handles to entries that all workers share.
pub struct Replica<E> {
    pub name: Option<RoomName>,
    pub history: EpochHistory,
    pub log: Log<Arc<E>>,
    /// Keys of the room's members, in any order.
    pub members: Vec<usize>,
    pub latest: LatestFrames,
    /// The shared values of the room; `None` outside of rooms.
    pub values: Option<Arc<ValuesFrames>>,
    pub pace: Pace,
    /// Pages of stored entries for members that resume from an old position.
    pub page_cache: PageCache<E>,
    /// Whether the room waits for a pass (a round over its members).
    pub due: bool,
}

impl<E: Frames> Replica<E> {
    pub fn new(name: RoomName, history: EpochHistory, after: Seq, limits: &Limits) -> Self {
        Self {
            name: Some(name),
            history,
            log: Log::starting_at(after, limits.ring_bytes),
            ..Self::nowhere(limits)
        }
    }

    /// The replica for members without a room; it stays empty.
    pub fn nowhere(limits: &Limits) -> Self {
        Self {
            name: None,
            history: EpochHistory::first(Epoch(0)),
            log: Log::new(limits.ring_bytes),
            members: Vec::new(),
            latest: LatestFrames::default(),
            values: None,
            pace: Pace::new(limits.pace_ms, limits.pace_above),
            page_cache: PageCache::default(),
            due: false,
        }
    }
}

impl<E> Replica<E> {
    /// The change of shared values that a member at revision `seen` must get, and its revision; `None` if the member has all or does not watch.
    pub fn values_after(&self, seen: Option<u64>, format: Format) -> Option<(&Bytes, u64)> {
        let (seen, values) = (seen?, self.values.as_ref()?);
        (seen != values.revision()).then(|| (values.bytes(seen, format), values.revision()))
    }
}

/// A room's latest values, encoded once for each format in use.
#[derive(Default)]
pub struct LatestFrames {
    latest: Option<Arc<Latest>>,
    /// Version number, which changes with each update; 0 before the first.
    pub version: u32,
    frames: [OnceLock<Bytes>; Format::PLAIN],
}

impl LatestFrames {
    pub fn replace(&mut self, latest: Arc<Latest>) {
        self.latest = Some(latest);
        self.version = self.version.wrapping_add(1).max(1);
        self.frames = Default::default();
    }

    /// The values with `online` as the number of people; `None` if they have that number already.
    pub fn counted(&self, online: usize) -> Option<Latest> {
        let latest = self.latest.as_ref().filter(|latest| latest.online != online)?;
        Some(Latest {
            online,
            ..Latest::clone(latest)
        })
    }

    pub fn bytes(&self, format: Format) -> Option<&Bytes> {
        let latest = self.latest.as_ref()?;
        // Latest values have no sequence number, and so no offset.
        let format = format.plain();
        Some(
            self.frames[format as usize]
                .get_or_init(|| wire::event_bytes(format, Some(&latest.room), &Event::Latest(latest))),
        )
    }
}
