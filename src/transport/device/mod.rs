//! Identifies the device at the other end of a connection, because bans and limits apply to devices, too. At most `limits::DEVICES` are cached.
//!
//! A phone on the local link is identified by its MAC address, so its IPv4 and IPv6 addresses count as one device. The kernel's neighbour
//! table knows the MAC address, because the connection's handshake went through it. Identities are free, and so are IPv6 addresses
//! (RFC 8981); a new MAC address costs a phone its Wi-Fi association and its DHCP lease.

mod neighbours;

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

pub use self::neighbours::Mac;
use crate::limits;

/// A peer's device, identified as well as the network allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// A neighbour on the local link, by its MAC address.
    Mac(Mac),
    /// A peer without a neighbour entry, by its IPv4 address, or by its IPv6 address on the link.
    Address(IpAddr),
    /// An IPv6 peer off the link, by the 64-bit prefix of its network, because a household has all addresses of the prefix.
    Network(u64),
}

/// A text that is unique for each device; its hash makes the device's tag.
impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mac(mac) => write!(f, "mac {:x?}", mac.0),
            Self::Address(address) => write!(f, "address {address}"),
            Self::Network(network) => write!(f, "network {network:x}"),
        }
    }
}

impl Device {
    /// The device of a peer. `mac` is the MAC address of its neighbour entry, if it has one.
    fn of(address: IpAddr, mac: Option<Mac>, is_on_link: impl FnOnce(Ipv6Addr) -> bool) -> Self {
        match (mac, address) {
            (Some(mac), _) => Self::Mac(mac),
            (None, IpAddr::V6(v6)) if !is_on_link(v6) => Self::Network((v6.to_bits() >> 64) as u64),
            (None, address) => Self::Address(address),
        }
    }
}

/// Looks up the devices of peers. An answer is cached for [`limits::DEVICE_MS`], because an address may later belong to another device.
#[derive(Default)]
pub struct Devices {
    /// Cached answers, at most [`limits::DEVICES`]; a full cache is cleared.
    known: Mutex<HashMap<IpAddr, (Device, Instant)>>,
}

impl Devices {
    /// The device at an address. Asks the kernel, which takes well under a millisecond.
    pub fn at(&self, address: IpAddr) -> Device {
        self.at_with(address.to_canonical(), Instant::now(), neighbours::mac)
    }

    fn at_with(&self, address: IpAddr, now: Instant, mac: impl FnOnce(IpAddr) -> Option<Mac>) -> Device {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Duration::from_millis(limits::DEVICE_MS);
        if let Some(&(device, at)) = known.get(&address)
            && now.saturating_duration_since(at) < fresh
        {
            return device;
        }
        let mac = if address.is_loopback() { None } else { mac(address) };
        let device = Device::of(address, mac, is_on_link);
        if known.len() >= limits::DEVICES && !known.contains_key(&address) {
            known.clear();
        }
        known.insert(address, (device, now));
        device
    }
}

/// Whether an address belongs to this machine, or to a network of one of its interfaces.
fn is_on_link(address: Ipv6Addr) -> bool {
    if address.is_loopback() || address.is_unicast_link_local() {
        return true;
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().any(|interface| match &interface.addr {
        if_addrs::IfAddr::V6(own) => {
            let mask = own.netmask.to_bits();
            mask != 0 && own.ip.to_bits() & mask == address.to_bits() & mask
        }
        if_addrs::IfAddr::V4(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn both_families_of_a_phone_are_one_device() {
        let of = |address| Device::of(ip(address), Some(MAC), |_| true);
        assert_eq!(of("10.0.0.7"), of("fe80::7"));
        assert_eq!(of("10.0.0.7"), of("fd00::1234"));
    }

    #[test]
    fn without_a_neighbour_entry_an_address_counts_whole_and_a_network_only_off_the_link() {
        let of = |address: &str, on_link: bool| Device::of(ip(address), None, |_| on_link);
        assert_ne!(of("10.0.0.7", false), of("10.0.0.8", false));
        assert_ne!(of("fe80::7", true), of("fe80::8", true), "two phones of one link");
        assert_eq!(of("2001:db8::7", false), of("2001:db8::8", false), "one household");
        assert_ne!(of("2001:db8::7", false), of("2001:db8:0:1::7", false));
        assert!(is_on_link(Ipv6Addr::LOCALHOST) && is_on_link("fe80::9".parse().expect("an address")));
        assert!(!is_on_link("2001:db8::9".parse().expect("an address")));
    }

    #[test]
    fn a_lookup_is_kept_for_a_while_and_the_table_is_bounded() {
        let (devices, now) = (Devices::default(), Instant::now());
        let home = ip("10.0.0.7");
        assert_eq!(devices.at_with(home, now, |_| Some(MAC)), Device::Mac(MAC));
        assert_eq!(devices.at_with(home, now, |_| panic!("kept")), Device::Mac(MAC));
        let later = now + Duration::from_millis(limits::DEVICE_MS);
        let other = Mac([2, 0, 0, 0, 0, 2]);
        assert_eq!(devices.at_with(home, later, |_| Some(other)), Device::Mac(other));
        for number in 0..=limits::DEVICES as u32 {
            devices.at_with(IpAddr::V4(number.into()), now, |_| None);
        }
        assert!(devices.known.lock().expect("no panic under the lock").len() <= limits::DEVICES);
    }

    #[test]
    fn an_address_of_ipv4_in_the_clothes_of_ipv6_is_the_same() {
        let devices = Devices::default();
        assert_eq!(devices.at(ip("::ffff:127.0.0.1")), devices.at(ip("127.0.0.1")));
    }
}
