//! Requests as clients write them: other spellings of the same.

use std::io::{Read, Write};

use serde_json::{Value, json};

use crate::{
    body,
    server::{Server, next, read_all, say},
    status,
};

fn post(server: &Server, head: &str, content: &str) -> Value {
    let length = content.len();
    body(&server.ask(&format!(
        "POST {head}\nhost: box\nconnection: close\ncontent-length: {length}\n\n{content}"
    )))
}

/// A WebSocket handshake's answer, to its empty line.
fn handshake(server: &Server, path: &str, headers: &str) -> String {
    let mut stream = server.stream();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: box\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        answer.push(byte[0]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn the_first_subprotocol_that_is_offered_is_answered() {
    let server = Server::start(|_| {});
    for path in [
        "/ws?room=hall",
        "/socket.io/?EIO=4&transport=websocket",
        "/socket.io/?EIO=3&transport=websocket",
    ] {
        for (offer, answered) in [
            ("Sec-WebSocket-Protocol: chat\r\n", Some("chat")),
            ("sec-websocket-protocol: v1.json , chat\r\n", Some("v1.json")),
            ("sec-websocket-protocol: a\r\nsec-websocket-protocol: b\r\n", Some("a")),
            ("sec-websocket-protocol: no token at all\r\n", None),
            ("", None),
        ] {
            let answer = handshake(&server, path, offer);
            assert_eq!(status(&answer), "101");
            let line = answer
                .lines()
                .find_map(|line| line.strip_prefix("sec-websocket-protocol: "));
            assert_eq!(line, answered, "{path} {offer}");
        }
    }
}

#[test]
fn a_stream_goes_on_from_the_last_id_in_the_query() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    for text in ["one", "two", "three"] {
        say(&mut ann, &format!("[1,\"chat\",\"{text}\"]"));
        next(&mut ann, "ack");
    }
    let polled = body(&server.get("/rooms/hall/messages"));
    let epoch = polled["epoch"].as_str().unwrap();
    // Heard before `room`, which comes behind what was missed.
    let heard = |query: &str, headers: &str| {
        let mut stream = server.stream();
        write!(
            stream,
            "GET /rooms/hall/events?{query} HTTP/1.1\r\nhost: box\r\n{headers}\r\n"
        )
        .unwrap();
        let (mut all, mut buffer) = (String::new(), [0; 1024]);
        while !all.contains("[\"room\",") {
            let count = stream.read(&mut buffer).unwrap();
            all.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        ["one", "two", "three"]
            .into_iter()
            .filter(|text| all.contains(&format!("[\"chat\",\"{text}\"")))
            .count()
    };
    assert_eq!(heard(&format!("lastEventId={epoch}%3A1"), ""), 2);
    assert_eq!(
        heard(&format!("name=Bo&lastEventId={epoch}:2&since={epoch}:1"), ""),
        1,
        "newer than the page's own"
    );
    assert_eq!(
        heard(
            &format!("lastEventId={epoch}:0"),
            &format!("last-event-id: {epoch}:2\r\n")
        ),
        1,
        "the header goes first"
    );
    assert_eq!(
        heard(&format!("lastEventId={epoch}:1"), "last-event-id:\r\n"),
        2,
        "an empty header says nothing"
    );
    assert_eq!(heard("lastEventId=", ""), 0);
    assert_eq!(status(&server.get("/rooms/hall/events?lastEventId=7")), "400");
}

#[test]
fn the_scheme_of_a_token_is_the_same_in_any_case() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall&name=Ann");
    let welcome = next(&mut ann, "welcome");
    let token = welcome[1]["token"].as_str().unwrap();
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR   "] {
        let head = format!("/rooms/hall/messages HTTP/1.1\nauthorization: {scheme}{token}");
        assert_eq!(post(&server, &head, "{\"text\":\"hi\"}")["ok"], true);
        assert_eq!(
            next(&mut ann, "chat")[2]["from"]["id"],
            welcome[1]["you"]["id"],
            "{scheme}"
        );
    }
    let head = format!("/rooms/hall/messages HTTP/1.1\nauthorization: Basic {token}");
    post(&server, &head, "{\"text\":\"hi\"}");
    assert_ne!(next(&mut ann, "chat")[2]["from"]["id"], welcome[1]["you"]["id"]);
    // A WebSocket client of a library that sets headers.
    let url = format!("ws://{}/ws?room=hall", server.address);
    let mut request = tungstenite::client::IntoClientRequest::into_client_request(url).unwrap();
    let value = format!("bearer {token}").parse().unwrap();
    request.headers_mut().insert("authorization", value);
    let (mut again, _) = tungstenite::client(request, server.stream()).unwrap();
    assert_eq!(next(&mut again, "welcome")[1]["you"]["id"], welcome[1]["you"]["id"]);
}

