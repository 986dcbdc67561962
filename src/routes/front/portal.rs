//! The captive portal: answers to the probes by which phones detect internet access.
//!
//! A new phone's probe is redirected to the box's page, so that its system shows the page. When the user has continued, probes get the
//! answers that the internet would give, so that the system keeps the network. The system's portal window stores no cookies, so phones are
//! recognized by address, at most [`limits::PORTAL_ADDRESSES`] of them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

use super::probes;
use crate::limits;

/// Addresses of phones whose users have continued past the portal page.
#[derive(Default)]
pub struct Passed {
    seen: Mutex<HashMap<IpAddr, Instant>>,
}

impl Passed {
    /// Adds an address. A full table drops the one that probed longest ago, whose phone may show the page once more.
    pub fn put(&self, address: IpAddr, now: Instant) {
        let mut seen = self.table();
        if seen.len() >= limits::PORTAL_ADDRESSES && !seen.contains_key(&address) {
            seen.retain(|_, last| now.duration_since(*last) < PATIENCE);
            let oldest = seen.iter().min_by_key(|(_, last)| **last).map(|(address, _)| *address);
            if let Some(oldest) = oldest.filter(|_| seen.len() >= limits::PORTAL_ADDRESSES) {
                seen.remove(&oldest);
            }
        }
        seen.insert(address, now);
    }

    /// Whether an address is in the table. Each call renews it for [`limits::PORTAL_MS`].
    pub fn has(&self, address: IpAddr, now: Instant) -> bool {
        let mut seen = self.table();
        let Some(last) = seen.get_mut(&address) else {
            return false;
        };
        if now.duration_since(*last) >= PATIENCE {
            seen.remove(&address);
            return false;
        }
        *last = now;
        true
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.seen.lock().expect("no panic while it is locked")
    }
}

const PATIENCE: Duration = Duration::from_millis(limits::PORTAL_MS);

/// The answer that a probe of this host and path expects from the internet; `None` if it is not a known probe.
pub fn success(host: &str, path: &str) -> Option<Response<Body>> {
    let probe = probes::find(host, path)?;
    let mut response = Response::new(Body::from(probe.body));
    *response.status_mut() = StatusCode::from_u16(probe.status).expect("the table's own");
    let headers = response.headers_mut();
    if !probe.body.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(probe.kind));
    }
    // Only NetworkManager and Nintendo consoles read them.
    headers.insert("x-networkmanager-status", HeaderValue::from_static("online"));
    headers.insert("x-organization", HeaderValue::from_static("Nintendo"));
    no_store(&mut response);
    Some(response)
}

/// The response that redirects a phone to the box's own page.
pub fn redirect(to: &HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, to.clone());
    no_store(&mut response);
    response
}

/// Forbids caching, because a cached answer would mislead the phone in another network.
fn no_store(response: &mut Response<Body>) {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: usize) -> IpAddr {
        let number = u32::try_from(number).unwrap();
        IpAddr::V4((0x0a2a_0000 + number).into())
    }

    #[test]
    fn a_full_table_evicts_the_address_seen_longest_ago() {
        let (passed, start) = (Passed::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for number in 0..limits::PORTAL_ADDRESSES {
            passed.put(address(number), at(0));
        }
        assert!(passed.has(address(0), at(1)), "a probe renews the address");
        for number in 1..limits::PORTAL_ADDRESSES {
            passed.put(address(number), at(u64::from(number != 1) * 2));
        }
        passed.put(address(limits::PORTAL_ADDRESSES), at(3));
        assert_eq!(passed.table().len(), limits::PORTAL_ADDRESSES);
        assert!(!passed.has(address(1), at(3)) && passed.has(address(0), at(3)));
    }

    #[test]
    fn an_address_expires_after_a_while() {
        let (passed, start) = (Passed::default(), Instant::now());
        passed.put(address(1), start);
        assert!(passed.has(address(1), start + PATIENCE / 2));
        assert!(passed.has(address(1), start + PATIENCE), "it was renewed in between");
        assert!(!passed.has(address(1), start + PATIENCE * 2));
        assert!(!passed.has(address(2), start));
    }

    #[test]
    fn each_probe_gets_its_expected_answer() {
        for probe in probes::PROBES {
            let (host, path) = (format!("x.{}", probe.host), probe.path.replace('*', "x"));
            let answer = success(&host, &path).unwrap();
            assert_eq!(answer.status().as_u16(), probe.status, "{path}");
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
            assert_eq!(answer.headers()["x-networkmanager-status"], "online");
        }
        assert!(success("www.example.org", "/").is_none());
    }
}
