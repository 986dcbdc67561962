//! Rejoin codes: a user types a code in another browser of the same phone to continue with the same identity. The browser window that opens when a
//! phone joins a Wi-Fi shares no storage with the browser.
//!
//! A code is valid once, for [`limits::REJOIN_MS`]. At most [`limits::REJOIN_CODES`] are valid at once, and tries are rate-limited for each
//! device.

use std::collections::VecDeque;

use super::tries::Tries;
use crate::{
    limits,
    room::{AddressTag, Code, Refusal, UserId},
};

/// Letters and digits that can't be mistaken for each other.
const LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Length of a code in characters: 31 letters give 887 million codes. [`limits::REJOIN_RATE`] limits the tries.
pub const LETTERS_OF_CODE: usize = 6;

/// Valid rejoin codes, and each device's rate of tries.
pub struct Rejoin {
    /// Valid codes, oldest first.
    codes: VecDeque<IssuedCode>,
    tries: Tries,
    /// Number of valid codes that one device may have.
    share: usize,
}

struct IssuedCode {
    code: String,
    user: UserId,
    device: AddressTag,
    until_ms: u64,
}

impl Rejoin {
    /// An empty table of rejoin codes. `shared` means that many phones may share one address, so a device's limits are wider.
    pub fn new(shared: bool) -> Self {
        Self {
            codes: VecDeque::new(),
            tries: Tries::new(limits::REJOIN_RATE, limits::REJOIN_BURST),
            share: if shared {
                limits::REJOIN_CODES
            } else {
                limits::DEVICE_REJOIN_CODES
            },
        }
    }

    /// Issues a code for a user and revokes the user's older code. `random` selects the code; a device with too many codes loses its oldest.
    ///
    /// # Errors
    /// `full`: too many codes are valid; the wait ends when one expires.
    pub fn issue(&mut self, user: UserId, device: AddressTag, random: u64, now_ms: u64) -> Result<String, Refusal> {
        self.codes
            .retain(|issued| issued.user != user && issued.until_ms > now_ms);
        let mut own = self
            .codes
            .iter()
            .enumerate()
            .filter(|(_, issued)| issued.device == device);
        let oldest = own.next().map(|(at, _)| at);
        if own.count() + 1 >= self.share
            && let Some(oldest) = oldest
        {
            self.codes.remove(oldest);
        }
        if let Some(oldest) = self.codes.front().filter(|_| self.codes.len() >= limits::REJOIN_CODES) {
            let wait_ms = oldest.until_ms - now_ms;
            return Err(Refusal::retry(Code::Full, "too many codes are waiting", wait_ms));
        }
        let code = code(random);
        self.codes.push_back(IssuedCode {
            code: code.clone(),
            user,
            device,
            until_ms: now_ms + limits::REJOIN_MS,
        });
        Ok(code)
    }

    /// Redeems a typed code, in any case and with any separators. Returns its user and invalidates the code.
    ///
    /// # Errors
    /// `unknown_code`, or `rate_limited` after too many tries from the device.
    pub fn redeem(&mut self, typed: &str, device: AddressTag, now_ms: u64) -> Result<UserId, Refusal> {
        self.tries.take(device, now_ms).map_err(|wait_ms| {
            let message = "too many codes were tried from your device";
            Refusal::retry(Code::RateLimited, message, wait_ms)
        })?;
        let typed: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(LETTERS_OF_CODE + 1)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let found = self
            .codes
            .iter()
            .position(|issued| issued.code == typed && issued.until_ms > now_ms);
        let issued = found.and_then(|at| self.codes.remove(at));
        issued
            .map(|issued| issued.user)
            .ok_or_else(|| Refusal::new(Code::UnknownCode, "this code was used, is too old, or never was"))
    }
}

