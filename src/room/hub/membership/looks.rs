//! Index of people's names by their look ([`crate::room::names::look`]), to find similar names at once. Each table has at most one row for
//! each of `limits::USERS` people.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    limits,
    room::{Now, Role, UserId},
};

/// Tables of looks.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Looks {
    /// Looks of the names of connected users.
    shown: BTreeSet<(u64, UserId)>,
    /// Looks of the names of organizers and moderators, connected or not.
    staff: BTreeSet<(u64, UserId)>,
    /// For each look the user who left last, and the time of leaving; at most one row for each user.
    left: BTreeMap<u64, (UserId, u64)>,
}

impl Looks {
    /// Connected users whose names have this look.
    pub(in crate::room::hub) fn shown_as(&self, look: u64) -> impl Iterator<Item = UserId> {
        self.shown.range(all_of(look)).map(|&(_, id)| id)
    }

    /// Whether a known organizer or moderator has a name with this look.
    pub(in crate::room::hub) fn has_staff_as(&self, look: u64) -> bool {
        self.staff.range(all_of(look)).next().is_some()
    }

    /// The user who had a name with this look and left less than [`limits::NAME_MS`] ago; `None` if there is none.
    pub(in crate::room::hub) fn left_as(&self, look: u64, now: Now) -> Option<UserId> {
        let &(user, at_ms) = self.left.get(&look)?;
        (now.mono_ms < at_ms + limits::NAME_MS).then_some(user)
    }

    pub(super) fn come(&mut self, id: UserId, look: u64) {
        self.shown.insert((look, id));
        self.free(id, look);
    }

    pub(super) fn leave(&mut self, id: UserId, look: u64, now: Now) {
        self.shown.remove(&(look, id));
        self.left.insert(look, (id, now.mono_ms));
    }

    pub(super) fn forget(&mut self, id: UserId, look: u64) {
        self.free(id, look);
        self.staff.remove(&(look, id));
    }

    pub(super) fn set_role(&mut self, id: UserId, look: u64, role: Role) {
        match role {
            Role::Organizer | Role::Moderator => self.staff.insert((look, id)),
            Role::Guest | Role::Bot => self.staff.remove(&(look, id)),
        };
    }

    pub(super) fn rename(&mut self, id: UserId, before: u64, look: u64) {
        for looks in [&mut self.shown, &mut self.staff] {
            if looks.remove(&(before, id)) {
                looks.insert((look, id));
            }
        }
        self.free(id, before);
    }

    /// Frees the name that the user kept while away, because the user is back or has another name.
    fn free(&mut self, id: UserId, look: u64) {
        if self.left.get(&look).is_some_and(|&(user, _)| user == id) {
            self.left.remove(&look);
        }
    }
}

fn all_of(look: u64) -> std::ops::RangeInclusive<(u64, UserId)> {
    (look, UserId(0))..=(look, UserId(u64::MAX))
}
