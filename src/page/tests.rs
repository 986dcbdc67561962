use std::collections::BTreeSet;

use axum::http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;
use crate::room::Code;

/// What a phone needs to talk, compressed, at most: as many bytes as go through a bad Wi-Fi in a second.
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
    let files = FILES.iter().map(|file| format!("{}/{}", *PLACE, file.0));
    files.chain(["/", "/r/main", "/r/%E5%A4%A7%E5%8E%85"].map(str::to_owned))
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
async fn what_a_phone_needs_is_small() {
    let config = Config::default();
    let gzip = HeaderValue::from_static("gzip, deflate");
    let page = body(&config, "/").await;
    let named = page.split('"').filter(|word| word.starts_with("/page/"));
    let mut needed: BTreeSet<String> = named.map(str::to_owned).collect();
    needed.extend(["/".to_owned(), format!("{}/words/ar.js", *PLACE)]);
    let mut sum = 0;
    for path in &needed {
        let answer = ask(&config, path, Some((header::ACCEPT_ENCODING, &gzip))).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
        sum += answer.body().len();
    }
    assert!(sum <= PHONE_BYTES, "{sum} bytes");
}

#[tokio::test]
async fn the_page_names_every_module_that_it_needs() {
    let page = body(&Config::default(), "/").await;
    for (name, _, content) in FILES
        .iter()
        .filter(|file| page.contains(&format!("{}/{}", *PLACE, file.0)))
    {
        for import in content.split(" from \"./").skip(1) {
            let import = import.split('"').next().unwrap();
            assert!(
                page.contains(&format!("modulepreload\" href=\"{}/{import}\"", *PLACE)),
                "{name}: {import}"
            );
        }
    }
    assert!(page.contains("/preact.js") && page.contains("/link.js"));
}

/// The keys of a catalogue, each with the places for values that its phrase has.
fn phrases(content: &str) -> BTreeSet<(&str, BTreeSet<&str>)> {
    let lines = content.lines().filter_map(|line| line.trim().split_once(": "));
    lines.map(|(key, text)| (key.trim_matches('"'), places(text))).collect()
}

/// Plural forms stand in braces as well, and how often a language needs the count is its own matter.
fn places(text: &str) -> BTreeSet<&str> {
    let braced = text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    braced
        .filter(|place| *place != "count" && place.chars().all(char::is_alphabetic))
        .collect()
}

#[test]
fn all_languages_say_the_same() {
    for part in ["", ".organizer"] {
        let catalogue = |tag: &str| {
            let name = format!("words/{tag}{part}.js");
            phrases(FILES.iter().find(|file| file.0 == name).unwrap().2)
        };
        let english = catalogue("en");
        assert!(english.len() > 80);
        for tag in ["zh", "es", "de", "fr", "ar"] {
            let other = catalogue(tag);
            let differ: Vec<_> = english.symmetric_difference(&other).collect();
            assert!(differ.is_empty(), "{tag}{part}: {differ:?}");
        }
    }
}

#[test]
fn every_refusal_is_said_in_words() {
    let file = |name| FILES.iter().find(|file| file.0 == name).unwrap().2;
    let words = [file("words/en.js"), file("words/en.organizer.js")].concat();
    let said: BTreeSet<&str> = words
        .split("\"why.")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect();
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let differ: Vec<_> = said.symmetric_difference(&codes).collect();
    assert_eq!(differ, [&"timeout"], "what the page says itself");
}

#[test]
fn comments_stay_at_home() {
    let source =
        "// why\n/** @type {A} */\nlet a = 1; // b\n\n  /**\n   * c\n   */\n/** @type {B} */ (a).b();\n  d(`// e`);\n";
    assert_eq!(
        file::bare(source),
        "let a = 1; // b\n/** @type {B} */ (a).b();\n  d(`// e`);\n"
    );
}

#[tokio::test]
async fn names_are_text_in_the_page() {
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
async fn a_box_says_on_its_page_what_is_wrong_with_its_settings() {
    let mut config = Config::default();
    assert!(!body(&config, "/").await.contains("problems"));
    config.problems = vec!["line 2: country: <b>".to_owned()];
    let body = body(&config, "/").await;
    assert!(body.contains("<p>line 2: country: &lt;b&gt;</p>"), "{body}");
}

#[test]
fn nothing_is_inline_that_the_policy_forbids() {
    let handler = |word: &str| word.starts_with("on") && word.contains('=');
    assert!(!INDEX.contains("style=") && !INDEX.contains("<style") && !INDEX.split_whitespace().any(handler));
    let scripts = INDEX.matches("<script").count();
    assert_eq!(scripts, INDEX.matches(" src=\"{place}/").count());
    let ours = FILES
        .iter()
        .filter(|file| file.0.ends_with(".js") && !VENDORED.contains(&file.0));
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
}

#[test]
fn files_of_others_are_unchanged() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page/vendor");
    let list: toml::Table = std::fs::read_to_string(dir.join("VENDOR.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let mut listed = vec!["VENDOR.toml"];
    for file in list["file"].as_array().unwrap() {
        let text = |key: &str| file[key].as_str().unwrap();
        let digest = Sha256::digest(std::fs::read(dir.join(text("name"))).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, text("sha256"), "{}", text("name"));
        listed.extend([text("name"), text("licence_file")]);
    }
    for file in std::fs::read_dir(&dir).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(listed.contains(&name.as_str()), "{name} is not listed in VENDOR.toml");
    }
}
