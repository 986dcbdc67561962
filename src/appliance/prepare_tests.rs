use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::{
    appliance::scratch::Scratch,
    certificate::made,
    config::{self, Sources},
};

fn places(scratch: &Scratch) -> Places {
    let dir = |name: &str| {
        let path = scratch.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    };
    Places {
        boot: dir("boot"),
        run: dir("run"),
        state: dir("state"),
        sys: dir("sys"),
    }
}

#[test]
fn a_card_that_was_edited_makes_the_files_of_all_services() {
    let scratch = Scratch::new("prepare");
    let places = places(&scratch);
    scratch.put("sys/class/net/wlan0/wireless/x", "");
    scratch.put(
        "boot/chatterbox.toml",
        "\u{feff}event_name = \"Ball\"\r\nrooms = [\"saal\", \"bar\"]\r\npassword = \"tanz mit mir\"\r\ncountry = \"DE\"\r\nbox_name = \"ball\"\r\ncors_origins = [\"null\", \"https://a.org\"]\r\n",
    );
    assert_eq!(prepare(&places).unwrap(), [""; 0]);
    assert!(
        scratch
            .text("run/hostapd.conf")
            .contains("wpa_passphrase=tanz mit mir\n")
    );
    assert_eq!(scratch.text("run/hostname"), "ball\n");
    for name in [
        "dnsmasq.conf",
        "nftables.conf",
        "network/10-lan.netdev",
        "network/20-ethernet.network",
    ] {
        assert!(!scratch.text(&format!("run/{name}")).is_empty(), "{name}");
    }
    let mode = |name: &str| fs::metadata(places.run.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("hostapd.conf"), 0o600, "only root may read the password");
    let config = config::load(&Sources {
        file: Some(places.run.join("server.toml")),
        ..Sources::default()
    });
    let config = config.unwrap();
    assert_eq!(
        (
            config.event_name.as_str(),
            config.default_room.as_str(),
            config.rooms.len()
        ),
        ("Ball", "saal", 2)
    );
    assert_eq!((config.host.as_deref(), config.portal), (Some("ball.lan"), true));
    let origin = |text| config::PageOrigin::read(text).unwrap();
    assert!(config.cors_origins.has(&origin("null")) && config.cors_origins.has(&origin("https://a.org")));
    assert!(!config.cors_origins.has(&origin("http://a.org")));
    assert!(!places.boot.join(PROBLEMS).exists());
    assert!(card(&places.boot).unwrap().contains("tanz mit mir"));
}

#[test]
fn zone_and_ssh_key_reach_the_services() {
    let scratch = Scratch::new("prepare-maintain");
    let places = places(&scratch);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKYS5vajmDiduOV0E6jIofqcb+c4t9mLDl8hek1j2o2U";
    let config = || {
        let sources = Sources {
            file: Some(places.run.join("server.toml")),
            ..Sources::default()
        };
        config::load(&sources).unwrap()
    };
    scratch.put("boot/chatterbox.toml", include_str!("chatterbox.toml"));
    assert_eq!(prepare(&places).unwrap(), [""; 0]);
    assert_eq!(config().time_zone.name(), "UTC");
    assert!(fs::read(places.run.join(LOCALTIME)).unwrap().starts_with(b"TZif"));
    assert!(!places.run.join(SSH_KEYS).exists() && !scratch.text("run/nftables.conf").contains("22,"));

    let text = format!("time_zone = \"Europe/Berlin\"\nssh_key = \"{key} ann@laptop\"\n");
    scratch.put("boot/chatterbox.toml", &text);
    assert_eq!(prepare(&places).unwrap(), [""; 0]);
    assert_eq!(config().time_zone.name(), "Europe/Berlin");
    let rules = fs::read(places.run.join(LOCALTIME)).unwrap();
    assert!(
        rules.ends_with(b"\nCET-1CEST,M3.5.0,M10.5.0/3\n"),
        "the rules of the years to come"
    );
    assert_eq!(scratch.text("run/ssh/authorized_keys"), format!("{key}\n"));
    let mode = fs::metadata(places.run.join(SSH_KEYS)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        scratch
            .text("run/nftables.conf")
            .contains("tcp dport { 22, 80, 8080 } accept")
    );

    scratch.put("boot/chatterbox.toml", "");
    prepare(&places).unwrap();
    assert!(!places.run.join(SSH_KEYS).exists(), "without a key there is no SSH");
}

