//! What stands in `chatterbox.toml`: bytes that some editor left there, read statement by statement, so that one bad line costs
//! that line and no other.

use std::{char::decode_utf16, fmt};

use toml::{Table, Value};

/// One thing that is wrong in the organizer's file, in words for the organizer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// What, and what to do.
    pub what: String,
}

impl Trouble {
    /// One at a line.
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

/// A key with its value, and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Counted from 1.
    pub line: usize,
    /// In small letters, words joined by `_`.
    pub key: String,
    /// As TOML reads it.
    pub value: Value,
}

/// The text of a file that Notepad, or another editor, has saved: UTF-8 with or without a mark, or UTF-16 with one. Anything
/// else is read as Latin-1, and said to be wrong.
pub fn decode(bytes: &[u8], troubles: &mut Vec<Trouble>) -> String {
    let wide = |pair: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes.chunks_exact(2).map(move |two| pair([two[0], two[1]]));
        decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => match str::from_utf8(rest) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let line = 1 + rest[..error.valid_up_to()]
                    .iter()
                    .filter(|byte| **byte == b'\n')
                    .count();
                troubles.push(Trouble::new(
                    line,
                    "there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8",
                ));
                rest.iter().map(|byte| char::from(*byte)).collect()
            }
        },
    }
}

/// The statements of a text. Lists may go over several lines.
pub fn statements(text: &str, troubles: &mut Vec<Trouble>) -> Vec<Written> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let mut found: Vec<Written> = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            troubles.push(Trouble::new(
                number,
                format!("{line} is not needed here: this file has no sections"),
            ));
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            troubles.push(Trouble::new(
                number,
                format!(
                    "`{}` is not of the form name = \"value\"; a remark begins with #",
                    short(line)
                ),
            ));
            continue;
        };
        let key = plain_key(key);
        let mut value = value.trim().to_owned();
        if value.starts_with('[') {
            while read(&value).is_err()
                && let Some((_, more)) = lines.clone().next()
                && !more.contains('=')
            {
                lines.next();
                value.push('\n');
                value.push_str(more);
            }
        }
        match read(&value) {
            Ok(_) if found.iter().any(|one| one.key == key) => {
                troubles.push(Trouble::new(
                    number,
                    format!("{key} stands here for the second time; the first counts"),
                ));
            }
            Ok(value) => found.push(Written {
                line: number,
                key,
                value,
            }),
            Err(()) => troubles.push(Trouble::new(number, unreadable(&key, &value))),
        }
    }
    found
}

/// `Network-Name` and `network name` are `network_name`.
fn plain_key(key: &str) -> String {
    let key = key.trim().trim_matches(['"', '\'']);
    let key = key.chars().flat_map(char::to_lowercase);
    key.map(|c| if c == '-' || c.is_whitespace() { '_' } else { c })
        .collect()
}

fn read(value: &str) -> Result<Value, ()> {
    let mut table: Table = format!("value = {value}").parse().map_err(drop)?;
    // More than one means that the value held a line of its own.
    match (table.remove("value"), table.is_empty()) {
        (Some(value), true) => Ok(value),
        _ => Err(()),
    }
}

/// Says why a value can't be read, the likeliest mistakes first.
fn unreadable(key: &str, value: &str) -> String {
    const CURLY: [char; 8] = ['“', '”', '„', '‟', '«', '»', '‘', '’'];
    if value.starts_with(CURLY) || value.ends_with(CURLY) {
        return format!(
            "{key}: the quotes are curly ones, as a word processor makes them; type straight quotes: {key} = \"…\""
        );
    }
    if value.is_empty() {
        return format!("{key}: nothing stands behind the =; write {key} = \"…\", or put a # before the line");
    }
    if value.starts_with('[') {
        return format!("{key}: the list can't be read; write {key} = [\"one\", \"two\"]");
    }
    if value.contains('\\') {
        return format!("{key}: a \\ has a meaning of its own between \"…\"; write {key} = '…'");
    }
    if !value.starts_with(['"', '\'']) {
        return format!("{key}: the value must stand in quotes: {key} = \"{}\"", short(value));
    }
    format!("{key}: the quotes do not match; write {key} = \"…\", and nothing behind it")
}

/// The beginning of what somebody wrote, to be repeated to them.
fn short(text: &str) -> String {
    const CHARS: usize = 40;
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(CHARS).collect();
    if text.chars().count() > CHARS {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> (Vec<(usize, String, String)>, Vec<String>) {
        let mut troubles = Vec::new();
        let text = decode(bytes, &mut troubles);
        let found = statements(&text, &mut troubles);
        let plain = |one: Written| {
            let value = one.value.as_str().map_or_else(|| one.value.to_string(), str::to_owned);
            (one.line, one.key, value)
        };
        (
            found.into_iter().map(plain).collect(),
            troubles.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn whatever_notepad_saves_is_read() {
        let text = "# Wi-Fi\r\nNetwork-Name = \"Fête\" # ours\r\n\r\ncountry = 'DE'\r\n";
        let wide = |bytes: fn(u16) -> [u8; 2]| {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(bytes).collect::<Vec<_>>()
        };
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
        ];
        let expected = [(2, "network_name", "Fête"), (4, "country", "DE")];
        let expected = expected.map(|(line, key, value)| (line, key.to_owned(), value.to_owned()));
        for file in files {
            assert_eq!(of(&file), (expected.to_vec(), Vec::new()));
        }
    }

    #[test]
    fn a_bad_line_costs_that_line_alone() {
        let (found, troubles) = of("country = “DE”\npassword = sommer2026\nrooms = [\"a\",\n  \"b\"]\nwhat is this\n[wifi]\n\
             channel = 6\nchannel = 11\nnetwork_name = \"C:\\party\"\nlanguage =\nsubnet = \"10\nevent_name = \"Ball\"\nrooms = [x\n"
            .as_bytes());
        let keys: Vec<_> = found.iter().map(|(line, key, _)| (*line, key.as_str())).collect();
        assert_eq!(keys, [(3, "rooms"), (7, "channel"), (12, "event_name")]);
        let begins = [
            "line 1: country: the quotes are curly",
            "line 2: password: the value must stand in quotes: password = \"sommer2026\"",
            "line 5: `what is this` is not of the form",
            "line 6: [wifi] is not needed",
            "line 8: channel stands here for the second time",
            "line 9: network_name: a \\ has a meaning",
            "line 10: language: nothing stands behind",
            "line 11: subnet: the quotes do not match",
            "line 13: rooms: the list can't be read",
        ];
        assert_eq!(troubles.len(), begins.len(), "{troubles:#?}");
        for (trouble, begin) in troubles.iter().zip(begins) {
            assert!(trouble.starts_with(begin), "{trouble}");
        }
    }

    #[test]
    fn latin_letters_of_an_old_editor_are_kept_and_told() {
        let (found, troubles) = of(b"country = \"DE\"\nevent_name = \"F\xeate\"\n");
        assert_eq!(found[1].2, "Fête");
        assert!(
            troubles[0].starts_with("line 2: ") && troubles[0].contains("UTF-8"),
            "{troubles:?}"
        );
    }
}
