//! Rejoin codes, and QR codes for the Wi-Fi and rooms.

use serde_json::Value;

use crate::{body, server::Server};

fn post(server: &Server, path: &str, sent: &str) -> Value {
    let length = sent.len();
    body(&server.ask(&format!(
        "POST {path} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{sent}"
    )))
}

#[test]
fn a_rejoin_code_gives_its_token_once() {
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
fn the_wifi_and_the_room_have_qr_codes() {
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

#[test]
fn a_server_on_loopback_names_the_address_that_works() {
    let server = Server::start(|_| {});
    for name in ["127.0.0.1", "localhost"] {
        let host = format!("{name}:{}", server.address.port());
        let asked = |path: &str| server.ask(&format!("GET {path} HTTP/1.1\nhost: {host}\nconnection: close\n\n"));
        let named = body(&asked("/join"))["address"].as_str().unwrap().to_owned();
        assert_eq!(named, format!("http://{host}"));
        std::net::TcpStream::connect(&named["http://".len()..]).expect("it is reached there");
    }
}