fn code(random: u64) -> String {
    let base = LETTERS.len() as u64;
    let letter = |at: usize| LETTERS[(random / base.pow(at as u32) % base) as usize];
    (0..LETTERS_OF_CODE).map(|at| char::from(letter(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: AddressTag = AddressTag(1);
    const AWAY: AddressTag = AddressTag(2);

    #[test]
    fn a_code_is_valid_once_and_for_a_while() {
        let mut rejoin = Rejoin::new(false);
        let code = rejoin.issue(UserId(7), HOME, 1 << 40, 0).unwrap();
        assert_eq!(code.len(), LETTERS_OF_CODE);
        let spaced = format!(" {}-{}", &code[..3], code[3..].to_lowercase());
        assert_eq!(rejoin.redeem(&spaced, HOME, 1), Ok(UserId(7)));
        assert_eq!(rejoin.redeem(&code, HOME, 2).unwrap_err().code, Code::UnknownCode);
        let late = rejoin.issue(UserId(7), HOME, 5, 10_000).unwrap();
        let end = 10_000 + limits::REJOIN_MS;
        assert_eq!(rejoin.redeem(&late, HOME, end).unwrap_err().code, Code::UnknownCode);
    }

    #[test]
    fn a_newer_code_replaces_the_users_older_one() {
        let mut rejoin = Rejoin::new(false);
        let older = rejoin.issue(UserId(7), HOME, 1, 0).unwrap();
        let newer = rejoin.issue(UserId(7), HOME, 2, 0).unwrap();
        assert_ne!(older, newer);
        assert!(rejoin.redeem(&older, HOME, 1).is_err());
        assert_eq!(rejoin.redeem(&newer, HOME, 1), Ok(UserId(7)));
    }

    #[test]
    fn codes_and_tries_are_bounded() {
        let mut rejoin = Rejoin::new(false);
        for user in 0..limits::REJOIN_CODES as u64 {
            rejoin.issue(UserId(user), AddressTag(user), user, 0).unwrap();
        }
        let full = rejoin.issue(UserId(u64::MAX), HOME, 0, 1).unwrap_err();
        assert_eq!(
            (full.code, full.retry_after_ms),
            (Code::Full, Some(limits::REJOIN_MS - 1))
        );
        assert!(rejoin.issue(UserId(u64::MAX), HOME, 0, limits::REJOIN_MS).is_ok());
        for _ in 0..limits::REJOIN_BURST {
            assert_eq!(rejoin.redeem("ZZZZZZ", HOME, 0).unwrap_err().code, Code::UnknownCode);
        }
        assert_eq!(rejoin.redeem("ZZZZZZ", HOME, 0).unwrap_err().code, Code::RateLimited);
    }

    #[test]
    fn wrong_tries_of_others_do_not_block_a_right_code() {
        let mut rejoin = Rejoin::new(false);
        let code = rejoin.issue(UserId(7), HOME, 1 << 40, 0).unwrap();
        for _ in 0..1000 {
            assert!(rejoin.redeem("ZZZZZZ", AWAY, 0).is_err());
        }
        for device in 10..10 + 2 * limits::WRONG_ADDRESSES as u64 {
            assert!(rejoin.redeem("ZZZZZZ", AddressTag(device), 0).is_err());
        }
        assert!(rejoin.tries.devices() <= limits::WRONG_ADDRESSES);
        assert_eq!(rejoin.redeem(&code, HOME, 0), Ok(UserId(7)));
    }

    #[test]
    fn one_device_holds_its_share_of_codes_alone() {
        let mut rejoin = Rejoin::new(false);
        let theirs = rejoin.issue(UserId(7), HOME, 99, 0).unwrap();
        for user in 100..1000 {
            assert!(rejoin.issue(UserId(user), AWAY, user, 0).is_ok());
        }
        assert_eq!(rejoin.codes.len(), 1 + limits::DEVICE_REJOIN_CODES);
        assert_eq!(rejoin.redeem(&theirs, HOME, 1), Ok(UserId(7)));
    }
}
