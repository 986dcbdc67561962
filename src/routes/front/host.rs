//! Checks the host name of a request: whether it is one of the server's own names, or one that a foreign site may control. Nothing grows.

use std::{fs, net::IpAddr};

use crate::config::{CorsOrigins, PageOrigin, authority_parts};

/// The host in an authority, without port and without the brackets of an IPv6 address. Expects lower case.
pub fn without_port(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host.strip_suffix('.').unwrap_or(host)
}

/// Host names of a box: the configured one, and its mDNS name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    name: String,
    mdns: String,
    /// Port of the box's pages.
    pub port: u16,
}

impl Names {
    /// Derives the names from the configured host.
    pub fn new(host: &str) -> Self {
        let name = without_port(host).to_owned();
        let first = name.split_once('.').map_or(&*name, |(first, _)| first);
        let mdns = format!("{first}.local");
        let port = authority_parts(host).and_then(|(_, port)| port).unwrap_or(80);
        Self { name, mdns, port }
    }

    /// Whether a host is one of the box's names.
    pub fn has(&self, host: &str) -> bool {
        host == self.name || host == self.mdns
    }
}

/// Whether a host needs no DNS: `localhost` or an IP address. DNS rebinding can't forge these.
pub fn is_plain(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok()
}

/// Domains outside of public DNS: reserved for local networks (RFC 6762, section 3 and appendix G; RFC 8375), or by ICANN (`internal`).
const LOCAL: [&str; 10] = [
    "local",
    "lan",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "private",
    "corp",
    "localdomain",
    "test",
];

/// Accepted host names of a server without a configured host.
///
/// A foreign site may point its own name at this machine (DNS rebinding), so that its page counts as same-origin. Only the name in `Host`
/// reveals that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    machine: String,
    origins: CorsOrigins,
}

impl Known {
    /// Accepts this machine's own name, and the names of configured origins.
    pub fn new(origins: &CorsOrigins) -> Self {
        let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Self::of(machine.trim(), origins)
    }

    fn of(machine: &str, origins: &CorsOrigins) -> Self {
        Self {
            machine: machine.to_ascii_lowercase(),
            origins: origins.clone(),
        }
    }

    /// Whether a host is accepted: an IP address, a local name, this machine's name, or a configured origin's.
    pub fn has(&self, host: &str) -> bool {
        let local = |domain: &&str| host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'));
        let named = match &self.origins {
            CorsOrigins::None => false,
            CorsOrigins::Any => true,
            CorsOrigins::List(list) => list
                .iter()
                .any(|origin| matches!(origin, PageOrigin::Web(web) if web.host == host)),
        };
        is_plain(host) || !host.contains('.') || LOCAL.iter().any(local) || host == self.machine || named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_name_knows_names_that_no_foreign_site_can_have() {
        let list = CorsOrigins::List(vec![PageOrigin::read("https://party.example").unwrap()]);
        let known = Known::of("Chat.Example.net", &list);
        for own in [
            "127.0.0.1",
            "192.168.1.5",
            "fe80::1",
            "localhost",
            "box",
            "box.local",
            "a.b.local",
            "box.lan",
            "box.home.arpa",
            "host.docker.internal",
            "chat.example.net",
            "party.example",
        ] {
            assert!(known.has(own), "{own}");
        }
        for foreign in [
            "evil.example",
            "box.local.evil.example",
            "192.168.1.5.evil.example",
            "notlocal.example",
            "www.party.example",
            "chat.example.net.evil.example",
            "box.arpa",
            "xlocal.org",
        ] {
            assert!(!known.has(foreign), "{foreign}");
            assert!(Known::of("", &CorsOrigins::Any).has(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_host_is_what_stands_before_the_port() {
        for (authority, host) in [
            ("box.lan", "box.lan"),
            ("box.lan.:80", "box.lan"),
            ("10.42.0.1:8080", "10.42.0.1"),
            ("[fe80::1]:8080", "fe80::1"),
            ("[::1]", "::1"),
            ("", ""),
        ] {
            assert_eq!(without_port(authority), host);
        }
    }

    #[test]
    fn a_box_has_two_names_and_its_addresses() {
        let names = Names::new("box.lan:8080");
        assert!(names.has("box.lan") && names.has("box.local"));
        assert!(!names.has("box") && !names.has("lan") && !names.has("box.lan.evil.example"));
        assert!(is_plain("localhost") && is_plain("a.localhost") && is_plain("::1") && is_plain("10.0.0.1"));
        assert!(!is_plain("10.0.0.1.example") && !is_plain("") && !is_plain("notlocalhost"));
    }
}
