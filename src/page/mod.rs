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
pub use markup::escaped;
pub use mistake::{Mistake, MistakeKind, shortened};
pub use policy::guard;

use serde_json::{Value, json};

use self::{
    file::{File, HTML, JSON, Keep, SCRIPT, STYLE, SVG},
    markup::{MARKUP, Markup, direction},
    policy::LOADER,
    strip::{bare, close_set},
};
use crate::{config::Config, limits};

const CLIENT: &str = include_str!("vendor/socket.io.min.js");
const INDEX: &str = include_str!("assets/phone/index.html");
const ORGANIZER: &str = include_str!("assets/organizer/organizer.html");
const ICON: &str = include_str!("assets/shared/icon.svg");
const WALL: &str = include_str!("assets/wall/wall.html");

/// Content of an asset, by its path below `assets`.
macro_rules! asset {
    ($kind:expr, $name:literal) => {
        ($name, $kind, include_str!(concat!("assets/", $name)))
    };
}

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

/// The files of the pages: path, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    asset!(SCRIPT, "phone/alerts.js"),
    asset!(SCRIPT, "phone/announcer.js"),
    asset!(STYLE, "phone/app.css"),
    asset!(SCRIPT, "phone/app.js"),
    asset!(SCRIPT, "phone/boardview.js"),
    asset!(SCRIPT, "phone/complete.js"),
    asset!(SCRIPT, "phone/composer.js"),
    asset!(SCRIPT, "phone/copy.js"),
    asset!(SCRIPT, "phone/dialogs.js"),
    asset!(SCRIPT, "phone/door.js"),
    asset!(SCRIPT, "phone/handover.js"),
    asset!(SCRIPT, "phone/header.js"),
    asset!(SCRIPT, "phone/invite.js"),
    asset!(STYLE, "phone/more.css"),
    asset!(SCRIPT, "phone/messages.js"),
    asset!(SCRIPT, "phone/more.js"),
    asset!(SCRIPT, "phone/picker.js"),
    asset!(SCRIPT, "phone/pinned.js"),
    asset!(SCRIPT, "phone/questions.js"),
    asset!(SCRIPT, "phone/quotes.js"),
    asset!(SCRIPT, "phone/scroll.js"),
    asset!(SCRIPT, "phone/sheets.js"),
    asset!(SCRIPT, "phone/talks.js"),
    asset!(SCRIPT, "phone/talksheet.js"),
    asset!(SCRIPT, "phone/textsize.js"),
    asset!(SCRIPT, "phone/unread.js"),
    asset!(SCRIPT, "phone/welcome.js"),
    asset!(SCRIPT, "organizer/admin.js"),
    asset!(SCRIPT, "organizer/ask.js"),
    asset!(SCRIPT, "organizer/audit.js"),
    asset!(SCRIPT, "organizer/backup.js"),
    asset!(SCRIPT, "organizer/box.js"),
    asset!(SCRIPT, "organizer/code.js"),
    asset!(SCRIPT, "organizer/doctor.js"),
    asset!(SCRIPT, "organizer/drafts.js"),
    asset!(SCRIPT, "organizer/enter.js"),
    asset!(SCRIPT, "organizer/findings.js"),
    asset!(SCRIPT, "organizer/grow.js"),
    asset!(SCRIPT, "organizer/hidden.js"),
    asset!(SCRIPT, "organizer/history.js"),
    asset!(SCRIPT, "organizer/inbox.js"),
    asset!(SCRIPT, "organizer/letters.js"),
    asset!(SCRIPT, "organizer/notice.js"),
    asset!(STYLE, "organizer/organizer.css"),
    asset!(SCRIPT, "organizer/organizer.js"),
    asset!(SCRIPT, "organizer/people.js"),
    asset!(SCRIPT, "organizer/person.js"),
    asset!(SCRIPT, "organizer/print.js"),
    asset!(SCRIPT, "organizer/reset.js"),
    asset!(SCRIPT, "organizer/room.js"),
    asset!(SCRIPT, "organizer/said.js"),
    asset!(SCRIPT, "organizer/save.js"),
    asset!(SCRIPT, "organizer/seats.js"),
    asset!(SCRIPT, "organizer/show.js"),
    asset!(SCRIPT, "organizer/talk.js"),
    asset!(SCRIPT, "organizer/update.js"),
    asset!(SCRIPT, "organizer/wall.js"),
    asset!(SCRIPT, "organizer/wipe.js"),
    asset!(SCRIPT, "organizer/words.js"),
    asset!(SCRIPT, "wall/fit.js"),
    asset!(STYLE, "wall/mode.css"),
    asset!(SCRIPT, "wall/mode.js"),
    asset!(STYLE, "wall/wall.css"),
    asset!(SCRIPT, "wall/wall.js"),
    asset!(STYLE, "shared/base.css"),
    asset!(SCRIPT, "shared/back.js"),
    asset!(SCRIPT, "shared/board.js"),
    asset!(SCRIPT, "shared/effects.js"),
    asset!(SCRIPT, "shared/entry.js"),
    asset!(SCRIPT, "shared/gifts.js"),
    asset!(SCRIPT, "shared/i18n.js"),
    ("shared/icon.svg", SVG, ICON),
    asset!(SCRIPT, "shared/kinds.js"),
    asset!(SCRIPT, "shared/link.js"),
    asset!(SCRIPT, "shared/load.js"),
    asset!(SCRIPT, "shared/log.js"),
    asset!(SCRIPT, "shared/old.js"),
    asset!(SCRIPT, "shared/rooms.js"),
    asset!(SCRIPT, "shared/rules.js"),
    asset!(SCRIPT, "shared/sheet.js"),
    asset!(SCRIPT, "shared/storage.js"),
    asset!(SCRIPT, "shared/text.js"),
    asset!(SCRIPT, "shared/view.js"),
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

