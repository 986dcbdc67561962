//! Does the slow part of admin commands about unwanted words on another thread: builds a matcher for a new list, or matches a text. It
//! keeps nothing; [`super`] bounds how many run at once.

use crate::room::{AdminCommand, Prepared, WordList, Words};

/// Prepares a command, using the current word list. Takes milliseconds for a long list.
pub fn prepare(command: &AdminCommand, list: &WordList) -> Prepared {
    let mut prepared = Prepared::default();
    if let AdminCommand::Words { list } = command {
        prepared.words = Some(Words::new(list.iter().map(|word| &**word)));
    } else if let AdminCommand::TryWords { text } = command {
        prepared.found = Some(list.find(None, None, &[text]));
    }
    prepared
}
