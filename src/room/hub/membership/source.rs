//! The number of rows that one device may take in a room's tables of people (see `shares`). Nothing grows here.

use crate::room::hub::membership::{devices::Devices, shares::Source};

use crate::room::AddressTag;
use crate::room::hub::state::Hub;

impl Devices {
    /// The device, with its limit in a room's tables of people.
    pub(in crate::room::hub) fn source(&self, device: AddressTag) -> Source {
        let most = self.people();
        Source { device, most }
    }
}

impl Hub {
    /// A device, with the number of rows that it may take in a room's tables of people.
    pub(in crate::room::hub) fn source(&self, device: AddressTag) -> Source {
        self.devices.source(device)
    }
}
