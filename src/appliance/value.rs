//! Reads the value of one setting as a text, a choice, a switch or a number. A mistake says which form is expected.

use toml::Value;

use super::diagnostic::shown;
use crate::page::{Mistake, MistakeKind};

/// A text without the spaces around it.
pub fn text<'a>(key: &str, value: &'a Value) -> Result<&'a str, Mistake> {
    value
        .as_str()
        .map(str::trim)
        .ok_or_else(|| unquoted(key, &shown(value)))
}

/// Reads a text like [`text`], but one that is secret, so the error message does not repeat it.
pub fn secret<'a>(key: &str, value: &'a Value) -> Result<&'a str, Mistake> {
    text(key, value).map_err(|_| unquoted(key, "…"))
}

fn unquoted(key: &str, shown: &str) -> Mistake {
    let form = format!("{key} = \"{shown}\"");
    Mistake::new(MistakeKind::Quotes, format!("the value must stand in quotes: {form}"))
        .with(form)
        .of(key)
}

/// One of the known words, in any case.
pub fn choice<T: Copy>(key: &str, value: &Value, known: &[(&str, T)]) -> Result<T, Mistake> {
    let written = text(key, value)?.to_ascii_lowercase();
    let found = known.iter().find(|(name, _)| *name == written);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let (shown, names) = (format!("\"{}\"", shown(value)), names.join(", "));
        let what = format!("{shown} is none of {names}");
        Mistake::new(MistakeKind::Choice, what).with(shown).and(names).of(key)
    })
}

/// A boolean, or a word for one.
pub fn switch(key: &str, value: &Value) -> Result<bool, Mistake> {
    match value {
        Value::Boolean(on) => Ok(*on),
        Value::String(text) if ["on", "yes", "true"].contains(&&*text.to_ascii_lowercase()) => Ok(true),
        Value::String(text) if ["off", "no", "false"].contains(&&*text.to_ascii_lowercase()) => Ok(false),
        value => {
            let shown = shown(value);
            let what = format!("{shown} is neither \"on\" nor \"off\"");
            let choice = Mistake::new(MistakeKind::Choice, what).with(shown);
            Err(choice.and("\"on\", \"off\"").of(key))
        }
    }
}

/// Reads a number, even in quotes; 0 for any other value.
pub fn number(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or(0),
        value => value.as_integer().unwrap_or(0),
    }
}
