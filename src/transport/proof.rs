//! Proofs of admin commands, checked where the commands come in: a flood of wrong ones costs the driver no hashing.
//!
//! Here the proof must be the HMAC-SHA-256 of the signed text under the key of the operator's code, and the command is decoded. The driver
//! ([`crate::driver::admin_auth`]) checks what it alone knows: nonce, counter, the operator's role, and how often a device was wrong.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::Mac;

use crate::{
    config::admin_key::{KEY_BYTES, OperatorKey, hmac},
    room::{AdminCommand, OperatorId, Refusal, SignedCommand},
    wire,
};

/// Bytes of a proof.
const PROOF_BYTES: usize = 32;

/// A signed command whose proof was checked.
#[derive(Clone, Debug)]
pub struct CheckedCommand {
    /// The operator's code.
    pub by: OperatorId,
    /// The nonce that the client signed.
    pub nonce: Box<str>,
    /// The counter that the client signed.
    pub counter: u64,
    /// The command, or why it can't be decoded; none if the proof is wrong.
    pub command: Option<Result<AdminCommand, Refusal>>,
}

/// Checks proofs with the organizer's key.
pub struct ProofVerifier {
    key: OperatorKey,
}

impl ProofVerifier {
    /// Derives the keys of all codes from the organizer's.
    pub fn new(organizer: OperatorKey) -> Self {
        Self { key: organizer }
    }

    /// Checks the proof of a signed command, and decodes the command if the proof is right.
    pub fn check(&self, signed: SignedCommand) -> CheckedCommand {
        let is_right = is_proved(&code_key(&self.key, signed.by), &signed);
        let command = is_right.then(|| wire::decode_admin_command(&signed.command));
        let SignedCommand { by, nonce, counter, .. } = signed;
        CheckedCommand {
            by,
            nonce,
            counter,
            command,
        }
    }
}

/// The key of a code, derived from the organizer's.
pub fn code_key(organizer: &OperatorKey, code: OperatorId) -> OperatorKey {
    if code == OperatorId::ORGANIZER {
        return *organizer;
    }
    let derived = hmac(organizer, &wire::code_text(code)).finalize().into_bytes();
    derived[..KEY_BYTES].try_into().expect("a hash is longer")
}

/// The proof of an admin command, in hexadecimal digits.
pub fn prove(key: &OperatorKey, signed: &SignedCommand) -> String {
    HEXLOWER.encode(&hmac(key, &wire::proved_text(signed)).finalize().into_bytes())
}

fn is_proved(key: &OperatorKey, signed: &SignedCommand) -> bool {
    // `verify_slice` compares in constant time.
    unhex::<PROOF_BYTES>(&signed.proof)
        .is_some_and(|proof| hmac(key, &wire::proved_text(signed)).verify_slice(&proof).is_ok())
}

/// Reads `N` bytes in hexadecimal digits; `None` for any other text.
pub fn unhex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}
