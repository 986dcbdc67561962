//! What an admin command about words needs before the hub can apply it: a matcher, or the words found in a text.

use crate::room::{AdminCommand, Prepared, WordList, Words};

/// Prepares a command, with the word list in use. Takes milliseconds for a long list.
pub fn prepare(command: &AdminCommand, list: &WordList) -> Prepared {
    let mut prepared = Prepared::default();
    if let AdminCommand::Words { list } = command {
        prepared.words = Some(Words::new(list.iter().map(|word| &**word)));
    } else if let AdminCommand::TryWords { text } = command {
        prepared.found = Some(list.find(None, None, &[text]));
    }
    prepared
}
