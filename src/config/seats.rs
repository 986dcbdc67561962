//! Seat codes, the numbered personal entry codes that a room can require: a number, and check characters derived from the organizer's key.

use hmac::Mac;
use subtle::ConstantTimeEq;

use super::admin_key::{OperatorKey, hmac};
use crate::{limits::SEATS, wire};

/// Crockford's base 32 alphabet, whose characters can't be mistaken for each other.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Number of check characters, 40 bits. Each try needs a connection or a request, so guessing a seat takes a year or two at 10,000 tries a
/// second. There is no backoff, because it would delay other devices behind the same address.
const CHECK: usize = 8;

/// Verifies seat codes, the numbered personal entry codes that the organizer can require.
pub struct Seats {
    key: OperatorKey,
}

/// The printed code of a seat (a numbered personal entry code), such as `17-K3M9-PX4T`.
pub fn seat_code(organizer: &OperatorKey, seat: u32) -> String {
    let check = check(organizer, seat);
    let (first, second) = check.split_at(CHECK / 2);
    format!("{seat}-{first}-{second}")
}

fn check(organizer: &OperatorKey, seat: u32) -> String {
    let tag = hmac(organizer, &wire::seat_text(seat)).finalize().into_bytes();
    let bits = tag[..5].iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
    let digit = |at: usize| char::from(DIGITS[(bits >> (5 * (CHECK - 1 - at)) & 31) as usize]);
    (0..CHECK).map(digit).collect()
}

/// The base 32 digit for a typed character; `None` for hyphens and spaces.
fn read(c: char) -> Option<char> {
    match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        c if c.is_ascii_alphanumeric() => Some(c),
        _ => None,
    }
}

impl Seats {
    /// Verifies seat codes that were derived from the organizer's `key`.
    pub fn new(key: OperatorKey) -> Self {
        Self { key }
    }

    /// The number of the seat whose code this is; `None` if the code is invalid. The check characters are compared in constant time.
    pub fn seat(&self, code: &str) -> Option<u32> {
        let plain: String = code.chars().take(32).filter_map(read).collect();
        let (number, given) = plain.split_at_checked(plain.len().checked_sub(CHECK)?)?;
        let seat = number.parse().ok().filter(|seat| (1..=SEATS).contains(seat))?;
        let right = check(&self.key, seat);
        bool::from(given.as_bytes().ct_eq(right.as_bytes())).then_some(seat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_code_is_known_however_it_is_typed() {
        let key = [7; 16];
        let seats = Seats::new(key);
        for seat in [1, 17, 345, SEATS] {
            let code = seat_code(&key, seat);
            for typed in [
                code.clone(),
                code.to_lowercase(),
                code.replace('-', " "),
                code.replace('-', "").replace('0', "o"),
            ] {
                assert_eq!(seats.seat(&typed), Some(seat), "{typed}");
            }
        }
        assert_ne!(seat_code(&key, 1), seat_code(&[8; 16], 1));
    }

    #[test]
    fn wrong_codes_are_refused_and_do_not_delay_valid_ones() {
        let key = [7; 16];
        let seats = Seats::new(key);
        let code = seat_code(&key, 17);
        let beyond = seat_code(&key, SEATS + 1);
        let other = code.replacen("17", "18", 1);
        for wrong in ["", "17", "é-ü", &beyond, &other].repeat(20) {
            assert_eq!(seats.seat(wrong), None, "{wrong}");
        }
        assert_eq!(seats.seat(&code), Some(17));
    }
}
