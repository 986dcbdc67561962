//! Parses `chatterbox.toml` statement by statement, so that a bad line affects only itself.

use toml::{Table, Value};

use super::diagnostic::short;
use crate::{
    limits,
    page::{Mistake, MistakeKind},
};

/// A key with its value and line.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Line number, from 1.
    pub line: usize,
    /// The key in lower case, with words joined by `_`.
    pub key: String,
    /// The value as parsed by TOML.
    pub value: Value,
}

/// Splits a text into statements. Lists may span several lines. `public` tells whether messages may repeat a key's value.
pub fn statements(text: &str, public: fn(&str) -> bool, mistakes: &mut Vec<Mistake>) -> Vec<Statement> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let mut found: Vec<Statement> = Vec::new();
    while let Some((number, line)) = lines.next() {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with("//") || line.starts_with(';') {
            mistakes.push(Mistake::new(MistakeKind::Remark, "a remark begins with #").at(number));
            continue;
        }
        if line.starts_with('[') {
            let what = "a name in brackets is not needed here: this file has no sections";
            mistakes.push(Mistake::new(MistakeKind::Brackets, what).at(number));
            continue;
        }
        if let Some(control) = line.chars().find(|c| c.is_control() && *c != '\t') {
            let code = u32::from(control);
            let sign = format!("U+{code:04X}");
            let what = format!("there is an invisible character in this line ({sign}): type the line anew");
            mistakes.push(Mistake::new(MistakeKind::Retype, what).with(sign).at(number));
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            mistakes.push(no_statement(line).at(number));
            continue;
        };
        let key = plain_key(key);
        let mut value = value.trim().to_owned();
        if value.starts_with('[') {
            for _ in 0..limits::BOX_LIST_LINES {
                match lines.clone().next() {
                    Some((_, more)) if read(&value).is_err() && !more.contains('=') => {
                        lines.next();
                        value.push('\n');
                        value.push_str(more);
                    }
                    _ => break,
                }
            }
        }
        match read(&value) {
            Ok(_) if found.iter().any(|one| one.key == key) => {
                let (shown, named) = match public(&key) {
                    true => (key.as_str(), key.as_str()),
                    false => ("…", "this setting"),
                };
                let what = format!("{named} stands here for the second time; the first counts");
                mistakes.push(Mistake::new(MistakeKind::Twice, what).with(shown).at(number));
            }
            Ok(value) => found.push(Statement {
                line: number,
                key,
                value,
            }),
            Err(()) => mistakes.push(unreadable(&key, &value, public(&key)).at(number)),
        }
    }
    found
}

/// Whether a character is invisible and typically copied along with text; characters that join emoji or letters are not.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Normalizes a key: `Network-Name` and `network name` become `network_name`.
fn plain_key(key: &str) -> String {
    let key: String = key.chars().filter(|c| !is_invisible(*c)).collect();
    let key = key.trim().trim_matches(['"', '\'']);
    let key = key.chars().flat_map(char::to_lowercase);
    key.map(|c| if c == '-' || c.is_whitespace() { '_' } else { c })
        .collect()
}

/// The reason why a line is not a statement. It does not repeat the line, which may contain a password.
fn no_statement(line: &str) -> Mistake {
    let form = "name = \"value\"";
    if line.contains('＝') {
        let what = format!("the = is a wide one; type a plain one: {form}");
        return Mistake::new(MistakeKind::Retype, what).with('＝');
    }
    let what = match line.split_once([':', '：']) {
        Some((key, _)) if !key.trim().contains(char::is_whitespace) => {
            format!("between name and value stands a =, and no colon: {form}")
        }
        _ => format!("this line is not of the form {form}; a remark begins with #"),
    };
    Mistake::new(MistakeKind::Form, what).with(form)
}

fn read(value: &str) -> Result<Value, ()> {
    let mut table: Table = format!("value = {value}").parse().map_err(drop)?;
    // More than one key means that the value contained a line break.
    match (table.remove("value"), table.is_empty()) {
        (Some(value), true) => Ok(value),
        _ => Err(()),
    }
}

