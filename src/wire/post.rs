//! What comes in the body of a `POST /rooms/{room}/messages`.

use super::{
    args::{object, shown, split},
    bounds,
    decode::{decode_call, said},
    value::{self, Kind, bad, kind},
};
use crate::room::{Command, Refusal};

/// Reads a body: JSON (`{"text":"hi"}`, `{"event":"gift","args":["rose",1]}`), or a text. `content_type` is the
/// header's value; without one, or with the one that `curl -d` sends, a body that begins with `{` is JSON.
///
/// # Errors
/// What is wrong with it, and what is expected instead.
pub fn decode_post(content_type: Option<&str>, body: &[u8]) -> Result<Command, Refusal> {
    let body = std::str::from_utf8(body).map_err(|_| bad("the body is not UTF-8"))?;
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    match media_type.trim().to_ascii_lowercase().as_str() {
        "application/json" => decode_object(body),
        "text/plain" => text(body),
        "" | "application/x-www-form-urlencoded" if body.trim_start().starts_with('{') => decode_object(body),
        "" => text(body),
        other => Err(bad(format!(
            "Content-Type `{}` is not known: send application/json or text/plain",
            shown(other)
        ))),
    }
}

fn text(body: &str) -> Result<Command, Refusal> {
    Ok(Command::Chat {
        room: None,
        text: body.into(),
        more: "".into(),
        id: None,
        to: crate::room::To::Room,
    })
}

fn decode_object(body: &str) -> Result<Command, Refusal> {
    bounds::check_depth(body)?;
    if !body.trim_start().starts_with('{') {
        return Err(bad("expected a JSON object such as {\"text\":\"hi\"}"));
    }
    let [text, id, to, event, args] = object(body, "a message has", ["text", "id", "to", "event", "args"])?;
    let Some(event) = event else {
        if args.is_some() {
            return Err(bad("`args` goes with `event`"));
        }
        let text = text.ok_or_else(|| bad("expected `text` or `event`"))?;
        return said("the message", None, &[text], value::msg_id(id)?, value::to(to)?);
    };
    if text.is_some() || id.is_some() || to.is_some() {
        return Err(bad("with `event`, everything else goes into `args`"));
    }
    let event = value::text(event)?.ok_or_else(|| bad("`event` expects a text"))?;
    let items = match args {
        None => Default::default(),
        Some(args) if kind(args) == Kind::List => split(args.get())?,
        Some(_) => return Err(bad("`args` expects an array")),
    };
    match decode_call(&event, &items)? {
        Command::Join { .. } | Command::CreateRoom { .. } | Command::Leave => Err(bad(format!(
            "`{event}` needs a connection: a POST speaks in the room of its address"
        ))),
        Command::Nonce { .. } | Command::Signed(_) => {
            Err(bad("orders go to /orders, their nonces come from /orders/nonce"))
        }
        command => Ok(command),
    }
}
