//! Ends of connections: every client gets a reason, and Socket.IO clients that may reconnect get no Close frame.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
};

use serde_json::Value;
use tungstenite::{Message, WebSocket};

use crate::{
    body,
    server::{PATIENCE, Server, next, read_all, say},
    status,
};

/// A minimal Socket.IO client that shows each frame and the end of the stream, as mobile libraries see them.
pub struct Raw {
    stream: TcpStream,
    bytes: Vec<u8>,
    /// Received text frames.
    pub texts: Vec<String>,
}

impl Raw {
    /// Connects to these namespaces (`""` is the root), each answered before the next.
    pub fn enter(mut stream: TcpStream, eio: &str, namespaces: &[&str]) -> Self {
        let head = format!(
            "GET /socket.io/?transport=websocket{eio} HTTP/1.1\r\nHost: box\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("an answer");
            answer.push(byte[0]);
        }
        assert!(
            answer.starts_with(b"HTTP/1.1 101"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        let (bytes, texts) = Default::default();
        let mut raw = Self { stream, bytes, texts };
        raw.until("0{");
        for namespace in namespaces {
            raw.send(&format!("40{namespace}"));
            raw.until(&format!("42{namespace}[\"welcome\""));
        }
        raw
    }

    /// Sends a text, with a mask of zeros.
    pub fn send(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("a short one") | 0x80;
        let frame = [&[0x81, length, 0, 0, 0, 0], text.as_bytes()].concat();
        self.stream.write_all(&frame).expect("it reads");
    }

    /// The next frame: its opcode and payload; `None` at the end of the stream.
    fn frame(&mut self) -> Option<(u8, String)> {
        loop {
            let length = match self.bytes.get(1).map(|length| length & 0x7f) {
                Some(126) if self.bytes.len() >= 4 => {
                    Some((4, usize::from(self.bytes[2]) << 8 | usize::from(self.bytes[3])))
                }
                Some(length @ 0..126) => Some((2, usize::from(length))),
                _ => None,
            };
            if let Some((head, length)) = length
                && self.bytes.len() >= head + length
            {
                let frame: Vec<u8> = self.bytes.drain(..head + length).collect();
                let payload = String::from_utf8_lossy(&frame[head..]).into_owned();
                return Some((frame[0] & 0x0f, payload));
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).expect("no reset, and within the time") {
                0 => return None,
                count => self.bytes.extend(&buffer[..count]),
            }
        }
    }

    /// Reads until a text begins with `begin`.
    pub fn until(&mut self, begin: &str) -> String {
        loop {
            let (opcode, text) = self
                .frame()
                .unwrap_or_else(|| panic!("the end before {begin}: {:?}", self.texts));
            assert_eq!(opcode, 1, "{text}");
            self.texts.push(text.clone());
            if text.starts_with(begin) {
                return text;
            }
        }
    }

    /// Reads to the end of the stream and asserts that no Close frame comes. Returns the close reasons, with their namespaces.
    pub fn end(mut self) -> Vec<String> {
        let mut shown = Vec::new();
        while let Some((opcode, text)) = self.frame() {
            assert_eq!(opcode, 1, "a frame that is no text: {text:?}");
            assert!(
                !text.starts_with("41"),
                "a client that may come back gets a disconnect packet"
            );
            assert!(shown.is_empty() || text.contains("closing"), "{text} behind the reason");
            if let Some((namespace, rest)) = text.split_once("[\"closing\",") {
                let reason: Value = serde_json::from_str(rest.strip_suffix(']').unwrap()).unwrap();
                assert_eq!(reason["mayReconnect"], true);
                shown.push(format!("{namespace} {}", reason["code"].as_str().unwrap()));
            }
        }
        shown
    }
}

fn close_code(socket: &mut WebSocket<TcpStream>) -> u16 {
    loop {
        if let Message::Close(frame) = socket.read().expect("a Close frame") {
            return frame.expect("with a code").code.into();
        }
    }
}

#[test]
fn a_stop_ends_socket_io_without_a_close_frame_and_websockets_with_a_code() {
    let mut server = Server::start(|config| config.rooms = vec![chatterbox::room::RoomName::new("hall").unwrap()]);
    let four = Raw::enter(server.stream(), "&EIO=4", &["", "/room/hall,"]);
    let three = Raw::enter(server.stream(), "&EIO=3", &[""]);
    let opened = Raw::enter(server.stream(), "&EIO=4", &[]);
    let mut plain = server.socket("room=hall");
    next(&mut plain, "welcome");
    server.stop();
    let mut shown = four.end();
    shown.sort();
    assert_eq!(shown, ["42 stopping", "42/room/hall, stopping"]);
    assert_eq!(three.end(), ["42 stopping"]);
    assert_eq!(opened.end(), [""; 0], "a client in no room gets no reason");
    next(&mut plain, "closing");
    assert_eq!(close_code(&mut plain), 1001);
}

#[test]
fn a_client_that_breaks_a_rule_gets_the_reason() {
    let server = Server::start(|config| {
        config.limits.message_bytes = 2000;
        config.limits.text_bytes = 500;
        config.limits.unfinished_ms = 200;
    });
    // The header of a frame of 3,000 bytes, and a frame that never ends.
    let broken: [(&[u8], &str, u16); 2] = [
        (&[0x81, 0x80 | 126, 11, 184, 0, 0, 0, 0], "too_big", 1009),
        (&[0x81, 0x85, 0, 0, 0, 0, b'4'], "unfinished", 4000),
    ];
    for (bytes, reason, code) in broken {
        let mut raw = Raw::enter(server.stream(), "&EIO=4", &[""]);
        raw.stream.write_all(bytes).unwrap();
        assert_eq!(raw.end(), [format!("42 {reason}")]);
        let mut plain = server.socket("room=hall");
        next(&mut plain, "welcome");
        plain.get_mut().write_all(bytes).unwrap();
        assert_eq!(next(&mut plain, "closing")[1]["code"], reason);
        assert_eq!(close_code(&mut plain), code);
    }
    let wrong: [(&[u8], u16); 3] = [
        // Not UTF-8, a reserved opcode, no mask.
        (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x01, b'['], 1002),
    ];
    for (bytes, code) in wrong {
        let mut plain = server.socket("room=hall");
        next(&mut plain, "welcome");
        plain.get_mut().write_all(bytes).unwrap();
        assert_eq!(close_code(&mut plain), code, "{bytes:?}");
    }
}

#[test]
fn a_silent_websocket_is_closed_with_the_reason() {
    let server = Server::start(|config| {
        config.limits.ping_interval_ms = 1000;
        config.limits.ping_timeout_ms = 1000;
    });
    let mut plain = server.socket("room=hall");
    next(&mut plain, "welcome");
    let mut stream = plain.get_mut().try_clone().unwrap();
    // A raw stream answers no pings.
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).unwrap();
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.contains("[\"closing\",{\"code\":\"silent\""), "{heard}");
    assert!(heard.ends_with("nothing was heard from this connection"), "{heard}");
}

