//! Values that programs share in a room, over every transport.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
};

use chatterbox::limits::Limits;
use serde_json::{Value, json};
use tungstenite::WebSocket;

use crate::{
    body,
    packets::Packets,
    read_until,
    server::{Server, next, say},
    status,
    stored::Data,
};

/// Programs that count at once, and how far each counts.
const COUNTERS: usize = 8;
const COUNTS: usize = 12;

fn ask(socket: &mut WebSocket<TcpStream>, event: &Value) -> Value {
    let mut items = vec![json!(1)];
    items.extend(event.as_array().expect("an event").iter().cloned());
    say(socket, &Value::from(items).to_string());
    next(socket, "ack")[2].clone()
}

/// Reads states up to one in which the key has the value; the last one that came.
fn state<S: Read + Write>(socket: &mut WebSocket<S>, key: &str, value: &Value) -> Value {
    loop {
        let state = next(socket, "state")[1].clone();
        if state["values"][key]["value"] == *value {
            return state;
        }
    }
}

/// With the limits that are shipped.
#[test]
fn every_transport_sets_and_watches_the_same_values() {
    let server = Server::start(|config| config.limits = Limits::default());
    let mut ann = server.socket("room=hall&name=Ann");
    let watched = ask(&mut ann, &json!(["watch"]));
    assert_eq!((&watched["revision"], &watched["values"]), (&json!(0), &json!({})));
    let mut bo = server.socket("room=hall&name=Bo&watch=1");
    let whole = next(&mut bo, "state");
    assert_eq!((&whole[1]["whole"], &whole[1]["values"]), (&json!(true), &json!({})));
    let mut stream = server.stream();
    write!(stream, "GET /rooms/hall/events?watch=1 HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let mut streamed = String::new();
    read_until(&mut stream, &mut streamed, "\"state\"");
    let mut socketio = Packets::open(&server);
    socketio.ask(
        &format!("40{}", json!({"room": "hall", "watch": true})),
        "42[\"state\",",
    );

    let answer = body(&server.post("name=Program", "set", &json!(["score", {"home": 1}])));
    assert_eq!(
        (&answer["ok"], &answer["key"]),
        (&json!(true), &json!("score")),
        "{answer}"
    );
    let first = &answer["revision"];
    assert!(
        first.as_u64().is_some_and(|revision| revision > 1_700_000_000_000),
        "{answer}"
    );
    for socket in [&mut ann, &mut bo] {
        let told = state(socket, "score", &json!({"home": 1}));
        assert_eq!(
            (&told["revision"], &told["values"]["score"]["revision"]),
            (first, first)
        );
        assert!(told.get("whole").is_none(), "{told}");
    }
    read_until(&mut stream, &mut streamed, "\"home\":1");
    // The answer comes behind what the room had before it.
    let set = socketio.ask(r#"427["set","lamp",true]"#, "42[\"state\",");
    assert!(set.contains("\"home\":1"), "{set}");
    state(&mut bo, "lamp", &json!(true));
    read_until(&mut stream, &mut streamed, "\"lamp\"");

    let late = ask(&mut server.socket("room=hall"), &json!(["get"]));
    assert_eq!(
        (&late["values"]["lamp"]["value"], &late["values"]["score"]["before"]),
        (&json!(true), &json!(0))
    );
    let one = body(&server.post("", "get", &json!(["lamp"])));
    assert_eq!(
        (&one["values"]["lamp"]["value"], one["values"].get("score")),
        (&json!(true), None)
    );
    let refused = server.post("", "set", &json!(["score", 2, {"if": 1}]));
    assert_eq!((status(&refused), &body(&refused)["code"]), ("409", &json!("conflict")));
    assert_eq!(status(&server.post("", "watch", &json!([]))), "400");
}

#[test]
fn a_poll_waits_for_a_change_of_the_values_that_it_has() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall&name=Ann");
    ask(&mut ann, &json!(["set", "a", 1]));
    let epoch = body(&server.get("/rooms/hall/messages"))["epoch"]
        .as_str()
        .unwrap()
        .to_owned();
    let poll = |more: &str| body(&server.get(&format!("/rooms/hall/messages?since={epoch}:0&{more}")));
    assert_eq!(poll("").get("state"), None, "it does not watch");
    let mut state = poll("watch=1&wait=60")["state"].clone();
    assert_eq!(state["whole"], true, "{state}");
    // Broadcasts of values share their time with the other latest values, so the answer to `set` may come before.
    while state["values"]["a"]["value"] != 1 {
        state = poll(&format!("watch={}&wait=60", state["revision"]))["state"].clone();
    }
    let revision = state["revision"].to_string();
    assert_eq!(poll(&format!("watch={revision}")).get("state"), None, "it has that");
    let woken = thread::scope(|scope| {
        let waiting = scope.spawn(|| poll(&format!("watch={revision}&wait=60")));
        // Whether it waits already or comes later, it hears of this one.
        assert_eq!(ask(&mut ann, &json!(["set", "a", null]))["ok"], true);
        waiting.join().expect("answered")
    });
    let state = &woken["state"];
    assert!(
        state["values"]["a"].is_null() && state["revision"].as_u64() > revision.parse().ok(),
        "{woken}"
    );
    // The same with an identity, and so a lease.
    let mut bo = server.socket("room=other&name=Bo");
    let token = next(&mut bo, "welcome")[1]["token"].as_str().unwrap().to_owned();
    let leased = poll(&format!("token={token}&watch=1&wait=60"));
    assert_eq!(
        (&leased["state"]["whole"], &leased["state"]["values"]),
        (&json!(true), &json!({}))
    );
}

/// Each program reads, adds one and sets under a condition, over a socket or by POST, and now and then sends a change again.
fn count(server: &Server, number: usize) {
    let mut socket = server.socket(&format!("room=hall&name=Counter{number}"));
    let token = next(&mut socket, "welcome")[1]["token"].as_str().unwrap().to_owned();
    let mut counted = 0;
    while counted < COUNTS {
        let read = ask(&mut socket, &json!(["get", "count"]));
        let value = &read["values"]["count"];
        let (old, revision) = (
            value["value"].as_u64().unwrap_or(0),
            value["revision"].as_u64().unwrap_or(0),
        );
        let args = json!(["count", old + 1, {"if": revision}]);
        let event = json!(["set", args[0], args[1], args[2]]);
        let set = match (number + counted) % 3 {
            0 => body(&server.post(&format!("token={token}"), "set", &args)),
            1 => {
                let first = ask(&mut socket, &event);
                let again = ask(&mut socket, &event);
                assert!(again == first || again["code"] == "conflict", "{first}, then {again}");
                first
            }
            _ => ask(&mut socket, &event),
        };
        match set["ok"].as_bool() {
            Some(true) => counted += 1,
            _ => assert_eq!(set["code"], "conflict", "{set}"),
        }
    }
}

#[test]
fn programs_that_count_at_once_lose_no_count() {
    let server = Server::start(|_| {});
    thread::scope(|scope| {
        for number in 0..COUNTERS {
            let server = &server;
            scope.spawn(move || count(server, number));
        }
    });
    let total = ask(&mut server.socket("room=hall"), &json!(["get", "count"]));
    assert_eq!(total["values"]["count"]["value"], COUNTERS * COUNTS);
}

#[test]
fn a_restart_keeps_what_was_acknowledged_and_a_wipe_keeps_nothing() {
    let data = Data::new("values");
    let mut server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    let token = next(&mut ann, "welcome")[1]["token"].as_str().unwrap().to_owned();
    let kept = ask(&mut ann, &json!(["set", "a", "é", {"write": "owner"}]));
    assert_eq!((&kept["ok"], kept.get("durable")), (&json!(true), None));
    ask(&mut ann, &json!(["set", "gone", 1]));
    ask(&mut ann, &json!(["set", "gone", null]));
    server.stop();
    let server = data.start();
    let mut bo = server.socket("room=hall&name=Bo&watch=1");
    let whole = next(&mut bo, "state");
    let values = whole[1]["values"].as_object().unwrap();
    assert_eq!(
        (values.len(), &values["a"]["value"], &values["a"]["revision"]),
        (1, &json!("é"), &kept["revision"])
    );
    assert_eq!(ask(&mut bo, &json!(["set", "a", 2]))["code"], "not_allowed");
    let mut ann = server.socket(&format!("room=hall&token={token}"));
    let more = ask(&mut ann, &json!(["set", "a", 2, {"if": kept["revision"]}]));
    assert!(more["revision"].as_u64() > kept["revision"].as_u64(), "{more}");
    let mut organizer = crate::operator::Operator::new(server.socket("room=hall"), 0);
    assert_eq!(organizer.give(&json!({"do": "wipe"}))["ok"], true);
    let mut late = server.socket("room=hall&watch=1");
    assert_eq!(next(&mut late, "state")[1]["values"], json!({}));
    let read = server.post("", "get", &json!([]));
    assert_eq!(body(&read)["values"], json!({}));
}
