//! The arguments of a client's event, still as JSON: at most `limits::EVENT_ARGS`, each borrowed from the message.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    bounds,
    value::{Kind, Unescaped, bad, kind},
};
use crate::{
    limits,
    room::{Command, Refusal},
};

/// The elements of an event's JSON array: an acknowledgement number, a name, and at most [`limits::EVENT_ARGS`] arguments.
pub(super) type Items<'a> = heapless::Vec<&'a RawValue, { limits::EVENT_ARGS + 2 }>;

/// Deserializes a JSON array. Elements beyond the bound are counted but not kept.
struct List<'a> {
    items: Items<'a>,
    too_many: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<'de>, A::Error> {
                let mut items = Items::new();
                while !items.is_full() {
                    let Some(item) = list.next_element()? else { break };
                    // Not full: checked.
                    let _ = items.push(item);
                }
                let mut too_many = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    too_many = true;
                }
                Ok(List { items, too_many })
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}

/// Splits an array of arguments, or a whole event array, into its elements.
///
/// # Errors
/// `raw` is not JSON, not an array, too deeply nested, or has more elements than an event may have.
pub(super) fn split(raw: &str) -> Result<Items<'_>, Refusal> {
    bounds::check_depth(raw)?;
    let list: List<'_> = serde_json::from_str(raw).map_err(|error| {
        bad(if error.is_data() {
            "expected an array: the event's name, then its arguments".to_owned()
        } else {
            format!("broken JSON at line {} column {}", error.line(), error.column())
        })
    })?;
    if list.too_many {
        return Err(too_many());
    }
    Ok(list.items)
}

pub(super) fn too_many() -> Refusal {
    bad(format!("an event has at most {} arguments", limits::EVENT_ARGS))
}

/// An event that clients may send: its name, and the function that decodes its arguments.
#[derive(Clone, Copy)]
pub(super) struct Known(
    pub(super) &'static str,
    pub(super) fn(Args<'_>) -> Result<Command, Refusal>,
);

/// The arguments of one client event, decoded one by one.
pub(super) struct Args<'a> {
    /// Name of the event, for error messages.
    pub event: &'a str,
    items: Items<'a>,
}

impl<'a> Args<'a> {
    /// Collects the arguments of an event. A first argument that is an array is expanded, because some clients send all arguments in one array.
    ///
    /// # Errors
    /// There are more than [`limits::EVENT_ARGS`].
    pub(super) fn new(event: &'a str, given: &[&'a RawValue]) -> Result<Self, Refusal> {
        let mut items = Items::new();
        let mut rest = given;
        if let [first, after @ ..] = given
            && kind(first) == Kind::List
        {
            items = split(first.get())?;
            rest = after;
        }
        if items.len() + rest.len() > limits::EVENT_ARGS {
            return Err(too_many());
        }
        for item in rest {
            // Within the bound: checked.
            let _ = items.push(item);
        }
        Ok(Self { event, items })
    }

    pub(super) fn items(&self) -> &[&'a RawValue] {
        &self.items
    }

    /// Takes the options: a last argument that is an object, after at least `before` other arguments.
    /// Returns the values in the order of `keys`; null counts as missing.
    ///
    /// # Errors
    /// A key is unknown or appears twice.
    pub(super) fn options<const N: usize>(
        &mut self,
        before: usize,
        keys: [&str; N],
    ) -> Result<[Option<&'a RawValue>; N], Refusal> {
        match self.items.last() {
            Some(last) if self.items.len() > before && kind(last) == Kind::Object => {
                let values = object(last.get(), &format!("{} knows", self.event), keys);
                self.items.pop();
                values
            }
            _ => Ok([None; N]),
        }
    }

    /// Returns exactly `N` arguments. A null after them is ignored, because clients send it for undefined options.
    ///
    /// # Errors
    /// There are more or fewer; `expected` describes them in the message.
    pub(super) fn exactly<const N: usize>(&self, expected: &str) -> Result<[&'a RawValue; N], Refusal> {
        let mut items = self.items();
        while items.len() > N
            && let Some((last, others)) = items.split_last()
            && kind(last) == Kind::Null
        {
            items = others;
        }
        items
            .try_into()
            .map_err(|_| bad(format!("{} expects {expected}", self.event)))
    }
}

/// The values of an object's keys, in the order of `keys`. `who` and the list of keys make the error message.
pub(super) fn object<'a, const N: usize>(
    raw: &'a str,
    who: &str,
    keys: [&str; N],
) -> Result<[Option<&'a RawValue>; N], Refusal> {
    let reader = Fields {
        keys,
        values: [None; N],
        wrong: None,
    };
    let mut json = serde_json::Deserializer::from_str(raw);
    let read = json.deserialize_map(reader);
    let fields = read.map_err(|_| bad("a key holds half of a surrogate pair, or the JSON is broken"))?;
    json.end().map_err(|_| bad("there is more than one JSON value"))?;
    match fields.wrong {
        None => Ok(fields
            .values
            .map(|value| value.filter(|value| kind(value) != Kind::Null))),
        Some(Wrong::Twice(key)) => Err(bad(format!("the option `{key}` is given twice"))),
        Some(Wrong::Unknown(key)) => Err(bad(format!("{who} no option `{key}`, only {}", listed(&keys)))),
    }
}

fn listed(keys: &[&str]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}

struct Fields<'a, 'k, const N: usize> {
    keys: [&'k str; N],
    values: [Option<&'a RawValue>; N],
    wrong: Option<Wrong>,
}

enum Wrong {
    Twice(String),
    Unknown(String),
}

impl<'de, 'k, const N: usize> Visitor<'de> for Fields<'de, 'k, N> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(Unescaped(key)) = map.next_key()? {
            let slot = self.keys.iter().position(|known| *known == key);
            let value = map.next_value()?;
            let wrong = match slot {
                None => Some(Wrong::Unknown(shown(&key))),
                Some(slot) => self.values[slot].replace(value).map(|_| Wrong::Twice(shown(&key))),
            };
            self.wrong = self.wrong.or(wrong);
        }
        Ok(self)
    }
}

/// A word from a client's event, shortened to one line for an error message to that client.
pub(super) fn shown(word: &str) -> String {
    const CHARS: usize = 40;
    let mut shown: Cow<'_, str> = word.into();
    if let Some((end, _)) = word.char_indices().nth(CHARS) {
        shown = format!("{}…", &word[..end]).into();
    }
    shown.escape_debug().to_string()
}
