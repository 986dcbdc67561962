//! Checks the Wi-Fi and the DHCP server.

use std::{fs, time::UNIX_EPOCH};

use super::{clock, machine::Machine};
use crate::appliance::{
    generated,
    radio::{self, Radio},
    settings::Ethernet,
};

/// Number of phones that a Pi's on-board radio reliably serves with Debian's firmware.
const BOARD_SURELY: usize = 7;
const BOARD_MOST: usize = 10;
const BOARD_DRIVER: &str = "brcmfmac";
/// The DHCP server's port, as `/proc/net/udp` shows it.
const DHCP_PORT: &str = ":0043";

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    if machine.settings.wifi {
        wifi(machine, found);
    }
    if generated::has_lan(&machine.settings) {
        addresses(machine, found);
    }
}

fn wifi(machine: &Machine, found: &mut Vec<String>) {
    let radios = radio::all(&machine.path("sys")).unwrap_or_default();
    match radios.first() {
        None => found.push(
            "There is no Wi-Fi radio: put a USB adapter in, or hang an access point on the Ethernet and set wifi = \"off\".".to_owned(),
        ),
        Some(_) if blocked(machine) => found.push("The Wi-Fi radio is switched off. Look for a switch on it.".to_owned()),
        Some(radio) => {
            if !machine.runs("hostapd") {
                found.push(format!(
                    "The Wi-Fi is not there, though there is a radio ({}): it may not be able to be an access point, or not on this channel. Try channel = 6, or another adapter.",
                    radio.name
                ));
            }
            crowded(machine, radio, found);
        }
    }
    if machine.settings.country.is_none() {
        found.push(
            "No country is set, so the radio keeps to what is allowed everywhere. Set country in chatterbox.toml on the card.".to_owned(),
        );
    }
}

fn blocked(machine: &Machine) -> bool {
    machine.names("sys/class/rfkill").iter().any(|name| {
        let of = |file: &str| format!("sys/class/rfkill/{name}/{file}");
        machine.text(&of("type")).as_deref() == Some("wlan")
            && ["soft", "hard"].iter().any(|kind| machine.number(&of(kind)) == Some(1))
    })
}

/// Checks that the on-board radio does not serve too many phones.
fn crowded(machine: &Machine, radio: &Radio, found: &mut Vec<String>) {
    let driver = fs::canonicalize(machine.path(&format!("sys/class/net/{}/device/driver", radio.name)));
    let of_the_board = driver.map_or(radio.on_board, |path| path.ends_with(BOARD_DRIVER));
    let members = machine.health.as_ref().map_or(0, |health| health.members);
    let phones = leases(machine).max(members);
    // Behind an access point the phones do not use this radio.
    let by_air = machine.settings.ethernet == Ethernet::Network;
    if of_the_board && by_air && phones > BOARD_SURELY {
        found.push(format!(
            "{phones} phones are here, and the board's own radio carries {BOARD_SURELY} to {BOARD_MOST}. Put a USB adapter in, or hang an access point on the Ethernet."
        ));
    }
}

fn addresses(machine: &Machine, found: &mut Vec<String>) {
    let sockets = machine.text("proc/net/udp").unwrap_or_default();
    let local = |line: &str| {
        line.split_whitespace()
            .nth(1)
            .is_some_and(|local| local.ends_with(DHCP_PORT))
    };
    if !sockets.lines().any(local) {
        found.push(
            "Phones get no addresses: the DHCP server does not listen. Start the box again; if this stays, look at `journalctl -u box-dnsmasq`.".to_owned(),
        );
    }
    let subnet = machine.settings.subnet;
    if !subnet.is_private() {
        found.push(format!(
            "The subnet {subnet} is from the public range: phones may refuse plain HTTP there. Set one that begins with 10. or 192.168. in chatterbox.toml on the card."
        ));
    }
    let places = usize::try_from(subnet.phones()).unwrap_or(usize::MAX);
    let taken = leases(machine);
    if taken >= places {
        found.push(format!(
            "All {places} addresses are given out: new phones get none. Set a larger subnet in chatterbox.toml on the card."
        ));
    }
}

/// Number of current DHCP leases. Each line starts with the time at which the lease expires, or 0 for never (dnsmasq(8), `--dhcp-leasefile`).
fn leases(machine: &Machine) -> usize {
    let now = clock::now(machine).and_then(|now| now.duration_since(UNIX_EPOCH).ok());
    let now = now.map_or(0, |now| now.as_secs());
    let text = machine
        .text(generated::LEASES.trim_start_matches('/'))
        .unwrap_or_default();
    let ends = text
        .lines()
        .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok());
    ends.filter(|&end| end == 0 || end > now).count()
}
