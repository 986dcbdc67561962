//! The server in this process over real sockets: all transports, and clients that misbehave.

mod admin;
mod amend;
mod backup;
mod bans;
mod board;
mod box_card;
mod certified;
mod clock;
mod codes;
mod desk;
mod device;
mod doctor;
mod ends;
mod headers;
mod host_jobs;
mod joining;
mod keys;
mod memory;
mod network;
mod newcomers;
mod operator;
mod packets;
mod places;
mod portal;
mod scripts;
mod server;
mod service;
mod stick;
mod stored;
mod time;
mod tls;
mod unit_file;
mod updates;
mod values;
mod webhook;
mod whereabouts;
mod wipe;
mod words;

use std::io::{Read, Write};

use serde_json::Value;
use tungstenite::Message;

use server::{Server, next, read_all, say};

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).expect("a status line")
}

#[test]
fn every_transport_talks_in_the_same_room() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall&name=Ann");
    assert_eq!(next(&mut ann, "welcome")[1]["you"]["name"], "Ann");
    let mut events = server.stream();
    write!(events, "GET /rooms/hall/events HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let mut streamed = String::new();
    read_until(&mut events, &mut streamed, "welcome");
    let post = "POST /rooms/hall/messages?name=Bo HTTP/1.1\nhost: box\nconnection: close\ncontent-length: 15\n\n{\"text\":\"héj\"}";
    let answer = body(&server.ask(post));
    assert_eq!((&answer["ok"], &answer["seq"]), (&Value::from(true), &Value::from(1)));
    let heard = next(&mut ann, "chat");
    assert_eq!(
        (&heard[1], &heard[2]["from"]["name"]),
        (&Value::from("héj"), &Value::from("Bo"))
    );

    say(&mut ann, r#"[5,"chat","hi"]"#);
    let ack = next(&mut ann, "ack");
    assert_eq!((&ack[1], &ack[2]["seq"]), (&Value::from(5), &Value::from(2)));
    let epoch = answer_epoch(&server);
    let polled = body(&server.get(&format!("/rooms/hall/messages?since={epoch}:1")));
    assert_eq!(polled["events"][0][1], "hi");
    assert_eq!(polled["next"], format!("{epoch}:2"));

    read_until(&mut events, &mut streamed, "\"hi\"");
    assert!(streamed.contains(&format!("id: {epoch}:2\n")), "{streamed}");
}

/// Reads a stream until `what` is in it. A stream gets only entries that are sent after its start.
fn read_until(stream: &mut impl Read, streamed: &mut String, what: &str) {
    let mut buffer = [0; 1024];
    while !streamed.contains(what) {
        let count = stream.read(&mut buffer).expect("the stream goes on");
        assert!(count > 0, "the stream ended: {streamed}");
        streamed.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
}

fn answer_epoch(server: &Server) -> String {
    let polled = body(&server.get("/rooms/hall/messages"));
    polled["epoch"].as_str().expect("a text").to_owned()
}

#[test]
fn a_member_that_resumes_gets_what_it_missed() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    say(&mut ann, r#"[1,"chat","one"]"#);
    let epoch = next(&mut ann, "chat")[2]["epoch"].as_str().unwrap().to_owned();
    drop(ann);
    let mut bo = server.socket("room=hall");
    say(&mut bo, r#"[1,"chat","two"]"#);
    next(&mut bo, "ack");
    let mut back = server.socket(&format!("room=hall&epoch={epoch}&since=1"));
    assert_eq!(next(&mut back, "chat")[1], "two");
}

#[test]
fn a_message_over_the_limit_is_refused_by_its_header() {
    let server = Server::start(|config| config.limits.message_bytes = 1024);
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    // Only the header of a frame of 2,000 bytes: the server does not wait for the payload.
    ann.get_mut()
        .write_all(&[0x81, 0x80 | 126, 7, 208, 0, 0, 0, 0])
        .unwrap();
    let close = loop {
        match ann.read().expect("a close frame") {
            Message::Close(frame) => break frame.expect("with a code"),
            _ => continue,
        }
    };
    assert_eq!(u16::from(close.code), 1009);
}

#[test]
fn unfinished_requests_time_out() {
    let server = Server::start(|config| {
        config.limits.head_timeout_ms = 1000;
        config.limits.body_timeout_ms = 1000;
        config.limits.unfinished_ms = 1000;
    });
    let mut half_head = server.stream();
    half_head.write_all(b"GET / HTTP/1.1\r\nhost:").unwrap();
    read_all(&mut half_head);

    let half_body = "POST /rooms/hall/messages HTTP/1.1\nhost: box\ncontent-length: 100\n\n{";
    assert!(server.ask(half_body).starts_with("HTTP/1.1 408 "));

    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    ann.get_mut().write_all(&[0x81, 0x85, 0, 0, 0, 0, b'[']).unwrap();
    let close = loop {
        match ann.read().expect("a close frame") {
            Message::Close(frame) => break frame.expect("with a code"),
            _ => continue,
        }
    };
    assert_eq!(u16::from(close.code), 4000);
}

#[test]
fn heads_and_bodies_are_bounded() {
    let server = Server::start(|config| config.limits.message_bytes = 1024);
    let long = format!("GET / HTTP/1.1\nhost: box\ncookie: {}\n\n", "x".repeat(64 * 1024));
    assert!(server.ask(&long).starts_with("HTTP/1.1 431 "));
    let large = format!(
        "POST /rooms/hall/messages HTTP/1.1\nhost: box\nconnection: close\ncontent-length: 2000\n\n{}",
        "x".repeat(2000)
    );
    let answer = server.ask(&large);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(body(&answer)["code"], "too_long");
}

#[test]
fn a_connection_without_a_place_is_refused() {
    let server = Server::start(|config| config.limits.connections = 1);
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    let mut late = server.stream();
    let answer = read_all(&mut late);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let answer = body(&answer);
    assert_eq!(answer["code"], "full");
    assert!(answer["retryAfterMs"].as_u64().is_some_and(|ms| ms > 0));
}

#[test]
fn a_shutdown_delivers_pending_messages_and_the_reason() {
    let mut server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    next(&mut ann, "welcome");
    say(&mut ann, r#"[1,"chat","last words"]"#);
    next(&mut ann, "ack");
    server.stop();
    let closing = next(&mut ann, "closing");
    assert_eq!(
        (&closing[1]["code"], &closing[1]["mayReconnect"]),
        (&Value::from("stopping"), &Value::from(true))
    );
}

/// A namespace is one room: entries of other rooms must not reach it.
#[test]
fn a_namespace_stays_in_its_room() {
    let server = Server::start(|config| config.rooms = vec![chatterbox::room::RoomName::new("hall").unwrap()]);
    let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", server.address);
    let (mut socket, _) = tungstenite::client(url, server.stream()).unwrap();
    let mut until = |prefix: &str, send: &str| {
        if !send.is_empty() {
            socket.send(Message::text(send)).unwrap();
        }
        loop {
            let text = socket
                .read()
                .expect("within the time")
                .into_text()
                .expect("a text")
                .to_string();
            if text.starts_with(prefix) {
                return text;
            }
        }
    };
    until("0{", "");
    until("40/room/hall,{", "40/room/hall,");
    let refused = until("43/room/hall,7", r#"42/room/hall,7["join","ball"]"#);
    assert!(refused.contains("\"bad_request\""), "{refused}");
    until("42/room/hall,[\"chat\"", r#"42/room/hall,["chat","hi"]"#);
}
