//! The byte order mark that editors and shells of Windows put in front of UTF-8.

const MARK: &str = "\u{feff}";

/// A text without a mark in front.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// Bytes without a mark in front.
pub fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK.as_bytes()).unwrap_or(bytes)
}