#[test]
fn a_server_that_stops_takes_no_new_connection_and_begins_no_session() {
    let mut server = Server::start(|_| {});
    // It does not read, so the server is still stopping when the others connect.
    let slow = Raw::enter(server.stream(), "&EIO=4", &[""]);
    let mut plain = server.socket("room=hall");
    next(&mut plain, "welcome");
    let open = [(); 4].map(|()| server.stream());
    // One served request each, so that the worker has them.
    for mut stream in &open {
        stream.write_all(b"GET /rooms HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
    }
    server.begin_stop();
    next(&mut plain, "closing");
    let refused = TcpStream::connect_timeout(&server.address, PATIENCE);
    assert_eq!(
        refused.map(drop).map_err(|error| error.kind()),
        Err(ErrorKind::ConnectionRefused)
    );
    drop(open);
    assert_eq!(slow.end(), ["42 stopping"]);
    server.stop();
}

/// A client with a connection for each request fetches the reason by a new one; new sessions are refused.
#[test]
fn a_polling_client_fetches_the_reason_from_a_server_that_begins_no_session() {
    let mut server = Server::start(|_| {});
    let path = "/socket.io/?EIO=4&transport=polling";
    let opened = server.get(path);
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
        server.ask(&format!(
            "POST {path}&sid={sid} HTTP/1.1\nhost: box\nconnection: close\ncontent-type: text/plain\ncontent-length: {length}\n\n{packet}"
        ))
    };
    post("40");
    let mut heard = String::new();
    while !heard.contains("\"welcome\"") {
        heard += &server.get(&format!("{path}&sid={sid}"));
    }
    let mut plain = server.socket("room=hall");
    next(&mut plain, "welcome");
    server.begin_stop();
    next(&mut plain, "closing");
    for request in [path, "/rooms/hall/events", "/rooms/hall/messages", "/status"] {
        let answer = server.get(request);
        assert_eq!(
            (status(&answer), &body(&answer)["code"]),
            ("503", &"closing".into()),
            "{request}"
        );
        assert!(answer.contains("connection: close"), "{answer}");
    }
    let mut handshake = server.stream();
    handshake
        .write_all(
            b"GET /ws HTTP/1.1\r\nhost: box\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
              sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .unwrap();
    assert_eq!(status(&read_all(&mut handshake)), "503");
    while !heard.contains("\"closing\",{\"code\":\"stopping\"") {
        let answer = server.get(&format!("{path}&sid={sid}"));
        assert_eq!(status(&answer), "200", "{heard}");
        heard += &answer;
    }
    assert_eq!(
        status(&server.get(&format!("{path}&sid={sid}"))),
        "400",
        "the session is over"
    );
    server.stop();
}

/// The stream is not read, so its queue is full when it is closed.
#[test]
fn a_stream_that_is_read_late_still_ends_with_the_reason() {
    let mut server = Server::start(|config| config.limits.text_bytes = 8000);
    let mut stream = server.stream();
    write!(stream, "GET /rooms/hall/events HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut plain = server.socket("room=hall");
    next(&mut plain, "welcome");
    let text = "x".repeat(7000);
    for number in 0..200 {
        say(&mut plain, &format!("[{number},\"chat\",\"{text}\"]"));
        next(&mut plain, "ack");
    }
    server.begin_stop();
    next(&mut plain, "closing");
    let streamed = read_all(&mut stream);
    assert!(
        streamed.contains("\"closing\",{\"code\":\"stopping\""),
        "{}",
        &streamed[streamed.len() - 500..]
    );
    server.stop();
}
