//! Admin commands on the wire: accepted with a proof on every transport, refused without one.

use serde_json::{Value, json};

use crate::{
    body,
    operator::{Operator, answer, signed},
    packets::Packets,
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
fn admin_commands_work_over_websocket_and_http() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    let mut organizer = Operator::new(server.socket("room=elsewhere"), 0);
    assert_eq!(organizer.give(&announce("one"))["ok"], true);
    assert_eq!(next(&mut ann, "announce")[1], "one");

    let issued = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).unwrap();
    let mut moderator = Operator::new(server.socket("room=hall"), code);
    assert_eq!(moderator.give(&announce("two"))["ok"], true);
    assert_eq!(moderator.give(&json!({"do": "codes"}))["code"], "not_allowed");
    assert_eq!(organizer.give(&json!({"do": "revoke", "code": code}))["ok"], true);
    assert_eq!(moderator.give(&announce("never"))["code"], "bad_proof");
    assert_eq!(organizer.give(&json!({"do": "dance"}))["code"], "bad_request");

    let nonce = post(&server, "/admin/nonce", "");
    let command = signed(0, nonce["nonce"].as_str().unwrap(), 1, &announce("three")).to_string();
    assert_eq!(post(&server, "/admin", &command)["ok"], true);
    assert_eq!(post(&server, "/admin", &command)["code"], "bad_proof", "again");
    assert_eq!(next(&mut ann, "announce")[1], "two");
    assert_eq!(next(&mut ann, "announce")[1], "three");
}

#[test]
fn admin_commands_work_over_socket_io_and_its_namespaces() {
    let server = Server::start(|config| config.rooms = vec![chatterbox::room::RoomName::new("hall").unwrap()]);
    let mut ann = server.socket("room=hall");
    for namespace in ["", "/room/hall,"] {
        let mut client = Packets::open(&server);
        client.ask(&format!("40{namespace}"), &format!("40{namespace}"));
        let nonce = client.ask(&format!("42{namespace}1[\"nonce\"]"), &format!("43{namespace}1"));
        let nonce: Value = serde_json::from_str(&nonce).unwrap();
        let nonce = nonce[0]["nonce"].as_str().unwrap().to_owned();
        let command = signed(0, &nonce, 1, &announce(&format!("from {namespace}")));
        let given = client.ask(
            &format!("42{namespace}2{}", json!(["admin", command])),
            &format!("43{namespace}2"),
        );
        assert!(given.contains("\"ok\":true"), "{given}");
        assert_eq!(next(&mut ann, "announce")[1], format!("from {namespace}"));
        let again = client.ask(
            &format!("42{namespace}3{}", json!(["admin", command])),
            &format!("43{namespace}3"),
        );
        assert!(again.contains("\"bad_proof\""), "{again}");
    }
}

/// Replays all frames of an organizer: on the same connection, on another one with its own nonce, and over HTTP.
#[test]
fn replayed_admin_commands_are_refused() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let overheard: Vec<_> = (0..3)
        .map(|at| organizer.sign(&announce(&format!("command {at}"))))
        .collect();
    for (at, command) in overheard.iter().enumerate() {
        assert_eq!(
            answer(&mut organizer.socket, 10 + at as u64, "admin", Some(command))["ok"],
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
    let fetched = post(&server, "/admin/nonce", "")["nonce"].as_str().unwrap().to_owned();
    let mut refused = 0;
    for command in &overheard {
        let mut tries = vec![command.clone()];
        for (key, value) in [
            ("nonce", json!(theirs)),
            ("nonce", json!(fetched)),
            ("counter", json!(99)),
            ("by", json!(1)),
            ("command", announce("altered").to_string().into()),
        ] {
            let mut altered = command.clone();
            altered[key] = value;
            tries.push(altered);
        }
        for given in tries {
            for socket in [&mut organizer.socket, &mut thief] {
                let refusal = answer(socket, 50, "admin", Some(&given));
                assert!(
                    matches!(refusal["code"].as_str(), Some("bad_proof" | "rate_limited")),
                    "{refusal}"
                );
            }
            let refusal = post(&server, "/admin", &given.to_string());
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
fn no_admin_command_works_without_proof() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    let command = announce("hi");
    for (at, event) in [
        json!(["admin", command]),
        json!(["admin", command.to_string()]),
        json!(["admin", {"by": 0, "nonce": "", "counter": 1, "command": command.to_string(), "proof": ""}]),
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
        assert_eq!(post(&server, "/admin", &event[1].to_string())["ok"], false);
    }
}

#[test]
fn a_listed_name_is_replaced_and_its_user_told() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
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
