//! The organizer wipes all rooms: no message is left in memory or on disk.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    admin::post,
    body,
    operator::{Operator, signed},
    server::{Server, next, say},
    stored::Data,
};

const WORDS: &str = "words that no file may contain";

fn wipe() -> Value {
    json!({"do": "wipe"})
}

fn history(server: &Server) -> Value {
    body(&server.get("/rooms/hall/messages"))["events"].clone()
}

/// A member that has sent a message.
fn speaker(server: &Server) -> tungstenite::WebSocket<std::net::TcpStream> {
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, &json!([1, "chat", WORDS]).to_string());
    assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
    ann
}

/// Whether a file of the directory contains the words.
fn found(data: &Data) -> bool {
    let files = fs::read_dir(&data.0).unwrap();
    files
        .flatten()
        .filter_map(|file| fs::read(file.path()).ok())
        .any(|bytes| bytes.windows(WORDS.len()).any(|part| part == WORDS.as_bytes()))
}

#[test]
fn a_wipe_removes_all_messages_also_from_the_disk() {
    let data = Data::new("wipe-order");
    let mut server = data.start();
    let mut ann = speaker(&server);
    assert!(found(&data));
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let counted = organizer.give(&json!({"do": "wipe", "dryRun": true}));
    assert_eq!((&counted["ok"], &counted["messages"]), (&true.into(), &1.into()));
    assert!(
        history(&server).to_string().contains(WORDS),
        "a dry run deletes nothing"
    );

    let answer = organizer.give(&wipe());
    assert_eq!(
        (&answer["ok"], &answer["messages"]),
        (&true.into(), &counted["messages"])
    );
    assert!(!found(&data), "it is answered when it is done");
    assert_eq!(
        next(&mut organizer.socket, "closing")[1]["code"],
        "wiped",
        "behind the answer"
    );
    assert_eq!(next(&mut ann, "closing")[1]["code"], "wiped");
    assert_eq!(history(&server), json!([]));
    server.stop();

    let server = data.start();
    assert_eq!(history(&server), json!([]), "after a restart, too");
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let audit = organizer.give(&json!({"do": "audit"}));
    assert_eq!(audit["orders"].as_array().map(Vec::len), Some(1));
    assert_eq!(audit["orders"][0]["order"], wipe());
}

#[test]
fn a_wipe_over_http_empties_a_server_in_memory() {
    let server = Server::start(|_| {});
    let mut ann = speaker(&server);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let issued = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().unwrap()).unwrap();
    let mut moderator = Operator::new(server.socket("room=hall"), code);
    assert_eq!(moderator.give(&wipe())["code"], "not_allowed");
    let nonce = post(&server, "/admin/nonce", "");
    let command = signed(0, nonce["nonce"].as_str().unwrap(), 1, &wipe()).to_string();
    assert_eq!(post(&server, "/admin", &command)["ok"], true);
    assert_eq!(post(&server, "/admin", &command)["code"], "bad_proof", "once");
    assert_eq!(next(&mut ann, "closing")[1]["code"], "wiped");
    assert_eq!(history(&server), json!([]));
    let mut moderator = Operator::new(server.socket("room=hall"), code);
    let said = moderator.give(&json!({"do": "announce", "room": "hall", "text": "hi"}));
    assert_eq!((&said["ok"], &said["seq"]), (&true.into(), &1.into()), "codes stay");
}

#[test]
fn a_wipe_reports_a_failing_disk() {
    let data = Data::new("wipe-unusable");
    fs::create_dir_all(data.0.join("chatterbox.db")).unwrap();
    let server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, &json!([1, "chat", WORDS]).to_string());
    assert_eq!(next(&mut ann, "ack")[2]["durable"], false);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    assert_eq!(organizer.give(&wipe())["code"], "disk");
    assert!(
        history(&server).to_string().contains(WORDS),
        "a refused command had no effect"
    );
}

#[test]
fn a_wipe_reports_a_disk_that_fails_meanwhile_and_is_retried() {
    let data = Data::new("wipe-failing");
    let server = data.start();
    let mut ann = speaker(&server);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let other = Connection::open(data.0.join("chatterbox.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = organizer.give(&wipe());
    assert_eq!(refused["code"], "disk", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("still on it"));
    assert_eq!(next(&mut ann, "closing")[1]["code"], "wiped");
    assert!(found(&data));
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    let mut ann = server.socket("room=hall&name=Ann");
    while next(&mut ann, "room")[1]["durable"] != true {}
    assert!(!found(&data), "it is removed when the disk works again");
}
