//! The phone's page and the Socket.IO client: static files inside the binary, no build step.
//!
//! A page can run no script and load nothing but ours (Content-Security-Policy), so that whatever people write stays text.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header},
    routing::get,
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{config::Config, limits};

/// Nothing inline, nothing from elsewhere, no frame around us, and no script can turn text into markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const SCRIPT: &str = "text/javascript; charset=utf-8";

const CLIENT: &str = include_str!("vendor/socket.io.min.js");
const INDEX: &str = include_str!("assets/index.html");

/// Path, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    (
        "/page/app.css",
        "text/css; charset=utf-8",
        include_str!("assets/app.css"),
    ),
    ("/page/app.js", SCRIPT, include_str!("assets/app.js")),
    ("/page/link.js", SCRIPT, include_str!("assets/link.js")),
    ("/page/store.js", SCRIPT, include_str!("assets/store.js")),
    ("/page/socket.io.min.js", SCRIPT, CLIENT),
    ("/page/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("/favicon.ico", "image/svg+xml", include_str!("assets/icon.svg")),
];

/// `/`, `/r/{room}` and the files that the page needs.
pub fn router(config: &Config) -> Router {
    let index = File::new("text/html; charset=utf-8", Bytes::from(index(config)));
    let pages = Router::new()
        .route("/", index.route())
        .route("/r/{room}", index.route());
    FILES.iter().fold(pages, |router, (path, kind, content)| {
        router.route(path, File::new(kind, Bytes::from_static(content.as_bytes())).route())
    })
}

/// The Socket.IO client below the Socket.IO path, where Node's server has it; `None` if something else is asked for. The
/// edge asks here first, because the Socket.IO layer takes everything below its path.
pub fn client(config: &Config, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let name = path.strip_prefix(config.socketio_path.as_str())?;
    let asked = matches!(name, "/socket.io.js" | "/socket.io.min.js") && matches!(*method, Method::GET | Method::HEAD);
    asked.then(|| File::new(SCRIPT, Bytes::from_static(CLIENT.as_bytes())).answer(headers))
}

/// The page with what it needs of the configuration.
fn index(config: &Config) -> String {
    INDEX
        .replace("{socketio_path}", &escaped(&config.socketio_path))
        .replace("{default_room}", &escaped(config.default_room.as_str()))
        .replace("{name_chars}", &limits::USER_NAME_CHARS.to_string())
        // Last, because a name may hold anything.
        .replace("{event_name}", &escaped(&config.event_name))
}

/// Text as it stands in HTML, between tags or in double quotes.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// A file with its headers. Clones share the content.
#[derive(Clone)]
struct File {
    kind: HeaderValue,
    /// Names the content, so that a phone that has it already is told so (RFC 9110, section 8.8.3).
    tag: HeaderValue,
    content: Bytes,
}

impl File {
    fn new(kind: &'static str, content: Bytes) -> Self {
        let digest: [u8; 32] = Sha256::digest(&content).into();
        let (short, _) = digest.split_first_chunk().expect("a digest has 32 bytes");
        let tag = format!("\"{:016x}\"", u64::from_be_bytes(*short));
        Self {
            kind: HeaderValue::from_static(kind),
            tag: tag.try_into().expect("quotes and digits are visible ASCII"),
            content,
        }
    }

    fn route<S: Clone + Send + Sync + 'static>(&self) -> axum::routing::MethodRouter<S> {
        let file = self.clone();
        get(async move |headers: HeaderMap| file.answer(&headers))
    }

    fn answer(&self, asked: &HeaderMap) -> Response<Body> {
        let tags = asked
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|tags| tags.to_str().ok());
        let mut tags = tags
            .flat_map(|tags| tags.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/"));
        let known = tags.any(|tag| tag.as_bytes() == self.tag.as_bytes());
        let mut answer = Response::new(if known {
            Body::empty()
        } else {
            Body::from(self.content.clone())
        });
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.kind.clone());
        headers.insert(header::ETAG, self.tag.clone());
        // Ask each time: a box with a new version must not meet the old page.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        answer
    }
}

#[cfg(test)]
mod tests;
