//! Faults of a certificate on the boot partition.

use super::*;
use crate::certificate::made;

const FAULTS: &[Fault] = &[
    (
        "no-key",
        |it| {
            certify(it, &["chat.example.org"], 2026, 2027);
            it.remove("boot/firmware/key.pem");
        },
        "certificate's file key.pem can't be used: it is missing",
    ),
    (
        "garbage-certificate",
        |it| {
            certify(it, &["chat.example.org"], 2026, 2027);
            it.dir.put("boot/firmware/cert.pem", "the certificate");
        },
        "certificate's file cert.pem can't be used: no certificate in PEM is in it",
    ),
    (
        "locked-key",
        |it| {
            certify(it, &["chat.example.org"], 2026, 2027);
            it.dir.put(
                "boot/firmware/key.pem",
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
            );
        },
        "certificate's file key.pem can't be used: its key has a password",
    ),
    (
        "other-key",
        |it| {
            certify(it, &["chat.example.org"], 2026, 2027);
            it.dir.put(
                "boot/firmware/key.pem",
                &made::signed(&["chat.example.org"], 2026, 2027).1,
            );
        },
        "key belongs to another certificate",
    ),
    (
        "nameless-certificate",
        |it| certify(it, &["10.42.0.1"], 2026, 2027),
        "has no host name",
    ),
    (
        "certificate-of-another-box",
        |it| certify(it, &["ball.local"], 2026, 2027),
        "has no host name",
    ),
    (
        "old-certificate",
        |it| certify(it, &["chat.example.org"], 2025, 2026),
        "certificate expired on 2026-01-01",
    ),
    (
        "new-certificate",
        |it| certify(it, &["chat.example.org"], 2027, 2028),
        "certificate is not valid before 2027-01-01",
    ),
];

/// Puts a certificate on the boot partition whose key is in its file.
fn certify(it: &Patient, names: &[&str], begins: i32, ends: i32) {
    let (certificate, key) = made::signed(names, begins, ends);
    it.dir.put("boot/firmware/cert.pem", &certificate);
    it.dir.put("boot/firmware/key.pem", &key);
    it.dir.put("run/systemd/timesync/synchronized", "");
}

#[test]
fn each_fault_of_a_certificate_is_found_by_itself() {
    each_is_found(FAULTS);
}

/// A box has the last known time until a time server answers: a certificate that was renewed meanwhile begins later.
#[test]
fn a_clock_that_is_not_set_is_no_reason_against_a_certificate() {
    let it = Patient::new("certified");
    certify(&it, &["chat.example.org"], 2026, 2027);
    assert_eq!(it.found(), [""; 0], "a good one");
    certify(&it, &["chat.example.org"], 2027, 2028);
    it.remove("run/systemd/timesync/synchronized");
    assert_eq!(it.found(), [""; 0], "the clock may be behind");
    certify(&it, &["chat.example.org"], 2025, 2026);
    it.dir.put("proc/stat", "btime 100\n");
    let found = it.found();
    assert!(found.len() == 1 && found[0].contains("clock is not set"), "{found:?}");
}
