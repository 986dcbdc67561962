//! The pages and the Socket.IO client: static files inside the binary, no build step.
//!
//! A page can run and load only our files (Content-Security-Policy), so that people's texts stay text.
//!
//! Scripts and styles have addresses below `/page/<version>/`, where the version is a digest of all of them: a browser caches them for good.
//! A page has one style, one script (`bundle`, made at the start) and the catalogue of one language. A second script and style hold the
//! parts that can wait. Browsers ask for the page itself each time, so that a new version shows at once. Its first paint needs no other
//! file. The one script in its markup, which the policy names by its digest, loads the other and retries lost files.

mod bundle;
mod file;
mod locales;
mod markup;
mod mistake;
mod policy;
mod strip;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Response, header},
    routing::{MethodRouter, get},
};
pub use locales::{LANGUAGES, direction, phrase};
pub use markup::escaped;
pub use mistake::{Mistake, MistakeKind, shortened, told};
pub use policy::guard;

use self::{
    file::{FILES, File, HTML, JSON, Keep, SCRIPT, STYLE, SVG},
    mistake::problems,
    policy::LOADER,
    strip::{bare, close_set},
};
use crate::{config::Config, limits};

const CLIENT: &str = include_str!("vendor/socket.io.min.js");
const INDEX: &str = include_str!("assets/phone/index.html");
const ORGANIZER: &str = include_str!("assets/organizer/organizer.html");
const ICON: &str = include_str!("assets/shared/icon.svg");
const WALL: &str = include_str!("assets/wall/wall.html");

/// Content of a third-party script.
macro_rules! vendored {
    ($name:literal) => {
        (
            concat!("vendor/", $name),
            SCRIPT,
            include_str!(concat!("vendor/", $name)),
        )
    };
}

/// The third-party scripts, which the pages include unchanged.
const VENDORED: &[(&str, &str, &str)] = &[
    vendored!("preact.js"),
    vendored!("htm.js"),
    vendored!("uqr.js"),
    vendored!("hmac.js"),
    vendored!("sha2.js"),
    vendored!("_md.js"),
    vendored!("_u64.js"),
    vendored!("utils.js"),
    ("vendor/socket.io.min.js", SCRIPT, CLIENT),
];

/// All scripts and style sheets of the pages.
fn files() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    FILES.iter().chain(VENDORED)
}

/// Whether a file is third-party code, which the pages include unchanged.
fn is_vendored(path: &str) -> bool {
    path.starts_with("vendor/")
}

/// Path prefix of this version's files: `/page/<version>`.
static PREFIX: LazyLock<String> = LazyLock::new(|| {
    let contents = files().flat_map(|(name, _, content)| [name.as_bytes(), content.as_bytes()]);
    format!("/page/{}", file::digest(contents))
});

/// The script bundles: name in the URL, first module, and whether the Socket.IO client comes first.
const SCRIPTS: &[(&str, &str, bool)] = &[
    ("app.js", "phone/app.js", true),
    ("organizer.js", "organizer/organizer.js", true),
    ("wall.js", "wall/wall.js", false),
];

/// Scripts that a page loads on demand: name in the URL, first module, first module of the bundle that it extends.
const LATER: &[(&str, &str, &str)] = &[("more.js", "phone/more.js", "phone/app.js")];

/// The style sheets of the pages: name in the URL, source files.
const STYLES: &[(&str, &[&str])] = &[
    ("phone.css", &["shared/base.css", "phone/app.css"]),
    // What `more.js` shows, fetched with it.
    ("more.css", &["phone/more.css"]),
    (
        "organizer.css",
        &[
            "shared/base.css",
            "phone/app.css",
            "phone/more.css",
            "organizer/organizer.css",
        ],
    ),
    ("wall.css", &["shared/base.css", "wall/wall.css", "wall/mode.css"]),
];

/// Content of a file without comments; for a style sheet also without redundant spaces.
fn content(name: &str) -> &'static str {
    static BARE: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
        let ours = files().filter(|file| matches!(file.1, SCRIPT | STYLE) && !is_vendored(file.0));
        let bare = |&(name, kind, source)| {
            let bare = bare(source);
            let bare = match kind {
                STYLE => close_set(&bare),
                _ if name == "shared/i18n.js" => bare.replace("{languages}", &locales::names()),
                _ => bare,
            };
            (name, bare)
        };
        ours.map(bare).collect()
    });
    let whole = || files().find(|file| file.0 == name).map_or("", |file| file.2);
    BARE.get(name).map_or_else(whole, String::as_str)
}

/// Licence comment for the bundled third-party files.
const NOTICE: &str = "/*! socket.io-client, preact, noble-hashes, uqr: MIT. htm: Apache-2.0. Licences: src/page/vendor of Chatterbox. */\n";

fn script(first: &str, with_client: bool) -> String {
    let client = if with_client { CLIENT } else { "" };
    format!("{NOTICE}{client}\n{}", bundle::bundle(first, &content))
}

