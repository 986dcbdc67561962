use super::*;

fn front(change: impl FnOnce(&mut Config)) -> Front {
    let mut config = Config {
        host: Some("box.lan".into()),
        portal: true,
        ..Config::default()
    };
    change(&mut config);
    Front::new(&config, None)
}

/// A request line and headers, as in `POST /x; host: a`.
fn request(text: &str) -> Request<()> {
    let mut parts = text.split("; ");
    let (method, uri) = parts.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in parts.map(|part| part.split_once(": ").unwrap()) {
        request = request.header(name, value);
    }
    let peer = Peer {
        device: crate::transport::device::Device::Network(0),
        worker: 0,
        lane: std::sync::Weak::new(),
        address: [10, 42, 0, 7].into(),
        secure: text.contains("; tls"),
    };
    request.extension(peer).body(()).unwrap()
}

fn status(front: &Front, text: &str) -> Option<u16> {
    front
        .answer(&request(text), false)
        .map(|answer| answer.status().as_u16())
}

#[test]
fn foreign_hosts_are_redirected_home_and_never_to_https() {
    let front = front(|_| {});
    for text in [
        "GET /generate_204; host: connectivitycheck.example",
        "GET /hotspot-detect.html; host: CAPTIVE.apple.com",
        "GET /; host: www.example.org:80",
        "GET http://www.example.org/x; host: box.lan",
        "GET /ws; host: box.lan.example; upgrade: websocket",
    ] {
        let answer = front.answer(&request(text), false).expect(text);
        assert_eq!(answer.status(), StatusCode::FOUND, "{text}");
        assert_eq!(answer.headers()[header::LOCATION], "http://box.lan/");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    }
    for host in [
        "box.lan",
        "BOX.lan:8080",
        "box.local",
        "10.42.0.1",
        "[fe80::1]:80",
        "localhost:8080",
    ] {
        assert_eq!(status(&front, &format!("GET /; host: {host}")), None, "{host}");
    }
    assert_eq!(status(&front, "GET /"), None, "a client of HTTP/1.0");
}

#[test]
fn probes_succeed_once_the_user_has_tapped_on() {
    let front = front(|_| {});
    let probe = "GET /generate_204; host: connectivitycheck.example";
    assert_eq!(status(&front, probe), Some(302));
    assert_eq!(
        status(&front, "POST /portal/continue; host: box.lan; origin: http://box.lan"),
        Some(204)
    );
    assert_eq!(status(&front, probe), Some(204));
    assert_eq!(
        status(&front, "GET /redirect; host: www.msftconnecttest.com"),
        Some(302),
        "Windows opens a page"
    );
    assert_eq!(status(&front, "GET /generate_204; host: box.lan"), None);
    for (probe, answer) in [
        ("GET /nm; host: network-test.debian.org", 200),
        ("GET /; host: connectivity-check.ubuntu.com.", 204),
        ("HEAD /; host: NetworkCheck.KDE.org", 200),
        ("GET /; host: www.example.org", 302),
    ] {
        assert_eq!(status(&front, probe), Some(answer), "{probe}");
    }
}

#[test]
fn a_foreign_page_can_not_tap_on() {
    let front = front(|_| {});
    assert_eq!(
        status(
            &front,
            "POST /portal/continue; host: box.lan; origin: http://evil.example"
        ),
        Some(403)
    );
    assert_eq!(status(&front, "POST /portal/continue; host: evil.example"), Some(302));
    assert_eq!(
        status(&front, "GET /generate_204; host: connectivitycheck.example"),
        Some(302)
    );
}

#[test]
fn without_the_portal_probes_succeed() {
    let front = front(|config| config.portal = false);
    assert_eq!(
        status(&front, "GET /generate_204; host: connectivitycheck.example"),
        Some(204)
    );
    assert_eq!(status(&front, "GET /; host: www.example.org"), Some(302));
    assert_eq!(status(&front, "POST /portal/continue; host: box.lan"), None);
}

