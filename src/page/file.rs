//! A static file of the pages with its HTTP headers, compressed once at the start. Nothing grows afterwards.

use std::io::{Read, Write};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    routing::{MethodRouter, get},
};
use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::policy::guard;

pub const SCRIPT: &str = "text/javascript; charset=utf-8";
pub const STYLE: &str = "text/css; charset=utf-8";
pub const HTML: &str = "text/html; charset=utf-8";
pub const SVG: &str = "image/svg+xml";
pub const JSON: &str = "application/json";

/// The files of the pages: path below `assets`, content type, content.
pub const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// How long browsers may cache a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Revalidate each time, so that a box with a new version does not use an old page.
    Ask,
    /// Cache forever, because the URL changes with the content.
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

/// A static file. Clones share its content.
#[derive(Clone)]
pub struct File {
    kind: HeaderValue,
    keep: Keep,
    /// Weak entity tag, the same for all encodings of the content (RFC 9110, section 8.8.3).
    tag: HeaderValue,
    /// Uncompressed content; `None` where the binary has only the compressed one.
    plain: Option<Bytes>,
    /// Content compressed with gzip, once at the start. Browsers accept Brotli over TLS only.
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
            plain: Some(plain),
        }
    }

    /// A large, rarely requested file: the binary contains it compressed, and unpacks it for clients without gzip.
    pub fn packed(kind: &'static str, keep: Keep, packed: &'static [u8]) -> Self {
        let tag = format!("W/\"{}\"", digest([packed]));
        Self {
            kind: HeaderValue::from_static(kind),
            keep,
            tag: tag.try_into().expect("quotes and digits are visible ASCII"),
            packed: Bytes::from_static(packed),
            plain: None,
        }
    }

    fn plain(&self) -> Bytes {
        self.plain.clone().unwrap_or_else(|| {
            let mut plain = Vec::new();
            let read = GzDecoder::new(&self.packed[..]).read_to_end(&mut plain);
            read.expect("it was compressed by us");
            plain.into()
        })
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
            (false, false) => self.plain(),
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

/// The elements of a comma-separated header.
pub fn listed(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
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

/// A digest of the contents: sixteen hexadecimal digits.
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