/// All static files of the pages: `FILES` and the translations.
fn files() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    FILES.iter().chain(locales::CATALOGUES)
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
            (name, if kind == STYLE { close_set(&bare) } else { bare })
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
    let catalogues = locales::CATALOGUES
        .iter()
        .map(|&(name, kind, _)| (name, kind, content(name).to_owned()));
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

/// A page in all languages, indexed like [`MARKUP`]. Only the sentences in the markup differ.
#[derive(Clone)]
struct Page(Arc<[File]>);

impl Page {
    fn new(page: &str, config: &Config) -> Self {
        let files = MARKUP
            .iter()
            .map(|words| File::new(HTML, Keep::Ask, filled(page, config, words)));
        Self(files.collect())
    }

    fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let Self(files) = self.clone();
        get(async move |headers: HeaderMap| {
            let mut answer = files[markup::asked(&headers)].answer(&headers);
            let vary = HeaderValue::from_static("accept-encoding, accept-language");
            answer.headers_mut().insert(header::VARY, vary);
            answer
        })
    }
}

/// Fills the sentences of a language and the values of the configuration into a page.
fn filled(page: &str, config: &Config, words: &Markup) -> String {
    page.replace("{loader}", &LOADER)
        .replace("{language}", words.tag)
        .replace("{direction}", direction(words.tag))
        .replace("{no_script}", words.no_script)
        .replace("{trouble}", words.trouble)
        .replace("{retry}", words.retry)
        .replace("{prefix}", &PREFIX)
        .replace("{socketio_path}", &escaped(&config.socketio_path))
        .replace("{default_room}", &escaped(config.default_room.as_str()))
        .replace("{name_chars}", &limits::USER_NAME_CHARS.to_string())
        .replace("{problems}", &problems(&config.problems, words))
        // Last, because a name may contain a placeholder.
        .replace("{event_name}", &escaped(&config.event_name))
}

/// The problems of a box's settings for programs: [`Mistake`]s, or texts that were written by hand.
pub fn told(problems: &[String]) -> Vec<Value> {
    let told = problems.iter().map(|one| match serde_json::from_str::<Mistake>(one) {
        Ok(mistake) => json!(mistake),
        Err(_) => json!({ "line": 0, "code": "other", "message": english(one) }),
    });
    told.collect()
}

/// The English sentence of a problem that a newer version wrote, or a person.
fn english(problem: &str) -> String {
    let newer: Option<Value> = serde_json::from_str(problem).ok();
    let message = newer.as_ref().and_then(|newer| newer["message"].as_str());
    message.unwrap_or(problem).to_owned()
}

/// The problems of a box's settings as HTML: a notice that unfolds without a script. Empty without problems.
fn problems(all: &[String], words: &Markup) -> String {
    if all.is_empty() {
        return String::new();
    }
    let line = |one: &String| match serde_json::from_str::<Mistake>(one) {
        Ok(mistake) => format!("<p>{}</p>", escaped(&mistake.sentence(words.tag))),
        Err(_) => format!("<p lang=\"en\" dir=\"ltr\">{}</p>", escaped(&english(one))),
    };
    let lines: String = all.iter().map(line).collect();
    let summary = words.file_check;
    format!("<details id=\"problems\"><summary>{summary}</summary><div>{lines}</div></details>\n")
}

#[cfg(test)]
mod tests;
