//! Mistakes in the organizer's file, in words for the organizer: one line each, at most [`limits::BOX_PROBLEMS`], the rest only counted.

use std::fmt;

use toml::Value;

use crate::{limits, page::escaped};

/// One mistake in the organizer's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line number from 1; 0 means the file as a whole.
    pub line: usize,
    /// Description of the mistake and how to correct it, on one line.
    pub what: String,
}

impl Diagnostic {
    /// A diagnostic for a line. Long texts are shortened, control characters replaced.
    pub fn new(line: usize, what: impl AsRef<str>) -> Self {
        let what = what.as_ref();
        let plain = what.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self {
            line,
            what: cut(plain, limits::BOX_PROBLEM_BYTES),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

/// The diagnostics as lines for pages and files, within [`limits::BOX_PROBLEMS_BYTES`]. If some are left out, the last line tells how many.
pub fn report_lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    // The summary, the count, and the tags of a dozen paragraphs.
    let mut room = limits::BOX_PROBLEMS_BYTES - 400;
    let fits = |diagnostic: &&Diagnostic| {
        let size = escaped(&diagnostic.to_string()).len();
        let left = room.checked_sub(size);
        room = left.unwrap_or(0);
        left.is_some()
    };
    let shown: Vec<_> = diagnostics.iter().take(limits::BOX_PROBLEMS).take_while(fits).collect();
    let mut lines: Vec<_> = shown.iter().map(ToString::to_string).collect();
    match diagnostics.len() - lines.len() {
        0 => {}
        1 => lines.push("One more thing is wrong.".to_owned()),
        more => lines.push(format!("{more} more things are wrong.")),
    }
    lines
}

/// The beginning of a text, short enough for a message.
pub fn short(text: &str) -> String {
    const BYTES: usize = 40;
    cut(text.chars().filter(|c| !c.is_control()).collect(), BYTES)
}

/// A value of the organizer's file, shortened for a message.
pub(super) fn shown(value: &Value) -> String {
    short(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dozen_is_shown_and_the_rest_is_counted() {
        let all: Vec<_> = (1..=5000).map(|line| Diagnostic::new(line, "wrong")).collect();
        assert_eq!(report_lines(&all[..1]), ["line 1: wrong"]);
        assert_eq!(report_lines(&all[..limits::BOX_PROBLEMS]).len(), limits::BOX_PROBLEMS);
        let lines = report_lines(&all);
        assert_eq!(lines.len(), limits::BOX_PROBLEMS + 1);
        assert_eq!(lines.last().unwrap(), "4988 more things are wrong.");
        assert_eq!(
            report_lines(&all[..limits::BOX_PROBLEMS + 1]).last().unwrap(),
            "One more thing is wrong."
        );
    }

    #[test]
    fn each_diagnostic_is_one_short_line() {
        let long = Diagnostic::new(1, format!("a\r\nb\u{b}{}", "é".repeat(limits::BOX_PROBLEM_BYTES)));
        assert!(long.what.starts_with("a  b é") && long.what.ends_with('…'), "{long}");
        assert!(long.what.len() <= limits::BOX_PROBLEM_BYTES + '…'.len_utf8());
        let many = vec![Diagnostic::new(1, "\"".repeat(limits::BOX_PROBLEM_BYTES)); 100];
        let size: usize = report_lines(&many).iter().map(|line| escaped(line).len()).sum();
        assert!(size < limits::BOX_PROBLEMS_BYTES, "{size}");
    }
}
