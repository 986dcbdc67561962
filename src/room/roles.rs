//! Words for operators and bots in the languages of the pages, which no guest may have as a name. Nothing grows.

use std::{collections::BTreeSet, sync::LazyLock};

use super::names;

/// Names of the roles as the pages show them, and `roles` of the terms in each translation file.
const WORDS: &[&str] = include!(concat!(env!("OUT_DIR"), "/roles.rs"));

static LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| WORDS.iter().flat_map(|word| letters(word)).collect());

/// The letters of a name as they look, see [`names::looks`], without numbers, signs and pictures: as it is, in small and in large letters,
/// which may look different.
fn letters(name: &str) -> [String; 3] {
    [name.to_owned(), name.to_lowercase(), name.to_uppercase()].map(|name| {
        let looks = names::looks(&name);
        looks.chars().filter(|char| char.is_alphabetic()).collect()
    })
}

/// Most letters of a name that looks like one of the words: a letter is at most twice as many that look like it.
static MOST: LazyLock<usize> =
    LazyLock::new(|| 2 * WORDS.iter().map(|word| names::letter_count(word)).max().unwrap_or(0));

/// Whether a name looks like a word for an operator or a bot, ignoring signs and numbers around it.
pub fn is_role(name: &str) -> bool {
    if names::letter_count(name) > *MOST {
        return false;
    }
    let unnumbered = name.trim_end_matches(|char: char| !char.is_alphabetic());
    let mut looks = [name, unnumbered].into_iter().flat_map(letters);
    looks.any(|look| LOOKS.contains(&look))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_letters_make_no_difference() {
        for word in WORDS {
            let [small, large] = [word.to_lowercase(), word.to_uppercase()];
            assert!(is_role(word) && is_role(&small) && is_role(&large), "{word}");
        }
    }

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
