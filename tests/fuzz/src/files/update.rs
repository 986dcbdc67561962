//! The head of an update file: nothing that a phone sends is taken for one of ours, and what is signed is read as it was signed.

use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chatterbox::appliance::update::{Refused, read_head};
use ed25519_dalek::{Signer, SigningKey};

const FIRST_LINE: &[u8] = b"chatterbox-update 1\n";

/// Reads `data` behind its first byte: as a whole file (`f`), or as the second line of a head that is signed.
///
/// # Panics
/// A head was accepted that is none, or a good one was read wrongly.
pub fn drive(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else {
        return;
    };
    let key = SigningKey::from_bytes(&[7; 32]);
    let keys = [key.verifying_key()];
    let stranger = [SigningKey::from_bytes(&[8; 32]).verifying_key()];
    if kind == b'f' {
        let read = read_head(&mut &*data, &keys);
        assert!(
            matches!(read, Err(Refused::NoUpdate | Refused::NotSigned)),
            "nobody has signed it: {read:?}"
        );
        return;
    }
    let line: Vec<u8> = data.iter().copied().filter(|&byte| byte != b'\n').collect();
    let signed = [FIRST_LINE, &line, b"\n"].concat();
    let signature = BASE64.encode(key.sign(&signed).to_bytes());
    let mut file = [&signed, signature.as_bytes(), b"\nthe payload"].concat();
    let mut reader = &*file;
    let Ok(head) = read_head(&mut reader, &keys) else {
        return;
    };
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("memory");
    assert_eq!(rest, "the payload");
    let said: serde_json::Value = serde_json::from_slice(&line).expect("a head is JSON");
    // As an array, the fields stand in their order.
    let field = |name: &str, at: usize| said.get(name).or_else(|| said.get(at)).cloned();
    assert_eq!(field("size", 2), Some(head.size.into()));
    assert_eq!(field("boot", 1), Some(head.boot.into()));
    assert!(read_head(&mut &*file, &stranger).is_err(), "another key");
    // One bit of what is signed, or of the signature.
    let end = signed.len() + signature.len();
    let at = line
        .iter()
        .fold(usize::from(kind), |sum, &byte| sum * 31 % end + usize::from(byte))
        % end;
    file[at] ^= 1 << (kind % 8);
    assert!(
        read_head(&mut &*file, &keys).is_err(),
        "the bit {} of byte {at}",
        kind % 8
    );
}
