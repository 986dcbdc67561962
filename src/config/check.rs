//! Checks settings. A [`Config`] exists only if all settings are valid, each alone and together.

use std::{
    collections::BTreeMap,
    net::{Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use super::{
    error::{ConfigError, Origin},
    findings::{Findings, room_name, room_names},
    page_origin::{CorsOrigins, cors_origins},
    settings::{ConfigFile, Server},
    webhooks::Webhook,
};
use crate::{
    certificate::Files,
    limits::{self, Limits},
    room::RoomName,
    time_zone::TimeZone,
};

/// Maximum length of the event's name in characters, so that it fits on a phone's screen.
const EVENT_NAME_CHARS: usize = 60;
/// Maximum length of a host name in bytes (RFC 1035, 2.3.4).
const HOST_BYTES: usize = 253;
/// Size of a message without its text in bytes: event name, ids, names.
const MESSAGE_FRAME_BYTES: usize = 1024;
/// First path segments that the server itself uses, so that Socket.IO can't.
const TAKEN_PATHS: &[&str] = &[
    "ws",
    "rooms",
    "r",
    "page",
    "portal",
    "status",
    "wall",
    "join",
    "admin",
    "organizer",
    "updates",
    "backups",
];

/// The address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// All interfaces, IPv6 and IPv4, on this port.
    All(u16),
    /// A single address with its port.
    At(SocketAddr),
}

impl Listen {
    /// The port to listen on.
    pub fn port(self) -> u16 {
        self.address().port()
    }

    /// The address to bind; for [`Self::All`] the unspecified address.
    pub fn address(self) -> SocketAddr {
        match self {
            Self::All(port) => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port),
            Self::At(address) => address,
        }
    }
}

/// HTTPS beside HTTP: the address to listen on, and the certificate's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Address to listen on.
    pub listen: Listen,
    /// The certificate and its key, which are read at the start.
    pub files: Files,
}

/// The Wi-Fi whose name and password the wall screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wifi {
    /// The network's name (SSID).
    pub name: String,
    /// Password of the network; `None` for an open network.
    pub password: Option<String>,
}

/// A valid configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Address to listen on.
    pub listen: Listen,
    /// HTTPS by a certificate of the organizer's own.
    pub tls: Option<Tls>,
    /// The data directory; `None` keeps all data in memory.
    pub data: Option<PathBuf>,
    /// The event's name, as pages show it.
    pub event_name: String,
    /// Time zone of exports.
    pub time_zone: TimeZone,
    /// Path of Socket.IO; starts with a slash, ends without one.
    pub socketio_path: String,
    /// The server's own `HOST` or `HOST:PORT` in lower case. Requests for other host names are redirected to it.
    pub host: Option<String>,
    /// Whether phones that join the network are shown the page (captive portal); requires `host`.
    pub portal: bool,
    /// Mistakes in a box's settings, one sentence each.
    pub problems: Vec<String>,
    /// Directory with the sockets of the box's services; `None` on other computers.
    pub box_dir: Option<PathBuf>,
    /// Web origins, besides the server's own, that may connect.
    pub cors_origins: CorsOrigins,
    /// The room of clients that name none; always one of `rooms`.
    pub default_room: RoomName,
    /// Rooms that are open from the start, without duplicates.
    pub rooms: Vec<RoomName>,
    /// The Wi-Fi that the wall screen shows, if configured.
    pub wifi: Option<Wifi>,
    /// The configurable limits.
    pub limits: Limits,
    /// Receivers of outgoing webhooks.
    pub webhooks: Vec<Webhook>,
    /// Path of the configuration file, which backups include; set by the command line.
    pub settings_file: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self::check(ConfigFile::default(), &BTreeMap::new()).expect("the defaults are valid")
    }
}

