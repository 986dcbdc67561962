//! A mistake in a box's settings file: a code and values, from which the pages make a sentence of their language. The sentences are in the
//! organizer's translation files (`org.fix.<code>`). Plain data; nothing grows.

use std::{collections::HashMap, fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    locales::CATALOGUES,
    markup::{direction, escaped},
};
use crate::limits;

/// Kind of mistake; its name in `camelCase` is part of the key of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MistakeKind {
    /// An address that can't be used; `value` is an example.
    Address,
    /// A character that can't be typed as part of a password.
    Ascii,
    /// A section's name in brackets.
    Brackets,
    /// The name of the box; `value` is the maximum length.
    BoxName,
    /// The name of the Wi-Fi is too long; `value` is the maximum length in bytes.
    Bytes,
    /// A character was replaced or left out; `value` is its number.
    Changed,
    /// No channel of a Wi-Fi.
    Channel,
    /// A channel, `value`, that needs the country.
    ChannelCountry,
    /// A channel, `value`, that the country, `more`, does not allow.
    ChannelNot,
    /// None of the possible values, `more`.
    Choice,
    /// No country.
    Country,
    /// Curly quotes; `value` is the right form.
    Curly,
    /// Characters that are not saved as UTF-8.
    Encoding,
    /// A line of another form; `value` is the right one.
    Form,
    /// A file of another kind, `value`.
    Kind,
    /// A text of a wrong length, `value`; `more` is the range.
    Length,
    /// No settings file; `value` is its name.
    Missing,
    /// Mistakes that are not listed; `value` is their number.
    More,
    /// Too many values; `value` is the maximum.
    Most,
    /// A file, `value`, that can't be written.
    NoSpace,
    /// A name with more than one line or of a wrong length; `value` is the range.
    OneLine,
    /// The Wi-Fi's password can't be stored.
    PasswordLost,
    /// A value without quotes; `value` is the right form.
    Quotes,
    /// A remark without its sign.
    Remark,
    /// A character in the line that can't be seen or looks like another one, `value`.
    Retype,
    /// A room's name that is not allowed, `value`.
    Room,
    /// Spaces around a value.
    Spaces,
    /// A subnet of a wrong size, `value`.
    SubnetSize,
    /// The file is larger than `value` kilobytes.
    TooLong,
    /// A setting or a room, `value`, that was there before.
    Twice,
    /// An unknown setting, `value`; `more` are the nearest one or all.
    Unknown,
    /// The settings file can't be read; `value` is the system's error.
    Unreadable,
    /// A setting without effect because of another one, `value`.
    Unused,
}

/// A mistake in a box's settings file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// Line number from 1; 0 means the file as a whole.
    pub line: usize,
    /// Kind of the mistake.
    pub code: MistakeKind,
    /// Name of the setting, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// What the sentence names; the code tells what it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What the sentence names besides.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub more: String,
    /// Description of the mistake and how to correct it, in English and on one line.
    pub message: String,
}

impl Mistake {
    /// A mistake of the whole file. Long messages are shortened, control characters replaced.
    pub fn new(code: MistakeKind, message: impl AsRef<str>) -> Self {
        let plain = message.as_ref().chars();
        let message = plain.map(|c| if c.is_control() { ' ' } else { c }).collect();
        let (key, value, more) = Default::default();
        Self {
            line: 0,
            code,
            key,
            value,
            more,
            message: shortened(message, limits::BOX_PROBLEM_BYTES),
        }
    }

    /// With what the sentence names.
    pub fn with(mut self, value: impl ToString) -> Self {
        self.value = shortened(value.to_string(), limits::BOX_PROBLEM_BYTES);
        self
    }

    /// With what the sentence names besides.
    pub fn and(mut self, more: impl ToString) -> Self {
        self.more = shortened(more.to_string(), limits::BOX_PROBLEM_BYTES);
        self
    }

