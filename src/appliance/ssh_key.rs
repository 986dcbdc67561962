//! Checks public keys of SSH (RFC 4253, 6.6; RFC 5656, RFC 8709; OpenSSH's PROTOCOL.u2f) before they open a way into the box.

use base64::{Engine, prelude::BASE64_STANDARD};

/// Types of keys that dropbear 2025.89 accepts (its `sysoptions.h` and `signkey.c`), each with its number of fields.
const TYPES: &[(&str, usize)] = &[
    ("ssh-ed25519", 2),
    ("ecdsa-sha2-nistp256", 3),
    ("ecdsa-sha2-nistp384", 3),
    ("ecdsa-sha2-nistp521", 3),
    ("ssh-rsa", 3),
    ("sk-ssh-ed25519@openssh.com", 3),
    ("sk-ecdsa-sha2-nistp256@openssh.com", 4),
];
/// Fewest bytes of an RSA key's modulus: 2048 bits.
const RSA_BYTES: usize = 256;
/// Maximum length of a line; an RSA key of 8192 bits has 1,400 characters.
const MOST: usize = 4096;
/// Length of a point of each curve, and of an Ed25519 key, in bytes.
const POINTS: &[(&str, usize)] = &[("ed25519", 32), ("nistp256", 65), ("nistp384", 97), ("nistp521", 133)];

/// Reads one public key as `ssh-keygen` writes it into a `.pub` file. Returns type and key for `authorized_keys`, without the remark.
///
/// # Errors
/// A sentence about the text: a private key, several lines, options before the key, an unknown type, or a damaged key.
pub fn read(text: &str) -> Result<String, &'static str> {
    const DAMAGED: &str = "the key is not whole: copy the whole line of the file that ends in .pub";
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(
            "that is the private key, which never belongs on a card: take the line of the file that ends in .pub, and make a new key, because this one was on the card",
        );
    }
    if text.starts_with("---- BEGIN SSH2") {
        return Err("it stands in PuTTY's form: take the line that begins with ssh- from PuTTYgen's window");
    }
    if text.chars().any(char::is_control) || text.len() > MOST {
        return Err("a key is one line, as in the file that ends in .pub");
    }
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let (kind, key) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let Some(&(kind, count)) = TYPES.iter().find(|(known, _)| *known == kind) else {
        return Err("a key begins with its type, as in ssh-ed25519 or ssh-rsa, and options before it are not possible");
    };
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| DAMAGED)?;
    let fields = fields(&bytes).filter(|fields| fields.len() == count && fields[0] == kind.as_bytes());
    let fields = fields.ok_or(DAMAGED)?;
    if kind == "ssh-rsa" {
        // A leading zero keeps the number positive.
        let modulus = fields[2].iter().skip_while(|byte| **byte == 0).count();
        if modulus < RSA_BYTES {
            return Err("this RSA key is too short to be safe: make one of the type ssh-ed25519");
        }
    } else {
        let length = POINTS
            .iter()
            .find(|(curve, _)| kind.contains(curve))
            .map(|(_, length)| *length);
        let point = if kind.contains("ecdsa") { 2 } else { 1 };
        if Some(fields[point].len()) != length {
            return Err(DAMAGED);
        }
    }
    Ok(format!("{kind} {key}"))
}

