//! What clients write, whatever it is: nothing panics, and what is understood means the same when it is written down again.

use std::sync::Arc;

use chatterbox::{
    limits,
    room::{Body, Command, Entry, Epoch, MsgId, Person, Refusal, Role, RoomName, To, UserId, UserName},
    wire::{Encoded, Format, Hello, decode_event, decode_post, decode_ws_event, resume_text, text_frame},
};
use serde_json::{Value, json, value::RawValue};

/// Media types that a POST may name.
const TYPES: [Option<&str>; 5] = [
    Some("application/json"),
    Some("text/plain; charset=utf-8"),
    Some("application/x-www-form-urlencoded"),
    None,
    Some("image/png"),
];

/// Reads `data` as one of the things that a client writes: the first byte says which.
///
/// # Panics
/// A decoder broke a promise.
pub fn drive(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else {
        return;
    };
    if kind == b'p' {
        let Some((&content, body)) = data.split_first() else {
            return;
        };
        let content = TYPES[usize::from(content) % TYPES.len()];
        return command(decode_post(content, body));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    match kind {
        b'e' => command(decode_event(text)),
        b'w' => {
            let (ack, decoded) = decode_ws_event(text);
            if let (Some(ack), Ok(command)) = (ack, &decoded) {
                let mut items = event(command);
                items.insert(0, ack.to_string());
                let again = decode_ws_event(&array(&items));
                assert_eq!(again, (Some(ack), Ok(command.clone())));
            }
            command(decoded);
        }
        b'h' => {
            let pairs: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
            hello(Hello::from_pairs(&pairs));
        }
        b'a' => {
            if let Ok(auth) = serde_json::from_str(text) {
                hello(Hello::from_auth(&auth));
            }
        }
        _ => {}
    }
}

fn refused(refusal: &Refusal) {
    assert!(!refusal.message.is_empty(), "{refusal:?}");
    // It is sent to the client: no part of the input may blow it up.
    assert!(refusal.message.len() < 1000, "{refusal:?}");
}

fn command(decoded: Result<Command, Refusal>) {
    let command = match decoded {
        Ok(command) => command,
        Err(refusal) => return refused(&refusal),
    };
    let text = array(&event(&command));
    assert_eq!(decode_event(&text), Ok(command.clone()), "{text}");
    let body = match command {
        Command::Chat { text, more, .. } => Body::Chat { text, more },
        Command::Gift { name, count, to, .. } => Body::Gift { name, count, to },
        Command::Ask { text, .. } => Body::Question { text },
        _ => return,
    };
    encoded(body);
}

/// The elements of a command's event array, in JSON, as a tidy client writes them.
fn event(command: &Command) -> Vec<String> {
    let text = |text: &str| Value::from(text).to_string();
    let id = |id: &Option<MsgId>| id.as_ref().map(|id| text(id.as_str()));
    let mut options = Vec::new();
    let mut option = |key: &str, value: Option<String>| options.extend(value.map(|value| format!("\"{key}\":{value}")));
    let (name, mut items) = match command {
        Command::Join { room, resume } => {
            option("epoch", resume.map(|resume| text(&resume.epoch.to_string())));
            option("since", resume.map(|resume| resume.since.to_string()));
            ("join", vec![text(room.as_str())])
        }
        Command::Leave => ("leave", vec![]),
        Command::CreateRoom { room } => ("createRoom", vec![text(room.as_str())]),
        Command::Chat {
            room,
            text: said,
            more,
            id: own,
            to,
        } => {
            let more = format!("[{more}]");
            let more: Vec<&RawValue> = serde_json::from_str(&more).expect("JSON values joined by commas");
            // Without options, a last argument that is an object would be taken for them.
            let object_last = more.last().is_some_and(|last| last.get().starts_with('{'));
            let to = match to {
                To::Room => (object_last && own.is_none()).then_some("room"),
                To::Others => Some("others"),
                To::Me => Some("me"),
            };
            option("id", id(own));
            option("to", to.map(text));
            let name = if room.is_some() { "chatRoom" } else { "chat" };
            let room = room.iter().map(|room| text(room.as_str()));
            let more = more.iter().map(|raw| raw.get().to_owned());
            (name, room.chain([text(said)]).chain(more).collect())
        }
        Command::Dm {
            to,
            text: said,
            id: own,
        } => {
            option("id", id(own));
            ("dm", vec![text(&to.to_string()), text(said)])
        }
        Command::Gift {
            name,
            count,
            to,
            id: own,
        } => {
            option("to", to.map(|to| text(&to.to_string())));
            option("id", id(own));
            ("gift", vec![text(name.as_str()), count.to_string()])
        }
        Command::React { emoji } => ("react", vec![text(emoji.as_str())]),
        Command::History { before, limit } => {
            option("before", before.map(|before| before.to_string()));
            option("limit", limit.map(|limit| limit.to_string()));
            ("history", vec![])
        }
        Command::Who => ("who", vec![]),
        Command::Rename { name } => ("rename", vec![text(name.as_str())]),
        Command::Vote { poll, choices } => ("vote", vec![poll.to_string(), json!(choices).to_string()]),
        Command::Board => ("board", vec![]),
        Command::Ask { text: asked, id: own } => {
            option("id", id(own));
            ("ask", vec![text(asked)])
        }
        Command::Upvote { question } => ("upvote", vec![question.to_string()]),
        Command::Seen { seq } => ("seen", vec![seq.to_string()]),
        Command::Nonce { .. } => ("nonce", vec![]),
        Command::Signed(signed) => {
            option("by", Some(signed.by.0.to_string()));
            option("nonce", Some(text(&signed.nonce)));
            option("counter", Some(signed.counter.to_string()));
            option("command", Some(text(&signed.command)));
            option("proof", Some(text(&signed.proof)));
            ("order", vec![])
        }
    };
    items.insert(0, text(name));
    if !options.is_empty() {
        items.push(format!("{{{}}}", options.join(",")));
    }
    assert!(items.len() <= limits::EVENT_ARGS + 1, "{items:?}");
    items
}

fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn hello(decoded: Result<Hello, Refusal>) {
    let hello = match decoded {
        Ok(hello) => hello,
        Err(refusal) => return refused(&refusal),
    };
    let since = hello.resume.map(|resume| resume_text(resume.epoch, resume.since));
    let pairs = [
        ("token", hello.token.as_deref()),
        ("name", hello.name.as_ref().map(UserName::as_str)),
        ("room", hello.room.as_ref().map(RoomName::as_str)),
        ("since", since.as_deref()),
        ("seat", hello.seat.as_deref()),
    ];
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    assert_eq!(Hello::from_pairs(&pairs), Ok(hello));
}

/// What somebody said, in all formats: the same JSON, and what a client expects around it.
fn encoded(body: Body) {
    let room = RoomName::new("hall").expect("a good name");
    let entry = Encoded::new(Arc::new(Entry {
        room: room.clone(),
        epoch: Epoch(0xe),
        seq: 5,
        id: MsgId::new("id").expect("a good id"),
        from: Person {
            id: UserId(7),
            name: UserName::new("\"Ann\"\\").expect("a good name"),
            role: Role::Guest,
        },
        at: 1,
        skip: None,
        body: body.clone(),
    }));
    let json = std::str::from_utf8(entry.bytes(Format::Json)).expect("UTF-8");
    assert!(!json.contains(['\n', '\r']), "an SSE event has one line of data");
    let value: Value = serde_json::from_str(json).expect("JSON");
    let first = match body {
        Body::Chat { text, .. } => json!(text),
        Body::Gift { name, .. } => json!(name),
        Body::Announce { text } | Body::Question { text } => json!(text),
        _ => unreachable!("nobody says that by a message"),
    };
    assert_eq!(value[1], first);
    let frame = |text: String| text_frame(text.as_bytes());
    assert_eq!(entry.bytes(Format::WebSocket), &frame(json.to_owned()));
    assert_eq!(entry.bytes(Format::SocketIo), &frame(format!("42{json}")));
    assert_eq!(
        entry.bytes(Format::SocketIoNs),
        &frame(format!("42/room/{room},{json}"))
    );
    assert_eq!(
        entry.bytes(Format::Sse),
        format!("id: e:5\ndata: {json}\n\n").as_bytes()
    );
}
