//! Decodes a client's event, a JSON array such as `["chat","hi"]`, into a command or a refusal. The transports bound its size.

use serde_json::value::RawValue;

use super::{
    admin,
    args::{Args, Known, shown, split},
    board,
    mark::without_mark,
    said, shared_values,
    value::{self, Kind, bad, kind},
};
use crate::room::{Code, Command, Refusal, RoomName, Scope};

/// Decodes a whole event array, `["chat","hi",{…}]`, as Socket.IO delivers it.
///
/// # Errors
/// The reason for the refusal, and what is expected.
pub fn decode_event(raw: &str) -> Result<Command, Refusal> {
    let items = split(raw)?;
    decode_items(&items)
}

/// Decodes an event array of the plain WebSocket. A leading number requests an acknowledgement: `[7,"chat","hi"]`.
pub fn decode_ws_event(raw: &str) -> (Option<u64>, Result<Command, Refusal>) {
    let raw = without_mark(raw);
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

/// Checks a command on the namespace `/room/<name>`. Such a connection stays in its room, whose name is part of all its packets.
///
/// # Errors
/// The command leads to another room.
pub fn within(namespace: &RoomName, command: Command) -> Result<Command, Refusal> {
    match command.scope() {
        Scope::Enter if command.room_to_make() != Some(namespace) => Err(bad(format!(
            "the namespace /room/{namespace} is that room alone: connect to / for others"
        ))),
        Scope::Leave => Err(bad(format!(
            "the namespace /room/{namespace} is in that room: disconnect from it to leave"
        ))),
        Scope::Enter | Scope::Room | Scope::Admin => Ok(command),
    }
}

/// The leading number of an array that can't be decoded, for the refusal's acknowledgement number; `None` if it does not start with one.
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

/// Decodes the arguments of the event `name` into a command.
pub(super) fn decode_call(name: &str, given: &[&RawValue]) -> Result<Command, Refusal> {
    let Some(Known(name, decode)) = EVENTS.into_iter().flatten().find(|event| event.0 == name) else {
        let names: Vec<_> = event_names().collect();
        let message = format!("there is no event `{}`, only {}", shown(name), names.join(", "));
        return Err(Refusal::new(Code::UnknownEvent, message));
    };
    decode(Args::new(name, given)?)
}

/// All events of clients, in the order of PROTOCOL.md.
const EVENTS: [&[Known]; 3] = [
    &[
        Known("join", join),
        Known("leave", leave),
        Known("createRoom", create_room),
    ],
    &said::EVENTS,
    &[
        Known("dm", dm),
        Known("react", react),
        Known("history", history),
        Known("who", who),
        Known("rename", rename),
        Known("vote", board::vote),
        Known("board", board::board),
        Known("upvote", board::upvote),
        Known("seen", board::seen),
        Known("set", shared_values::set),
        Known("get", shared_values::get),
        Known("watch", shared_values::watch),
        Known("nonce", nonce),
        Known("admin", admin::signed),
    ],
];

/// Names of all events that clients may send.
pub(super) fn event_names() -> impl Iterator<Item = &'static str> {
    EVENTS.into_iter().flatten().map(|event| event.0)
}

fn join(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [epoch, since] = args.options(1, ["epoch", "since"])?;
    let room = room_argument(&args, "a room's name, and {epoch, since} to resume")?;
    let resume = value::resume(epoch, since)?;
    Ok(Command::Join { room, resume })
}

/// Decodes `leave`. A client is in one room at a time, so a room's name as an argument is ignored.
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
    let name = value::text_of(name, args.event, expected)?;
    value::room_name(&name)
}

fn dm(mut args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "a person's id and a text";
    let [re, id] = args.options(2, ["re", "id"])?;
    let [to, text] = args.exactly(expected)?;
    let to = value::user_id(&value::text_of(to, args.event, expected)?)?;
    let text = value::text_of(text, args.event, expected)?.into();
    let (re, id) = (value::msg_id("re", re)?, value::msg_id("id", id)?);
    Ok(Command::Dm { to, text, re, id })
}

fn react(args: Args<'_>) -> Result<Command, Refusal> {
    let [emoji] = args.exactly("a reaction")?;
    let emoji = value::token("the reaction", &value::text_of(emoji, args.event, "a reaction")?)?;
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
    let name = value::user_name(&value::text_of(name, args.event, "a name")?)?;
    Ok(Command::Rename { name })
}
