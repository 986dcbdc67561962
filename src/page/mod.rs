//! The pages and the Socket.IO client: static files inside the binary, no build step.
//!
//! A page can run no script and load nothing but ours (Content-Security-Policy), so that whatever people write stays text.
//!
//! Scripts and styles stand below `/page/<version>/`, where the version is a digest of all of them: a browser keeps them for good, and the
//! modules import each other by relative addresses. A page itself is asked for each time, so that a new version is seen at once; its first
//! paint needs nothing else (the drawing in its markup), and it names all that it needs, so that nothing is found late.

mod file;

use std::sync::LazyLock;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Response},
};
use bytes::Bytes;
use file::{File, Keep};

pub use file::guard;

use crate::{config::Config, limits};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const SVG: &str = "image/svg+xml";

const CLIENT: &str = include_str!("vendor/socket.io.min.js");
const INDEX: &str = include_str!("assets/index.html");
const ORGANIZER: &str = include_str!("assets/organizer.html");
const WALL: &str = include_str!("assets/wall.html");

/// A file of the assets, by its name.
macro_rules! asset {
    ($kind:expr, $name:literal) => {
        ($name, $kind, include_str!(concat!("assets/", $name)))
    };
}

/// Name, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    asset!(STYLE, "base.css"),
    asset!(STYLE, "app.css"),
    asset!(SCRIPT, "app.js"),
    asset!(STYLE, "wall.css"),
    asset!(SCRIPT, "bars.js"),
    asset!(SCRIPT, "board.js"),
    asset!(SCRIPT, "boardview.js"),
    asset!(SCRIPT, "composer.js"),
    asset!(SCRIPT, "handover.js"),
    asset!(SCRIPT, "herald.js"),
    asset!(SCRIPT, "link.js"),
    asset!(SCRIPT, "log.js"),
    asset!(SCRIPT, "messages.js"),
    asset!(STYLE, "organizer.css"),
    asset!(SCRIPT, "orders.js"),
    asset!(SCRIPT, "organizer.js"),
    asset!(SCRIPT, "orgask.js"),
    asset!(SCRIPT, "orgbanned.js"),
    asset!(SCRIPT, "orgbox.js"),
    asset!(SCRIPT, "orgdoctor.js"),
    asset!(SCRIPT, "orgpeople.js"),
    asset!(SCRIPT, "orgroom.js"),
    asset!(SCRIPT, "orgtalk.js"),
    asset!(SCRIPT, "orgupdate.js"),
    asset!(SCRIPT, "orgwipe.js"),
    asset!(SCRIPT, "rooms.js"),
    asset!(SCRIPT, "rules.js"),
    asset!(SCRIPT, "scroll.js"),
    asset!(SCRIPT, "sheets.js"),
    asset!(SCRIPT, "stage.js"),
    asset!(SCRIPT, "store.js"),
    asset!(SCRIPT, "text.js"),
    asset!(SCRIPT, "view.js"),
    asset!(SCRIPT, "wall.js"),
    asset!(SCRIPT, "words.js"),
    asset!(SCRIPT, "words/en.js"),
    asset!(SCRIPT, "words/zh.js"),
    asset!(SCRIPT, "words/es.js"),
    asset!(SCRIPT, "words/de.js"),
    asset!(SCRIPT, "words/fr.js"),
    asset!(SCRIPT, "words/ar.js"),
    asset!(SCRIPT, "words/en.organizer.js"),
    asset!(SCRIPT, "words/zh.organizer.js"),
    asset!(SCRIPT, "words/es.organizer.js"),
    asset!(SCRIPT, "words/de.organizer.js"),
    asset!(SCRIPT, "words/fr.organizer.js"),
    asset!(SCRIPT, "words/ar.organizer.js"),
    asset!(SVG, "icon.svg"),
    ("preact.js", SCRIPT, include_str!("vendor/preact.js")),
    ("htm.js", SCRIPT, include_str!("vendor/htm.js")),
    ("uqr.js", SCRIPT, include_str!("vendor/uqr.js")),
    // What `hmac.js` and `sha2.js` import has these names.
    ("hmac.js", SCRIPT, include_str!("vendor/hmac.js")),
    ("sha2.js", SCRIPT, include_str!("vendor/sha2.js")),
    ("_md.js", SCRIPT, include_str!("vendor/_md.js")),
    ("_u64.js", SCRIPT, include_str!("vendor/_u64.js")),
    ("utils.js", SCRIPT, include_str!("vendor/utils.js")),
    ("socket.io.min.js", SCRIPT, CLIENT),
];

