//! HTTPS by a certificate of the organizer's own, from a certificate authority of the test's.

use std::{
    collections::BTreeSet,
    fs,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

use chatterbox::{
    config::Config,
    limits::{CONNECTION_BYTES, CONNECTIONS_SHARE, TLS_BYTES},
};
use rcgen::KeyPair;
use rustls::HandshakeKind;
use serde_json::Value;
use tungstenite::{Message, WebSocket};

use super::{body, read_until, status};
use crate::{
    certified::{Certified, NAME, Stream, tcp},
    server::{next, read_all, say},
};

/// The next text that begins with `prefix`.
fn text(socket: &mut WebSocket<Stream>, prefix: &str) -> String {
    loop {
        let text = socket.read().expect("within the time").into_text().expect("a text");
        if text.starts_with(prefix) {
            return text.to_string();
        }
    }
}

#[test]
fn every_technique_talks_over_https_beside_http() {
    let certified = Certified::new();
    let server = certified.serve(|_| {});
    let page = certified.get(&server, "/");
    assert!(status(&page) == "200" && page.contains("<!doctype html>"), "{page}");

    let mut ann = certified.socket(&server, "/ws?room=hall&name=Ann");
    assert_eq!(next(&mut ann, "welcome")[1]["you"]["name"], "Ann");
    let mut events = certified.connect(server.secure.unwrap());
    write!(events, "GET /rooms/hall/events HTTP/1.1\r\nhost: {NAME}\r\n\r\n").unwrap();
    let mut streamed = String::new();
    read_until(&mut events, &mut streamed, "welcome");

    let mut io = certified.socket(&server, "/socket.io/?EIO=4&transport=websocket");
    text(&mut io, "0{");
    io.send(Message::text(r#"40{"name":"Io","room":"hall"}"#)).unwrap();
    text(&mut io, "40{");
    text(&mut io, "42[\"welcome\"");

    // The upgrade of a session that polls comes over a connection of its own.
    let query = "/socket.io/?EIO=4&transport";
    let opened = certified.get(&server, &format!("{query}=polling"));
    let sid = opened
        .split("\"sid\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let post = |packet: &str| {
        let length = packet.len();
        let head = format!("POST {query}=polling&sid={sid} HTTP/1.1\nhost: {NAME}\nconnection: close");
        let answer = certified.ask(&server, &format!("{head}\ncontent-length: {length}\n\n{packet}"));
        assert_eq!(status(&answer), "200", "{answer}");
    };
    post(r#"40{"name":"Po","room":"hall"}"#);
    let polled = certified.get(&server, &format!("{query}=polling&sid={sid}"));
    assert!(polled.contains("40{\"sid\""), "{polled}");
    let mut upgraded = certified.socket(&server, &format!("{query}=websocket&sid={sid}"));
    upgraded.send(Message::text("2probe")).unwrap();
    text(&mut upgraded, "3probe");
    upgraded.send(Message::text("5")).unwrap();

    let polled = body(&certified.get(&server, "/rooms/hall/messages?name=Lo"));
    let next_place = polled["next"].as_str().unwrap().to_owned();
    let (certified, server) = (&certified, &server);
    std::thread::scope(|scope| {
        let path = format!("/rooms/hall/messages?since={next_place}&wait=25&name=Lo");
        let long = scope.spawn(move || body(&certified.get(server, &path)));
        say(&mut ann, r#"[5,"chat","héj"]"#);
        assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
        assert_eq!(long.join().unwrap()["events"][0][1], "héj");
    });
    text(&mut io, "42[\"chat\",\"héj\"");
    text(&mut upgraded, "42[\"chat\",\"héj\"");
    read_until(&mut events, &mut streamed, "héj");

    // Members of both are in one room.
    let mut plain = server.socket("room=hall&name=Bo");
    say(&mut plain, r#"["chat","by http"]"#);
    assert_eq!(next(&mut ann, "chat")[1], "by http");
    text(&mut io, "42[\"chat\",\"by http\"");
}

#[test]
fn a_session_is_resumed_by_its_ticket() {
    let certified = Certified::new();
    let server = certified.serve(|_| {});
    let kind = || {
        let mut stream = certified.connect(server.secure.unwrap());
        write!(
            stream,
            "GET /status HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        assert_eq!(status(&read_all(&mut stream)), "200");
        stream.conn.handshake_kind()
    };
    assert_eq!(kind(), Some(HandshakeKind::Full));
    assert_eq!(kind(), Some(HandshakeKind::Resumed));
}

/// What a slow reader has not got waits in the room's log. It hears how much it has missed, and others do not wait for it.
#[test]
fn a_slow_reader_gets_or_misses_each_message() {
    const MESSAGES: u64 = 1500;
    const AT_ONCE: u64 = 30;
    let certified = Certified::new();
    let server = certified.serve(|config| config.limits.ring_bytes = 128 * 1024);
    let mut slow = certified.socket(&server, "/ws?room=hall&name=Slow");
    next(&mut slow, "welcome");
    let mut ann = certified.socket(&server, "/ws?room=hall&name=Ann");
    next(&mut ann, "welcome");
    let filler = "x".repeat(4000);
    for number in 1..=MESSAGES {
        say(&mut ann, &format!(r#"["chat","{number} {filler}"]"#));
        if number % AT_ONCE == 0 {
            while next(&mut ann, "chat")[2]["seq"] != number {}
        }
    }
    let (mut seen, mut missed) = (BTreeSet::new(), 0);
    while seen.len() as u64 + missed < MESSAGES {
        let Message::Text(text) = slow.read().expect("an event within the time") else {
            continue;
        };
        let event: Value = serde_json::from_str(&text).unwrap();
        match event[0].as_str().unwrap() {
            "chat" => assert!(seen.insert(event[2]["seq"].as_u64().unwrap()), "twice"),
            "gap" => missed += event[1]["missed"].as_u64().unwrap(),
            _ => {}
        }
    }
    assert!(missed > 0, "the log is shorter than that");
    assert_eq!(seen.last(), Some(&MESSAGES));
}

/// Half-open TLS handshakes hold slots like other silent connections: later connections still get in, and the handshakes expire.
#[test]
fn a_thousand_half_open_handshakes_pass() {
    let certified = Certified::new();
    let server = certified.serve(|config| {
        config.limits.connections = 1200;
        config.limits.head_timeout_ms = 1000;
    });
    let address = server.secure.unwrap();
    // The beginning of a ClientHello, and nothing.
    let half = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    let mut open: Vec<_> = (0..1000)
        .map(|number| {
            let mut stream = tcp(address);
            if number % 2 == 0 {
                stream.write_all(&half).unwrap();
            }
            stream
        })
        .collect();
    assert_eq!(status(&certified.get(&server, "/status")), "200");
    assert_eq!(status(&server.get("/status")), "200");
    for stream in &mut open {
        match stream.read(&mut [0; 64]) {
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            other => panic!("{other:?}"),
        }
    }
    let mut ann = certified.socket(&server, "/ws?room=hall");
    next(&mut ann, "welcome");
}

#[test]
fn what_is_no_tls_is_dropped_and_costs_nobody_else() {
    let certified = Certified::new();
    let server = certified.serve(|_| {});
    let mut ann = certified.socket(&server, "/ws?room=hall");
    next(&mut ann, "welcome");
    for garbage in [
        &b"GET / HTTP/1.1\r\nhost: box\r\n\r\n"[..],
        b"\x16\x03\x01\xff\xff\x01\xff\xff\xff",
        b"\0",
        &[0xff; 40_000],
    ] {
        let mut stream = tcp(server.secure.unwrap());
        let _ = stream.write_all(garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let answer = read_all(&mut stream);
        assert!(!answer.contains("HTTP/"), "{answer}");
    }
    // Garbage behind the handshake ends the connection.
    let mut bo = certified.socket(&server, "/ws?room=hall");
    next(&mut bo, "welcome");
    bo.get_mut().sock.write_all(&[0x17, 3, 3, 0, 32, 1, 2, 3]).unwrap();
    bo.get_mut().sock.write_all(&[7; 64]).unwrap();
    let ended = std::iter::from_fn(|| Some(bo.read())).find(Result::is_err);
    assert!(ended.is_some());
    // TLS at the other port is no HTTP.
    let mut wrong = certified.connect(server.address);
    let error = wrong.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    say(&mut ann, r#"[1,"chat","still here"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
}

#[test]
fn places_are_counted_over_both_ports_and_the_refusal_is_readable() {
    let certified = Certified::new();
    let server = certified.serve(|config| config.limits.per_address = Some(2));
    let mut ann = certified.socket(&server, "/ws?room=hall");
    next(&mut ann, "welcome");
    let mut bo = server.socket("room=hall");
    next(&mut bo, "welcome");
    let refused = certified.get(&server, "/status");
    assert_eq!(
        (status(&refused), &body(&refused)["code"]),
        ("503", &"full".into()),
        "{refused}"
    );
    let operator = certified.get(&server, "/organizer");
    assert_eq!(status(&operator), "200", "the organizer has a place kept");
    drop(bo);
    // The place is free once the server has seen the end.
    while status(&certified.get(&server, "/status")) != "200" {}
}

/// A connection with TLS costs more of the budget, so fewer of them fit.
#[test]
fn connections_stay_within_the_memory_budget() {
    const MIB: usize = 16;
    let most = (MIB << 20) / CONNECTIONS_SHARE / (CONNECTION_BYTES + TLS_BYTES);
    let certified = Certified::new();
    let server = certified.serve(|config| config.limits.memory_mib = MIB as u64);
    let mut open = Vec::new();
    let refused = loop {
        let mut stream = certified.connect(server.secure.unwrap());
        write!(stream, "GET /status HTTP/1.1\r\nhost: {NAME}\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        if !answer.ends_with(b"200") {
            break String::from_utf8_lossy(&answer).into_owned();
        }
        open.push(stream);
        assert!(open.len() <= most, "all were let in");
    };
    assert_eq!(refused, "HTTP/1.1 503");
    assert!(open.len() > most * 3 / 4, "{} of {most}", open.len());
}

#[test]
fn pages_of_the_certificates_name_may_act_and_others_may_not() {
    let certified = Certified::new();
    let server = certified.serve(|_| {});
    let port = server.secure.unwrap().port();
    let act = |host: &str, origin: &str| {
        let request = format!(
            "POST /rooms/hall/messages?name=Bo HTTP/1.1\nhost: {host}\norigin: {origin}\nconnection: close\ncontent-length: 2\n\nhi"
        );
        status(&certified.ask(&server, &request)).to_owned()
    };
    let own = format!("{NAME}:{port}");
    assert_eq!(act(&own, &format!("https://{own}")), "200");
    assert_eq!(act(NAME, &format!("https://{NAME}")), "200");
    assert_eq!(act(&own, "https://evil.example"), "403");
    assert_eq!(act(&own, &format!("https://{NAME}:1")), "403");
    assert_eq!(act("evil.example", "https://evil.example"), "403", "a foreign name");
}

#[test]
fn codes_and_the_portal_lead_to_the_certificates_name() {
    let certified = Certified::new();
    let server = certified.serve(|config| {
        config.host = Some("box.lan".into());
        config.portal = true;
    });
    let origin = format!("https://{NAME}:{}", server.secure.unwrap().port());
    let plain = |path: &str| server.ask(&format!("GET {path} HTTP/1.1\nhost: box.lan\nconnection: close\n\n"));
    for answer in [plain("/join"), certified.get(&server, "/join")] {
        assert_eq!(body(&answer)["address"], Value::from(origin.as_str()));
    }
    let state = || {
        let answer = certified.get(&server, "/portal/api");
        assert!(
            answer.contains("content-type: application/captive+json\r\n"),
            "{answer}"
        );
        let state = body(&answer);
        assert_eq!(state["user-portal-url"], Value::from(format!("{origin}/")));
        state["captive"].clone()
    };
    assert_eq!(state(), true);
    assert_eq!(status(&plain("/portal/api")), "404", "only over TLS");
    server.ask("POST /portal/continue HTTP/1.1\nhost: box.lan\nconnection: close\ncontent-length: 0\n\n");
    assert_eq!(state(), false);
    let probe = server.ask("GET /generate_204 HTTP/1.1\nhost: other.example\nconnection: close\n\n");
    assert_eq!(status(&probe), "204", "it has tapped on: {probe}");
}

/// HTTP goes on without a certificate that can be served, and no port of HTTPS is open.
#[test]
fn without_a_certificate_nothing_of_tls_runs() {
    assert_eq!(Config::default().tls, None);
    let certified = Certified::new();
    fs::write(
        certified.dir.join("key.pem"),
        KeyPair::generate().unwrap().serialize_pem(),
    )
    .unwrap();
    let server = certified.serve(|config| config.host = Some("box.lan".into()));
    let answer = server.ask("GET /join HTTP/1.1\nhost: box.lan\nconnection: close\n\n");
    assert_eq!(body(&answer)["address"], "http://box.lan");
    let refused = TcpStream::connect(server.secure.unwrap()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

/// As the box's units do it: sockets by `LISTEN_FDS`, files by `LoadCredential=`.
#[test]
fn systemd_passes_the_socket_and_the_certificate() {
    const START: &str =
        "exec 3<&0 4<&1 </dev/null >/dev/null; LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" serve --ephemeral --log warn";
    let certified = Certified::new();
    for name in ["cert.pem", "key.pem"] {
        fs::rename(certified.dir.join(name), certified.dir.join(format!("tls_{name}"))).unwrap();
    }
    let [plain, tls] = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [http, https] = [&plain, &tls].map(|listener| listener.local_addr().unwrap());
    let mut child = Command::new("sh")
        .args(["-c", START, env!("CARGO_BIN_EXE_chatterbox")])
        .env("CREDENTIALS_DIRECTORY", &certified.dir)
        .env("CHATTERBOX_SERVER_TLS_LISTEN", https.port().to_string())
        .stdin(Stdio::from(OwnedFd::from(plain)))
        .stdout(Stdio::from(OwnedFd::from(tls)))
        .spawn()
        .unwrap();
    let request = format!("GET /status HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n");
    let mut secure = certified.connect(https);
    secure.write_all(request.as_bytes()).unwrap();
    assert_eq!(status(&read_all(&mut secure)), "200");
    let mut stream = tcp(http);
    stream
        .write_all(b"GET /status HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n")
        .unwrap();
    assert_eq!(status(&read_all(&mut stream)), "200");
    child.kill().unwrap();
    child.wait().unwrap();
}
