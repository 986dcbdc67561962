//! The driver's part in the list of unwanted words: workers get each new revision, and long lists are prepared on another thread
//! (`limits::HOST_JOBS` at once).

use super::state::Driver;
use crate::room::{AdminCommand, Input, Operator, OperatorRole, ReplyTo};

impl Driver {
    /// Publishes a new word list to the workers, before the answer that acknowledges it.
    pub(super) fn publish_words(&mut self) {
        let words = self.hub.words();
        if words.revision() != self.published {
            self.published = words.revision();
            self.words.publish(words.clone());
        }
    }

    /// The input for an admin command; `None` if the command is first prepared by another task.
    ///
    /// Building a matcher for a thousand words takes longer than one step of the hub may. A prepared command comes back as
    /// [`crate::transport::message::Message::Prepared`].
    pub(super) fn defer(&self, to: ReplyTo, by: Operator, command: AdminCommand) -> Option<Input> {
        let is_about_words = matches!(command, AdminCommand::Words { .. } | AdminCommand::TryWords { .. });
        if !is_about_words || by.role != OperatorRole::Organizer && !command.allowed_for_moderator() {
            return Some(Input::AdminCommand { to, by, command });
        }
        self.host_jobs.prepare(to, by, command, self.hub.words().clone());
        None
    }
}
