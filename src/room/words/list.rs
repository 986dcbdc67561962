//! A word list as it is handed around: immutable, with the number by which one is told from the next.

use super::matcher::{BadWord, Words};
use crate::room::{RoomName, UserName};

/// The words that rooms block or hold, and that names do not have.
#[derive(Debug, Default)]
pub struct WordList {
    revision: u64,
    listed: Vec<Box<str>>,
    words: Option<Words>,
}

/// Which texts of one input have listed words, as the list of one revision says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// See [`WordList::revision`].
    pub revision: u64,
    /// The name that came along.
    pub name: bool,
    /// The name of a room that may have to be made.
    pub room: bool,
    /// What is said: a text, a gift's name, a reaction, a new name.
    pub said: bool,
}

/// What was worked out about an input elsewhere, so that the hub does not spend its time on it.
#[derive(Debug, Default)]
pub struct Prepared {
    /// What a list finds in the input's texts. It is good for that list alone.
    pub found: Option<Found>,
    /// The words of [`crate::room::AdminCommand::Words`], or what is wrong with them.
    pub words: Option<Result<Words, BadWord>>,
}

impl From<Option<Found>> for Prepared {
    fn from(found: Option<Found>) -> Self {
        let words = None;
        Self { found, words }
    }
}

impl WordList {
    /// The list that takes the place of the one of the revision before.
    ///
    /// # Errors
    /// What is wrong with a word.
    pub fn new(revision: u64, listed: Vec<Box<str>>, words: Option<Result<Words, BadWord>>) -> Result<Self, BadWord> {
        let words = words.unwrap_or_else(|| Words::new(listed.iter().map(|word| &**word)))?;
        let words = (!listed.is_empty()).then_some(words);
        Ok(Self {
            revision,
            listed,
            words,
        })
    }

    /// Greater than those of all lists before.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The words as they were given.
    pub fn listed(&self) -> &[Box<str>] {
        &self.listed
    }

    /// Whether nothing can be found.
    pub fn is_empty(&self) -> bool {
        self.words.is_none()
    }

    /// Whether a text has a listed word.
    pub fn has(&self, text: &str) -> bool {
        self.words.as_ref().is_some_and(|words| words.find(text).is_some())
    }

    /// Looks at all texts of an input.
    pub fn find(&self, name: Option<&UserName>, room: Option<&RoomName>, said: &[&str]) -> Found {
        Found {
            revision: self.revision,
            name: name.is_some_and(|name| self.has(name.as_str())),
            room: room.is_some_and(|room| self.has(room.as_str())),
            said: said.iter().any(|text| self.has(text)),
        }
    }
}
