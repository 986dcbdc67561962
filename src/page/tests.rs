use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn fetch(config: &Config, path: &str, tag: Option<&HeaderValue>) -> (StatusCode, HeaderMap, String) {
    let mut request = axum::http::Request::get(path).body(Body::empty()).unwrap();
    if let Some(tag) = tag {
        request.headers_mut().insert(header::IF_NONE_MATCH, tag.clone());
    }
    let answer = router(config).oneshot(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_file_comes_with_its_headers_and_only_once() {
    let config = Config::default();
    let pages = ["/", "/r/main", "/r/%E5%A4%A7%E5%8E%85"];
    for path in FILES.iter().map(|file| file.0).chain(pages) {
        let (status, headers, body) = fetch(&config, path, None).await;
        assert_eq!((status, body.is_empty()), (StatusCode::OK, false), "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        assert!(
            headers[header::CONTENT_SECURITY_POLICY]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        let (status, _, body) = fetch(&config, path, Some(&headers[header::ETAG])).await;
        assert_eq!((status, body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
    }
}

#[tokio::test]
async fn names_are_text_in_the_page() {
    let config = Config {
        event_name: "<script>\"&{default_room}".to_owned(),
        ..Config::default()
    };
    let (_, _, body) = fetch(&config, "/", None).await;
    assert!(
        body.contains("<title>&lt;script&gt;&quot;&amp;{default_room}</title>"),
        "{body}"
    );
    assert!(body.contains("<meta name=\"socketio-path\" content=\"/socket.io\">"));
}

#[test]
fn nothing_is_inline_that_the_policy_forbids() {
    let handler = |word: &str| word.starts_with("on") && word.contains('=');
    assert!(!INDEX.contains("style=") && !INDEX.contains("<style") && !INDEX.split_whitespace().any(handler));
    let scripts = INDEX.matches("<script").count();
    assert_eq!(scripts, INDEX.matches(" src=\"/page/").count());
    for (path, _, content) in FILES.iter().filter(|file| file.0.ends_with(".js") && file.2 != CLIENT) {
        for way in [
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
