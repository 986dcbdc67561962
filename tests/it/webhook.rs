//! Webhooks with real receivers: batches, signatures, retries, gaps, and slow receivers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chatterbox::{
    config::{Config, Secret, Webhook},
    limits,
    room::RoomName,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    body,
    operator::Operator,
    server::{PATIENCE, Server, next, say},
    stored::Data,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The receiver of a webhook.
struct Receiver {
    url: String,
    requests: mpsc::Receiver<Request>,
}

/// A received request that waits for its answer.
struct Request {
    head: Vec<String>,
    text: String,
    stream: TcpStream,
}

impl Receiver {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let url = format!("http://{}/hook?show=1", listener.local_addr().expect("bound"));
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(request) = Request::read(stream.expect("a connection")) else {
                    continue;
                };
                if sender.send(request).is_err() {
                    return;
                }
            }
        });
        Self { url, requests }
    }

    /// Configures a webhook for rooms.
    fn listens(&self, config: &mut Config, rooms: &[&str]) {
        config.webhooks.push(Webhook {
            url: self.url.parse().expect("a url"),
            rooms: rooms.iter().map(|room| RoomName::new(room).expect("a name")).collect(),
            secret: Some(Secret::read(SECRET).expect("a secret")),
        });
    }

    fn next(&self) -> Request {
        self.requests.recv_timeout(PATIENCE).expect("a request within the time")
    }

    /// Accepts batches until `count` events were received or missed. Returns the received ones.
    fn receive(&self, count: u64) -> Vec<Value> {
        let mut events = Vec::new();
        let mut heard = 0;
        while heard < count {
            let request = self.next();
            let batch = request.batch();
            heard += batch["missed"].as_u64().expect("a number");
            let entries = batch["events"].as_array().expect("a list");
            heard += entries.iter().filter(|event| event[0] != "gap").count() as u64;
            events.extend(entries.iter().cloned());
            request.answer("204 No Content");
        }
        assert_eq!(heard, count, "nothing comes twice");
        events
    }
}

impl Request {
    /// None if the sender closed the connection.
    fn read(stream: TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
        let lines = reader.by_ref().lines().map_while(Result::ok);
        let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
        let length = header(&head, "content-length")?.parse().expect("a number");
        let mut text = vec![0; length];
        reader.read_exact(&mut text).ok()?;
        let text = String::from_utf8(text).expect("JSON is UTF-8");
        Some(Self { head, text, stream })
    }

    fn header(&self, name: &str) -> &str {
        header(&self.head, name).unwrap_or_else(|| panic!("no {name}: {:?}", self.head))
    }

    fn batch(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// The first arguments of the events.
    fn said(&self) -> Vec<Value> {
        let batch = self.batch();
        let events = batch["events"].as_array().expect("a list");
        events.iter().map(|event| event[1].clone()).collect()
    }

    fn answer(mut self, status: &str) {
        // The sender may have timed out.
        let _ = write!(self.stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\nok");
    }
}

fn header<'a>(head: &'a [String], name: &str) -> Option<&'a str> {
    let pairs = head.iter().filter_map(|line| line.split_once(": "));
    pairs.into_iter().find(|pair| pair.0 == name).map(|pair| pair.1)
}

fn texts(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event[1].as_str().unwrap_or_default())
        .collect()
}

