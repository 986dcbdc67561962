//! Orders on the wire: with proof on every transport, without it on none.

use serde_json::{Value, json};
use tungstenite::Message;

use crate::{
    body,
    officer::{Officer, answer, signed},
    server::{Server, next, say},
};

fn announce(text: &str) -> Value {
    json!({"do": "announce", "room": "hall", "text": text})
}

/// The answer to a `POST` of JSON.
pub fn post(server: &Server, path: &str, content: &str) -> Value {
    let length = content.len();
    let head = format!("POST {path} HTTP/1.1\nhost: box\nconnection: close\ncontent-type: application/json\n");
    body(&server.ask(&format!("{head}content-length: {length}\n\n{content}")))
}

#[test]
fn orders_are_given_over_websocket_and_http() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    let mut organizer = Officer::new(server.socket("room=elsewhere"), 0);
    assert_eq!(organizer.give(&announce("one"))["ok"], true);
    assert_eq!(next(&mut ann, "announce")[1], "one");

    let issued = organizer.give(&json!({"do": "issue", "role": "helper", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).unwrap();
    let mut helper = Officer::new(server.socket("room=hall"), code);
    assert_eq!(helper.give(&announce("two"))["ok"], true);
    assert_eq!(helper.give(&json!({"do": "codes"}))["code"], "not_allowed");
    assert_eq!(organizer.give(&json!({"do": "revoke", "code": code}))["ok"], true);
    assert_eq!(helper.give(&announce("never"))["code"], "bad_proof");
    assert_eq!(organizer.give(&json!({"do": "dance"}))["code"], "bad_request");

    let nonce = post(&server, "/orders/nonce", "");
    let order = signed(0, nonce["nonce"].as_str().unwrap(), 1, &announce("three")).to_string();
    assert_eq!(post(&server, "/orders", &order)["ok"], true);
    assert_eq!(post(&server, "/orders", &order)["code"], "bad_proof", "again");
    assert_eq!(next(&mut ann, "announce")[1], "two");
    assert_eq!(next(&mut ann, "announce")[1], "three");
}

#[test]
fn orders_are_given_over_socket_io_and_its_namespaces() {
    let server = Server::start(|config| config.rooms = vec![chatterbox::room::RoomName::new("hall").unwrap()]);
    let mut ann = server.socket("room=hall");
    for namespace in ["", "/room/hall,"] {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", server.address);
        let (mut socket, _) = tungstenite::client(url, server.stream()).unwrap();
        let mut until = |prefix: String, send: String| {
            if !send.is_empty() {
                socket.send(Message::text(send)).unwrap();
            }
            loop {
                let text = socket.read().expect("within the time").into_text().expect("a text");
                if let Some(rest) = text.strip_prefix(&prefix) {
                    return rest.to_owned();
                }
            }
        };
        until("0{".into(), String::new());
        until(format!("40{namespace}"), format!("40{namespace}"));
        let nonce = until(format!("43{namespace}1"), format!("42{namespace}1[\"nonce\"]"));
        let nonce: Value = serde_json::from_str(&nonce).unwrap();
        let nonce = nonce[0]["nonce"].as_str().unwrap().to_owned();
        let order = signed(0, &nonce, 1, &announce(&format!("from {namespace}")));
        let given = until(
            format!("43{namespace}2"),
            format!("42{namespace}2{}", json!(["order", order])),
        );
        assert!(given.contains("\"ok\":true"), "{given}");
        assert_eq!(next(&mut ann, "announce")[1], format!("from {namespace}"));
        let again = until(
            format!("43{namespace}3"),
            format!("42{namespace}3{}", json!(["order", order])),
        );
        assert!(again.contains("\"bad_proof\""), "{again}");
    }
}

/// All that an organizer sent, frame by frame, said again: on their own connection, on another with its own nonce, over HTTP.
#[test]
fn what_was_overheard_is_worth_nothing() {
    let server = Server::start(|_| {});
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    let overheard: Vec<_> = (0..3)
        .map(|at| organizer.sign(&announce(&format!("order {at}"))))
        .collect();
    for (at, order) in overheard.iter().enumerate() {
        assert_eq!(
            answer(&mut organizer.socket, 10 + at as u64, "order", Some(order))["ok"],
            true
        );
    }
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    let mut thief = server.socket("room=hall");
    let theirs = answer(&mut thief, 1, "nonce", None)["nonce"]
        .as_str()
        .unwrap()
        .to_owned();
    let fetched = post(&server, "/orders/nonce", "")["nonce"].as_str().unwrap().to_owned();
    let mut refused = 0;
    for order in &overheard {
        let mut tries = vec![order.clone()];
        for (key, value) in [
            ("nonce", json!(theirs)),
            ("nonce", json!(fetched)),
            ("counter", json!(99)),
            ("by", json!(1)),
            ("command", announce("altered").to_string().into()),
        ] {
            let mut altered = order.clone();
            altered[key] = value;
            tries.push(altered);
        }
        for given in tries {
            for socket in [&mut organizer.socket, &mut thief] {
                let refusal = answer(socket, 50, "order", Some(&given));
                assert!(
                    matches!(refusal["code"].as_str(), Some("bad_proof" | "rate_limited")),
                    "{refusal}"
                );
            }
            let refusal = post(&server, "/orders", &given.to_string());
            assert!(
                matches!(refusal["code"].as_str(), Some("bad_proof" | "rate_limited")),
                "{refusal}"
            );
            refused += 1;
        }
    }
    assert_eq!(refused, 18);
    say(&mut ann, r#"[1,"chat","nothing was said meanwhile"]"#);
    let heard = loop {
        let event: Value = serde_json::from_str(&ann.read().unwrap().into_text().unwrap()).unwrap();
        if event[0] == "announce" || event[0] == "chat" {
            break event;
        }
    };
    assert_eq!(heard[0], "chat", "{heard}");
}

#[test]
fn no_order_works_without_proof() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    let order = announce("hi");
    for (at, event) in [
        json!(["order", order]),
        json!(["order", order.to_string()]),
        json!(["order", {"by": 0, "nonce": "", "counter": 1, "command": order.to_string(), "proof": ""}]),
        json!(["announce", "hall", "hi"]),
    ]
    .into_iter()
    .enumerate()
    {
        let mut items = vec![json!(at)];
        items.extend(event.as_array().unwrap().clone());
        say(&mut ann, &Value::from(items).to_string());
        let ack = next(&mut ann, "ack");
        assert_eq!(ack[2]["ok"], false, "{event}: {ack}");
        let posted = json!({"event": event[0], "args": [event[1]]}).to_string();
        assert_eq!(post(&server, "/rooms/hall/messages", &posted)["ok"], false, "{posted}");
        assert_eq!(post(&server, "/orders", &event[1].to_string())["ok"], false);
    }
}

#[test]
fn whoever_comes_under_a_listed_word_is_told_what_they_are_called() {
    let server = Server::start(|_| {});
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    assert_eq!(organizer.give(&json!({"do": "words", "list": ["darn"]}))["ok"], true);
    let mut ann = server.socket("room=hall&name=Darn");
    let you = next(&mut ann, "welcome")[1]["you"].clone();
    assert!(you["name"].as_str().expect("a name").starts_with("Guest "), "{you}");
    assert_eq!(next(&mut ann, "refused")[1]["code"], "bad_word");
    let mut bo = server.socket("room=hall&name=Bo");
    next(&mut bo, "welcome");
    say(&mut ann, r#"["chat","hello"]"#);
    assert_eq!(next(&mut bo, "chat")[2]["from"], you);
    assert_eq!(
        answer(&mut ann, 1, "rename", Some(&json!("d-a-r-n")))["code"],
        "bad_word"
    );
    assert_eq!(
        answer(&mut ann, 2, "createRoom", Some(&json!("darn")))["code"],
        "bad_word"
    );
}
