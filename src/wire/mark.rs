//! Removes the byte order mark that Windows editors and shells put before UTF-8 text.

const MARK: &str = "\u{feff}";

/// The text without a byte order mark at its beginning; a text that has none is returned unchanged.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The bytes without a leading byte order mark.
pub fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK.as_bytes()).unwrap_or(bytes)
}
