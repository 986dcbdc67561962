//! Normalizes people's and rooms' names: removes invisible characters, and finds names that look alike. Nothing grows.

use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

/// A name without invisible characters: zero-width and filler characters, direction controls, and joiners that join nothing.
pub fn visible(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let shown = chars.iter().enumerate().filter(|&(at, &char)| {
        let before = at.checked_sub(1).map(|at| chars[at]);
        is_visible(before, char, chars.get(at + 1).copied())
    });
    shown.map(|(_, char)| char).collect()
}

fn is_visible(before: Option<char>, char: char, after: Option<char>) -> bool {
    match char {
        // ZWNJ and ZWJ: in emoji, and between letters of scripts that join them (UAX #31, section 2.3).
        '\u{200c}' | '\u{200d}' => before
            .zip(after)
            .is_some_and(|(before, after)| joins(char, before, after)),
        // Text or emoji style.
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(|before| is_pictured(before) || "0123456789#*".contains(before)),
        // Tags: in the flags of England, Scotland and Wales.
        '\u{e0020}'..='\u{e007f}' => {
            before.is_some_and(|before| before == '\u{1f3f4}' || matches!(before, '\u{e0020}'..='\u{e007e}'))
        }
        // The rest of `Default_Ignorable_Code_Point` (Unicode 16, DerivedCoreProperties.txt), and the empty Braille pattern.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => false,
        // Ends of lines, annotations, and the controls of hieroglyphs.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' => false,
        '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => false,
        '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' => false,
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' => false,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => false,
        _ => true,
    }
}

fn joins(joiner: char, before: char, after: char) -> bool {
    let pictured = |char: char| is_pictured(char) || char == '\u{fe0f}';
    if joiner == '\u{200d}' && pictured(before) && is_pictured(after) {
        return true;
    }
    let script = after.script();
    let joined = matches!(
        script,
        Script::Arabic
            | Script::Syriac
            | Script::Mongolian
            | Script::Nko
            | Script::Devanagari
            | Script::Bengali
            | Script::Gurmukhi
            | Script::Gujarati
            | Script::Oriya
            | Script::Tamil
            | Script::Telugu
            | Script::Kannada
            | Script::Malayalam
            | Script::Sinhala
            | Script::Khmer
            | Script::Myanmar
    );
    joined && matches!(before.script(), found if found == script || found == Script::Inherited)
}

fn is_pictured(char: char) -> bool {
    matches!(char, '©' | '®' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{27bf}' | '\u{2900}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a text contains letters or digits; a plain emoji does not.
pub fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphabetic) || text.chars().filter(|char| char.is_numeric()).count() > 1
}

/// Number of letters after the compatibility decomposition, in which one character can be many (U+FDFA is eighteen).
pub fn letter_count(name: &str) -> usize {
    name.nfkc().filter(|char| char.is_alphabetic()).count()
}

/// A normal form that is equal for all names that look alike: the UTS #39 skeleton, lowercase, without spaces, with `l`, `1` and `I` unified.
pub fn looks(name: &str) -> String {
    let plain: String = visible(name).nfkc().flat_map(large).collect();
    let mut bones: String = skeleton(&plain).collect();
    // A small letter can look like others than its capital: `m` like `rn`.
    if bones.chars().any(char::is_uppercase) {
        bones = skeleton(&bones.to_lowercase()).flat_map(char::to_lowercase).collect();
    }
    let shown = bones.chars().filter(|char| char.is_alphanumeric() || !char.is_ascii());
    let shown = shown.filter(|char| !char.is_whitespace());
    shown
        .map(|char| if matches!(char, 'l' | '1') { 'i' } else { char })
        .collect()
}

/// A small letter that is shaped as its capital is, such as most of Cyrillic's, as that capital; every other character as it is.
fn large(char: char) -> impl Iterator<Item = char> {
    let is_shaped_so = char.is_lowercase()
        && skeleton(char.encode_utf8(&mut [0; 4])).all(|bone| bone != char && is_small_capital(bone));
    let large = is_shaped_so.then(|| char.to_uppercase());
    let other = large.is_none().then_some(char);
    large.into_iter().flatten().chain(other)
}

/// Whether a letter is small but has no capital, as the small capitals of phonetic alphabets.
fn is_small_capital(char: char) -> bool {
    char.is_lowercase() && char.to_uppercase().eq([char])
}

/// A 64-bit SipHash of [`looks`], equal for names that look alike. It is cheaper to store and to compare than the normal form.
pub fn look(name: &str) -> u64 {
    look_of(&looks(name))
}

/// The hash of a normal form from [`looks`].
pub fn look_of(looks: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    looks.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_taken_out_of_names() {
        for hidden in [
            "\u{3164}",
            "\u{2800}",
            "\u{200b}",
            "\u{200e}",
            "\u{202e}",
            "\u{2066}",
            "\u{feff}",
            "\u{ad}",
            "\u{200d}",
            "\u{200c}",
            "\u{fe0f}",
            "\u{e0041}",
            "\u{115f}",
            "\u{2060}",
            "\u{2029}",
            "\u{fff9}",
            "\u{13430}",
        ] {
            assert_eq!(visible(&format!("A{hidden}nn{hidden}")), "Ann", "{hidden:?}");
        }
    }

    #[test]
    fn emoji_and_scripts_keep_their_joiners() {
        for name in [
            "👩\u{200d}👩\u{200d}👧",
            "❤\u{fe0f}\u{200d}🔥",
            "🏳\u{fe0f}\u{200d}🌈",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "1\u{fe0f}\u{20e3}",
            "Zoë",
            "小明",
        ] {
            assert_eq!(visible(name), name);
        }
    }

    #[test]
    fn look_alikes_look_alike_and_others_do_not() {
        for name in [
            "Organizer",
            "0rganizer",
            "ORGANIZER",
            "Оrganizer",
            "Organ1zer",
            "O r g a n i z e r",
            "Ｏrganizer",
            "Org\u{200b}anizer",
        ] {
            assert_eq!(looks(name), looks("organizer"), "{name}");
        }
        for name in ["Tom", "Mia", "Emma", "Вера", "Nina"] {
            let [small, large] = [name.to_lowercase(), name.to_uppercase()];
            assert!(
                looks(name) == looks(&small) && looks(name) == looks(&large),
                "{name}: {} {} {}",
                looks(name),
                looks(&small),
                looks(&large)
            );
        }
        assert_eq!(looks("Tom"), looks("Torn"));
        assert_eq!(looks("Ann"), looks("Аnn"), "with a Cyrillic letter");
        assert_eq!(look("Ann"), look("Аnn"));
        assert_ne!(look("Ann"), look("Anna"));
        for (one, other) in [("Ann", "Anna"), ("小明", "小红"), ("Bo", "Jo")] {
            assert_ne!(looks(one), looks(other));
        }
    }
}
