//! Verifies the proofs (signatures) of admin commands on the worker where they arrive, so that a flood of wrong ones costs the driver no hashing.
//!
//! The proof must be the HMAC-SHA-256 of the signed text under the key of the operator's code; then the command is decoded. The driver
//! ([`crate::driver::admin_auth`]) checks the rest: nonce, counter, the operator's role, and how often a device sent wrong proofs.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::Mac;

use crate::{
    config::admin_key::{KEY_BYTES, OperatorKey, hmac},
    limits,
    room::{AdminCommand, Code, OperatorId, Passphrase, Refusal, SignedCommand},
    wire,
};

/// Length in bytes of a proof, the HMAC-SHA-256 that signs an admin command.
const PROOF_BYTES: usize = 32;
/// Block size of a sealed passphrase in bytes; its length is a multiple of this.
const SEAL_BYTES: usize = 64;

/// An admin command after the check of its proof (signature): decoded if the proof is right.
#[derive(Clone, Debug)]
pub struct CheckedCommand {
    /// Number of the access code under whose key the proof was checked.
    pub by: OperatorId,
    /// The nonce that the client signed.
    pub nonce: Box<str>,
    /// The counter that the client signed.
    pub counter: u64,
    /// The decoded command, or the reason why it can't be decoded; `None` if the proof (signature) is wrong.
    pub command: Option<Result<AdminCommand, Refusal>>,
}

/// Verifies the proofs (signatures) of admin commands, with keys derived from the organizer's key.
pub struct ProofVerifier {
    key: OperatorKey,
}

impl ProofVerifier {
    /// Takes the organizer's key, from which the keys of all access codes are derived.
    pub fn new(organizer: OperatorKey) -> Self {
        Self { key: organizer }
    }

    /// Verifies the proof of a signed command, and decodes the command if the proof is right.
    pub fn check(&self, signed: SignedCommand) -> CheckedCommand {
        let is_right = is_proved(&code_key(&self.key, signed.by), &signed);
        let command = is_right.then(|| {
            let mut command = wire::decode_admin_command(&signed.command)?;
            if let Some(passphrase) = command.passphrase_mut() {
                *passphrase = unseal(&code_key(&self.key, signed.by), &signed, passphrase)?;
            }
            Ok(command)
        });
        let SignedCommand { by, nonce, counter, .. } = signed;
        CheckedCommand {
            by,
            nonce,
            counter,
            command,
        }
    }
}

/// The key of an access code, derived from the organizer's key.
pub fn code_key(organizer: &OperatorKey, code: OperatorId) -> OperatorKey {
    if code == OperatorId::ORGANIZER {
        return *organizer;
    }
    let derived = hmac(organizer, &wire::code_text(code)).finalize().into_bytes();
    derived[..KEY_BYTES].try_into().expect("a hash is longer")
}

/// Computes the proof of an admin command, its HMAC under an operator's key, in hexadecimal digits.
pub fn prove(key: &OperatorKey, signed: &SignedCommand) -> String {
    HEXLOWER.encode(&hmac(key, &wire::proved_text(signed)).finalize().into_bytes())
}

fn is_proved(key: &OperatorKey, signed: &SignedCommand) -> bool {
    // `verify_slice` compares in constant time.
    unhex::<PROOF_BYTES>(&signed.proof)
        .is_some_and(|proof| hmac(key, &wire::proved_text(signed)).verify_slice(&proof).is_ok())
}

/// Decrypts the passphrase of a command whose proof was verified.
fn unseal(key: &OperatorKey, signed: &SignedCommand, sealed: &Passphrase) -> Result<Passphrase, Refusal> {
    let wrong = |why: &str| Refusal::new(Code::BadRequest, format!("the passphrase {why}"));
    let bytes = HEXLOWER_PERMISSIVE
        .decode(sealed.0.as_bytes())
        .map_err(|_| wrong("is not sealed"))?;
    let opened = masked(key, signed, bytes);
    let opened = String::from_utf8(opened).map_err(|_| wrong("is not sealed with this command's nonce and counter"))?;
    let opened = opened.trim_end_matches('\0');
    match opened.len() {
        0..limits::PASSPHRASE_LEAST_BYTES => Err(wrong("has fewer than 12 characters")),
        limits::PASSPHRASE_LEAST_BYTES..=limits::PASSPHRASE_BYTES => Ok(Passphrase(opened.into())),
        _ => Err(Refusal::new(Code::TooLong, "the passphrase is too long")),
    }
}

/// Encrypts (seals) a passphrase for a command; returns hexadecimal digits.
pub fn seal(key: &OperatorKey, signed: &SignedCommand, passphrase: &str) -> String {
    let mut bytes = passphrase.as_bytes().to_vec();
    // Hides the length.
    bytes.resize(bytes.len().next_multiple_of(SEAL_BYTES), 0);
    HEXLOWER.encode(&masked(key, signed, bytes))
}

/// Encrypts or decrypts bytes by exclusive or with a stream that only the key's holders can compute.
fn masked(key: &OperatorKey, signed: &SignedCommand, mut bytes: Vec<u8>) -> Vec<u8> {
    for (block, part) in bytes.chunks_mut(PROOF_BYTES).enumerate() {
        let mask = hmac(key, &wire::seal_text(&signed.nonce, signed.counter, block));
        let mask = mask.finalize().into_bytes();
        part.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
    bytes
}

/// Decodes `N` bytes from hexadecimal digits; `None` for any other text.
pub fn unhex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?.try_into().ok()
}
