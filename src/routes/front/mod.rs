//! Checks in front of all routes. A request for a foreign host is redirected to the box's page (captive portal); a request from a page of
//! a foreign web origin is refused. The portal remembers at most [`crate::limits::PORTAL_ADDRESSES`] addresses.

mod capport;
mod host;
mod portal;
mod probes;

use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Instant};

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use self::{
    host::{Known, Names},
    portal::Passed,
};
use super::cors;
use crate::{
    certificate::Secure,
    config::{Config, CorsOrigins, PageOrigin, WebOrigin, authority_parts},
    room::{Code, Refusal},
    transport::{engineio, ingress::Peer, request::refuse},
};

/// Path to which the portal page posts when its user continues.
const CONTINUE: &str = "/portal/continue";

/// The checks that precede all routes of a server: host name, captive portal, and web origin.
pub struct Front {
    home: Option<Home>,
    /// Accepted host names, if no host is configured.
    known: Known,
    origins: CorsOrigins,
    /// The certificate, whose names are the server's.
    secure: Option<Arc<Secure>>,
}

/// A box whose DNS server resolves every name to the box's own address.
struct Home {
    /// The configured `HOST` or `HOST:PORT`.
    host: String,
    names: Names,
    url: HeaderValue,
    portal: bool,
    passed: Passed,
}

impl Front {
    /// Takes host, portal and origins from the configuration. `secure` is the HTTPS certificate, `None` without HTTPS.
    pub fn new(config: &Config, secure: Option<Arc<Secure>>) -> Self {
        let home = config.host.as_deref().map(|host| Home {
            host: host.to_owned(),
            names: Names::new(host),
            url: HeaderValue::try_from(format!("http://{host}/")).expect("a checked host is visible ASCII"),
            portal: config.portal,
            passed: Passed::default(),
        });
        Self {
            home,
            known: Known::new(&config.cors_origins),
            origins: config.cors_origins.clone(),
            secure,
        }
    }

    /// The response to a request that must not reach a route; `None` lets it pass. `engine` tells whether it is below the Socket.IO path.
    pub fn answer<B>(&self, request: &Request<B>, engine: bool) -> Option<Response<Body>> {
        let requested = requested_host(request);
        let host = requested.as_deref().map(host::without_port);
        let path = request.uri().path();
        let peer = request.extensions().get::<Peer>();
        let address = peer.map(|peer| peer.address);
        let is_secure = peer.is_some_and(|peer| peer.secure);
        if let (Some(home), Some(host)) = (&self.home, host)
            && !home.names.has(host)
            && !host::is_plain(host)
            && !self.is_certified(host)
        {
            return Some(home.answer_foreign(host, path, address));
        }
        if self.home.is_none()
            && let Some(host) = host.filter(|host| !self.known.has(host) && !self.is_certified(host))
            && let Some(refused) = refuse_name(request, engine, host)
        {
            return Some(refused);
        }
        if acts(request, engine) && !self.allows(request.headers(), requested.as_deref(), is_secure) {
            return Some(match engine {
                true => engineio::forbidden(),
                false => refuse(&Refusal::new(
                    Code::NotAllowed,
                    "a page of another web origin needs server.cors_origins",
                )),
            });
        }
        let home = self.home.as_ref().filter(|home| home.portal)?;
        match (path, request.method()) {
            (CONTINUE, &Method::POST) => Some(home.tapped_on(address)),
            (capport::PATH, &Method::GET) if is_secure => {
                let origin = self.secure.as_ref()?.origin(&home.host)?;
                let passed = address.is_some_and(|address| home.passed.has(address, Instant::now()));
                Some(capport::state(&origin, passed))
            }
            _ => None,
        }
    }

    /// Whether the certificate has this name: no foreign site can own it.
    fn is_certified(&self, host: &str) -> bool {
        self.secure.as_ref().is_some_and(|secure| secure.current().has(host))
    }

