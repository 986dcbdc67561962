//! Parses `Origin` headers (RFC 6454, section 7), which name a web page, an app, or `null`.

use std::net::Ipv6Addr;

/// The origin of a request, in normalized form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageOrigin {
    /// The origin `null`, which a sandboxed frame of any site sends.
    Opaque,
    /// A web page with scheme, host and port.
    Web(WebOrigin),
    /// The origin of an app: a scheme other than HTTP and its authority, in lower case, as in `file://` or `capacitor://localhost`.
    App(String),
}

/// Scheme, host and port of a web page's origin. `ws` counts as `http`, `wss` as `https`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin {
    /// Whether the scheme is `https` or `wss`.
    pub secure: bool,
    /// Host in lower case; an IPv6 address has no brackets.
    pub host: String,
    /// Port as written, or the scheme's default.
    pub port: u16,
}

impl WebOrigin {
    /// Whether the port is the scheme's default, which browsers leave out.
    pub fn has_usual_port(&self) -> bool {
        self.port == usual_port(self.secure)
    }
}

impl PageOrigin {
    /// Parses an `Origin` header. Some native clients send a whole URL, whose path is ignored. `None` if the text names no origin.
    pub fn read(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Opaque);
        }
        let text = text.to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://")?;
        let mut letters = scheme.chars();
        let fits = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        let secure = match scheme {
            _ if !fits => return None,
            "http" | "ws" => false,
            "https" | "wss" => true,
            _ => return Some(Self::App(format!("{scheme}://{authority}"))),
        };
        let (host, port) = authority_parts(authority)?;
        Some(Self::Web(WebOrigin {
            secure,
            host,
            port: port.unwrap_or(usual_port(secure)),
        }))
    }
}

/// Splits an authority (RFC 3986, section 3.2) into host, in lower case, and port. `None` without a host, or with further parts.
pub fn authority_parts(authority: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            let port = if rest.is_empty() { "" } else { rest.strip_prefix(':')? };
            (address.to_string(), port)
        }
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            (host.strip_suffix('.').unwrap_or(host).to_owned(), port)
        }
    };
    let plain = |c: char| c.is_ascii_graphic() && !"@,*/?#\\[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return None;
    }
    let port = match port {
        "" => None,
        digits => Some(digits.parse().ok()?),
    };
    Some((host, port))
}

fn usual_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// The web origins that the configuration allows, besides the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Only the server's own pages may connect.
    None,
    /// Pages of all web origins may connect.
    Any,
    /// Only the listed origins are allowed.
    List(Vec<PageOrigin>),
}

impl CorsOrigins {
    /// Whether the configuration allows an origin.
    pub fn has(&self, origin: &PageOrigin) -> bool {
        match self {
            Self::None => false,
            Self::Any => true,
            Self::List(list) => list.contains(origin),
        }
    }
}

/// Parses the configured list of origins.
///
/// # Errors
/// An entry names no origin.
pub fn cors_origins(list: &[String]) -> Result<CorsOrigins, String> {
    if list.iter().any(|origin| origin == "*") {
        return Ok(CorsOrigins::Any);
    }
    let read = |text: &String| {
        let origin = PageOrigin::read(text);
        // Browsers send no path, so one in the list could not restrict anything.
        let bare = text.splitn(4, '/').nth(3).is_none_or(str::is_empty) && !text.contains(['?', '#']);
        origin.filter(|_| bare).ok_or_else(|| {
            format!(
                "{text:?}: expected an origin as in https://example.org, without a path, or capacitor://localhost, \
                 file://, null, or \"*\" for all"
            )
        })
    };
    let list = list.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(match list.is_empty() {
        true => CorsOrigins::None,
        false => CorsOrigins::List(list),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn web(text: &str) -> (bool, String, u16) {
        match PageOrigin::read(text) {
            Some(PageOrigin::Web(web)) => (web.secure, web.host, web.port),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_web_origin_is_scheme_host_and_port() {
        for (text, secure, host, port) in [
            ("http://box.lan", false, "box.lan", 80),
            ("HTTP://BOX.lan.:080", false, "box.lan", 80),
            ("ws://127.0.0.1/socket.io/?transport=websocket", false, "127.0.0.1", 80),
            ("wss://a.example?x=1", true, "a.example", 443),
            ("https://a.example:8443#top", true, "a.example", 8443),
            ("http://[FE80::1]:8080", false, "fe80::1", 8080),
            ("http://a.example:", false, "a.example", 80),
            ("http://a.example\\@box.lan", false, "a.example", 80),
        ] {
            assert_eq!(web(text), (secure, host.to_owned(), port), "{text}");
        }
    }

    #[test]
    fn other_schemes_are_apps_and_other_texts_no_origin() {
        for (text, app) in [
            ("file://", "file://"),
            ("file:///android_asset/index.html", "file://"),
            ("Capacitor://LOCALHOST", "capacitor://localhost"),
            ("ionic://localhost", "ionic://localhost"),
            ("chrome-extension://abc/page.html", "chrome-extension://abc"),
        ] {
            assert_eq!(PageOrigin::read(text), Some(PageOrigin::App(app.to_owned())), "{text}");
        }
        assert_eq!(PageOrigin::read("null"), Some(PageOrigin::Opaque));
        for text in [
            "",
            "x",
            "box.lan",
            "http://",
            "http:///x",
            "http://a b",
            "http://a@b",
            "http://a,b",
            "http://a:x",
            "http://a:65536",
            "http://[::1",
            "http://[::1]x",
            "blob:http://a",
            "://a",
            "1http://a",
            "http://a http://b",
        ] {
            assert_eq!(PageOrigin::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_names_origins_of_every_kind() {
        let list = |all: &[&str]| cors_origins(&all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        let named = list(&[
            "null",
            "file://",
            "capacitor://localhost",
            "https://A.example:443",
            "http://localhost:3000/",
        ])
        .unwrap();
        for text in [
            "null",
            "file:///x",
            "capacitor://localhost",
            "wss://a.example/socket.io/",
            "http://LOCALHOST:3000",
        ] {
            assert!(named.has(&PageOrigin::read(text).unwrap()), "{text}");
        }
        for text in [
            "ionic://localhost",
            "http://a.example",
            "http://localhost",
            "https://a.example:444",
        ] {
            assert!(!named.has(&PageOrigin::read(text).unwrap()), "{text}");
        }
        assert_eq!(list(&[]), Ok(CorsOrigins::None));
        assert_eq!(list(&["null", "*"]), Ok(CorsOrigins::Any));
        for wrong in ["https://a.org/x", "https://a.org?x", "Null", "a.org", "https://*.a.org"] {
            assert!(list(&[wrong]).unwrap_err().contains("without a path"), "{wrong}");
        }
    }
}
