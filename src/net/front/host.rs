//! Names by which clients call the server, and web origins that call it.

use std::net::IpAddr;

/// The host of an authority, without its port; an IPv6 address without its brackets. Small letters have to be made before.
pub fn without_port(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    host.strip_suffix('.').unwrap_or(host)
}

/// The host of a web origin as browsers send it (RFC 6454, 6.2), without its port; `None` for `null`.
pub fn of_origin(origin: &str) -> Option<&str> {
    origin.split_once("://").map(|(_, authority)| without_port(authority))
}

/// Names of the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    name: String,
    mdns: String,
}

impl Names {
    /// Of a configured host.
    pub fn new(host: &str) -> Self {
        let name = without_port(host).to_owned();
        let first = name.split_once('.').map_or(&*name, |(first, _)| first);
        let mdns = format!("{first}.local");
        Self { name, mdns }
    }

    /// Whether a name is one of the box's.
    pub fn has(&self, host: &str) -> bool {
        host == self.name || host == self.mdns
    }
}

/// Whether a host is this machine's whatever its name is: `localhost`, or any address, since no name server can say that an
/// address is somebody else.
pub fn is_plain(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(of_origin("https://box.lan:8443"), Some("box.lan"));
        assert_eq!(of_origin("null"), None);
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
