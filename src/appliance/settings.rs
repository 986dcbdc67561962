//! What an organizer may set, checked: whatever is wrong is told and leaves its default.

use toml::Value;

use super::{
    countries,
    subnet::Subnet,
    written::{self, Trouble, Written},
};
use crate::{config, limits, room::RoomName};

/// Bytes of a network's name (IEEE 802.11, 9.4.2.2).
const NETWORK_NAME_BYTES: usize = 32;
/// Characters of a passphrase (IEEE 802.11, J.4.1). One of 64 hexadecimal digits would be a key, which nobody types.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=63;
/// Characters of the box's own name: it stands on a printed card.
const BOX_NAME_CHARS: usize = 32;
/// The languages of the card.
pub const LANGUAGES: &[&str] = &["en", "de", "fr", "es"];

/// How phones get into the Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// With a password, any phone of the last fifteen years.
    Wpa2,
    /// With a password that can't be guessed from what is heard; newer phones and radios.
    Wpa3,
    /// Without a password: everybody can read along.
    Open,
}

/// What hangs on the Ethernet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ethernet {
    /// A network that gives the box an address, or nothing.
    Network,
    /// An access point without a router: the box gives its phones addresses.
    AccessPoint,
}

/// Everything that `chatterbox.toml` may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For people.
    pub event_name: String,
    /// The first is where somebody goes who names none. At least one.
    pub rooms: Vec<RoomName>,
    /// Of the card: one of [`LANGUAGES`].
    pub language: &'static str,
    /// The host name: letters, digits and hyphens.
    pub box_name: String,
    /// Whether the box's radio makes a network.
    pub wifi: bool,
    /// The Wi-Fi's name, up to 32 bytes.
    pub network_name: String,
    /// 8 to 63 printable characters of ASCII; `None` lets the box choose one.
    pub password: Option<String>,
    /// How phones get in.
    pub security: Security,
    /// Two capitals.
    pub country: Option<String>,
    /// One that the country allows.
    pub channel: u8,
    /// Phones can't reach each other.
    pub isolation: bool,
    /// The phones' network.
    pub subnet: Subnet,
    /// What hangs on the socket.
    pub ethernet: Ethernet,
    /// Phones are shown the page when they join.
    pub portal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            event_name: "Chatterbox".to_owned(),
            rooms: vec![RoomName::new("main").expect("a valid name")],
            language: "en",
            box_name: "chatterbox".to_owned(),
            wifi: true,
            network_name: "Chatterbox".to_owned(),
            password: None,
            security: Security::Wpa2,
            country: None,
            channel: 6,
            isolation: true,
            subnet: Subnet::default(),
            ethernet: Ethernet::Network,
            portal: true,
        }
    }
}

impl Settings {
    /// Reads a file; what is wrong in it has its default, and stands in the list by line.
    pub fn read(bytes: &[u8]) -> (Self, Vec<Trouble>) {
        let mut troubles = Vec::new();
        let bytes = if bytes.len() > limits::BOX_FILE_BYTES {
            troubles.push(Trouble::new(0, "chatterbox.toml is too long to be read"));
            &[]
        } else {
            bytes
        };
        let text = written::decode(bytes, &mut troubles);
        let mut all = written::statements(&text, &mut troubles);
        // The channel is checked against the country, wherever that stands.
        all.sort_by_key(|one| one.key == "channel");
        let mut settings = Self::default();
        for one in &all {
            if let Err(what) = settings.put(one) {
                troubles.push(Trouble::new(one.line, what));
            }
        }
        troubles.sort_by_key(|trouble| trouble.line);
        (settings, troubles)
    }

