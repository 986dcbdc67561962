use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use super::*;
use crate::{appliance::scratch::Scratch, clock::Clock, limits::CERTIFICATE_BYTES};

fn certificate(names: &[&str]) -> Certificate {
    read(&made::signed(names, 2026, 2027))
}

fn read((certificate, key): &(String, String)) -> Certificate {
    let path = Path::new("a.pem");
    Certificate::read((path, certificate.as_bytes()), (path, key.as_bytes())).unwrap()
}

/// The clock at a day of 2026, counted from 0.
fn day_of_2026(day: u64, is_trusted: bool) -> Time {
    Time {
        now: UNIX_EPOCH + Duration::from_secs(1_767_225_600 + day * 86_400),
        is_trusted,
    }
}

#[test]
fn codes_lead_to_a_name_of_the_certificate() {
    for (names, name) in [
        (&["chat.example.org"][..], Some("chat.example.org")),
        (&["a.example.org", "b.example.org"], Some("a.example.org")),
        (&["example.org", "ball.example.org"], Some("ball.example.org")),
        (&["a.example.org", "ball.lan"], Some("ball.lan")),
        (&["*.example.org"], Some("ball.example.org")),
        (&["*.example.org", "example.org"], Some("example.org")),
        (&["*.lan"], Some("ball.lan")),
        (&["CHAT.Example.org"], Some("chat.example.org")),
        (&["other.local"], None),
        (&["*.local"], None),
        (&["10.42.0.1"], None),
        (&[], None),
        (&["a\nserver=1.1.1.1"], None),
        (&["a b.example", "a..b", "/#/", "*"], None),
    ] {
        assert_eq!(certificate(names).name("ball.lan").as_deref(), name, "{names:?}");
    }
    assert_eq!(
        certificate(&["ball.local"]).name("ball.local").as_deref(),
        Some("ball.local")
    );
}

#[test]
fn a_wildcard_covers_one_label() {
    let certificate = certificate(&["*.example.org", "one.test"]);
    for (host, has) in [
        ("a.example.org", true),
        ("one.test", true),
        ("example.org", false),
        ("a.b.example.org", false),
        ("aexample.org", false),
        ("a.one.test", false),
        ("", false),
    ] {
        assert_eq!(certificate.has(host), has, "{host}");
    }
}

#[test]
fn a_certificate_is_good_between_its_days() {
    let certificate = read(&made::signed(&["a.example.org"], 2027, 2028));
    assert_eq!(
        certificate.outdated(day_of_2026(364, true)),
        Some(Fault::Early("2027-01-01".into()))
    );
    assert_eq!(
        certificate.outdated(day_of_2026(364, false)),
        None,
        "the clock may be behind"
    );
    assert_eq!(certificate.outdated(day_of_2026(366, true)), None);
    let expired = Some(Fault::Expired("2028-01-01".into()));
    for is_trusted in [true, false] {
        assert_eq!(
            certificate.outdated(day_of_2026(731, is_trusted)),
            expired,
            "clocks are not ahead"
        );
        let unset = Time {
            now: UNIX_EPOCH,
            is_trusted,
        };
        assert_eq!(certificate.outdated(unset), None);
    }
    let origin = |day, port| certificate.origin("box.lan:8080", port, day_of_2026(day, true));
    assert_eq!(origin(366, 443).as_deref(), Some("https://a.example.org"));
    assert_eq!(origin(366, 8443).as_deref(), Some("https://a.example.org:8443"));
    assert_eq!(origin(731, 443), None);
}

#[test]
fn what_is_wrong_with_the_files_is_named() {
    let dir = Scratch::new("certificate-files");
    let files = Files::within(dir.path(), "");
    let why = || match files.load() {
        Ok(_) => panic!("it can be read"),
        Err(fault) => fault.to_string(),
    };
    let (certificate, key) = made::signed(&["a.example.org"], 2026, 2027);
    assert!(!files.any());
    assert!(why().starts_with("The certificate's file cert.pem can't be used: it is missing."));
    dir.put("cert.pem", &key);
    assert!(files.any());
    assert!(why().contains("key.pem can't be used: it is missing"));
    dir.put("key.pem", &certificate);
    assert!(
        why().contains("cert.pem can't be used: no certificate in PEM"),
        "swapped: {}",
        why()
    );
    dir.put("cert.pem", &certificate.replacen("MII", "MIJ", 1));
    assert!(why().contains("cert.pem can't be used: it is damaged"), "{}", why());
    dir.put("cert.pem", &certificate);
    assert!(why().contains("key.pem can't be used: no key in PEM"));
    dir.put("key.pem", &made::signed(&["a.example.org"], 2026, 2027).1);
    assert_eq!(files.load().err(), Some(Fault::Mismatch));
    dir.put("key.pem", &" ".repeat(usize::try_from(CERTIFICATE_BYTES).unwrap() + 1));
    assert!(why().contains("key.pem can't be used: it is too long"));
    dir.put("key.pem", &format!("\u{feff}{}", key.replace('\n', "\r\n")));
    files.load().unwrap();
}

#[test]
fn a_renewed_certificate_is_taken_and_a_broken_one_is_not() {
    let dir = Scratch::new("certificate-renewed");
    let put = |names: &[&str]| {
        let (certificate, key) = made::signed(names, 2025, 2099);
        dir.put("cert.pem", &certificate);
        dir.put("key.pem", &key);
    };
    put(&["a.example.org"]);
    let clock = Arc::new(Clock::new(None, None));
    let secure = Secure::load(Files::within(dir.path(), ""), 443, clock).unwrap();
    let origin = || secure.origin("box.lan").unwrap();
    assert_eq!(origin(), "https://a.example.org");
    fs::remove_file(dir.path().join("key.pem")).unwrap();
    secure.renew();
    assert_eq!(origin(), "https://a.example.org", "the old one stays");
    put(&["b.example.org"]);
    secure.renew();
    assert_eq!(origin(), "https://b.example.org");
    let shown = format!("{secure:?}");
    assert!(shown.contains("key.pem") && !shown.contains("PRIVATE"), "{shown}");
}
