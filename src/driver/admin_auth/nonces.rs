//! Nonces for single HTTP requests. A nonce contains its time, and a MAC over time and device, so only used ones take memory.
//! A flood of nonce requests therefore can't push out other programs' nonces. At most [`limits::USED_NONCES`] are remembered.

use std::collections::VecDeque;

use data_encoding::HEXLOWER;
use hmac::Mac;
use subtle::ConstantTimeEq;

use crate::{
    config::admin_key::{KEY_BYTES, OperatorKey, hmac},
    limits,
    room::{AddressTag, Code, Now, Refusal},
    transport::proof::unhex,
};

/// Length of a nonce in bytes.
const BYTES: usize = 16;
/// Length of its first part in bytes: the milliseconds since the start.
const TIME_BYTES: usize = 5;
/// Number of leading bytes that the MAC covers: the time, and a serial number.
const COVERED_BYTES: usize = 8;

/// Issues the nonces of single HTTP requests, and remembers the used ones until they expire.
pub(super) struct Nonces {
    /// Key of the MAC, random for each start of the server.
    key: OperatorKey,
    serial: u32,
    /// Used nonces with the end of their lifetime, oldest first.
    used: VecDeque<(Box<str>, u64)>,
}

impl Default for Nonces {
    fn default() -> Self {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).expect("the kernel has randomness");
        Self {
            key,
            serial: 0,
            used: VecDeque::new(),
        }
    }
}

impl Nonces {
    fn mac(&self, covered: &[u8], address: AddressTag) -> [u8; BYTES - COVERED_BYTES] {
        let mac = hmac(&self.key, "chatterbox nonce").chain_update(covered);
        let mac = mac.chain_update(address.0.to_be_bytes()).finalize().into_bytes();
        mac[..BYTES - COVERED_BYTES].try_into().expect("a hash is longer")
    }

    /// Issues a nonce for one admin command of a device. Nothing is stored for it until it is used.
    pub(super) fn make(&mut self, address: AddressTag, now: Now) -> Box<str> {
        self.serial = self.serial.wrapping_add(1);
        let mut bytes = [0; BYTES];
        bytes[..TIME_BYTES].copy_from_slice(&now.mono_ms.to_be_bytes()[size_of::<u64>() - TIME_BYTES..]);
        bytes[TIME_BYTES..COVERED_BYTES].copy_from_slice(&self.serial.to_be_bytes()[1..]);
        let mac = self.mac(&bytes[..COVERED_BYTES], address);
        bytes[COVERED_BYTES..].copy_from_slice(&mac);
        HEXLOWER.encode(&bytes).into()
    }

    /// End of a nonce's lifetime on the monotonic clock; `None` if the nonce was not issued here for this device.
    fn until_ms(&self, address: AddressTag, nonce: &str) -> Option<u64> {
        let bytes: [u8; BYTES] = unhex(nonce)?;
        let (covered, mac) = bytes.split_at(COVERED_BYTES);
        let is_ours = bool::from(self.mac(covered, address).ct_eq(mac));
        let time = covered[..TIME_BYTES]
            .iter()
            .fold(0, |time, &byte| time << 8 | u64::from(byte));
        is_ours.then_some(time + limits::NONCE_MS)
    }

    /// Uses up the nonce of an admin command whose proof is right; the same nonce is refused from then on.
    ///
    /// # Errors
    /// `bad_proof`: the nonce is used, expired, or another device's; `busy`: too many were used within their lifetime.
    pub(super) fn redeem(&mut self, address: AddressTag, nonce: &str, now: Now) -> Result<(), Refusal> {
        self.used.retain(|&(_, until_ms)| until_ms > now.mono_ms);
        let until_ms = self.until_ms(address, nonce).filter(|&until_ms| until_ms > now.mono_ms);
        let is_used = self.used.iter().any(|(used, _)| **used == *nonce);
        let Some(until_ms) = until_ms.filter(|_| !is_used) else {
            let message = "that nonce was used, is too old or another device's: ask for one";
            return Err(Refusal::new(Code::BadProof, message));
        };
        if self.used.len() >= limits::USED_NONCES {
            let message = "too many admin commands came by single requests: give them on a connection";
            return Err(Refusal::retry(Code::Busy, message, limits::BUSY_RETRY_MS));
        }
        self.used.push_back((nonce.into(), until_ms));
        Ok(())
    }
}
