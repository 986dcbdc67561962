//! What clients say: event arrays to commands.

use serde_json::value::RawValue;

use super::{
    args::{Args, shown, split},
    board, order,
    value::{self, Kind, bad, kind},
};
use crate::room::{Code, Command, MsgId, Refusal, RoomName, To};

/// Reads a whole event array, `["chat","hi",{…}]`, as it comes over Socket.IO.
///
/// # Errors
/// What is wrong with it, and what is expected instead.
pub fn decode_event(raw: &str) -> Result<Command, Refusal> {
    let items = split(raw)?;
    decode_items(&items)
}

/// Reads an event array of the plain WebSocket: a leading number asks for an answer, `[7,"chat","hi"]`.
pub fn decode_ws_event(raw: &str) -> (Option<u64>, Result<Command, Refusal>) {
    let items = match split(raw) {
        Ok(items) => items,
        Err(refusal) => return (leading_number(raw), Err(refusal)),
    };
    match items.first() {
        Some(first) if kind(first) == Kind::Plain => match value::whole(first) {
            Some(ack) => (Some(ack), decode_items(&items[1..])),
            None => (None, Err(bad("a leading number must be whole and not negative"))),
        },
        _ => (None, decode_items(&items)),
    }
}

/// What a connection of the namespace `/room/<name>` may ask for: it stays in its room, whose name stands in front of all
/// its packets.
///
/// # Errors
/// The command leads into another room.
pub fn within(namespace: &RoomName, command: Command) -> Result<Command, Refusal> {
    match command {
        Command::Join { room, .. } | Command::CreateRoom { room } if room != *namespace => Err(bad(format!(
            "the namespace /room/{namespace} is that room alone: connect to / for others"
        ))),
        command => Ok(command),
    }
}

/// The number of an array that can't be taken as a whole, so that its sender hears which one it was.
fn leading_number(raw: &str) -> Option<u64> {
    let items = raw.trim_start().strip_prefix('[')?.trim_start();
    let (number, rest) = items.split_at(items.find(|char: char| !char.is_ascii_digit())?);
    rest.trim_start().starts_with(',').then(|| number.parse().ok())?
}

fn decode_items(items: &[&RawValue]) -> Result<Command, Refusal> {
    let Some((name, given)) = items.split_first() else {
        return Err(bad("an event is an array that begins with its name"));
    };
    if kind(name) != Kind::Text {
        return Err(bad("an event's name must be a text"));
    }
    let Some(name) = value::text(name)? else {
        return Err(bad("an event's name must be a text"));
    };
    decode_call(&name, given)
}

/// Reads the arguments of the event `name`.
pub(super) fn decode_call(name: &str, given: &[&RawValue]) -> Result<Command, Refusal> {
    let Some(event) = EVENTS.iter().find(|event| event.name == name) else {
        let names: Vec<_> = event_names().collect();
        let message = format!("there is no event `{}`, only {}", shown(name), names.join(", "));
        return Err(Refusal::new(Code::UnknownEvent, message));
    };
    (event.decode)(Args::new(event.name, given)?)
}

/// An event that clients may send.
struct Known {
    name: &'static str,
    decode: fn(Args<'_>) -> Result<Command, Refusal>,
}

/// All of them, in the order of PROTOCOL.md.
const EVENTS: &[Known] = &[
    Known {
        name: "join",
        decode: join,
    },
    Known {
        name: "leave",
        decode: leave,
    },
    Known {
        name: "createRoom",
        decode: create_room,
    },
    Known {
        name: "chat",
        decode: chat,
    },
    Known {
        name: "chatRoom",
        decode: chat_room,
    },
    Known { name: "dm", decode: dm },
    Known {
        name: "gift",
        decode: gift,
    },
    Known {
        name: "react",
        decode: react,
    },
    Known {
        name: "history",
        decode: history,
    },
    Known {
        name: "who",
        decode: who,
    },
    Known {
        name: "rename",
        decode: rename,
    },
    Known {
        name: "vote",
        decode: board::vote,
    },
    Known {
        name: "board",
        decode: board::board,
    },
    Known {
        name: "ask",
        decode: board::ask,
    },
    Known {
        name: "upvote",
        decode: board::upvote,
    },
    Known {
        name: "seen",
        decode: board::seen,
    },
    Known {
        name: "nonce",
        decode: nonce,
    },
    Known {
        name: "order",
        decode: order::signed,
    },
];

/// The names of all events that clients may send.
pub(super) fn event_names() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|event| event.name)
}

fn join(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [epoch, since] = args.options(1, ["epoch", "since"])?;
    let room = room_argument(&args, "a room's name, and {epoch, since} to resume")?;
    let resume = value::resume(epoch, since)?;
    Ok(Command::Join { room, resume })
}