#[test]
fn the_radios_abilities_decide_on_width_and_encryption() {
    use crate::appliance::phy::tests::{BOARD, BOTH_BANDS};

    let scratch = Scratch::new("prepare-radio");
    let places = places(&scratch);
    scratch.put("sys/class/net/wlan0/phy80211/name", "phy7\n");
    scratch.put(
        "boot/chatterbox.toml",
        "security = \"mixed\"\ncountry = \"DE\"\nchannel = 36\n",
    );
    let has = |line: &str| scratch.text("run/hostapd.conf").lines().any(|one| one == line);

    assert_eq!(prepare(&places).unwrap(), [""; 0], "nothing is known of the radio");
    assert!(has("wpa_key_mgmt=WPA-PSK SAE") && !has("ieee80211ac=1"));
    scratch.put("run/phy/phy7", BOTH_BANDS);
    assert_eq!(prepare(&places).unwrap(), [""; 0]);
    assert!(has("wpa_key_mgmt=WPA-PSK SAE") && has("ieee80211ac=1") && has("ht_capab=[HT40+][SHORT-GI-40]"));
    assert!(!places.run.join("hostapd-second.conf").exists());
    scratch.put("run/phy/phy7", BOARD);
    let told = "security: the radio does not know \"mixed\"; the box uses \"wpa2\"";
    assert_eq!(prepare(&places).unwrap(), [told]);
    assert!(has("wpa_key_mgmt=WPA-PSK") && !has("ieee80211ac=1"));
    assert!(scratch.text("boot/PROBLEMS.txt").contains(told));
}

/// Puts a certificate on the boot partition, and prepares.
fn certified(scratch: &Scratch, places: &Places, names: &[&str], begins: i32, ends: i32) {
    let (certificate, key) = made::signed(names, begins, ends);
    scratch.put("boot/cert.pem", &format!("\u{feff}{certificate}"));
    scratch.put("boot/key.pem", &key);
    assert_eq!(prepare(places).unwrap(), [""; 0]);
}

#[test]
fn a_certificate_is_passed_to_the_server_and_its_name_to_the_phones() {
    let scratch = Scratch::new("prepare-certificate");
    let places = places(&scratch);
    let mode = |name: &str| fs::metadata(places.run.join(name)).unwrap().permissions().mode() & 0o777;
    scratch.put("boot/chatterbox.toml", "box_name = \"ball\"\n");
    let card = || card(&places.boot).unwrap();

    certified(&scratch, &places, &["chat.example.org"], 2025, 2099);
    assert_eq!((mode("tls/key.pem"), mode("tls/cert.pem")), (0o600, 0o644));
    assert_eq!(scratch.text("run/tls/key.pem"), scratch.text("boot/key.pem"));
    assert!(scratch.text("run/server.toml").contains("tls_listen = \"443\""));
    assert!(scratch.text("run/nftables.conf").contains("443"));
    assert!(
        scratch
            .text("run/dnsmasq.conf")
            .contains("address=/chat.example.org/10.42.0.1\n")
    );
    assert!(card().contains("<b>https://chat.example.org/</b>") || card().contains(">https://chat.example.org/<"));
    let environment = vec![("CREDENTIALS_DIRECTORY".to_owned(), "/nowhere".to_owned())];
    let config = |env| {
        let sources = Sources {
            file: Some(places.run.join("server.toml")),
            env,
            ..Sources::default()
        };
        config::load(&sources).unwrap()
    };
    assert_eq!(config(environment).tls, None, "systemd has passed none");
    fs::copy(places.run.join("tls/cert.pem"), places.run.join("tls_cert.pem")).unwrap();
    fs::copy(places.run.join("tls/key.pem"), places.run.join("tls_key.pem")).unwrap();
    let passed = places.run.to_string_lossy().into_owned();
    let tls = config(vec![("CREDENTIALS_DIRECTORY".to_owned(), passed)]).tls.unwrap();
    assert_eq!(
        (tls.listen.port(), tls.files),
        (443, Files::within(&places.run, "tls_"))
    );

    // Served, since phones know better, but not announced.
    certified(&scratch, &places, &["chat.example.org"], 2024, 2025);
    assert!(places.run.join("tls/key.pem").exists() && scratch.text("run/nftables.conf").contains("443"));
    assert!(card().contains("http://ball.lan/") && !card().contains("https:"));
    assert!(!scratch.text("run/dnsmasq.conf").contains("example.org"));

    // A box that is a guest answers no names.
    scratch.put("boot/chatterbox.toml", "box_name = \"ball\"\nwifi = \"off\"\n");
    certified(&scratch, &places, &["chat.example.org"], 2025, 2099);
    assert!(card().contains("http://ball.local/") && !card().contains("https:"));

    for broken in ["boot/key.pem", "boot/cert.pem"] {
        certified(&scratch, &places, &["chat.example.org"], 2025, 2099);
        scratch.put(broken, "");
        assert_eq!(prepare(&places).unwrap(), [""; 0], "the doctor says it");
        assert!(!places.run.join("tls/key.pem").exists() && !places.run.join("tls/cert.pem").exists());
        assert!(!scratch.text("run/server.toml").contains("tls") && !scratch.text("run/nftables.conf").contains("443"));
    }
}

