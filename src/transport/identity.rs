//! Recognizes users across connections without accounts: by a token with the user's id and the server's signature. Nothing is stored, so
//! nothing grows.
//!
//! A token is `<user>.<tag>`: 16 hexadecimal digits of the id, a dot, and 32 of the first 16 bytes of HMAC-SHA-256(key, id), as RFC 2104,
//! section 5 allows. It identifies a user, grants no rights, and does not expire: its bearer is that user until the key changes.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::device::Device;
use crate::room::{AddressTag, UserId};

/// Number of hexadecimal digits of the user id in a token.
const USER_DIGITS: usize = 16;
/// Length of a token's tag in bytes: guessing a tag takes 2^128 tries.
const TAG_BYTES: usize = 16;

/// Issues identities and verifies their tokens.
pub struct Identities {
    keyed: Hmac<Sha256>,
}

impl Identities {
    /// Uses the identity key of [`crate::config::Keys`].
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            keyed: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"),
        }
    }

    /// A new random user id.
    ///
    /// # Panics
    /// The kernel has no randomness, which happens only in early boot (getrandom(2)).
    pub fn issue(&self) -> UserId {
        UserId(getrandom::u64().expect("the kernel has randomness"))
    }

    /// The token of a user. A user's token is always the same.
    pub fn token(&self, user: UserId) -> String {
        let tag = self.keyed(user).finalize().into_bytes();
        format!("{user}.{}", HEXLOWER.encode(&tag[..TAG_BYTES]))
    }

    /// The user that a token identifies; `None` if the token is invalid. The tag is compared in constant time.
    pub fn verify(&self, token: &str) -> Option<UserId> {
        let (user, tag) = token.split_once('.')?;
        if user.len() != USER_DIGITS {
            return None;
        }
        let user = user.parse().ok()?;
        let tag = bytes(tag)?;
        self.keyed(user).verify_truncated_left(&tag).ok()?;
        Some(user)
    }

    /// The user id shared by all requests without a token from one device. No token is issued for this id, and it reveals the device only
    /// with the key.
    pub fn of_device(&self, device: Option<Device>) -> UserId {
        UserId(self.of("nobody ", device))
    }

    /// The keyed digest of the device's address, by which the hub identifies the device. All unknown devices (`None`) share one digest.
    pub fn address_tag(&self, device: Option<Device>) -> AddressTag {
        AddressTag(self.of("device ", device))
    }

    fn of(&self, what: &str, device: Option<Device>) -> u64 {
        let device = device.map_or_else(String::new, |device| device.to_string());
        let tag = self
            .keyed
            .clone()
            .chain_update(what)
            .chain_update(device)
            .finalize()
            .into_bytes();
        tag[..8].iter().fold(0, |id, &byte| id << 8 | u64::from(byte))
    }

    fn keyed(&self, user: UserId) -> Hmac<Sha256> {
        self.keyed.clone().chain_update(user.0.to_be_bytes())
    }
}

/// Decodes a tag of exactly [`TAG_BYTES`] bytes; a shorter tag would be easier to guess.
fn bytes(hex: &str) -> Option<[u8; TAG_BYTES]> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issued_token_brings_its_user_back() {
        let identities = Identities::new([7; 32]);
        let user = identities.issue();
        let token = identities.token(user);
        assert_eq!(identities.verify(&token), Some(user));
        assert_eq!(
            Identities::new([7; 32]).verify(&token),
            Some(user),
            "after a restart with the same key"
        );
        assert_eq!(Identities::new([8; 32]).verify(&token), None, "with another key");
        assert_ne!(identities.issue(), user);
    }

    #[test]
    fn a_changed_token_is_not_valid() {
        let identities = Identities::new([7; 32]);
        let token = identities.token(UserId(0xab));
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'0' { b'1' } else { b'0' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(identities.verify(&other), None, "{other}");
        }
        let short = &token[..token.len() - 2];
        let signed = token.replace('.', ".+");
        for bad in [
            "",
            ".",
            "ab",
            short,
            "00000000000000ab.",
            &signed,
            &token.replace("00ab.", "ab."),
        ] {
            assert_eq!(identities.verify(bad), None, "{bad}");
        }
    }
}
