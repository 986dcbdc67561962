//! Admission of TCP connections once all ordinary places are taken.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::{
    device::{stream_from, wait_for},
    operator::signed,
    server::{Server, next},
};

/// The answer to a request with `connection: close`.
fn ask(mut stream: TcpStream, head: &str, body: &str) -> String {
    let length = body.len();
    let request =
        format!("{head} HTTP/1.1\r\nhost: box\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer within the time");
    answer
}

fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}

/// Sends an announcement by single requests from an address.
fn announces(server: &Server, host: u8) {
    let nonce = body(&ask(stream_from(server, host), "POST /admin/nonce", ""));
    let nonce = nonce["nonce"].as_str().expect("a nonce");
    let command = json!({"do": "announce", "room": "hall", "text": "hello"});
    let command = signed(0, nonce, 1, &command).to_string();
    let answer = body(&ask(stream_from(server, host), "POST /admin", &command));
    assert_eq!(answer["ok"], true, "{answer}");
}

#[test]
fn a_full_box_serves_the_organizer_and_refuses_others() {
    let server = Server::start(|config| {
        config.limits.connections = 12;
        config.limits.per_address = Some(8);
    });
    let mut guests: Vec<_> = (0..8).map(|_| server.socket("room=hall")).collect();
    announces(&server, 1);
    let others: Vec<_> = (0..4).map(|_| stream_from(&server, 2)).collect();
    for mut other in &others {
        let request = "GET /rooms/hall/events HTTP/1.1\r\nhost: box\r\n\r\n";
        other.write_all(request.as_bytes()).expect("it reads");
        other.read_exact(&mut [0; 12]).expect("an answer within the time");
    }
    for host in [1, 2, 4] {
        announces(&server, host);
        let answer = ask(stream_from(&server, host), "GET /rooms", "");
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert_eq!(body(&answer)["code"], "full");
    }
    next(&mut guests[0], "announce");
}

#[test]
fn silent_connections_are_evicted() {
    let server = Server::start(|config| {
        config.limits.connections = 12;
        config.limits.per_address = Some(8);
    });
    let inside = server.socket("room=hall");
    let silent: Vec<_> = (2..5).flat_map(|host| (0..8).map(move |_| host)).collect();
    let silent: Vec<_> = silent.into_iter().map(|host| stream_from(&server, host)).collect();
    for host in [1, 2, 6] {
        wait_for("they have been silent for long enough", || {
            ask(stream_from(&server, host), "GET /rooms", "").starts_with("HTTP/1.1 200 ")
        });
    }
    drop((inside, silent));
}
