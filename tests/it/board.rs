//! The board over sockets: polls, questions, pins, announcements and their read counts.

use std::thread;

use serde_json::{Value, json};

use crate::{
    body,
    operator::{Operator, answer},
    packets::Packets,
    server::{Server, next, say},
};

/// Concurrent voters.
const VOTERS: usize = 50;

fn post(server: &Server, query: &str, event: &str, args: &Value) -> Value {
    let content = json!({"event": event, "args": args}).to_string();
    let length = content.len();
    let head =
        format!("POST /rooms/hall/messages?{query} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: {length}");
    body(&server.ask(&format!("{head}\n\n{content}")))
}

fn open_poll(organizer: &mut Operator, change: bool) {
    let poll = json!({"question": "Tea?", "choices": ["yes", "no", "both"], "change": change, "hidden": true});
    let opened = organizer.give(&json!({"do": "poll", "room": "hall", "poll": poll}));
    assert_eq!(opened, json!({"ok": true, "poll": 1}));
}

/// A voter retries without waiting for answers, over dropped and new connections.
fn vote(server: &Server, number: usize) -> usize {
    let choice = number % 3;
    let mut socket = server.socket(&format!("room=hall&name=Voter{number}"));
    let token = next(&mut socket, "welcome")[1]["token"].as_str().unwrap().to_owned();
    say(&mut socket, &json!(["vote", 1, [choice]]).to_string());
    drop(socket);
    let query = format!("token={token}");
    if number.is_multiple_of(2) {
        let again = post(server, &query, "vote", &json!([1, choice]));
        assert_eq!(again, json!({"ok": true, "poll": 1, "choices": [choice]}));
    }
    let mut socket = server.socket(&format!("room=hall&{query}"));
    for ack in 1..=3 {
        let again = answer(&mut socket, ack, "vote", Some(&json!(1)));
        assert_eq!(again["code"], "bad_request", "no choice: {again}");
        say(&mut socket, &json!([10 + ack, "vote", 1, [choice]]).to_string());
        assert_eq!(next(&mut socket, "ack")[2]["ok"], true);
    }
    let other = (choice + 1) % 3;
    say(&mut socket, &json!([20, "vote", 1, [other]]).to_string());
    assert_eq!(next(&mut socket, "ack")[2]["code"], "already_voted");
    choice
}

#[test]
fn fifty_voters_with_retries_and_reconnects_count_once_each() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    open_poll(&mut organizer, false);
    let chosen: Vec<_> = thread::scope(|scope| {
        let server = &server;
        let voters: Vec<_> = (0..VOTERS)
            .map(|number| scope.spawn(move || vote(server, number)))
            .collect();
        voters
            .into_iter()
            .map(|voter| voter.join().expect("it voted"))
            .collect()
    });
    let expected: Vec<_> = (0..3)
        .map(|choice| chosen.iter().filter(|chosen| **chosen == choice).count())
        .collect();
    let hidden = post(&server, "", "board", &json!([]));
    assert_eq!(
        (&hidden["polls"][0]["voters"], &hidden["polls"][0]["votes"]),
        (&json!(VOTERS), &Value::Null)
    );
    let mut late = server.socket("room=hall");
    next(&mut late, "welcome");
    assert_eq!(
        organizer.give(&json!({"do": "closePoll", "room": "hall", "poll": 1}))["ok"],
        true
    );
    let closed = next(&mut late, "poll");
    assert_eq!(
        (&closed[1]["open"], &closed[1]["voters"], &closed[1]["votes"]),
        (&json!(false), &json!(VOTERS), &json!(expected))
    );
}

