//! Advice for a line of the configuration file that is no TOML: names the key, and shows the line as it should be.

use toml::{Value, de::DeTable};

use super::{
    settings::ConfigFile,
    values::{flat, kind, table, unknown},
};

/// Keys whose values must not be repeated.
const SECRET: [&str; 2] = ["password", "secret"];

/// Describes the mistake in the line with this byte offset; `None` if the line is no setting, or if its value has no common mistake.
pub(super) fn advice(text: &str, offset: usize) -> Option<String> {
    let begin = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text[begin..].lines().next()?;
    // The mistake is elsewhere, if the line alone is right.
    if DeTable::parse(line).is_ok() {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    let (name, value) = (name.trim(), bare(value));
    let section = text[..begin]
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix('['))?;
    // Of a list of sections, each key is a text.
    let is_list = section.starts_with('[');
    let section = section.trim_matches(['[', ']', ' ']).split(']').next()?;
    let key = format!("{section}.{name}");
    let defaults = table(&ConfigFile::default());
    let default = match flat(&defaults).find(|(known, _)| *known == key) {
        Some((_, default)) => default.clone(),
        None if is_list => Value::String(String::new()),
        None => return Some(unknown(&key, flat(&defaults).map(|(known, _)| known))),
    };
    let form = right(&default, value)?;
    let is_secret = SECRET.iter().any(|word| name.contains(word));
    let form = if is_secret { "\"…\"" } else { &form };
    Some(format!("{key}: expected {}; write: {name} = {form}", kind(&default)))
}

/// The value without a comment, and without quotes of any form around it.
fn bare(value: &str) -> &str {
    let value = value.split(" #").next().unwrap_or(value);
    value
        .trim()
        .trim_matches(['"', '\'', '“', '”', '„', '‘', '’', '«', '»'])
        .trim()
}

/// The value as TOML of the default's kind; `None` if that can't be told.
fn right(default: &Value, value: &str) -> Option<String> {
    let word = value.to_ascii_lowercase();
    match default {
        Value::Boolean(_) => super::values::word(&word).map(|on| on.to_string()),
        Value::Integer(_) | Value::Float(_) if word == "off" => Some("\"off\"".to_owned()),
        Value::Integer(_) | Value::Float(_) => None,
        Value::Array(_) => {
            let parts = value
                .trim_matches(['[', ']'])
                .split(',')
                .map(bare)
                .filter(|part| !part.is_empty());
            Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()).to_string())
        }
        Value::String(_) | Value::Datetime(_) | Value::Table(_) => Some(Value::String(value.to_owned()).to_string()),
    }
}
