//! What each device may still try, so that one device delays no other.

use std::collections::HashMap;

use crate::{
    limits,
    room::{AddressTag, Bucket, Rate},
};

/// The devices' buckets. At most [`limits::WRONG_ADDRESSES`]; the fullest one is evicted.
pub struct Tries {
    rate: Rate,
    used: HashMap<AddressTag, Bucket>,
}

impl Tries {
    /// So many tries a second of each device in the long run, and at once.
    pub fn new(per_second: f64, burst: u32) -> Self {
        Self {
            rate: Rate::new(per_second, burst),
            used: HashMap::new(),
        }
    }

    /// Takes one of a device's tries.
    ///
    /// # Errors
    /// None is left; the wait in milliseconds.
    pub fn take(&mut self, device: AddressTag, now_ms: u64) -> Result<(), u64> {
        if self.used.len() >= limits::WRONG_ADDRESSES && !self.used.contains_key(&device) {
            let fullest = self.used.iter().min_by_key(|(_, bucket)| bucket.full_at_ms());
            let fullest = fullest.map(|(&fullest, _)| fullest);
            fullest.map(|fullest| self.used.remove(&fullest));
        }
        self.used.entry(device).or_default().take(&self.rate, now_ms)
    }

    #[cfg(test)]
    pub fn devices(&self) -> usize {
        self.used.len()
    }
}
