//! Events for one connection alone, latest values, and answers, in every format.

use super::{ann, entry, entry_json, id, room};
use crate::{
    limits::Limits,
    room::{
        Body, CloseReason, Code, Direct, Epoch, Gap, Latest, Refusal, Reply, RoomInfo, Said, Token, UserId, UserName,
        Welcome,
    },
    wire::{Event, Format, ack_bytes, answer_json, event_bytes, split_event, text_frame},
};

const ANN: &str = r#"{"id":"000000000000001f","name":"Ann","role":"guest"}"#;

fn check(event: &Event<'_>, json: &str) {
    let hall = room("hall");
    let bytes = |format| event_bytes(format, Some(&hall), event);
    assert_eq!(bytes(Format::Json), json);
    assert_eq!(bytes(Format::WebSocket), text_frame(json.as_bytes()));
    assert_eq!(bytes(Format::SocketIo), text_frame(format!("42{json}").as_bytes()));
    assert_eq!(
        bytes(Format::SocketIoNs),
        text_frame(format!("42/room/hall,{json}").as_bytes())
    );
    let root = event_bytes(Format::SocketIoNs, None, event);
    assert_eq!(root, bytes(Format::SocketIo), "the namespace / has no name");
    assert_eq!(
        bytes(Format::Sse),
        format!("data: {json}\n\n"),
        "no id: no place to go on from"
    );
}

