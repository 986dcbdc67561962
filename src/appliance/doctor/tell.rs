//! `chatterbox box tell`: shows the doctor's findings to an organizer without a network, on the boot partition and on the screen.
//!
//! A timer runs it every minute (`systemd/box-tell.timer`). It writes only to the box's run directory; the calling script copies the text
//! to the boot partition, at most [`limits::BOX_NOTES`] times per start, and to the console.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    io,
    path::Path,
};

use super::machine::{BOOT, Machine};
use crate::{
    appliance::{
        diagnostic::report_lines,
        note, prepare,
        screen::{self, Size},
    },
    limits,
};

/// File in the run directory with the text for the console.
const SCREEN: &str = "screen";
/// File in the run directory with a new text for the boot partition; it exists until the script has copied it.
const NOTE: &str = "note";
/// File in the run directory with hashes of the last findings.
const SEEN: &str = "seen";
/// The box's own directory, relative to the root directory.
const STATE: &str = "data/box";
const CONSOLE: &str = "dev/vcsa1";

/// Hashes of the last findings, ignoring the numbers in the sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    last: u64,
    written: u64,
    writes: u32,
}

impl Seen {
    fn read(text: &str) -> Self {
        let mut numbers = text.split_whitespace().map(|number| number.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Self {
            last: next(),
            written: next(),
            writes: u32::try_from(next()).unwrap_or(u32::MAX),
        }
    }

    /// Whether the findings must be written now: the previous run had the same ones, and they are not written yet. At most
    /// [`limits::BOX_NOTES`] times.
    fn is_due(&mut self, now: u64) -> bool {
        let due = self.last == now && self.written != now && self.writes < limits::BOX_NOTES;
        self.last = now;
        if due {
            self.written = now;
            self.writes += 1;
        }
        due
    }
}

/// Checks the machine and writes the texts to `run`.
///
/// # Errors
/// A file can't be written.
pub fn tell(machine: &Machine, run: &Path) -> io::Result<()> {
    let found = machine.examine();
    let wifi = prepare::wifi_in_force(&machine.settings, &machine.path(STATE));
    let size = Size::of(&fs::read(machine.path(CONSOLE)).unwrap_or_default());
    fs::write(
        run.join(SCREEN),
        screen::text(&machine.settings, wifi.as_ref(), &found, size),
    )?;

    let path = run.join(SEEN);
    let mut seen = Seen::read(&fs::read_to_string(&path).unwrap_or_default());
    // The text has the mistakes of the settings in a part of its own.
    let noticed: Vec<_> = found
        .into_iter()
        .filter(|one| !one.starts_with("chatterbox.toml"))
        .collect();
    let lines = report_lines(&machine.mistakes);
    if seen.is_due(kind(&noticed)) {
        let text = note::text(&lines, &noticed);
        let there = fs::read_to_string(machine.path(BOOT).join(note::NAME)).unwrap_or_default();
        if there != text {
            fs::write(run.join(NOTE), text)?;
        }
    }
    fs::write(path, format!("{} {} {}\n", seen.last, seen.written, seen.writes))
}

/// A hash of the findings that ignores the numbers in them.
fn kind(found: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for sentence in found {
        let words: String = sentence.chars().filter(|c| !c.is_ascii_digit()).collect();
        words.hash(&mut hasher);
    }
    // 0 means that nothing was found yet.
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    fn of(sentences: &[&str]) -> u64 {
        kind(&sentences.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_finding_is_written_once_when_it_stays() {
        let mut seen = Seen::default();
        let (well, eight, nine) = (of(&[]), of(&["8 phones are here."]), of(&["9 phones are here."]));
        assert!(!seen.is_due(well));
        assert!(seen.is_due(well), "also that nothing is wrong");
        assert!(!seen.is_due(eight), "it may go by itself");
        assert!(seen.is_due(nine), "the figure alone has changed");
        assert!(!seen.is_due(eight));
        assert!(!seen.is_due(of(&["It is hot."])));
        assert_eq!(
            Seen::read(&format!("{} {} {}", seen.last, seen.written, seen.writes)),
            seen
        );
        seen.writes = limits::BOX_NOTES;
        assert!(!seen.is_due(of(&["It is hot."])), "the card is not worn by it");
    }

    #[test]
    fn the_texts_are_there_for_the_card_and_the_screen() {
        let dir = Scratch::new("tell");
        dir.put("boot/firmware/chatterbox.toml", "event_name = \"Ball\"\ncountry = 5\n");
        dir.put("data/box/password", "abcdefghij");
        let run = dir.path().join("run");
        fs::create_dir_all(&run).unwrap();
        let machine = Machine::new(dir.path(), None);
        tell(&machine, &run).unwrap();
        assert!(dir.text("run/screen").contains("There is no Wi-Fi radio"));
        assert_eq!(dir.text("run/note"), "", "at the first look");
        tell(&machine, &run).unwrap();
        let text = dir.text("run/note");
        for part in ["line 2: country", "There is no Wi-Fi radio"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("chatterbox.toml has"), "{text}");
        fs::remove_file(run.join(NOTE)).unwrap();
        dir.put("boot/firmware/PROBLEMS.txt", &text);
        tell(&machine, &run).unwrap();
        assert_eq!(dir.text("run/note"), "", "it is there already");
    }
}