impl Config {
    pub(super) fn check(settings: ConfigFile, origins: &BTreeMap<String, Origin>) -> Result<Self, ConfigError> {
        let ConfigFile {
            server,
            wifi,
            limits,
            webhooks,
        } = settings;
        let mut findings = Findings {
            origins,
            problems: Vec::new(),
        };
        let listen = findings.keep("server.listen", listen(&server.listen));
        let tls = findings.tls(&server);
        let event_name = findings.keep("server.name", event_name(&server.name));
        let time_zone = findings.keep("server.time_zone", time_zone(&server.time_zone));
        let socketio_path = findings.keep("server.socketio_path", socketio_path(&server.socketio_path));
        let host = findings.keep("server.host", host(&server.host));
        if server.portal && server.host.is_empty() {
            findings.add(
                "server.portal",
                "server.portal needs server.host, where phones are sent".to_owned(),
            );
        }
        let cors_origins = findings.keep("server.cors_origins", cors_origins(&server.cors_origins));
        let default_room = findings.keep("server.default_room", room_name(&server.default_room));
        let rooms = findings.keep("server.rooms", rooms(&server));
        let wifi_name = findings.keep("wifi.name", wifi_name(wifi.name));
        let password = findings.keep("wifi.password", wifi_password(wifi.password));
        findings.relations(&limits);
        let webhooks = findings.webhooks(&webhooks);
        let config = || {
            let password = password?;
            Some(Self {
                listen: listen?,
                tls: tls?,
                data: (!server.ephemeral && !server.data.as_os_str().is_empty()).then_some(server.data),
                event_name: event_name?,
                time_zone: time_zone?,
                socketio_path: socketio_path?,
                host: host?,
                portal: server.portal,
                problems: server.problems,
                box_dir: (!server.box_dir.as_os_str().is_empty()).then_some(server.box_dir),
                cors_origins: cors_origins?,
                default_room: default_room?,
                rooms: rooms?,
                wifi: wifi_name?.map(|name| Wifi { name, password }),
                limits,
                webhooks,
                settings_file: None,
            })
        };
        match config() {
            Some(config) if findings.problems.is_empty() => Ok(config),
            _ => Err(ConfigError(findings.problems)),
        }
    }
}

impl Findings<'_> {
    /// Checks the settings of HTTPS, of which all or none must be set. `Some(None)` is no HTTPS; `None` means that a problem was reported.
    fn tls(&mut self, server: &Server) -> Option<Option<Tls>> {
        let listen = self.keep("server.tls_listen", listen(&server.tls_listen))?;
        let (certificate, key) = (&server.tls_certificate, &server.tls_key);
        let missing = match (certificate.as_os_str().is_empty(), key.as_os_str().is_empty()) {
            (true, true) => return Some(None),
            (false, false) => {
                let files = Files {
                    certificate: certificate.clone(),
                    key: key.clone(),
                };
                return Some(Some(Tls { listen, files }));
            }
            (true, false) => ("server.tls_key", "server.tls_certificate"),
            (false, true) => ("server.tls_certificate", "server.tls_key"),
        };
        let (set, missing) = missing;
        self.add(set, format!("{set} needs {missing}: HTTPS takes both files"));
        None
    }

    /// Checks conditions between two settings. A problem is reported at the line (or flag) of the key that was set.
    fn relations(&mut self, limits: &Limits) {
        let connections = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        #[rustfmt::skip]
        let rules = [
            (limits.text_bytes + MESSAGE_FRAME_BYTES <= limits.message_bytes, "text_bytes", "message_bytes",
             "a text must fit into one message, with 1024 bytes for what goes with it"),
            (limits.message_bytes <= limits.payload_bytes, "message_bytes", "payload_bytes",
             "a message must fit into one polling request"),
            (limits.message_bytes <= limits.ring_bytes, "message_bytes", "ring_bytes",
             "a message must fit into its room's log"),
            (limits.per_address.is_none_or(|cap| cap <= connections), "per_address", "connections",
             "one address can't have more connections than there are"),
        ];
        for (_, less, more, why) in rules.into_iter().filter(|rule| !rule.0) {
            let (less, more) = (format!("limits.{less}"), format!("limits.{more}"));
            let key = if self.origins.contains_key(&less) { &less } else { &more };
            self.add(key, format!("{less} is too large for {more}: {why}"));
        }
        if (1..limits::MEMORY_LEAST_MIB).contains(&limits.memory_mib) {
            let least = limits::MEMORY_LEAST_MIB;
            self.add(
                "limits.memory_mib",
                format!("limits.memory_mib: expected {least} or more, or 0 for what the machine allows"),
            );
        }
    }
}

