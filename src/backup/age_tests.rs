//! Files of the age format: whole, cut, changed, and made by others.

use super::*;

const PASSPHRASE: &str = "quiet harbour seven lamps";

fn encrypted(plain: &[u8]) -> Vec<u8> {
    let mut encrypt = Encrypt::new(Vec::new(), PASSPHRASE, 4).unwrap();
    encrypt.write_all(plain).unwrap();
    encrypt.finish().unwrap()
}

fn decrypted(file: &[u8], passphrase: &str) -> Result<Vec<u8>, AgeError> {
    let mut plain = Vec::new();
    Decrypt::new(file, passphrase)?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[test]
fn files_of_all_lengths_around_a_chunk_come_back() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7] {
        let plain: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        assert_eq!(decrypted(&encrypted(&plain), PASSPHRASE).unwrap(), plain, "{length}");
    }
}

/// The vector `scrypt` of the test suite of the format (C2SP/CCTV, `age/testdata`): header alone, passphrase "password".
const VECTOR: &str = "age-encryption.org/v1
-> scrypt rF0/NwblUHHTpgQgRpe5CQ 10
\
        gUjEymFKMVXQEKdMMHL24oYexjE3TIC0O0zGSqJ2aUY
--- IOXiQYStkoT1mvZW2tFOqZdhRVvj58egABx/sWfZQbc
";

#[test]
fn a_header_of_the_formats_test_suite_is_opened() {
    let opened = |passphrase| decrypted(VECTOR.as_bytes(), passphrase).unwrap_err();
    assert!(matches!(opened("password"), AgeError::Io(_)), "the payload is missing");
    assert!(matches!(opened("Password"), AgeError::Passphrase));
    let forged = VECTOR.replace("IOXi", "IOXj");
    assert!(matches!(
        decrypted(forged.as_bytes(), "password"),
        Err(AgeError::Foreign)
    ));
}

#[test]
fn a_wrong_passphrase_is_named_as_such() {
    let file = encrypted(b"x");
    for wrong in ["", "quiet harbour seven lamp", &PASSPHRASE.to_uppercase()] {
        assert!(matches!(decrypted(&file, wrong), Err(AgeError::Passphrase)), "{wrong}");
    }
}

#[test]
fn a_cut_or_changed_file_is_never_taken_for_a_whole_one() {
    let file = encrypted(&vec![7; 2 * CHUNK]);
    for end in [
        0,
        10,
        100,
        170,
        file.len() - 2 * CHUNK,
        file.len() - CHUNK - TAG,
        file.len() - 1,
    ] {
        assert!(decrypted(&file[..end], PASSPHRASE).is_err(), "{end}");
    }
    let longer = [&file[..], b"x"].concat();
    assert!(decrypted(&longer, PASSPHRASE).is_err());
    for at in (0..file.len()).step_by(997).chain(0..200) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(decrypted(&changed, PASSPHRASE).is_err(), "{at}");
    }
}

#[test]
fn other_files_are_refused_before_any_work() {
    let costly = String::from_utf8_lossy(&encrypted(b"x")[..60]).replace(" 4\n", " 30\n");
    for (other, why) in [
        ("", "this is no backup"),
        ("PK\u{3}\u{4}", "this is no backup"),
        (
            "age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n",
            "another program",
        ),
        (&format!("{}{}\n--- x\n", costly, "A".repeat(43)), "another program"),
        (&"x".repeat(1 << 20), "this is no backup"),
    ] {
        let error = decrypted(other.as_bytes(), PASSPHRASE).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
