//! Configurations as users write them, and the messages about their mistakes.

use std::{fs, net::SocketAddr, path::PathBuf};

use toml::Value;

use super::*;
use crate::limits::Limits;

/// A file for one test, removed on drop.
struct Toml(PathBuf);

impl Toml {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("chatterbox-{name}-{}.toml", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Toml {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn flag(key: &str, value: &str) -> Setting {
    Setting {
        key: key.to_owned(),
        value: Value::String(value.to_owned()),
        origin: Origin::Flag(format!("--set {key}={value}")),
    }
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The configuration of a file, or its mistakes without the file's name.
pub(super) fn read(name: &str, text: &str) -> Result<Config, String> {
    let file = Toml::new(name, text);
    let sources = Sources {
        file: Some(file.0.clone()),
        ..Sources::default()
    };
    load(&sources).map_err(|error| error.to_string().replace(&file.0.display().to_string(), "FILE"))
}

pub(super) fn wrong(name: &str, text: &str) -> String {
    read(name, text).expect_err("is wrong")
}

fn wrong_flag(key: &str, value: &str) -> String {
    let sources = Sources {
        flags: vec![flag(key, value)],
        ..Sources::default()
    };
    load(&sources).expect_err("is wrong").to_string()
}

#[test]
fn later_sources_override_earlier_ones() {
    let file = Toml::new(
        "order",
        "[limits]\nmessage_rate = 1\nreact_rate = 1\nrequest_rate = 1.5\n",
    );
    let sources = Sources {
        file: Some(file.0.clone()),
        env: env(&[
            ("CHATTERBOX_LIMITS_REACT_RATE", "2"),
            ("CHATTERBOX_LIMITS_MESSAGE_RATE", "2"),
            ("CHATTERBOX_CONFIG", "read elsewhere"),
            ("HOME", "/root"),
        ]),
        flags: vec![flag("limits.message_rate", "3"), flag("limits.message_rate", "4")],
    };
    let limits = load(&sources).unwrap().limits;
    assert_eq!(
        (limits.message_rate, limits.react_rate, limits.request_rate),
        (4.0, 2.0, 1.5)
    );
    assert_eq!(limits.message_burst, Limits::default().message_burst);
}

#[test]
fn switches_are_words_too() {
    let sources = Sources {
        flags: vec![
            flag("limits.rate", "off"),
            flag("limits.per_address", "off"),
            flag("server.ephemeral", "on"),
            flag("server.rooms", "hall, 大厅"),
        ],
        env: env(&[("STATE_DIRECTORY", "/var/lib/chatterbox:/else")]),
        file: None,
    };
    let config = load(&sources).unwrap();
    assert!(!config.limits.rate);
    assert_eq!(config.limits.per_address, None);
    assert_eq!(config.data, None, "ephemeral goes over a directory");
    let names: Vec<_> = config.rooms.iter().map(|room| room.as_str()).collect();
    assert_eq!(names, ["hall", "大厅", "main"], "the default room is one of the rooms");
}

#[test]
fn the_data_directory_may_come_from_systemd() {
    let sources = Sources {
        env: env(&[("STATE_DIRECTORY", "/var/lib/chatterbox:/else")]),
        ..Sources::default()
    };
    assert_eq!(load(&sources).unwrap().data, Some("/var/lib/chatterbox".into()));
    assert_eq!(load(&Sources::default()).unwrap().data, None);
}

#[test]
fn addresses_come_in_the_usual_ways() {
    let listen = |text: &str| {
        let flags = vec![flag("server.listen", text)];
        load(&Sources {
            flags,
            ..Sources::default()
        })
        .map(|config| config.listen)
    };
    let at = |text: &str| Ok(Listen::At(text.parse::<SocketAddr>().unwrap()));
    assert_eq!(listen("9000"), Ok(Listen::All(9000)));
    assert_eq!(listen(":9000"), Ok(Listen::All(9000)));
    assert_eq!(listen("[::]:9000"), Ok(Listen::All(9000)));
    assert_eq!(listen("0.0.0.0:9000"), at("0.0.0.0:9000"));
    assert_eq!(listen("localhost:9000"), at("127.0.0.1:9000"));
    assert_eq!(listen("[::1]:9000"), at("[::1]:9000"));
    assert!(
        listen("here")
            .unwrap_err()
            .to_string()
            .starts_with("--set server.listen=here: server.listen: \"here\": expected an address")
    );
}

#[test]
fn an_unknown_key_is_reported_with_its_place_and_the_nearest_key() {
    assert_eq!(
        wrong("unknown", "[server]\nname = \"Fête\"\n\n[limits]\n  mesage_rate = 3\n"),
        "FILE, line 5, column 3: there is no key limits.mesage_rate; did you mean limits.message_rate?"
    );
    assert_eq!(
        wrong("outside", "name = \"Fête\"\n"),
        "FILE, line 1, column 1: name stands outside of a section; the sections are [server] and [limits]"
    );
    assert_eq!(
        wrong(
            "kind",
            "[limits]\nmessage_burst = \"many\"\nrate = 1\nworkers = -1\nper_address = \"none\""
        ),
        "FILE, line 2, column 1: limits.message_burst = \"many\": expected a whole number, 0 or more\n\
         FILE, line 3, column 1: limits.rate = 1: expected true or false (on and off will do)\n\
         FILE, line 4, column 1: limits.workers = -1: expected a whole number, 0 or more\n\
         FILE, line 5, column 1: limits.per_address = \"none\": expected a whole number, 0 or more"
    );
    assert!(wrong("key", "[limits]\nrate \n").starts_with("FILE, line 2, column "));
    assert!(wrong("syntax", "[limits]\nrate = \n").starts_with("FILE, line 2, column "));
    assert!(
        wrong("twice", "[limits]\nrate = true\nrate = false\n").starts_with("FILE, line 3, column 1: duplicate key")
    );
    let absent = Sources {
        file: Some("/nowhere/chatterbox.toml".into()),
        ..Sources::default()
    };
    assert!(
        load(&absent)
            .unwrap_err()
            .to_string()
            .starts_with("/nowhere/chatterbox.toml: can't be read: No such file")
    );
}

#[test]
fn a_value_without_quotes_is_reported_with_its_key_and_the_right_line() {
    let told = |line: &str| wrong("quotes", &format!("[server]\nlisten = \"8080\"\n{line} # a remark\n"));
    let text = |line: &str, form: &str| {
        let what = format!("server.name: expected a text in quotes; write: name = {form}");
        let told = told(line);
        assert!(
            told.starts_with("FILE, line 3, column ") && told.ends_with(&what),
            "{told}"
        );
    };
    text("name = Summer fête", "\"Summer fête\"");
    text("name = yes", "\"yes\"");
    text("name = “Summer fête”", "\"Summer fête\"");
    text("name=\"Summer fête", "\"Summer fête\"");
    text("name = 5 o'clock", "\"5 o'clock\"");
    let list = "server.rooms: expected a list of texts; write: rooms = [\"main\", \"hall\"]";
    assert!(told("rooms = [main, hall]").ends_with(list));
    assert!(told("fixed_rooms = yes").contains("there is no key server.fixed_rooms; did you mean server.rooms?"));
    let limit = |line: &str| wrong("limit", &format!("[limits]\n{line}\n"));
    let switch = "limits.rate: expected true or false (on and off will do); write: rate = ";
    for (word, right) in [("no", "false"), ("Off", "false"), ("True", "true"), ("yes", "true")] {
        let line = format!("rate = {word}");
        assert!(limit(&line).ends_with(&format!("{switch}{right}")), "{}", limit(&line));
        // The next try of a person who reads only half of it.
        assert!(
            read("word", &format!("[limits]\nrate = \"{word}\"\n")).is_ok(),
            "{word}"
        );
        assert_eq!(
            read("right", &format!("[limits]\nrate = {right}\n"))
                .unwrap()
                .limits
                .rate,
            right == "true"
        );
    }
    assert!(limit("per_address = off").ends_with("write: per_address = \"off\""));
    assert!(read("off", "[limits]\nper_address = \"off\"\n").is_ok());
    let password = wrong("password", "[wifi]\nname = \"Fête\"\npassword = summer night\n");
    assert!(
        password.ends_with("wifi.password: expected a text in quotes; write: password = \"…\""),
        "{password}"
    );
    let hook = wrong("hook", "[[webhooks]]\nurl = http://10.0.0.1/\n");
    assert!(hook.ends_with("write: url = \"http://10.0.0.1/\""), "{hook}");
}

#[test]
fn an_unknown_variable_of_the_environment_is_an_error() {
    let sources = Sources {
        env: env(&[
            ("CHATTERBOX_LIMITS_MESAGE_RATE", "1"),
            ("CHATTERBOX_LIMITS_RATE", "maybe"),
        ]),
        ..Sources::default()
    };
    assert_eq!(
        load(&sources).unwrap_err().to_string(),
        "environment variable CHATTERBOX_LIMITS_MESAGE_RATE: there is no key CHATTERBOX_LIMITS_MESAGE_RATE; \
         did you mean CHATTERBOX_LIMITS_MESSAGE_RATE?\n\
         environment variable CHATTERBOX_LIMITS_RATE: limits.rate = \"maybe\": expected true or false (on and off will do)"
    );
}

#[test]
fn an_error_gives_the_bound_and_its_reason() {
    assert_eq!(
        wrong_flag("limits.per_address", "0"),
        "--set limits.per_address=0: limits.per_address = 0: expected 1 to 1000000 (with 0 no one could connect; off lifts the cap)"
    );
    assert!(wrong_flag("limits.memory_mib", "15").contains("expected 16 or more, or 0"));
    assert!(wrong_flag("limits.message_burst", "off").contains("expected a whole number"));
    assert!(wrong_flag("limits.message_rate", "nan").contains("expected a number"));
    assert_eq!(
        wrong_flag("limits.message_bytes", "8192"),
        "--set limits.message_bytes=8192: limits.text_bytes is too large for limits.message_bytes: \
         a text must fit into one message, with 1024 bytes for what goes with it"
    );
    for taken in ["/ws/x", "/admin"] {
        assert!(wrong_flag("server.socketio_path", taken).contains("taken"));
    }
    assert!(wrong_flag("server.socketio_path", "/").contains("expected a path"));
    assert!(wrong_flag("server.cors_origins", "https://a.org/x").contains("without a path"));
    assert!(wrong_flag("server.default_room", "a/b").contains("not allowed"));
    assert!(wrong_flag("server.name", " ").contains("1 to 60 characters"));
}

#[test]
fn help_lists_every_limit() {
    let help = keys_help();
    assert!(help.contains("  limits.message_rate = 5.0\n"), "{help}");
    assert!(help.contains("  server.socketio_path = \"/socket.io\"\n"), "{help}");
}

#[test]
fn a_host_is_a_name_that_a_portal_needs() {
    let load = |pairs: &[(&str, &str)]| {
        super::load(&Sources {
            flags: pairs.iter().map(|(key, value)| flag(key, value)).collect(),
            ..Sources::default()
        })
    };
    let config = load(&[("server.host", "Box.lan:8080"), ("server.portal", "true")]).unwrap();
    assert_eq!((config.host.as_deref(), config.portal), (Some("box.lan:8080"), true));
    for wrong in [
        "box lan",
        "box.lan/",
        "box..lan",
        "http://box.lan",
        "box.lan:x",
        "[::1]",
    ] {
        assert!(
            load(&[("server.host", wrong)])
                .unwrap_err()
                .to_string()
                .contains("server.host"),
            "{wrong}"
        );
    }
    assert!(
        load(&[("server.portal", "on")])
            .unwrap_err()
            .to_string()
            .contains("needs server.host")
    );
}
