//! The places that settings come from, and their merging.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;
use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

use super::{ConfigError, Origin, Problem, Settings, bounds, webhooks};

/// Variables of the environment that are ours begin like this.
const ENV_PREFIX: &str = "CHATTERBOX_";
/// Names the file; it is read by the command line.
const ENV_FILE: &str = "CHATTERBOX_CONFIG";
/// Set by systemd for a unit with `StateDirectory=` (systemd.exec(5)); several are separated by colons.
const ENV_STATE: &str = "STATE_DIRECTORY";

/// A key with its value, and where that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// `section.key`.
    pub key: String,
    /// As it was written: text for the environment and the command line.
    pub value: Value,
    /// For messages.
    pub origin: Origin,
}

/// The places besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file, if one is named.
    pub file: Option<PathBuf>,
    /// The environment; what is not ours in it is passed over.
    pub env: Vec<(String, String)>,
    /// What the command line sets, in its order.
    pub flags: Vec<Setting>,
}

impl Sources {
    /// Puts the later over the earlier. The origins are those of the keys that are not at their default.
    pub(super) fn merge(&self) -> Result<(Settings, BTreeMap<String, Origin>), ConfigError> {
        let mut problems = Vec::new();
        let mut settings = state_directory(&self.env);
        if let Some(path) = &self.file {
            match from_file(path) {
                Ok(found) => settings.extend(found),
                Err(problem) => return Err(ConfigError(vec![problem])),
            }
        }
        from_env(&self.env, &mut settings, &mut problems);
        settings.extend(self.flags.iter().cloned());

        let defaults = table(&Settings::default());
        let mut merged = defaults.clone();
        let mut origins = BTreeMap::new();
        for setting in settings {
            match put(&mut merged, &defaults, &setting) {
                Ok(()) => drop(origins.insert(setting.key, setting.origin)),
                Err(what) => problems.push(Problem::new(&setting.origin, what)),
            }
        }
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let settings = merged.try_into().expect("each setting was tried when it was put");
        Ok((settings, origins))
    }
}

/// What serde makes of a struct. The keys are all that there are: no field is left out when it is empty.
pub(super) fn table(settings: &impl Serialize) -> Table {
    Table::try_from(settings).expect("settings are sections of plain values")
}

/// All keys of all sections.
pub(super) fn flat(sections: &Table) -> impl Iterator<Item = (String, &Value)> {
    let sections = sections
        .iter()
        .filter_map(|(name, section)| Some((name, section.as_table()?)));
    sections.flat_map(|(name, section)| section.iter().map(move |(key, value)| (format!("{name}.{key}"), value)))
}

/// Puts one setting over what is there, if its key is known and its value is of the right kind.
fn put(merged: &mut Table, defaults: &Table, setting: &Setting) -> Result<(), String> {
    if let Some(key) = setting.key.strip_prefix(webhooks::SECTION) {
        let hooks = merged.get_mut("webhooks").and_then(Value::as_array_mut);
        return webhooks::put(hooks.expect("a list by default"), key, setting);
    }
    let Some((_, default)) = flat(defaults).find(|(key, _)| *key == setting.key) else {
        return Err(unknown(&setting.key, flat(defaults).map(|(key, _)| key)));
    };
    let key = &setting.key;
    let value = fitting(default, setting)?;
    bounds::check(key, &value)?;
    let before = merged.clone();
    let (section, name) = key.split_once('.').expect("known keys have a section");
    let section = merged.get_mut(section).and_then(Value::as_table_mut);
    section
        .expect("known keys are in a section")
        .insert(name.to_owned(), value);
    if let Err(error) = merged.clone().try_into::<Settings>() {
        *merged = before;
        return Err(format!("{}: {}", wrong(default, setting), error.message()));
    }
    Ok(())
}

/// A setting's value, if it is of the kind that belongs in the place of a default.
pub(super) fn fitting(default: &Value, setting: &Setting) -> Result<Value, String> {
    let given = match (&setting.origin, &setting.value) {
        (Origin::Env(_) | Origin::Flag(_), Value::String(text)) => parse(default, text),
        (_, value) => value.clone(),
    };
    fit(default, given).ok_or_else(|| wrong(default, setting))
}

fn wrong(default: &Value, setting: &Setting) -> String {
    format!("{} = {}: expected {}", setting.key, setting.value, kind(default))
}

