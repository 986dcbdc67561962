//! The captive portal: what telephones ask of the internet when they join a network, and what they are told.
//!
//! A phone that has not seen the page is sent there, so that its system shows it. Once the person has tapped on, the same questions
//! are answered as the internet answers them, so that the system keeps the network. The sheet that shows the page keeps no
//! cookies, so who has tapped on is known by address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::Mutex,
    time::{Duration, Instant},
};

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};

use crate::limits;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain";

/// Paths that systems ask for when they join, with the answer that means the internet: status, type, body.
#[rustfmt::skip]
const PROBES: &[(&str, u16, &str, &str)] = &[
    // Android; the others are makers' own.
    ("/generate_204", 204, TEXT, ""),
    ("/gen_204", 204, TEXT, ""),
    ("/generate204", 204, TEXT, ""),
    // iOS and macOS.
    ("/hotspot-detect.html", 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"),
    ("/library/test/success.html", 200, HTML, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"),
    // Windows.
    ("/connecttest.txt", 200, TEXT, "Microsoft Connect Test"),
    ("/ncsi.txt", 200, TEXT, "Microsoft NCSI"),
    // Firefox.
    ("/success.txt", 200, TEXT, "success\n"),
    ("/canonical.html", 200, HTML, "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>"),
    // NetworkManager.
    ("/check_network_status.txt", 200, TEXT, "NetworkManager is online\n"),
];

/// Addresses whose person has tapped on.
#[derive(Default)]
pub struct Passed {
    seen: Mutex<HashMap<IpAddr, Instant>>,
}

impl Passed {
    /// Somebody has tapped on. If the table is full, whoever was seen longest ago makes way, and may see the page once more.
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

    /// Whether an address has tapped on; asking counts as being there.
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
        self.seen.lock().expect("nothing panics while it is held")
    }
}

const PATIENCE: Duration = Duration::from_millis(limits::PORTAL_MS);

/// What means the internet to the system that asks for a path; `None` if no system does.
pub fn success(path: &str) -> Option<Response<Body>> {
    let (_, status, kind, body) = PROBES.iter().find(|probe| probe.0 == path)?;
    let mut response = Response::new(Body::from(*body));
    *response.status_mut() = StatusCode::from_u16(*status).expect("the table's own");
    if !body.is_empty() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    no_store(&mut response);
    Some(response)
}

/// To the box's own page.
pub fn redirect(to: &HeaderValue) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, to.clone());
    no_store(&mut response);
    response
}

/// A phone that remembered the answer would not see the internet where there is one.
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
    fn whoever_was_seen_longest_ago_makes_way() {
        let (passed, start) = (Passed::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for number in 0..limits::PORTAL_ADDRESSES {
            passed.put(address(number), at(0));
        }
        assert!(passed.has(address(0), at(1)), "asking counts as being there");
        for number in 1..limits::PORTAL_ADDRESSES {
            passed.put(address(number), at(u64::from(number != 1) * 2));
        }
        passed.put(address(limits::PORTAL_ADDRESSES), at(3));
        assert_eq!(passed.table().len(), limits::PORTAL_ADDRESSES);
        assert!(!passed.has(address(1), at(3)) && passed.has(address(0), at(3)));
    }

    #[test]
    fn an_address_is_somebody_else_after_a_lease() {
        let (passed, start) = (Passed::default(), Instant::now());
        passed.put(address(1), start);
        assert!(passed.has(address(1), start + PATIENCE / 2));
        assert!(passed.has(address(1), start + PATIENCE), "it was seen in between");
        assert!(!passed.has(address(1), start + PATIENCE * 2));
        assert!(!passed.has(address(2), start));
    }

    #[test]
    fn an_answer_of_the_internet_is_what_the_system_wants_to_hear() {
        for (path, status, ..) in PROBES {
            let answer = success(path).unwrap();
            assert_eq!(answer.status().as_u16(), *status, "{path}");
            assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
        }
        assert!(success("/").is_none() && success("/generate_204/x").is_none());
    }
}
