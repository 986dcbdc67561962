//! Update files over real sockets: an announced file is received whole, any other is refused.

use std::{fs, io::Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    body,
    host_jobs::Dir,
    operator::Operator,
    server::{Server, read_all},
};

/// A server on a simulated box, and its organizer.
struct Box {
    dir: Dir,
    server: Server,
    organizer: Operator,
}

impl Box {
    fn new() -> Self {
        let dir = Dir::new();
        let path = dir.path().to_owned();
        let server = Server::start(move |config| {
            config.box_dir = Some(path.clone());
            config.data = Some(path);
        });
        let organizer = Operator::new(server.socket("room=hall"), 0);
        Self { dir, server, organizer }
    }

    fn announce(&mut self, content: &[u8], restart: bool) -> Value {
        let command = json!({"do": "update", "size": content.len(), "sha256": sha256(content), "restart": restart});
        self.organizer.give(&command)
    }

    fn state(&mut self) -> Value {
        self.organizer.give(&json!({"do": "updating"}))["state"].clone()
    }

    fn put(&self, hash: &str, content: &[u8]) -> Value {
        let mut stream = self.server.stream();
        stream
            .write_all(head(hash, content.len(), "").as_bytes())
            .expect("it reads");
        // The server may not read a refused file to its end.
        let _ = stream.write_all(content);
        body(&read_all(&mut stream))
    }

    /// Update files below the server's data.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join("updates"))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .map(|entry| entry.file_name().into_string().expect("UTF-8"))
            .collect()
    }
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn head(hash: &str, length: usize, more: &str) -> String {
    format!("PUT /updates/{hash} HTTP/1.1\r\nhost: box\r\nconnection: close\r\n{more}content-length: {length}\r\n\r\n")
}

#[test]
fn an_announced_file_is_received_and_waits_to_be_installed() {
    let mut one = Box::new();
    assert_eq!(one.state(), "idle");
    // Larger than all buffers on its way.
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(one.announce(&content, true), json!({"ok": true}));
    assert_eq!(one.put(&sha256(&content), &content), json!({"ok": true}));
    assert_eq!(one.files(), ["restart.update"]);
    assert_eq!(
        fs::read(one.dir.path().join("updates/restart.update")).unwrap(),
        content
    );
    assert_eq!(one.state(), "installing");
    assert_eq!(one.put(&sha256(&content), &content)["code"], "not_allowed", "once");

    fs::remove_file(one.dir.path().join("updates/restart.update")).unwrap();
    fs::write(one.dir.path().join("update"), "refused\nthe update is damaged\n").unwrap();
    let progress = one.organizer.give(&json!({"do": "updating"}));
    assert_eq!(
        progress,
        json!({"ok": true, "state": "refused", "message": "the update is damaged"})
    );

    one.announce(b"abc", false);
    one.put(&sha256(b"abc"), b"abc");
    assert_eq!(one.files(), ["stay.update"], "without a restart");
}

#[test]
fn any_other_file_is_refused() {
    let mut one = Box::new();
    let hash = sha256(b"abc");
    assert_eq!(one.put(&hash, b"abc")["code"], "not_allowed", "without an announcement");
    assert_eq!(one.announce(b"abc", true)["ok"], true);
    assert_eq!(one.put(&sha256(b"abd"), b"abd")["code"], "not_allowed", "another file");
    for (content, code) in [
        (&b"abd"[..], "bad_request"),
        (b"ab", "bad_request"),
        (b"abcd", "too_long"),
    ] {
        assert_eq!(one.put(&hash, content)["code"], code, "{content:?}");
        assert!(one.files().is_empty(), "no partial file is left");
    }
    let foreign = head(&hash, 3, "origin: http://elsewhere.example\r\n");
    let mut stream = one.server.stream();
    stream.write_all(foreign.as_bytes()).expect("it reads");
    assert_eq!(body(&read_all(&mut stream))["code"], "not_allowed", "a foreign page");
    assert_eq!(one.put(&hash, b"abc")["ok"], true, "the announcement is still valid");
}

#[test]
fn one_file_is_received_at_a_time_and_a_lost_phone_frees_the_place() {
    let mut one = Box::new();
    let hash = sha256(b"abc");
    one.announce(b"abc", true);
    let mut first = one.server.stream();
    let head = head(&hash, 3, "expect: 100-continue\r\n");
    first.write_all(head.as_bytes()).expect("it reads");
    // The server sends 100 Continue once it receives the file.
    let mut status = [0; 12];
    std::io::Read::read_exact(&mut first, &mut status).expect("it goes on");
    assert_eq!(&status, b"HTTP/1.1 100");
    assert_eq!(one.state(), "receiving");
    assert_eq!(one.put(&hash, b"abc")["code"], "busy");
    first.shutdown(std::net::Shutdown::Both).expect("it is open");
    // Retries until the server has noticed the end.
    let until = std::time::Instant::now() + crate::server::PATIENCE;
    while one.state() == "receiving" && std::time::Instant::now() < until {}
    assert_eq!(one.put(&hash, b"abc")["ok"], true);
}

#[test]
fn a_new_announcement_replaces_an_unfinished_file() {
    let mut one = Box::new();
    let hash = sha256(b"abc");
    one.announce(b"abc", true);
    let mut slow = one.server.stream();
    slow.write_all(head(&hash, 3, "expect: 100-continue\r\n").as_bytes())
        .expect("it reads");
    let mut status = [0; 12];
    std::io::Read::read_exact(&mut slow, &mut status).expect("it goes on");
    assert_eq!(one.state(), "receiving");
    assert_eq!(one.announce(b"abc", false)["ok"], true, "the same file again");
    assert_eq!(one.put(&hash, b"abc")["ok"], true);
    assert_eq!(one.files(), ["stay.update"]);
    assert!(
        read_all(&mut slow).contains("not_allowed"),
        "the first upload is refused as replaced"
    );
}

#[test]
fn an_eavesdropper_with_the_hash_does_not_block_the_file() {
    let mut one = Box::new();
    let hash = sha256(b"abc");
    one.announce(b"abc", true);
    let mut listener = crate::device::stream_from(&one.server, 2);
    listener.write_all(head(&hash, 3, "").as_bytes()).expect("it reads");
    assert_eq!(body(&read_all(&mut listener))["code"], "not_allowed");
    assert_eq!(one.put(&hash, b"abc")["ok"], true);
}

#[test]
fn an_impossible_announcement_is_refused() {
    let mut one = Box::new();
    let command = |size: u64, sha256: &str| json!({"do": "update", "size": size, "sha256": sha256});
    let hash = sha256(b"");
    assert_eq!(one.organizer.give(&command(1, "xyz"))["code"], "bad_request");
    assert_eq!(one.organizer.give(&command(1, &"g".repeat(64)))["code"], "bad_request");
    let huge = chatterbox::limits::UPDATE_BYTES + 1;
    assert_eq!(one.organizer.give(&command(huge, &hash))["code"], "too_long");
    let issued = one
        .organizer
        .give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).expect("a small one");
    let mut moderator = Operator::new(one.server.socket("room=hall"), code);
    assert_eq!(moderator.give(&command(1, &hash))["code"], "not_allowed");
    assert_eq!(moderator.give(&json!({"do": "updating"}))["code"], "not_allowed");

    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    for command in [command(1, &hash), json!({"do": "updating"})] {
        let refusal = organizer.give(&command);
        assert_eq!(refusal["code"], "not_allowed");
        assert_eq!(refusal["message"], "this is no box that updates itself");
    }
}
