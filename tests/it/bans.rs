//! A banned user tries every way to come back; their neighbour at the same address is not affected.

use std::{io::Read, io::Write, net::TcpStream};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::{
    body,
    operator::{Operator, answer},
    server::{Server, next, say},
};

/// Id and token of a welcome.
fn welcomed(socket: &mut WebSocket<TcpStream>) -> (String, String) {
    let welcome = next(socket, "welcome");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&welcome[1]["you"]["id"]), text(&welcome[1]["token"]))
}

/// The first welcome, refusal or close of a WebSocket.
fn verdict(mut socket: WebSocket<TcpStream>) -> String {
    loop {
        match socket.read().expect("within the time") {
            Message::Text(text) => {
                let event: Value = serde_json::from_str(&text).unwrap();
                if event[0] == "refused" || event[0] == "closing" {
                    return event[1]["code"].as_str().unwrap().to_owned();
                }
                assert!(event[0] == "welcome", "{event}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The same over Socket.IO, in a namespace, over WebSocket.
fn verdict_sio(server: &Server, namespace: &str, auth: &Value) -> String {
    let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", server.address);
    let (mut socket, _) = tungstenite::client(url, server.stream()).unwrap();
    socket.send(Message::text(format!("40{namespace}{auth}"))).unwrap();
    loop {
        let text = socket.read().expect("within the time").into_text().expect("a text");
        assert!(!text.contains("\"chat\""), "{text}");
        let Some((_, event)) = text.split_once('[').filter(|_| text.starts_with("42")) else {
            continue;
        };
        let event: Value = serde_json::from_str(&format!("[{event}")).unwrap();
        if event[0] == "refused" || event[0] == "closing" {
            return event[1]["code"].as_str().unwrap().to_owned();
        }
    }
}

/// The same over Socket.IO on polling.
fn verdict_polling(server: &Server, auth: &Value) -> String {
    let path = "/socket.io/?EIO=4&transport=polling";
    let opened = server.get(path);
    let sid = opened.split("\"sid\":\"").nth(1).unwrap().split('"').next().unwrap();
    let packet = format!("40{auth}");
    let length = packet.len();
    server.ask(&format!(
        "POST {path}&sid={sid} HTTP/1.1\nhost: box\nconnection: close\ncontent-type: text/plain\ncontent-length: {length}\n\n{packet}"
    ));
    loop {
        let answer = server.get(&format!("{path}&sid={sid}"));
        for code in ["banned", "waiting"] {
            if answer.contains(&format!("\"code\":\"{code}\"")) {
                return code.to_owned();
            }
        }
        assert!(
            answer.starts_with("HTTP/1.1 200") && !answer.contains("\"chat\""),
            "{answer}"
        );
    }
}

/// The same as an event stream.
fn verdict_stream(server: &Server, query: &str) -> String {
    let mut stream = server.stream();
    write!(stream, "GET /rooms/hall/events?{query} HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let mut heard = String::new();
    let mut buffer = [0; 1024];
    loop {
        let count = stream.read(&mut buffer).expect("within the time");
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
        for code in ["banned", "waiting"] {
            if heard.contains(&format!("\"code\":\"{code}\"")) {
                return code.to_owned();
            }
        }
        assert!(count > 0 && !heard.contains("[\"chat\""), "{heard}");
    }
}

fn post(server: &Server, query: &str) -> Value {
    let text = r#"{"text":"evaded"}"#;
    let length = text.len();
    body(&server.ask(&format!(
        "POST /rooms/hall/messages?{query} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{text}"
    )))
}

/// The banned token is refused by every transport, under any name, in any room.
fn refuses_token(server: &Server, token: &str, epoch: &str, place: u64) {
    for (how, query) in [
        ("the old token", format!("room=hall&token={token}")),
        ("a new name", format!("room=hall&name=Angel&token={token}")),
        (
            "a resume",
            format!("room=hall&token={token}&epoch={epoch}&since={place}"),
        ),
        ("another room", format!("room=elsewhere&token={token}")),
    ] {
        assert_eq!(verdict(server.socket(&query)), "banned", "{how}");
        assert_eq!(verdict_stream(server, &query), "banned", "{how}, as a stream");
        assert_eq!(post(server, &query)["code"], "banned", "{how}, posted");
        let polled = body(&server.get(&format!("/rooms/hall/messages?{query}")));
        assert_eq!(polled["code"], "banned", "{how}, polled");
    }
    let auth = json!({"room": "hall", "token": token});
    for namespace in ["", "/room/hall,"] {
        assert_eq!(verdict_sio(server, namespace, &auth), "banned", "{namespace}");
        let cleared = json!({"room": "hall"});
        assert_eq!(verdict_sio(server, namespace, &cleared), "waiting", "{namespace}");
    }
    assert_eq!(verdict_polling(server, &auth), "banned");
}

/// Cleared storage gives a new identity at the same address, which has to wait for the organizer.
fn holds_new_identities(server: &Server) {
    let fresh = "room=hall&name=Angel";
    assert_eq!(verdict(server.socket(fresh)), "waiting");
    assert_eq!(verdict_stream(server, fresh), "waiting");
    assert_eq!(verdict_polling(server, &json!({"room": "hall"})), "waiting");
    assert_eq!(post(server, fresh)["code"], "waiting");
    assert_eq!(
        body(&server.get("/rooms/hall/messages"))["code"],
        "waiting",
        "reading without an identity"
    );
    let mut angel = server.socket(fresh);
    let (_, new) = welcomed(&mut angel);
    for (number, event, argument) in [
        (1, "join", json!("hall")),
        (2, "createRoom", json!("mine")),
        (3, "chat", json!("evaded")),
        (4, "react", json!("❤️")),
        (5, "rename", json!("Ann")),
    ] {
        let refusal = answer(&mut angel, number, event, Some(&argument));
        assert_eq!(refusal["code"], "waiting", "{event}");
    }
    drop(angel);
    assert_eq!(
        verdict(server.socket(&format!("room=hall&token={new}"))),
        "waiting",
        "the new token"
    );
}

#[test]
fn a_banned_user_finds_no_way_back() {
    let hall = chatterbox::room::RoomName::new("hall").unwrap();
    let server = Server::start(|config| config.rooms = vec![hall]);
    let mut neighbour = server.socket("room=hall&name=Ann");
    let (_, known) = welcomed(&mut neighbour);
    let mut troll = server.socket("room=hall&name=Troll");
    let (id, token) = welcomed(&mut troll);
    say(&mut troll, r#"[1,"chat","something bad"]"#);
    let place = next(&mut troll, "ack")[2]["seq"].as_u64().unwrap();
    let epoch = next(&mut neighbour, "chat")[2]["epoch"].as_str().unwrap().to_owned();
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let banned = organizer.give(&json!({"do": "ban", "user": id}));
    assert!(
        banned["neighbours"].as_array().is_some_and(|it| !it.is_empty()),
        "{banned}"
    );
    let closing = next(&mut troll, "closing");
    assert_eq!(
        (&closing[1]["code"], &closing[1]["mayReconnect"]),
        (&json!("banned"), &json!(false))
    );

    refuses_token(&server, &token, &epoch, place);
    holds_new_identities(&server);

    // The neighbour at the same address goes on: on the same connection, on a new one, and by a post.
    say(&mut neighbour, r#"[7,"chat","still here"]"#);
    assert_eq!(next(&mut neighbour, "ack")[2]["ok"], true);
    drop(neighbour);
    let mut back = server.socket(&format!("room=hall&token={known}&epoch={epoch}&since={place}"));
    let said = loop {
        let event: Value = serde_json::from_str(&back.read().unwrap().into_text().unwrap()).unwrap();
        if event[0] == "chat" {
            break event;
        }
    };
    assert_eq!(said[1], "still here", "no other entry was added");
    assert_eq!(post(&server, &format!("token={known}"))["ok"], true);
}

/// A hidden entry is in no answer: history, resumes, polls, streams, later joins.
#[test]
fn hidden_entries_are_in_no_answer() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    welcomed(&mut ann);
    say(&mut ann, r#"[1,"chat","a secret"]"#);
    let said = next(&mut ann, "chat");
    let epoch = said[2]["epoch"].as_str().unwrap().to_owned();
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    assert_eq!(
        organizer.give(&json!({"do": "hide", "room": "hall", "seq": 1}))["ok"],
        true
    );
    assert_eq!(next(&mut ann, "hide")[1]["seq"], 1);
    let history = answer(&mut ann, 2, "history", None);
    assert_eq!(history["events"][0][0], "hidden");
    let mut behind = server.socket(&format!("room=hall&epoch={epoch}&since=0"));
    assert_eq!(next(&mut behind, "hidden")[1]["seq"], 1);
    assert_eq!(next(&mut behind, "hide")[1]["seq"], 1);
    let polled = server.get(&format!("/rooms/hall/messages?since={epoch}:0"));
    assert!(
        !polled.contains("secret") && !history.to_string().contains("secret"),
        "{polled}"
    );
}

#[test]
fn the_rooms_are_listed() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    welcomed(&mut ann);
    let listed = body(&server.get("/rooms"));
    let hall = listed["rooms"]
        .as_array()
        .unwrap()
        .iter()
        .find(|room| room["name"] == "hall");
    assert_eq!(hall.unwrap()["online"], 1);
}

/// A client that polls in a loop must not take a refusal for an empty answer, and poll again at once.
#[test]
fn a_poll_of_a_closed_room_is_refused() {
    let server = Server::start(|_| ());
    let mut inside = server.socket("room=hall&name=Ann");
    let (_, ann) = welcomed(&mut inside);
    let (_, bo) = welcomed(&mut server.socket("room=main&name=Bo"));
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let mut set = |set: Value| {
        let command = json!({"do": "settings", "room": "hall", "set": set});
        assert_eq!(organizer.give(&command)["ok"], true);
    };
    let poll = |token: &str| server.get(&format!("/rooms/hall/messages?token={token}&wait=1"));
    set(json!({"locked": true}));
    let refused = poll(&bo);
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert_eq!(body(&refused)["code"], "locked");
    assert!(poll(&ann).starts_with("HTTP/1.1 200"), "Ann was there before");
    set(json!({"closed": true}));
    let refused = poll(&ann);
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert_eq!(body(&refused)["code"], "room_closed");
}
