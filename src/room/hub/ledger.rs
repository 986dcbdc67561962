//! How many gifts each person has given, or was given, in one room.

use std::collections::{BTreeMap, BTreeSet};

use super::Hub;
use crate::{
    limits,
    room::{Score, UserId},
};

/// Exact counts, at most [`limits::GIVERS`], and their order.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    counts: BTreeMap<UserId, u64>,
    ranked: BTreeSet<(u64, UserId)>,
}

impl Ledger {
    pub(super) fn of(&self, user: UserId) -> u64 {
        self.counts.get(&user).copied().unwrap_or(0)
    }

    /// Whether there is a place for that person.
    pub(super) fn has_place(&self, user: UserId) -> bool {
        self.counts.len() < limits::GIVERS || self.counts.contains_key(&user)
    }

    /// Replaces somebody's count, and says so, if there is a place for it: those who come later are on no leaderboard.
    pub(super) fn set(&mut self, user: UserId, count: u64) -> bool {
        if !self.has_place(user) {
            return false;
        }
        if let Some(before) = self.counts.insert(user, count) {
            self.ranked.remove(&(before, user));
        }
        self.ranked.insert((count, user));
        true
    }

    /// Those with the highest counts, the highest first.
    fn leaders(&self) -> impl Iterator<Item = (UserId, u64)> {
        let given = self.ranked.iter().rev().filter(|(count, _)| *count > 0);
        given.take(limits::LEADERS).map(|&(count, user)| (user, count))
    }
}

impl Hub {
    pub(super) fn scores(&self, ledger: &Ledger) -> Vec<Score> {
        let score = |(user, gifts)| Score {
            who: self.shown(user),
            gifts,
        };
        ledger.leaders().map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_and_in_order() {
        let mut ledger = Ledger::default();
        for (user, count) in [(1, 5), (2, 9), (3, 7), (2, 4), (4, 0)] {
            ledger.set(UserId(user), count);
        }
        let leaders: Vec<_> = ledger.leaders().map(|(user, count)| (user.0, count)).collect();
        assert_eq!(leaders, [(3, 7), (1, 5), (2, 4)]);
        assert_eq!((ledger.of(UserId(2)), ledger.of(UserId(9))), (4, 0));
    }

    #[test]
    fn only_so_many_have_a_place() {
        let mut ledger = Ledger::default();
        for user in 0..limits::GIVERS as u64 {
            ledger.set(UserId(user), 1);
        }
        assert!(!ledger.has_place(UserId(u64::MAX)));
        assert!(!ledger.set(UserId(u64::MAX), 1));
        assert_eq!(ledger.of(UserId(u64::MAX)), 0);
        ledger.set(UserId(0), 2);
        assert_eq!(ledger.leaders().next(), Some((UserId(0), 2)));
    }
}
