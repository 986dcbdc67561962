//! A box takes the time from the organizer's phone.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use crate::{
    operator::Operator,
    server::{Server, next, say},
    stored::Data,
};

/// A box without network time.
fn start(data: &Data) -> Server {
    data.start_with(|config| config.box_dir = Some(data.0.join("run/box")))
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

fn time(at: u64) -> Value {
    json!({"do": "time", "at": at})
}

/// The timestamp that the box gives a message.
fn said_at(server: &Server) -> u64 {
    let mut ann = server.socket("room=hall");
    say(&mut ann, r#"[1,"chat","hello"]"#);
    next(&mut ann, "ack")[2]["at"].as_u64().unwrap()
}

#[test]
fn messages_have_the_phones_time_also_after_a_restart() {
    let data = Data::new("time-heard");
    let mut server = start(&data);
    let ahead = now_ms() + 86_400_000;
    assert!(said_at(&server) < ahead);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let issued = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().unwrap()).unwrap();
    let mut moderator = Operator::new(server.socket("room=hall"), code);
    assert_eq!(moderator.give(&time(ahead))["code"], "not_allowed");
    for absurd in [0, 1_000_000_000_000, u64::MAX] {
        assert_eq!(
            organizer.give(&time(absurd)),
            json!({"ok": true, "used": false}),
            "{absurd}"
        );
    }
    assert!(said_at(&server) < ahead);

    assert_eq!(organizer.give(&time(ahead)), json!({"ok": true, "used": true}));
    let shown = said_at(&server);
    assert!((ahead..ahead + 60_000).contains(&shown), "{shown}");
    assert_eq!(organizer.give(&time(ahead - 5000))["used"], false, "never back");
    assert!(said_at(&server) >= shown);
    server.stop();
    assert!(said_at(&start(&data)) >= shown);
}

#[test]
fn a_box_with_network_time_ignores_the_phones() {
    let data = Data::new("time-known");
    let synchronized = data.0.join("run/systemd/timesync");
    fs::create_dir_all(&synchronized).unwrap();
    fs::write(synchronized.join("synchronized"), "").unwrap();
    let server = start(&data);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let ahead = now_ms() + 86_400_000;
    assert_eq!(organizer.give(&time(ahead)), json!({"ok": true, "used": false}));
    assert!(said_at(&server) < ahead);
}
