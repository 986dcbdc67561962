//! Quotes a text as a cell of an exported CSV file, so that no spreadsheet interprets it as a formula. Nothing grows.

use crate::room::names;

/// First characters of formulas, including the full-width ones of Chinese and Japanese spreadsheets (OWASP, "CSV Injection").
const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// A quoted cell. An apostrophe before a formula makes spreadsheets show it as text.
pub(super) fn cell(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let mark = if is_formula(text) { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

/// Whether a spreadsheet may read the text as a formula. The first visible character decides, because importers trim invisible ones; a tab
/// or line break may start another cell.
fn is_formula(text: &str) -> bool {
    let shown = names::visible(text);
    let first = shown.chars().find(|char| !char.is_whitespace() && !char.is_control());
    text.starts_with(['\t', '\r', '\n']) || first.is_some_and(|char| FORMULA.contains(&char))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_guarded_behind_space_and_in_full_width() {
        for sign in ["=", "+", "-", "@", "\u{ff1d}", "\u{ff0b}", "\u{ff0d}", "\u{ff20}"] {
            for before in [
                "", " ", "\u{a0}", "\u{3000}", "\n", " \t ", "\u{feff}", "\u{200b}", "\0", "\u{3164}",
            ] {
                let text = format!("{before}{sign}1+1");
                assert_eq!(cell(&text), format!("\"'{text}\""), "{text:?}");
            }
        }
        for begun in ["\tx", "\rx", "\nx"] {
            assert_eq!(cell(begun), format!("\"'{begun}\""), "{begun:?}");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", " ", "a=1", "1+1", " hello", "\u{4e00}=1", "\u{1f600} -1"] {
            assert_eq!(cell(text), format!("\"{text}\""), "{text:?}");
        }
        assert_eq!(cell("a \"b\""), "\"a \"\"b\"\"\"");
    }
}
