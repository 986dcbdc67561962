//! Finds listed words in a text: their letters with Aho-Corasick, then where each word begins and ends.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::letters::{Folded, Gap, Letter, READINGS, Signs, letters_of, spelled};
use crate::limits::{MASKED_WORDS, WORD_CHARS, WORD_LIST};

/// Letters of a word from which on a doubled letter counts as one that is repeated: god and good are two words.
const DOUBLED_FROM: usize = 4;

/// What a list can't have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWord {
    /// More than [`WORD_LIST`] entries.
    #[error("a list has at most {WORD_LIST} words")]
    TooMany,
    /// An entry of more than [`WORD_CHARS`] characters.
    #[error("“{0}” is longer than {WORD_CHARS} characters")]
    TooLong(String),
    /// An entry without a letter.
    #[error("“{0}” has no letters")]
    NoLetters(String),
}

/// A matcher for one list; see the parent module for what it finds.
#[derive(Clone, Debug)]
pub struct Words {
    entries: Vec<Entry>,
    /// Over the letters of the entries; each pattern is shared by the entries that have these letters.
    finder: AhoCorasick,
    patterns: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Entry {
    listed: String,
    letters: Vec<Letter>,
    /// The same, each as often as it stands there.
    spelt: Vec<char>,
    open_start: bool,
    open_end: bool,
    exception: bool,
}

/// An entry that fits at a place: letters from `start` to before `end`.
struct Fit {
    entry: usize,
    start: usize,
    end: usize,
}

impl Words {
    /// A list of such entries; their order is that in which they are looked for.
    ///
    /// # Errors
    /// The list is longer than [`WORD_LIST`], or an entry is none.
    pub fn new<'a>(list: impl IntoIterator<Item = &'a str>) -> Result<Self, BadWord> {
        let mut entries = Vec::new();
        for (at, listed) in list.into_iter().enumerate() {
            if at == WORD_LIST {
                return Err(BadWord::TooMany);
            }
            for spelling in spellings(listed.trim()) {
                entries.push(Entry::read(listed.trim(), &spelling)?);
            }
        }
        let mut patterns = BTreeMap::<String, Vec<usize>>::new();
        for (at, entry) in entries.iter().enumerate() {
            patterns.entry(string(&entry.letters)).or_default().push(at);
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns.keys())
            .expect("the bounds of a list are far below the finder's");
        Ok(Self {
            entries,
            finder,
            patterns: patterns.into_values().collect(),
        })
    }

    /// The listed word that a text has, as it is listed: of several the one that is listed first.
    pub fn find(&self, text: &str) -> Option<&str> {
        let mut first = self.masked(text);
        let mut before = Vec::new();
        let folded = Folded::new(text);
        let readings = if folded.has_signs() { READINGS.len() } else { 1 };
        for &signs in &READINGS[..readings] {
            let letters = folded.letters(signs);
            if letters == before {
                continue;
            }
            let spelled = spelled(&letters);
            let apart = spelled.iter().filter_map(|word| self.fits(word));
            first = apart.chain(self.fits(&letters)).chain(first).min();
            before = letters;
        }
        first.map(|entry| self.entries[entry].listed.as_str())
    }

    fn fits(&self, letters: &[Letter]) -> Option<usize> {
        let string = string(letters);
        let mut starts = vec![0; string.len() + 1];
        for (at, (byte, _)) in string.char_indices().enumerate() {
            starts[byte] = at;
        }
        starts[string.len()] = letters.len();
        let mut found = Vec::new();
        for hit in self.finder.find_overlapping_iter(&string) {
            let (start, end) = (starts[hit.start()], starts[hit.end()]);
            for &entry in &self.patterns[hit.pattern()] {
                if self.entries[entry].is_at(letters, start, end) {
                    found.push(Fit { entry, start, end });
                }
            }
        }
        // What an exception covers is not found.
        let mut covered = vec![0_usize; letters.len() + 1];
        for fit in found.iter().filter(|fit| self.entries[fit.entry].exception) {
            covered[fit.start] = covered[fit.start].max(fit.end);
        }
        let mut until = 0;
        for end in &mut covered {
            until = until.max(*end);
            *end = until;
        }
        found
            .iter()
            .filter(|fit| !self.entries[fit.entry].exception && covered[fit.start] < fit.end)
            .map(|fit| fit.entry)
            .min()
    }