/// One room at a time, so a client that names the room it leaves can mean no other.
fn leave(args: Args<'_>) -> Result<Command, Refusal> {
    if args.items().iter().any(|item| kind(item) != Kind::Null) {
        room_argument(&args, "no argument, or the name of the room that you are in")?;
    }
    Ok(Command::Leave)
}

fn create_room(args: Args<'_>) -> Result<Command, Refusal> {
    let room = room_argument(&args, "a room's name")?;
    Ok(Command::CreateRoom { room })
}

fn room_argument(args: &Args<'_>, expected: &str) -> Result<RoomName, Refusal> {
    let [name] = args.exactly(expected)?;
    let name = text_of(name, args.event, expected)?;
    value::room_name(&name)
}

pub(super) fn text_of<'a>(
    raw: &'a RawValue,
    event: &str,
    expected: &str,
) -> Result<std::borrow::Cow<'a, str>, Refusal> {
    value::text(raw)?.ok_or_else(|| bad(format!("{event} expects {expected}")))
}

fn chat(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [id, to] = args.options(1, ["id", "to"])?;
    said(args.event, None, args.items(), value::msg_id(id)?, value::to(to)?)
}

fn chat_room(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [id, to] = args.options(1, ["id", "to"])?;
    let (id, to) = (value::msg_id(id)?, value::to(to)?);
    if let [first, rest @ ..] = args.items()
        && !rest.is_empty()
        && let Some(name) = value::text(first)?
        && let Ok(room) = RoomName::new(&name)
    {
        return said(args.event, Some(room), rest, id, to);
    }
    said(args.event, None, args.items(), id, to)
}

/// What is said: `content` is a text and what goes along with it.
pub(super) fn said(
    event: &str,
    room: Option<RoomName>,
    content: &[&RawValue],
    id: Option<MsgId>,
    to: To,
) -> Result<Command, Refusal> {
    let expected = "a text as its first argument";
    let (text, more) = content
        .split_first()
        .ok_or_else(|| bad(format!("{} expects {expected}", event)))?;
    let text = text_of(text, event, expected)?.into();
    let more = more
        .iter()
        .map(|raw| value::passed_on(raw))
        .collect::<Result<Vec<_>, _>>()?;
    let more = more.join(",").into();
    Ok(Command::Chat {
        room,
        text,
        more,
        id,
        to,
    })
}

fn dm(mut args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "a person's id and a text";
    let [id] = args.options(2, ["id"])?;
    let [to, text] = args.exactly(expected)?;
    let to = value::user_id(&text_of(to, args.event, expected)?)?;
    let text = text_of(text, args.event, expected)?.into();
    let id = value::msg_id(id)?;
    Ok(Command::Dm { to, text, id })
}

fn gift(mut args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "a gift's name and a whole number from 1";
    let [to, id] = args.options(2, ["to", "id"])?;
    let [name, count] = args.exactly(expected)?;
    let name = value::token("the gift's name", &text_of(name, args.event, expected)?)?;
    let count = value::whole(count)
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| *count > 0)
        .ok_or_else(|| bad(format!("gift expects {expected}")))?;
    let to = match to {
        None => None,
        Some(to) => Some(value::user_id(&text_of(to, "the option `to`", "a person's id")?)?),
    };
    let id = value::msg_id(id)?;
    Ok(Command::Gift { name, count, to, id })
}

fn react(args: Args<'_>) -> Result<Command, Refusal> {
    let [emoji] = args.exactly("a reaction")?;
    let emoji = value::token("the reaction", &text_of(emoji, args.event, "a reaction")?)?;
    Ok(Command::React { emoji })
}

fn history(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [before, limit] = args.options(0, ["before", "limit"])?;
    args.exactly::<0>("nothing but {before, limit}")?;
    let number = |name, raw: Option<&RawValue>| match raw {
        None => Ok(None),
        Some(raw) => value::whole(raw)
            .map(Some)
            .ok_or_else(|| bad(format!("the option `{name}` expects a whole number"))),
    };
    let limit = number("limit", limit)?.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let before = number("before", before)?;
    Ok(Command::History { before, limit })
}

fn who(args: Args<'_>) -> Result<Command, Refusal> {
    args.exactly::<0>("no arguments")?;
    Ok(Command::Who)
}

fn nonce(args: Args<'_>) -> Result<Command, Refusal> {
    args.exactly::<0>("no arguments")?;
    Ok(Command::Nonce { nonce: None })
}

fn rename(args: Args<'_>) -> Result<Command, Refusal> {
    let [name] = args.exactly("a name")?;
    let name = value::user_name(&text_of(name, args.event, "a name")?)?;
    Ok(Command::Rename { name })
}