#[test]
fn a_server_without_a_host_serves_files_under_any_name() {
    let front = front(|config| config.host = None);
    for text in [
        "GET /generate_204; host: connectivitycheck.example",
        "GET /app.js; host: x.example; accept: */*",
        "GET /; host: x.example",
        "GET /; host: 198.51.100.1; accept: text/html",
        "GET /; host: box.lan; accept: text/html",
    ] {
        assert_eq!(status(&front, text), None, "{text}");
    }
}

#[test]
fn a_page_of_a_rebound_name_is_refused() {
    let front = front(|config| config.host = None);
    let name = "evil.example:8080";
    assert_eq!(ask(&front, name, "http://evil.example:8080"), Some(403));
    assert_eq!(ask(&front, "EVIL.example.", "http://evil.example"), Some(403));
    assert_eq!(
        ask(&front, "192.168.1.5.evil.example", "http://192.168.1.5.evil.example"),
        Some(403)
    );
    for path in ["/rooms", "/rooms/hall/messages", "/join", "/join/wifi.svg", "/status"] {
        // A page's own origin does not stand in its reading requests.
        assert_eq!(
            status(&front, &format!("GET {path}; host: {name}")),
            Some(403),
            "{path}"
        );
    }
    for acting in [
        "POST /rooms/hall/messages",
        "POST /admin",
        "PUT /updates/x",
        "GET /rooms/hall/events",
        "POST /portal/continue",
    ] {
        assert_eq!(
            status(&front, &format!("{acting}; host: {name}")),
            Some(403),
            "{acting}"
        );
    }
    let handshake = request(&format!("GET /socket.io/?transport=polling; host: {name}"));
    assert_eq!(front.answer(&handshake, true).unwrap().status(), StatusCode::FORBIDDEN);
    let opened = format!("GET /r/hall; host: {name}; accept: text/html,application/xhtml+xml");
    assert_eq!(status(&front, &opened), Some(403), "the user gets the reason");
}

#[test]
fn a_configured_name_is_accepted() {
    let front = front(|config| {
        config.host = None;
        config.cors_origins = origins(&["https://party.example"]);
    });
    assert_eq!(ask(&front, "party.example", "https://party.example"), None);
    assert_eq!(status(&front, "POST /rooms/hall/messages; host: party.example"), None);
    assert_eq!(ask(&front, "evil.example", "http://evil.example"), Some(403));
}

/// The configuration's list, as the file has it.
fn origins(list: &[&str]) -> CorsOrigins {
    let list: Vec<_> = list.iter().map(|origin| (*origin).to_owned()).collect();
    crate::config::cors_origins(&list).unwrap()
}

/// What a request of a page gets that opens a WebSocket, a Socket.IO session, or an event stream, or posts: all the same.
fn ask(front: &Front, host: &str, origin: &str) -> Option<u16> {
    let head = format!("host: {host}; origin: {origin}");
    let requests = [
        ("GET /ws", "; upgrade: websocket", false),
        ("GET /socket.io/?transport=polling", "", true),
        ("GET /socket.io/?transport=websocket", "; upgrade: websocket", true),
        ("POST /socket.io/?transport=polling", "", true),
        ("GET /rooms/hall/events", "", false),
        ("POST /rooms/hall/messages", "", false),
    ];
    let answers = requests.map(|(line, more, engine)| {
        let answer = front.answer(&request(&format!("{line}; {head}{more}")), engine);
        answer.map(|answer| answer.status().as_u16())
    });
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{origin}: {answers:?}"
    );
    answers[0]
}

