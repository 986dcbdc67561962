//! Parses the query of a request's URI into keys and values. The length of a request's head bounds it (`head_bytes`).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::room::{Code, Refusal};

/// A decoded key with its value.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Decoded pairs of key and value.
pub type Pairs<'a> = [Pair<'a>];

/// The query's pairs in order, percent-decoded. The size limit of a request's head also limits their number.
///
/// # Errors
/// `bad_request`: the decoded query is not UTF-8. The parser would replace the bad bytes, and two names could become one.
pub fn pairs(query: Option<&str>) -> Result<Vec<Pair<'_>>, Refusal> {
    let query = query.unwrap_or_default();
    match percent_decode_str(query).decode_utf8() {
        Ok(_) => Ok(form_urlencoded::parse(query.as_bytes()).collect()),
        Err(_) => Err(Refusal::new(Code::BadRequest, "the query of the address is not UTF-8")),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_or_refused_whole() {
        let read = pairs(Some("room=%E5%A4%A7+%26&x=\u{e9}%EF%BF%BD&flag")).unwrap();
        assert_eq!(value(&read, "room"), Some("\u{5927} &"));
        assert_eq!(value(&read, "x"), Some("\u{e9}\u{fffd}"));
        assert_eq!(value(&read, "flag"), Some(""));
        for broken in ["room=%ff", "%c3=x", "room=a&name=%E5%A4", "x=%ed%a0%80"] {
            assert_eq!(pairs(Some(broken)).unwrap_err().code, Code::BadRequest, "{broken}");
        }
    }
}
