//! The query of a request's address.

use std::borrow::Cow;

/// Its pairs, percent-decoded, in their order. A request's head is bounded, and so is their number.
pub fn pairs(query: Option<&str>) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect()
}

/// A part of a path in an address, percent-encoded (RFC 3986, section 2).
pub fn encoded(part: &str) -> String {
    // The serializer is that of forms, which write a space as a plus sign.
    form_urlencoded::byte_serialize(part.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The value of the first pair with this key.
pub fn value<'a>(pairs: &'a [(Cow<'_, str>, Cow<'_, str>)], key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.as_ref())
}
