//! People change and take back their own messages, over every transport, and the disk forgets them.

use std::{fs, io::Write};

use chatterbox::limits::Limits;
use serde_json::json;

use crate::{
    body,
    packets::Packets,
    read_until,
    server::{Server, next, say},
    status,
    stored::Data,
};

fn is_on_disk(data: &Data, words: &str) -> bool {
    let files = fs::read_dir(&data.0).unwrap().filter_map(Result::ok);
    let mut files = files.filter_map(|file| fs::read(file.path()).ok());
    files.any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
}

/// With the limits that are shipped.
#[test]
fn a_message_is_changed_and_taken_back_over_every_transport() {
    let data = Data::new("amend");
    let dir = data.0.clone();
    let mut server = Server::start(|config| {
        config.limits = Limits::default();
        config.data = Some(dir);
    });
    let mut bo = server.socket("room=hall&name=Bo");
    let mut ann = server.socket("room=hall&name=Ann");
    let welcome = next(&mut ann, "welcome");
    assert_eq!(welcome[1]["limits"]["editMs"], 900_000);
    let token = welcome[1]["token"].as_str().unwrap().to_owned();
    let mut stream = server.stream();
    write!(stream, "GET /rooms/hall/events HTTP/1.1\r\nhost: box\r\n\r\n").unwrap();
    let mut streamed = String::new();
    read_until(&mut stream, &mut streamed, "welcome");
    say(&mut ann, r#"[1,"chat","the frist words",{"id":"m1"}]"#);
    assert_eq!(next(&mut ann, "ack")[2]["seq"], 1);
    assert!(is_on_disk(&data, "frist"));
    say(&mut ann, r#"[2,"edit","m1","the first words"]"#);
    assert_eq!(next(&mut ann, "ack")[2], json!({"ok": true, "seq": 1, "id": "m1"}));
    assert!(!is_on_disk(&data, "frist"), "it is answered");
    let told = next(&mut bo, "edit");
    assert_eq!(
        (&told[1], &told[2]["from"]["name"]),
        (&json!({"seq": 1}), &json!("Ann"))
    );
    read_until(&mut stream, &mut streamed, "[\"edit\",{\"seq\":1}");
    say(&mut bo, r#"[1,"history",{"before":2,"limit":1}]"#);
    let read = next(&mut bo, "ack")[2]["events"][0].clone();
    assert_eq!(
        (&read[1], &read[2]["id"], &read[2]["edited"]),
        (&json!("the first words"), &json!("m1"), &json!(true))
    );

    let query = format!("token={token}");
    let changed = body(&server.post(&query, "edit", &json!(["m1", "by post", 7])));
    assert_eq!(changed, json!({"ok": true, "seq": 1, "id": "m1"}));
    let polled = body(&server.get("/rooms/hall/messages"));
    assert_eq!(
        (&polled["events"][0][1], &polled["events"][0][2]),
        (&json!("by post"), &json!(7))
    );
    let refused = server.post("name=Eve", "retract", &json!(["m1"]));
    assert_eq!(
        (status(&refused), &body(&refused)["code"]),
        ("404", &json!("unknown_message"))
    );

    let mut socketio = Packets::open(&server);
    socketio.ask(&format!("40{}", json!({"token": token, "room": "hall"})), "40");
    let gone = socketio.ask(r#"421["retract","m1"]"#, "431");
    assert_eq!(gone, r#"[{"ok":true,"seq":1,"id":"m1"}]"#);
    assert!(!is_on_disk(&data, "by post"));
    let hide = next(&mut bo, "hide");
    assert_eq!(
        (&hide[1], &hide[2]["from"]["name"]),
        (&json!({"seq": 1}), &json!("Ann"))
    );
    let again = body(&server.post(&query, "retract", &json!(["m1"])));
    assert_eq!(again, json!({"ok": true, "seq": 1, "id": "m1"}));
    assert_eq!(body(&server.get("/rooms/hall/messages"))["events"][0][0], "hidden");
    server.stop();
    let server = data.start();
    assert_eq!(body(&server.get("/rooms/hall/messages"))["events"][0][0], "hidden");
    for words in ["frist", "first words", "by post"] {
        assert!(!is_on_disk(&data, words), "{words}");
    }
}
