//! Rate limits of joining routes, for each device, so that one device delays no other. At most `limits::WRONG_ADDRESSES` devices are
//! remembered.

use std::collections::HashMap;

use crate::{
    limits,
    room::{AddressTag, Bucket, Rate},
};

/// The rate limit of each device, for at most [`limits::WRONG_ADDRESSES`] devices; the one with the fullest bucket is evicted.
pub struct Tries {
    rate: Rate,
    used: HashMap<AddressTag, Bucket>,
}

impl Tries {
    /// Allows each device `per_second` tries in the long run, and `burst` at once.
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
