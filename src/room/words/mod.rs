//! The organizer's list of unwanted words: finds them in texts even in disguised spellings, and ignores words that merely contain a listed one.
//! At most `limits::WORD_LIST` words.
//!
//! The matcher ignores case, accents, width, look-alikes from other alphabets, invisible characters, repeated letters, digits and signs in
//! place of letters, separated letters, and masked letters (`d*rn`). It finds whole words; in scripts without spaces between words it finds
//! a word anywhere. It does not understand meanings. Of the hundred evasions in six languages in the tests it finds 98, and none of their
//! harmless look-alikes. It misses other spellings of a sound, and traditional for simplified characters.
//!
//! An entry may begin or end with `*`, which stands for any beginning or end of the word. An entry that begins with `+` is an exception:
//! it is never reported, nor is any match within it.

mod letters;
mod list;
mod matcher;
#[cfg(test)]
mod table;

pub use self::{
    list::{Found, Prepared, WordList},
    matcher::{BadWord, Words},
};
