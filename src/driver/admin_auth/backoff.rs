//! Backoff: a device that keeps sending wrong proofs (signatures of admin commands) must wait, twice as long each time. A right one is
//! accepted at any time, because
//! 128 bits can't be guessed, and other users behind the same router must not lock the organizer out.
//! At most [`WRONG_ADDRESSES`] devices are remembered.

use std::collections::HashMap;

use crate::{
    limits::{WRONG_ADDRESSES, WRONG_PROOF_MOST_MS, WRONG_PROOF_WAIT_MS, WRONG_PROOFS},
    room::{AddressTag, Code, Refusal},
};

/// Devices that sent wrong proofs (signatures of admin commands), each with its waiting time.
#[derive(Default)]
pub struct Backoff(HashMap<AddressTag, Wrong>);

struct Wrong {
    count: u32,
    last_ms: u64,
    wait_ms: u64,
}

impl Backoff {
    /// Checks whether a device may get the specific error for a wrong proof.
    ///
    /// # Errors
    /// `rate_limited`, with the remaining wait.
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

    /// Counts a wrong proof (signature) of a device. Returns the refusal to answer: `why`, or `rate_limited` after too many wrong ones.
    pub fn refuse(&mut self, address: AddressTag, now_ms: u64, why: Refusal) -> Refusal {
        let waits = self.check(address, now_ms).is_err();
        self.record(address, now_ms);
        if !waits {
            return why;
        }
        // The wait includes this proof, so a client that waits for it gets the reason next.
        self.check(address, now_ms).err().unwrap_or(why)
    }

    /// Counts a wrong proof (signature) of a device. A full table drops the device that was quiet for longest.
    fn record(&mut self, address: AddressTag, now_ms: u64) {
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
    fn five_wrong_proofs_make_their_device_wait_and_no_other() {
        let mut backoff = Backoff::default();
        let (one, other) = (AddressTag(1), AddressTag(2));
        for _ in 0..WRONG_PROOFS {
            assert!(backoff.check(one, 10).is_ok());
            backoff.record(one, 10);
        }
        assert_eq!(
            backoff.check(one, 10).unwrap_err().retry_after_ms,
            Some(WRONG_PROOF_WAIT_MS)
        );
        assert!(backoff.check(other, 10).is_ok());
        let later = 10 + WRONG_PROOF_WAIT_MS;
        assert!(backoff.check(one, later).is_ok());
        backoff.record(one, later);
        assert_eq!(
            backoff.check(one, later).unwrap_err().retry_after_ms,
            Some(2 * WRONG_PROOF_WAIT_MS)
        );
        assert!(backoff.check(one, later + WRONG_PROOF_MOST_MS).is_ok());
        assert!(backoff.0.is_empty());
    }

    #[test]
    fn a_client_that_waits_gets_the_reason() {
        let mut backoff = Backoff::default();
        let mut refuse = |now_ms| backoff.refuse(AddressTag(1), now_ms, Refusal::new(Code::BadProof, "wrong"));
        for _ in 0..WRONG_PROOFS {
            assert_eq!(refuse(10).code, Code::BadProof);
        }
        let refused = refuse(10);
        assert_eq!(refused.code, Code::RateLimited);
        let wait_ms = refused.retry_after_ms.unwrap();
        assert_eq!(refuse(10 + wait_ms).code, Code::BadProof);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut backoff = Backoff::default();
        for address in 0..=WRONG_ADDRESSES as u64 {
            backoff.record(AddressTag(address), address);
        }
        assert_eq!(backoff.0.len(), WRONG_ADDRESSES);
        assert!(!backoff.0.contains_key(&AddressTag(0)));
    }
}
