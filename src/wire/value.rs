//! Reads single values of a client's event (texts, whole numbers, names) within their lengths in `limits`, such as `limits::USER_NAME_CHARS`.

use std::{borrow::Cow, str::FromStr};

use serde_json::value::RawValue;

use super::bounds::Sound;
use crate::{
    limits,
    room::{Audience, BadName, Code, Epoch, MsgId, Refusal, Resume, RoomName, Seq, Token, UserId, UserName, ValueKey},
};

/// The kind of a JSON value, judged by its first character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Object,
    List,
    /// A number or a boolean; also invalid JSON.
    Plain,
    Null,
}

pub(super) fn kind(raw: &RawValue) -> Kind {
    match raw.get().as_bytes().first() {
        Some(b'"') => Kind::Text,
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::List,
        Some(b'n') => Kind::Null,
        _ => Kind::Plain,
    }
}

pub(super) fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}

/// Reads a text; a number or boolean counts as its JSON text. `None` for any other value.
///
/// # Errors
/// The text contains half of a surrogate pair.
pub(super) fn text(raw: &RawValue) -> Result<Option<Cow<'_, str>>, Refusal> {
    match kind(raw) {
        Kind::Text => serde_json::from_str::<Unescaped<'_>>(raw.get())
            .map(|text| Some(text.0))
            .map_err(|_| bad("a text holds half of a surrogate pair: it is no Unicode")),
        Kind::Plain => Ok(Some(Cow::Borrowed(raw.get()))),
        Kind::Object | Kind::List | Kind::Null => Ok(None),
    }
}

/// Reads an argument that must be a text.
pub(super) fn text_of<'a>(raw: &'a RawValue, event: &str, expected: &str) -> Result<Cow<'a, str>, Refusal> {
    text(raw)?.ok_or_else(|| bad(format!("{event} expects {expected}")))
}

/// A JSON text without escapes is borrowed, with escapes it is copied.
#[derive(serde::Deserialize)]
pub(super) struct Unescaped<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Reads a whole, non-negative number. `3.0` and `3e0` count as 3, because clients whose only numbers are doubles write them so, up to the
/// range where doubles are exact.
pub(super) fn whole(raw: &RawValue) -> Option<u64> {
    if let Ok(number) = raw.get().parse() {
        return Some(number);
    }
    let number: f64 = serde_json::from_str(raw.get()).ok()?;
    let exact = number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number);
    exact.then_some(number as u64)
}

/// An argument that is passed on as it is, without the line breaks between its tokens, which would end a line of a server-sent event.
///
/// # Errors
/// Other clients could not parse it.
pub(super) fn passed_on(raw: &RawValue) -> Result<Cow<'_, str>, Refusal> {
    let breaks = ['\n', '\r'];
    match serde_json::from_str::<Sound>(raw.get()) {
        Ok(Sound) if raw.get().contains(breaks) => Ok(raw.get().replace(breaks, "").into()),
        Ok(Sound) => Ok(raw.get().into()),
        Err(_) => Err(bad(
            "a further argument holds half of a surrogate pair or a number that is out of range",
        )),
    }
}

fn named<T>(what: &str, max_chars: usize, result: Result<T, BadName>) -> Result<T, Refusal> {
    result.map_err(|bad_name| match bad_name {
        BadName::TooLong => {
            let message = format!("{what} {bad_name}: at most {max_chars} characters are allowed");
            Refusal::new(Code::TooLong, message)
        }
        BadName::Empty | BadName::Characters => bad(format!("{what} {bad_name}")),
    })
}

pub(super) fn room_name(text: &str) -> Result<RoomName, Refusal> {
    named("the room's name", limits::ROOM_NAME_CHARS, RoomName::new(text))
}

pub(super) fn user_name(text: &str) -> Result<UserName, Refusal> {
    named("the name", limits::USER_NAME_CHARS, UserName::new(text))
}