/// The reason why a value can't be parsed, checking the most likely mistakes first. `public` tells whether it may repeat key and value.
fn unreadable(key: &str, value: &str, public: bool) -> Mistake {
    const CURLY: [char; 14] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '`', '´', '＂', '「', '」'];
    let (shown, of) = if public { (key, key) } else { ("name", "") };
    let form = format!("{shown} = \"…\"");
    let wrong = |code, what, form| Mistake::new(code, what).with(form).of(of);
    if value.starts_with(CURLY) || value.ends_with(CURLY) {
        let what = format!("the quotes are curly ones, as a word processor makes them; type straight quotes: {form}");
        return wrong(MistakeKind::Curly, what, form);
    }
    if value.is_empty() {
        let what = format!("nothing stands behind the =; write {form}, or put a # before the line");
        return wrong(MistakeKind::Form, what, form);
    }
    if value.starts_with('[') || value.starts_with(['"', '\'']) && value.contains("\",") {
        let form = format!("{shown} = [\"one\", \"two\"]");
        return wrong(MistakeKind::Form, format!("the list can't be read; write {form}"), form);
    }
    if value.contains('\\') {
        let form = format!("{shown} = '…'");
        let what = format!("a \\ has a meaning of its own between \"…\"; write {form}");
        return wrong(MistakeKind::Form, what, form);
    }
    if !value.starts_with(['"', '\'']) {
        let value = if public { short(value) } else { "…".to_owned() };
        let form = format!("{shown} = \"{value}\"");
        return wrong(
            MistakeKind::Quotes,
            format!("the value must stand in quotes: {form}"),
            form,
        );
    }
    let what = format!("the quotes do not match; write {form}, and nothing behind it");
    wrong(MistakeKind::Form, what, form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Vec<(usize, String, String)>, Vec<String>) {
        let mut diagnostics = Vec::new();
        let found = statements(text, |key| key != "password", &mut diagnostics);
        let plain = |one: Statement| {
            let value = one.value.as_str().map_or_else(|| one.value.to_string(), str::to_owned);
            (one.line, one.key, value)
        };
        (
            found.into_iter().map(plain).collect(),
            diagnostics.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn a_bad_line_costs_that_line_alone() {
        let (found, diagnostics) = of(
            "country = “DE”\npassword = sommer2026\nrooms = [\"a\",\n  \"b\"]\nwhat is this\n[wifi]\n\
             channel = 6\nchannel = 11\nnetwork_name = \"C:\\party\"\nlanguage =\nsubnet = \"10\nevent_name = \"Ball\"\nrooms = [x\n",
        );
        let keys: Vec<_> = found.iter().map(|(line, key, _)| (*line, key.as_str())).collect();
        assert_eq!(keys, [(3, "rooms"), (7, "channel"), (12, "event_name")]);
        let begins = [
            "line 1: country: the quotes are curly",
            "line 2: the value must stand in quotes: name = \"…\"",
            "line 5: this line is not of the form",
            "line 6: a name in brackets is not needed",
            "line 8: channel stands here for the second time",
            "line 9: network_name: a \\ has a meaning",
            "line 10: language: nothing stands behind",
            "line 11: subnet: the quotes do not match",
            "line 13: rooms: the list can't be read",
        ];
        assert_eq!(diagnostics.len(), begins.len(), "{diagnostics:#?}");
        for (diagnostic, begin) in diagnostics.iter().zip(begins) {
            assert!(diagnostic.starts_with(begin), "{diagnostic}");
        }
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        let (found, diagnostics) = of("Network-Name = 'x'\n\u{200b}box\u{a0}name\u{feff} = 'y'\n\"COUNTRY\" = 'DE'\n");
        let keys: Vec<_> = found.iter().map(|one| one.1.as_str()).collect();
        assert_eq!(
            (keys.as_slice(), diagnostics.len()),
            (&["network_name", "box_name", "country"][..], 0)
        );
    }

    #[test]
    fn an_unclosed_list_costs_only_itself() {
        let text = format!(
            "rooms = [\n{}event_name = 'Ball'\n",
            "'x',\n".repeat(limits::BOX_FILE_BYTES / 5)
        );
        let (found, diagnostics) = of(&text);
        assert_eq!(found.len(), 1);
        assert!(
            diagnostics[0].starts_with("line 1: rooms: the list can't be read"),
            "{}",
            diagnostics[0]
        );
    }
}
