//! Settings as keys and values, and the expected kind of each value.

use serde::Serialize;
use toml::{Spanned, Table, Value, de::DeValue};

use super::error::Origin;

/// A setting: a key with its value and origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Section and key, as in `server.listen`.
    pub key: String,
    /// The value as written; from the environment and the command line it is text.
    pub value: Value,
    /// Source of the setting, for error messages.
    pub origin: Origin,
}

/// Converts a struct to a TOML table with all of its keys, including empty ones.
pub(super) fn table(settings: &impl Serialize) -> Table {
    Table::try_from(settings).expect("settings are sections of plain values")
}

/// All keys of all sections, as `section.key`, with their values.
pub(super) fn flat(sections: &Table) -> impl Iterator<Item = (String, &Value)> {
    let sections = sections
        .iter()
        .filter_map(|(name, section)| Some((name, section.as_table()?)));
    sections.flat_map(|(name, section)| section.iter().map(move |(key, value)| (format!("{name}.{key}"), value)))
}

/// Returns a setting's value in the kind of its default.
///
/// # Errors
/// The value has another kind.
pub(super) fn fitting(default: &Value, setting: &Setting) -> Result<Value, String> {
    let given = match (&setting.origin, &setting.value) {
        (Origin::Env(_) | Origin::Flag(_), Value::String(text)) => parse(default, text),
        (Origin::Default | Origin::File { .. } | Origin::Env(_) | Origin::Flag(_), value) => value.clone(),
    };
    fit(default, given).ok_or_else(|| wrong(default, setting))
}

pub(super) fn wrong(default: &Value, setting: &Setting) -> String {
    format!("{} = {}: expected {}", setting.key, setting.value, kind(default))
}

/// Describes the kind of a default value, for error messages.
pub(super) fn kind(default: &Value) -> &'static str {
    match default {
        Value::Boolean(_) => "true or false (on and off will do)",
        Value::Integer(_) => "a whole number, 0 or more",
        Value::Float(_) => "a number, 0 or more",
        Value::Array(_) => "a list of texts",
        _ => "a text in quotes",
    }
}

/// Parses text from the environment or the command line into the kind of the default value.
fn parse(default: &Value, text: &str) -> Value {
    let text = text.trim();
    let other = || Value::String(text.to_owned());
    match default {
        Value::Integer(_) => text.replace('_', "").parse().map_or_else(|_| other(), Value::Integer),
        Value::Float(_) => text.parse().map_or_else(|_| other(), Value::Float),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
        }
        _ => other(),
    }
}

/// The meaning of a word for a switch, in small letters.
pub(super) fn word(word: &str) -> Option<bool> {
    match word {
        "true" | "on" | "yes" => Some(true),
        "false" | "off" | "no" => Some(false),
        _ => None,
    }
}

/// Returns `given` if its kind matches the default. `off` in place of a number passes; the field's own type checks it.
fn fit(default: &Value, given: Value) -> Option<Value> {
    match (default, given) {
        (Value::Boolean(_), Value::String(text)) => word(&text.to_ascii_lowercase()).map(Value::Boolean),
        (Value::Integer(_), Value::Integer(number)) => (number >= 0).then_some(Value::Integer(number)),
        (Value::Integer(_), Value::String(word)) if word == "off" => Some(Value::String(word)),
        (Value::Integer(_), Value::Boolean(false)) => Some(Value::String("off".to_owned())),
        #[expect(clippy::cast_precision_loss, reason = "no rate is near 2^53")]
        (Value::Float(_), Value::Integer(number)) => fit(default, Value::Float(number as f64)),
        (Value::Float(_), Value::Float(number)) => {
            (number.is_finite() && number >= 0.0).then_some(Value::Float(number))
        }
        (Value::Array(_), Value::Array(parts)) => parts.iter().all(Value::is_str).then_some(Value::Array(parts)),
        (default, given) => default.same_type(&given).then_some(given),
    }
}

/// The error message for an unknown key, which suggests the most similar known one.
pub(super) fn unknown(key: &str, known: impl Iterator<Item = String>) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
    let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.4) {
        Some(nearest) => format!("there is no key {key}; did you mean {nearest}?"),
        None => format!("there is no key {key}; chatterbox --help lists all keys"),
    }
}

/// Converts a parsed value of the file to a plain TOML value.
pub(super) fn plain(value: &Spanned<DeValue<'_>>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::String(number.to_string()),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Value::Float(number),
            Err(_) => Value::String(number.as_str().to_owned()),
        },
        DeValue::Boolean(yes) => Value::Boolean(*yes),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(parts) => Value::Array(parts.iter().map(plain).collect()),
        DeValue::Table(fields) => {
            let field =
                |(key, value): (&Spanned<_>, &_)| (AsRef::<str>::as_ref(key.get_ref()).to_owned(), plain(value));
            Value::Table(fields.iter().map(field).collect())
        }
    }
}