    fn put(&mut self, Written { key, value, .. }: &Written) -> Result<(), String> {
        let named = |what: String| format!("{key}: {what}");
        match key.as_str() {
            "event_name" => {
                self.event_name = text(key, value).and_then(|name| config::event_name(name).map_err(named))?
            }
            "rooms" => self.rooms = rooms(value).map_err(named)?,
            "language" => {
                let known: Vec<_> = LANGUAGES.iter().map(|code| (*code, *code)).collect();
                self.language = choice(key, value, &known)?;
            }
            "box_name" => self.box_name = box_name(text(key, value)?).map_err(named)?,
            "wifi" => self.wifi = switch(key, value)?,
            "network_name" => self.network_name = network_name(text(key, value)?).map_err(named)?,
            "password" => self.password = Some(password(text(key, value)?).map_err(named)?),
            "security" => {
                let known = [
                    ("wpa2", Security::Wpa2),
                    ("wpa3", Security::Wpa3),
                    ("open", Security::Open),
                ];
                self.security = choice(key, value, &known)?;
            }
            "country" => self.country = Some(country(text(key, value)?).map_err(named)?),
            "channel" => {
                let number = match value {
                    Value::String(text) => text.trim().parse().unwrap_or(0),
                    value => value.as_integer().unwrap_or(0),
                };
                self.channel = countries::channel(number, self.country.as_deref()).map_err(named)?;
            }
            "isolation" => self.isolation = switch(key, value)?,
            "subnet" => self.subnet = Subnet::parse(text(key, value)?).map_err(named)?,
            "ethernet" => {
                let known = [("network", Ethernet::Network), ("access-point", Ethernet::AccessPoint)];
                self.ethernet = choice(key, value, &known)?;
            }
            "portal" => self.portal = switch(key, value)?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }
}

/// All keys, for whoever mistypes one.
const KEYS: &[&str] = &[
    "event_name",
    "rooms",
    "language",
    "box_name",
    "wifi",
    "network_name",
    "password",
    "security",
    "country",
    "channel",
    "isolation",
    "subnet",
    "ethernet",
    "portal",
];

fn unknown(key: &str) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
    let nearest = KEYS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let shown: String = key.chars().take(limits::ROOM_NAME_CHARS).collect();
    match nearest.filter(|nearest| likeness(nearest) > 0.4) {
        Some(nearest) => format!("there is no setting {shown}; did you mean {nearest}?"),
        None => format!("there is no setting {shown}; there are {}", KEYS.join(", ")),
    }
}

fn text<'a>(key: &str, value: &'a Value) -> Result<&'a str, String> {
    let text = value.as_str().map(str::trim);
    text.ok_or_else(|| format!("{key}: the value must stand in quotes: {key} = \"{value}\""))
}

fn choice<T: Copy>(key: &str, value: &Value, known: &[(&str, T)]) -> Result<T, String> {
    let written = text(key, value)?.to_ascii_lowercase();
    let found = known.iter().find(|(name, _)| *name == written);
    let names: Vec<_> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    found
        .map(|(_, choice)| *choice)
        .ok_or_else(|| format!("{key}: {value} is none of {}", names.join(", ")))
}

fn switch(key: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Boolean(on) => Ok(*on),
        Value::String(text) if ["on", "yes", "true"].contains(&&*text.to_ascii_lowercase()) => Ok(true),
        Value::String(text) if ["off", "no", "false"].contains(&&*text.to_ascii_lowercase()) => Ok(false),
        value => Err(format!("{key}: {value} is neither \"on\" nor \"off\"")),
    }
}

fn rooms(value: &Value) -> Result<Vec<RoomName>, String> {
    let list = match value {
        Value::String(one) => vec![one.as_str()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if list.is_empty() || value.as_array().is_some_and(|all| all.len() != list.len()) {
        return Err("write rooms = [\"main\", \"dance floor\"]".to_owned());
    }
    if list.len() > limits::BOX_ROOMS {
        return Err(format!("there can be {} rooms from the start", limits::BOX_ROOMS));
    }
    let mut rooms: Vec<RoomName> = Vec::new();
    for name in list {
        let room = RoomName::new(name).map_err(|why| format!("{name:?} {why}"))?;
        if rooms.contains(&room) {
            return Err(format!("{name:?} stands there twice"));
        }
        rooms.push(room);
    }
    Ok(rooms)
}

fn box_name(text: &str) -> Result<String, String> {
    let fits = (1..=BOX_NAME_CHARS).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    let wrong = || format!("up to {BOX_NAME_CHARS} letters, digits and hyphens, as in \"chatterbox-2\"");
    fits.then(|| text.to_ascii_lowercase()).ok_or_else(wrong)
}

fn network_name(text: &str) -> Result<String, String> {
    let length = text.len();
    if !(1..=NETWORK_NAME_BYTES).contains(&length) {
        return Err(format!(
            "it has {length} bytes, and a Wi-Fi's name has 1 to {NETWORK_NAME_BYTES} (letters with marks count twice, emoji four times)"
        ));
    }
    let fits = !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or_else(|| "it must be one line of letters".to_owned())
}

fn password(text: &str) -> Result<String, String> {
    if !text.bytes().all(|c| matches!(c, b' '..=b'~')) {
        return Err("only letters without marks, digits, spaces and signs as on an English keyboard".to_owned());
    }
    let length = text.len();
    let wrong = || {
        let (least, most) = PASSWORD_CHARS.into_inner();
        format!("it has {length} characters, and a Wi-Fi's password has {least} to {most}")
    };
    PASSWORD_CHARS
        .contains(&length)
        .then(|| text.to_owned())
        .ok_or_else(wrong)
}

fn country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let wrong = || "two letters as in \"DE\", \"US\" or \"GB\" (ISO 3166)".to_owned();
    countries::known(&code).then_some(code).ok_or_else(wrong)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
