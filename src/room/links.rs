//! Detects links in a text, for rooms that refuse them: forms that phones make clickable, and common disguises. Nothing grows.

/// Domain endings that mark a link even without `www`. Endings that arise from a forgotten space ("ja.nein") are left out.
const ENDINGS: &[&str] = &[
    "app", "at", "biz", "cc", "ch", "cn", "co", "com", "de", "dev", "edu", "es", "eu", "fr", "gg", "gl", "gov", "info",
    "io", "it", "jp", "link", "ly", "me", "net", "nl", "online", "org", "pl", "pt", "ru", "shop", "site", "tk", "top",
    "tv", "uk", "us", "xyz",
];

/// Whether a text contains a link that phones make clickable, or an obvious disguise of one.
pub fn has_link(text: &str) -> bool {
    let plain: String = text.chars().filter_map(plain).collect();
    plain.contains("://")
        || plain.contains("www.")
        || plain.contains("mailto:")
        || plain
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')))
            .any(|word| is_site(word.trim_matches('.')))
}

/// Normalizes a character: `None` if invisible, otherwise lowercase, with full-width forms as ordinary ones.
fn plain(c: char) -> Option<char> {
    let c = match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => return None,
        '\u{3002}' | '\u{ff61}' | '\u{2024}' => '.',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0)?,
        c => c,
    };
    Some(c.to_ascii_lowercase())
}

fn is_site(word: &str) -> bool {
    let mut parts = word.rsplit('.');
    let ending = parts.next().unwrap_or_default();
    let Some(name) = parts.next() else { return false };
    let number = |part: &str| part.parse::<u8>().is_ok();
    let address = word.split('.').count() == 4 && word.split('.').all(number);
    address || (ENDINGS.contains(&ending) && name.len() > 1 && name.chars().any(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_sentences_are_not() {
        for text in [
            "https://example.com",
            "HTTP://EXAMPLE.COM/x",
            "look: example.com/a",
            "www.example.net",
            "see (example.org).",
            "ｅｘａｍｐｌｅ．ｃｏｍ",
            "exam\u{200b}ple.com",
            "example。com",
            "192.168.4.1",
            "10.0.0.1:8080",
            "mailto:a@b",
            "ann@example.de",
        ] {
            assert!(has_link(text), "{text}");
        }
        for text in [
            "",
            "hello",
            "z.B. so",
            "e.g. this",
            "at 10.30",
            "1.000.000",
            "Ja.Nein",
            "wait...",
            "3.14",
            "v1.2.3.4.5",
            "U.S. team",
            "大家好。",
        ] {
            assert!(!has_link(text), "{text}");
        }
    }
}
