use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::{
    appliance::scratch::Scratch,
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
        "\u{feff}event_name = \"Ball\"\r\nrooms = [\"saal\", \"bar\"]\r\npassword = \"tanz mit mir\"\r\ncountry = \"DE\"\r\nbox_name = \"ball\"\r\n",
    );
    assert_eq!(prepare(&places).unwrap(), []);
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
    assert_eq!(mode("hostapd.conf"), 0o600, "the password is nobody's but root's");
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
    assert!(!places.boot.join(PROBLEMS).exists());
    assert!(card(&places.boot).unwrap().contains("tanz mit mir"));
}

#[test]
fn a_bad_file_starts_with_defaults_and_explains_itself() {
    let scratch = Scratch::new("prepare-bad");
    let places = places(&scratch);
    scratch.put("boot/chatterbox.toml", "event_name = \"Ball\"\ncountry = \"Germany\"\n");
    assert_eq!(prepare(&places).unwrap().len(), 1);
    let told = scratch.text("boot/PROBLEMS.txt");
    assert!(told.contains("\r\nline 2: country: two letters"), "{told}");
    let server = scratch.text("run/server.toml");
    assert!(
        server.contains("Ball") && server.contains("line 2: country: two letters"),
        "{server}"
    );
    assert!(!places.run.join("hostapd.conf").exists(), "there is no radio");

    scratch.put("boot/chatterbox.toml", "event_name = \"Ball\"\n");
    assert_eq!(prepare(&places).unwrap(), []);
    assert!(
        !places.boot.join(PROBLEMS).exists(),
        "it goes when nothing is wrong any more"
    );

    fs::remove_file(places.boot.join(SETTINGS)).unwrap();
    prepare(&places).unwrap();
    assert!(scratch.text("boot/PROBLEMS.txt").contains("there is no file"));
}

#[test]
fn the_password_that_the_box_chose_stays() {
    let scratch = Scratch::new("prepare-password");
    let places = places(&scratch);
    let (settings, mut troubles) = (Settings::default(), Vec::new());
    let first = password(&settings, &places.state, &mut troubles).unwrap();
    assert_eq!(first.len(), PASSWORD_CHARS);
    assert_eq!(password(&settings, &places.state, &mut troubles).unwrap(), first);
    scratch.put("state/password", "torn");
    let second = password(&settings, &places.state, &mut troubles).unwrap();
    assert!(second != first && second.len() == PASSWORD_CHARS && troubles.is_empty());
    let nowhere = places.state.join("nowhere");
    password(&settings, &nowhere, &mut troubles).unwrap();
    assert_eq!(troubles.len(), 1, "it can't be kept: {troubles:?}");
}

#[test]
fn a_second_run_writes_nothing() {
    let scratch = Scratch::new("prepare-twice");
    let places = places(&scratch);
    let written = || {
        let path = places.run.join("server.toml");
        // A file that is written anew is another one.
        fs::metadata(path).unwrap().ino()
    };
    prepare(&places).unwrap();
    let first = written();
    prepare(&places).unwrap();
    assert_eq!(written(), first);
}
