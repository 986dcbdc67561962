use super::*;

fn front(change: impl FnOnce(&mut Config)) -> Front {
    let mut config = Config {
        host: Some("box.lan".into()),
        portal: true,
        ..Config::default()
    };
    change(&mut config);
    Front::new(&config)
}

/// A request line and headers, as in `POST /x; host: a`.
fn request(text: &str) -> Request<()> {
    let mut parts = text.split("; ");
    let (method, uri) = parts.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in parts.map(|part| part.split_once(": ").unwrap()) {
        request = request.header(name, value);
    }
    let origin = Origin {
        worker: 0,
        lane: std::sync::Weak::new(),
        address: [10, 42, 0, 7].into(),
    };
    request.extension(origin).body(()).unwrap()
}

fn status(front: &Front, text: &str) -> Option<u16> {
    front
        .answer(&request(text), false)
        .map(|answer| answer.status().as_u16())
}

#[test]
fn any_other_host_is_sent_home_and_never_to_https() {
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
fn whoever_has_tapped_on_has_the_internet_as_far_as_the_phone_can_tell() {
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
fn without_the_portal_no_sheet_comes_up() {
    let front = front(|config| config.portal = false);
    assert_eq!(
        status(&front, "GET /generate_204; host: connectivitycheck.example"),
        Some(204)
    );
    assert_eq!(status(&front, "GET /; host: www.example.org"), Some(302));
    assert_eq!(status(&front, "POST /portal/continue; host: box.lan"), None);
}

#[test]
fn a_server_without_a_name_of_its_own_answers_to_any() {
    let front = front(|config| config.host = None);
    assert_eq!(
        status(&front, "GET /generate_204; host: connectivitycheck.example"),
        None
    );
    assert_eq!(status(&front, "POST /portal/continue; host: x.example"), None);
}

#[test]
fn pages_of_other_origins_act_only_where_they_are_listed() {
    let strict = front(|config| config.host = None);
    let listed = front(|config| config.cors_origins = CorsOrigins::List(vec!["https://app.example".into()]));
    let any = front(|config| config.cors_origins = CorsOrigins::Any);
    let ask = |front: &Front, engine, origin: &str| {
        let text = format!("GET /ws; host: 198.51.100.1:8080; upgrade: websocket; origin: {origin}");
        front
            .answer(&request(&text), engine)
            .map(|answer| answer.status().as_u16())
    };
    for engine in [false, true] {
        assert_eq!(ask(&strict, engine, "http://198.51.100.1:8080"), None, "the same host");
        assert_eq!(
            ask(&strict, engine, "http://127.0.0.1"),
            None,
            "an address of this machine"
        );
        for foreign in [
            "https://app.example",
            "null",
            "http://198.51.100.2",
            "http://box.lan",
            "x",
        ] {
            assert_eq!(ask(&strict, engine, foreign), Some(403), "{foreign}");
            assert_eq!(ask(&any, engine, foreign), None, "{foreign}");
        }
        assert_eq!(ask(&listed, engine, "HTTPS://app.example"), None);
        assert_eq!(ask(&listed, engine, "http://box.lan"), None, "the box's name");
        assert_eq!(ask(&listed, engine, "https://app.example:444"), Some(403));
    }
    let reading = "GET /rooms/hall/messages; host: 198.51.100.1; origin: https://app.example";
    assert_eq!(status(&strict, reading), None);
    let posting = "POST /rooms/hall/messages; host: 198.51.100.1; origin: https://app.example";
    assert_eq!((status(&strict, posting), status(&listed, posting)), (Some(403), None));
    assert_eq!(
        status(&strict, "POST /rooms/hall/messages; host: 198.51.100.1"),
        None,
        "no page at all"
    );
}
