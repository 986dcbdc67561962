//! Counts the reactions in a room, for at most `limits::REACTIONS` different ones.

use std::collections::BTreeMap;

use super::Token;
use crate::limits::REACTIONS;

/// Number of reactions by emoji, for at most [`REACTIONS`] kinds.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<Token, u64>,
}

/// Error: the tally already has the maximum number of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyKinds;

impl Tally {
    /// Counts one reaction with this emoji.
    ///
    /// # Errors
    /// [`TooManyKinds`] if the emoji is new and the tally already has [`REACTIONS`] kinds.
    pub fn add(&mut self, emoji: Token) -> Result<(), TooManyKinds> {
        let room_for_more = self.counts.len() < REACTIONS;
        match self.counts.get_mut(&emoji) {
            Some(count) => *count += 1,
            None if room_for_more => drop(self.counts.insert(emoji, 1)),
            None => return Err(TooManyKinds),
        }
        Ok(())
    }

    /// A tally from stored counts; kinds beyond [`REACTIONS`] are dropped.
    pub fn restored(counts: BTreeMap<Token, u64>) -> Self {
        let counts = counts.into_iter().take(REACTIONS).collect();
        Self { counts }
    }

    /// Number of reactions so far, by emoji.
    pub fn counts(&self) -> &BTreeMap<Token, u64> {
        &self.counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_exact_and_kinds_bounded() {
        let kind = |n: usize| Token::new(&format!("r{n}")).unwrap();
        let mut tally = Tally::default();
        for n in 0..REACTIONS {
            tally.add(kind(n)).unwrap();
        }
        assert_eq!(tally.add(kind(REACTIONS)), Err(TooManyKinds));
        tally.add(kind(0)).unwrap();
        assert_eq!(tally.counts()[&kind(0)], 2);
        assert_eq!(tally.counts().len(), REACTIONS);
    }
}
