//! The hub's word list: the workers get each new revision, and admin commands about words are prepared beside the driver.

use super::state::Driver;
use crate::room::{AdminCommand, Input, Operator, OperatorRole, ReplyTo};

impl Driver {
    /// Publishes a new word list to the workers, before an answer acknowledges it.
    pub(super) fn publish_words(&mut self) {
        let words = self.hub.words();
        if words.revision() != self.published {
            self.published = words.revision();
            self.words.publish(words.clone());
        }
    }

    /// The input of an admin command, unless it needs preparation: building a matcher of a thousand words takes longer than any step of the
    /// hub may. A prepared input comes back as [`crate::transport::message::Message::Prepared`].
    pub(super) fn defer(&self, to: ReplyTo, by: Operator, command: AdminCommand) -> Option<Input> {
        let is_about_words = matches!(command, AdminCommand::Words { .. } | AdminCommand::TryWords { .. });
        if !is_about_words || by.role != OperatorRole::Organizer && !command.allowed_for_moderator() {
            return Some(Input::AdminCommand { to, by, command });
        }
        self.host_jobs.prepare(to, by, command, self.hub.words().clone());
        None
    }
}
