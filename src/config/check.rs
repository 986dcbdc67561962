//! From what was written to what is true: a [`Config`] exists only if all of it makes sense.

use std::{
    collections::BTreeMap,
    net::{Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use super::{ConfigError, Origin, Problem, Server, Settings, Webhook};
use crate::{
    limits::{self, Limits},
    room::RoomName,
};

/// The longest event name, in characters: it stands on a phone's screen.
const EVENT_NAME_CHARS: usize = 60;
/// The longest name of a host (RFC 1035, 2.3.4).
const HOST_BYTES: usize = 253;
/// What a message carries besides its text (event name, ids, names), in bytes.
const MESSAGE_FRAME_BYTES: usize = 1024;
/// First parts of paths that are the server's own.
const TAKEN_PATHS: &[&str] = &[
    "ws",
    "rooms",
    "r",
    "page",
    "portal",
    "status",
    "wall",
    "join",
    "orders",
    "organizer",
    "updates",
];

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// All interfaces, IPv6 and IPv4.
    All(u16),
    /// One address.
    At(SocketAddr),
}

impl Listen {
    /// The address; that of all interfaces is the unspecified one.
    pub fn address(self) -> SocketAddr {
        match self {
            Self::All(port) => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port),
            Self::At(address) => address,
        }
    }
}

/// Pages of which other web origins may use the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// None but the server's own.
    None,
    /// Any.
    Any,
    /// These, each as browsers send it: `scheme://host[:port]`.
    List(Vec<String>),
}

/// The Wi-Fi that phones join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wifi {
    /// As phones list it.
    pub name: String,
    /// `None` if it is open.
    pub password: Option<String>,
}

/// A configuration that has been checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// A directory of the server's own; `None` when nothing is to be kept.
    pub data: Option<PathBuf>,
    /// The event's name, for people.
    pub event_name: String,
    /// Where Socket.IO clients connect: begins with a slash, ends without.
    pub socketio_path: String,
    /// The server's own `HOST` or `HOST:PORT`, in small letters, where any other name is sent.
    pub host: Option<String>,
    /// Phones that join the network are shown the page; needs `host`.
    pub portal: bool,
    /// What is wrong with the box's settings, for people.
    pub problems: Vec<String>,
    /// Where the services of the box are met; `None` on a computer that is no box.
    pub box_dir: Option<PathBuf>,
    /// Whose pages may connect.
    pub cors_origins: CorsOrigins,
    /// Where somebody goes who names no room; one of `rooms`.
    pub default_room: RoomName,
    /// Rooms that exist from the start, each once.
    pub rooms: Vec<RoomName>,
    /// The Wi-Fi that the wall shows.
    pub wifi: Option<Wifi>,
    /// Every bound.
    pub limits: Limits,
    /// Who is told what is said, by HTTP.
    pub webhooks: Vec<Webhook>,
}

impl Default for Config {
    fn default() -> Self {
        Self::check(Settings::default(), &BTreeMap::new()).expect("the defaults are valid")
    }
}

impl Config {
    pub(super) fn check(settings: Settings, origins: &BTreeMap<String, Origin>) -> Result<Self, ConfigError> {
        let Settings {
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
        let event_name = findings.keep("server.name", event_name(&server.name));
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
        match (
            listen,
            event_name,
            socketio_path,
            host,
            cors_origins,
            default_room,
            rooms,
            wifi_name,
            password,
        ) {
            (
                Some(listen),
                Some(event_name),
                Some(socketio_path),
                Some(host),
                Some(cors_origins),
                Some(default_room),
                Some(rooms),
                Some(wifi_name),
                Some(password),
            ) if findings.problems.is_empty() => Ok(Self {
                listen,
                data: (!server.ephemeral && !server.data.as_os_str().is_empty()).then_some(server.data),
                event_name,
                socketio_path,
                host,
                portal: server.portal,
                problems: server.problems,
                box_dir: (!server.box_dir.as_os_str().is_empty()).then_some(server.box_dir),
                cors_origins,
                default_room,
                rooms,
                wifi: wifi_name.map(|name| Wifi { name, password }),
                limits,
                webhooks,
            }),
            _ => Err(ConfigError(findings.problems)),
        }
    }
}

/// What is wrong so far.
pub(super) struct Findings<'a> {
    pub(super) origins: &'a BTreeMap<String, Origin>,
    problems: Vec<Problem>,
}

impl Findings<'_> {
    pub(super) fn keep<T>(&mut self, key: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.add(key, format!("{key}: {what}"))).ok()
    }

    pub(super) fn add(&mut self, key: &str, what: String) {
        let origin = self.origins.get(key).unwrap_or(&Origin::Default);
        self.problems.push(Problem::new(origin, what));
    }

    /// Bounds that hold between two keys: told at the one that was set.
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
    }
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

/// A name that fits on the phones' screens.
///
/// # Errors
/// What is wrong, for people.
pub fn event_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=EVENT_NAME_CHARS).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    let wrong = || {
        format!("{text:?}: expected 1 to {EVENT_NAME_CHARS} characters on one line (it stands on the phones' screens)")
    };
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}

/// What access points take (IEEE 802.11, 9.4.2.2).
fn wifi_name(name: String) -> Result<Option<String>, String> {
    match name.len() {
        0 => Ok(None),
        1..=32 if !name.chars().any(char::is_control) => Ok(Some(name)),
        _ => Err(format!("{name:?}: expected at most 32 bytes on one line")),
    }
}

/// A passphrase of WPA2 and WPA3.
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

fn cors_origins(list: &[String]) -> Result<CorsOrigins, String> {
    if list.iter().any(|origin| origin == "*") {
        return Ok(CorsOrigins::Any);
    }
    for origin in list {
        let host = origin.split_once("://").map(|(_, host)| host);
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '@' | ',' | '*');
        if !host.is_some_and(|host| !host.is_empty() && host.chars().all(plain)) {
            return Err(format!(
                "{origin:?}: expected an origin as in https://example.org, without a path, or \"*\" for all"
            ));
        }
    }
    if list.is_empty() {
        return Ok(CorsOrigins::None);
    }
    Ok(CorsOrigins::List(
        list.iter().map(|origin| origin.to_ascii_lowercase()).collect(),
    ))
}

pub(super) fn room_name(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).map_err(|error| format!("{text:?} {error}"))
}

/// The rooms of the list, and the default one.
fn rooms(server: &Server) -> Result<Vec<RoomName>, String> {
    let mut rooms = Vec::new();
    for text in server.rooms.iter().chain([&server.default_room]) {
        let room = room_name(text)?;
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    }
    // Half of the places are left for the rooms that people make.
    let most = limits::ROOMS / 2;
    if rooms.len() > most {
        return Err(format!("{} rooms: expected at most {most}", rooms.len()));
    }
    Ok(rooms)
}
