use std::{collections::BTreeSet, io::Read};

use axum::http::{HeaderValue, Request, StatusCode, header};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;
use crate::room::{Code, roles};

/// Bound of the first load, compressed, in bytes: one second of a bad Wi-Fi.
const PHONE_BYTES: usize = 60_000;

async fn ask(config: &Config, path: &str, header: Option<(header::HeaderName, &HeaderValue)>) -> Response<Bytes> {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    if let Some((name, value)) = header {
        request.headers_mut().insert(name, value.clone());
    }
    let (parts, body) = router(config).oneshot(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

async fn body(config: &Config, path: &str) -> String {
    String::from_utf8(ask(config, path, None).await.into_body().to_vec()).unwrap()
}

fn paths() -> impl Iterator<Item = String> {
    let files = SERVED.iter().map(|(path, _)| path.clone());
    ["/", "/r/main", "/wall", "/organizer"]
        .into_iter()
        .map(str::to_owned)
        .chain(files)
}

#[tokio::test]
async fn every_file_comes_with_its_headers_and_only_once() {
    let config = Config::default();
    for path in paths() {
        let answer = ask(&config, &path, None).await;
        let headers = answer.headers();
        assert_eq!(
            (answer.status(), answer.body().is_empty()),
            (StatusCode::OK, false),
            "{path}"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let lasting = headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable");
        assert_eq!(lasting, path.starts_with("/page/"), "{path}");
        let again = ask(&config, &path, Some((header::IF_NONE_MATCH, &headers[header::ETAG]))).await;
        assert_eq!(
            (again.status(), again.body().len()),
            (StatusCode::NOT_MODIFIED, 0),
            "{path}"
        );
    }
}

#[tokio::test]
async fn first_load_of_a_phone_is_bounded() {
    let config = Config::default();
    let gzip = HeaderValue::from_static("gzip, deflate");
    let page = body(&config, "/").await;
    let named = page.split('"').filter(|word| word.starts_with("/page/"));
    let mut needed: BTreeSet<String> = named.map(str::to_owned).collect();
    needed.insert("/".to_owned());
    let size = async |path: &str| {
        let answer = ask(&config, path, Some((header::ACCEPT_ENCODING, &gzip))).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        answer.body().len()
    };
    let mut sum = 0;
    for path in &needed {
        sum += size(path).await;
    }
    let mut largest = 0;
    for (name, _) in locales::catalogues().filter(|file| !file.0.contains(".organizer")) {
        largest = largest.max(size(&format!("{}/{name}", *PREFIX)).await);
    }
    sum += largest;
    assert!(sum <= PHONE_BYTES, "{sum} bytes");
}

#[test]
fn bundles_are_complete_and_have_no_module_syntax() {
    for &(name, first, _) in SCRIPTS {
        let script = script(first, false);
        let is_left = |line: &&str| {
            let forms = ["export {", "export{", "export default"];
            line.starts_with("import ") || line.starts_with("export ") || forms.iter().any(|form| line.contains(form))
        };
        let wrong = script.lines().find(is_left);
        assert_eq!(wrong, None, "{name}");
        assert!(script.contains("socket.io"), "the notice of licences");
    }
    let later: Vec<_> = LATER
        .iter()
        .map(|&(_, first, base)| bundle::later(first, base, &content))
        .collect();
    for script in &later {
        assert!(
            !script.contains("function render("),
            "the first bundle's modules are not repeated"
        );
        assert_eq!(script.lines().filter(|line| line.starts_with("export ")).count(), 1);
    }
    // A script without an address is in a bundle.
    let scripts: Vec<_> = SCRIPTS
        .iter()
        .map(|&(_, first, _)| script(first, false))
        .chain(later)
        .collect();
    let bundled = |name: &str| {
        scripts.iter().any(|script| {
            let ports = |line: &&str| line.starts_with("import ") || line.starts_with("export ");
            let lines = content(name).lines().filter(|line| !ports(line));
            let longest = lines.max_by_key(|line| line.len()).unwrap_or_default();
            // The rest of the line may hold an export, which the bundle lacks.
            script.contains(longest.get(..30).unwrap_or(longest))
        })
    };
    let modules = files().filter(|file| file.1 == SCRIPT && !file.0.starts_with("locales/"));
    for (name, ..) in modules.filter(|file| !matches!(file.0, "shared/load.js" | "vendor/socket.io.min.js")) {
        assert!(bundled(name), "{name} is used by no page");
    }
}

/// The keys of a catalogue, each with the placeholders of its phrase.
fn phrases(content: &str) -> BTreeSet<(&str, BTreeSet<&str>)> {
    let lines = content.lines().filter_map(|line| line.trim().split_once(": "));
    lines
        .map(|(key, text)| (key.trim_matches('"'), placeholders(text)))
        .collect()
}

/// The placeholders of a phrase, without plural forms (also in braces) and without the count, which a language may repeat.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let braced = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    braced
        .filter(|name| *name != "count" && name.chars().all(char::is_alphabetic))
        .collect()
}

#[test]
fn catalogues_have_the_same_keys_and_placeholders() {
    for part in ["", ".organizer"] {
        let catalogue = |tag: &str| {
            let name = format!("locales/{tag}{part}.js");
            phrases(locales::catalogues().find(|file| file.0 == name).unwrap().1)
        };
        let english = catalogue("en");
        assert!(english.len() > 80);
        for tag in LANGUAGES.iter() {
            let other = catalogue(tag);
            let differ: Vec<_> = english.symmetric_difference(&other).collect();
            assert!(differ.is_empty(), "{tag}{part}: {differ:?}");
        }
    }
}

#[test]
fn every_language_is_offered() {
    let script = content("shared/i18n.js");
    let names = script.split_once("JSON.parse('").unwrap().1.split_once('\'').unwrap().0;
    let names: serde_json::Map<String, serde_json::Value> = serde_json::from_str(names).unwrap();
    assert_eq!(names.len(), LANGUAGES.len());
    for tag in LANGUAGES.iter() {
        assert_eq!(names[*tag], phrase(tag, "languageName"), "{tag}");
    }
    assert_eq!(
        (names["en"].as_str(), names["uk"].as_str()),
        (Some("English"), Some("Українська"))
    );
}

#[test]
fn no_guest_is_called_what_a_page_calls_the_roles() {
    let lines = locales::catalogues().flat_map(|(_, content)| content.lines());
    let phrases = lines.filter_map(|line| line.trim().split_once(": "));
    let words = phrases.filter(|(key, _)| ["organizer", "moderator", "bot"].contains(key));
    let (known, other): (Vec<_>, Vec<_>) = words.partition(|(_, word)| roles::is_role(word.trim_matches([',', '"'])));
    assert!(known.len() == 3 * LANGUAGES.len() && other.is_empty(), "{other:?}");
}

#[test]
fn every_refusal_has_a_text() {
    let file = |name| files().find(|file| file.0 == name).unwrap().2;
    let words = [file("locales/en.js"), file("locales/en.organizer.js")].concat();
    let said: BTreeSet<&str> = words
        .split("\"why.")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect();
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let differ: Vec<_> = said.symmetric_difference(&codes).collect();
    assert_eq!(differ, [&"timeout"], "the page's own refusal");
}

/// A new kind of entry touches the table alone. A gap is no entry: the log and the wall make its item.
#[test]
fn kinds_of_entries_stand_in_one_table() {
    let table = content("shared/kinds.js").split_once("const KINDS = {").unwrap().1;
    let table = table.split_once("\n};").unwrap().0;
    let names: Vec<_> = table.lines().filter_map(|line| line.split_once(": {")).collect();
    let names: BTreeSet<_> = names.into_iter().map(|(name, _)| name).collect();
    for name in ["chat", "dm", "gift", "hide", "poll", "answered"] {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
    let ours = files().filter(|file| file.1 == SCRIPT && !is_vendored(file.0) && file.0 != "shared/kinds.js");
    for (path, _, source) in ours {
        for name in names.iter().filter(|name| **name != "gap") {
            for compared in [
                format!("kind === \"{name}\""),
                format!("kind !== \"{name}\""),
                format!("case \"{name}\""),
            ] {
                assert!(!source.contains(&compared), "{path} asks for the kind {name}");
            }
        }
    }
}

#[test]
fn comments_are_stripped() {
    let source =
        "// why\n/** @type {A} */\nlet a = 1; // b\n\n  /**\n   * c\n   */\n/** @type {B} */ (a).b();\n  d(`// e`);\n";
    assert_eq!(bare(source), "let a = 1; // b\n(a).b();\nd(`// e`);\n");
}

#[test]
fn styles_are_minified() {
    let style = "@media (a: b) {\n.c > :not(.d), e :hover { f: calc(1px + 2px) g; h: \"\"; }\n}\n";
    assert_eq!(
        close_set(style),
        "@media (a:b){.c > :not(.d),e :hover{f:calc(1px + 2px) g;h:\"\"}}"
    );
}

#[tokio::test]
async fn names_are_escaped_in_the_page() {
    let config = Config {
        event_name: "<script>\"&{default_room}".to_owned(),
        ..Config::default()
    };
    let body = body(&config, "/").await;
    assert!(
        body.contains("<title>&lt;script&gt;&quot;&amp;{default_room}</title>"),
        "{body}"
    );
    assert!(body.contains("<meta name=\"socketio-path\" content=\"/socket.io\">"));
}

#[tokio::test]
async fn problems_of_the_settings_are_on_the_page() {
    let mut config = Config::default();
    assert!(!body(&config, "/").await.contains("problems"));
    let mistake = Mistake::new(MistakeKind::Most, "<b>").with("<i>").of("rooms").at(2);
    config.problems = vec!["line 2: country: <b>".to_owned(), mistake.json()];
    let body = body(&config, "/").await;
    assert!(
        body.contains("<p lang=\"en\" dir=\"ltr\">line 2: country: &lt;b&gt;</p>"),
        "{body}"
    );
    assert!(
        body.contains("<p>Line 2: rooms: At most &lt;i&gt; are possible."),
        "{body}"
    );
    let german = HeaderValue::from_static("de-AT");
    let answer = ask(&config, "/", Some((header::ACCEPT_LANGUAGE, &german))).await;
    assert_eq!(answer.headers()[header::VARY], "accept-encoding, accept-language");
    let body = String::from_utf8_lossy(answer.body());
    assert!(body.contains("<html lang=\"de\" dir=\"ltr\">"), "{body}");
    assert!(body.contains("<summary>Die Prüfung von chatterbox.toml"), "{body}");
    assert!(body.contains("Diese Seite braucht JavaScript"), "{body}");
    assert!(
        body.contains("<p>Zeile 2: rooms: Höchstens &lt;i&gt; sind möglich."),
        "{body}"
    );
}

#[test]
fn the_markup_has_no_inline_code_that_the_policy_forbids() {
    let handler = |word: &str| word.starts_with("on") && word.contains('=');
    assert!(!INDEX.contains("style=") && !INDEX.contains("<style") && !INDEX.split_whitespace().any(handler));
    for page in [INDEX, ORGANIZER, WALL] {
        assert_eq!(page.matches("<script").count(), 1);
        assert_eq!(page.matches(">{loader}</script>").count(), 1);
    }
    assert!(
        !LOADER.contains("</") && !LOADER.contains('{') || LOADER.contains("function"),
        "it stands in markup"
    );
    let ours = files().filter(|file| file.0.ends_with(".js") && !is_vendored(file.0));
    for (path, _, content) in ours {
        for way in [
            "dangerouslySetInnerHTML",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!content.contains(way), "{path} has {way}");
        }
    }
}

#[test]
fn the_client_stands_below_the_socketio_path() {
    let config = Config {
        socketio_path: "/chat/io".to_owned(),
        ..Config::default()
    };
    let ask =
        |method: Method, path: &str| client(&config, &method, path, &HeaderMap::new()).map(|answer| answer.status());
    assert_eq!(ask(Method::GET, "/chat/io/socket.io.js"), Some(StatusCode::OK));
    assert_eq!(ask(Method::GET, "/chat/io/"), None);
    assert_eq!(ask(Method::POST, "/chat/io/socket.io.js"), None);
    assert_eq!(ask(Method::GET, "/socket.io/socket.io.js"), None);
    for name in [
        "socket.io.min.js",
        "socket.io.min.js.map",
        "socket.io.esm.min.js",
        "socket.io.esm.min.js.map",
    ] {
        assert_eq!(
            ask(Method::HEAD, &format!("/chat/io/{name}")),
            Some(StatusCode::OK),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_packed_file_has_the_same_content_in_every_encoding() {
    let config = Config::default();
    let ask = async |headers: &HeaderMap| {
        let path = "/socket.io/socket.io.esm.min.js.map";
        let answer = client(&config, &Method::GET, path, headers).unwrap();
        let (parts, body) = answer.into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    };
    let (parts, plain) = ask(&HeaderMap::new()).await;
    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
    assert!(!parts.headers.contains_key(header::CONTENT_ENCODING));
    assert!(plain.starts_with(b"{\"version\":3"));
    let gzip = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
    let (parts, packed) = ask(&gzip).await;
    assert_eq!(parts.headers[header::CONTENT_ENCODING], "gzip");
    let mut unpacked = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, parts.headers[header::ETAG].clone())]);
    assert_eq!(ask(&known).await.0.status, StatusCode::NOT_MODIFIED);
}

#[test]
fn vendored_files_are_unchanged() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/vendor");
    let list: toml::Table = std::fs::read_to_string(dir.join("VENDOR.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let mut listed = vec!["VENDOR.toml"];
    for file in list["file"].as_array().unwrap() {
        let text = |key: &str| file[key].as_str().unwrap();
        let mut content = std::fs::read(dir.join(text("name"))).unwrap();
        if text("name").ends_with(".gz") {
            let packed = std::mem::take(&mut content);
            GzDecoder::new(&packed[..]).read_to_end(&mut content).unwrap();
        }
        let digest = Sha256::digest(&content);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, text("sha256"), "{}", text("name"));
        listed.extend([text("name"), text("licence_file")]);
    }
    for file in std::fs::read_dir(&dir).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(listed.contains(&name.as_str()), "{name} is not listed in VENDOR.toml");
    }
}
