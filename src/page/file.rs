//! A file with its headers, compressed ahead.

use std::io::Write;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};

/// Nothing inline, nothing from elsewhere, no frame around us, and no script can turn text into markup.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// How long a browser may keep what it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Ask each time: a box with a new version must not meet the old page.
    Ask,
    /// For good: the address names the content.
    Forever,
}

impl Keep {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Ask => "no-cache",
            Self::Forever => "public, max-age=31536000, immutable",
        })
    }
}

/// Clones share the content.
#[derive(Clone)]
pub struct File {
    kind: HeaderValue,
    keep: Keep,
    /// Names the content, however it is encoded, so that a phone that has it already is told so (RFC 9110, section 8.8.3).
    tag: HeaderValue,
    plain: Bytes,
    /// Compressed once, when the program starts. Gzip, because browsers take Brotli over TLS alone.
    packed: Bytes,
}

impl File {
    pub fn new(kind: &'static str, keep: Keep, content: impl Into<Bytes>) -> Self {
        let plain = content.into();
        let tag = format!("W/\"{}\"", digest([plain.as_ref()]));
        Self {
            kind: HeaderValue::from_static(kind),
            keep,
            tag: tag.try_into().expect("quotes and digits are visible ASCII"),
            packed: gzip(&plain),
            plain,
        }
    }

    pub fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let file = self.clone();
        get(async move |headers: HeaderMap| file.answer(&headers))
    }

    pub fn answer(&self, asked: &HeaderMap) -> Response<Body> {
        let tag = &self.tag.as_bytes()[2..];
        let known = listed(asked, header::IF_NONE_MATCH).any(|one| one.trim_start_matches("W/").as_bytes() == tag);
        let packs = listed(asked, header::ACCEPT_ENCODING).any(|one| one == "gzip" || one.starts_with("gzip;"));
        let body = match (known, packs) {
            (true, _) => Bytes::new(),
            (false, true) => self.packed.clone(),
            (false, false) => self.plain.clone(),
        };
        let mut answer = Response::new(Body::from(body));
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = answer.headers_mut();
        if packs && !known {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.insert(header::CONTENT_TYPE, self.kind.clone());
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CACHE_CONTROL, self.keep.header());
        guard(headers);
        answer
    }
}

/// What every answer to a browser carries.
pub fn guard(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// The elements of a header that is a list.
fn listed(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.expect("memory takes every byte").into()
}

/// A script or style of ours without the lines that are only comments: phones do not read them.
pub fn bare(source: &str) -> String {
    let mut bare = String::with_capacity(source.len());
    let mut inside = false;
    for line in source.lines() {
        let text = line.trim();
        let begins = text.starts_with("/*") && text.find("*/").is_none_or(|end| end + 2 == text.len());
        if inside || begins {
            inside = !text.ends_with("*/");
        } else if !text.is_empty() && !text.starts_with("//") {
            bare.push_str(line);
            bare.push('\n');
        }
    }
    bare
}

/// Sixteen hexadecimal digits that name the contents.
pub fn digest<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for content in contents {
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(content);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (short, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
    format!("{:016x}", u64::from_be_bytes(*short))
}
