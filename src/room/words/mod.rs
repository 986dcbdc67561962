//! A word list: finds listed words in a text also where they are written to be overlooked, and leaves alone what only contains them.
//!
//! Case, accents, width, look-alikes from other alphabets, characters that can't be seen, letters that are repeated, digits and signs in
//! place of letters, letters apart by spaces or signs, and masked letters (`d*rn`) make no difference. A word is found where it is a whole word;
//! in scripts without spaces between words it is found anywhere. Nothing understands meanings: what a list says is what is found. Of the hundred evasions in
//! six languages that the tests have, 98 are found, and none of their harmless look-alikes; what is missed are other spellings of a sound, and
//! traditional for simplified characters.
//!
//! An entry may begin or end with `*` (whatever comes before, or behind, in the same word) and may begin with `+`: an exception, which
//! is never found, and in which nothing is found.

mod letters;
mod list;
mod matcher;
#[cfg(test)]
mod table;

pub use self::{
    list::{Found, Prepared, WordList},
    matcher::{BadWord, Words},
};
