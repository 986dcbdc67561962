//! The query of a request's address.

use std::borrow::Cow;

/// Its pairs, percent-decoded, in their order. A request's head is bounded, and so is their number.
pub fn pairs(query: Option<&str>) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect()
}

/// The value of the first pair with this key.
pub fn value<'a>(pairs: &'a [(Cow<'_, str>, Cow<'_, str>)], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.as_ref())
}