    /// With the name of its setting.
    pub fn of(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// With its line.
    pub fn at(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// The mistake as one line of JSON, for the server's settings.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// The sentence in a language of the pages.
    pub(super) fn sentence(&self, tag: &str) -> String {
        let code = serde_json::to_value(self.code);
        let code = code.as_ref().ok().and_then(Value::as_str).unwrap_or_default();
        let apart = |value: &str| match direction(tag) {
            "rtl" if !value.is_empty() => format!("\u{2068}{value}\u{2069}"),
            _ => value.to_owned(),
        };
        let line = match self.line {
            0 => String::new(),
            line => format!("{}: ", phrase(tag, "line").replace("{count}", &line.to_string())),
        };
        let key = match self.key.as_str() {
            "" => String::new(),
            key => format!("{}: ", apart(key)),
        };
        let sentence = phrase(tag, code).replace("{more}", &apart(&self.more));
        format!("{line}{key}{}", sentence.replace("{value}", &apart(&self.value)))
    }

    /// Length of the longest of its sentences in bytes, after HTML escaping.
    pub fn size(&self) -> usize {
        let sizes = SENTENCES.keys().map(|tag| escaped(&self.sentence(tag)).len());
        sizes.max().unwrap_or(0).max(escaped(&self.to_string()).len())
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// The text, cut to at most so many bytes.
pub fn shortened(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}

/// Prefix of the sentences' keys.
const PREFIX: &str = "org.fix.";

/// The sentences of each language by code, from the translation files.
static SENTENCES: LazyLock<HashMap<&str, HashMap<&str, String>>> = LazyLock::new(|| {
    let files = CATALOGUES.iter().filter_map(|(name, _, content)| {
        let tag = name.strip_prefix("locales/")?.strip_suffix(".organizer.js")?;
        Some((tag, content.lines().filter_map(read_sentence).collect()))
    });
    files.collect()
});

/// The code and the sentence, if the line of a translation file has one.
fn read_sentence(line: &str) -> Option<(&str, String)> {
    let (key, text) = line.trim().trim_end_matches(',').split_once(": ")?;
    let code = key.trim_matches('"').strip_prefix(PREFIX)?;
    Some((code, serde_json::from_str(text).ok()?))
}

fn phrase(tag: &str, code: &str) -> &'static str {
    let sentence = SENTENCES.get(tag).and_then(|sentences| sentences.get(code));
    sentence.map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_kind_has_a_sentence_in_each_language() {
        let codes = || SENTENCES["en"].keys().copied().collect::<BTreeSet<_>>();
        assert_eq!(SENTENCES.len(), CATALOGUES.len() / 2);
        for (tag, sentences) in &*SENTENCES {
            assert_eq!(sentences.keys().copied().collect::<BTreeSet<_>>(), codes(), "{tag}");
        }
        let mut kinds = 0;
        for code in codes().into_iter().filter(|code| *code != "line") {
            kinds += 1;
            let json = format!(r#"{{"line":2,"code":"{code}","key":"country","value":"V","more":"M","message":"m"}}"#);
            let mistake: Mistake = serde_json::from_str(&json).expect("a known kind");
            assert_eq!(mistake.json(), json);
            for tag in ["en", "ar", "hi"] {
                let sentence = mistake.sentence(tag);
                assert!(sentence.contains('2') && sentence.contains("country"), "{sentence}");
                assert!(!sentence.contains('{') && sentence.len() > 20, "{sentence}");
            }
        }
        // The last variant: a kind that the translation files lack is found here.
        assert_eq!(kinds, MistakeKind::Unused as usize + 1);
    }

    #[test]
    fn a_value_does_not_disorder_arabic() {
        let mistake = Mistake::new(MistakeKind::Most, "at most").with(4).of("rooms").at(3);
        assert_eq!(mistake.to_string(), "line 3: rooms: at most");
        assert!(mistake.sentence("ar").contains("\u{2068}rooms\u{2069}"));
        assert!(mistake.size() >= mistake.sentence("hi").len());
    }
}