#[test]
fn batches_are_in_order_signed_and_equal_to_polls() {
    let receiver = Receiver::new();
    let server = Server::start(|config| receiver.listens(config, &["hall", "bar"]));
    let mut ann = server.socket("room=hall&name=Ann");
    for at in 0..20 {
        say(&mut ann, &json!([at, "chat", at.to_string()]).to_string());
    }
    let first = receiver.next();
    assert_eq!(first.head[0], "POST /hook?show=1 HTTP/1.1");
    assert_eq!(first.header("content-type"), "application/json");
    let (id, time) = (first.header("webhook-id").to_owned(), first.header("webhook-timestamp"));
    let mut signed = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(&SECRET[6..]).unwrap()).unwrap();
    signed.update(format!("{id}.{time}.{}", first.text).as_bytes());
    let signature = STANDARD.encode(signed.finalize().into_bytes());
    assert_eq!(first.header("webhook-signature"), format!("v1,{signature}"));
    let batch = first.batch();
    let (epoch, count) = (
        batch["epoch"].as_str().unwrap(),
        batch["events"].as_array().unwrap().len(),
    );
    assert_eq!(id, format!("{epoch}-0-{count}"));
    let polled = body(&server.get(&format!("/rooms/hall/messages?since={epoch}:0")));
    assert_eq!(
        polled["events"].as_array().unwrap()[..count],
        batch["events"].as_array().unwrap()[..]
    );
    let mut said = first.said();
    first.answer("200 OK");
    let rest = receiver.receive(20 - said.len() as u64);
    said.extend(rest.iter().map(|event| event[1].clone()));
    let expected: Vec<_> = (0..20).map(|at| json!(at.to_string())).collect();
    assert_eq!(said, expected);

    let mut bo = server.socket("room=bar");
    say(&mut bo, r#"["chat","psst",{"to":"me"}]"#);
    say(&mut bo, r#"["chat","cheers"]"#);
    assert_eq!(texts(&receiver.receive(1)), ["cheers"]);
}

#[test]
fn a_failed_batch_is_retried_under_its_id_without_hidden_entries() {
    let receiver = Receiver::new();
    let server = Server::start(|config| receiver.listens(config, &["hall"]));
    let mut organizer = Operator::new(server.socket("room=elsewhere"), 0);
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"["chat","a user's secret"]"#);
    let first = receiver.next();
    let id = first.header("webhook-id").to_owned();
    assert_eq!(first.said(), ["a user's secret"]);
    let command = json!({"do": "hide", "room": "hall", "seq": 1});
    assert_eq!(organizer.give(&command)["ok"], true);
    say(&mut ann, r#"[1,"chat","later"]"#);
    next(&mut ann, "ack");
    first.answer("500 Internal Server Error");

    let second = receiver.next();
    assert_eq!(second.header("webhook-id"), id);
    let batch = second.batch();
    assert_eq!(batch["events"].as_array().map(Vec::len), Some(1), "{batch}");
    assert_eq!(batch["events"][0][0], "hidden");
    assert!(!second.text.contains("secret"), "{}", second.text);
    // Closes the connection without an answer.
    drop(second);

    let third = receiver.next();
    assert_eq!(third.header("webhook-id"), id);
    // Redirects are not followed.
    third.answer("302 Found\r\nlocation: /other");
    let fourth = receiver.next();
    assert_eq!(fourth.header("webhook-id"), id);
    assert_eq!(fourth.head[0], "POST /hook?show=1 HTTP/1.1");
    fourth.answer("202 Accepted");
    let rest = receiver.receive(2);
    assert_eq!((&rest[0][0], &rest[1][1]), (&json!("hide"), &json!("later")));
}

#[test]
fn a_slow_receiver_gets_a_gap_and_delays_no_member() {
    const SAID: u64 = 600;
    let receiver = Receiver::new();
    let server = Server::start(|config| {
        config.limits.ring_bytes = 64 * 1024;
        receiver.listens(config, &["hall"]);
    });
    let mut bo = server.socket("room=hall&name=Bo");
    next(&mut bo, "welcome");
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"["chat","0"]"#);
    let slow = receiver.next();
    for at in 1..SAID {
        say(&mut ann, &json!(["chat", at.to_string()]).to_string());
        // A member that reads gets every entry.
        assert_eq!(next(&mut ann, "chat")[2]["seq"], at);
    }
    for at in 0..SAID {
        assert_eq!(next(&mut bo, "chat")[1], at.to_string());
    }
    slow.answer("200 OK");
    // Behind the first, each entry is received or counted as missed.
    let events = receiver.receive(SAID - 1);
    assert_eq!(events[0][0], "gap", "{}", events[0]);
    let (gap, chats) = (&events[0][1], &events[1..]);
    assert_eq!(
        (&gap["from"], &gap["missed"]),
        (&json!(2), &json!(SAID - 1 - chats.len() as u64))
    );
    assert!(!chats.is_empty());
    let first = SAID - chats.len() as u64;
    let expected: Vec<_> = (first..SAID).map(|at| at.to_string()).collect();
    assert_eq!(texts(chats), expected);
}

#[test]
fn a_webhook_gets_the_entries_of_a_closed_room() {
    let receiver = Receiver::new();
    let server = Server::start(|config| receiver.listens(config, &["hall"]));
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    assert_eq!(organizer.give(&json!({"do": "seats", "count": 4}))["ok"], true);
    assert_eq!(body(&server.get("/rooms/hall/messages"))["code"], "seat_needed");
    for command in [
        json!({"do": "settings", "room": "hall", "set": {"hold": true, "locked": true}}),
        json!({"do": "announce", "room": "hall", "text": "for the staff"}),
    ] {
        assert_eq!(organizer.give(&command)["ok"], true);
    }
    let events = receiver.receive(2);
    assert_eq!(
        (&events[0][0], &events[1][1]),
        (&json!("settings"), &json!("for the staff"))
    );
}

#[test]
fn after_a_restart_a_webhook_starts_with_new_entries() {
    let data = Data::new("webhook");
    let start = |receiver: Option<&Receiver>| {
        Server::start(|config| {
            config.data = Some(data.0.clone());
            receiver.inspect(|receiver| receiver.listens(config, &["hall"]));
        })
    };
    let mut server = start(None);
    let mut ann = server.socket("room=hall");
    say(&mut ann, r#"[1,"chat","before"]"#);
    next(&mut ann, "ack");
    server.stop();
    let receiver = Receiver::new();
    let server = start(Some(&receiver));
    let mut ann = server.socket("room=hall");
    say(&mut ann, r#"[1,"chat","after"]"#);
    assert_eq!(texts(&receiver.receive(1)), ["after"]);
}

#[test]
fn a_receiver_that_hangs_does_not_delay_the_shutdown() {
    let receiver = Receiver::new();
    let mut server = Server::start(|config| receiver.listens(config, &["hall"]));
    let mut ann = server.socket("room=hall");
    say(&mut ann, r#"["chat","hello"]"#);
    let hanging = receiver.next();
    let began = Instant::now();
    server.stop();
    // Well before the timeout of the request.
    assert!(began.elapsed() < Duration::from_millis(limits::WEBHOOK_REQUEST_MS));
    assert_eq!(hanging.said(), ["hello"]);
}
