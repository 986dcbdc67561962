//! The values that programs share in a room, as they are and as members have them. At most `limits::VALUES` values.

use std::{collections::BTreeMap, sync::Arc};

use crate::room::{AddressTag, RoomName, SharedValue, SharedValues, ValueKey, ValuesChange};

/// The shared values of a room, and as members have them.
#[derive(Debug)]
pub(in crate::room::hub) struct RoomValues {
    pub(in crate::room::hub) now: Arc<SharedValues>,
    /// The values at the last broadcast.
    sent: Arc<SharedValues>,
    /// The device that made each key, in this process.
    pub(in crate::room::hub) from: BTreeMap<ValueKey, AddressTag>,
}

impl RoomValues {
    pub(in crate::room::hub) fn none(room: RoomName) -> Self {
        let none = Arc::new(SharedValues::none(room));
        Self {
            now: none.clone(),
            sent: none,
            from: BTreeMap::new(),
        }
    }

    pub(in crate::room::hub) fn is_empty(&self) -> bool {
        self.now.values.is_empty()
    }

    /// Size in memory, in bytes.
    pub(in crate::room::hub) fn bytes(&self) -> usize {
        self.now.bytes() + self.sent.bytes()
    }

    /// The next broadcast; `None` if members have the newest values.
    pub(in crate::room::hub) fn take_unsent(&mut self) -> Option<ValuesChange> {
        let before = std::mem::replace(&mut self.sent, self.now.clone());
        let now = self.now.clone();
        (before.revision != now.revision).then_some(ValuesChange { before, now })
    }

    pub(in crate::room::hub) fn get(&self, key: &ValueKey) -> Option<&SharedValue> {
        self.now.values.get(key).map(|value| &**value)
    }

    /// The number of the room's next change, by its clock in milliseconds, so that no later run of the server gives it to another change.
    pub(in crate::room::hub) fn next_revision(&mut self, clock: u64) -> u64 {
        let shared = Arc::make_mut(&mut self.now);
        shared.revision = clock.max(shared.revision + 1);
        shared.revision
    }

    /// Number of keys that a device has made.
    pub(in crate::room::hub) fn made_by(&self, device: AddressTag) -> usize {
        self.from.values().filter(|from| **from == device).count()
    }

    pub(in crate::room::hub) fn load(&mut self, key: ValueKey, value: SharedValue) {
        let now = Arc::make_mut(&mut self.now);
        now.revision = now.revision.max(value.revision);
        now.values.insert(key, Arc::new(value));
    }
}
