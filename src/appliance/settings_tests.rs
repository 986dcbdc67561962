use super::*;

fn read(text: &str) -> (Settings, Vec<String>) {
    let (settings, troubles) = Settings::read(text.as_bytes());
    (settings, troubles.iter().map(ToString::to_string).collect())
}

#[test]
fn every_setting_is_taken() {
    let (settings, troubles) = read(
        "channel = 36\nevent_name = \"Ball\"\nrooms = [\"saal\", \"bar\"]\nlanguage = \"DE\"\nbox_name = \"Box-2\"\nwifi = \"off\"\n\
         network_name = \"Fête\"\npassword = \"tanz mit mir\"\nsecurity = \"WPA3\"\ncountry = \"de\"\nisolation = false\n\
         subnet = \"172.20.0.0/24\"\nethernet = \"access-point\"\nportal = \"no\"\n",
    );
    assert_eq!(troubles, Vec::<String>::new());
    let rooms = ["saal", "bar"].map(|name| RoomName::new(name).unwrap()).to_vec();
    let expected = Settings {
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
    };
    assert_eq!(settings, expected);
}

#[test]
fn whatever_is_wrong_leaves_its_default_and_is_told_with_its_line() {
    let long = "x".repeat(64);
    let wrong = [
        "event_name = \"\"",
        "rooms = []",
        "rooms = [\"a\", 5]",
        "rooms = [\"a/b\"]",
        "rooms = [\"a\", \"a\"]",
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
        let (settings, troubles) = read(&format!("# A remark\n{line}\n"));
        assert_eq!(settings, Settings::default(), "{line}");
        assert_eq!(troubles.len(), 1, "{line}");
        assert!(troubles[0].starts_with("line 2: "), "{}", troubles[0]);
    }
    assert_eq!(
        read("pasword = \"12345678\"").1,
        ["line 1: there is no setting pasword; did you mean password?"]
    );
}

#[test]
fn the_longest_names_are_taken() {
    let name = "ä".repeat(16);
    let password = "~".repeat(63);
    let (settings, troubles) = read(&format!("network_name = \"{name}\"\npassword = \"{password}\"\n"));
    assert_eq!(troubles, Vec::<String>::new());
    assert_eq!((settings.network_name, settings.password), (name, Some(password)));
}

#[test]
fn a_file_that_is_no_text_costs_nothing_but_itself() {
    let (settings, troubles) = Settings::read(&vec![0; limits::BOX_FILE_BYTES + 1]);
    assert_eq!((settings, troubles.len()), (Settings::default(), 1));
    assert_eq!(Settings::read(b"").1, Vec::new());
}

#[test]
fn the_file_on_a_new_card_says_the_defaults_and_names_every_setting() {
    let card = include_str!("chatterbox.toml");
    assert_eq!(read(card), (Settings::default(), Vec::new()));
    for key in KEYS {
        let line = |line: &str| line.trim_start_matches('#').starts_with(&format!("{key} = "));
        assert!(card.lines().any(line), "{key}");
    }
    let uncommented = card.replace("#password", "password").replace("#country", "country");
    assert_eq!(read(&uncommented).1, Vec::<String>::new());
}
