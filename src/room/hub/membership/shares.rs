//! Places of devices in a room's tables of people. The tables outlast connections, so one device can't fill them with fresh identities.

use std::collections::BTreeMap;

use crate::room::AddressTag;

/// The device of a person who needs a place in a table, and how many of its places the device may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::room::hub) struct Source {
    pub(in crate::room::hub) device: AddressTag,
    pub(in crate::room::hub) most: usize,
}

/// Places that each device has taken in one table, in this run: no more devices than the table has places.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Shares {
    taken: BTreeMap<AddressTag, usize>,
}

impl Shares {
    /// Devices that are counted.
    pub(in crate::room::hub) fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether the source's device may take another place.
    pub(in crate::room::hub) fn have_place(&self, source: Source) -> bool {
        self.taken.get(&source.device).is_none_or(|taken| *taken < source.most)
    }

    /// Takes a place for the source's device, if it may.
    pub(in crate::room::hub) fn take_place(&mut self, source: Source) -> bool {
        if source.most == usize::MAX {
            return true;
        }
        // One look-up: a crowd of thousands takes places at once when a room is locked.
        let taken = self.taken.entry(source.device).or_default();
        let has_place = *taken < source.most;
        *taken += usize::from(has_place);
        has_place
    }
}

#[cfg(test)]
impl Source {
    /// A source without a share.
    pub(in crate::room::hub) fn unbounded(device: AddressTag) -> Self {
        Self {
            device,
            most: usize::MAX,
        }
    }
}
