//! PROTOCOL.md says what the code does: the same names, codes, keys and defaults, and examples that work.

use serde_json::{Value, json};

use super::{
    ann,
    board::{board, poll},
    counted, decode_ws_event, entry, id, room, shared_values,
};
use crate::{
    limits::{self, Limits},
    room::{
        Body, CloseReason, Code, Control, Direct, Epoch, Gap, Hide, Latest, Measure, Pin, Poll, PollTally,
        QuestionTally, Refusal, Reply, RoomInfo, Said, Token, UserId, UserName, Welcome,
    },
    wire::{
        Encoded, Event, Format, ack_bytes, answer_json, decode::event_names, decode_admin_command, decode_post,
        event_bytes,
    },
};

const TEXT: &str = include_str!("../PROTOCOL.md");

/// The rows of the tables in a section that begin with a code word, each with its cells.
fn rows<'a>(text: &'a str, section: &str) -> Vec<Vec<&'a str>> {
    let start = text
        .find(&format!("\n## {section}\n"))
        .unwrap_or_else(|| panic!("no section {section}"));
    let body = &text[start + 4..];
    let body = &body[..body.find("\n## ").unwrap_or(body.len())];
    let lines = body.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

fn bare(cell: &str) -> &str {
    cell.trim_matches('`')
}

/// A value without its contents: what remains are keys, lengths and kinds.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(list) => list.iter().map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!(0),
        Value::Bool(_) => json!(true),
        Value::Null => Value::Null,
    }
}

fn parsed(json: &[u8]) -> Value {
    serde_json::from_slice(json).unwrap_or_else(|error| panic!("{}: {error}", String::from_utf8_lossy(json)))
}

#[test]
fn the_tables_name_the_events_of_the_code() {
    let rows = rows(TEXT, "Client events");
    let names: Vec<_> = rows.iter().map(|row| bare(row[0])).collect();
    assert_eq!(names, event_names().collect::<Vec<_>>());
    for row in rows {
        let [name, _, example, answer] = row[..] else {
            panic!("{row:?}")
        };
        let (ack, command) = decode_ws_event(bare(example));
        assert!(ack.is_some() && command.is_ok(), "{example}: {command:?}");
        let sent = parsed(bare(example).as_bytes());
        assert_eq!(sent[1], bare(name), "{example}");
        if answer.starts_with('`') {
            let given = answer_json(&Ok(reply(bare(name))));
            assert_eq!(
                shape(&parsed(bare(answer).as_bytes())),
                shape(&parsed(&given)),
                "{name}"
            );
        }
    }
}

#[test]
fn the_admin_commands_are_those_of_the_code() {
    let rows = rows(TEXT, "Admin commands");
    assert!(!rows.is_empty());
    for row in rows {
        let [name, by_moderators, example, answer] = row[..] else {
            panic!("{row:?}")
        };
        let command = decode_admin_command(bare(example)).unwrap_or_else(|refusal| panic!("{example}: {refusal:?}"));
        assert_eq!(serde_json::to_value(&command).unwrap()["do"], bare(name), "{example}");
        assert_eq!(command.allowed_for_moderator(), by_moderators == "yes", "{name}");
        if answer.starts_with('`') {
            assert_eq!(parsed(bare(answer).as_bytes())["ok"], true, "{name}");
        }
    }
}

/// One of the answers to an event.
fn reply(event: &str) -> Reply {
    match event {
        "join" | "createRoom" => Reply::Joined {
            room: room("hall"),
            epoch: Epoch(1),
            head: 1,
            since: 1,
            recovered: true,
            missed: 0,
            members: 1,
        },
        "leave" => Reply::Left,
        "chat" | "chatRoom" | "gift" | "ask" => Reply::Sent {
            seq: Some(1),
            id: id("m1"),
            at: 1,
            duplicate: false,
        },
        "dm" => Reply::Delivered {
            id: id("d1"),
            at: 1,
            connections: 1,
        },
        "react" => Reply::Counted,
        "history" => {
            let (entries, more) = (Vec::new(), false);
            Reply::History { entries, more }
        }
        "who" => {
            let people = vec![ann()];
            Reply::Who { people, online: 1 }
        }
        "rename" => {
            let name = UserName::new("Bo").unwrap();
            Reply::Renamed { name }
        }
        "vote" => {
            let choices = vec![0];
            Reply::Voted { poll: 1, choices }
        }
        "board" => Reply::Board(Box::new(board())),
        "upvote" => Reply::Upvoted {
            question: 14,
            upvotes: 2,
        },
        "edit" | "retract" => Reply::Amended { seq: 8, id: id("m1") },
        "seen" => Reply::Done,
        "set" | "get" | "watch" => shared_values::reply(event),
        "nonce" => Reply::Nonce { nonce: "0".into() },
        other => panic!("what is the answer to {other}?"),
    }
}

