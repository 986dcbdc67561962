//! Seat codes: a seat's number and a check that only whoever has the organizer's key can make, short enough to be typed.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use hmac::Mac;

use super::{OfficerKey, hmac, slow::Slow};
use crate::{limits::SEATS, room::AddressTag, wire};

/// Characters that are not mistaken for each other (Crockford's base 32).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Of the check: 40 bits, guessed one by one under a slow-down.
const CHECK: usize = 8;

/// Knows seat codes.
pub struct Seats {
    key: OfficerKey,
    slow: Mutex<Slow>,
    started: Instant,
}

/// A seat's code, as it is printed: `17-K3M9-PX4T`.
pub fn seat_code(organizer: &OfficerKey, seat: u32) -> String {
    let check = check(organizer, seat);
    let (first, second) = check.split_at(CHECK / 2);
    format!("{seat}-{first}-{second}")
}

fn check(organizer: &OfficerKey, seat: u32) -> String {
    let tag = hmac(organizer, &wire::seat_text(seat)).finalize().into_bytes();
    let bits = tag[..5].iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
    let digit = |at: usize| char::from(DIGITS[(bits >> (5 * (CHECK - 1 - at)) & 31) as usize]);
    (0..CHECK).map(digit).collect()
}

/// What a typed character stands for; none for a hyphen or a space.
fn read(c: char) -> Option<char> {
    match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        c if c.is_ascii_alphanumeric() => Some(c),
        _ => None,
    }
}

impl Seats {
    /// With the organizer's key.
    pub fn new(key: OfficerKey) -> Self {
        Self {
            key,
            slow: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// The seat of a code. Addresses that try many wrong ones are slowed down, as those of wrong proofs.
    pub fn seat(&self, code: &str, address: AddressTag) -> Option<u32> {
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.check(address, now_ms).ok()?;
        let seat = self.known(code);
        if seat.is_none() {
            slow.wrong(address, now_ms);
        }
        seat
    }

    fn known(&self, code: &str) -> Option<u32> {
        let plain: String = code.chars().take(32).filter_map(read).collect();
        let (number, given) = plain.split_at_checked(plain.len().checked_sub(CHECK)?)?;
        let seat = number.parse().ok().filter(|seat| (1..=SEATS).contains(seat))?;
        // Takes as long for a nearly right check as for a wrong one.
        let differs = given
            .bytes()
            .zip(check(&self.key, seat).bytes())
            .fold(0, |differs, (a, b)| differs | (a ^ b));
        (differs == 0).then_some(seat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::WRONG_PROOFS;

    #[test]
    fn a_printed_code_is_known_however_it_is_typed() {
        let key = [7; 16];
        let seats = Seats::new(key);
        let home = AddressTag(1);
        for seat in [1, 17, 345, SEATS] {
            let code = seat_code(&key, seat);
            for typed in [
                code.clone(),
                code.to_lowercase(),
                code.replace('-', " "),
                code.replace('-', "").replace('0', "o"),
            ] {
                assert_eq!(seats.seat(&typed, home), Some(seat), "{typed}");
            }
        }
        assert_ne!(seat_code(&key, 1), seat_code(&[8; 16], 1));
    }

    #[test]
    fn wrong_codes_are_refused_and_slow_their_address_down() {
        let key = [7; 16];
        let seats = Seats::new(key);
        let code = seat_code(&key, 17);
        let beyond = seat_code(&key, SEATS + 1);
        let other = code.replacen("17", "18", 1);
        for (at, wrong) in ["", "17", "é-ü", &*beyond, &*other].into_iter().enumerate() {
            assert!(at < WRONG_PROOFS as usize);
            assert_eq!(seats.seat(wrong, AddressTag(1)), None, "{wrong}");
        }
        assert_eq!(seats.seat(&code, AddressTag(1)), None, "too many wrong ones");
        assert_eq!(seats.seat(&code, AddressTag(2)), Some(17));
    }
}
