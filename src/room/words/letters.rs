//! Reduces a text to plain letters (without case, accents, width and look-alikes) and the gaps between them, for the search of unwanted words.
//! A character gives at most `limits::LETTERS_OF_CHAR` letters.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

use crate::limits::LETTERS_OF_CHAR;

/// The separator before a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// No separator: the letter belongs to the same word as the one before.
    None,
    /// Only signs or digits, perhaps inserted to hide a word.
    Signs,
    /// A word boundary: a space, an apostrophe, or the start of the text.
    Space,
}

/// A letter, with the number of its consecutive repetitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The letter without case, accent and width, as its Latin look-alike.
    pub char: char,
    /// Number of consecutive occurrences, at least 1.
    pub count: u32,
    /// The separator between the previous letter and this one.
    pub gap: Gap,
    /// Whether the letter's script is written without spaces between words.
    pub unspaced: bool,
}

/// Reading of digits and signs among letters, as in `sh1t`, `he11`, `a55`, `d4mn5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// Digits and signs are not letters.
    Apart,
    /// Digits and signs are the letters that they look like.
    Letters {
        /// The letter to read for a 1: `i` or `l`.
        one: char,
        /// Whether digits and signs at the end of a word are read as letters, too.
        last: bool,
    },
}

/// The readings of signs that are tried for each text.
pub const READINGS: [Signs; 4] = [
    Signs::Apart,
    Signs::Letters { one: 'i', last: true },
    Signs::Letters { one: 'l', last: true },
    Signs::Letters { one: 'i', last: false },
];

/// A text whose characters are reduced to plain letters (without case, accents, look-alikes), once for all readings.
pub struct Folded {
    pieces: Vec<Piece>,
    has_signs: bool,
}

/// A folded character: `base` if it may be a sign, `plain` if it is read as itself.
#[derive(Clone, Copy)]
struct Piece {
    base: char,
    plain: char,
    alphabetic: bool,
    unspaced: bool,
    position: Position,
}

/// Position of a character in its word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    /// In a token without letters, or in the trailing exclamation marks.
    Outside,
    /// Behind the last letter of the word.
    Last,
    /// Up to the last letter of the word.
    Inside,
}

impl Folded {
    /// Folds each character of the text once, to at most [`LETTERS_OF_CHAR`] letters.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut has_signs = false;
        for token in text.split_inclusive(char::is_whitespace) {
            // An exclamation mark at the end is one.
            let marks = token.trim_end_matches(|char: char| char.is_whitespace() || char == '!');
            let word = token.trim_end_matches(|char: char| !char.is_alphabetic());
            for (at, source) in token.char_indices() {
                let position = match at {
                    // Without a letter the word is empty, and nothing in the token is one.
                    _ if word.is_empty() => Position::Outside,
                    at if at < word.len() => Position::Inside,
                    at if at < marks.len() => Position::Last,
                    _ => Position::Outside,
                };
                let from = pieces.len();
                fold(source, position, &mut pieces);
                has_signs |=
                    position > Position::Outside && pieces[from..].iter().any(|piece| sign(piece.base, 'i').is_some());
            }
        }
        Self { pieces, has_signs }
    }

    /// Whether different readings of signs give different letters.
    pub fn has_signs(&self) -> bool {
        self.has_signs
    }

    /// The letters of the text for one reading of signs; repetitions are merged.
    pub fn letters(&self, signs: Signs) -> Vec<Letter> {
        let mut letters: Vec<Letter> = Vec::with_capacity(self.pieces.len());
        let mut gap = Gap::Space;
        for piece in &self.pieces {
            let read = match signs {
                Signs::Letters { one, last }
                    if piece.position == Position::Inside || last && piece.position == Position::Last =>
                {
                    sign(piece.base, one)
                }
                Signs::Letters { .. } | Signs::Apart => None,
            };
            let char = read.unwrap_or(piece.plain);
            if read.is_none() && !piece.alphabetic {
                gap = gap.max(if divides(char) { Gap::Space } else { Gap::Signs });
                continue;
            }
            match letters.last_mut() {
                Some(last) if last.char == char && gap == Gap::None => last.count += 1,
                _ => letters.push(Letter {
                    char,
                    count: 1,
                    gap,
                    unspaced: read.is_none() && piece.unspaced,
                }),
            }
            gap = Gap::None;
        }
        letters
    }
}

/// The letters that one character folds to; repetitions are merged.
pub fn letters_of(char: char) -> impl Iterator<Item = char> {
    let mut pieces = Vec::new();
    fold(char, Position::Outside, &mut pieces);
    let mut letters: Vec<char> = pieces
        .iter()
        .filter(|piece| piece.alphabetic)
        .map(|piece| piece.plain)
        .collect();
    letters.dedup();
    letters.into_iter()
}

