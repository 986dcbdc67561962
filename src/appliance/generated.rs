//! The files of the box's services, each a function of the settings. Nothing that an organizer writes can become a line of its own
//! in one of them: texts go in as hexadecimal digits, or were checked to be one line of plain characters.

use std::fmt::Write;

use super::{
    countries::LAST_OF_2_4_GHZ,
    settings::{Ethernet, Security, Settings},
};

/// The bridge that all phones are in.
pub const BRIDGE: &str = "lan";
/// What stands behind the box's name: in no list of names that browsers call only by https.
pub const DOMAIN: &str = "lan";
/// Seconds that a phone keeps its address: longer than a walk out of the hall, shorter than an event.
const LEASE_S: u32 = 7200;
/// Where leases are kept: dnsmasq's own directory (`systemd/box-dnsmasq.service`).
pub const LEASES: &str = "/run/box-dnsmasq/leases";
const HEAD: &str = "# Made by `chatterbox box prepare` from chatterbox.toml on the boot partition.\n";

/// Whether the box gives phones addresses and names: not where all of them are in somebody else's network.
pub fn has_lan(settings: &Settings) -> bool {
    settings.wifi || settings.ethernet == Ethernet::AccessPoint
}

/// For hostapd (hostapd.conf of its source).
pub fn hostapd(settings: &Settings, radio: &str, password: &str) -> String {
    let name: String = settings.network_name.bytes().fold(String::new(), |mut hex, byte| {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let mode = if settings.channel > LAST_OF_2_4_GHZ { "a" } else { "g" };
    let mut text = format!(
        "{HEAD}interface={radio}\nbridge={BRIDGE}\ndriver=nl80211\nctrl_interface=/run/hostapd\n\
         ssid2={name}\nutf8_ssid=1\nhw_mode={mode}\nchannel={channel}\nieee80211n=1\nwmm_enabled=1\n",
        channel = settings.channel,
    );
    if let Some(country) = &settings.country {
        text += &format!("country_code={country}\nieee80211d=1\n");
    }
    text += match settings.security {
        Security::Open => "auth_algs=1\n",
        Security::Wpa2 => "auth_algs=1\nwpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n",
        Security::Wpa3 => "auth_algs=1\nwpa=2\nwpa_key_mgmt=SAE\nrsn_pairwise=CCMP\nieee80211w=2\n",
    };
    if settings.security != Security::Open {
        text += &format!("wpa_passphrase={password}\n");
    }
    text + &format!("ap_isolate={}\n", u8::from(settings.isolation))
}

/// For dnsmasq: addresses, and the box's for every name.
pub fn dnsmasq(settings: &Settings) -> String {
    let subnet = settings.subnet;
    let (own, mask, phones) = (subnet.own(), subnet.mask(), subnet.phones());
    let (first, last) = subnet.range();
    format!(
        "{HEAD}interface={BRIDGE}\nexcept-interface=lo\nbind-dynamic\nno-resolv\nno-hosts\nno-ping\n\
         # Every name is the box. Without `local` other questions than for an address would be refused, and phones ask them first.\n\
         address=/#/{own}\nlocal=/#/\n\
         # Windows asks for this one name, which has to have this one address.\n\
         address=/dns.msftncsi.com/131.107.255.255\ncache-size=0\nlocal-ttl=60\n\
         dhcp-authoritative\ndhcp-range={first},{last},{mask},{LEASE_S}\ndhcp-lease-max={phones}\n\
         dhcp-option=option:router,{own}\ndhcp-option=option:dns-server,{own}\ndhcp-leasefile={LEASES}\n"
    )
}

/// For nftables: what phones may reach.
pub fn nftables(settings: &Settings) -> String {
    let bridge = if settings.isolation {
        "# Phones on different access points can't reach each other, as on one (hostapd's ap_isolate).\n\
         table bridge box {\n\x20 chain forward {\n\x20   type filter hook forward priority filter; policy drop;\n\x20 }\n}\n"
    } else {
        ""
    };
    format!(
        "#!/usr/sbin/nft -f\n{HEAD}flush ruleset\n\
table inet box {{
  chain input {{
    type filter hook input priority filter; policy drop;
    iifname \"lo\" accept
    ct state established,related accept
    ct state invalid drop
    icmp type echo-request limit rate 100/second accept
    icmpv6 type {{ echo-request, nd-neighbor-solicit, nd-neighbor-advert }} accept
    tcp dport {{ 80, 8080 }} accept
    udp dport 5353 accept
    iifname \"{BRIDGE}\" udp dport {{ 53, 67 }} accept
    iifname \"{BRIDGE}\" tcp dport 53 accept
    # An address for the box where it is a guest.
    iifname != \"{BRIDGE}\" udp sport 67 udp dport 68 accept
    # At once, so that no app waits.
    meta l4proto tcp reject with tcp reset
    pkttype unicast reject
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
  }}
}}
{bridge}"
    )
}

/// For systemd-networkd: names and contents.
pub fn network(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    if has_lan(settings) {
        let (own, prefix) = (settings.subnet.own(), settings.subnet.prefix());
        files.push(("10-lan.netdev", format!("{HEAD}[NetDev]\nName={BRIDGE}\nKind=bridge\n")));
        files.push((
            "10-lan.network",
            format!(
                "{HEAD}[Match]\nName={BRIDGE}\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nAddress={own}/{prefix}\n\
                 ConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\nLinkLocalAddressing=ipv6\nIPv6AcceptRA=no\nMulticastDNS=yes\n"
            ),
        ));
    }
    let ethernet = match settings.ethernet {
        Ethernet::AccessPoint => format!("Bridge={BRIDGE}\n"),
        // A direct cable to a laptop gives no addresses: both take one of the link.
        Ethernet::Network => "DHCP=ipv4\nLinkLocalAddressing=yes\nMulticastDNS=yes\n".to_owned(),
    };
    files.push((
        "20-ethernet.network",
        format!("{HEAD}[Match]\nName=en* eth*\n\n[Link]\nRequiredForOnline=no\n\n[Network]\n{ethernet}"),
    ));
    files
}

#[cfg(test)]
#[path = "generated_tests.rs"]
mod tests;
