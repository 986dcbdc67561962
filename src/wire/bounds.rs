//! Whether JSON from a client may be looked at more closely: a bound on its depth before a parser sees it, and soundness
//! of what is passed on to other clients unread.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{
    limits,
    room::{Code, Refusal},
};

/// Checks how deep a JSON text is nested, in one walk over its bytes, without a stack.
///
/// # Errors
/// It is deeper than [`limits::JSON_DEPTH`]. Broken JSON may pass: the parser finds that.
pub(super) fn check_depth(raw: &str) -> Result<(), Refusal> {
    let mut depth = 0_usize;
    let (mut in_text, mut escaped) = (false, false);
    for byte in raw.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::JSON_DEPTH {
            let message = format!("the JSON is nested deeper than {} levels", limits::JSON_DEPTH);
            return Err(Refusal::new(Code::BadRequest, message));
        }
    }
    Ok(())
}

/// A value that other clients' parsers will take, too: no lone surrogates, no numbers beyond a double. A parser of JSON
/// texts that are only passed on ([`serde_json::value::RawValue`]) lets these through, and some clients lose the whole
/// message, or the connection, over them.
pub(super) struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Sound)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sound, A::Error> {
        while list.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sound, A::Error> {
        while map.next_entry::<Sound, Sound>()?.is_some() {}
        Ok(Sound)
    }
}
