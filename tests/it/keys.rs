//! Damaged key files.

use std::fs;

use chatterbox::config::Keys;
use serde_json::json;

use crate::{
    operator::Operator,
    server::{Server, next, say},
    stored::Data,
};

#[test]
fn quarantined_keys_and_messages_are_reported() {
    let data = Data::new("keys");
    for damaged in ["secret", "organizer", "chatterbox.db"] {
        fs::write(data.0.join(damaged), "neither a key nor a database").unwrap();
    }
    Keys::load(Some(&data.0)).expect("new ones are made");
    let server: Server = data.start();
    let mut ann = server.socket("room=hall&name=Ann");
    say(&mut ann, r#"[1,"chat","hello"]"#);
    assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let answer = organizer.give(&json!({"do": "doctor"}));
    let findings = answer["findings"].as_array().expect("findings");
    for name in ["secret.corrupt-1", "organizer.corrupt-1", "chatterbox.db.corrupt-1"] {
        assert!(data.0.join(name).exists(), "{name}");
        let shown = |finding: &&serde_json::Value| finding.as_str().is_some_and(|text| text.contains(name));
        assert_eq!(findings.iter().filter(shown).count(), 1, "{answer}");
    }
}