    /// A word some of whose letters are hidden: the first letter stands there, and half of them at least.
    fn masked(&self, text: &str) -> Option<usize> {
        let is_mask = |char: char| matches!(char, '*' | '#' | '•' | '_' | '✱' | '＊');
        let tokens = text
            .split(|char: char| {
                char.is_whitespace() || matches!(char, ',' | '.' | ';' | ':' | '?' | '!' | '"' | '(' | ')')
            })
            .filter(|token| {
                let inner = token.trim_end_matches(is_mask);
                token.chars().any(char::is_alphabetic) && inner.chars().any(is_mask) && inner.len() <= 4 * WORD_CHARS
            });
        tokens
            .take(MASKED_WORDS)
            .filter_map(|token| {
                let seen: Vec<Option<char>> = token
                    .chars()
                    .flat_map(|char| match is_mask(char) {
                        true => vec![None],
                        false => letters_of(char).map(Some).collect(),
                    })
                    .collect();
                let known = seen.iter().flatten().count();
                let fits = |entry: &Entry| !entry.exception && entry.spelt_like(&seen);
                (known * 2 >= seen.len() && seen.first()?.is_some())
                    .then(|| self.entries.iter().position(fits))
                    .flatten()
            })
            .min()
    }
}

impl Entry {
    fn read(listed: &str, spelling: &str) -> Result<Self, BadWord> {
        if listed.chars().count() > WORD_CHARS {
            return Err(BadWord::TooLong(listed.chars().take(WORD_CHARS).collect()));
        }
        let (exception, spelling) = match spelling.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, spelling),
        };
        let open_start = spelling.starts_with('*');
        let open_end = spelling.ends_with('*');
        let letters = Folded::new(spelling).letters(Signs::Apart);
        if letters.is_empty() {
            return Err(BadWord::NoLetters(listed.to_owned()));
        }
        let spelt = letters
            .iter()
            .flat_map(|letter| std::iter::repeat_n(letter.char, letter.count as usize))
            .collect();
        Ok(Self {
            listed: listed.to_owned(),
            letters,
            spelt,
            open_start,
            open_end,
            exception,
        })
    }

    /// Whether the letters from `start` to before `end`, which are this entry's, are there as a word.
    fn is_at(&self, text: &[Letter], start: usize, end: usize) -> bool {
        let found = &text[start..end];
        // What one look at the edges tells comes first: of a list with short words in one another, most that is found is inside a word.
        self.has_edges(text, start, end, Gap::Signs)
            && self.has_counts(found)
            && self.has_gaps(found)
            && self.has_edges(text, start, end, hidden_edge(found))
    }

    fn has_counts(&self, found: &[Letter]) -> bool {
        let doubled = if self.letters.len() >= DOUBLED_FROM { 2 } else { 3 };
        found
            .iter()
            .zip(&self.letters)
            .all(|(found, own)| found.count == own.count || found.count > own.count && found.count >= doubled)
    }

    /// Between the letters stands nothing but signs, or a space where the entry has one.
    fn has_gaps(&self, found: &[Letter]) -> bool {
        found
            .iter()
            .zip(&self.letters)
            .skip(1)
            .all(|(found, own)| found.gap <= Gap::Signs || own.gap == Gap::Space || found.unspaced && own.unspaced)
    }

    /// Whether it begins and ends where a word does, which `edge` tells.
    fn has_edges(&self, text: &[Letter], start: usize, end: usize, edge: Gap) -> bool {
        let unspaced = |at: Option<&Letter>| at.is_some_and(|letter| letter.unspaced);
        let starts = text[start].gap >= edge || unspaced(text.get(start)) || start > 0 && unspaced(text.get(start - 1));
        let ends = text.get(end).is_none_or(|next| next.gap >= edge || next.unspaced) || unspaced(text.get(end - 1));
        (self.open_start || starts) && (self.open_end || ends)
    }

    /// Whether this is a word of so many letters, those that can be seen among them.
    fn spelt_like(&self, seen: &[Option<char>]) -> bool {
        self.spelt.len() > 2
            && self.spelt.len() == seen.len()
            && self
                .spelt
                .iter()
                .zip(seen)
                .all(|(own, seen)| seen.is_none_or(|seen| seen == *own))
    }
}

/// What tells a word's beginning and end. Signs inside a word hide it only where the whole is one: "push-it" hides nothing.
fn hidden_edge(found: &[Letter]) -> Gap {
    let hidden = found[1..].iter().any(|letter| letter.gap == Gap::Signs);
    if hidden { Gap::Space } else { Gap::Signs }
}

/// An entry with umlauts, and as it is written without them.
fn spellings(listed: &str) -> Vec<String> {
    let mut spellings = vec![listed.to_owned()];
    if listed.contains(['ä', 'ö', 'ü', 'Ä', 'Ö', 'Ü']) {
        let lower = listed.to_lowercase();
        spellings.push(lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue"));
    }
    spellings
}

fn string(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.char).collect()
}
