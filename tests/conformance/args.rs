//! The arguments of an event, unchanged for the echo.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
    ser::SerializeTuple,
};
use serde_json::value::RawValue;
use socketioxide::{extract::Data, handler::FromMessageParts, socket::Socket};
use socketioxide_core::{Str, Value};

/// Serializes as a tuple, which the library spreads over the packet.
pub enum Args {
    /// JSON that passes through untouched.
    Plain(Vec<Box<RawValue>>),
    /// Values with binary among them.
    Parsed(Vec<rmpv::Value>),
}

impl Args {
    /// The name and the arguments of an event; `None` for a malformed one.
    pub fn of_event(socket: &Arc<Socket>, text: &Str, attachments: Option<Vec<Bytes>>) -> Option<(String, Self)> {
        let mut items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
        if items.is_empty() {
            return None;
        }
        let name = serde_json::from_str(items.remove(0).get()).ok()?;
        let args = match attachments {
            None => Self::Plain(items),
            Some(attachments) => {
                let mut value = Value::Str(text.clone(), Some(attachments.into()));
                let Data(args) = Data::<Self>::from_message_parts(socket, &mut value, &None).ok()?;
                args
            }
        };
        Some((name, args))
    }

    /// The arguments as one JSON text each; `None` if there is binary.
    pub fn plain(&self) -> Option<&[Box<RawValue>]> {
        match self {
            Self::Plain(items) => Some(items),
            Self::Parsed(_) => None,
        }
    }

    /// The arguments as values, if the library has parsed them.
    pub fn parsed(&self) -> Option<&[rmpv::Value]> {
        match self {
            Self::Plain(_) => None,
            Self::Parsed(items) => Some(items),
        }
    }

    /// Whether the first argument, or its field `key`, is binary.
    pub fn is_binary(&self, key: Option<&str>) -> bool {
        let first = self.parsed().and_then(|items| items.first());
        first.is_some_and(|first| key.map_or(first, |key| &first[key]).is_bin())
    }

    /// The argument with this number, if it is a `T`.
    pub fn get<T: for<'a> Deserialize<'a>>(&self, at: usize) -> Option<T> {
        serde_json::from_str(self.plain()?.get(at)?.get()).ok()
    }

    /// All but the first argument.
    pub fn rest(self) -> Self {
        match self {
            Self::Plain(items) => Self::Plain(items.into_iter().skip(1).collect()),
            Self::Parsed(items) => Self::Parsed(items.into_iter().skip(1).collect()),
        }
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn all<S: Serializer, T: Serialize>(serializer: S, items: &[T]) -> Result<S::Ok, S::Error> {
            let mut tuple = serializer.serialize_tuple(items.len())?;
            for item in items {
                tuple.serialize_element(item)?;
            }
            tuple.end()
        }
        match self {
            Self::Plain(items) => all(serializer, items),
            Self::Parsed(items) => all(serializer, items),
        }
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Args;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("arguments")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Args, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Args::Parsed(items))
            }
        }
        // JSON ignores the number.
        deserializer.deserialize_tuple(usize::from(u8::MAX), All)
    }
}
