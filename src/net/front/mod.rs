//! In front of all routes: a request that was meant for another host is sent to the box's page, and one that a foreign web page
//! has made is refused.

mod host;
mod portal;

use std::{borrow::Cow, net::IpAddr, time::Instant};

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};

use self::{host::Names, portal::Passed};
use super::{door::Origin, edge, http::refuse};
use crate::{
    config::{Config, CorsOrigins},
    room::{Code, Refusal},
};

/// Where the page says that the person has tapped on.
const CONTINUE: &str = "/portal/continue";

/// See the module.
pub struct Front {
    home: Option<Home>,
    origins: CorsOrigins,
}

/// A server that answers for every name in its network.
struct Home {
    names: Names,
    url: HeaderValue,
    portal: bool,
    passed: Passed,
}

impl Front {
    /// As the configuration says.
    pub fn new(config: &Config) -> Self {
        let home = config.host.as_deref().map(|host| Home {
            names: Names::new(host),
            url: HeaderValue::try_from(format!("http://{host}/")).expect("a checked host is visible ASCII"),
            portal: config.portal,
            passed: Passed::default(),
        });
        Self {
            home,
            origins: config.cors_origins.clone(),
        }
    }

    /// The answer to a request that no route is to see; `None` lets it through. `engine` is for one below the Socket.IO path.
    pub fn answer<B>(&self, request: &Request<B>, engine: bool) -> Option<Response<Body>> {
        let host = asked_host(request);
        let host = host.as_deref().map(host::without_port);
        let path = request.uri().path();
        let address = request.extensions().get::<Origin>().map(|origin| origin.address);
        if let (Some(home), Some(host)) = (&self.home, host)
            && !home.names.has(host)
            && !host::is_plain(host)
        {
            return Some(home.answer_stranger(path, address));
        }
        if acts(request, engine) && !self.lets_in(request.headers(), host) {
            return Some(match engine {
                true => edge::forbidden(),
                false => refuse(&Refusal::new(
                    Code::NotAllowed,
                    "a page of another web origin needs server.cors_origins",
                )),
            });
        }
        let home = self.home.as_ref().filter(|home| home.portal && path == CONTINUE)?;
        (request.method() == Method::POST).then(|| home.tapped_on(address))
    }

    /// Whether a request is made by a page that may, or by no page at all.
    fn lets_in(&self, headers: &HeaderMap, host: Option<&str>) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str().map(str::to_ascii_lowercase) else {
            return false;
        };
        let listed = match &self.origins {
            CorsOrigins::Any => true,
            CorsOrigins::List(list) => list.contains(&origin),
            CorsOrigins::None => false,
        };
        let Some(from) = host::of_origin(&origin) else {
            return listed;
        };
        let own = |home: &Home| home.names.has(from);
        listed || host == Some(from) || self.home.as_ref().is_some_and(own) || is_ours(from)
    }
}

impl Home {
    /// To somebody who asks for another host: a phone that tries whether there is internet, or a person who opens any page.
    fn answer_stranger(&self, path: &str, address: Option<IpAddr>) -> Response<Body> {
        let passed = || address.is_some_and(|address| self.passed.has(address, Instant::now()));
        let success = portal::success(path).filter(|_| !self.portal || passed());
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

/// What a request names, in small letters (RFC 9112, section 3.3).
fn asked_host<B>(request: &Request<B>) -> Option<Cow<'_, str>> {
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

/// Whether a request does something by itself. Of one that only reads, browsers show a foreign page nothing.
fn acts<B>(request: &Request<B>, engine: bool) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    engine || !reads || request.headers().contains_key(header::UPGRADE)
}

/// Whether an address is one of this machine's: its page may have been opened by any of them.
fn is_ours(host: &str) -> bool {
    let Ok(address) = host.parse::<IpAddr>() else {
        return false;
    };
    let ours = if_addrs::get_if_addrs().unwrap_or_default();
    ours.iter().any(|interface| interface.ip() == address)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
