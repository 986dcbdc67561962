//! Short codes that bring somebody back in another browser of the same phone: the sheets that open when joining a Wi-Fi share
//! nothing with it. A code is good once and for a few minutes.

use std::collections::VecDeque;

use crate::{
    limits,
    room::{Bucket, Code, Rate, Refusal, UserId},
};

/// No letter or digit of which another one is a likeness.
const LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Of 31 letters each: 887 million codes. [`limits::REJOIN_RATE`] says how fast they may be tried.
pub const LETTERS_OF_CODE: usize = 6;

/// The codes that are good now.
pub struct Rejoin {
    /// The oldest first.
    codes: VecDeque<Held>,
    rate: Rate,
    tries: Bucket,
}

struct Held {
    code: String,
    user: UserId,
    until_ms: u64,
}

impl Default for Rejoin {
    fn default() -> Self {
        Self {
            codes: VecDeque::new(),
            rate: Rate::new(limits::REJOIN_RATE, limits::REJOIN_BURST),
            tries: Bucket::default(),
        }
    }
}

impl Rejoin {
    /// A code for somebody, in place of the one that they may have. `random` chooses it.
    ///
    /// # Errors
    /// There are too many of them: until one is too old.
    pub fn issue(&mut self, user: UserId, random: u64, now_ms: u64) -> Result<String, Refusal> {
        self.codes.retain(|held| held.user != user && held.until_ms > now_ms);
        if let Some(oldest) = self.codes.front().filter(|_| self.codes.len() >= limits::REJOIN_CODES) {
            let wait_ms = oldest.until_ms - now_ms;
            return Err(Refusal::retry(Code::Full, "too many codes are waiting", wait_ms));
        }
        let code = code(random);
        self.codes.push_back(Held {
            code: code.clone(),
            user,
            until_ms: now_ms + limits::REJOIN_MS,
        });
        Ok(code)
    }

    /// Whose code it is. It is worth nothing afterwards.
    ///
    /// # Errors
    /// No such code, or too many were tried, by whomever.
    pub fn redeem(&mut self, typed: &str, now_ms: u64) -> Result<UserId, Refusal> {
        self.tries
            .take(&self.rate, now_ms)
            .map_err(|wait_ms| Refusal::retry(Code::RateLimited, "too many codes are being tried", wait_ms))?;
        let typed: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(LETTERS_OF_CODE + 1)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let found = self
            .codes
            .iter()
            .position(|held| held.code == typed && held.until_ms > now_ms);
        let held = found.and_then(|at| self.codes.remove(at));
        held.map(|held| held.user)
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

    #[test]
    fn a_code_is_good_once_and_for_a_while() {
        let mut rejoin = Rejoin::default();
        let code = rejoin.issue(UserId(7), 1 << 40, 0).unwrap();
        assert_eq!(code.len(), LETTERS_OF_CODE);
        let spaced = format!(" {}-{}", &code[..3], code[3..].to_lowercase());
        assert_eq!(rejoin.redeem(&spaced, 1), Ok(UserId(7)));
        assert_eq!(rejoin.redeem(&code, 2).unwrap_err().code, Code::UnknownCode);
        let late = rejoin.issue(UserId(7), 5, 10_000).unwrap();
        let end = 10_000 + limits::REJOIN_MS;
        assert_eq!(rejoin.redeem(&late, end).unwrap_err().code, Code::UnknownCode);
    }

    #[test]
    fn somebodys_newer_code_replaces_the_older_one() {
        let mut rejoin = Rejoin::default();
        let older = rejoin.issue(UserId(7), 1, 0).unwrap();
        let newer = rejoin.issue(UserId(7), 2, 0).unwrap();
        assert_ne!(older, newer);
        assert!(rejoin.redeem(&older, 1).is_err());
        assert_eq!(rejoin.redeem(&newer, 1), Ok(UserId(7)));
    }

    #[test]
    fn codes_are_bounded_and_trying_them_is_slow() {
        let mut rejoin = Rejoin::default();
        for user in 0..limits::REJOIN_CODES as u64 {
            rejoin.issue(UserId(user), user, 0).unwrap();
        }
        let full = rejoin.issue(UserId(u64::MAX), 0, 1).unwrap_err();
        assert_eq!(
            (full.code, full.retry_after_ms),
            (Code::Full, Some(limits::REJOIN_MS - 1))
        );
        assert!(rejoin.issue(UserId(u64::MAX), 0, limits::REJOIN_MS).is_ok());
        for _ in 0..limits::REJOIN_BURST {
            assert_eq!(rejoin.redeem("ZZZZZZ", 0).unwrap_err().code, Code::UnknownCode);
        }
        assert_eq!(rejoin.redeem("ZZZZZZ", 0).unwrap_err().code, Code::RateLimited);
    }
}
