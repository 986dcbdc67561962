//! The captive portal API (RFC 8908), which DHCP option 114 names (RFC 8910): phones ask it over TLS and need no probe.

use axum::body::Body;
use http::{HeaderValue, Response, header};
use serde_json::json;

pub use crate::appliance::generated::CAPPORT_PATH as PATH;

/// The state of a phone: captive until its user has tapped on.
pub fn state(origin: &str, passed: bool) -> Response<Body> {
    let state = json!({"captive": !passed, "user-portal-url": format!("{origin}/")});
    let mut response = Response::new(Body::from(state.to_string()));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("application/captive+json");
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}
