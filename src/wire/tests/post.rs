//! Bodies of `POST /rooms/{room}/messages`.

use super::{chat, good, id};
use crate::{
    room::{Audience, Code, Command, Refusal, Said, Say},
    wire::decode_post,
};

const JSON: Option<&str> = Some("application/json");

fn post(content_type: Option<&str>, body: &str) -> Result<Command, Refusal> {
    decode_post(content_type, body.as_bytes())
}

#[test]
fn a_text_is_a_message() {
    for content_type in [Some("text/plain"), Some("Text/Plain; charset=utf-8"), Some(""), None] {
        assert_eq!(post(content_type, "hi there"), Ok(chat("hi there", "")));
    }
    assert_eq!(
        post(Some("text/plain"), r#"{"text":"hi"}"#),
        Ok(chat(r#"{"text":"hi"}"#, "")),
        "said to be a text"
    );
    assert_eq!(post(Some("text/plain"), "é 漢字 😀\n"), Ok(chat("é 漢字 😀\n", "")));
    assert_eq!(post(None, ""), Ok(chat("", "")));
}

#[test]
fn json_is_read_however_it_is_called() {
    for content_type in [
        JSON,
        Some(" application/json ; charset=utf-8"),
        Some("APPLICATION/JSON"),
        Some("application/x-www-form-urlencoded"),
        None,
    ] {
        assert_eq!(
            post(content_type, " {\"text\":\"hi\"}"),
            Ok(chat("hi", "")),
            "{content_type:?}"
        );
    }
    let all = Command::Say(Say {
        id: Some(id("a")),
        audience: Audience::Others,
        ..Say::new(Said::chat("7"))
    });
    assert_eq!(post(JSON, r#"{"to":"others","id":"a","text":7}"#), Ok(all));
    let re = post(JSON, r#"{"text":"hi","re":"m1"}"#);
    assert!(matches!(re, Ok(Command::Say(Say { re: Some(re), .. })) if re == id("m1")));
    assert_eq!(
        post(JSON, r#"{"text":"hi","id":null,"to":null,"event":null,"args":null}"#),
        Ok(chat("hi", ""))
    );
}

#[test]
fn any_event_that_needs_no_connection_can_be_posted() {
    for (body, event) in [
        (
            r#"{"event":"chat","args":["hi",1,{"id":"a"}]}"#,
            r#"["chat","hi",1,{"id":"a"}]"#,
        ),
        (r#"{"args":["rose",2],"event":"gift"}"#, r#"["gift","rose",2]"#),
        (
            r#"{"event":"dm","args":["00000000000000b0","psst"]}"#,
            r#"["dm","00000000000000b0","psst"]"#,
        ),
        (r#"{"event":"react","args":["👍"]}"#, r#"["react","👍"]"#),
        (
            r#"{"event":"history","args":[{"limit":3}]}"#,
            r#"["history",{"limit":3}]"#,
        ),
        (r#"{"event":"who"}"#, r#"["who"]"#),
        (r#"{"event":"who","args":null}"#, r#"["who"]"#),
        (r#"{"event":"ren\u0061me","args":["Bo"]}"#, r#"["rename","Bo"]"#),
    ] {
        assert_eq!(post(JSON, body), Ok(good(event)), "{body}");
    }
    for (event, args) in [("join", r#"["hall"]"#), ("createRoom", r#"["hall"]"#), ("leave", "[]")] {
        let refusal = post(JSON, &format!(r#"{{"event":"{event}","args":{args}}}"#)).unwrap_err();
        assert!(refusal.message.contains("needs a connection"), "{}", refusal.message);
    }
    assert_eq!(post(JSON, r#"{"event":"shout"}"#).unwrap_err().code, Code::UnknownEvent);
}

#[test]
fn other_bodies_are_refused() {
    let deep = "[".repeat(100_000);
    let many = format!(r#"{{"event":"chat","args":["hi"{}]}}"#, ",0".repeat(100_000));
    for (content_type, body) in [
        (JSON, ""),
        (JSON, "hi"),
        (JSON, "[]"),
        (JSON, r#"["chat","hi"]"#),
        (JSON, "{}"),
        (JSON, r#"{"text":null}"#),
        (JSON, r#"{"text":{}}"#),
        (JSON, r#"{"text":"\ud83d"}"#),
        (JSON, r#"{"text":"hi""#),
        (JSON, r#"{"text":"hi"} {}"#),
        (JSON, r#"{"text":"hi","text":"ho"}"#),
        (JSON, r#"{"text":"hi","colour":"red"}"#),
        (JSON, r#"{"text":"hi","__proto__":{}}"#),
        (JSON, r#"{"text":"hi","to":"all"}"#),
        (JSON, r#"{"text":"hi","event":"who"}"#),
        (JSON, r#"{"text":"hi","args":[]}"#),
        (JSON, r#"{"event":"who","id":"a"}"#),
        (JSON, r#"{"event":7.5e999,"args":{}}"#),
        (JSON, r#"{"event":{},"args":[]}"#),
        (JSON, &deep),
        (JSON, &many),
        (Some("application/x-www-form-urlencoded"), "text=hi"),
        (Some("multipart/form-data"), "hi"),
        (Some("application/octet-stream"), "hi"),
    ] {
        let shown = &body[..body.len().min(60)];
        assert_eq!(
            post(content_type, body).map_err(|r| r.code),
            Err(Code::BadRequest),
            "{content_type:?} {shown}"
        );
    }
    for body in [&b"\xff\xfe"[..], b"{\"text\":\"\xff\"}"] {
        assert!(decode_post(None, body).unwrap_err().message.contains("UTF-8"));
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_what_is_said() {
    assert_eq!(post(JSON, "\u{feff}{\"text\":\"hi\"}"), Ok(chat("hi", "")));
    assert_eq!(post(None, "\u{feff} {\"text\":\"hi\"}"), Ok(chat("hi", "")));
    assert_eq!(post(Some("text/plain"), "\u{feff}hi"), Ok(chat("hi", "")));
    assert_eq!(
        post(Some("text/plain"), "hi\u{feff}"),
        Ok(chat("hi\u{feff}", "")),
        "in front only"
    );
    let (ack, command) = crate::wire::decode_ws_event("\u{feff}[7,\"chat\",\"hi\"]");
    assert_eq!((ack, command), (Some(7), Ok(chat("hi", ""))));
    assert_eq!(crate::wire::bytes_without_mark(b"\xef\xbb\xbf{}"), b"{}");
}

/// What `-d '{"text":"hello"}'` becomes in cmd.exe, also with a space in it, and in Windows PowerShell.
#[test]
fn quotes_that_a_shell_of_windows_took_are_asked_for() {
    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
    for body in [
        "'{text:hello}'",
        "'{text:hello",
        "{text:hello}",
        "{ event:gift}",
        "'{}'",
        "\u{feff}'{text:hello}'",
    ] {
        for content_type in [FORM, JSON] {
            let refusal = post(content_type, body).unwrap_err();
            assert_eq!(refusal.code, Code::BadRequest);
            for part in ["quotes", "cmd.exe", r#"-d "{\"text\":\"hello\"}""#] {
                assert!(refusal.message.contains(part), "{body}: {}", refusal.message);
            }
        }
        assert_eq!(post(Some("text/plain"), body).map(drop), Ok(()), "a text is what it is");
    }
    for body in ["{}", "{\"text\":}", "text=hi", "'hello'"] {
        assert!(!post(FORM, body).unwrap_err().message.contains("cmd.exe"), "{body}");
    }
}