#[test]
fn a_vote_over_socket_io_is_the_same_vote() {
    let server = Server::start(|config| config.rooms = vec![chatterbox::room::RoomName::new("hall").unwrap()]);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    open_poll(&mut organizer, true);
    let mut first = server.socket("room=hall&name=Ann");
    let token = next(&mut first, "welcome")[1]["token"].as_str().unwrap().to_owned();
    say(&mut first, r#"[1,"vote",1,[0]]"#);
    next(&mut first, "ack");
    for (namespace, choice) in [("", 1), ("/room/hall,", 2)] {
        let mut client = Packets::open(&server);
        let auth = json!({"token": token, "room": "hall"});
        client.ask(&format!("40{namespace}{auth}"), &format!("40{namespace}"));
        let event = json!(["vote", 1, [choice]]);
        let voted = client.ask(&format!("42{namespace}7{event}"), &format!("43{namespace}7"));
        let voted: Value = serde_json::from_str(&voted).unwrap();
        assert_eq!(voted[0]["choices"], json!([choice]));
    }
    let polls = organizer.give(&json!({"do": "polls", "room": "hall"}));
    assert_eq!(
        (&polls["polls"][0]["voters"], &polls["polls"][0]["votes"]),
        (&json!(1), &json!([0, 0, 1]))
    );
}

#[test]
fn questions_pins_and_announcements_reach_the_phones() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let mut ann = server.socket("room=hall&name=Ann");
    let mut bo = server.socket("room=hall&name=Bo");
    next(&mut bo, "welcome");
    say(&mut ann, r#"[1,"ask","When is the break?",{"id":"q1"}]"#);
    let question = next(&mut bo, "question")[2]["seq"].clone();
    let upvoted = answer(&mut bo, 1, "upvote", Some(&question));
    assert_eq!(upvoted["upvotes"], 1);
    let command = json!({"do": "answered", "room": "hall", "question": question});
    assert_eq!(organizer.give(&command)["ok"], true);
    assert_eq!(next(&mut bo, "answered")[1]["question"], question);

    let command = json!({"do": "pin", "room": "hall", "seq": question});
    assert_eq!(organizer.give(&command)["ok"], true);
    assert_eq!(next(&mut bo, "pin")[1], json!({"seq": question}));
    assert_eq!(
        post(&server, "", "board", &json!([]))["pin"]["text"],
        "When is the break?"
    );
    let command = json!({"do": "hide", "room": "hall", "seq": question});
    assert_eq!(organizer.give(&command)["ok"], true);
    assert_eq!(next(&mut bo, "pin")[1], Value::Null);
    let board = post(&server, "", "board", &json!([]));
    assert_eq!((&board["pin"], &board["questions"]), (&Value::Null, &json!([])));

    let sent = organizer.give(&json!({"do": "announce", "text": "The bar is open"}));
    let seq = &next(&mut bo, "announce")[2]["seq"];
    let here = json!({"room": "hall", "seq": seq});
    assert!(sent["sent"].as_array().unwrap().contains(&here), "{sent}");
    assert_eq!(answer(&mut bo, 2, "seen", Some(seq))["ok"], true);
    let reached = organizer.give(&json!({"do": "reached", "room": "hall", "seq": seq}));
    assert_eq!(reached, json!({"ok": true, "reached": 1, "online": 2}));
}

#[test]
fn no_board_command_works_without_proof() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall");
    for command in [
        json!({"do": "poll", "room": "hall", "poll": {"question": "?", "choices": ["a", "b"]}}),
        json!({"do": "pin", "room": "hall", "text": "mine"}),
        json!({"do": "announce", "text": "mine"}),
    ] {
        let command = json!({"by": 0, "nonce": "", "counter": 1, "command": command.to_string(), "proof": ""});
        assert_eq!(answer(&mut ann, 1, "admin", Some(&command))["code"], "bad_proof");
    }
    let board = post(&server, "", "board", &json!([]));
    assert_eq!((&board["polls"], &board["pin"]), (&json!([]), &Value::Null));
}

/// A poll whose position is behind an announcement counts as its receipt.
#[test]
fn a_poll_past_an_announcement_counts_as_receipt() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let mut ann = server.socket("room=elsewhere&name=Ann");
    let token = next(&mut ann, "welcome")[1]["token"].as_str().unwrap().to_owned();
    let poll = |since: &str| body(&server.get(&format!("/rooms/hall/messages?token={token}{since}")));
    poll("");
    let sent = organizer.give(&json!({"do": "announce", "room": "hall", "text": "The bar is open"}));
    let seq = &sent["seq"];
    let mut reached = || organizer.give(&json!({"do": "reached", "room": "hall", "seq": seq}))["reached"].clone();
    let got = poll("");
    assert_eq!(
        got["next"],
        format!("{}:{seq}", got["epoch"].as_str().unwrap()),
        "{got}"
    );
    assert_eq!(reached(), 0, "it was sent, and perhaps lost on its way");
    poll(&format!("&since=ffff:{seq}"));
    assert_eq!(reached(), 0, "of another log");
    poll(&format!("&since={}", got["next"].as_str().unwrap()));
    assert_eq!(reached(), 1);
}
