//! The organizer's desk over sockets: settings of walls, people and their access records, removed polls, roles.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    body,
    operator::{Operator, answer, signed},
    server::{PATIENCE, Server, next, say},
    stored::Data,
};

/// The first settings of a room that a wall gets with the counts.
fn settings(server: &Server) -> Value {
    let until = Instant::now() + PATIENCE;
    let mut path = "/rooms/hall/messages".to_owned();
    while Instant::now() < until {
        let heard = body(&server.get(&path));
        let settings = &heard["latest"]["settings"];
        if !settings.is_null() {
            return settings.clone();
        }
        let next = heard["next"].as_str().expect("a room that is there");
        path = format!("/rooms/hall/messages?since={next}&wait=1");
    }
    panic!("no settings within the time")
}

#[test]
fn wall_settings_removed_polls_and_access_records_outlive_a_restart() {
    let data = Data::new("desk");
    let mut server = data.start();
    let mut bo = server.socket("room=hall&name=Bo");
    let welcome = next(&mut bo, "welcome");
    let user = welcome[1]["you"]["id"].as_str().unwrap().to_owned();
    let mut organizer = Operator::new(server.socket("room=hall&name=Olga"), 0);
    let mut give = |command: Value| organizer.give(&command);
    assert_eq!(
        give(json!({"do": "settings", "room": "hall", "set": {"wall": "questions"}}))["ok"],
        true
    );
    assert_eq!(next(&mut bo, "settings")[1]["wall"], "questions");
    let unknown = give(json!({"do": "settings", "room": "hall", "set": {"wall": "disco"}}));
    assert_eq!(unknown["code"], "bad_request");
    let poll = json!({"question": "Tea?", "choices": ["yes", "no"]});
    assert_eq!(give(json!({"do": "poll", "room": "hall", "poll": poll}))["poll"], 1);
    assert_eq!(next(&mut bo, "poll")[1]["removed"], Value::Null);
    say(&mut bo, r#"[1,"vote",1,[0]]"#);
    assert_eq!(next(&mut bo, "ack")[2]["ok"], true);
    assert_eq!(give(json!({"do": "removePoll", "room": "hall", "poll": 1}))["ok"], true);
    assert_eq!(next(&mut bo, "poll")[1]["removed"], true);
    let mute = json!({"do": "mute", "room": "hall", "user": &user, "seconds": 600});
    assert_eq!(give(mute)["ok"], true);
    server.stop();

    let server = data.start();
    assert_eq!(settings(&server)["wall"], "questions");
    let mut organizer = Operator::new(server.socket("room=hall&name=Olga"), 0);
    let mut give = |command: Value| organizer.give(&command);
    let polls = give(json!({"do": "polls", "room": "hall"}));
    assert_eq!(polls, json!({"ok": true, "polls": []}));
    assert_eq!(give(json!({"do": "poll", "room": "hall", "poll": poll}))["poll"], 2);
    let muted = give(json!({"do": "people", "room": "hall", "filter": "muted"}));
    assert_eq!(
        (&muted["count"], &muted["people"][0]["who"]["name"]),
        (&json!(1), &json!("Bo"))
    );
    let record = give(json!({"do": "person", "room": "hall", "user": &user}));
    assert!(record["person"]["mutedMs"].as_u64().unwrap() > 500_000, "{record}");
    assert_eq!(record["orders"][0]["order"]["do"], "mute");
}

#[test]
fn moderators_may_look_up_people_and_guests_may_not() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let code = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(code["code"].as_u64().unwrap()).unwrap();
    let mut moderator = Operator::new(server.socket("room=hall&name=Bo"), code);
    let mut guest = server.socket("room=hall&name=Gus");
    let welcome = next(&mut guest, "welcome");
    let user = welcome[1]["you"]["id"].as_str().unwrap();
    let nonce = answer(&mut guest, 1, "nonce", None);
    for (number, command) in [
        json!({"do": "people", "room": "hall"}),
        json!({"do": "person", "room": "hall", "user": user}),
        json!({"do": "removePoll", "room": "hall", "poll": 1}),
        json!({"do": "settings", "room": "hall", "set": {"wall": "blank"}}),
    ]
    .into_iter()
    .enumerate()
    {
        let number = number as u64 + 2;
        let mut forged = signed(code, nonce["nonce"].as_str().unwrap(), number, &command);
        forged["proof"] = json!("0".repeat(64));
        let refused = answer(&mut guest, number, "admin", Some(&forged));
        assert_eq!(refused["code"], "bad_proof", "{command}");
        let allowed = moderator.give(&command);
        assert_ne!(allowed["code"], "not_allowed", "{command}");
    }
    assert_eq!(settings(&server)["wall"], "blank", "by the moderator");

    // Messages of operators carry their role, private ones too.
    say(&mut moderator.socket, r#"[500,"chat","I help"]"#);
    assert_eq!(next(&mut guest, "chat")[2]["from"]["role"], "moderator");
    say(&mut moderator.socket, &json!([501, "dm", user, "psst"]).to_string());
    assert_eq!(next(&mut guest, "dm")[2]["from"]["role"], "moderator");
    say(&mut guest, r#"[20,"chat","me too"]"#);
    assert_eq!(
        next(&mut moderator.socket, "chat")[2]["from"]["role"],
        "moderator",
        "its own"
    );
    assert_eq!(next(&mut moderator.socket, "chat")[2]["from"]["role"], "guest");
    assert_eq!(organizer.give(&json!({"do": "revoke", "code": code}))["ok"], true);
    say(&mut moderator.socket, r#"[502,"chat","once more"]"#);
    assert_eq!(next(&mut guest, "chat")[2]["from"]["role"], "guest", "its own words");
    assert_eq!(next(&mut guest, "chat")[2]["from"]["role"], "guest");
}
