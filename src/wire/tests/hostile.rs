//! Escapes that real clients send, and what only hostile ones do. Nothing of it panics or is swallowed.

use super::{chat, good, refused, wrong};
use crate::{
    limits,
    room::{Code, Command},
};

#[test]
fn escapes_mean_what_they_stand_for() {
    assert_eq!(good(r#"["ch\u0061t","caf\u00e9"]"#), chat("café", ""), "in a name, too");
    assert_eq!(
        good(r#"["chat","\ud83d\ude00 \"\\\/\b\f\n\r\t"]"#),
        chat("😀 \"\\/\u{8}\u{c}\n\r\t", "")
    );
    assert_eq!(good(r#" [ "chat" , "hi" ] "#), chat("hi", ""));
    // A first key with an escape: Python writes every é like that.
    assert_eq!(
        good(r#"["chat","hi",{"caf\u00e9":1},2]"#),
        chat("hi", r#"{"caf\u00e9":1},2"#)
    );
    assert_eq!(
        good(r#"["chat","hi",{"\u0069d":"x"}]"#),
        good(r#"["chat","hi",{"id":"x"}]"#)
    );
    assert!(wrong(r#"["chat","hi",{"caf\u00e9":1}]"#).contains("no option `café`"));
    assert_eq!(
        refused("[\"quo\\\"te\\u0007\"]").message.split(',').next().unwrap(),
        r#"there is no event `quo\"te\u{7}`"#
    );
}

#[test]
fn half_of_a_surrogate_pair_is_no_text() {
    for raw in [
        r#"["chat","\ud83d"]"#,
        r#"["chat","\ude00\ud83d"]"#,
        r#"["\ud83d"]"#,
        r#"["chat","hi","\ud83d"]"#,
        r#"["chat","hi",[{"a":"\ud83d"}]]"#,
        r#"["chat","hi",{"\ud83d":1},2]"#,
        r#"["chat","hi",{"\ud83d":1}]"#,
        r#"["chat","hi",{"id":"\ud83d"}]"#,
        r#"["chat","hi",{"to":"\ud83d"}]"#,
        r#"["join","\ud83d"]"#,
        r#"["join","hall",{"epoch":"\ud83d","since":1}]"#,
        r#"["gift","\ud83d",1]"#,
        r#"["react","\ud83d"]"#,
        r#"["dm","00000000000000b0","\ud83d"]"#,
        r#"["chatRoom","\ud83d","hi"]"#,
    ] {
        wrong(raw);
    }
}

#[test]
fn line_breaks_between_tokens_are_not_passed_on() {
    assert_eq!(
        good("[\"chat\",\"hi\",{\"a\" :\r\n\n[1,\n2]},\"b\\n\"]"),
        chat("hi", r#"{"a" :[1,2]},"b\n""#)
    );
}

#[test]
fn numbers_that_others_can_not_read_are_not_passed_on() {
    assert_eq!(good(r#"["chat","hi",1.7e308]"#), chat("hi", "1.7e308"));
    assert_eq!(
        good(r#"["chat","hi",123456789012345678901234567890]"#),
        chat("hi", "123456789012345678901234567890")
    );
    for number in ["1e999", "-1e999", "[1e999]", r#"{"a":{"b":-1e999}}"#] {
        assert!(wrong(&format!(r#"["chat","hi",{number},0]"#)).contains("out of range"));
    }
    for number in ["NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x1"] {
        assert!(wrong(&format!(r#"["chat","hi",{number}]"#)).starts_with("broken JSON at line 1 column "));
    }
}

#[test]
fn prototypes_are_plain_keys() {
    assert!(wrong(r#"["chat","hi",{"__proto__":{"to":"me"}}]"#).contains("no option `__proto__`"));
    assert!(wrong(r#"["join","hall",{"constructor":{}}]"#).contains("no option `constructor`"));
    let passed_on = r#"{"__proto__":{"polluted":true}},1"#;
    assert_eq!(good(&format!(r#"["chat","hi",{passed_on}]"#)), chat("hi", passed_on));
    for name in ["__proto__", "constructor", "toString", "connect", "disconnect"] {
        assert_eq!(refused(&format!(r#"["{name}"]"#)).code, Code::UnknownEvent);
    }
}

#[test]
fn depth_is_bounded_before_it_is_parsed() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!(r#"["chat","hi",{}0{},0]"#, open.repeat(levels), close.repeat(levels))
    };
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deepest = limits::JSON_DEPTH - 1;
        assert!(matches!(good(&nested(open, close, deepest)), Command::Say(_)));
        for levels in [deepest + 1, 100_000] {
            assert!(wrong(&nested(open, close, levels)).contains("nested deeper than 32 levels"));
        }
        assert!(wrong(&open.repeat(100_000)).contains("nested deeper"), "never closed");
    }
    let brackets = "[".repeat(1000) + r#"\"{"#;
    assert_eq!(
        good(&format!(r#"["chat","{brackets}"]"#)),
        chat(&brackets.replace("\\\"", "\""), ""),
        "in a text"
    );
}

#[test]
fn arguments_are_counted() {
    let event = |count: usize| format!(r#"["chat","hi"{}]"#, ",0".repeat(count - 1));
    assert!(matches!(good(&event(limits::EVENT_ARGS)), Command::Say(_)));
    let spread = |count: usize| format!(r#"["chat",["hi"{}]]"#, ",0".repeat(count - 1));
    assert!(matches!(good(&spread(limits::EVENT_ARGS)), Command::Say(_)));
    for count in [
        limits::EVENT_ARGS + 1,
        limits::EVENT_ARGS + 2,
        limits::EVENT_ARGS + 3,
        100_000,
    ] {
        assert_eq!(wrong(&event(count)), "an event has at most 16 arguments");
        assert_eq!(wrong(&spread(count)), "an event has at most 16 arguments");
    }
    let both = format!(r#"["chat",["hi"{}],0,0]"#, ",0".repeat(limits::EVENT_ARGS - 2));
    assert_eq!(wrong(&both), "an event has at most 16 arguments");
    let keys: Vec<_> = (0..100_000).map(|n| format!(r#""k{n}":0"#)).collect();
    assert!(wrong(&format!(r#"["chat","hi",{{{}}}]"#, keys.join(","))).contains("no option `k0`"));
}

#[test]
fn what_is_no_event_is_refused() {
    for raw in [
        "",
        " ",
        "null",
        "7",
        "\"chat\"",
        "{}",
        r#"{"chat":"hi"}"#,
        "[]",
        "[null]",
        "[{}]",
        r#"[["chat","hi"]]"#,
        r#"["chat""hi"]"#,
        r#"["chat","hi""#,
        r#"["chat","hi"]]"#,
        r#"["chat","hi"] x"#,
        r#"["chat","hi",]"#,
        r#"['chat','hi']"#,
        "[\"chat\",\"a\nb\"]",
        "[\"chat\",\"\\x\"]",
        "[\"chat\",\"\\u12\"]",
        "\u{feff}[\"chat\",\"hi\"]",
    ] {
        wrong(raw);
    }
}

#[test]
fn a_clients_own_words_come_back_short_and_harmless() {
    let name = "x".repeat(100_000);
    let message = refused(&format!(r#"["{name}"]"#)).message;
    assert!(message.len() < 300 && message.contains('…'), "{message}");
    assert!(wrong(&format!(r#"["chat","hi",{{"{name}":1}}]"#)).len() < 200);
    let message = refused("[\"\\n\\u0000\\u202e\"]").message;
    assert!(!message.contains(['\n', '\0', '\u{202e}']), "{message:?}");
}