#[test]
fn a_bad_file_starts_with_defaults_and_explains_itself() {
    let scratch = Scratch::new("prepare-bad");
    let places = places(&scratch);
    scratch.put("boot/chatterbox.toml", "event_name = \"Ball\"\ncountry = \"Germany\"\n");
    assert_eq!(prepare(&places).unwrap().len(), 1);
    let told = scratch.text("boot/PROBLEMS.txt");
    assert!(told.contains("\r\nline 2: country: two letters"), "{told}");
    let server: Table = scratch.text("run/server.toml").parse().unwrap();
    let server = &server["server"];
    let mistake: Mistake = serde_json::from_str(server["problems"][0].as_str().unwrap()).unwrap();
    assert_eq!(
        mistake.to_string().split(" as").next(),
        Some("line 2: country: two letters")
    );
    assert_eq!(
        (server["name"].as_str(), mistake.code),
        (Some("Ball"), MistakeKind::Country)
    );
    assert!(!places.run.join("hostapd.conf").exists(), "there is no radio");

    scratch.put("boot/chatterbox.toml", "event_name = \"Ball\"\n");
    assert_eq!(prepare(&places).unwrap(), [""; 0]);
    assert!(
        !places.boot.join(PROBLEMS).exists(),
        "it goes when nothing is wrong any more"
    );

    fs::remove_file(places.boot.join(SETTINGS)).unwrap();
    prepare(&places).unwrap();
    assert!(
        scratch
            .text("boot/PROBLEMS.txt")
            .contains("there is no chatterbox.toml on BOX: put one there")
    );
}

#[test]
fn the_password_that_the_box_chose_stays() {
    let scratch = Scratch::new("prepare-password");
    let places = places(&scratch);
    let mut diagnostics = Vec::new();
    let first = password(&places.state, &mut diagnostics).unwrap();
    assert_eq!(first.len(), PASSWORD_CHARS);
    assert_eq!(password(&places.state, &mut diagnostics).unwrap(), first);
    scratch.put("state/password", "torn");
    let second = password(&places.state, &mut diagnostics).unwrap();
    assert!(second != first && second.len() == PASSWORD_CHARS && diagnostics.is_empty());
    let nowhere = places.state.join("nowhere");
    password(&nowhere, &mut diagnostics).unwrap();
    assert_eq!(diagnostics.len(), 1, "it can't be kept: {diagnostics:?}");
}

#[test]
fn a_second_run_writes_nothing() {
    let scratch = Scratch::new("prepare-twice");
    let places = places(&scratch);
    let written = || {
        let path = places.run.join("server.toml");
        // A rewritten file has another inode.
        fs::metadata(path).unwrap().ino()
    };
    prepare(&places).unwrap();
    let first = written();
    prepare(&places).unwrap();
    assert_eq!(written(), first);
}

/// The diagnostic mentions a settings file with a similar name, and no other file.
#[test]
fn a_file_under_another_name_is_reported() {
    let scratch = Scratch::new("prepare-name");
    let places = places(&scratch);
    scratch.put("boot/chatterbox-1.update", "");
    scratch.put("boot/Chatterbox (1).toml", "");
    let told = prepare(&places).unwrap();
    assert!(
        told[0].contains("but a file Chatterbox (1).toml: give it the name"),
        "{told:?}"
    );
}

#[test]
fn a_boot_partition_without_room_keeps_no_card_of_another_network() {
    let scratch = Scratch::new("prepare-full");
    let places = places(&scratch);
    scratch.put("boot/chatterbox.toml", "password = \"the old one\"\n");
    prepare(&places).unwrap();
    scratch.put("boot/chatterbox.toml", "password = \"the new one\"\n");
    // Neither the card nor the problems can be written.
    for name in ["card.html.new", "PROBLEMS.txt.new"] {
        fs::create_dir_all(places.boot.join(name).join("x")).unwrap();
    }
    let told = prepare(&places).unwrap();
    assert!(
        told[0].starts_with("card.html can't be written") && told.len() == 2,
        "{told:?}"
    );
    assert!(
        !places.boot.join(CARD).exists(),
        "the old card would show a wrong network"
    );
    assert!(scratch.text("run/server.toml").contains("card.html can't be written"));
    assert!(scratch.text("run/card.html").contains("the new one"));
}

#[test]
fn webhooks_of_the_file_are_the_servers() {
    let scratch = Scratch::new("prepare-hooks");
    let places = places(&scratch);
    let rooms: Vec<_> = (0..20).map(|number| format!("\"r{number}\"")).collect();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let file = format!(
        "rooms = [{}]\nwebhooks = [\"http://10.42.0.9:9000/a\", \"ftp://x\", \"http://10.42.0.9/b\"]\nwebhook_secret = \"{secret}\"\n",
        rooms.join(", ")
    );
    scratch.put("boot/chatterbox.toml", &file);
    let told = prepare(&places).unwrap();
    assert!(
        told.len() == 1 && told[0].starts_with("line 2: webhooks: an address is wrong"),
        "{told:?}"
    );
    let config = config::load(&Sources {
        file: Some(places.run.join("server.toml")),
        ..Sources::default()
    });
    let hooks = config.unwrap().webhooks;
    let all: usize = hooks.iter().map(|hook| hook.rooms.len()).sum();
    assert_eq!((hooks.len(), all), (4, 40), "each is told of every room");
    assert!(
        hooks
            .iter()
            .all(|hook| hook.secret == config::Secret::read(secret).ok())
    );
}
