use std::{fs, process::Command};

use super::*;
use crate::appliance::{
    phy::tests::{BOARD, BOTH_BANDS},
    scratch::Scratch,
};

fn wifi(settings: &BoxSettings, password: &str) -> Wifi {
    Wifi::resolve(settings, || Ok::<_, ()>(password.to_owned())).unwrap()
}

fn radio(name: &str, on_board: bool, text: &str) -> (Radio, Option<Phy>) {
    let name = name.to_owned();
    (Radio { on_board, name }, Some(Phy::read(text)))
}

fn hostapd(settings: &BoxSettings, radio: &str, password: &str) -> String {
    super::hostapd(settings, radio, None, settings.channel, &wifi(settings, password), 0)
}

/// Values of lines `key=value`, as hostapd reads them.
fn lines<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .filter(|(found, _)| *found == key)
        .map(|(_, value)| value)
        .collect()
}

#[test]
fn hostapd_gets_one_network_with_the_settings() {
    let mut settings = BoxSettings {
        network_name: "Fête".into(),
        country: Some("DE".into()),
        channel: 36,
        ..BoxSettings::default()
    };
    let text = hostapd(&settings, "wlan1", "tanz mit mir");
    for (key, value) in [
        ("interface", "wlan1"),
        ("bridge", "lan"),
        ("ssid2", "46c3aa7465"),
        ("hw_mode", "a"),
        ("channel", "36"),
        ("country_code", "DE"),
        ("wpa_key_mgmt", "WPA-PSK"),
        ("wpa_passphrase", "tanz mit mir"),
        ("ap_isolate", "1"),
    ] {
        assert_eq!(lines(&text, key), [value], "{key}");
    }
    settings.security = Security::Wpa3;
    let text = hostapd(&settings, "wlan1", "tanz mit mir");
    assert_eq!(
        (lines(&text, "wpa_key_mgmt"), lines(&text, "ieee80211w")),
        (vec!["SAE"], vec!["2"])
    );
    settings = BoxSettings {
        security: Security::Open,
        isolation: false,
        ..BoxSettings::default()
    };
    let text = hostapd(&settings, "wlan0", "");
    assert!(!text.contains("wpa") && !text.contains("country_code"), "{text}");
    assert_eq!(
        (lines(&text, "ap_isolate"), lines(&text, "hw_mode")),
        (vec!["0"], vec!["g"])
    );
}

#[test]
fn nothing_that_is_written_becomes_a_line_of_its_own() {
    let evil = "network_name = \"a\\nwpa=0\"\npassword = \"12345678\\nwpa=0\"\ncountry = \"DE\\nwpa=0\"\nsubnet = \"10.0.0.0/24\\nserver=1.1.1.1\"\n\
                box_name = \"x\\ny\"\nevent_name = \"a\\nb\"\nrooms = [\"a\\nb\"]\nchannel = \"6\\nwpa=0\"\n";
    let (settings, diagnostics) = BoxSettings::read(evil.as_bytes());
    assert_eq!((settings, diagnostics.len()), (BoxSettings::default(), 8));

    let evil = "network_name = '\"#$(reboot)'\npassword = '# \"x\" |mac=1'\n";
    let (settings, diagnostics) = BoxSettings::read(evil.as_bytes());
    assert_eq!(diagnostics, []);
    let text = hostapd(&settings, "wlan0", settings.password.as_deref().unwrap());
    assert_eq!(lines(&text, "wpa_passphrase"), ["# \"x\" |mac=1"]);
    assert_eq!(lines(&text, "ssid2"), ["22232428 7265626f6f7429".replace(' ', "")]);
    assert_eq!(
        text.lines().count(),
        hostapd(&BoxSettings::default(), "wlan0", "12345678").lines().count()
    );
}

/// The values of a file's channel, width and standard.
fn air(text: &str) -> Vec<&str> {
    let keys = [
        "hw_mode",
        "channel",
        "ht_capab",
        "ieee80211ac",
        "vht_oper_chwidth",
        "vht_oper_centr_freq_seg0_idx",
        "vht_capab",
    ];
    keys.iter().flat_map(|key| lines(text, key)).collect()
}

fn at(channel: u8, country: &str) -> BoxSettings {
    BoxSettings {
        channel,
        country: Some(country.to_owned()),
        ..BoxSettings::default()
    }
}

#[test]
fn a_channel_is_as_wide_as_radio_and_country_allow() {
    let no_ac = BOTH_BANDS.replace("VHT Capabilities", "");
    let plain = BOTH_BANDS.replace("short GI", "").replace("RX HT40 SGI", "");
    for (channel, country, text, expected) in [
        (
            36,
            "DE",
            BOTH_BANDS,
            &["a", "36", "[HT40+][SHORT-GI-40]", "1", "1", "42", "[SHORT-GI-80]"][..],
        ),
        (40, "DE", &plain, &["a", "40", "[HT40-]", "1", "1", "42", ""]),
        (48, "US", &no_ac, &["a", "48", "[HT40-][SHORT-GI-40]"]),
        (36, "WS", BOTH_BANDS, &["a", "36", "[HT40+][SHORT-GI-40]"]),
        (36, "KP", BOTH_BANDS, &["a", "36"]),
        (36, "DE", BOARD, &["a", "36"]),
        (6, "DE", BOTH_BANDS, &["g", "6"]),
    ] {
        let settings = at(channel, country);
        // 40 is missing in the text, but not in the band.
        let text = text.replace("[48]", &format!("[{}]", if channel == 40 { 40 } else { 48 }));
        let files = files(&settings, &wifi(&settings, "12345678"), &[radio("wlan0", true, &text)]);
        assert_eq!(air(&files[0]), expected, "{channel} {country}");
    }
}

