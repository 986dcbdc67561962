//! What an admin command about words needs before the hub can apply it: a matcher, or the words found in a text.

use crate::room::{AdminCommand, Prepared, WordList, Words};

/// Prepares a command, with the word list in use. Takes milliseconds for a long list.
pub fn prepare(command: &AdminCommand, list: &WordList) -> Prepared {
    match command {
        AdminCommand::Words { list } => Prepared {
            words: Some(Words::new(list.iter().map(|word| &**word))),
            ..Prepared::default()
        },
        AdminCommand::TryWords { text } => Prepared {
            found: Some(list.find(None, None, &[text])),
            ..Prepared::default()
        },
        _ => Prepared::default(),
    }
}