fn fold(source: char, position: Position, pieces: &mut Vec<Piece>) {
    if source.is_ascii() {
        let plain = source.to_ascii_lowercase();
        pieces.push(Piece {
            base: plain,
            plain,
            alphabetic: plain.is_ascii_alphabetic(),
            unspaced: false,
            position,
        });
        return;
    }
    let folded = folded(source).flat_map(|base| look_alike(base).map(move |plain| (base, plain)));
    pieces.extend(folded.take(LETTERS_OF_CHAR).map(|(base, plain)| Piece {
        base,
        plain,
        alphabetic: plain.is_alphabetic(),
        unspaced: matches!(
            plain.script(),
            Script::Han | Script::Hiragana | Script::Katakana | Script::Thai
        ),
        position,
    }));
}

/// Words that are spelled with separated letters ("d a r n"), of at least three letters.
pub fn spelled(letters: &[Letter]) -> Vec<Vec<Letter>> {
    let alone = |at: usize| {
        letters[at].gap > Gap::None
            && letters.get(at + 1).is_none_or(|next| next.gap > Gap::None)
            && !letters[at].unspaced
    };
    let mut words = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let end = (at..letters.len()).find(|&at| !alone(at)).unwrap_or(letters.len());
        if end - at >= 3 {
            let mut word: Vec<Letter> = Vec::new();
            for letter in &letters[at..end] {
                match word.last_mut() {
                    Some(last) if last.char == letter.char => last.count += letter.count,
                    Some(_) => word.push(Letter {
                        gap: Gap::None,
                        ..*letter
                    }),
                    None => word.push(Letter {
                        gap: Gap::Space,
                        ..*letter
                    }),
                }
            }
            words.push(word);
        }
        at = end.max(at) + 1;
    }
    words
}

/// Whether a character separates words. An apostrophe does, so that "he'll" does not match "hell".
fn divides(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\'' | '’' | 'ʼ' | '‘' | '′')
}

/// A character without case, accents and width; nothing for an invisible character.
fn folded(char: char) -> impl Iterator<Item = char> {
    std::iter::once(regional(char))
        .nfkd()
        .filter(|&char| !is_combining_mark(char) && !is_invisible(char))
        .flat_map(char::to_lowercase)
}

/// Unicode's default ignorable code points that occur in texts, and the Arabic tatweel (U+0640).
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Maps regional indicators (flag letters) and letters in black squares, which have no decomposition, to plain letters.
fn regional(char: char) -> char {
    let base = match char {
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        _ => return char,
    };
    char::from_u32(u32::from('a') + u32::from(char) - base).unwrap_or(char)
}

/// Maps a character to what it looks like: Cyrillic and Greek letters to Latin ones, by Unicode's confusables (UTS 39), and variants of
/// Arabic letters to their common spelling.
fn look_alike(char: char) -> Pair {
    let one = match char {
        'ß' => return Pair(Some('s'), Some('s')),
        'æ' => return Pair(Some('a'), Some('e')),
        'œ' => return Pair(Some('o'), Some('e')),
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ł' => 'l',
        'ı' => 'i',
        'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ة' | 'ہ' | 'ە' => 'ه',
        'ک' | 'ڪ' => 'ك',
        _ if char.is_ascii() => char,
        _ if matches!(
            char.script(),
            Script::Cyrillic | Script::Greek | Script::Latin | Script::Cherokee | Script::Armenian
        ) =>
        {
            let mut buffer = [0; 4];
            let mut skeleton = skeleton(char.encode_utf8(&mut buffer));
            match (skeleton.next(), skeleton.next()) {
                (Some(like), None) => small_capital(like.to_ascii_lowercase()),
                _ => char,
            }
        }
        _ => char,
    };
    Pair(Some(one), None)
}

/// Maps small capitals, which Unicode neither decomposes nor lists as confusable, to plain letters.
fn small_capital(char: char) -> char {
    match "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ-ʏᴢ".chars().position(|small| small == char)
    {
        Some(at) => char::from(b'a' + u8::try_from(at).expect("of 26")),
        None => char,
    }
}

fn sign(char: char, one: char) -> Option<char> {
    Some(match char {
        '0' => 'o',
        '1' => one,
        '!' | '|' | '¡' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' | '§' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        _ => return None,
    })
}

/// An iterator over one or two characters.
struct Pair(Option<char>, Option<char>);

impl Iterator for Pair {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.0.take().or_else(|| self.1.take())
    }
}