#[test]
fn welcome_has_what_a_client_needs() {
    let rooms = vec![RoomInfo {
        title: None,
        closed: false,
        name: room("hall"),
        online: 2,
    }];
    let welcome = Welcome {
        you: ann(),
        rooms,
        time: 5,
        durable: false,
        burst: None,
    };
    let shown = |limits: &Limits, burst, rates: &str| {
        let event = Event::Welcome {
            welcome: &Welcome {
                burst,
                ..welcome.clone()
            },
            token: "1f.aa",
            limits,
        };
        let json = format!(
            r#"["welcome",{{"you":{ANN},"token":"1f.aa","limits":{{"textBytes":8192,"messageBytes":65536,"roomNameChars":40,"userNameChars":32,"giftCount":99,"editMs":900000,{rates}}},"rooms":[{{"name":"hall","online":2}}],"time":5,"durable":false}}]"#
        );
        check(&event, &json);
    };
    shown(&Limits::default(), Some(10), r#""messageRate":5.0,"messageBurst":10"#);
    let unlimited = Limits {
        rate: false,
        ..Limits::default()
    };
    shown(&unlimited, None, r#""messageRate":null,"messageBurst":null"#);
}

#[test]
fn what_is_for_one_connection_alone() {
    let dm = Direct::Dm {
        from: ann(),
        to: UserId(0xb0),
        text: "psst \"you\"".into(),
        re: None,
        id: id("d1"),
        at: 9,
    };
    check(
        &Event::Direct(&dm),
        &format!(r#"["dm","psst \"you\"",{{"from":{ANN},"to":"00000000000000b0","id":"d1","at":9}}]"#),
    );
    let echo = |more: &str| Direct::Echo {
        room: room("hall"),
        from: ann(),
        said: Said::Chat {
            text: "me".into(),
            more: more.into(),
            re: None,
            edited: false,
        },
        id: id("e1"),
        at: 9,
    };
    let meta = format!(r#"{{"room":"hall","id":"e1","from":{ANN},"at":9}}"#);
    check(&Event::Direct(&echo("")), &format!(r#"["chat","me",{meta}]"#));
    check(
        &Event::Direct(&echo("[1],2")),
        &format!(r#"["chat","me",[1],2,{meta}]"#),
    );
    let refused = Direct::Refused(Refusal::new(Code::TooLong, "cut it"));
    check(
        &Event::Direct(&refused),
        r#"["refused",{"code":"too_long","message":"cut it"}]"#,
    );
    let later = Direct::Refused(Refusal::retry(Code::RateLimited, "slowly", 250));
    check(
        &Event::Direct(&later),
        r#"["refused",{"code":"rate_limited","message":"slowly","retryAfterMs":250}]"#,
    );
}

#[test]
fn a_gap_and_latest_values() {
    let hall = room("hall");
    let gap = Gap {
        from: 3,
        to: 9,
        missed: 6,
    };
    check(
        &Event::Gap {
            room: &hall,
            epoch: Epoch(0xab),
            gap,
        },
        r#"["gap",{"room":"hall","epoch":"ab","from":3,"to":9,"missed":6}]"#,
    );
    let token = |text| Token::new(text).unwrap();
    let reactions = [(token("👍"), 1), (token("❤️"), 3)].into();
    let latest = Latest {
        room: hall,
        online: 4,
        polls: Vec::new(),
        questions: Vec::new(),
        reactions,
        settings: None,
        durable: false,
    };
    check(
        &Event::Latest(&latest),
        r#"["room",{"room":"hall","online":4,"reactions":{"❤️":3,"👍":1},"durable":false}]"#,
    );
}

#[test]
fn every_close_reason_is_told() {
    for &reason in CloseReason::ALL {
        let (code, message, again) = (reason.as_str(), reason.message(), reason.may_reconnect());
        let json = format!(r#"["closing",{{"code":"{code}","reason":"{message}","mayReconnect":{again}}}]"#);
        check(&Event::Closing(reason), &json);
    }
}

/// Checks an answer alone and around it what each format has.
fn answer(answer: &Result<Reply, Refusal>, json: &str) {
    let hall = room("hall");
    let bytes = |format| ack_bytes(format, Some(&hall), 12, answer);
    assert_eq!(answer_json(answer), json);
    assert_eq!(bytes(Format::SocketIo), text_frame(format!("4312[{json}]").as_bytes()));
    assert_eq!(
        bytes(Format::SocketIoNs),
        text_frame(format!("43/room/hall,12[{json}]").as_bytes())
    );
    assert_eq!(
        bytes(Format::WebSocket),
        text_frame(format!(r#"["ack",12,{json}]"#).as_bytes())
    );
    assert_eq!(bytes(Format::Json), format!(r#"["ack",12,{json}]"#));
    assert_eq!(bytes(Format::Sse), format!("data: [\"ack\",12,{json}]\n\n"));
}

#[test]
fn every_answer_has_its_keys() {
    let joined = |recovered, missed| Reply::Joined {
        room: room("hall"),
        epoch: Epoch(0xab),
        head: 9,
        since: 9,
        recovered,
        missed,
        members: 2,
    };
    answer(
        &Ok(joined(true, 0)),
        r#"{"ok":true,"room":"hall","epoch":"ab","head":9,"recovered":true,"missed":0,"members":2}"#,
    );
    answer(
        &Ok(joined(false, 4)),
        r#"{"ok":true,"room":"hall","epoch":"ab","head":9,"recovered":false,"missed":4,"members":2}"#,
    );
    let sent = |seq, duplicate| Reply::Sent {
        seq,
        id: id("m1"),
        at: 5,
        duplicate,
    };
    answer(&Ok(sent(Some(7), false)), r#"{"ok":true,"seq":7,"id":"m1","at":5}"#);
    answer(&Ok(sent(None, false)), r#"{"ok":true,"id":"m1","at":5}"#);
    answer(
        &Ok(sent(Some(7), true)),
        r#"{"ok":true,"seq":7,"id":"m1","at":5,"duplicate":true}"#,
    );
    let delivered = Reply::Delivered {
        id: id("d1"),
        at: 5,
        connections: 3,
    };
    answer(&Ok(delivered), r#"{"ok":true,"id":"d1","at":5,"connections":3}"#);
    answer(&Ok(Reply::Left), r#"{"ok":true}"#);
    answer(&Ok(Reply::Counted), r#"{"ok":true}"#);
    let name = UserName::new("Bo \"博\"").unwrap();
    answer(&Ok(Reply::Renamed { name }), r#"{"ok":true,"name":"Bo \"博\""}"#);
    let who = Reply::Who {
        people: vec![ann()],
        online: 3,
    };
    answer(&Ok(who), &format!(r#"{{"ok":true,"people":[{ANN}],"online":3}}"#));
}

#[test]
fn history_holds_the_events_as_they_were() {
    let said = |text: &str| {
        entry(Body::Said(Said::Chat {
            text: text.into(),
            more: "".into(),
            re: None,
            edited: false,
        }))
    };
    let json = |text: &str| entry_json(&format!(r#""chat","{text}""#));
    let none = Reply::History {
        entries: Vec::new(),
        more: false,
    };
    answer(&Ok(none), r#"{"ok":true,"events":[],"more":false}"#);
    let entries = vec![said("one"), said("two")];
    answer(
        &Ok(Reply::History { entries, more: true }),
        &format!(
            r#"{{"ok":true,"events":[{},{}],"more":true}}"#,
            json("one"),
            json("two")
        ),
    );
}

#[test]
fn every_refusal_is_an_answer() {
    for &code in Code::ALL {
        let json = format!(r#"{{"ok":false,"code":"{}","message":"so"}}"#, code.as_str());
        answer(&Err(Refusal::new(code, "so")), &json);
    }
    answer(
        &Err(Refusal::retry(Code::Busy, "later", 500)),
        r#"{"ok":false,"code":"busy","message":"later","retryAfterMs":500}"#,
    );
}

#[test]
fn an_event_is_taken_apart_for_a_library() {
    let (name, arguments) = split_event(br#"["chat","hi",{"a" : 1.0}]"#).unwrap();
    assert_eq!(name, "chat");
    assert_eq!(
        serde_json::to_string(&arguments).unwrap(),
        r#"["hi",{"a" : 1.0}]"#,
        "untouched"
    );
    let (name, arguments) = split_event(br#"["leave"]"#).unwrap();
    assert_eq!(
        (name, serde_json::to_string(&arguments).unwrap()),
        ("leave", "[]".to_owned())
    );
    for bad in [&b"[]"[..], b"[1]", b"{}", b"", b"[\"a\"", b"[\"\xff\"]"] {
        assert!(split_event(bad).is_none(), "{bad:?}");
    }
}
