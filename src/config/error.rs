//! The mistakes in a configuration, each with its file and line, what is wrong, and the expected value. Plain data.

use std::{fmt, path::PathBuf};

/// Source of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The built-in default value.
    Default,
    /// A file, with line and column from 1; line 0 means the file as a whole.
    File {
        /// Path of the file, as given.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// An environment variable, by its name.
    Env(String),
    /// A command line flag, as typed.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("the defaults"),
            Origin::File { path, line: 0, .. } => write!(f, "{}", path.display()),
            Origin::File { path, line, column } => write!(f, "{}, line {line}, column {column}", path.display()),
            Origin::Env(name) => write!(f, "environment variable {name}"),
            Origin::Flag(text) => write!(f, "{text}"),
        }
    }
}

/// One mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Source of the setting.
    pub origin: Origin,
    /// The mistake and the expected value, in one sentence.
    pub what: String,
}

impl Problem {
    pub(super) fn new(origin: &Origin, what: impl Into<String>) -> Self {
        Self {
            origin: origin.clone(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.what)
    }
}

/// All mistakes of a configuration, in the order of their files and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
