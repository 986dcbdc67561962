//! What a newcomer adds stands in few files: a language in its two translation files, a kind of entry in the two files that know each kind.

use std::fs;

use chatterbox::page::{LANGUAGES, phrase};

use super::{code, files, root};

/// Files that name kinds of messages: the domain's and the protocol's one, what writes announcements, and the store's short form of a chat.
const KINDS: [&str; 4] = [
    "src/room/body.rs",
    "src/room/hub/board/pins.rs",
    "src/store/row.rs",
    "src/wire/said.rs",
];
/// A text with so many of the languages' tags lists the languages.
const TAGS: usize = 16;

/// Whether a text lists the languages, by tags or by their own names.
fn lists_languages(text: &str) -> bool {
    let words: Vec<_> = text.split(|c: char| !c.is_alphanumeric()).collect();
    let tags = LANGUAGES.iter().filter(|tag| words.contains(tag)).count();
    let own = ["uk", "hu", "el"].map(|tag| phrase(tag, "languageName"));
    tags >= TAGS || own.iter().any(|name| words.contains(&name.as_str()))
}

/// Whether a source names a kind of message.
fn names_kind(text: &str) -> bool {
    code(text).any(|(_, line)| {
        let kinds = line.split("Said::").skip(1);
        kinds.filter_map(|rest| rest.chars().next()).any(char::is_uppercase)
    })
}

/// The text files below the folders that satisfy `is_found`.
fn found(folders: &[&str], is_found: fn(&str) -> bool) -> Vec<String> {
    let mut paths = Vec::new();
    for folder in folders {
        files(&root().join(folder), &mut paths);
    }
    paths.retain(|path| fs::read_to_string(root().join(path)).is_ok_and(|text| is_found(&text)));
    paths.sort();
    paths
}

#[test]
fn a_language_is_its_two_translation_files() {
    let all = found(&["src", "tests", "image", "systemd"], lists_languages);
    let foreign = all.iter().filter(|path| !path.starts_with("src/page/assets/locales/"));
    // A test names the language that its page is in.
    let foreign: Vec<_> = foreign.filter(|path| *path != "src/page/tests.rs").collect();
    assert_eq!(foreign, [""; 0]);
    assert!(lists_languages(&LANGUAGES.join(", ")) && lists_languages(concat!("uk: \"Укра", "їнська\"")));
}

#[test]
fn a_kind_of_entry_is_in_the_files_that_know_kinds() {
    let all = found(&["src"], names_kind);
    let own: Vec<_> = all.into_iter().filter(|path| !path.contains("test")).collect();
    assert_eq!(own, KINDS);
    assert!(!names_kind("//! [`Said::Chat`]\nSaid::chat(text)"));
}
