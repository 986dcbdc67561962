//! Reads settings from file, environment and command line, and merges them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{
    advice::advice,
    bounds,
    error::{ConfigError, Origin, Problem},
    settings::ConfigFile,
    values::{Setting, fitting, flat, plain, table, unknown, wrong},
    webhooks,
};
use crate::certificate::Files;

/// Prefix of the program's environment variables.
const ENV_PREFIX: &str = "CHATTERBOX_";
/// Environment variable that names the configuration file; the command line reads it.
const ENV_FILE: &str = "CHATTERBOX_CONFIG";
/// Environment variable that systemd sets for a unit with `StateDirectory=` (systemd.exec(5)); several directories are separated by colons.
const ENV_STATE: &str = "STATE_DIRECTORY";

/// Set by systemd for a unit with `LoadCredential=`; the box's unit loads a directory `tls` (systemd.exec(5)).
const ENV_CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// Prefix of the credentials from that directory.
const CREDENTIAL_PREFIX: &str = "tls_";

/// The sources of settings, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Path of the TOML file, if given.
    pub file: Option<PathBuf>,
    /// Environment variables; those without the prefix are ignored.
    pub env: Vec<(String, String)>,
    /// Settings from the command line, in order.
    pub flags: Vec<Setting>,
}

impl Sources {
    /// Merges all sources; later ones take precedence. Also returns the origin of each key that was set.
    pub(super) fn merge(&self) -> Result<(ConfigFile, BTreeMap<String, Origin>), ConfigError> {
        let mut problems = Vec::new();
        let mut settings = state_directory(&self.env);
        settings.extend(credentials(&self.env));
        if let Some(path) = &self.file {
            match from_file(path) {
                Ok(found) => settings.extend(found),
                Err(problem) => return Err(ConfigError(vec![problem])),
            }
        }
        from_env(&self.env, &mut settings, &mut problems);
        settings.extend(self.flags.iter().cloned());

        let defaults = table(&ConfigFile::default());
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

/// Merges one setting.
///
/// # Errors
/// The key is unknown, or the value has the wrong kind.
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
    if let Err(error) = merged.clone().try_into::<ConfigFile>() {
        *merged = before;
        return Err(format!("{}: {}", wrong(default, setting), error.message()));
    }
    Ok(())
}

/// The data directory that systemd created for the unit.
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

/// The certificate that systemd passed to the unit: its key is readable by no other service.
fn credentials(env: &[(String, String)]) -> Vec<Setting> {
    let Some((_, directory)) = env.iter().find(|(name, _)| name == ENV_CREDENTIALS) else {
        return Vec::new();
    };
    let files = Files::within(Path::new(directory), CREDENTIAL_PREFIX);
    let all = [("certificate", &files.certificate), ("key", &files.key)];
    let setting = |(name, path): (&str, &PathBuf)| Setting {
        key: format!("server.tls_{name}"),
        value: Value::String(path.to_string_lossy().into_owned()),
        origin: Origin::Env(ENV_CREDENTIALS.to_owned()),
    };
    match files.any() {
        true => all.map(setting).into(),
        false => Vec::new(),
    }
}

/// Reads variables `CHATTERBOX_SECTION_KEY`. A variable that has the prefix but names no key is an error, because it is probably a typo.
fn from_env(env: &[(String, String)], settings: &mut Vec<Setting>, problems: &mut Vec<Problem>) {
    let defaults = table(&ConfigFile::default());
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

/// Reads the settings of a TOML file.
///
/// # Errors
/// The reason why the file can't be read.
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
        let what = advice(&text, offset).unwrap_or_else(|| error.message().to_owned());
        Problem::new(&at(offset), what)
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
    // The parser sorts by name; errors are shown from top to bottom.
    settings.sort_by_key(|setting| match setting.origin {
        Origin::File { line, column, .. } => (line, column),
        Origin::Default | Origin::Env(_) | Origin::Flag(_) => (0, 0),
    });
    Ok(settings)
}

/// Converts a byte offset in a file to its line and column.
fn place(path: &Path, text: &str, offset: usize) -> Origin {
    let before = text.get(..offset).unwrap_or(text);
    Origin::File {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
    }
}
