//! Words for operators and bots in the languages of the pages, which no guest may have as a name. Nothing grows.

use std::{collections::BTreeSet, sync::LazyLock};

use super::names;

/// Names of the roles as the pages show them, and `roles` of the terms in each translation file.
const WORDS: &[&str] = include!(concat!(env!("OUT_DIR"), "/roles.rs"));

static LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| WORDS.iter().map(|word| letters(word)).collect());

/// The letters of a name as they look, see [`names::looks`]: without numbers, signs and pictures.
fn letters(name: &str) -> String {
    names::looks(name).chars().filter(|char| char.is_alphabetic()).collect()
}

/// Whether a name looks like a word for an operator or a bot, ignoring signs and numbers around it.
pub fn is_role(name: &str) -> bool {
    let unnumbered = name.trim_end_matches(|char: char| !char.is_alphabetic());
    [name, unnumbered].iter().any(|name| LOOKS.contains(&letters(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_in_disguise_and_people_are_not_roles() {
        for name in [
            "Organizer",
            "organizer 2",
            "Organizer 1",
            "★ Organizer ★",
            "0rganizer ✔",
            "Leitung",
            "LEITUNG!",
            "Организатор",
            "主办方",
            "H0st",
            "「スタッフ」",
            "Ad-min",
            "Οrganisatie",
        ] {
            assert!(is_role(name), "{name}");
        }
        for name in [
            "Ann",
            "Anna 2",
            "🤖",
            "★",
            "Leia",
            "Tim",
            "Orga",
            "Guest 00b0",
            "小明",
            "12",
        ] {
            assert!(!is_role(name), "{name}");
        }
    }
}