/// What goes in the place of a default, for people.
fn kind(default: &Value) -> &'static str {
    match default {
        Value::Boolean(_) => "true or false (on and off will do)",
        Value::Integer(_) => "a whole number, 0 or more",
        Value::Float(_) => "a number, 0 or more",
        Value::Array(_) => "a list of texts",
        _ => "a text in quotes",
    }
}

/// Text from the environment or the command line as the kind of value that belongs there.
fn parse(default: &Value, text: &str) -> Value {
    let text = text.trim();
    let other = || Value::String(text.to_owned());
    match default {
        Value::Boolean(_) => text.parse().map_or_else(|_| other(), Value::Boolean),
        Value::Integer(_) => text.replace('_', "").parse().map_or_else(|_| other(), Value::Integer),
        Value::Float(_) => text.parse().map_or_else(|_| other(), Value::Float),
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
        }
        _ => other(),
    }
}

/// The given value in the place of a default, if its kind is right. `off` for a number is left to the field's own type.
fn fit(default: &Value, given: Value) -> Option<Value> {
    match (default, given) {
        (Value::Boolean(_), Value::String(word)) if word == "on" || word == "off" => Some(Value::Boolean(word == "on")),
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

/// The sentence about a key that there is not.
pub(super) fn unknown(key: &str, known: impl Iterator<Item = String>) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
    let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.4) {
        Some(nearest) => format!("there is no key {key}; did you mean {nearest}?"),
        None => format!("there is no key {key}; chatterbox --help lists all keys"),
    }
}

/// The data directory that systemd made for us.
fn state_directory(env: &[(String, String)]) -> Vec<Setting> {
    let dir = env.iter().find(|(name, _)| name == ENV_STATE);
    let dir = dir
        .and_then(|(_, dirs)| dirs.split(':').next())
        .filter(|dir| !dir.is_empty());
    let setting = |dir: &str| Setting {
        key: "server.data".to_owned(),
        value: Value::String(dir.to_owned()),
        origin: Origin::Env(ENV_STATE.to_owned()),
    };
    dir.map(setting).into_iter().collect()
}

/// `CHATTERBOX_SECTION_KEY`; a variable of ours that names no key is a slip that should not go unseen.
fn from_env(env: &[(String, String)], settings: &mut Vec<Setting>, problems: &mut Vec<Problem>) {
    let defaults = table(&Settings::default());
    let variable = |key: &str| format!("{ENV_PREFIX}{}", key.replace('.', "_").to_uppercase());
    for (name, value) in env {
        if !name.starts_with(ENV_PREFIX) || name == ENV_FILE {
            continue;
        }
        let origin = Origin::Env(name.clone());
        match flat(&defaults).find(|(key, _)| variable(key) == *name) {
            Some((key, _)) => settings.push(Setting {
                key,
                value: Value::String(value.clone()),
                origin,
            }),
            None => {
                let what = unknown(name, flat(&defaults).map(|(key, _)| variable(&key)));
                problems.push(Problem::new(&origin, what));
            }
        }
    }
}

/// The settings of a TOML file, or why there are none.
fn from_file(path: &Path) -> Result<Vec<Setting>, Problem> {
    let text = fs::read_to_string(path).map_err(|error| {
        let whole = Origin::File {
            path: path.to_owned(),
            line: 0,
            column: 0,
        };
        Problem::new(&whole, format!("can't be read: {error}"))
    })?;
    let at = |offset: usize| place(path, &text, offset);
    let document = DeTable::parse(&text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        Problem::new(&at(offset), error.message())
    })?;
    let mut settings = Vec::new();
    for (name, section) in document.get_ref() {
        if let ("webhooks", DeValue::Array(hooks)) = (name.get_ref().as_ref(), section.get_ref()) {
            settings.extend(webhooks::settings(hooks, at));
            continue;
        }
        let DeValue::Table(section) = section.get_ref() else {
            let what = format!(
                "{} stands outside of a section; the sections are [server] and [limits]",
                name.get_ref()
            );
            return Err(Problem::new(&at(name.span().start), what));
        };
        settings.extend(section.iter().map(|(key, value)| Setting {
            key: format!("{}.{}", name.get_ref(), key.get_ref()),
            value: plain(value),
            origin: at(key.span().start),
        }));
    }
    // The parser sorts by name; people read from top to bottom.
    settings.sort_by_key(|setting| match setting.origin {
        Origin::File { line, column, .. } => (line, column),
        _ => (0, 0),
    });
    Ok(settings)
}

/// A value of the file without its place.
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

/// Line and column of a byte offset.
fn place(path: &Path, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    Origin::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
    }
}