#[test]
fn windows_and_raw_utf_8_are_understood() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=caf%C3%A9%20%F0%9F%98%80");
    next(&mut ann, "welcome");
    let json = "content-type: application/json";
    let head = format!("/rooms/café%20😀/messages?name=Zoë HTTP/1.1\n{json}");
    assert_eq!(post(&server, &head, "\u{feff}{\"text\":\"hi\"}")["ok"], true);
    let chat = next(&mut ann, "chat");
    assert_eq!(
        (&chat[1], &chat[2]["room"], &chat[2]["from"]["name"]),
        (&"hi".into(), &"café 😀".into(), &"Zoë".into())
    );
    say(&mut ann, "\u{feff}[7,\"who\"]");
    assert_eq!(next(&mut ann, "ack")[1], 7);
    let form = "content-type: application/x-www-form-urlencoded";
    let refused = post(
        &server,
        &format!("/rooms/hall/messages HTTP/1.1\n{form}"),
        "'{text:hello}'",
    );
    assert_eq!(refused["code"], "bad_request");
    assert!(refused["message"].as_str().unwrap().contains("cmd.exe"), "{refused}");
    for path in ["/join", "/admin"] {
        let refused = post(
            &server,
            &format!("{path} HTTP/1.1\n{json}"),
            &format!("\u{feff}{}", json!({"code": "K7WQ3M", "by": 0})),
        );
        let message = refused["message"].as_str().unwrap();
        assert!(
            !message.contains("column 1") && !message.contains("JSON object"),
            "{path}: {message}"
        );
    }
    let mut stream = server.stream();
    stream
        .write_all(b"GET /rooms/caf\xe9/messages HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n")
        .unwrap();
    assert_eq!(status(&read_all(&mut stream)), "400", "Latin-1");
}

/// A bad byte must not become a replacement character, and so a name of its own.
#[test]
fn an_address_that_is_not_utf_8_is_refused_on_every_way_in() {
    let server = Server::start(|_| {});
    for path in [
        "/ws?room=%ff",
        "/rooms/%ff/messages",
        "/rooms/%ff/events",
        "/rooms/hall/messages?name=%ff",
        "/rooms/hall/events?name=%E5%A4",
        "/join/open.svg?room=%ff",
    ] {
        let answer = server.get(path);
        assert_eq!(
            (status(&answer), &body(&answer)["code"]),
            ("400", &"bad_request".into()),
            "{path}"
        );
    }
    let refused = post(&server, "/rooms/hall/messages?name=%ff HTTP/1.1", "{\"text\":\"hi\"}");
    assert_eq!(refused["code"], "bad_request");
    for query in [
        "EIO=4&transport=polling",
        "EIO=3&transport=polling",
        "EIO=4&transport=websocket",
    ] {
        let answer = server.get(&format!("/socket.io/?{query}&room=%ff"));
        assert_eq!((status(&answer), &body(&answer)["code"]), ("400", &3.into()), "{query}");
    }
    let rooms = body(&server.get("/rooms"));
    assert!(!rooms.to_string().contains('\u{fffd}'), "{rooms}");
}