#[test]
fn a_second_usb_radio_carries_the_other_band() {
    let both = |settings: &BoxSettings, second| {
        let radios = [radio("wlan1", false, BOTH_BANDS), second];
        files(settings, &wifi(settings, "12345678"), &radios)
    };
    let usb = || radio("wlan2", false, BOTH_BANDS);
    let two = both(&at(6, "DE"), usb());
    assert_eq!(
        two.iter().map(|text| lines(text, "channel")[0]).collect::<Vec<_>>(),
        ["6", "36"]
    );
    assert_eq!(
        two.iter().map(|text| lines(text, "interface")[0]).collect::<Vec<_>>(),
        ["wlan1", "wlan2"]
    );
    for key in ["ssid2", "wpa_passphrase", "wpa_key_mgmt", "bridge", "country_code"] {
        assert_eq!(lines(&two[0], key), lines(&two[1], key), "one network: {key}");
    }
    assert_ne!(lines(&two[0], "ctrl_interface"), lines(&two[1], "ctrl_interface"));
    assert_eq!(lines(&both(&at(44, "DE"), usb())[1], "channel"), ["6"]);
    for (settings, second) in [
        (at(6, "DE"), radio("wlan0", true, BOTH_BANDS)),
        (at(6, "DE"), radio("wlan2", false, BOARD)),
        (at(6, "PK"), usb()),
        (BoxSettings::default(), usb()),
        (
            BoxSettings {
                security: Security::Mixed,
                ..at(44, "DE")
            },
            radio("wlan2", false, BOARD),
        ),
    ] {
        assert_eq!(both(&settings, second).len(), 1, "{settings:?}");
    }
}

#[test]
fn an_encryption_that_the_radio_lacks_is_replaced_and_reported() {
    let (able, board) = (Phy::read(BOTH_BANDS), Phy::read(BOARD));
    for (security, phy, used) in [
        (Security::Wpa3, &board, Security::Wpa2),
        (Security::Mixed, &board, Security::Wpa2),
        (Security::Owe, &board, Security::Open),
        (Security::Wpa3, &able, Security::Wpa3),
        (Security::Mixed, &able, Security::Mixed),
        (Security::Owe, &able, Security::Owe),
        (Security::Wpa2, &board, Security::Wpa2),
        (Security::Open, &board, Security::Open),
    ] {
        let mut settings = BoxSettings {
            security,
            ..BoxSettings::default()
        };
        let told = fit(&mut settings, Some(phy)).map(|mistake| mistake.to_string());
        assert_eq!(settings.security, used);
        let expected = format!(
            "security: the radio does not know \"{}\"; the box uses \"{}\"",
            security.word(),
            used.word()
        );
        assert_eq!(told, (security != used).then_some(expected));
    }
    let mut unknown = BoxSettings {
        security: Security::Owe,
        ..BoxSettings::default()
    };
    assert!(fit(&mut unknown, None).is_some() && unknown.security == Security::Open);
}

#[test]
fn an_open_network_has_an_encrypted_one_beside_it() {
    let settings = BoxSettings {
        security: Security::Owe,
        ..at(36, "DE")
    };
    let text = &files(&settings, &wifi(&settings, ""), &[radio("wlan0", true, BOTH_BANDS)])[0];
    assert_eq!(lines(text, "owe_transition_ifname"), ["owe0", "wlan0"]);
    assert_eq!(
        (lines(text, "bss"), lines(text, "wpa_key_mgmt")),
        (vec!["owe0"], vec!["OWE"])
    );
    assert_eq!(
        (lines(text, "bridge"), lines(text, "ap_isolate")),
        (vec!["lan"; 2], vec!["1"; 2])
    );
    let (open, hidden) = text.split_once("bss=").unwrap();
    assert!(!open.contains("wpa") && hidden.contains("ignore_broadcast_ssid=1\n"));
    assert_ne!(lines(open, "ssid2"), lines(hidden, "ssid2"));
}

/// hostapd names each line that it does not understand before it looks for the radio, which is missing here.
#[test]
fn hostapd_understands_each_file() {
    // Debian's place is in root's path alone.
    let place = ["/usr/sbin/hostapd", "/usr/bin/hostapd"]
        .into_iter()
        .find(|path| fs::exists(path).unwrap());
    let Some(program) = place else {
        eprintln!("skipped: install hostapd");
        return;
    };
    let dir = Scratch::new("hostapd");
    let said = |text: &str| {
        dir.put("hostapd.conf", text);
        let output = Command::new(program)
            .arg(dir.path().join("hostapd.conf"))
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let faulty = |said: &str| said.contains("errors found in configuration file") || !said.contains("missing0");
    for security in Security::ALL {
        for channel in [6, 36, 48] {
            let settings = BoxSettings {
                security,
                ..at(channel, "DE")
            };
            let text = &files(
                &settings,
                &wifi(&settings, "12345678"),
                &[radio("missing0", true, BOTH_BANDS)],
            )[0];
            let said = said(text);
            assert!(!faulty(&said), "{security:?} {channel}: {said}");
        }
    }
    let settings = at(36, "DE");
    let text = hostapd(&settings, "missing0", "12345678");
    for wrong in ["ieee80211x=1\n", "ht_capab=[HT40+][HT40-]\nwpa_key_mgmt=WPA4\n"] {
        assert!(faulty(&said(&format!("{text}{wrong}"))), "{wrong}");
    }
}
