//! A mistake in a box's settings file: a code and values, from which the pages make a sentence of their language. The sentences are in the
//! organizer's translation files (`org.fix.<code>`). Plain data; nothing grows.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    locales::{LANGUAGES, direction, phrase},
    markup::escaped,
};
use crate::limits;

/// Kind of mistake; its name in `camelCase` is part of the key of its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MistakeKind {
    /// An unusable address; `value` is an example of a usable one.
    Address,
    /// A password with a character that is not printable ASCII.
    Ascii,
    /// A section header (`[name]`), which the file does not have.
    Brackets,
    /// An invalid host name of the box; `value` is the maximum length.
    BoxName,
    /// The name of the Wi-Fi is too long; `value` is the maximum length in bytes.
    Bytes,
    /// A character that was replaced or left out; `value` is its code point.
    Changed,
    /// A value that is no Wi-Fi channel.
    Channel,
    /// A channel, `value`, that needs the country.
    ChannelCountry,
    /// A channel, `value`, that the country, `more`, does not allow.
    ChannelNot,
    /// A value that is not allowed; `more` lists the allowed ones.
    Choice,
    /// A value that is no country's code.
    Country,
    /// Curly quotes; `value` is the right form.
    Curly,
    /// A file whose encoding is not UTF-8.
    Encoding,
    /// A line with a syntax error; `value` shows the right form.
    Form,
    /// A file that is no text; `value` names its format.
    Kind,
    /// A text of a wrong length, `value`; `more` is the range.
    Length,
    /// No settings file; `value` is its name.
    Missing,
    /// Stands for the mistakes beyond the listed ones; `value` is their number.
    More,
    /// Too many values; `value` is the maximum.
    Most,
    /// A file that can't be written, because the partition is full; `value` is its name.
    NoSpace,
    /// A name with more than one line or of a wrong length; `value` is the range.
    OneLine,
    /// The Wi-Fi's password can't be stored.
    PasswordLost,
    /// A value without quotes; `value` is the right form.
    Quotes,
    /// A remark that does not begin with `#`.
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
    /// First value in the sentence; its meaning depends on the code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Second value in the sentence.
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

    /// Sets the first value in the sentence.
    pub fn with(mut self, value: impl ToString) -> Self {
        self.value = shortened(value.to_string(), limits::BOX_PROBLEM_BYTES);
        self
    }

    /// Sets the second value in the sentence.
    pub fn and(mut self, more: impl ToString) -> Self {
        self.more = shortened(more.to_string(), limits::BOX_PROBLEM_BYTES);
        self
    }

    /// Sets the name of the setting.
    pub fn of(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    /// Sets the line number.
    pub fn at(self, line: usize) -> Self {
        Self { line, ..self }
    }

    /// The mistake as one line of JSON, for the server's settings.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers")
    }

    /// The sentence in a language of the pages.
    fn sentence(&self, tag: &str) -> String {
        let code = serde_json::to_value(self.code);
        let code = code.as_ref().ok().and_then(Value::as_str).unwrap_or_default();
        let isolates = direction(tag) == "rtl";
        let apart = |value: &str| match value {
            value if isolates && !value.is_empty() => format!("\u{2068}{value}\u{2069}"),
            value => value.to_owned(),
        };
        let line = match self.line {
            0 => String::new(),
            line => format!(
                "{}: ",
                phrase(tag, "org.fix.line").replace("{count}", &line.to_string())
            ),
        };
        let key = match self.key.as_str() {
            "" => String::new(),
            key => format!("{}: ", apart(key)),
        };
        let sentence = phrase(tag, &format!("org.fix.{code}")).replace("{more}", &apart(&self.more));
        format!("{line}{key}{}", sentence.replace("{value}", &apart(&self.value)))
    }

    /// Length of the longest of its sentences in bytes, after HTML escaping.
    pub fn size(&self) -> usize {
        let sizes = LANGUAGES.iter().map(|tag| escaped(&self.sentence(tag)).len());
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

/// The problems of a box's settings for programs: [`Mistake`]s, or texts that were written by hand.
pub fn told(problems: &[String]) -> Vec<Value> {
    let told = problems.iter().map(|one| match serde_json::from_str::<Mistake>(one) {
        Ok(mistake) => json!(mistake),
        Err(_) => json!({ "line": 0, "code": "other", "message": english(one) }),
    });
    told.collect()
}

/// The English sentence of a problem that a newer version wrote, or a person.
fn english(problem: &str) -> String {
    let newer: Option<Value> = serde_json::from_str(problem).ok();
    let message = newer.as_ref().and_then(|newer| newer["message"].as_str());
    message.unwrap_or(problem).to_owned()
}

/// The problems of a box's settings as HTML: a notice that unfolds without a script. Empty without problems.
pub fn problems(all: &[String], tag: &str) -> String {
    if all.is_empty() {
        return String::new();
    }
    let line = |one: &String| match serde_json::from_str::<Mistake>(one) {
        Ok(mistake) => format!("<p>{}</p>", escaped(&mistake.sentence(tag))),
        Err(_) => format!("<p lang=\"en\" dir=\"ltr\">{}</p>", escaped(&english(one))),
    };
    let lines: String = all.iter().map(line).collect();
    let summary = phrase(tag, "org.find.file");
    format!("<details id=\"problems\"><summary>{summary}</summary><div>{lines}</div></details>\n")
}

#[cfg(test)]
mod tests {
    use super::{super::locales::catalogues, *};

    #[test]
    fn each_kind_has_a_sentence_in_each_language() {
        let (_, english) = catalogues().find(|file| file.0 == "locales/en.organizer.js").unwrap();
        let keys = english.split("\n  \"org.fix.").skip(1);
        let codes = keys.filter_map(|rest| Some(rest.split_once('"')?.0));
        let mut kinds = 0;
        for code in codes.filter(|code| *code != "line") {
            kinds += 1;
            let json = format!(r#"{{"line":2,"code":"{code}","key":"country","value":"V","more":"M","message":"m"}}"#);
            let mistake: Mistake = serde_json::from_str(&json).expect("a known kind");
            assert_eq!(mistake.json(), json);
            for tag in LANGUAGES.iter() {
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