/// The fields of a key, each with its length in four bytes in front; `None` if they don't fill it exactly.
fn fields(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        fields.push(field);
        bytes = rest;
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `ssh-keygen` 9.2 with `-t ed25519`, `-t ecdsa`, `-t ecdsa -b 384`, `-t ecdsa -b 521`, `-t rsa -b 2048`.
    const REAL: &[&str] = &[
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKYS5vajmDiduOV0E6jIofqcb+c4t9mLDl8hek1j2o2U",
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGlqDbnY42IG5OP3jSMsHCPFrqzrugyWLGMmH33nhZfz05d2SNtOKzwQw4JU1664mcV2RKYVsWA0z+hxjZCSPe0=",
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBBkNfLVqb51vPWJxg+G12g/88tcDvEJjpdKVM0FCTFLLNxSrfnILoUXJPmgL+yXmYQ0yJvroKSeZnjX37d785wb4fYegHqx2RZFBvgXVC3H7v8Bv/zSNyX91NcaeJV/kyQ==",
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBABBw9LF+V9NPAcccLsrqwreyq6hj3Hz0QYtXhrs49tkx8+iyXtu4nvCX4Gp5Pl2PcL6qocX5RbVBqWY1SHtS0TFlQGfBjwuZ46nvq0zgwdDeRGzHVLE0HCgbuMNVVkShduzSTKlPJEu+y2WUN1TLVFKN0APIN8xurhJYk1q2lvsC194oQ==",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCm6PQPV6+ubL9xiFeQooaHrhdhbic3X/pLDBrsUDDS9IbB5+OAK6Y53RvgCw5viBVXgEJ1A/jBFRJUzCD+ZFiMUlCNgJdN5E1cpiLJIZY9XisQezcff8hn3DiM9r013FcFRUk2x2DfbKK5Q0eor3gS5Uoat1TIsmMTbhPMUHQm7uOYT+wRoeNDAADLK5IvbS3aZBHPdohbB/FRIds7LSx4OzJSmnUFXCC5yOQrNKvz0zfldj9/vIECsO+YLefn+VAHZq9RRWj1l9t6Tn01NgII79Fs0YtdFMXqdfvot/OSnFuDGa9XVszXy6RVKW3CaYnTEt0ABn8o2gz3tWsqqxXh",
    ];
    /// Made by `ssh-keygen -t rsa -b 1024`.
    const SHORT: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC4bwfdMm9JecoQxeG88KQYTpiWx8VVU0Uomcs/p+7ldA/xGTCf1HUO5/BaLMlKUUPJMizA5aFF86i4G0GNVh/tUS2qcZw0JRwVYTHypXnByJQ4rtGzhzjhbY2IJCnyZjDdFzfvUqotAQtJyoKBWw7v8VIHJZB2z8WVFunYLXlkfQ==";

    #[test]
    fn keys_of_ssh_keygen_are_taken_without_their_remarks() {
        for line in REAL {
            let key = read(&format!("  {line} ann@laptop of Ann's\r\n")).unwrap();
            assert_eq!(key, *line);
        }
    }

    #[test]
    fn what_is_no_public_key_is_named() {
        let [ed, ecdsa, .., rsa] = REAL else { unreachable!() };
        let blob = ed.split(' ').nth(1).unwrap();
        for (text, told) in [
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", "private key"),
            ("-----BEGIN OPENSSH PRIVATE KEY----- b3Bl", "private key"),
            ("---- BEGIN SSH2 PUBLIC KEY ----", "PuTTY"),
            (&format!("{ed}\n{rsa}"), "one line"),
            (&format!("{ed}{}", " x".repeat(MOST)), "one line"),
            ("", "type"),
            (blob, "type"),
            ("ssh-dss AAAAB3NzaC1kc3MAAACBAP", "type"),
            (&format!("command=\"/bin/sh\" {ed}"), "type"),
            ("ssh-ed25519", "not whole"),
            (&ed[..60], "not whole"),
            (&ed[..ed.len() - 4], "not whole"),
            (&format!("ssh-rsa {blob}"), "not whole"),
            (&ecdsa.replace("nistp256", "nistp384"), "not whole"),
            (&ecdsa[..ecdsa.len() - 4], "not whole"),
            (SHORT, "too short"),
        ] {
            let found = read(text).expect_err(text);
            assert!(found.contains(told), "{text:?}: {found}");
        }
        let short = [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 1, 7]].concat();
        assert!(read(&format!("ssh-ed25519 {}", BASE64_STANDARD.encode(short))).is_err());
    }
}
