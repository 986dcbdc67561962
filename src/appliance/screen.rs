//! The text console of a box with a screen: shows the doctor's findings, or otherwise the QR codes of the card.

use std::fmt::Write;

use fast_qr::ECL;

use super::{
    card::{self, Section},
    qr,
    settings::BoxSettings,
    wifi::Wifi,
};

/// Escape sequences that select UTF-8 and white on black, hide the cursor, and clear the screen.
const BEGIN: &str = "\x1b%G\x1b[0;97;40m\x1b[?25l\x1b[H\x1b[2J";
/// Number of columns between two QR codes and at the margins.
const GAP: usize = 2;
/// Size of Linux's console if no screen is connected.
const USUAL: Size = Size { rows: 25, columns: 80 };

/// Size of a console in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

impl Size {
    /// Reads the console's size from the first bytes of `/dev/vcsa` (vcs(4)).
    pub fn of(vcsa: &[u8]) -> Self {
        match vcsa {
            [rows, columns, ..] if *rows > 0 && *columns > 0 => Self {
                rows: usize::from(*rows),
                columns: usize::from(*columns),
            },
            _ => USUAL,
        }
    }
}

/// Composes the text for a box's console: the doctor's findings, if `found` has any, otherwise the QR codes of the card.
pub fn text(settings: &BoxSettings, wifi: Option<&Wifi>, found: &[String], size: Size) -> String {
    let mut lines = vec![settings.event_name.clone(), String::new()];
    if found.is_empty() {
        lines.extend(ways(&card::on_console(settings, wifi), size));
    } else {
        for sentence in found {
            lines.extend(wrapped(sentence, size.columns.saturating_sub(2 * GAP)));
            lines.push(String::new());
        }
    }
    let mut text = BEGIN.to_owned();
    for line in lines.iter().take(size.rows.saturating_sub(1)) {
        let shown: String = line.chars().filter(|c| !c.is_control()).take(size.columns).collect();
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "{}{shown}\r\n",
            " ".repeat(GAP.min(size.columns - shown.chars().count()))
        );
    }
    text
}

/// The QR codes side by side, or only the words if the screen is too small.
fn ways(sections: &[Section], size: Size) -> Vec<String> {
    let drawn: Vec<_> = sections.iter().map(|section| block(section, true)).collect();
    let width = |block: &[String]| block.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let height = drawn.iter().map(Vec::len).max().unwrap_or(0);
    let all: usize = drawn.iter().map(|block| width(block) + GAP).sum();
    if all + GAP > size.columns || height + 3 > size.rows {
        return sections.iter().flat_map(|section| block(section, false)).collect();
    }
    let line = |row: usize| {
        let of = |block: &Vec<String>| {
            let part = block.get(row).map_or("", String::as_str);
            let rest = width(block) + GAP - part.chars().count();
            format!("{part}{}", " ".repeat(rest))
        };
        drawn.iter().map(of).collect()
    };
    (0..height).map(line).collect()
}

fn block(section: &Section, with_code: bool) -> Vec<String> {
    let mut lines = vec![section.title.to_owned()];
    if with_code {
        lines.extend(qr::blocks(&section.code, ECL::L).unwrap_or_default());
    }
    lines.extend(section.lines.iter().map(|(label, named)| format!("{label}{named}")));
    if !with_code {
        lines.push(String::new());
    }
    lines
}

fn wrapped(sentence: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > columns {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: &[String], size: Size) -> Vec<String> {
        let settings = BoxSettings {
            event_name: "Fest\x1b[2J".to_owned(),
            ..BoxSettings::default()
        };
        let wifi = Wifi::resolve(&settings, || Ok::<_, ()>("abcdefghij".to_owned())).unwrap();
        let text = text(&settings, Some(&wifi), found, size);
        let body = text.strip_prefix(BEGIN).unwrap();
        assert!(!body.contains('\x1b'), "what people wrote changes no screen");
        let lines: Vec<_> = body.lines().map(str::to_owned).collect();
        assert!(lines.len() < size.rows && lines.iter().all(|line| line.chars().count() <= size.columns + GAP));
        lines
    }

    #[test]
    fn a_screen_shows_both_codes_in_large_letters() {
        let size = Size { rows: 33, columns: 120 };
        let lines = shown(&[], size);
        // Version 2 and 3 at level L, with four modules around.
        for words in ["abcdefghij", "http://10.42.0.1/"] {
            assert!(lines.iter().any(|line| line.contains(words)), "{words}: {lines:#?}");
        }
        assert!(lines.iter().filter(|line| line.contains('█')).count() >= 16);
        assert!(lines[0].contains("Fest"));
    }

    #[test]
    fn a_small_screen_has_the_words() {
        let lines = shown(&[], Size { rows: 25, columns: 40 });
        assert!(lines.iter().all(|line| !line.contains('█')));
        assert!(lines.iter().any(|line| line.contains("abcdefghij")));
    }

    #[test]
    fn findings_come_first_and_complete() {
        let found =
            ["There is no Wi-Fi radio: put a USB adapter in, or hang an access point on the Ethernet.".to_owned()];
        let lines = shown(&found, Size { rows: 25, columns: 40 });
        let text = lines.join(" ");
        let words: Vec<_> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(&found[0]), "{text}");
        assert!(!text.contains("abcdefghij"));
    }

    #[test]
    fn the_size_of_a_console_is_read() {
        assert_eq!(Size::of(&[33, 120, 0, 0, b' ']), Size { rows: 33, columns: 120 });
        assert_eq!((Size::of(&[]), Size::of(&[0, 0])), (USUAL, USUAL));
    }
}
