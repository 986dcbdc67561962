//! Finds damaged files that the server quarantined in its data directory.

use std::{fs, path::Path};

use crate::backup::machine;

/// A file that the server may quarantine: its name, and a function that makes the finding from its new name and directory.
type Quarantined = (&'static str, fn(&str, &str) -> String);

/// Separates the original name and a number in the name of a quarantined file.
const MARK: &str = ".corrupt-";

const FILES: [Quarantined; 3] = [
    ("chatterbox.db", |name, dir| {
        format!(
            "The file with the messages was damaged, and a new one was begun. It is kept as {name} in {dir}: copy it away for help, then remove it."
        )
    }),
    ("secret", |name, dir| {
        format!(
            "The key of people's identities was damaged, and a new one was made: all users have new identities. It is kept as {name} in {dir}: remove it when you have read this."
        )
    }),
    ("organizer", |name, dir| {
        format!(
            "The organizer's key was damaged, and a new one was made: codes that were printed or given out before are invalid. Print them again. It is kept as {name} in {dir}: remove it when you have read this."
        )
    }),
];

/// Reports each kind of quarantined file in `dir` once, by the newest name; the findings call the directory `shown`.
pub fn check(dir: &Path, shown: &str, found: &mut Vec<String>) {
    if machine::has_twin(dir) {
        found.push(format!(
            "Another box has the same keys: both come from one backup. Use one of them only, and reset the other. If it is not in use any more, say so on the organizer's page, or remove twin in {shown}."
        ));
    }
    let Ok(entries) = fs::read_dir(dir) else { return };
    let names: Vec<_> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    for (file, sentence) in FILES {
        let numbers = names.iter().filter_map(|name| number(name, file));
        if let Some(number) = numbers.max() {
            found.push(sentence(&format!("{file}{MARK}{number}"), shown));
        }
    }
}

fn number(name: &str, file: &str) -> Option<u32> {
    name.strip_prefix(file)?.strip_prefix(MARK)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::scratch::Scratch;

    #[test]
    fn a_second_machine_with_the_same_keys_is_reported() {
        let dir = Scratch::new("doctor-twin");
        machine::note_twin(dir.path(), true).unwrap();
        let mut found = Vec::new();
        check(dir.path(), "/data", &mut found);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("Another box has the same keys") && found[0].contains("/data"));
    }

    #[test]
    fn each_quarantined_file_has_a_sentence() {
        let dir = Scratch::new("doctor-quarantined");
        let told = || {
            let mut found = Vec::new();
            check(dir.path(), "/data", &mut found);
            found
        };
        for well in [
            "chatterbox.db",
            "secret",
            "organizer",
            "secret.new",
            "organizer.corrupt-x",
        ] {
            dir.put(well, "");
        }
        assert_eq!(told(), [""; 0]);
        for damaged in [
            "chatterbox.db.corrupt-1",
            "chatterbox.db.corrupt-1-wal",
            "secret.corrupt-9",
            "secret.corrupt-10",
            "organizer.corrupt-2",
        ] {
            dir.put(damaged, "");
        }
        let told = told();
        let names = [
            "chatterbox.db.corrupt-1 in /data",
            "secret.corrupt-10",
            "organizer.corrupt-2",
        ];
        assert_eq!(told.len(), names.len());
        for (sentence, name) in told.iter().zip(names) {
            assert!(sentence.contains(name), "{sentence}");
        }
    }
}
