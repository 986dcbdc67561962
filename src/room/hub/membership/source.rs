//! The device of a person, as a room's tables of people count it.

use crate::room::hub::membership::{devices::Devices, shares::Source};

use crate::room::AddressTag;
use crate::room::hub::state::Hub;

impl Devices {
    /// A person on a device, as a room's tables of people count it.
    pub(in crate::room::hub) fn source(&self, device: AddressTag) -> Source {
        let most = self.people();
        Source { device, most }
    }
}

impl Hub {
    /// See [`Devices::source`].
    pub(in crate::room::hub) fn source(&self, device: AddressTag) -> Source {
        self.devices.source(device)
    }
}
