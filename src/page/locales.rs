//! The languages of the pages. A language is two translation files in `assets/locales`: one for guests, and one for the organizer's page
//! and for what the server writes itself (markup, printed cards, the console).

use std::sync::LazyLock;

use axum::http::{HeaderMap, header};

use super::file::{FILES, listed};

/// End of the phrases in a translation file. Behind it stand the language's terms, which only a test reads.
const END: &str = "\n};\n";

/// Tags of all languages: English first, for readers of any other language, then in alphabetical order.
pub static LANGUAGES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let tags = catalogues().filter_map(|(name, _)| name.strip_prefix("locales/")?.strip_suffix(".organizer.js"));
    let mut tags: Vec<_> = tags.collect();
    tags.sort_by_key(|tag| (*tag != "en", *tag));
    tags
});

/// The translation files: path, and the phrases as a module.
pub fn catalogues() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = FILES.iter().filter(|file| file.0.starts_with("locales/"));
    files.map(|&(name, _, content)| {
        let end = content.find(END).map_or(content.len(), |at| at + END.len());
        (name, &content[..end])
    })
}

/// A phrase without plural forms, in a language or else in English; empty for an unknown key. Searches the files each time, to keep no copy.
pub fn phrase(tag: &str, key: &str) -> String {
    let of = |tag: &str| {
        let names = [format!("locales/{tag}.js"), format!("locales/{tag}.organizer.js")];
        let mut files = catalogues().filter(|file| names.iter().any(|name| name == file.0));
        files.find_map(|(_, content)| {
            let line = |name: String| content.split_once(&format!("\n  {name}: "))?.1.lines().next();
            let text = line(format!("{key:?}")).or_else(|| line(key.to_owned()))?;
            serde_json::from_str(text.trim_end_matches(',')).ok()
        })
    };
    of(tag).or_else(|| of("en")).unwrap_or_default()
}

/// The languages' own names as a JSON object, in the order of [`LANGUAGES`].
pub fn names() -> String {
    let name = |tag: &&str| format!("\"{tag}\":\"{}\"", phrase(tag, "languageName"));
    let names: Vec<_> = LANGUAGES.iter().map(name).collect();
    format!("{{{}}}", names.join(","))
}

/// Writing direction of a language: `ltr` or `rtl`.
pub fn direction(tag: &str) -> String {
    phrase(tag, "direction")
}

/// Index in [`LANGUAGES`] of the language that a browser prefers most (RFC 9110, section 12.5.4).
pub fn asked(headers: &HeaderMap) -> usize {
    let index = |tag: &str| {
        let language = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let language = if matches!(language.as_str(), "no" | "nn") {
            "nb"
        } else {
            &language
        };
        LANGUAGES.iter().position(|one| *one == language)
    };
    let weighed = |range: &str| {
        let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
        Some((index(tag.trim())?, weight.trim().parse::<f32>().unwrap_or(0.0)))
    };
    let ranges = listed(headers, header::ACCEPT_LANGUAGE).filter_map(weighed);
    let best = ranges.reduce(|best, one| if one.1 > best.1 { one } else { best });
    best.map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_language_has_what_the_server_writes() {
        assert!(LANGUAGES.len() >= 24 && LANGUAGES[0] == "en", "{:?}", *LANGUAGES);
        assert_eq!(catalogues().count(), 2 * LANGUAGES.len());
        for &tag in LANGUAGES.iter() {
            for key in ["page.noScript", "page.trouble", "page.retry", "org.find.file"] {
                let text = phrase(tag, key);
                assert!(
                    !text.is_empty() && !text.contains(['<', '"', '{']),
                    "{tag} {key}: {text}"
                );
                assert!(tag == "en" || text != phrase("en", key), "{tag} {key}: {text}");
            }
            assert!(phrase(tag, "page.noScript").contains("JavaScript"), "{tag}");
            assert!(phrase(tag, "org.find.file").contains("chatterbox.toml"), "{tag}");
            assert_eq!(direction(tag) == "rtl", tag == "ar", "{tag}");
        }
        assert_eq!(phrase("xx", "wall.network"), "Network");
        assert_eq!(phrase("en", "unheard"), "");
    }

    #[test]
    fn each_language_has_a_name_of_its_own() {
        let names: BTreeSet<_> = LANGUAGES.iter().map(|tag| phrase(tag, "languageName")).collect();
        assert_eq!(names.len(), LANGUAGES.len());
        assert!(names.iter().all(|name| !name.contains(['\'', '"', '\\'])), "{names:?}");
    }

    #[test]
    fn the_language_that_a_browser_wants_most_is_taken() {
        let cases = [
            ("", "en"),
            ("xx, *", "en"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("xx, en;q=0.5, pt-BR;q=0.7", "pt"),
            ("nn-NO", "nb"),
            ("ja;q=x, ko;q=0.1", "ko"),
        ];
        for (header, tag) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
            assert_eq!(LANGUAGES[asked(&headers)], tag, "{header}");
        }
    }
}
