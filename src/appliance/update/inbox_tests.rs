use std::fs;

use ed25519_dalek::SigningKey;

use super::{
    inbox::*,
    tests::{file, payload},
};
use crate::appliance::scratch::Scratch;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Checks the uploaded files; returns the names of the remaining files.
fn look(dir: &Scratch) -> Vec<String> {
    check_inbox(dir.path(), &[key().verifying_key()]).unwrap();
    let names = |dir: &std::path::Path| {
        let entries = fs::read_dir(dir).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    let mut all = names(dir.path());
    all.retain(|name| name != CHECKED);
    all.extend(
        names(&dir.path().join(CHECKED))
            .iter()
            .map(|name| format!("{CHECKED}/{name}")),
    );
    all.sort();
    all
}

fn put(dir: &Scratch, name: &str, bytes: &[u8]) {
    fs::write(dir.path().join(name), bytes).unwrap();
}

#[test]
fn a_valid_file_is_handed_on_unchanged() {
    let dir = Scratch::new("inbox-right");
    let good = file(&key(), 1, &payload());
    for name in NAMES {
        put(&dir, name, &good);
    }
    put(&dir, "part", &good);
    let there = ["checked/restart.update", "checked/stay.update", "part"];
    assert_eq!(look(&dir), there, "what did not come whole is not looked at");
    assert_eq!(fs::read(dir.path().join(CHECKED).join(NAMES[0])).unwrap(), good);
    assert_eq!(look(&dir), there, "once");
}

#[test]
fn an_invalid_file_is_removed_with_a_reason() {
    let good = file(&key(), 1, &payload());
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let unsigned = file(&SigningKey::from_bytes(&[8; 32]), 1, &payload());
    let huge = {
        let head = format!(
            "chatterbox-update 1\n{{\"version\":\"2\",\"boot\":1,\"size\":{},\"sha256\":\"\"}}\n",
            u64::MAX
        );
        use base64::Engine;
        use ed25519_dalek::Signer;
        let signature = base64::engine::general_purpose::STANDARD.encode(key().sign(head.as_bytes()).to_bytes());
        format!("{head}{signature}\nx").into_bytes()
    };
    for (name, bytes, why) in [
        ("damaged", &damaged[..], "is damaged"),
        ("short", &good[..good.len() - 1], "is damaged"),
        ("huge", &huge, "is damaged"),
        ("unsigned", &unsigned, "not signed"),
        ("other", b"hello", "no update file"),
        ("empty", b"", "no update file"),
    ] {
        let dir = Scratch::new(&format!("inbox-{name}"));
        put(&dir, NAMES[1], bytes);
        assert_eq!(look(&dir), [REFUSED], "{name}");
        let said = dir.text(REFUSED);
        assert!(said.contains(why), "{name}: {said}");
    }
}

#[test]
fn a_file_that_crashes_its_check_is_not_checked_again() {
    let dir = Scratch::new("inbox-cut");
    put(&dir, "restart.checking", b"of a check that was cut off");
    assert_eq!(look(&dir), [REFUSED]);
    assert!(dir.text(REFUSED).contains("Send it once more"));
}
