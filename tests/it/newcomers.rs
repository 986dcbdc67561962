//! The first `room` event of a newcomer counts it, even between two regular counts.

use std::io::{Read, Write};

use serde_json::Value;

use crate::{
    body,
    ends::Raw,
    server::{Server, next},
};

fn online(event: &str) -> u64 {
    let (_, room) = event.split_once("[\"room\",").expect("the event");
    let mut values = serde_json::Deserializer::from_str(room).into_iter::<Value>();
    values.next().expect("a value").expect("JSON")["online"]
        .as_u64()
        .expect("a number")
}

#[test]
fn a_newcomers_first_count_includes_it() {
    // Counts are so rare that all members here join between two of them.
    let server = Server::start(|config| config.limits.latest_ms = 700);
    let mut ann = server.socket("room=main&name=Ann");
    assert_eq!(next(&mut ann, "room")[1]["online"], 1);
    let mut bo = server.socket("room=main&name=Bo");
    assert_eq!(next(&mut bo, "room")[1]["online"], 2);

    let mut raw = Raw::enter(server.stream(), "&EIO=4", &[""]);
    assert_eq!(online(&raw.until("42[\"room\"")), 3);

    let path = "/socket.io/?EIO=4&transport=polling";
    let opened = server.get(path);
    let sid = opened.split("\"sid\":\"").nth(1).unwrap().split('"').next().unwrap();
    server.ask(&format!(
        "POST {path}&sid={sid} HTTP/1.1\nhost: box\nconnection: close\ncontent-length: 2\n\n40"
    ));
    let mut heard = String::new();
    while !heard.contains("[\"room\"") {
        heard += &server.get(&format!("{path}&sid={sid}"));
    }
    assert_eq!(online(&heard), 4);

    let mut stream = server.stream();
    write!(stream, "GET /rooms/main/events HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let (mut heard, mut buffer) = (String::new(), [0; 1024]);
    while !heard.contains("[\"room\"") || !heard.ends_with("\n\r\n") {
        let count = stream.read(&mut buffer).unwrap();
        heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert_eq!(online(&heard), 5);

    // A poll whose user is not in the room yet.
    let welcomed = next(&mut server.socket("room=elsewhere"), "welcome");
    let token = welcomed[1]["token"].as_str().unwrap();
    let polled = body(&server.get(&format!("/rooms/main/messages?token={token}")));
    assert_eq!(polled["latest"]["online"], 6, "{polled}");
    // A second connection of a user changes no count, and gets one all the same.
    let mut again = server.socket(&format!("room=main&token={token}"));
    assert_eq!(next(&mut again, "room")[1]["online"], 6);
}
