//! Counts the gifts that each person gave or received, for at most `limits::GIVERS` people; the first `limits::LEADERS` are shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::room::hub::{membership::shares::Shares, membership::shares::Source};
use crate::{limits, room::UserId};

/// A leaderboard: exact gift counts of at most [`limits::GIVERS`] people, also sorted by count.
#[derive(Debug, Default)]
pub(in crate::room::hub) struct Leaderboard {
    counts: BTreeMap<UserId, u64>,
    ranked: BTreeSet<(u64, UserId)>,
    shares: Shares,
}

impl Leaderboard {
    /// Number of people and devices in the tables, for the memory account.
    pub(in crate::room::hub) fn len(&self) -> usize {
        self.counts.len() + self.shares.len()
    }

    pub(in crate::room::hub) fn of(&self, user: UserId) -> u64 {
        self.counts.get(&user).copied().unwrap_or(0)
    }

    /// Whether the leaderboard counts the person already, or has a free row for a person of this device.
    pub(in crate::room::hub) fn has_row_for(&self, user: UserId, source: Source) -> bool {
        self.counts.contains_key(&user) || self.counts.len() < limits::GIVERS && self.shares.have_row(source)
    }

    /// Sets a person's count; returns false if the person has no row and the table or the device's share is full.
    /// People beyond the bound are not counted. A `None` source is not limited by a device's share.
    pub(in crate::room::hub) fn set(&mut self, user: UserId, count: u64, source: Option<Source>) -> bool {
        if !self.counts.contains_key(&user) {
            let is_free = self.counts.len() < limits::GIVERS;
            if !is_free || !source.is_none_or(|source| self.shares.take_row(source)) {
                return false;
            }
        }
        if let Some(before) = self.counts.insert(user, count) {
            self.ranked.remove(&(before, user));
        }
        self.ranked.insert((count, user));
        true
    }

    /// People with the highest counts, highest first.
    pub(in crate::room::hub) fn leaders(&self) -> impl Iterator<Item = (UserId, u64)> {
        let given = self.ranked.iter().rev().filter(|(count, _)| *count > 0);
        given.take(limits::LEADERS).map(|&(count, user)| (user, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::AddressTag;

    #[test]
    fn counts_are_exact_and_in_order() {
        let mut board = Leaderboard::default();
        for (user, count) in [(1, 5), (2, 9), (3, 7), (2, 4), (4, 0)] {
            board.set(UserId(user), count, None);
        }
        let leaders: Vec<_> = board.leaders().map(|(user, count)| (user.0, count)).collect();
        assert_eq!(leaders, [(3, 7), (1, 5), (2, 4)]);
        assert_eq!((board.of(UserId(2)), board.of(UserId(9))), (4, 0));
    }

    #[test]
    fn only_so_many_have_a_place() {
        let mut board = Leaderboard::default();
        for user in 0..limits::GIVERS as u64 {
            board.set(UserId(user), 1, None);
        }
        let source = Source::unbounded(AddressTag(1));
        assert!(!board.has_row_for(UserId(u64::MAX), source));
        assert!(!board.set(UserId(u64::MAX), 1, Some(source)));
        assert_eq!(board.of(UserId(u64::MAX)), 0);
        board.set(UserId(0), 2, None);
        assert_eq!(board.leaders().next(), Some((UserId(0), 2)));
    }
}