/// Of those, the ones of others.
const VENDORED: &[&str] = &[
    "preact.js",
    "htm.js",
    "socket.io.min.js",
    "uqr.js",
    "hmac.js",
    "sha2.js",
    "_md.js",
    "_u64.js",
    "utils.js",
];

/// Where this version of the files is.
static PLACE: LazyLock<String> = LazyLock::new(|| {
    let contents = FILES
        .iter()
        .flat_map(|(name, _, content)| [name.as_bytes(), content.as_bytes()]);
    format!("/page/{}", file::digest(contents))
});

/// The files with their addresses, compressed once for the whole process.
static SERVED: LazyLock<Vec<(String, File)>> = LazyLock::new(|| {
    let file = |(name, kind, content): &(&str, &'static str, &'static str)| {
        // Files of others stay as they are, with their licences.
        let ours = matches!(*kind, SCRIPT | STYLE) && !VENDORED.contains(name);
        let content = if ours {
            file::bare(content).into()
        } else {
            Bytes::from_static(content.as_bytes())
        };
        (format!("{}/{name}", *PLACE), File::new(kind, Keep::Forever, content))
    };
    FILES.iter().map(file).collect()
});

static CLIENT_FILE: LazyLock<File> = LazyLock::new(|| File::new(SCRIPT, Keep::Ask, CLIENT));

/// The pages and the files that they need.
pub fn router(config: &Config) -> Router {
    let index = File::new(HTML, Keep::Ask, filled(INDEX, "app.js", config));
    let wall = File::new(HTML, Keep::Ask, filled(WALL, "wall.js", config));
    let organizer = File::new(HTML, Keep::Ask, filled(ORGANIZER, "organizer.js", config));
    let icon = File::new(SVG, Keep::Ask, include_str!("assets/icon.svg"));
    let pages = Router::new()
        .route("/", index.route())
        .route("/r/{room}", index.route())
        .route("/wall", wall.route())
        .route("/wall/{room}", wall.route())
        .route("/organizer", organizer.route())
        .route("/favicon.ico", icon.route());
    SERVED
        .iter()
        .fold(pages, |router, (path, file)| router.route(path, file.route()))
}

/// The Socket.IO client below the Socket.IO path, where Node's server has it; `None` if something else is asked for. The
/// edge asks here first, because the Socket.IO layer takes everything below its path.
pub fn client(config: &Config, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let name = path.strip_prefix(config.socketio_path.as_str())?;
    let asked = matches!(name, "/socket.io.js" | "/socket.io.min.js") && matches!(*method, Method::GET | Method::HEAD);
    asked.then(|| CLIENT_FILE.answer(headers))
}

/// A page with what it needs of the configuration.
fn filled(page: &str, script: &str, config: &Config) -> String {
    page.replace("{modules}", &preloads(script))
        .replace("{place}", &PLACE)
        .replace("{socketio_path}", &escaped(&config.socketio_path))
        .replace("{default_room}", &escaped(config.default_room.as_str()))
        .replace("{name_chars}", &limits::USER_NAME_CHARS.to_string())
        .replace("{problems}", &problems(&config.problems))
        // Last, because a name may hold anything.
        .replace("{event_name}", &escaped(&config.event_name))
}

/// What is wrong with a box's settings, above whatever the page shows; nothing if nothing is. It needs no script, and folds away.
fn problems(all: &[String]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let lines: String = all.iter().map(|one| format!("<p>{}</p>", escaped(one))).collect();
    format!("<details id=\"problems\" open><summary>chatterbox.toml</summary>{lines}</details>\n")
}

/// Names all modules that one of them needs, in a page's head: else a browser finds each of them only in the one that imports it.
fn preloads(first: &str) -> String {
    let mut wanted = vec![first];
    let mut next = 0;
    while let Some(name) = wanted.get(next) {
        let content = FILES.iter().find(|file| file.0 == *name).map_or("", |file| file.2);
        let imported = content
            .split(" from \"./")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        for module in imported.collect::<Vec<_>>() {
            if !wanted.contains(&module) {
                wanted.push(module);
            }
        }
        next += 1;
    }
    let link = |name: &str| format!("<link rel=\"modulepreload\" href=\"{{place}}/{name}\">");
    wanted.into_iter().map(link).collect::<Vec<_>>().join("\n")
}

/// Text as it stands in HTML, between tags or in double quotes.
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
