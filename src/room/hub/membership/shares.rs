//! Limits how many rows one device takes in a room's tables of people (`limits::DEVICE_TABLE`). The tables outlast connections, so a device
//! with ever new identities could fill them otherwise.

use std::collections::BTreeMap;

use crate::room::AddressTag;

/// The device of a person, and how many rows of a table the device may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::room::hub) struct Source {
    pub(in crate::room::hub) device: AddressTag,
    pub(in crate::room::hub) most: usize,
}

/// Number of rows that each device has taken in one table since the process started.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Shares {
    taken: BTreeMap<AddressTag, usize>,
}

impl Shares {
    /// Number of devices that have taken at least one row.
    pub(in crate::room::hub) fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether the source's device may take another row of the table.
    pub(in crate::room::hub) fn have_row(&self, source: Source) -> bool {
        self.taken.get(&source.device).is_none_or(|taken| *taken < source.most)
    }

    /// Takes a row of the table for the source's device; false, with nothing taken, if the device's share is used up.
    pub(in crate::room::hub) fn take_row(&mut self, source: Source) -> bool {
        if source.most == usize::MAX {
            return true;
        }
        // One look-up: a crowd of thousands takes rows at once when a room is locked.
        let taken = self.taken.entry(source.device).or_default();
        let is_free = *taken < source.most;
        *taken += usize::from(is_free);
        is_free
    }
}

#[cfg(test)]
impl Source {
    /// A source without a limit, for tests.
    pub(in crate::room::hub) fn unbounded(device: AddressTag) -> Self {
        Self {
            device,
            most: usize::MAX,
        }
    }
}
