//! Masks or refuses texts with unwanted words. The workers have matched a text before it arrives; the hub (the state machine of all rooms)
//! matches only names and short texts itself. The list has at most `limits::WORD_LIST` words.

use std::sync::Arc;

use crate::room::hub::state::Hub;
use crate::{
    limits,
    room::{Code, Found, Input, Key, Now, Prepared, Refusal, Reply, Role, UserId, WordList, links, persist},
};

/// Origin of a name, which decides which of the worker's matches applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::room::hub) enum Named {
    /// The client sent the name with its connection or request.
    Along,
    /// The client sent the name as a command's argument.
    Anew,
    /// The name is the user's known name.
    Earlier,
    /// The name is a room's name.
    Room,
}

impl Hub {
    /// Handles an input like [`Hub::handle`], with results of work (matched words, a compiled list) that other threads have done in advance.
    pub fn handle_prepared(&mut self, now: Now, input: Input, prepared: Prepared) {
        self.prepared = prepared;
        self.handle(now, input);
        self.prepared = Prepared::default();
    }

    /// Checks the name of a person or a room. Names appear in every room, so links are refused if any room refuses links.
    pub(in crate::room::hub) fn takes_name(&self, user: UserId, name: &str, from: Named) -> Result<(), Refusal> {
        let badge = self.access_records.badge(user);
        let operator =
            self.access_records.is_operator(user) || matches!(badge, Some(Role::Organizer | Role::Moderator));
        let listed = || match from {
            Named::Earlier => self.words.has(name),
            Named::Along => self.found(|found| found.name).unwrap_or_else(|| self.words.has(name)),
            Named::Anew => self.found(|found| found.said).unwrap_or_else(|| self.words.has(name)),
            Named::Room => self.found(|found| found.room).unwrap_or_else(|| self.words.has(name)),
        };
        if operator {
            return Ok(());
        }
        if links::has_link(name) && self.are_links_off() {
            let message = "a name can't be a link while a room takes none";
            return Err(Refusal::new(Code::NoLinks, message));
        }
        match listed() {
            true => Err(Refusal::new(Code::BadWord, "a name can't have that word")),
            false => Ok(()),
        }
    }

    /// Whether any room refuses links.
    fn are_links_off(&self) -> bool {
        let mut rooms = self.rooms.ids().map(|room| self.rooms.get(room));
        rooms.any(|room| room.policy.settings.links_off)
    }

    /// The worker's match for the current input; `None` if it was made with another version of the list.
    fn found(&self, what: fn(&Found) -> bool) -> Option<bool> {
        let found = self.prepared.found.as_ref();
        found.filter(|found| found.revision == self.words.revision()).map(what)
    }

    /// Whether the texts of an input have a listed word.
    pub(in crate::room::hub) fn says_listed(&self, texts: &[&str]) -> Result<bool, Refusal> {
        if let Some(found) = self.found(|found| found.said).filter(|_| !self.words.is_empty()) {
            return Ok(found);
        }
        let bytes: usize = texts.iter().map(|text| text.len()).sum();
        if bytes > limits::WORDS_AGAIN_BYTES && !self.words.is_empty() {
            let message = "the box is busy with its word list; please send it again";
            return Err(Refusal::retry(Code::Busy, message, limits::WORDS_AGAIN_MS));
        }
        Ok(texts.iter().any(|text| self.words.has(text)))
    }

    /// The current word list, for the workers that match texts in advance.
    pub fn words(&self) -> &Arc<WordList> {
        &self.words
    }

    pub(in crate::room::hub) fn set_words(&mut self, list: Vec<Box<str>>) -> Result<Reply, Refusal> {
        let (revision, words) = (self.words.revision() + 1, self.prepared.words.take());
        let words = WordList::new(revision, list, words);
        let words = words.map_err(|why| Refusal::new(Code::BadRequest, why.to_string()))?;
        self.persist(Key::Words, |_| {
            (!words.is_empty()).then(|| persist::json(&words.listed()))
        });
        self.words = Arc::new(words);
        Ok(Reply::Done)
    }

    pub(in crate::room::hub) fn word_list(&self) -> Reply {
        let list = self.words.listed().to_vec();
        Reply::WordList { list }
    }

    pub(in crate::room::hub) fn try_words(&self, text: &str) -> Result<Reply, Refusal> {
        let listed = self.says_listed(&[text])?;
        Ok(Reply::TriedWords { listed })
    }
}
