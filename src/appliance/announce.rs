//! The greeting printed in the terminal at the start: the server's addresses and a QR code.

use std::{
    cmp::Reverse,
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use fast_qr::ECL;

use super::qr;

/// Escape sequences for white on black in any theme, and for the reset.
const COLOURS: (&str, &str) = ("\x1b[40;97m", "\x1b[0m");
/// Name prefixes of network interfaces that lead to containers, virtual machines or tunnels, not to phones.
const INNER: &[&str] = &[
    "docker",
    "br-",
    "veth",
    "virbr",
    "lxc",
    "podman",
    "cni",
    "tun",
    "tap",
    "wg",
    "tailscale",
    "zt",
];

/// Likelihood that phones reach an address; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Loopback,
    Inner,
    V6,
    V4,
    Lan,
}

fn reach(interface: &str, ip: IpAddr) -> Option<Reach> {
    match ip {
        ip if ip.is_loopback() => Some(Reach::Loopback),
        // A link-local IPv6 address needs the phone's own interface name in the URL, which the server can't know.
        IpAddr::V6(ip) if ip.is_unicast_link_local() => None,
        _ if INNER.iter().any(|inner| interface.starts_with(inner)) => Some(Reach::Inner),
        IpAddr::V6(_) => Some(Reach::V6),
        IpAddr::V4(ip) if ip.is_private() => Some(Reach::Lan),
        IpAddr::V4(_) => Some(Reach::V4),
    }
}

/// URLs at which a listener can be reached, the best first.
pub fn urls(listening: SocketAddr) -> Vec<String> {
    let url = |ip| format!("http://{}/", SocketAddr::new(ip, listening.port()));
    if !listening.ip().is_unspecified() {
        return vec![url(listening.ip())];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let interfaces = interfaces
        .iter()
        .map(|interface| (interface.name.as_str(), interface.ip()));
    let of_family = interfaces.filter(|(_, ip)| listening.is_ipv6() || ip.is_ipv4());
    ranked(of_family).into_iter().map(url).collect()
}

/// The URL by which phones reach a listener; `None` if it listens only on this machine.
pub fn for_phones(listening: SocketAddr) -> Option<String> {
    let url = urls(listening).into_iter().next()?;
    let address = url.strip_prefix("http://")?.trim_end_matches('/');
    let address: SocketAddr = address.parse().ok()?;
    (!address.ip().is_loopback()).then_some(url)
}

fn ranked<'a>(interfaces: impl Iterator<Item = (&'a str, IpAddr)>) -> Vec<IpAddr> {
    let reached = interfaces.filter_map(|(name, ip)| Some((reach(name, ip)?, ip)));
    let mut ranked: Vec<_> = reached.collect();
    ranked.sort_by_key(|&(reach, _)| Reverse(reach));
    ranked.into_iter().map(|(_, ip)| ip).collect()
}

/// Text of the greeting; with colours if it goes to a terminal.
pub fn greeting(event_name: &str, urls: &[String], colours: bool) -> String {
    let mut text = format!("\n  {event_name}\n\n");
    if let Some(best) = urls.first() {
        draw(qr::blocks(best, ECL::M), colours, &mut text);
    }
    text.push_str("\n  Scan the code, or open\n");
    for url in urls {
        // Writing to a string can't fail.
        let _ = writeln!(text, "    {url}");
    }
    text.push_str("\n  Ctrl-C stops.\n");
    text
}

/// Text with the organizer's code, for the operator's terminal only. `lines` is the code in a form to type.
pub fn organizer(url: &str, lines: &[String], colours: bool) -> String {
    let mut text = "\n  For the organizer alone: who scans this runs the evening\n\n".to_owned();
    draw(qr::blocks(url, ECL::L), colours, &mut text);
    let page = url.split('#').next().unwrap_or_default();
    let _ = writeln!(text, "\n  Or open {page} and type\n    {}", lines.join("\n    "));
    text
}

/// Appends a QR code; without one (`None`, the text was too long) it appends nothing.
fn draw(code: Option<Vec<String>>, colours: bool, text: &mut String) {
    let (begin, end) = if colours { COLOURS } else { ("", "") };
    for line in code.into_iter().flatten() {
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {begin}{line}{end}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phones_network_comes_first() {
        let interfaces = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("wlan0", "fe80::1"),
            ("eth1", "fd00::5"),
            ("eth0", "203.0.113.9"),
            ("wlan0", "192.168.4.1"),
        ];
        let ranked = ranked(interfaces.into_iter().map(|(name, ip)| (name, ip.parse().unwrap())));
        let ranked: Vec<_> = ranked.iter().map(ToString::to_string).collect();
        assert_eq!(
            ranked,
            ["192.168.4.1", "203.0.113.9", "fd00::5", "172.17.0.1", "127.0.0.1"]
        );
    }

    #[test]
    fn one_address_is_the_only_url() {
        assert_eq!(urls("[::1]:80".parse().unwrap()), ["http://[::1]:80/"]);
        assert!(urls("0.0.0.0:8080".parse().unwrap()).contains(&"http://127.0.0.1:8080/".to_owned()));
    }

    #[test]
    fn the_code_is_square_with_a_quiet_zone() {
        const QUIET: usize = 4;
        let text = greeting("Fête", &["http://192.168.4.1:8080/".to_owned()], false);
        let code: Vec<&str> = text.lines().filter(|line| line.contains(['█', '▀'])).collect();
        // Version 2 at level M holds 26 bytes: 25 modules a side.
        let side = 25 + 2 * QUIET;
        assert_eq!(code.len(), side.div_ceil(2));
        assert!(code.iter().all(|line| line.chars().count() == side + 2));
        assert!(code[0].trim().chars().all(|c| c == '█') && code[1].trim().chars().all(|c| c == '█'));
        // The upper left finder pattern: seven dark modules between light ones.
        assert!(code[2].starts_with("  ████ ▄▄▄▄▄ █"), "{}", code[2]);
        assert!(text.contains("Fête") && text.contains("http://192.168.4.1:8080/\n"));
    }

    #[test]
    fn the_organizers_code_stands_in_letters_below_its_drawing() {
        let text = organizer("http://box.lan/organizer#abcd", &["ab cd".to_owned()], false);
        assert!(
            text.contains("Or open http://box.lan/organizer and type\n    ab cd\n"),
            "{text}"
        );
        assert!(!text.contains("abcd"));
    }
}
