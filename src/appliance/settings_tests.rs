use super::*;

const SSH_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKYS5vajmDiduOV0E6jIofqcb+c4t9mLDl8hek1j2o2U";

fn read(text: &str) -> (BoxSettings, Vec<String>) {
    let (settings, diagnostics) = BoxSettings::read(text.as_bytes());
    (settings, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn every_setting_is_taken() {
    let (settings, diagnostics) = read(
        "channel = 36\nevent_name = \"Ball\"\nrooms = [\"saal\", \"bar\"]\nlanguage = \"DE\"\nbox_name = \"Box-2\"\nwifi = \"off\"\n\
         network_name = \"Fête\"\npassword = \"tanz mit mir\"\nsecurity = \"WPA3\"\ncountry = \"de\"\nisolation = false\n\
         subnet = \"172.20.0.0/24\"\nethernet = \"access-point\"\nportal = \"no\"\n\
         cors_origins = [\"null\", \"capacitor://localhost\", \"https://a.org:8443\"]\n\
         webhooks = \"http://10.0.0.5/\"\n\
         webhook_secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n\
         time_zone = \"europe/berlin\"\nssh_key = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKYS5vajmDiduOV0E6jIofqcb+c4t9mLDl8hek1j2o2U ann@laptop\"\n",
    );
    assert_eq!(diagnostics, Vec::<String>::new());
    let rooms = ["saal", "bar"].map(|name| RoomName::new(name).unwrap()).to_vec();
    let expected = BoxSettings {
        event_name: "Ball".into(),
        rooms,
        language: "de",
        box_name: "box-2".into(),
        wifi: false,
        network_name: "Fête".into(),
        password: Some("tanz mit mir".into()),
        security: Security::Wpa3,
        country: Some("DE".into()),
        channel: 36,
        isolation: false,
        subnet: Subnet::parse("172.20.0.0/24").unwrap(),
        ethernet: Ethernet::AccessPoint,
        portal: false,
        cors_origins: vec![
            "null".into(),
            "capacitor://localhost".into(),
            "https://a.org:8443".into(),
        ],
        webhooks: vec!["http://10.0.0.5/".into()],
        webhook_secret: Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into()),
        time_zone: TimeZone::named("Europe/Berlin").unwrap(),
        ssh_keys: vec![SSH_KEY.to_owned()],
        https: Https::Off,
    };
    assert_eq!(settings, expected);
}

#[test]
fn a_wrong_zone_is_reported_with_the_nearest_one() {
    for (line, told) in [
        ("time_zone = \"Berlin\"", "time_zone = \"Europe/Berlin\""),
        ("time_zone = \"Amerika/New_York\"", "time_zone = \"America/New_York\""),
        ("time_zone = \"GMT+1\"", "time_zone: there is no such time zone"),
        ("time_zone = 1", "quotes"),
    ] {
        let (settings, diagnostics) = read(line);
        assert_eq!(settings, BoxSettings::default());
        assert!(
            diagnostics.len() == 1 && diagnostics[0].contains(told),
            "{diagnostics:?}"
        );
    }
}

#[test]
fn a_wrong_ssh_key_costs_that_key_alone_and_is_not_repeated() {
    let (settings, diagnostics) = read(&format!(
        "ssh_key = [\n\"ssh-rsa AAAAwrong x\",\n\"{SSH_KEY} ann\",\n]\n"
    ));
    assert_eq!((settings.ssh_keys, diagnostics.len()), (vec![SSH_KEY.to_owned()], 1));
    // As it stands in a file of `ssh-keygen`, and on one line.
    let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----";
    for text in [private.to_owned(), private.replace('\n', " ")] {
        for line in [
            format!("ssh_key = \"{text}\"\n"),
            format!("ssh_key = {text}\n"),
            format!("sshkey = \"{text}\"\n"),
        ] {
            let (settings, diagnostics) = read(&line);
            assert!(settings.ssh_keys.is_empty() && !diagnostics.is_empty(), "{line}");
            assert!(!diagnostics.concat().contains("b3Blbn"), "{diagnostics:?}");
        }
    }
    let (_, diagnostics) = read(&format!("ssh_key = \"{}\"", private.replace('\n', " ")));
    assert!(diagnostics[0].contains("that is the private key"), "{diagnostics:?}");
    let (settings, diagnostics) = read(&format!("ssh_key = [{}]", format!("\"{SSH_KEY}\", ").repeat(9)));
    assert_eq!((settings.ssh_keys.len(), diagnostics.len()), (limits::BOX_SSH_KEYS, 1));
}

#[test]
fn a_single_origin_is_accepted_and_a_wrong_one_reported() {
    for line in ["cors_origins = \"file://\"", "server.cors_origins = [\"file://\"]"] {
        assert_eq!(read(line).0.cors_origins, ["file://"], "{line}");
    }
    for line in [
        "cors_origins = [\"a.org\"]",
        "cors_origins = [1]",
        "cors_origins = true",
    ] {
        let (settings, diagnostics) = read(line);
        assert!(settings.cors_origins.is_empty());
        assert!(diagnostics[0].starts_with("line 1: cors_origins: "), "{diagnostics:?}");
    }
}

#[test]
fn a_mistake_leaves_the_default_and_is_reported_with_its_line() {
    let long = "x".repeat(64);
    let wrong = [
        "event_name = \"\"",
        "rooms = []",
        "language = \"xx\"",
        "box_name = \"-\"",
        "box_name = \"a.b\"",
        "wifi = \"maybe\"",
        "network_name = \"\"",
        "network_name = \"ääääääääääääääääää\"",
        "network_name = \"a\\u0007\"",
        "password = \"short\"",
        &format!("password = \"{long}\""),
        "password = \"mit Ümlauten\"",
        "password = \"eight\\nnine\"",
        "password = 1234567890",
        "security = \"wep\"",
        "country = \"Germany\"",
        "channel = 14",
        "channel = 44",
        "isolation = 1",
        "subnet = \"10.0.0.0/8\"",
        "ethernet = \"maybe\"",
        "portal = \"x\"",
        "pasword = \"12345678\"",
    ];
    for line in wrong {
        let (settings, diagnostics) = read(&format!("# A remark\n{line}\n"));
        assert_eq!(settings, BoxSettings::default(), "{line}");
        assert_eq!(diagnostics.len(), 1, "{line}");
        assert!(diagnostics[0].starts_with("line 2: "), "{}", diagnostics[0]);
    }
    assert_eq!(
        read("pasword = \"12345678\"").1,
        ["line 1: there is no setting pasword; did you mean password?"]
    );
}

#[test]
fn a_bad_room_costs_that_room_alone() {
    let many: String = (0..40).map(|number| format!("\"r{number}\", ")).collect();
    for (list, rooms, told) in [
        ("[\"a\", 5]", 1, "line 1: rooms: 5 is no text in quotes"),
        ("[\"a/b\", \"bar\"]", 1, "line 1: rooms: \"a/b\" "),
        ("[\"a\", \"a\", \"b\"]", 2, "line 1: rooms: \"a\" stands there twice"),
        (
            &format!("[{many}]"),
            limits::BOX_ROOMS,
            "line 1: rooms: there can be 32 rooms from the start; 8 more",
        ),
    ] {
        let (settings, diagnostics) = read(&format!("rooms = {list}\n"));
        assert_eq!((settings.rooms.len(), diagnostics.len()), (rooms, 1), "{diagnostics:?}");
        assert!(diagnostics[0].starts_with(told), "{diagnostics:?}");
    }
    let (settings, diagnostics) = read("rooms = [\"a/b\"]\n");
    assert_eq!(
        (settings, diagnostics.len()),
        (BoxSettings::default(), 1),
        "none is left"
    );
}

#[test]
fn invisible_characters_of_a_name_are_removed_and_reported() {
    let (settings, diagnostics) = read("network_name = \" Fe\u{200b}st\u{a0}1 \"\npassword = \"tanz mit mir \"\n");
    assert_eq!(
        (settings.network_name.as_str(), settings.password.as_deref()),
        ("Fest 1", Some("tanz mit mir"))
    );
    let said = ["(U+200B)", "(U+00A0)", "the spaces around it", "the spaces around it"];
    assert_eq!(diagnostics.len(), said.len(), "{diagnostics:?}");
    for (diagnostic, said) in diagnostics.iter().zip(said) {
        assert!(diagnostic.contains(said), "{diagnostic}");
    }
    let family = "👩\u{200d}👧 ❤\u{fe0f}";
    assert_eq!(
        read(&format!("network_name = \"{family}\"\n")).0.network_name,
        family,
        "emoji are joined by it"
    );
}

#[test]
fn a_password_is_repeated_nowhere() {
    let secret = "sommer2026";
    for line in [
        "password = sommer2026",
        "password = 'sommer2026",
        "password = “sommer2026”",
        "password = \"sömmer sommer2026\"",
        "password sommer2026",
        "password: \"sommer2026\"",
        "pasword = sommer2026",
        "pasword = \"sommer2026\"",
        "kennwort = \"sommer2026\"",
        "kennwort = sommer2026",
        "sommer2026",
        "sommer2026 =",
        "sommer2026 = x",
        "[sommer2026]",
        "password = [\"sommer2026\"]",
        "password = \"sommer2026\"\nsecurity = \"open\"",
        "password = \"sommer2026sommer2026sommer2026sommer2026sommer2026sommer2026sommer2026\"",
        "network_name = \"x\" password = \"sommer2026\"",
        "webhook_secret = \"whsec_sommer2026\"",
        "webhooks = [\"https://user:sommer2026@example.org/\"]",
    ] {
        let (_, diagnostics) = read(line);
        assert!(!diagnostics.is_empty(), "{line}");
        assert!(
            diagnostics.iter().all(|diagnostic| !diagnostic.contains(secret)),
            "{line}: {diagnostics:?}"
        );
    }
}

#[test]
fn the_longest_names_are_taken() {
    let name = "ä".repeat(16);
    let password = "~".repeat(63);
    let (settings, diagnostics) = read(&format!("network_name = \"{name}\"\npassword = \"{password}\"\n"));
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!((settings.network_name, settings.password), (name, Some(password)));
}

#[test]
fn a_file_that_is_no_text_leaves_the_defaults() {
    let (settings, diagnostics) = BoxSettings::read(&vec![0; limits::BOX_FILE_BYTES + 1]);
    assert_eq!((settings, diagnostics.len()), (BoxSettings::default(), 1));
    assert_eq!(BoxSettings::read(b"").1, Vec::new());
}

#[test]
fn the_file_on_a_new_card_says_the_defaults_and_names_every_setting() {
    let card = include_str!("chatterbox.toml");
    assert_eq!(read(card), (BoxSettings::default(), Vec::new()));
    for key in KEYS {
        let line = |line: &str| line.trim_start_matches('#').starts_with(&format!("{key} = "));
        assert!(card.lines().any(line), "{key}");
    }
    let uncommented = card
        .replace("\n#password", "\npassword")
        .replace("\n#country", "\ncountry")
        .replace("\n#webhook", "\nwebhook");
    assert_eq!(read(&uncommented).1, Vec::<String>::new());
}

/// BoxSettings files as editors save them.
#[path = "files_tests.rs"]
mod files;
