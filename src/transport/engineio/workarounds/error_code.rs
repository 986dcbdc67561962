//! Error codes of Engine.IO in HTTP answers: the library writes them as strings (engineioxide 0.17.9, `src/errors.rs`), clients expect numbers.

use bytes::Bytes;
use http::StatusCode;

/// Makes the error code in the library's body numeric. A body without an Engine.IO error becomes error 3.
pub fn numbered(status: StatusCode, body: &[u8]) -> Bytes {
    let numbered = std::str::from_utf8(body)
        .ok()
        .and_then(|body| body.strip_prefix("{\"code\":\""))
        .and_then(|rest| rest.split_once('"'))
        .map(|(code, rest)| format!("{{\"code\":{code}{rest}"));
    let reason = || status.canonical_reason().unwrap_or("Bad request");
    numbered
        .unwrap_or_else(|| format!("{{\"code\":3,\"message\":\"{}\"}}", reason()))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_a_number() {
        let library = br#"{"code":"1","message":"Session ID unknown"}"#;
        let expected = r#"{"code":1,"message":"Session ID unknown"}"#;
        assert_eq!(numbered(StatusCode::BAD_REQUEST, library), expected);
        let expected = r#"{"code":3,"message":"Internal Server Error"}"#;
        assert_eq!(numbered(StatusCode::INTERNAL_SERVER_ERROR, b""), expected);
    }
}