/// The served files with their URLs, compressed once for the whole process.
static SERVED: LazyLock<Vec<(String, File)>> = LazyLock::new(|| {
    let catalogues = locales::catalogues().map(|(name, content)| (name, SCRIPT, bare(content)));
    let icon = [("icon.svg", SVG, ICON.to_owned())];
    let scripts = SCRIPTS
        .iter()
        .map(|&(name, first, client)| (name, SCRIPT, script(first, client)));
    let later = LATER
        .iter()
        .map(|&(name, first, base)| (name, SCRIPT, bundle::later(first, base, &content)));
    let styles = STYLES.iter().map(|&(name, parts)| {
        let all: Vec<_> = parts.iter().map(|part| content(part)).collect();
        (name, STYLE, all.concat())
    });
    let all = catalogues.chain(icon).chain(scripts).chain(later).chain(styles);
    all.map(|(name, kind, content)| (format!("{}/{name}", *PREFIX), File::new(kind, Keep::Forever, content)))
        .collect()
});

/// Files of the Socket.IO client, under the names that Node's server uses. The build with a MessagePack parser is missing, because this
/// server supports only the default encoding.
static CLIENT_FILES: LazyLock<[(&str, File); 5]> = LazyLock::new(|| {
    let client = File::new(SCRIPT, Keep::Ask, CLIENT);
    let module = File::new(SCRIPT, Keep::Ask, include_str!("vendor/socket.io.esm.min.js"));
    let map = |packed| File::packed(JSON, Keep::Ask, packed);
    [
        ("/socket.io.js", client.clone()),
        ("/socket.io.min.js", client),
        (
            "/socket.io.min.js.map",
            map(include_bytes!("vendor/socket.io.min.js.map.gz")),
        ),
        ("/socket.io.esm.min.js", module),
        (
            "/socket.io.esm.min.js.map",
            map(include_bytes!("vendor/socket.io.esm.min.js.map.gz")),
        ),
    ]
});

/// The HTTP routes of the pages and of their static files.
pub fn router(config: &Config) -> Router {
    let index = Page::new(INDEX, config);
    let wall = Page::new(WALL, config);
    let organizer = Page::new(ORGANIZER, config);
    let icon = File::new(SVG, Keep::Ask, ICON);
    let pages = Router::new()
        .route("/", index.route())
        .route("/r", index.route())
        .route("/r/", index.route())
        .route("/r/{room}", index.route())
        .route("/r/{room}/", index.route())
        .route("/wall", wall.route())
        .route("/wall/", wall.route())
        .route("/wall/{room}", wall.route())
        .route("/wall/{room}/", wall.route())
        .route("/organizer", organizer.route())
        .route("/organizer/", organizer.route())
        .route("/favicon.ico", icon.route());
    SERVED
        .iter()
        .fold(pages, |router, (path, file)| router.route(path, file.route()))
}

/// A file of the Socket.IO client below the Socket.IO path, as on Node's server; `None` for another path or method. Called before the
/// Socket.IO layer, which takes every request below its path.
pub fn client(config: &Config, method: &Method, path: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    let name = path.strip_prefix(config.socketio_path.as_str())?;
    let (_, file) = CLIENT_FILES.iter().find(|(file, _)| *file == name)?;
    matches!(*method, Method::GET | Method::HEAD).then(|| file.answer(headers))
}

/// A page in all languages, indexed like [`LANGUAGES`]. Only the sentences in the markup differ.
#[derive(Clone)]
struct Page(Arc<[File]>);

impl Page {
    fn new(page: &str, config: &Config) -> Self {
        let files = LANGUAGES
            .iter()
            .map(|tag| File::new(HTML, Keep::Ask, filled(page, config, tag)));
        Self(files.collect())
    }

    fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let Self(files) = self.clone();
        get(async move |headers: HeaderMap| {
            let mut answer = files[locales::asked(&headers)].answer(&headers);
            let vary = HeaderValue::from_static("accept-encoding, accept-language");
            answer.headers_mut().insert(header::VARY, vary);
            answer
        })
    }
}

/// Fills the sentences of a language and the values of the configuration into a page.
fn filled(page: &str, config: &Config, tag: &str) -> String {
    page.replace("{loader}", &LOADER)
        .replace("{language}", tag)
        .replace("{direction}", &direction(tag))
        .replace("{no_script}", &phrase(tag, "page.noScript"))
        .replace("{trouble}", &phrase(tag, "page.trouble"))
        .replace("{retry}", &phrase(tag, "page.retry"))
        .replace("{prefix}", &PREFIX)
        .replace("{socketio_path}", &escaped(&config.socketio_path))
        .replace("{default_room}", &escaped(config.default_room.as_str()))
        .replace("{name_chars}", &limits::USER_NAME_CHARS.to_string())
        .replace("{problems}", &problems(&config.problems, tag))
        // Last, because a name may contain a placeholder.
        .replace("{event_name}", &escaped(&config.event_name))
}

#[cfg(test)]
mod tests;