/// One of each kind of event that the server sends.
fn said() -> Vec<Value> {
    let what = Hide::Entry { seq: 8 };
    let bodies = [
        Body::Said(Said::chat("hello")),
        Body::Said(Said::Gift {
            name: Token::new("rose").unwrap(),
            count: 3,
            to: Some(UserId(0xb0)),
        }),
        Body::Said(Said::Announce { text: "so".into() }),
        Body::Said(Said::Question { text: "so".into() }),
        Body::Control(Control::Answered { question: 14 }),
        Body::Control(Control::Poll {
            poll: Box::new(Poll {
                open: false,
                right: Some(1),
                ..poll()
            }),
        }),
        Body::Control(Control::Pin {
            pin: Some(Pin {
                seq: Some(8),
                text: None,
            }),
        }),
        Body::Control(Control::Settings {
            settings: Box::default(),
        }),
        Body::Control(Control::Hide { what }),
        Body::Hidden { control: false },
        Body::Control(Control::Unhide { what }),
        Body::Control(Control::Edit { seq: 8 }),
        Body::Control(Control::Retract { seq: 8 }),
        Body::Control(Control::Moderated {
            did: Measure::Mute,
            user: UserId(0xb0),
            seconds: Some(60),
        }),
    ];
    let welcome = Welcome {
        you: ann(),
        rooms: vec![RoomInfo {
            name: room("hall"),
            title: None,
            closed: false,
            online: 2,
        }],
        time: 1,
        durable: false,
        burst: Some(10),
    };
    let reactions = [(Token::new("❤️").unwrap(), 3)].into();
    let latest = Latest {
        room: room("hall"),
        online: 2,
        reactions,
        polls: vec![PollTally {
            poll: 1,
            voters: 3,
            votes: Some([2, 1].into()),
        }],
        questions: vec![QuestionTally {
            question: 14,
            upvotes: 2,
        }],
        settings: None,
        durable: false,
    };
    let (hall, m1) = (room("hall"), id("m1"));
    let dropped = Direct::Dropped { room: hall, id: m1 };
    let dm = Direct::Dm {
        from: ann(),
        to: UserId(0xb0),
        text: "psst".into(),
        re: None,
        id: id("d1"),
        at: 1,
    };
    let refused = Direct::Refused(Refusal::retry(Code::RateLimited, "so", 1));
    let events = [
        Event::Welcome {
            welcome: &welcome,
            token: "so",
            limits: &Limits::default(),
        },
        Event::Direct(&dm),
        Event::Direct(&refused),
        Event::Direct(&dropped),
        Event::Direct(&Direct::Seat { within_ms: 1 }),
        Event::Gap {
            room: &latest.room,
            epoch: Epoch(1),
            gap: Gap {
                from: 3,
                to: 9,
                missed: 6,
            },
        },
        Event::Latest(&latest),
        Event::Closing(CloseReason::Stopping),
    ];
    let mut said = vec![
        // The Socket.IO edge writes it: it marks the end of what its library says.
        json!(["transport", {"name": "websocket", "mark": 513}]),
        parsed(&ack_bytes(Format::Json, None, 7, &Ok(Reply::Left))),
    ];
    said.extend(bodies.map(|body| parsed(Encoded::new(entry(body), &counted()).bytes(Format::Json))));
    said.extend(events.map(|event| parsed(&event_bytes(Format::Json, None, &event))));
    let place = Event::Place {
        place: Some((&latest.room, Epoch(1), 8)),
        answered: None,
    };
    said.push(parsed(&event_bytes(Format::JsonOffset, None, &place)));
    said.push(shared_values::event());
    said
}

#[test]
fn the_examples_of_server_events_are_what_the_server_says() {
    let said = said();
    let rows = rows(TEXT, "Server events");
    for row in &rows {
        let example = parsed(bare(row[1]).as_bytes());
        assert_eq!(example[0], bare(row[0]));
        let given = said.iter().find(|event| event[0] == example[0]);
        let given = given.unwrap_or_else(|| panic!("the server never says {}", row[0]));
        assert_eq!(shape(&example), shape(given), "{}", row[0]);
    }
    for event in &said {
        assert!(
            rows.iter().any(|row| event[0] == bare(row[0])),
            "{event} is not in the table"
        );
    }
}