fn time_zone(text: &str) -> Result<TimeZone, String> {
    let wrong = || {
        format!(
            "{text:?}: no such time zone; did you mean {:?}?",
            TimeZone::nearest(text)
        )
    };
    TimeZone::named(text).ok_or_else(wrong)
}

fn listen(text: &str) -> Result<Listen, String> {
    let port = text.strip_prefix(':').or(text.strip_prefix("*:")).unwrap_or(text);
    if let Ok(port) = port.parse() {
        return Ok(Listen::All(port));
    }
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    match named.as_deref().unwrap_or(text).parse() {
        Ok(SocketAddr::V6(addr)) if *addr.ip() == Ipv6Addr::UNSPECIFIED => Ok(Listen::All(addr.port())),
        Ok(addr) => Ok(Listen::At(addr)),
        Err(_) => Err(format!(
            "{text:?}: expected an address with a port as in 192.168.1.5:8080 or [::1]:8080, or a port alone for all interfaces"
        )),
    }
}

/// Checks an event's name: one line of at most `EVENT_NAME_CHARS` characters.
///
/// # Errors
/// The text is empty, too long, or has control characters.
pub fn event_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=EVENT_NAME_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let wrong = || {
        format!("{text:?}: expected 1 to {EVENT_NAME_CHARS} characters on one line (it stands on the phones' screens)")
    };
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}

/// Checks the name of a Wi-Fi network (IEEE 802.11, 9.4.2.2); an empty text gives `None`.
fn wifi_name(name: String) -> Result<Option<String>, String> {
    match name.len() {
        0 => Ok(None),
        1..=32 if !name.chars().any(char::is_control) => Ok(Some(name)),
        _ => Err(format!("{name:?}: expected at most 32 bytes on one line")),
    }
}

/// Checks a WPA2 or WPA3 passphrase; an empty text gives `None`.
fn wifi_password(password: String) -> Result<Option<String>, String> {
    match password.len() {
        0 => Ok(None),
        8..=63 if !password.chars().any(char::is_control) => Ok(Some(password)),
        _ => Err("expected 8 to 63 characters, or none".to_owned()),
    }
}

fn socketio_path(text: &str) -> Result<String, String> {
    let path = text.strip_suffix('/').unwrap_or(text);
    let parts = || path.split('/').skip(1);
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !path.starts_with('/') || !parts().all(plain) {
        return Err(format!(
            "{text:?}: expected a path as in /socket.io, of letters, digits, dots, - and _"
        ));
    }
    match parts().next().filter(|first| TAKEN_PATHS.contains(first)) {
        Some(first) => Err(format!("{text:?}: the paths below /{first} are taken")),
        None => Ok(path.to_owned()),
    }
}

fn host(text: &str) -> Result<Option<String>, String> {
    let (name, port) = text.split_once(':').unwrap_or((text, "80"));
    let part = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    let fits = name.len() <= HOST_BYTES && name.split('.').all(part) && port.parse::<u16>().is_ok();
    match (text.is_empty(), fits) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(text.to_ascii_lowercase())),
        (false, false) => Err(format!(
            "{text:?}: expected a name as in chatterbox.lan, or one with a port"
        )),
    }
}

/// Checks the list of rooms and adds the default room.
fn rooms(server: &Server) -> Result<Vec<RoomName>, String> {
    let rooms = room_names(server.rooms.iter().chain([&server.default_room]))?;
    // Half of the hub's rooms are left for those that users create.
    let most = limits::ROOMS / 2;
    if rooms.len() > most {
        return Err(format!("{} rooms: expected at most {most}", rooms.len()));
    }
    Ok(rooms)
}
