//! Decodes the body of a `POST /rooms/{room}/messages`: one event with its token. The body has at most `message_bytes`.

use super::{
    args::{object, shown, split},
    bounds,
    decode::decode_call,
    mark::without_mark,
    said::{chat_of, options},
    value::{self, Kind, bad, kind},
};
use crate::room::{Command, Refusal, Said, Say, Scope};

/// Decodes a body: JSON (`{"text":"hi"}`, `{"event":"gift","args":["rose",1]}`) or plain text.
///
/// `content_type` is the header's value. Without it, or with the one that `curl -d` sends, a body that starts with `{` is JSON.
///
/// # Errors
/// The reason for the refusal, and what is expected.
pub fn decode_post(content_type: Option<&str>, body: &[u8]) -> Result<Command, Refusal> {
    let body = without_mark(std::str::from_utf8(body).map_err(|_| bad("the body is not UTF-8"))?);
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    if matches!(&*media_type, "application/json" | "application/x-www-form-urlencoded") && lost_quotes(body) {
        return Err(bad(LOST_QUOTES));
    }
    match media_type.as_str() {
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

/// Advice for a user whose Windows shell removed the quotes from the JSON.
const LOST_QUOTES: &str = "the shell took the quotes out of the JSON: in cmd.exe and Windows PowerShell type \
    curl -d \"{\\\"text\\\":\\\"hello\\\"}\", or send a text with -H \"Content-Type: text/plain\" -d hello";

/// Whether a body looks like `'{"text":"hello"}'` sent from cmd.exe (`'{text:hello}'`, up to the first space) or from Windows PowerShell
/// (`{text:hello}`).
fn lost_quotes(body: &str) -> bool {
    let body = body.trim_start();
    let object = body.strip_prefix('\'').unwrap_or(body).trim_start().strip_prefix('{');
    object.is_some_and(|fields| body.starts_with('\'') || fields.trim_start().starts_with(char::is_alphabetic))
}

fn text(body: &str) -> Result<Command, Refusal> {
    Ok(Command::Say(Say::new(Said::chat(body))))
}

fn decode_object(body: &str) -> Result<Command, Refusal> {
    bounds::check_depth(body)?;
    if !body.trim_start().starts_with('{') {
        return Err(bad("expected a JSON object such as {\"text\":\"hi\"}"));
    }
    let keys = ["text", "re", "id", "to", "event", "args"];
    let [text, re, id, to, event, args] = object(body, "a message has", keys)?;
    let Some(event) = event else {
        if args.is_some() {
            return Err(bad("`args` goes with `event`"));
        }
        let text = text.ok_or_else(|| bad("expected `text` or `event`"))?;
        return chat_of("the message", None, &[text], options(re, id, to)?);
    };
    if text.is_some() || re.is_some() || id.is_some() || to.is_some() {
        return Err(bad("with `event`, everything else goes into `args`"));
    }
    let event = value::text(event)?.ok_or_else(|| bad("`event` expects a text"))?;
    let items = match args {
        None => Default::default(),
        Some(args) if kind(args) == Kind::List => split(args.get())?,
        Some(_) => return Err(bad("`args` expects an array")),
    };
    let command = decode_call(&event, &items)?;
    match command.scope() {
        Scope::Enter | Scope::Leave => Err(bad(format!(
            "`{event}` needs a connection: a POST speaks in the room of its address"
        ))),
        Scope::Admin => Err(bad("admin commands go to /admin, their nonces come from /admin/nonce")),
        Scope::Room => Ok(command),
    }
}
