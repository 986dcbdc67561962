//! Shared values on the wire: what clients send, and the event that brings a member up to date.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{counted, good, room, too_long, wrong};
use crate::{
    limits,
    room::{Command, Reply, SetValue, SharedValue, SharedValues, UNSEEN, UserId, ValueKey, ValuesChange, Writers},
    wire::{Format, ValuesFrames, answer_json},
};

fn key(text: &str) -> ValueKey {
    ValueKey::new(text).unwrap()
}

fn value(json: &str, revision: u64, before: u64) -> Arc<SharedValue> {
    Arc::new(SharedValue {
        value: json.into(),
        revision,
        before,
        owner: UserId(0xb0),
        by: UserId(0x1f),
        write: Writers::Anyone,
    })
}

fn values(revision: u64, all: &[(&str, &str, u64)]) -> Arc<SharedValues> {
    let all = all.iter().map(|(name, json, at)| (key(name), value(json, *at, 1)));
    Arc::new(SharedValues {
        revision,
        values: all.collect(),
        ..SharedValues::none(room("hall"))
    })
}

fn set(raw: &str) -> SetValue {
    match good(raw) {
        Command::Set(set) => *set,
        other => panic!("{raw}: {other:?}"),
    }
}

/// The answer to an event about shared values, as in PROTOCOL.md.
pub(super) fn reply(event: &str) -> Reply {
    match event {
        "set" => Reply::Set {
            key: key("score"),
            revision: 2,
        },
        _ => Reply::Values(values(2, &[("score", "3", 2)])),
    }
}

/// The event about a change of a member that has the broadcast before, as in PROTOCOL.md.
pub(super) fn event() -> Value {
    let (before, now) = (values(1, &[("lamp", "true", 1)]), values(2, &[("score", "3", 2)]));
    let frames = ValuesFrames::new(Arc::new(ValuesChange { before, now }), &counted());
    serde_json::from_slice(frames.bytes(1, Format::Json)).unwrap()
}

#[test]
fn values_are_any_json_and_their_texts_are_known() {
    let whole =
        set(r#"["set","score",{"b":["x","d\u0061rn"],"a":1,"b":["d\u0061rn",null,true]},{"if":7,"write":"owner"}]"#);
    assert_eq!(
        (whole.key, whole.expected, whole.write),
        (key("score"), Some(7), Some(Writers::Owner))
    );
    // What is read later is what was checked: without escapes, and without a key that is there twice.
    assert_eq!(whole.value.as_deref(), Some(r#"{"a":1,"b":["darn",null,true]}"#));
    assert_eq!(&*whole.texts, "a\nb\ndarn");
    for (raw, value) in [
        (r#"["set","a",3]"#, Some("3")),
        (r#"["set",["a","x"]]"#, Some("\"x\"")),
        (r#"["set","a",[1,2]]"#, Some("[1,2]")),
        (r#"["set","a",{}]"#, Some("{}")),
        (r#"["set","a",null]"#, None),
        (r#"["set","a",null,null]"#, None),
        (r#"["set","a",1,null]"#, Some("1")),
        (r#"["set","a",false,{"if":0}]"#, Some("false")),
    ] {
        assert_eq!(set(raw).value.as_deref(), value, "{raw}");
    }
    assert_eq!(good(r#"["get"]"#), Command::Get { key: None });
    assert_eq!(good(r#"["get",null]"#), Command::Get { key: None });
    assert_eq!(good(r#"["get","a.b"]"#), Command::Get { key: Some(key("a.b")) });
    assert_eq!(good(r#"["watch"]"#), Command::Watch);
}

#[test]
fn what_is_no_value_is_refused() {
    for raw in [
        r#"["set"]"#,
        r#"["set","a"]"#,
        r#"["set","a",1,2]"#,
        r#"["set","a/b",1]"#,
        r#"["set","é",1]"#,
        r#"["set","",1]"#,
        r#"["set",{},1]"#,
        r#"["set","a",1,{"if":-1}]"#,
        r#"["set","a",1,{"if":"x"}]"#,
        r#"["set","a",1,{"write":"me"}]"#,
        r#"["set","a",1,{"owner":"me"}]"#,
        r#"["set","a","\ud800"]"#,
        r#"["set","a",1e999]"#,
        r#"["get","a","b"]"#,
        r#"["get",{}]"#,
        r#"["watch","a"]"#,
    ] {
        wrong(raw);
    }
    too_long(&format!(r#"["set","{}",1]"#, "k".repeat(limits::VALUE_KEY_CHARS + 1)));
}

#[test]
fn a_member_gets_what_changed_or_everything() {
    let (before, now) = (
        values(5, &[("lamp", "true", 3), ("score", "1", 5), ("stays", "{}", 2)]),
        values(8, &[("score", "2", 7), ("stays", "{}", 2), ("x", "\"é\"", 6)]),
    );
    let change = Arc::new(ValuesChange { before, now });
    let account = counted();
    let frames = ValuesFrames::new(change, &account);
    let read = |seen| serde_json::from_slice::<Value>(frames.bytes(seen, Format::Json)).unwrap();
    let changed = read(5);
    assert_eq!(changed[0], "state");
    assert_eq!((&changed[1]["revision"], changed[1].get("whole")), (&json!(8), None));
    let shown = &changed[1]["values"];
    assert_eq!(
        (&shown["lamp"], &shown["score"]["value"], &shown["x"]["value"]),
        (&Value::Null, &json!(2), &json!("é"))
    );
    assert!(shown.get("lamp").is_some() && shown.get("stays").is_none(), "{changed}");
    for seen in [UNSEEN, 0, 4, 6, 9] {
        let whole = read(seen);
        assert_eq!(whole[1]["whole"], true, "{seen}");
        let keys: Vec<_> = whole[1]["values"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["score", "stays", "x"], "{seen}");
    }
    // Encoded once for all members, and counted while that is held.
    assert_eq!(
        frames.bytes(5, Format::SocketIo).as_ptr(),
        frames.bytes(5, Format::SocketIoOffset).as_ptr()
    );
    let frame = String::from_utf8_lossy(frames.bytes(0, Format::SocketIoNs)).into_owned();
    assert!(frame.contains("42/room/hall,[\"state\","), "{frame}");
    assert!(account.used() > 0);
    drop(frames);
    assert_eq!(account.used(), 0);
}

#[test]
fn answers_have_the_values_as_json() {
    let answer = answer_json(&Ok(reply("get")));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let value = json!({"value": 3, "revision": 2, "before": 1, "owner": "00000000000000b0", "by": "000000000000001f"});
    assert_eq!(
        answer,
        json!({"ok": true, "room": "hall", "revision": 2, "values": {"score": value}})
    );
}
