//! The values that programs share in a room: decodes `set`, `get` and `watch`, and encodes the event `state`, once for each format in use.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::{
    args::Args,
    format::{Around, Format},
    json,
    value::{self, Kind, bad, kind, text_of},
};
use crate::{
    memory::{Account, Part},
    room::{Command, Refusal, RoomName, SetValue, SharedValue, SharedValues, ValueKey, ValuesChange, Writers},
};

/// Decodes `set(key, value, {if, write}?)`. A null removes the key.
pub(super) fn set(mut args: Args<'_>) -> Result<Command, Refusal> {
    let expected = "a key and a value";
    let [condition, write] = args.options(2, ["if", "write"])?;
    let [key, value] = args.exactly(expected)?;
    let key = value::value_key(&text_of(key, args.event, expected)?)?;
    let condition = condition.map(|raw| {
        let revision = value::whole(raw);
        revision.ok_or_else(|| bad("the option `if` expects a revision, or 0 for a key that does not exist"))
    });
    let write = write.map(|raw| match value::text(raw)?.as_deref() {
        Some("anyone") => Ok(Writers::Anyone),
        Some("owner") => Ok(Writers::Owner),
        Some("moderators") => Ok(Writers::Moderators),
        _ => Err(bad(
            "the option `write` expects \"anyone\", \"owner\" or \"moderators\"",
        )),
    });
    let (value, texts) = match kind(value) {
        Kind::Null => (None, String::new()),
        Kind::Text | Kind::Object | Kind::List | Kind::Plain => {
            let sound = value::passed_on(value)?;
            // Written anew: a text that is checked is the text that others read, without escapes and doubled keys.
            let value: Value = serde_json::from_str(&sound).map_err(|_| bad("the value is no JSON"))?;
            let mut texts = String::new();
            put_texts(&value, &mut texts);
            (Some(value.to_string().into()), texts)
        }
    };
    Ok(Command::Set(Box::new(SetValue {
        key,
        value,
        texts: texts.into(),
        expected: condition.transpose()?,
        write: write.transpose()?,
    })))
}

/// Collects the texts in a value, each in a line of its own.
fn put_texts(value: &Value, out: &mut String) {
    let mut put = |text: &str| {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(text);
    };
    match value {
        Value::String(text) => put(text),
        Value::Array(items) => items.iter().for_each(|item| put_texts(item, out)),
        Value::Object(fields) => {
            for (key, field) in fields {
                put_texts(&Value::String(key.clone()), out);
                put_texts(field, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

pub(super) fn get(args: Args<'_>) -> Result<Command, Refusal> {
    if args.exactly::<0>("").is_ok() {
        return Ok(Command::Get { key: None });
    }
    let expected = "a key, or nothing for all values";
    let [key] = args.exactly(expected)?;
    let key = value::value_key(&text_of(key, args.event, expected)?)?;
    Ok(Command::Get { key: Some(key) })
}

pub(super) fn watch(args: Args<'_>) -> Result<Command, Refusal> {
    args.exactly::<0>("no arguments")?;
    Ok(Command::Watch)
}

#[derive(Serialize)]
struct StateShown<'a> {
    room: &'a RoomName,
    revision: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
    values: BTreeMap<&'a ValueKey, Option<&'a SharedValue>>,
}

/// A change of a room's shared values, encoded once for each format: the changed values for members that have the broadcast before, all
/// values for others.
#[derive(Debug)]
pub struct ValuesFrames {
    change: Arc<ValuesChange>,
    account: Arc<Account>,
    changed: [OnceLock<Bytes>; Format::PLAIN],
    whole: [OnceLock<Bytes>; Format::PLAIN],
}

impl ValuesFrames {
    /// Wraps a change without encoding it.
    pub fn new(change: Arc<ValuesChange>, account: &Arc<Account>) -> Self {
        Self {
            change,
            account: account.clone(),
            changed: Default::default(),
            whole: Default::default(),
        }
    }

    /// A room without values.
    pub fn none(room: &RoomName, account: &Arc<Account>) -> Self {
        let none = Arc::new(SharedValues::none(room.clone()));
        let change = ValuesChange {
            before: none.clone(),
            now: none,
        };
        Self::new(Arc::new(change), account)
    }

    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.change.now.revision
    }

    /// The event that brings a member from revision `seen` to [`Self::revision`].
    pub fn bytes(&self, seen: u64, format: Format) -> &Bytes {
        let follows = seen == self.change.before.revision;
        let frames = if follows { &self.changed } else { &self.whole };
        // Values have no place in a log, and so no offset.
        let format = format.plain();
        frames[format as usize].get_or_init(|| {
            let now = &self.change.now;
            let around = Around {
                room: Some(&now.room),
                ..Around::default()
            };
            let shown = StateShown {
                room: &now.room,
                revision: now.revision,
                whole: !follows,
                values: match follows {
                    true => now.since(&self.change.before),
                    false => now.values.iter().map(|(key, value)| (key, Some(&**value))).collect(),
                },
            };
            let packed = around.pack(format, now.bytes() / 2, |out| json::put_event(out, "state", &shown));
            self.account.hold(Part::Frames, packed.bytes)
        })
    }
}
