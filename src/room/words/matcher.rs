//! Finds the words of the organizer's list in a text: locates their letters with the Aho-Corasick algorithm, then checks word boundaries. The
//! list has at most `limits::WORD_LIST` words.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};

use super::letters::{Folded, Gap, Letter, READINGS, Signs, letters_of, spelled};
use crate::limits::{MASKED_WORDS, WORD_CHARS, WORD_LIST};

/// Minimum length of a word, in letters, for which a doubled letter counts as a mere repetition. In shorter words it matters: god and good.
const DOUBLED_FROM: usize = 4;

/// An error in a word list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWord {
    /// The list has more than [`WORD_LIST`] entries.
    #[error("a list has at most {WORD_LIST} words")]
    TooMany,
    /// An entry has more than [`WORD_CHARS`] characters.
    #[error("“{0}” is longer than {WORD_CHARS} characters")]
    TooLong(String),
    /// An entry has no letters.
    #[error("“{0}” has no letters")]
    NoLetters(String),
}

/// A compiled list of unwanted words. It finds them even in disguised spellings; the parent module says which.
#[derive(Clone, Debug)]
pub struct Words {
    entries: Vec<Entry>,
    /// Searches the letters of all entries. Entries with the same letters share one pattern.
    finder: AhoCorasick,
    patterns: Vec<Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Entry {
    listed: String,
    letters: Vec<Letter>,
    /// The listed word's letters, with repeated letters written out.
    spelt: Vec<char>,
    open_start: bool,
    open_end: bool,
    exception: bool,
}

/// A match of an entry: letters `start..end` of the text.
struct Fit {
    entry: usize,
    start: usize,
    end: usize,
}

impl Words {
    /// Compiles a list; if several entries match a text, the first in the list counts.
    ///
    /// # Errors
    /// The list is longer than [`WORD_LIST`], or an entry is invalid.
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

    /// The first listed entry that the text contains, as the organizer wrote it; `None` if it contains none.
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

    /// The first listed entry that occurs with masked letters (`d*rn`): the first letter and at least half of all letters must be visible.
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

    /// Whether the letters `start..end`, which match this entry's letters, form a separate word.
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

    /// Whether the letters are separated only by signs, or by spaces where the entry has a space.
    fn has_gaps(&self, found: &[Letter]) -> bool {
        found
            .iter()
            .zip(&self.letters)
            .skip(1)
            .all(|(found, own)| found.gap <= Gap::Signs || own.gap == Gap::Space || found.unspaced && own.unspaced)
    }

    /// Whether the match starts and ends at a word boundary; `edge` is the weakest separator that counts as one.
    fn has_edges(&self, text: &[Letter], start: usize, end: usize, edge: Gap) -> bool {
        let unspaced = |at: Option<&Letter>| at.is_some_and(|letter| letter.unspaced);
        let starts = text[start].gap >= edge || unspaced(text.get(start)) || start > 0 && unspaced(text.get(start - 1));
        let ends = text.get(end).is_none_or(|next| next.gap >= edge || next.unspaced) || unspaced(text.get(end - 1));
        (self.open_start || starts) && (self.open_end || ends)
    }

    /// Whether this listed word is as long as `seen` and has its visible letters; `None` marks a masked letter.
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

/// The weakest separator that counts as a word boundary. If signs separate the letters, only spaces count: "push-it" hides nothing.
fn hidden_edge(found: &[Letter]) -> Gap {
    let hidden = found[1..].iter().any(|letter| letter.gap == Gap::Signs);
    if hidden { Gap::Space } else { Gap::Signs }
}

/// The spellings of an entry: itself, and umlauts written as two letters.
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
