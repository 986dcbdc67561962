//! The word list from end to end: workers match texts, rooms apply their policy.

use serde_json::json;

use crate::{
    operator::{Operator, answer},
    server::Server,
};

/// Makes the hall block `darn`, as one word of the longest list.
fn blocking(server: &Server) -> Operator {
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let letter = |number: usize| char::from(b"abcdefghijklmnopqrstuvwxyz"[number % 26]);
    let word = |number| format!("wörd{}{}{}", letter(number / 676), letter(number / 26), letter(number));
    let mut list: Vec<String> = (0..999).map(word).collect();
    list.push("darn".to_owned());
    assert_eq!(organizer.give(&json!({"do": "words", "list": list}))["ok"], true);
    let set = json!({"do": "settings", "room": "hall", "set": {"words": "block"}});
    assert_eq!(organizer.give(&set)["ok"], true);
    organizer
}

#[test]
fn a_list_is_in_force_once_it_is_acknowledged() {
    let server = Server::start(|_| {});
    let mut ann = server.socket("room=hall&name=Ann");
    let mut organizer = blocking(&server);
    let long = format!("darn{}", " and so on".repeat(200));
    for text in ["darn", "d.a.r.n", &long] {
        assert_eq!(answer(&mut ann, 1, "chat", Some(&json!(text)))["code"], "bad_word");
    }
    assert_eq!(answer(&mut ann, 2, "chat", Some(&json!("fine")))["ok"], true);
    assert_eq!(answer(&mut ann, 3, "rename", Some(&json!("Darn")))["code"], "bad_word");
    for (text, listed) in [("D A R N", true), (&*"fine ".repeat(500), false)] {
        let tried = organizer.give(&json!({"do": "tryWords", "text": text}));
        assert_eq!(tried["listed"], listed, "{tried}");
    }
    assert_eq!(
        organizer.give(&json!({"do": "words", "list": ["…"]}))["code"],
        "bad_request"
    );
    assert_eq!(answer(&mut ann, 4, "chat", Some(&json!("darn")))["code"], "bad_word");
    assert_eq!(organizer.give(&json!({"do": "words", "list": []}))["ok"], true);
    assert_eq!(answer(&mut ann, 5, "chat", Some(&json!(long)))["ok"], true);
}

#[test]
fn moderators_may_not_change_the_list() {
    let server = Server::start(|_| {});
    let mut organizer = blocking(&server);
    let issued = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).unwrap();
    let mut moderator = Operator::new(server.socket("room=hall"), code);
    assert_eq!(
        moderator.give(&json!({"do": "words", "list": ["…"]}))["code"],
        "not_allowed"
    );
}
