//! The hub's word list: the workers get each new revision, and admin commands about words are prepared beside the driver.

use super::state::Driver;
use crate::room::{AdminCommand, Input, OperatorRole};

impl Driver {
    /// Publishes a new word list to the workers, before an answer acknowledges it.
    pub(super) fn publish_words(&mut self) {
        let words = self.hub.words();
        if words.revision() != self.published {
            self.published = words.revision();
            self.words.publish(words.clone());
        }
    }

    /// Returns the input, unless it needs preparation: building a matcher of a thousand words takes longer than any step of the hub may.
    /// A prepared input comes back as [`crate::transport::message::Message::Prepared`].
    pub(super) fn defer(&self, input: Input) -> Option<Input> {
        match input {
            Input::AdminCommand { to, by, order }
                if matches!(order, AdminCommand::Words { .. } | AdminCommand::TryWords { .. })
                    && (by.role == OperatorRole::Organizer || order.allowed_for_moderator()) =>
            {
                self.host_jobs.prepare(to, by, order, self.hub.words().clone());
                None
            }
            input => Some(input),
        }
    }
}
