//! The organizer's certificate on the boot partition: `cert.pem` and `key.pem` beside the settings.

use std::{path::Path, time::SystemTime};

use super::{
    card, generated,
    settings::{BoxSettings, Https},
};
use crate::certificate::{Files, Time};

/// The paths of the certificate's files on a boot partition; they need not exist.
pub fn files(boot: &Path) -> Files {
    Files::within(boot, "")
}

/// How HTTPS is served with these settings. Phones are led to a name of the certificate only where the box answers for every name. The
/// box's clock may lag, so a certificate that is not valid yet counts as good.
pub fn https(boot: &Path, settings: &BoxSettings) -> Https {
    let Ok(certificate) = files(boot).load() else {
        return Https::Off;
    };
    let time = Time {
        now: SystemTime::now(),
        is_trusted: false,
    };
    let name = certificate.name(&card::host(settings));
    match name.filter(|_| generated::has_lan(settings) && certificate.outdated(time).is_none()) {
        Some(name) => Https::Named(name),
        None => Https::Quiet,
    }
}
