//! Generates the configuration files of the box's services. A text of the organizer can't inject a line: texts are written as
//! hexadecimal digits, or were checked to be one line of plain characters.

use super::settings::{BoxSettings, Ethernet, Https};

/// Name of the network bridge that connects all phones.
pub const BRIDGE: &str = "lan";
/// Top-level domain of the box. It is on no HSTS preload list, so browsers accept plain HTTP.
pub const DOMAIN: &str = "lan";
/// Duration of a DHCP lease in seconds: longer than a walk outside, shorter than an event.
const LEASE_S: u32 = 7200;
/// Names that DNS answers as non-existent: for proxy discovery (WPAD), DNS over HTTPS (Mozilla's "Canary domain", which Firefox queries),
/// and iCloud Private Relay (Apple, "Prepare your network or web server for iCloud Private Relay").
const NO_SUCH_NAME: &[&str] = &[
    "wpad",
    "wpad.lan",
    "use-application-dns.net",
    "mask.icloud.com",
    "mask-h2.icloud.com",
];
/// Path of the captive portal API (RFC 8908).
pub const CAPPORT_PATH: &str = "/portal/api";
/// dnsmasq's file of DHCP leases (`systemd/box-dnsmasq.service`).
pub const LEASES: &str = "/run/box-dnsmasq/leases";
pub(super) const HEAD: &str = "# Made by `chatterbox box prepare` from chatterbox.toml on the boot partition.\n";

/// Whether the box is the DHCP and DNS server; false for a guest in another router's network.
pub fn has_lan(settings: &BoxSettings) -> bool {
    settings.wifi || settings.ethernet == Ethernet::AccessPoint
}

/// Generates the configuration of dnsmasq: DHCP leases, and DNS that resolves every name to the box.
pub fn dnsmasq(settings: &BoxSettings) -> String {
    let subnet = settings.subnet;
    let (own, mask, phones) = (subnet.own(), subnet.mask(), subnet.phones());
    let (first, last) = subnet.range();
    let certified = match &settings.https {
        Https::Named(name) if settings.portal => format!(
            "# The certificate's name, where phones find the captive portal API (RFC 8910), too.\n\
             address=/{name}/{own}\ndhcp-option=114,https://{name}{CAPPORT_PATH}\n"
        ),
        Https::Named(name) => format!("# The certificate's name.\naddress=/{name}/{own}\n"),
        Https::Off | Https::Quiet => String::new(),
    };
    let refused: String = NO_SUCH_NAME.iter().map(|name| format!("local=/{name}/\n")).collect();
    format!(
        "{HEAD}interface={BRIDGE}\nexcept-interface=lo\nbind-dynamic\nno-resolv\nno-hosts\nno-ping\n\
         # Every name is the box. Without `local` other questions than for an address would be refused, and phones ask them first.\n\
         address=/#/{own}\nlocal=/#/\n\
         # Windows asks for this one name, which has to have this one address.\n\
         address=/dns.msftncsi.com/131.107.255.255\n\
         # No such name: proxies that configure themselves, DNS over HTTPS and Apple's relay are off in this network.\n\
         {refused}{certified}cache-size=0\nlocal-ttl=60\n\
         dhcp-authoritative\ndhcp-range={first},{last},{mask},{LEASE_S}\ndhcp-lease-max={phones}\n\
         dhcp-option=option:router,{own}\ndhcp-option=option:dns-server,{own}\ndhcp-leasefile={LEASES}\n"
    )
}

/// Generates the rules of nftables, which limit the destinations of phones.
pub fn nftables(settings: &BoxSettings) -> String {
    let bridge = if settings.isolation {
        "# Phones on different access points can't reach each other, as on one (hostapd's ap_isolate).\n\
         table bridge box {\n\x20 chain forward {\n\x20   type filter hook forward priority filter; policy drop;\n\x20 }\n}\n"
    } else {
        ""
    };
    let https = match settings.https {
        Https::Off => "",
        Https::Quiet | Https::Named(_) => ", 443",
    };
    let ssh = if settings.ssh_keys.is_empty() { "" } else { "22, " };
    format!(
        "#!/usr/sbin/nft -f\n{HEAD}flush ruleset\n\
table inet box {{
  # To an address that is not the box's: no way leads there, and an app that hears so at once asks elsewhere or gives up.
  chain foreign {{
    type filter hook prerouting priority filter; policy accept;
    iifname != \"{BRIDGE}\" accept
    fib daddr type != unicast accept
    meta l4proto tcp reject with tcp reset
    reject with icmpx port-unreachable
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    iifname \"lo\" accept
    ct state established,related accept
    ct state invalid drop
    icmp type echo-request limit rate 100/second accept
    icmpv6 type {{ echo-request, nd-neighbor-solicit, nd-neighbor-advert }} accept
    tcp dport {{ {ssh}80{https}, 8080 }} accept
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

/// Generates the files of systemd-networkd, by file name.
pub fn network(settings: &BoxSettings) -> Vec<(&'static str, String)> {
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
        // On a direct cable to a laptop there is no DHCP: both take a link-local address.
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
