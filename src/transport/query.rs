//! Parses the query of a request's URI into keys and values. The length of a request's head bounds it (`head_bytes`).

use std::borrow::Cow;

/// Decoded pairs of key and value.
pub type Pairs<'a> = [(Cow<'a, str>, Cow<'a, str>)];

/// The query's pairs in order, percent-decoded. The size limit of a request's head also limits their number.
pub fn pairs(query: Option<&str>) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect()
}

/// Percent-encodes one segment of a path (RFC 3986, section 2).
pub fn encoded(part: &str) -> String {
    // The serializer of forms writes a space as a plus sign.
    form_urlencoded::byte_serialize(part.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// The value of the first pair with this key; `None` if no pair has it.
pub fn value<'a>(pairs: &'a Pairs<'_>, key: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.as_ref())
}