#[test]
fn an_origin_is_compared_by_scheme_host_and_port() {
    let front = front(|config| config.host = None);
    let own = [
        ("198.51.100.1:8080", "http://198.51.100.1:8080"),
        (
            "198.51.100.1:8080",
            "ws://198.51.100.1:8080/socket.io/?transport=websocket",
        ),
        // Socket.IO-Client-Swift 7 to 10 (Starscream) write the port into `Host` and a whole URL into `Origin`.
        ("127.0.0.1:80", "ws://127.0.0.1/socket.io/?transport=websocket"),
        ("127.0.0.1", "ws://127.0.0.1:80/#x"),
        ("Party.lan", "HTTP://PARTY.lan."),
        ("[fe80::1]:8080", "http://[FE80:0::1]:8080"),
        // A proxy in front adds TLS.
        ("party.lan", "https://party.lan"),
        ("party.lan:443", "wss://party.lan/ws"),
        // One that leaves the port out.
        ("party.lan", "http://party.lan:8080"),
        // Another address of this machine, at the same port.
        ("198.51.100.1:8080", "http://127.0.0.1:8080"),
    ];
    for (host, origin) in own {
        assert_eq!(ask(&front, host, origin), None, "{origin} at {host}");
    }
    let foreign = [
        ("198.51.100.1:8080", "http://198.51.100.1"),
        ("198.51.100.1:8080", "http://198.51.100.1:8081"),
        ("198.51.100.1:8080", "https://198.51.100.1:8080"),
        ("198.51.100.1:8080", "http://127.0.0.1"),
        ("198.51.100.1:8080", "http://198.51.100.2:8080"),
        ("198.51.100.1:8080", "http://198.51.100.1.evil.example:8080"),
        ("198.51.100.1:8080", "http://evil.example/198.51.100.1:8080"),
        ("198.51.100.1:8080", "http://198.51.100.1:8080@evil.example"),
        ("127.0.0.1:80", "wss://127.0.0.1/socket.io/"),
    ];
    for (host, origin) in foreign {
        assert_eq!(ask(&front, host, origin), Some(403), "{origin} at {host}");
    }
    let behind_tls = "POST /rooms/hall/messages; host: a.lan:8443; origin: https://a.lan:8443";
    assert_eq!(status(&front, behind_tls), Some(403));
    assert_eq!(status(&front, &format!("{behind_tls}; x-forwarded-proto: https")), None);
}

#[test]
fn apps_are_allowed_and_foreign_pages_refused() {
    let front = front(|config| config.host = None);
    let host = "198.51.100.1:8080";
    for app in [
        "file://",
        "file:///android_asset/www/index.html",
        "capacitor://localhost",
        "ionic://localhost",
        "app://obsidian.md",
        "http://localhost",
        "https://localhost",
        "https://github.com/gilmaimon/TinyWebsockets",
    ] {
        assert_eq!(ask(&front, host, app), None, "{app}");
    }
    for foreign in [
        "null",
        "x",
        "https://app.example",
        "http://box.lan",
        "http://localhost:3000",
        "https://localhost.evil.example",
        "http://a.localhost",
        "https://github.com",
        "https://github.com/gilmaimon",
        "http://github.com/gilmaimon/TinyWebsockets",
        "blob:http://198.51.100.1:8080",
        "http://",
    ] {
        assert_eq!(ask(&front, host, foreign), Some(403), "{foreign}");
    }
}

#[test]
fn origins_of_every_kind_can_be_configured() {
    let host = "198.51.100.1:8080";
    let any = front(|config| config.cors_origins = CorsOrigins::Any);
    for origin in ["null", "x", "https://app.example", "ionic://localhost"] {
        assert_eq!(ask(&any, host, origin), None, "{origin}");
    }
    let listed = front(|config| config.cors_origins = origins(&["https://app.example", "null"]));
    assert_eq!(ask(&listed, host, "HTTPS://app.example"), None);
    assert_eq!(ask(&listed, host, "wss://app.example/socket.io/"), None);
    assert_eq!(ask(&listed, host, "null"), None);
    assert_eq!(ask(&listed, host, "http://box.lan"), None, "the box's name");
    for foreign in [
        "https://app.example:444",
        "http://app.example",
        "https://box.lan",
        "http://box.lan:8080",
    ] {
        assert_eq!(ask(&listed, host, foreign), Some(403), "{foreign}");
    }
    let strict = front(|config| config.host = None);
    let reading = "GET /rooms/hall/messages; host: 198.51.100.1; origin: https://app.example";
    assert_eq!(status(&strict, reading), Some(403), "a poll is in the room");
    for open in ["GET /join", "OPTIONS /rooms/hall/messages"] {
        let foreign = format!("{open}; host: 198.51.100.1; origin: https://app.example");
        assert_eq!(
            status(&strict, &foreign),
            None,
            "the browser keeps the answer from the page"
        );
    }
    assert_eq!(
        status(&strict, "POST /rooms/hall/messages; host: 198.51.100.1"),
        None,
        "no page at all"
    );
}
