//! The HTTP headers of every response to a browser, including the Content-Security-Policy. Constants; nothing grows.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::strip::bare;

/// The Content-Security-Policy: only this server's files, no inline script except the loader, no framing, no conversion of text to markup by scripts.
const POLICY: &str = "default-src 'none'; script-src 'self' '{loader}'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The only inline script of the pages; the policy allows it by its digest.
pub static LOADER: LazyLock<String> = LazyLock::new(|| bare(include_str!("assets/shared/load.js")));

static FULL_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(LOADER.as_bytes()));
    let policy = POLICY.replace("{loader}", &format!("sha256-{digest}"));
    policy.try_into().expect("a digest is visible ASCII")
});

/// Adds the headers that every response to a browser has, such as the Content-Security-Policy.
pub fn guard(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, FULL_POLICY.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}
