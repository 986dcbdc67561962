//! Rooms that outlive the server: restarts, pages from the disk, roles, and disks that fail.

use std::{fs, path::PathBuf};

use chatterbox::config::Config;
use serde_json::{Value, json};

use crate::{
    body,
    operator::Operator,
    server::{Server, next, say},
};

/// A data directory, removed after the test.
pub struct Data(pub PathBuf);

impl Data {
    /// Makes a directory with the test's name.
    pub fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("chatterbox-it-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).expect("a temporary directory");
        Self(dir)
    }

    /// Starts a server on it.
    pub fn start(&self) -> Server {
        self.start_with(|_| {})
    }

    /// Starts a server on it, with the defaults as changed by `change`.
    pub fn start_with(&self, change: impl FnOnce(&mut Config)) -> Server {
        Server::start(|config| {
            config.data = Some(self.0.clone());
            change(config);
        })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_restart_keeps_rooms_names_and_positions() {
    let data = Data::new("restart");
    let mut server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    let welcome = next(&mut ann, "welcome");
    assert_eq!(welcome[1]["durable"], true);
    let token = welcome[1]["token"].as_str().unwrap();
    say(&mut ann, r#"[1,"chat","one",{"id":"m1"}]"#);
    say(&mut ann, r#"[2,"chat","two"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["seq"], 1);
    let ack = next(&mut ann, "ack");
    assert_eq!(
        (&ack[1], &ack[2]["seq"], &ack[2]["durable"]),
        (&2.into(), &2.into(), &Value::Null)
    );
    let polled = body(&server.get("/rooms/hall/messages"));
    let epoch = polled["epoch"].as_str().unwrap().to_owned();
    server.stop();

    let server = data.start();
    let mut ann = server.socket(&format!("room=hall&epoch={epoch}&since=1&token={token}"));
    assert_eq!(next(&mut ann, "welcome")[1]["you"]["name"], "Ann");
    let chat = next(&mut ann, "chat");
    assert_eq!((&chat[1], &chat[2]["epoch"]), (&"two".into(), &epoch.into()));
    say(&mut ann, r#"[1,"chat","one",{"id":"m1"}]"#);
    let again = next(&mut ann, "ack");
    assert_eq!((&again[2]["seq"], &again[2]["duplicate"]), (&1.into(), &true.into()));
    say(&mut ann, r#"[2,"chat","three"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["seq"], 3);
}

#[test]
fn evicted_entries_come_from_the_disk() {
    let data = Data::new("history");
    let mut server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    for number in 1..=20 {
        say(
            &mut ann,
            &format!(r#"[{number},"chat","{}{number}"]"#, "x".repeat(5000)),
        );
        next(&mut ann, "ack");
    }
    server.stop();
    let server = data.start_with(|config| {
        config.limits.ring_bytes = 64 * 1024;
    });
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"[1,"history",{"limit":15}]"#);
    say(&mut ann, r#"[2,"who"]"#);
    let answer = next(&mut ann, "ack");
    let seqs = |answer: &Value| -> Vec<u64> {
        let events = answer["events"].as_array().unwrap();
        let last = |event: &Value| event.as_array().unwrap().last().unwrap()["seq"].as_u64().unwrap();
        events.iter().map(last).collect()
    };
    assert_eq!(
        (seqs(&answer[2]), &answer[2]["more"]),
        ((6..=20).collect(), &true.into())
    );
    assert_eq!(next(&mut ann, "ack")[1], 2, "answers keep their order");
    let post = r#"{"event":"history","args":[{"before":4}]}"#;
    let length = post.len();
    let answer = body(&server.ask(&format!(
        "POST /rooms/hall/messages HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{post}"
    )));
    assert_eq!((seqs(&answer), &answer["more"]), (vec![1, 2, 3], &false.into()));
}

#[test]
fn an_evicted_message_is_listed_among_the_hidden_at_once() {
    let data = Data::new("hide-old");
    let server = data.start_with(|config| {
        config.limits.ring_bytes = 64 * 1024;
    });
    let mut ann = server.socket("room=hall&name=Ann");
    for number in 1..=20 {
        let text = "x".repeat(5000);
        say(&mut ann, &format!(r#"[{number},"chat","{text}{number}"]"#));
        next(&mut ann, "ack");
    }
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let hide = json!({"do": "hide", "room": "hall", "seq": 1});
    assert_eq!(organizer.give(&hide)["ok"], true);
    let hidden = organizer.give(&json!({"do": "hidden", "room": "hall"}));
    assert_eq!(hidden["items"][0]["number"], 1, "{hidden}");
    let unhide = json!({"do": "unhide", "room": "hall", "seq": 1});
    assert_eq!(organizer.give(&unhide)["ok"], true);
    say(&mut ann, r#"[21,"history",{"before":2,"limit":1}]"#);
    let page = next(&mut ann, "ack");
    assert_eq!(page[2]["events"][0][0], "chat", "{page}");

    // A message that only the disk has can be pinned, as long as it is not hidden.
    let pin = |seq| json!({"do": "pin", "room": "hall", "seq": seq});
    assert_eq!(organizer.give(&pin(2))["ok"], true);
    assert_eq!(next(&mut ann, "pin")[1]["seq"], 2);
    say(&mut ann, r#"[22,"board"]"#);
    let board = next(&mut ann, "ack");
    let text = board[2]["pin"]["text"].as_str().unwrap();
    assert!(text.starts_with('x') && text.ends_with('2'), "{text}");
    assert_eq!(
        organizer.give(&json!({"do": "hide", "room": "hall", "seq": 3}))["ok"],
        true
    );
    assert_eq!(organizer.give(&pin(3))["code"], "bad_request");
    let audit = organizer.give(&json!({"do": "audit"}));
    let pins = audit["orders"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["order"]["do"] == "pin");
    assert_eq!(pins.count(), 1, "{audit}");
}

#[test]
fn a_directory_that_can_not_be_used_leaves_the_rooms_in_memory() {
    let data = Data::new("unusable");
    fs::create_dir_all(data.0.join("chatterbox.db")).unwrap();
    let server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"[1,"chat","one"]"#);
    let ack = next(&mut ann, "ack");
    assert_eq!((&ack[2]["seq"], &ack[2]["durable"]), (&1.into(), &false.into()));
    assert_eq!(body(&server.get("/rooms/hall/messages"))["latest"]["durable"], false);

    // The disk works again.
    fs::remove_dir(data.0.join("chatterbox.db")).unwrap();
    while next(&mut ann, "room")[1]["durable"] != true {}
    say(&mut ann, r#"[2,"chat","two"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["durable"], Value::Null);
}

#[test]
fn a_wipe_empties_rooms_that_are_in_use() {
    let data = Data::new("wipe");
    let server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"[1,"chat","one"]"#);
    next(&mut ann, "ack");
    let wiped = chatterbox::store::wipe(&data.0).expect("the server answers");
    assert_eq!(wiped, chatterbox::store::Wiped::ByTheServer);
    assert_eq!(next(&mut ann, "closing")[1]["code"], "wiped");
    assert_eq!(
        body(&server.get("/rooms/hall/messages"))["events"],
        Value::Array(Vec::new())
    );
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"[1,"chat","anew"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["seq"], 1);
}

#[test]
fn a_late_resume_gets_evicted_entries_from_the_disk() {
    let data = Data::new("late");
    let server = data.start_with(|config| {
        config.limits.ring_bytes = 64 * 1024;
    });
    let mut ann = server.socket("room=hall&name=Ann");
    for number in 1..=250 {
        say(&mut ann, &format!(r#"["chat","{number} {}"]"#, "x".repeat(1000)));
    }
    say(&mut ann, r#"[1,"chat","last"]"#);
    let ack = next(&mut ann, "ack");
    assert_eq!(ack[2]["seq"], 251);
    let epoch = body(&server.get("/rooms/hall/messages"))["epoch"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut late = server.socket(&format!("room=hall&epoch={epoch}&since=3"));
    say(&mut late, r#"[7,"who"]"#);
    for seq in 4..=251 {
        assert_eq!(next(&mut late, "chat")[2]["seq"], seq);
    }
    assert_eq!(
        next(&mut late, "ack")[1],
        7,
        "an answer comes behind what was said before it"
    );

    let mut seen = 3;
    while seen < 251 {
        let polled = body(&server.get(&format!("/rooms/hall/messages?since={epoch}:{seen}")));
        assert_eq!(polled["missed"], 0);
        for event in polled["events"].as_array().unwrap() {
            seen += 1;
            assert_eq!(event[2]["seq"], seen);
        }
    }
}

#[test]
fn roles_are_kept_over_a_restart_on_pages_and_in_exports() {
    let data = Data::new("roles");
    let mut server = data.start();
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let announce = json!({"do": "announce", "room": "hall", "text": "one"});
    assert_eq!(organizer.give(&announce)["ok"], true);
    for (text, badge) in [("two", "moderator"), ("three", "bot"), ("four", "guest")] {
        let mut person = server.socket("room=hall");
        let id = next(&mut person, "welcome")[1]["you"]["id"].clone();
        let command = json!({"do": "badge", "user": id, "badge": badge});
        assert_eq!(organizer.give(&command)["ok"], true);
        say(&mut person, &format!("[1,\"chat\",\"{text}\"]"));
        assert_eq!(next(&mut person, "ack")[2]["ok"], true);
    }
    let before = roles(&server);
    server.stop();
    let expected = [
        ("one", "organizer"),
        ("two", "moderator"),
        ("three", "bot"),
        ("four", "guest"),
    ];
    let expected = expected.map(|(text, role)| (text.to_owned(), role.to_owned()));
    assert_eq!(before, expected);

    // Once from memory, once from the file alone.
    for ring_bytes in [2 << 20, 64 * 1024] {
        let server = data.start_with(|config| {
            config.limits.ring_bytes = ring_bytes;
        });
        let mut ann = server.socket("room=hall&name=Ann");
        if ring_bytes < 2 << 20 {
            for number in 0..20 {
                say(&mut ann, &format!(r#"[{number},"chat","{}"]"#, "x".repeat(5000)));
                next(&mut ann, "ack");
            }
        }
        assert_eq!(roles(&server), expected);
    }
    let mut out = Vec::new();
    let wanted = chatterbox::store::Export {
        room: chatterbox::room::RoomName::new("hall").unwrap(),
        format: chatterbox::store::Format::Jsonl,
        from_ms: 0,
        to_ms: u64::MAX,
        hidden: false,
        event_name: String::new(),
        time_zone: Default::default(),
    };
    chatterbox::store::export(&data.0, &wanted, &mut out).unwrap();
    let lines = String::from_utf8(out).unwrap();
    for (text, role) in &expected {
        let said = |line: &&str| line.contains(&format!("\"text\":\"{text}\""));
        let line = lines.lines().find(said).expect(text);
        assert!(line.contains(&format!("\"role\":\"{role}\"")), "{line}");
    }
}

/// The first texts of the hall with their roles, by way of `history`.
fn roles(server: &Server) -> Vec<(String, String)> {
    let post = r#"{"event":"history","args":[{"before":9}]}"#;
    let length = post.len();
    let answer = body(&server.ask(&format!(
        "POST /rooms/hall/messages HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}\n\n{post}"
    )));
    let events = answer["events"].as_array().expect("a list");
    let said = events
        .iter()
        .filter(|event| event[1].as_str().is_some_and(|text| text.len() < 9));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    said.map(|event| (text(&event[1]), text(&event[2]["from"]["role"])))
        .collect()
}
