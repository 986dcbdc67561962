//! Every QR code of the box, decoded as a phone's camera does, and compared with the settings of hostapd.

use std::{fs, path::Path};

use chatterbox::{
    appliance::{
        prepare::{Places, prepare},
        printed,
    },
    config::{self, Keys, Sources},
};

use crate::server::Server;

/// Pixels for each module of a QR code.
const SCALE: usize = 4;

/// The texts of all QR codes in a page, in order.
fn read(page: &str) -> Vec<String> {
    let drawings = page.split("<svg ").skip(1);
    drawings.map(|svg| scan(svg.split("</svg>").next().unwrap())).collect()
}

/// Decodes one drawing: a module is dark if its path has `M<x> <y>h1v1h-1z`.
fn scan(svg: &str) -> String {
    let side = svg.split("viewBox=\"0 0 ").nth(1).unwrap();
    let side: usize = side.split(' ').next().unwrap().parse().unwrap();
    let mut dark = vec![false; side * side];
    for module in svg.split('M').filter_map(|part| part.strip_suffix("h1v1h-1z")) {
        let (x, y) = module.split_once(' ').unwrap();
        dark[y.parse::<usize>().unwrap() * side + x.parse::<usize>().unwrap()] = true;
    }
    // The last one ends with the path.
    let last = svg.rsplit('M').next().unwrap().split("h1v1h-1z").next().unwrap();
    let (x, y) = last.split_once(' ').unwrap();
    dark[y.parse::<usize>().unwrap() * side + x.parse::<usize>().unwrap()] = true;
    let pixel = |x: usize, y: usize| if dark[y / SCALE * side + x / SCALE] { 0 } else { 255 };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * SCALE, side * SCALE, pixel);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code in a drawing");
    grids[0].decode().expect("a camera reads it").1
}

/// Parses `WIFI:…;;` as phones do (ZXing's format): name, kind, password.
fn wifi(code: &str) -> (String, String, Option<String>) {
    let mut fields = vec![String::new()];
    let mut letters = code.strip_prefix("WIFI:").expect("a Wi-Fi").chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => fields.last_mut().unwrap().extend(letters.next()),
            ';' => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    let field = |name: &str| {
        fields
            .iter()
            .find_map(|field| field.strip_prefix(name))
            .map(str::to_owned)
    };
    (field("S:").unwrap(), field("T:").unwrap(), field("P:"))
}

/// The network of a hostapd configuration: name, and password if it has one.
fn on_air(hostapd: &str) -> (String, Option<String>) {
    let value = |key: &str| {
        hostapd
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    };
    let hex = value("ssid2").unwrap();
    let bytes: Vec<_> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let password = value("wpa_passphrase").map(str::to_owned);
    assert_eq!(value("wpa").is_some(), password.is_some());
    (String::from_utf8(bytes).unwrap(), password)
}

fn get(server: &Server, host: &str, path: &str) -> String {
    server.ask(&format!("GET {path} HTTP/1.1\nhost: {host}\nconnection: close\n\n"))
}

fn boxed(dir: &Path, file: &str) -> Places {
    for part in ["boot", "run", "state", "sys/class/net/wlan0/wireless"] {
        fs::create_dir_all(dir.join(part)).unwrap();
    }
    fs::write(dir.join("boot/chatterbox.toml"), file).unwrap();
    let place = |name: &str| dir.join(name);
    Places {
        boot: place("boot"),
        run: place("run"),
        state: place("state"),
        sys: place("sys"),
    }
}

#[test]
fn every_wifi_code_joins_the_configured_network() {
    let shipped = include_str!("../../src/appliance/chatterbox.toml");
    let mut files = vec![shipped.to_owned()];
    for security in [
        "",
        "security = \"wpa2\"\n",
        "security = \"wpa3\"\n",
        "security = \"mixed\"\n",
        "security = \"owe\"\n",
        "security = \"open\"\n",
    ] {
        for password in ["", "password = 'p\\:a;\"s,s wörd'\n", "password = 'p\\:a;\"s,s w'\n"] {
            for name in [
                "",
                "network_name = 'Fête; \"Zum: Hirsch\"'\n",
                "network_name = \"deadbeef\"\n",
            ] {
                files.push(format!("{security}{password}{name}"));
            }
        }
    }
    for (number, file) in files.iter().enumerate() {
        let dir = std::env::temp_dir().join(format!("chatterbox-it-codes-{}-{number}", std::process::id()));
        let places = boxed(&dir, file);
        prepare(&places).unwrap();
        let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
        let (name, password) = on_air(&text("run/hostapd.conf"));
        let kind = if password.is_some() { "WPA" } else { "nopass" };
        let expected = (name.clone(), kind.to_owned(), password.clone());

        let card = read(&text("boot/card.html"));
        assert_eq!(
            (wifi(&card[0]), card[1].as_str()),
            (expected.clone(), "http://chatterbox.lan/"),
            "{file}"
        );

        let config = config::load(&Sources {
            file: Some(places.run.join("server.toml")),
            ..Sources::default()
        });
        let config = config.unwrap();
        let server = Server::start(|served| {
            served.wifi = config.wifi.clone();
            served.host = config.host.clone();
        });
        let wall = read(&get(&server, "chatterbox.lan", "/join/wifi.svg"));
        assert_eq!(wifi(&wall[0]), expected, "{file}");
        let shown = crate::body(&get(&server, "chatterbox.lan", "/join"));
        assert_eq!(
            (shown["wifi"]["name"].as_str(), shown["wifi"]["password"].as_str()),
            (Some(name.as_str()), password.as_deref()),
            "{file}"
        );
        fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn codes_of_rooms_people_and_seats_have_their_addresses() {
    let server = Server::start(|config| config.host = Some("box.lan".into()));
    let open = read(&get(&server, "box.lan", "/join/open.svg?room=caf%C3%A9&code=ABC234"));
    assert_eq!(open, ["http://box.lan/r/caf%C3%A9#code=ABC234"]);

    let keys = Keys {
        identity: [1; 32],
        organizer: [0xab; 16],
    };
    let card = read(&printed::organizer_card("Ball", "http://box.lan/", &keys));
    assert_eq!(
        card,
        [
            "http://box.lan/".to_owned(),
            format!("http://box.lan/organizer#{}", "ab".repeat(16))
        ]
    );
    let seats = printed::seats("Ball", "http://box.lan/", &keys, 3);
    for code in read(&seats) {
        let seat = code.strip_prefix("http://box.lan/#seat=").expect("a seat");
        assert!(seats.contains(&format!("<b>{seat}</b>")), "{code}");
    }
}
