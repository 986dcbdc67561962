//! A worker's mirror of one room.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{Frames, Pace, older::Older};
use crate::{
    limits::Limits,
    room::{Epoch, Latest, Lives, Log, RoomName, Seq},
    wire::{self, Event, Format},
};

/// One room as the fan-out sees it: handles to the same entries as in every other worker.
pub struct Mirror<E> {
    pub name: Option<RoomName>,
    pub lives: Lives,
    pub log: Log<Arc<E>>,
    /// Keys of the members that follow it, in no order.
    pub members: Vec<usize>,
    pub latest: LatestFrames,
    pub pace: Pace,
    /// What the log has dropped and somebody wants.
    pub older: Older<E>,
    /// It stands in the list of rooms to pass over.
    pub due: bool,
}

impl<E: Frames> Mirror<E> {
    pub fn new(name: RoomName, lives: Lives, after: Seq, limits: &Limits) -> Self {
        Self {
            name: Some(name),
            lives,
            log: Log::starting_at(after, limits.ring_bytes),
            ..Self::nowhere(limits)
        }
    }

    /// What members without a room follow: nothing ever comes.
    pub fn nowhere(limits: &Limits) -> Self {
        Self {
            name: None,
            lives: Lives::first(Epoch(0)),
            log: Log::new(limits.ring_bytes),
            members: Vec::new(),
            latest: LatestFrames::default(),
            pace: Pace::new(limits.pace_ms, limits.pace_above),
            older: Older::default(),
            due: false,
        }
    }
}

/// A room's latest values, encoded once for each format that is asked for.
#[derive(Default)]
pub struct LatestFrames {
    latest: Option<Arc<Latest>>,
    /// 0 while there are none.
    pub version: u32,
    frames: [OnceLock<Bytes>; Format::COUNT],
}

impl LatestFrames {
    pub fn replace(&mut self, latest: Arc<Latest>) {
        self.latest = Some(latest);
        self.version = self.version.wrapping_add(1).max(1);
        self.frames = Default::default();
    }

    pub fn bytes(&self, format: Format) -> Option<&Bytes> {
        let latest = self.latest.as_ref()?;
        Some(
            self.frames[format as usize]
                .get_or_init(|| wire::event_bytes(format, Some(&latest.room), &Event::Latest(latest))),
        )
    }
}
