//! Bounds of one device over all its identities and connections; other devices are served beside it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::server::{PATIENCE, Server, next};

/// Bound of one device in these tests.
const SHARE: u32 = 10;

/// A stream from an address of the loopback network.
pub fn stream_from(server: &Server, host: u8) -> TcpStream {
    let source = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.bind(&source.into()).expect("all of 127.0.0.0/8 is this machine");
    socket.connect(&server.address.into()).expect("it listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("a valid time");
    stream.set_nodelay(true).expect("a TCP socket");
    stream
}

/// A keep-alive connection from an address of the loopback network.
struct Http(BufReader<TcpStream>);

impl Http {
    fn from(server: &Server, host: u8) -> Self {
        Self(BufReader::new(stream_from(server, host)))
    }

    /// Status and body of a request.
    fn ask(&mut self, head: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{head} HTTP/1.1\r\nhost: box\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes()).expect("it reads");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a line within the time");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            } else if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("the body");
        (status, String::from_utf8(body).expect("text"))
    }

    fn get(&mut self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path}"), "")
    }
}

fn server() -> Server {
    Server::start(|config| {
        config.limits.per_address = Some(SHARE);
        config.limits.connect_timeout_ms = 3000;
    })
}

/// Polls until a condition holds, or fails after [`PATIENCE`].
pub fn wait_for(what: &str, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

const OPEN: &str = "/socket.io/?EIO=4&transport=polling";

#[test]
fn a_thousand_handshakes_over_one_connection_hold_one_devices_share_of_sessions() {
    let server = server();
    let mut attacker = Http::from(&server, 2);
    let opened = (0..1000).filter(|_| attacker.get(OPEN).0 == 200).count();
    // The first handshakes may expire before the last ones arrive.
    assert!((SHARE as usize..500).contains(&opened), "{opened}");
    let (status, body) = Http::from(&server, 3).get(OPEN);
    assert_eq!(status, 200, "a neighbour: {body}");
    wait_for("without a CONNECT a place is free again", || {
        attacker.get(OPEN).0 == 200
    });
}

#[test]
fn polling_sessions_over_one_connection_hold_one_devices_share() {
    let server = Server::start(|config| config.limits.per_address = Some(SHARE));
    let mut attacker = Http::from(&server, 2);
    let mut joined = 0;
    let mut refused = 0;
    for _ in 0..50 {
        let (status, body) = attacker.get(OPEN);
        if status != 200 {
            assert_eq!(status, 503, "{body}");
            refused += 1;
            continue;
        }
        let opened: Value = serde_json::from_str(&body[1..]).expect("JSON behind the packet's kind");
        let sid = opened["sid"].as_str().expect("a text");
        assert_eq!(attacker.ask(&format!("POST {OPEN}&sid={sid}"), "40{}").0, 200);
        joined += 1;
    }
    assert_eq!((joined, refused), (SHARE, 50 - SHARE));
    let mut neighbour = server.socket("room=hall");
    next(&mut neighbour, "welcome");
}

#[test]
fn polling_leases_over_one_connection_hold_one_devices_share() {
    let server = Server::start(|config| config.limits.per_address = Some(SHARE));
    let token = next(&mut server.socket("room=hall"), "welcome")[1]["token"].clone();
    let token = token.as_str().expect("a text");
    let mut attacker = Http::from(&server, 2);
    let (mut served, mut full) = (0, 0);
    for number in 0..50 {
        let (status, body) = attacker.get(&format!("/rooms/r{number}/messages?token={token}"));
        if body.contains("full") {
            assert_eq!(status, 503, "{body}");
            full += 1;
        } else {
            assert_eq!(status, 200, "{body}");
            served += 1;
        }
    }
    assert_eq!((served, full), (SHARE, 50 - SHARE));
    let mut neighbour = Http::from(&server, 3);
    assert_eq!(neighbour.get("/rooms/hall/messages").0, 200);
    let posted = neighbour.ask("POST /rooms/hall/messages", &json!({"text": "hello"}).to_string());
    assert_eq!(posted.0, 200, "{}", posted.1);
}
