//! Decodes and encodes messages of every kind (chat, gift, question, announcement): client events to [`Say`], and [`Said`] to an event's start.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    args::{Args, Known},
    json,
    value::{self, bad, text_of},
};
use crate::room::{Audience, Command, MsgId, Refusal, RoomName, Said, Say, escaped_len};

/// The events by which clients send messages.
pub(super) const EVENTS: [Known; 6] = [
    Known("chat", chat),
    Known("chatRoom", chat_room),
    Known("gift", gift),
    Known("ask", ask),
    Known("edit", edit),
    Known("retract", retract),
];

/// Writes the event array of a message; `meta` is its last argument.
pub(super) fn put(out: &mut Vec<u8>, said: &Said, meta: &impl Serialize) {
    match said {
        Said::Chat { text, more, .. } => put_chat(out, text, more, meta),
        Said::Gift { name, count, .. } => json::put(out, &("gift", name, count, meta)),
        Said::Announce { text } => json::put(out, &("announce", text, meta)),
        Said::Question { text } => json::put(out, &("question", text, meta)),
    }
}

/// Estimated length of a message's own arguments, in bytes.
pub(super) fn size(said: &Said) -> usize {
    let re = said.reference().map_or(0, |re| re.id.as_str().len() + 32);
    let name = said.name().map_or(0, |name| name.as_str().len() + 32);
    escaped_len(said.text().unwrap_or_default()) + said.more().len() + re + name
}

/// Writes a chat message's event array. `more` is JSON already: further arguments joined by commas.
fn put_chat(out: &mut Vec<u8>, text: &str, more: &str, meta: &impl Serialize) {
    out.extend_from_slice(b"[\"chat\",");
    json::put(out, text);
    if !more.is_empty() {
        out.push(b',');
        out.extend_from_slice(more.as_bytes());
    }
    out.push(b',');
    json::put(out, meta);
    out.push(b']');
}

fn chat(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [re, id, to] = args.options(1, ["re", "id", "to"])?;
    chat_of(args.event, None, args.items(), options(re, id, to)?)
}

/// Decodes `chatRoom`. A first argument that is a room's name, followed by a text, names the sender's room.
fn chat_room(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [re, id, to] = args.options(1, ["re", "id", "to"])?;
    let options = options(re, id, to)?;
    if let [first, rest @ ..] = args.items()
        && !rest.is_empty()
        && let Some(name) = value::text(first)?
        && let Ok(room) = RoomName::new(&name)
    {
        return chat_of(args.event, Some(room), rest, options);
    }
    chat_of(args.event, None, args.items(), options)
}

/// The options of a chat message: id of the message that it replies to, its own id, and its audience.
pub(super) type Options = (Option<MsgId>, Option<MsgId>, Audience);

pub(super) fn options(re: Option<&RawValue>, id: Option<&RawValue>, to: Option<&RawValue>) -> Result<Options, Refusal> {
    Ok((value::msg_id("re", re)?, value::msg_id("id", id)?, value::audience(to)?))
}

/// Makes the command of a chat message. `content` is the text and any further arguments.
pub(super) fn chat_of(
    event: &str,
    room: Option<RoomName>,
    content: &[&RawValue],
    (re, id, audience): Options,
) -> Result<Command, Refusal> {
    let said = said_of(event, content)?;
    Ok(Command::Say(Say {
        room,
        said,
        re,
        id,
        audience,
    }))
}

/// A chat message of a text and any further arguments.
fn said_of(event: &str, content: &[&RawValue]) -> Result<Said, Refusal> {
    let expected = "a text as its first argument";
    let Some((text, more)) = content.split_first() else {
        return Err(bad(format!("{event} expects {expected}")));
    };
    let text = text_of(text, event, expected)?.into();
    let more: Result<Vec<_>, _> = more.iter().map(|raw| value::passed_on(raw)).collect();
    let more = more?.join(",").into();
    Ok(Said::Chat {
        text,
        more,
        re: None,
        edited: false,
    })
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
    let id = value::msg_id("id", id)?;
    let said = Said::Gift { name, count, to };
    Ok(Command::Say(Say { id, ..Say::new(said) }))
}

/// Decodes `edit(id, text, …)`: the id of an own message, and its new content.
fn edit(args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "the id of a message of yours, and its new text";
    let Some((id, content)) = args.items().split_first().filter(|(_, content)| !content.is_empty()) else {
        return Err(bad(format!("edit expects {expected}")));
    };
    let id = own_id(id)?;
    let said = said_of(args.event, content)?;
    Ok(Command::Edit { id, said })
}

/// Decodes `retract(id)`.
fn retract(args: Args<'_>) -> Result<Command, Refusal> {
    let [id] = args.exactly("the id of a message of yours")?;
    Ok(Command::Retract { id: own_id(id)? })
}

fn own_id(raw: &RawValue) -> Result<MsgId, Refusal> {
    value::msg_id("id", Some(raw))?.ok_or_else(|| bad("a message has an id"))
}

fn ask(mut args: Args<'_>) -> Result<Command, Refusal> {
    let [id] = args.options(1, ["id"])?;
    let [text] = args.exactly("a question")?;
    let text = text_of(text, args.event, "a question")?;
    if text.trim().is_empty() {
        return Err(bad("ask expects a question"));
    }
    let id = value::msg_id("id", id)?;
    let said = Said::Question { text: text.into() };
    Ok(Command::Say(Say { id, ..Say::new(said) }))
}
