//! Checks the certificate on the boot partition.

use super::{
    clock,
    machine::{BOOT, Machine},
};
use crate::{
    appliance::{card, certificate},
    certificate::Time,
};

/// systemd-timesyncd makes it once a time server has answered.
const SYNCHRONIZED: &str = "run/systemd/timesync/synchronized";

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    let files = certificate::files(&machine.path(BOOT));
    let Some(now) = clock::now(machine).filter(|_| files.any()) else {
        return;
    };
    let time = Time {
        now,
        is_trusted: machine.path(SYNCHRONIZED).exists(),
    };
    let fault = files.fault(Some(&card::host(&machine.settings)), time);
    found.extend(fault.map(|fault| fault.to_string()));
}
