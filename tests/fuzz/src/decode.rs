//! What clients write, whatever it is: nothing panics, and what is understood means the same when it is written down again.

use std::sync::Arc;

use chatterbox::{
    limits,
    memory::Account,
    room::{
        Audience, Body, Command, Entry, Epoch, MsgId, Person, Refusal, Role, RoomName, Said, Say, UNSEEN, UserId,
        UserName,
    },
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
    if let Command::Say(say) = command {
        encoded(say.said);
    }
}

/// The elements of a command's event array, in JSON, as a tidy client writes them.
fn event(command: &Command) -> Vec<String> {
    let text = |text: &str| Value::from(text).to_string();
    let id = |id: &Option<MsgId>| id.as_ref().map(|id| text(id.as_str()));
    let mut options = Vec::new();
    let mut option = |key: &str, value: Option<String>| options.extend(value.map(|value| format!("\"{key}\":{value}")));
    let (name, items) = match command {
        Command::Join { room, resume } => {
            option("epoch", resume.map(|resume| text(&resume.epoch.to_string())));
            option("since", resume.map(|resume| resume.since.to_string()));
            ("join", vec![text(room.as_str())])
        }
        Command::Leave => ("leave", vec![]),
        Command::CreateRoom { room } => ("createRoom", vec![text(room.as_str())]),
        Command::Say(say) => {
            let (name, items) = said(say, &mut option);
            return finished(&name, items, &options);
        }
        Command::Edit { id, said: new } => {
            let arguments = arguments_of(new.clone());
            ("edit", std::iter::once(text(id.as_str())).chain(arguments).collect())
        }
        Command::Retract { id } => ("retract", vec![text(id.as_str())]),
        Command::Dm {
            to,
            text: said,
            re,
            id: own,
        } => {
            option("re", id(re));
            option("id", id(own));
            ("dm", vec![text(&to.to_string()), text(said)])
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
        Command::Upvote { question } => ("upvote", vec![question.to_string()]),
        Command::Seen { seq } => ("seen", vec![seq.to_string()]),
        Command::Set(set) => {
            let write = set.write.map(|write| json!(write).to_string());
            // Without options, a value that is an object is the last argument, and no options.
            option("if", set.expected.map(|revision| revision.to_string()));
            option("write", write);
            let value = set.value.as_deref().unwrap_or("null").to_owned();
            ("set", vec![text(set.key.as_str()), value])
        }
        Command::Get { key } => ("get", key.iter().map(|key| text(key.as_str())).collect()),
        Command::Watch => ("watch", vec![]),
        Command::Nonce { .. } => ("nonce", vec![]),
        Command::SignedCommand(signed) => {
            option("by", Some(signed.by.0.to_string()));
            option("nonce", Some(text(&signed.nonce)));
            option("counter", Some(signed.counter.to_string()));
            option("command", Some(text(&signed.command)));
            option("proof", Some(text(&signed.proof)));
            ("admin", vec![])
        }
    };
    finished(name, items, &options)
}

fn finished(name: &str, mut items: Vec<String>, options: &[String]) -> Vec<String> {
    items.insert(0, Value::from(name).to_string());
    if !options.is_empty() {
        items.push(format!("{{{}}}", options.join(",")));
    }
    assert!(items.len() <= limits::EVENT_ARGS + 1, "{items:?}");
    items
}

/// The arguments of a message's event but the last one.
fn arguments_of(said: Said) -> Vec<String> {
    let entry = entry_of(said);
    let json = std::str::from_utf8(entry.bytes(Format::Json)).expect("UTF-8");
    let array: Vec<&RawValue> = serde_json::from_str(json).expect("an array");
    let [_, arguments @ .., _] = &array[..] else {
        unreachable!("a name and the last argument")
    };
    arguments.iter().map(|raw| raw.get().to_owned()).collect()
}

/// The event of a message: the arguments are those of its entry, whatever its kind.
fn said(say: &Say, option: &mut impl FnMut(&str, Option<String>)) -> (String, Vec<String>) {
    let text = |text: &str| Value::from(text).to_string();
    let entry = entry_of(say.said.clone());
    let json = std::str::from_utf8(entry.bytes(Format::Json)).expect("UTF-8");
    let array: Vec<&RawValue> = serde_json::from_str(json).expect("an array");
    let [name, arguments @ .., _] = &array[..] else {
        unreachable!("a name and the last argument")
    };
    // Without options, a last argument that is an object would be taken for them.
    let object_last = arguments.last().is_some_and(|last| last.get().starts_with('{'));
    let audience = match say.audience {
        Audience::Room => (object_last && say.id.is_none() && say.re.is_none()).then_some("room"),
        Audience::Others => Some("others"),
        Audience::Me => Some("me"),
    };
    option("re", say.re.as_ref().map(|id| text(id.as_str())));
    option("id", say.id.as_ref().map(|id| text(id.as_str())));
    option("to", audience.map(text));
    option("to", say.said.receiver().map(|to| text(&to.to_string())));
    let arguments = arguments.iter().map(|raw| raw.get().to_owned());
    let name: String = serde_json::from_str(name.get()).expect("a name");
    let name = match &*name {
        "chat" if say.room.is_some() => "chatRoom".to_owned(),
        "question" => "ask".to_owned(),
        _ => name,
    };
    let room = say.room.iter().map(|room| text(room.as_str()));
    (name, room.chain(arguments).collect())
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
    let watch = hello.watch.map(|revision| {
        if revision == UNSEEN {
            "1".to_owned()
        } else {
            revision.to_string()
        }
    });
    let pairs = [
        ("token", hello.token.as_deref()),
        ("name", hello.name.as_ref().map(UserName::as_str)),
        ("room", hello.room.as_ref().map(RoomName::as_str)),
        ("since", since.as_deref()),
        ("seat", hello.seat.as_deref()),
        ("operates", hello.operates.then_some("1")),
        ("watch", watch.as_deref()),
    ];
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    assert_eq!(Hello::from_pairs(&pairs), Ok(hello));
}

/// A message as an entry of the room `hall`.
fn entry_of(said: Said) -> Encoded {
    let entry = Arc::new(Entry {
        room: RoomName::new("hall").expect("a good name"),
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
        body: Body::Said(said),
    });
    Encoded::new(entry, &Account::new(1 << 30))
}

/// Checks a message in all formats: the same JSON, with the frame of each format around it.
fn encoded(said: Said) {
    let entry = entry_of(said.clone());
    let json = std::str::from_utf8(entry.bytes(Format::Json)).expect("UTF-8");
    assert!(!json.contains(['\n', '\r']), "an SSE event has one line of data");
    let value: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(value[1], json!(said.texts()[0]));
    let frame = |text: String| text_frame(text.as_bytes());
    assert_eq!(entry.bytes(Format::WebSocket), &frame(json.to_owned()));
    assert_eq!(entry.bytes(Format::SocketIo), &frame(format!("42{json}")));
    assert_eq!(entry.bytes(Format::SocketIoNs), &frame(format!("42/room/hall,{json}")));
    assert_eq!(
        entry.bytes(Format::Sse),
        format!("id: e:5\ndata: {json}\n\n").as_bytes()
    );
}
