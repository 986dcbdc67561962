//! An immutable list of unwanted words with a revision number, shared by all threads; at most `limits::WORD_LIST` words.

use super::matcher::{BadWord, Words};
use crate::room::{RoomName, UserName};

/// The words that rooms block or hold, and that names must not contain.
#[derive(Debug, Default)]
pub struct WordList {
    revision: u64,
    listed: Vec<Box<str>>,
    words: Option<Words>,
}

/// Which texts of an input contain listed words, according to one revision of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The revision of the word list that these matches belong to; after a newer one the hub matches again.
    pub revision: u64,
    /// Whether the name sent with the input has a listed word.
    pub name: bool,
    /// Whether the name of a room to be created has a listed word.
    pub room: bool,
    /// Whether the command's content has a listed word: a text, a gift's name, a reaction, or a new name.
    pub said: bool,
}

/// Results of work on an input that other threads did in advance, to save the hub's time: matched words, a compiled list. Empty if none was done.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The matches in the input's texts; valid only for the list of the same revision.
    pub found: Option<Found>,
    /// The compiled words of [`crate::room::AdminCommand::Words`], or the error in them.
    pub words: Option<Result<Words, BadWord>>,
}

impl From<Option<Found>> for Prepared {
    fn from(found: Option<Found>) -> Self {
        let words = None;
        Self { found, words }
    }
}

impl WordList {
    /// A list that replaces the previous revision. `words` is the compiled form of `listed`, if another thread made it.
    ///
    /// # Errors
    /// An entry of the list is invalid.
    pub fn new(revision: u64, listed: Vec<Box<str>>, words: Option<Result<Words, BadWord>>) -> Result<Self, BadWord> {
        let words = words.unwrap_or_else(|| Words::new(listed.iter().map(|word| &**word)))?;
        let words = (!listed.is_empty()).then_some(words);
        Ok(Self {
            revision,
            listed,
            words,
        })
    }

    /// Revision number, greater than that of any earlier list.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The listed words as the organizer wrote them.
    pub fn listed(&self) -> &[Box<str>] {
        &self.listed
    }

    /// Whether the list has no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_none()
    }

    /// Whether a text contains a listed word, even in a disguised spelling.
    pub fn has(&self, text: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.find(text).is_some())
    }

    /// Matches the name, the room's name and the texts of an input; a missing one contains no listed word.
    pub fn find(&self, name: Option<&UserName>, room: Option<&RoomName>, said: &[&str]) -> Found {
        Found {
            revision: self.revision,
            name: name.is_some_and(|name| self.has(name.as_str())),
            room: room.is_some_and(|room| self.has(room.as_str())),
            said: said.iter().any(|text| self.has(text)),
        }
    }
}