#[test]
fn the_catalogues_are_those_of_the_code() {
    let codes: Vec<_> = rows(TEXT, "Refusals")
        .iter()
        .map(|row| (bare(row[0]), row[1].parse().unwrap()))
        .collect();
    let all: Vec<_> = Code::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
    assert_eq!(codes, all);
    let rows = rows(TEXT, "Closing");
    let reasons: Vec<_> = rows.iter().map(|row| (bare(row[0]), row[1], row[2], row[3])).collect();
    let text = |reason: &CloseReason| (reason.code().to_string(), reason.may_reconnect().to_string());
    let texts: Vec<_> = CloseReason::ALL.iter().map(text).collect();
    let all = CloseReason::ALL.iter().zip(&texts);
    let all: Vec<_> = all
        .map(|(reason, (code, again))| (reason.as_str(), &**code, &**again, reason.message()))
        .collect();
    assert_eq!(reasons, all);
}

#[test]
fn fixed_limits_are_those_of_the_code() {
    for (shown, bound) in [
        (format!("up to {} more", limits::EVENT_ARGS - 1), "EVENT_ARGS"),
        (
            format!("{} and {} characters", limits::ROOM_NAME_CHARS, limits::USER_NAME_CHARS),
            "names",
        ),
        (
            format!("{} characters, no spaces", limits::MSG_ID_CHARS),
            "MSG_ID_CHARS",
        ),
        (format!("{} characters", limits::TOKEN_CHARS), "TOKEN_CHARS"),
        (
            format!("{} and {} |", limits::EVENT_ARGS, limits::JSON_DEPTH),
            "EVENT_ARGS and JSON_DEPTH",
        ),
        (
            format!(
                "{},{:03} at most",
                limits::RING_ENTRIES / 1000,
                limits::RING_ENTRIES % 1000
            ),
            "RING_ENTRIES",
        ),
        (
            format!("newest {} entries", limits::POLL_FIRST_ENTRIES),
            "POLL_FIRST_ENTRIES",
        ),
        (
            format!(
                "{},{:03} events",
                limits::POLL_EVENTS / 1000,
                limits::POLL_EVENTS % 1000
            ),
            "POLL_EVENTS",
        ),
        (format!("{} KiB", limits::POLL_BYTES / 1024), "POLL_BYTES"),
    ] {
        assert!(TEXT.contains(&shown), "{bound}: {shown}");
    }
}

#[test]
fn the_examples_work() {
    let between = |front: &str, end: &str| -> Vec<String> {
        let parts = TEXT.split(front).skip(1);
        parts
            .map(|part| part.split(end).next().unwrap_or_default().to_owned())
            .collect()
    };
    let bodies = between("-d '", "'");
    assert_eq!(bodies.len(), 2);
    for body in bodies {
        let command = decode_post(Some("application/x-www-form-urlencoded"), body.as_bytes());
        assert!(command.is_ok(), "{body}: {command:?}");
    }
    let sent = between("JSON.stringify(", ")");
    assert_eq!(sent.len(), 1);
    for event in sent {
        let (ack, command) = decode_ws_event(&event);
        assert!(ack.is_some() && command.is_ok(), "{event}: {command:?}");
    }
    for block in between("```json\n", "```") {
        parsed(block.as_bytes());
    }
    // Libraries that do not recover by themselves need more lines: they say who and where they were.
    let most = [
        ("js", 10),
        ("sh", 10),
        ("swift", 19),
        ("kotlin", 14),
        ("python", 19),
        ("cpp", 24),
        ("rust", 22),
    ];
    for (language, most) in most {
        let blocks = between(&format!("```{language}\n"), "```");
        assert!(!blocks.is_empty(), "{language}");
        for block in blocks {
            assert!((3..=most).contains(&block.lines().count()), "{block}");
        }
    }
}

#[test]
fn a_table_that_says_something_else_is_noticed() {
    let text = "\n## Refusals\n\n| code | status |\n|---|---|\n| `bad` | 400 |\n\n## Next\n\n| `other` | 1 |\n";
    assert_eq!(rows(text, "Refusals"), [["`bad`", "400"]]);
    assert_ne!(shape(&json!({"a": 1})), shape(&json!({"a": "1"})));
    assert_ne!(shape(&json!({"a": 1})), shape(&json!({"b": 1})));
    assert_eq!(shape(&json!(["x", {"a": 1}])), shape(&json!(["y", {"a": 2}])));
}