    /// Whether a request comes from a page of an allowed web origin, or not from a page at all.
    fn allows(&self, headers: &HeaderMap, host: Option<&str>, is_secure: bool) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(text) = origin.to_str() else {
            return self.origins == CorsOrigins::Any;
        };
        if cors::is_allowed(&self.origins, text) {
            return true;
        }
        let Some(PageOrigin::Web(page)) = PageOrigin::read(text) else {
            return false;
        };
        let own = |home: &Home| home.names.has(&page.host) && !page.secure && page.port == home.names.port;
        self.home.as_ref().is_some_and(own)
            || host.is_some_and(|host| is_own(&page, host, is_secure || behind_tls(headers)))
    }
}

impl Home {
    /// Answers a request for a foreign host: a phone's probe for internet access, or a page that a user opens.
    fn answer_foreign(&self, host: &str, path: &str, address: Option<IpAddr>) -> Response<Body> {
        let passed = || address.is_some_and(|address| self.passed.has(address, Instant::now()));
        let success = portal::success(host, path).filter(|_| !self.portal || passed());
        success.unwrap_or_else(|| portal::redirect(&self.url))
    }

    fn tapped_on(&self, address: Option<IpAddr>) -> Response<Body> {
        if let Some(address) = address {
            self.passed.put(address, Instant::now());
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    }
}

/// The host that a request names, in lower case (RFC 9112, section 3.3); `None` if it names none.
fn requested_host<B>(request: &Request<B>) -> Option<Cow<'_, str>> {
    let named = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(header::HOST)?.to_str().ok(),
    };
    let capital = |name: &str| name.bytes().any(|c| c.is_ascii_uppercase());
    named.map(|name| match capital(name) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    })
}

/// Whether a foreign page must not send this request, because it has an effect or lets the client enter a room (a stream or a poll).
///
/// Browsers hide the results of other reads from foreign pages. A preflight request (`OPTIONS`) has no effect; its answer lists the allowed
/// origins.
fn acts<B>(request: &Request<B>, engine: bool) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    let rooms = path == "/rooms" || path.starts_with("/rooms/");
    let preflight = *request.method() == Method::OPTIONS;
    engine || (!preflight && (!reads || rooms)) || request.headers().contains_key(header::UPGRADE)
}

/// Refuses requests under a host name that a foreign site may control (DNS rebinding), except for static files. A user who opens a page by
/// such a name gets the reason as text.
fn refuse_name<B>(request: &Request<B>, engine: bool, host: &str) -> Option<Response<Body>> {
    let path = request.uri().path();
    let reads = ["/rooms", "/join", "/status"].iter().any(|root| path.starts_with(root));
    if acts(request, engine) || reads {
        return Some(match engine {
            true => engineio::forbidden(),
            false => refuse(&Refusal::new(Code::NotAllowed, unknown_name(host))),
        });
    }
    let accepted = request.headers().get(header::ACCEPT);
    let opens_page = accepted.is_some_and(|kinds| kinds.as_bytes().windows(9).any(|kind| kind == b"text/html"));
    opens_page.then(|| {
        let mut response = Response::new(Body::from(unknown_name(host)));
        *response.status_mut() = StatusCode::FORBIDDEN;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    })
}

fn unknown_name(host: &str) -> String {
    format!(
        "this server does not know the name {host:?}: use its address, or name the web origin in server.cors_origins"
    )
}

/// Whether a page is from the server that its request names in `Host`, or from another address of this machine at the same port. A `Host`
/// without a port matches any, since many proxies omit it. `tls` tells whether the client has TLS.
fn is_own(page: &WebOrigin, requested: &str, tls: bool) -> bool {
    let Some((host, port)) = authority_parts(requested) else {
        return false;
    };
    let same_port = match port {
        None => true,
        Some(port) => page.port == port && (!page.secure || page.has_usual_port() || tls),
    };
    same_port && (page.host == host || is_local_address(&page.host))
}

/// Whether a proxy has added TLS. One at an unusual port must say so.
fn behind_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

/// Whether a host is one of this machine's addresses.
fn is_local_address(host: &str) -> bool {
    let Ok(address) = host.parse::<IpAddr>() else {
        return false;
    };
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().any(|interface| interface.ip() == address)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
