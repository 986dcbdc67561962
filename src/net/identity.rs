//! Who somebody is across connections, without accounts: an id and a signature of ours that brings the id back.
//!
//! A token is `<user>.<tag>`: 16 hexadecimal digits of the id, a dot, and 32 of the first 16 bytes of
//! HMAC-SHA-256(key, id), as RFC 2104, section 5 allows. It says who somebody is, not what they may do, and it does not
//! expire: whoever has it is that person until the key changes.

use std::{fmt::Write, net::IpAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::room::{AddressTag, UserId};

/// Digits of the id.
const USER_DIGITS: usize = 16;
/// Bytes of the tag: guessing one takes 2^128 tries.
const TAG_BYTES: usize = 16;

/// Gives out identities and knows its own again.
pub struct Identities {
    keyed: Hmac<Sha256>,
}

impl Identities {
    /// With the key of [`crate::config::Keys`].
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            keyed: Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"),
        }
    }

    /// Somebody new. [`Self::token`] brings them back.
    ///
    /// # Panics
    /// If the kernel has no randomness, which it has from early boot on (getrandom(2)).
    pub fn issue(&self) -> UserId {
        UserId(getrandom::u64().expect("the kernel has randomness"))
    }

    /// The token of a user. The same one each time.
    pub fn token(&self, user: UserId) -> String {
        let mut token = format!("{user}.");
        let tag = self.keyed(user).finalize().into_bytes();
        for byte in &tag[..TAG_BYTES] {
            write!(token, "{byte:02x}").expect("writing to a string can't fail");
        }
        token
    }

    /// Whose token this is; `None` if it is none of ours. Takes as long for a nearly right tag as for a wrong one.
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

    /// The one user who speaks for whoever comes from an address without a token. No token brings them back, and nobody can
    /// tell the address from the id without the key.
    pub fn of_address(&self, address: Option<IpAddr>) -> UserId {
        UserId(self.of("address ", address))
    }

    /// What stands for an address in the hub. Of IPv6 the network counts, since a phone has all the addresses of its own
    /// (RFC 4941).
    pub fn address_tag(&self, address: Option<IpAddr>) -> AddressTag {
        let network = address.map(|address| match address {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            v4 => v4,
        });
        AddressTag(self.of("network ", network))
    }

    fn of(&self, what: &str, address: Option<IpAddr>) -> u64 {
        let address = address.map_or_else(String::new, |address| address.to_string());
        let tag = self
            .keyed
            .clone()
            .chain_update(what)
            .chain_update(address)
            .finalize()
            .into_bytes();
        tag[..8].iter().fold(0, |id, &byte| id << 8 | u64::from(byte))
    }

    fn keyed(&self, user: UserId) -> Hmac<Sha256> {
        self.keyed.clone().chain_update(user.0.to_be_bytes())
    }
}

/// The bytes of a tag: exactly [`TAG_BYTES`], or a shorter tag would be easier to guess.
fn bytes(hex: &str) -> Option<[u8; TAG_BYTES]> {
    if hex.len() != 2 * TAG_BYTES || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)
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
    fn a_changed_token_is_nobody() {
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
