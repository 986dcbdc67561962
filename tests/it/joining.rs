//! What brings phones in.

use serde_json::Value;

use crate::{body, server::Server};

fn post(server: &Server, path: &str, sent: &str) -> Value {
    let length = sent.len();
    body(&server.ask(&format!(
        "POST {path} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{sent}"
    )))
}

#[test]
fn a_short_code_brings_somebody_back_once() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall&name=Ann");
    let welcome = crate::next(&mut ann, "welcome");
    let token = welcome[1]["token"].as_str().unwrap();
    let issued = post(&server, "/join/codes", &format!("{{\"token\":\"{token}\"}}"));
    let code = issued["code"].as_str().unwrap().to_lowercase();
    let redeem = format!("{{\"code\":\"{code}\"}}");
    assert_eq!(post(&server, "/join", &redeem)["token"], token);
    assert_eq!(post(&server, "/join", &redeem)["code"], "unknown_code");
    assert_eq!(
        post(&server, "/join/codes", "{\"token\":\"forged\"}")["code"],
        "bad_request"
    );
}

#[test]
fn the_wifi_and_the_room_have_codes_to_scan() {
    let server = Server::start(|config| {
        let wifi = [("wifi.name", "Party"), ("wifi.password", "sommer2026")];
        let flags = wifi.map(|(key, value)| chatterbox::config::Setting {
            key: key.to_owned(),
            value: toml::Value::from(value),
            origin: chatterbox::config::Origin::Default,
        });
        let sources = chatterbox::config::Sources {
            flags: flags.into(),
            ..Default::default()
        };
        config.wifi = chatterbox::config::load(&sources).unwrap().wifi;
    });
    let place = body(&server.get("/join"));
    assert_eq!(
        (&place["address"], &place["wifi"]["name"]),
        (&"http://box".into(), &"Party".into())
    );
    for path in ["/join/wifi.svg", "/join/open.svg?room=hall&code=ABC234"] {
        let answer = server.get(path);
        assert!(
            answer.contains("content-type: image/svg+xml") && answer.contains("<svg "),
            "{answer}"
        );
    }
    assert_eq!(body(&server.get("/join/open.svg?code=%22"))["code"], "bad_request");
    let without = Server::start(|_| {});
    assert_eq!(body(&without.get("/join/wifi.svg"))["code"], "bad_request");
    assert_eq!(body(&without.get("/join"))["wifi"], Value::Null);
}
