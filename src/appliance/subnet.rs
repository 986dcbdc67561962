//! The IPv4 network that the box gives its phones: the box's own address, and the range for DHCP.

use std::{fmt, net::Ipv4Addr};

use crate::page::{Mistake, MistakeKind};

/// Allowed prefix lengths: from a few phones to more than a box can serve.
const PREFIX: std::ops::RangeInclusive<u8> = 16..=28;
/// Number of addresses at the beginning that DHCP does not assign: for the box and for devices with a fixed address.
const KEPT: u32 = 9;

/// An IPv4 network in which the box has the first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    base: u32,
    prefix: u8,
}

impl Default for Subnet {
    fn default() -> Self {
        Self {
            base: u32::from_be_bytes([10, 42, 0, 0]),
            prefix: 22,
        }
    }
}

impl Subnet {
    /// Parses a network such as `10.42.0.0/22`; any address within the network is accepted.
    ///
    /// # Errors
    /// The mistake, in words for the organizer.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let address_of = |what: String| Mistake::new(MistakeKind::Address, what).with("\"10.42.0.0/22\"");
        let form = || address_of(format!("`{text}` is no network; write for example \"10.42.0.0/22\""));
        let (address, prefix) = text.trim().split_once('/').ok_or_else(form)?;
        let address: Ipv4Addr = address.trim().parse().map_err(|_| form())?;
        let prefix = prefix.trim().parse().map_err(|_| form())?;
        if !PREFIX.contains(&prefix) {
            let what =
                format!("/{prefix} is too narrow or too wide; /22 has room for a thousand phones, /24 for two hundred");
            return Err(Mistake::new(MistakeKind::SubnetSize, what).with(format!("/{prefix}")));
        }
        let base = u32::from(address) & mask(prefix);
        let first = Ipv4Addr::from(base);
        if matches!(first.octets()[0], 0 | 127 | 224..) || first.is_link_local() {
            return Err(address_of(format!(
                "{first} is not an address that phones can have; write for example \"10.42.0.0/22\""
            )));
        }
        Ok(Self { base, prefix })
    }

    /// The box's own IPv4 address in the network, the first one.
    pub fn own(self) -> Ipv4Addr {
        Ipv4Addr::from(self.base + 1)
    }

    /// Length of the network prefix, in bits.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether the network is private (RFC 1918). Chrome and iOS allow plain HTTP to local networks only.
    pub fn is_private(self) -> bool {
        let (first, last) = (
            Ipv4Addr::from(self.base),
            Ipv4Addr::from(self.base | !mask(self.prefix)),
        );
        first.is_private() && last.is_private()
    }

    /// Netmask of the network, such as `255.255.252.0`.
    pub fn mask(self) -> Ipv4Addr {
        Ipv4Addr::from(mask(self.prefix))
    }

    /// First and last address that DHCP assigns.
    pub fn range(self) -> (Ipv4Addr, Ipv4Addr) {
        (
            Ipv4Addr::from(self.base + KEPT + 1),
            Ipv4Addr::from((self.base | !mask(self.prefix)) - 1),
        )
    }

    /// Number of addresses that DHCP can assign, and so of phones that the network takes.
    pub fn phones(self) -> u32 {
        let (first, last) = self.range();
        u32::from(last) - u32::from(first) + 1
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX << (32 - u32::from(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_is_first_and_phones_have_the_rest() {
        let subnet = Subnet::parse("172.20.7.9/24").unwrap();
        assert_eq!(subnet.own().to_string(), "172.20.7.1");
        assert_eq!(subnet.mask().to_string(), "255.255.255.0");
        let (first, last) = subnet.range();
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("172.20.7.10".into(), "172.20.7.254".into())
        );
        assert_eq!(subnet.phones(), 245);
        assert_eq!(Subnet::parse("10.42.0.0/22"), Ok(Subnet::default()));
        assert_eq!(Subnet::parse("192.168.1.0/28").unwrap().phones(), 5);
    }

    #[test]
    fn a_network_is_private_if_all_of_it_is() {
        for (network, private) in [
            ("10.42.0.0/22", true),
            ("172.16.0.0/16", true),
            ("172.31.4.0/24", true),
            ("172.32.0.0/24", false),
            ("192.168.7.0/24", true),
            ("192.169.0.0/16", false),
            ("203.0.113.0/24", false),
        ] {
            assert_eq!(Subnet::parse(network).unwrap().is_private(), private, "{network}");
        }
    }

    #[test]
    fn networks_of_a_wrong_form_or_size_are_refused() {
        for wrong in [
            "",
            "10.0.0.0",
            "10.0.0.0/8",
            "10.0.0.0/30",
            "0.0.0.0/16",
            "127.0.0.0/24",
            "169.254.0.0/16",
            "224.0.0.0/24",
            "255.255.255.0/24",
            "fd00::/16",
            "10.42.0.0/22\nx",
            "a/b",
            "10.42.0.0/-1",
            "10.42.0.0/99999",
        ] {
            assert!(Subnet::parse(wrong).is_err(), "{wrong}");
        }
    }
}
