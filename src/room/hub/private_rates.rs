//! Rate limits of private messages, for each pair of sending device and receiver, so that one sender can't fill a sleeping phone's queue.
//! At most `limits::PRIVATE_PAIRS` pairs.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    limits::{self, Limits},
    room::{
        AddressTag, Now, UserId,
        bucket::{Bucket, Rate},
    },
};

/// A sending device and the receiver of its private messages.
type Pair = (AddressTag, UserId);

/// Rate limits of at most [`limits::PRIVATE_PAIRS`] pairs. A full table drops the pair whose bucket is full soonest.
#[derive(Debug)]
pub(in crate::room::hub) struct PrivateRates {
    pub(in crate::room::hub) used: BTreeMap<Pair, Bucket>,
    /// The same pairs, ordered by the time when their buckets are full.
    pub(in crate::room::hub) by_full: BTreeSet<(u64, Pair)>,
    /// The rate of each pair; `None` without a limit.
    rate: Option<Rate>,
}

impl PrivateRates {
    pub(in crate::room::hub) fn new(limits: &Limits) -> Self {
        let is_bounded = limits.rate && limits.per_address.is_some();
        Self {
            used: BTreeMap::new(),
            by_full: BTreeSet::new(),
            rate: is_bounded.then(|| Rate::new(limits.message_rate, limits.message_burst)),
        }
    }

    /// The pair's bucket after a message of `cost` tokens; `None` if pairs are not limited.
    ///
    /// # Errors
    /// The wait in milliseconds until a message is allowed.
    pub(in crate::room::hub) fn with(&self, pair: Pair, cost: u32, now: Now) -> Result<Option<Bucket>, u64> {
        let Some(rate) = &self.rate else { return Ok(None) };
        let mut bucket = self.used.get(&pair).copied().unwrap_or_default();
        let mut probe = bucket;
        probe.take(rate, now.mono_ms)?;
        bucket.take_many(rate, cost, now.mono_ms);
        Ok(Some(bucket))
    }

    /// Stores the pair's bucket. A full table drops the pair whose bucket is full soonest.
    pub(in crate::room::hub) fn set(&mut self, pair: Pair, bucket: Bucket) {
        match self.used.insert(pair, bucket) {
            Some(before) => drop(self.by_full.remove(&(before.full_at_ms(), pair))),
            None if self.used.len() > limits::PRIVATE_PAIRS => {
                if let Some((_, first)) = self.by_full.pop_first() {
                    self.used.remove(&first);
                }
            }
            None => {}
        }
        self.by_full.insert((bucket.full_at_ms(), pair));
    }
}
