//! A text as the word list sees it: letters without case, accents, width and look-alikes, and what stands between them.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_script::{Script, UnicodeScript};
use unicode_security::confusable_detection::skeleton;

use crate::limits::LETTERS_OF_CHAR;

/// What stands before a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Nothing: the letters are one word.
    None,
    /// Signs or digits only: perhaps to hide a word.
    Signs,
    /// A space, an apostrophe, or the start of the text: words are told apart by it.
    Space,
}

/// A letter, with how often it stands there in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Folded.
    pub char: char,
    /// At least 1.
    pub count: u32,
    /// Between the letter before and this one.
    pub gap: Gap,
    /// Of a script that is written without spaces between words.
    pub unspaced: bool,
}

/// What digits and signs beside letters are: `sh1t`, `he11`, `a55`, `d4mn5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// What they are.
    Apart,
    /// The letters that they look like.
    Letters {
        /// What a 1 looks like.
        one: char,
        /// Those at the end of a word, too.
        last: bool,
    },
}

/// The ways to read signs.
pub const READINGS: [Signs; 4] = [
    Signs::Apart,
    Signs::Letters { one: 'i', last: true },
    Signs::Letters { one: 'l', last: true },
    Signs::Letters { one: 'i', last: false },
];

/// A text in which what takes the tables of Unicode is done, once for all readings.
pub struct Folded {
    pieces: Vec<Piece>,
    has_signs: bool,
}

/// A folded character: what may be a sign, and what it is where it is none.
#[derive(Clone, Copy)]
struct Piece {
    base: char,
    plain: char,
    alphabetic: bool,
    unspaced: bool,
    place: Position,
}

/// Where in its word a character stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Position {
    /// In what has no letters, or is a mark at the end.
    Outside,
    /// Behind the last letter.
    Last,
    /// Before it.
    Inside,
}

impl Folded {
    /// Looks at every character once; each folds to [`LETTERS_OF_CHAR`] at most.
    pub fn new(text: &str) -> Self {
        let mut pieces = Vec::with_capacity(text.len());
        let mut has_signs = false;
        for token in text.split_inclusive(char::is_whitespace) {
            // An exclamation mark at the end is one.
            let marks = token.trim_end_matches(|char: char| char.is_whitespace() || char == '!');
            let word = token.trim_end_matches(|char: char| !char.is_alphabetic());
            for (at, source) in token.char_indices() {
                let place = match at {
                    // Without a letter the word is empty, and nothing in the token is one.
                    _ if word.is_empty() => Position::Outside,
                    at if at < word.len() => Position::Inside,
                    at if at < marks.len() => Position::Last,
                    _ => Position::Outside,
                };
                let from = pieces.len();
                fold(source, place, &mut pieces);
                has_signs |=
                    place > Position::Outside && pieces[from..].iter().any(|piece| sign(piece.base, 'i').is_some());
            }
        }
        Self { pieces, has_signs }
    }

    /// Whether it makes a difference how signs are read.
    pub fn has_signs(&self) -> bool {
        self.has_signs
    }

    /// The letters of the text, the same one in a row as one.
    pub fn letters(&self, signs: Signs) -> Vec<Letter> {
        let mut letters: Vec<Letter> = Vec::with_capacity(self.pieces.len());
        let mut gap = Gap::Space;
        for piece in &self.pieces {
            let read = match signs {
                Signs::Letters { one, last }
                    if piece.place == Position::Inside || last && piece.place == Position::Last =>
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

/// The letters of one character, the same one in a row as one.
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

fn fold(source: char, place: Position, pieces: &mut Vec<Piece>) {
    if source.is_ascii() {
        let plain = source.to_ascii_lowercase();
        pieces.push(Piece {
            base: plain,
            plain,
            alphabetic: plain.is_ascii_alphabetic(),
            unspaced: false,
            place,
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
        place,
    }));
}

/// Letters that stand apart, three of them at least, as the words that they spell.
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

/// An apostrophe is no sign that hides: "he'll" has nothing to do with hell.
fn divides(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\'' | '’' | 'ʼ' | '‘' | '′')
}

/// A character without case, accents and width; nothing for what can't be seen.
fn folded(char: char) -> impl Iterator<Item = char> {
    std::iter::once(regional(char))
        .nfkd()
        .filter(|&char| !is_combining_mark(char) && !is_invisible(char))
        .flat_map(char::to_lowercase)
}

/// Unicode's default ignorable code points, as far as they occur in text, and the Arabic stretch.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters that flags are made of, and those in black squares, which have no decomposition.
fn regional(char: char) -> char {
    let base = match char {
        '\u{1f1e6}'..='\u{1f1ff}' => 0x1f1e6,
        '\u{1f150}'..='\u{1f169}' => 0x1f150,
        '\u{1f170}'..='\u{1f189}' => 0x1f170,
        _ => return char,
    };
    char::from_u32(u32::from('a') + u32::from(char) - base).unwrap_or(char)
}

/// What a character looks like: a Latin letter for one of Cyrillic or Greek that is drawn like it, by Unicode's table of
/// confusables (UTS 39); the spelling that Arabic letters share.
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

/// Small capitals, which Unicode neither decomposes nor counts among the look-alikes of other letters.
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

/// One or two characters.
struct Pair(Option<char>, Option<char>);

impl Iterator for Pair {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.0.take().or_else(|| self.1.take())
    }
}
