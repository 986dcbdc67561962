//! Addresses that proved wrongly again and again have to wait.

use std::collections::HashMap;

use crate::{
    limits::{WRONG_ADDRESSES, WRONG_PROOF_MOST_MS, WRONG_PROOF_WAIT_MS, WRONG_PROOFS},
    room::{AddressTag, Code, Refusal},
};

/// The addresses of wrong proofs.
#[derive(Default)]
pub struct Slow(HashMap<AddressTag, Wrong>);

struct Wrong {
    count: u32,
    last_ms: u64,
    wait_ms: u64,
}

impl Slow {
    /// Whether an address may prove something now.
    ///
    /// # Errors
    /// When it may.
    pub fn check(&mut self, address: AddressTag, now_ms: u64) -> Result<(), Refusal> {
        let Some(wrong) = self.0.get(&address) else {
            return Ok(());
        };
        let passed_ms = now_ms.saturating_sub(wrong.last_ms);
        if passed_ms >= WRONG_PROOF_MOST_MS {
            self.0.remove(&address);
            return Ok(());
        }
        match wrong.wait_ms.saturating_sub(passed_ms) {
            0 => Ok(()),
            left_ms => Err(Refusal::retry(
                Code::RateLimited,
                "too many wrong proofs came from your address",
                left_ms,
            )),
        }
    }

    /// A proof from an address was wrong.
    pub fn wrong(&mut self, address: AddressTag, now_ms: u64) {
        if self.0.len() >= WRONG_ADDRESSES
            && !self.0.contains_key(&address)
            && let Some(&oldest) = self
                .0
                .iter()
                .min_by_key(|(_, wrong)| wrong.last_ms)
                .map(|(address, _)| address)
        {
            self.0.remove(&oldest);
        }
        let wrong = self.0.entry(address).or_insert(Wrong {
            count: 0,
            last_ms: 0,
            wait_ms: 0,
        });
        wrong.count = wrong.count.saturating_add(1);
        wrong.last_ms = now_ms;
        wrong.wait_ms = match wrong.count.checked_sub(WRONG_PROOFS) {
            None => 0,
            Some(more) => WRONG_PROOF_WAIT_MS
                .saturating_mul(1 << more.min(16))
                .min(WRONG_PROOF_MOST_MS),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_proofs_slow_an_address_down_and_no_other() {
        let mut slow = Slow::default();
        let (one, other) = (AddressTag(1), AddressTag(2));
        for _ in 0..WRONG_PROOFS {
            assert!(slow.check(one, 10).is_ok());
            slow.wrong(one, 10);
        }
        assert_eq!(
            slow.check(one, 10).unwrap_err().retry_after_ms,
            Some(WRONG_PROOF_WAIT_MS)
        );
        assert!(slow.check(other, 10).is_ok());
        let later = 10 + WRONG_PROOF_WAIT_MS;
        assert!(slow.check(one, later).is_ok());
        slow.wrong(one, later);
        assert_eq!(
            slow.check(one, later).unwrap_err().retry_after_ms,
            Some(2 * WRONG_PROOF_WAIT_MS)
        );
        assert!(slow.check(one, later + WRONG_PROOF_MOST_MS).is_ok());
        assert!(slow.0.is_empty());
    }

    #[test]
    fn the_table_is_bounded() {
        let mut slow = Slow::default();
        for address in 0..=WRONG_ADDRESSES as u64 {
            slow.wrong(AddressTag(address), address);
        }
        assert_eq!(slow.0.len(), WRONG_ADDRESSES);
        assert!(!slow.0.contains_key(&AddressTag(0)));
    }
}
