//! The secret keys by which operators (organizer and moderators) sign admin commands, and the HMAC that derives them from access codes.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of an operator's key in bytes.
pub const KEY_BYTES: usize = 16;

/// The key that belongs to an operator's access code.
pub type OperatorKey = [u8; KEY_BYTES];

/// HMAC-SHA-256 over a text.
pub fn hmac(key: &OperatorKey, text: &str) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    keyed.chain_update(text)
}