pub(super) fn token(what: &str, text: &str) -> Result<Token, Refusal> {
    named(what, limits::TOKEN_CHARS, Token::new(text))
}

pub(super) fn value_key(text: &str) -> Result<ValueKey, Refusal> {
    named("the key", limits::VALUE_KEY_CHARS, ValueKey::new(text))
}

pub(super) fn user_id(text: &str) -> Result<UserId, Refusal> {
    UserId::from_str(text).map_err(|_| bad("a person's id has 16 hexadecimal digits, as in `from.id`"))
}

/// Reads an option that is a message id: a text or a number; `None` if it is missing.
pub(super) fn msg_id(name: &str, raw: Option<&RawValue>) -> Result<Option<MsgId>, Refusal> {
    let Some(raw) = raw else { return Ok(None) };
    let id = text(raw)?.ok_or_else(|| bad(format!("the option `{name}` expects a message's id")))?;
    named(&format!("the option `{name}`"), limits::MSG_ID_CHARS, MsgId::new(&id)).map(Some)
}

/// Reads the option `to` of a chat message: all connections in the room if it is missing.
pub(super) fn audience(raw: Option<&RawValue>) -> Result<Audience, Refusal> {
    let Some(raw) = raw else { return Ok(Audience::Room) };
    match text(raw)?.as_deref() {
        Some("room") => Ok(Audience::Room),
        Some("others") => Ok(Audience::Others),
        Some("me") => Ok(Audience::Me),
        _ => Err(bad("the option `to` expects \"room\", \"others\" or \"me\"")),
    }
}

/// Reads the options `epoch` and `since` of a join; `None` if both are missing. See [`place`] for their forms.
pub(super) fn resume(epoch: Option<&RawValue>, since: Option<&RawValue>) -> Result<Option<Resume>, Refusal> {
    place(option("epoch", epoch)?.as_deref(), option("since", since)?.as_deref())
}

fn option<'a>(name: &str, raw: Option<&'a RawValue>) -> Result<Option<Cow<'a, str>>, Refusal> {
    let Some(raw) = raw else { return Ok(None) };
    let given = text(raw)?.ok_or_else(|| bad(format!("the option `{name}` expects a text or a number")))?;
    Ok(Some(given))
}

/// A position from the parameters `epoch` and `since`: both, or `since` alone as `epoch:seq`, or neither.
///
/// A number without an epoch is refused, because in another epoch the same number means another entry.
///
/// # Errors
/// One of the two is missing or invalid.
pub(super) fn place(epoch: Option<&str>, since: Option<&str>) -> Result<Option<Resume>, Refusal> {
    match (epoch, since) {
        (Some(epoch), Some(since)) => resume_parts(epoch, since).map(Some),
        (None, Some(since)) => place_text(since).map(Some),
        (None, None) => Ok(None),
        (Some(_), None) => Err(bad("`since` is missing: it goes together with `epoch`")),
    }
}

/// Parses a position in the form `epoch:seq`.
pub(super) fn place_text(text: &str) -> Result<Resume, Refusal> {
    match text.trim().split_once(':') {
        Some((epoch, since)) => resume_parts(epoch, since),
        None => Err(bad(
            "`epoch` is missing: a place in a room is `epoch` and `since`, or `since` alone written `epoch:seq`",
        )),
    }
}

/// Parses an epoch and a sequence number, both given as texts.
fn resume_parts(epoch: &str, since: &str) -> Result<Resume, Refusal> {
    let epoch =
        Epoch::from_str(epoch).map_err(|_| bad("`epoch` has up to 16 hexadecimal digits, as the server told it"))?;
    // `u64::from_str` takes a leading `+`, which no sequence number has.
    let digits = since.bytes().all(|b| b.is_ascii_digit());
    let since = since.parse::<Seq>().ok().filter(|_| digits);
    let since = since.ok_or_else(|| bad("`since` expects a whole number, the last `seq` that you have"))?;
    Ok(Resume { epoch, since })
}
