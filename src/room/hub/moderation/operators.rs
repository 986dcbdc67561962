//! Remembers which people have acted as organizer or moderator since the start, and gives the role that others see beside a name.
//! `limits::OPERATOR_CODES` access codes exist at most.

use crate::room::hub::state::Hub;
use crate::{
    limits,
    room::{Operator, OperatorId, OperatorRole, Role, UserId},
};

impl Hub {
    /// Notes that a user gave an admin command: admits the user, and shows the operator's role with the user's messages.
    ///
    /// The organizer's key overrides every ban, including a ban of the identity that uses it.
    pub(in crate::room::hub) fn note_operator(&mut self, user: UserId, by: Operator) {
        if by.role == OperatorRole::Organizer && self.access_records.is_banned(user) {
            // The identity is known, so it has a place. Flagged addresses stay.
            let _ = self.change(user, |record| {
                record.banned = false;
                record.admitted = true;
            });
        }
        let operators = &mut self.access_records.operators;
        if operators.len() < limits::OPERATOR_CODES || operators.contains_key(&user) {
            operators.insert(user, by);
        }
        self.people.set_role(user, self.role_of(user));
        let passes = self.access_records.is_admitted(user) || self.access_records.is_banned(user);
        let is_watched = self.access_records.seats > 0 || !self.access_records.flagged.is_empty();
        if is_watched && !passes {
            // Without a place, their access is checked like everyone else's.
            let _ = self.set_admitted(user);
        }
    }

    /// The role that others see: the badge if there is one, otherwise the role of the user's last access code.
    pub(in crate::room::hub) fn role_of(&self, user: UserId) -> Role {
        let by_code = || match self.access_records.operators.get(&user)?.role {
            OperatorRole::Organizer => Some(Role::Organizer),
            OperatorRole::Moderator => Some(Role::Moderator),
        };
        self.access_records.badge(user).or_else(by_code).unwrap_or(Role::Guest)
    }

    /// Takes the role of organizer or moderator from the users of a revoked access code.
    pub(in crate::room::hub) fn dismiss(&mut self, code: OperatorId) {
        let theirs = self.access_records.operators.extract_if(.., |_, by| by.id == code);
        let users: Vec<_> = theirs.map(|(user, _)| user).collect();
        for user in users {
            self.people.set_role(user, self.role_of(user));
        }
    }
}
