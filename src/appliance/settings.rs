//! Reads and checks the organizer's settings. A mistake is reported, and its setting keeps the default.

use toml::Value;

use super::{
    countries,
    decoded::decode,
    diagnostic::{Diagnostic, short, shown},
    lists::{cors_origins, rooms, webhooks},
    statement::{self, Statement, is_invisible},
    subnet::Subnet,
};
use crate::{config, limits, room::RoomName};

/// Maximum length of a Wi-Fi network's name in bytes (IEEE 802.11, 9.4.2.2).
const NETWORK_NAME_BYTES: usize = 32;
/// Allowed length of a Wi-Fi passphrase in characters (IEEE 802.11, J.4.1). A raw key of 64 hexadecimal digits is not supported.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=63;
/// Maximum length of the box's name in characters, so that it fits on a printed card.
const BOX_NAME_CHARS: usize = 32;
/// Languages in which the card can be printed.
pub const LANGUAGES: &[&str] = &[
    "en", "zh", "es", "de", "fr", "ar", "pt", "it", "nl", "pl", "tr", "ru", "uk", "cs", "sv", "da", "fi", "nb", "el",
    "ro", "hu", "ja", "ko", "hi",
];

/// Encryption of the Wi-Fi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// WPA2 with a password; works with any phone of the last fifteen years.
    Wpa2,
    /// WPA3 with a password, which can't be guessed from recorded traffic; needs newer phones and radios.
    Wpa3,
    /// No password; anyone nearby can read the traffic.
    Open,
}

/// What is connected to the Ethernet socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ethernet {
    /// A network that has a DHCP server, or nothing.
    Network,
    /// An access point without a router, for which the box is the DHCP server.
    AccessPoint,
}

/// HTTPS by the certificate on the boot partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Https {
    /// There is none that can be served.
    Off,
    /// It is served, but phones are led to the plain address: the doctor says why.
    Quiet,
    /// Phones are led to this name.
    Named(String),
}

/// All settings of `chatterbox.toml`, after the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxSettings {
    /// Name of the event, as pages show it.
    pub event_name: String,
    /// Rooms to open at the start, at least one. The first is the default room.
    pub rooms: Vec<RoomName>,
    /// Language of the card: one of [`LANGUAGES`].
    pub language: &'static str,
    /// Host name of the box: letters, digits and hyphens.
    pub box_name: String,
    /// Whether the box's radio is an access point.
    pub wifi: bool,
    /// Name of the Wi-Fi, up to 32 bytes.
    pub network_name: String,
    /// Wi-Fi password of 8 to 63 printable ASCII characters; `None` lets the box generate one.
    pub password: Option<String>,
    /// Encryption of the Wi-Fi.
    pub security: Security,
    /// ISO 3166-1 code of the country in capitals, if set.
    pub country: Option<String>,
    /// Wi-Fi channel, allowed in the country.
    pub channel: u8,
    /// Whether phones are kept from reaching each other.
    pub isolation: bool,
    /// IPv4 network of the phones.
    pub subnet: Subnet,
    /// What is connected to the Ethernet socket.
    pub ethernet: Ethernet,
    /// Whether phones are shown the page when they join (captive portal).
    pub portal: bool,
    /// Other web origins whose pages and apps may use the box.
    pub cors_origins: Vec<String>,
    /// URLs of webhooks for all rooms, each accepted by [`config::webhook_url`].
    pub webhooks: Vec<String>,
    /// Secret that signs webhooks, in the form of [`config::Secret`].
    pub webhook_secret: Option<String>,
    /// HTTPS; no setting, but a file beside them decides.
    pub https: Https,
}

impl Default for BoxSettings {
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
            cors_origins: Vec::new(),
            webhooks: Vec::new(),
            webhook_secret: None,
            https: Https::Off,
        }
    }
}

impl BoxSettings {
    /// Reads a settings file. A setting with a mistake keeps its default; the diagnostics are ordered by line.
    pub fn read(bytes: &[u8]) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let bytes = if bytes.len() > limits::BOX_FILE_BYTES {
            let most = limits::BOX_FILE_BYTES / 1024;
            let what =
                format!("chatterbox.toml is too long to be read: it may have {most} KB, and is usually a page of text");
            diagnostics.push(Diagnostic::new(0, what));
            &[]
        } else {
            bytes
        };
        let text = decode(bytes, &mut diagnostics);
        let mut all = statement::statements(&text, is_public, &mut diagnostics);
        // The channel is checked against the country, so it comes last.
        all.sort_by_key(|one| one.key == "channel");
        let mut settings = Self::default();
        for one in &all {
            let mut report = |what: String| diagnostics.push(Diagnostic::new(one.line, what));
            if let Err(what) = settings.put(one, &mut report) {
                report(what);
            }
        }
        let line = |key: &str| all.iter().find(|one| one.key == key).map_or(0, |one| one.line);
        if settings.security == Security::Open && settings.password.is_some() {
            let what = "password: it is not used, because security is \"open\"; remove one of the two";
            diagnostics.push(Diagnostic::new(line("password"), what));
        }
        if settings.webhooks.is_empty() && settings.webhook_secret.is_some() {
            let what = "webhook_secret: it is not used, because there are no webhooks";
            diagnostics.push(Diagnostic::new(line("webhook_secret"), what));
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.line);
        (settings, diagnostics)
    }

    fn put(&mut self, one: &Statement, report: &mut dyn FnMut(String)) -> Result<(), String> {
        let Statement { key, value, .. } = one;
        let named = |what: String| format!("{key}: {what}");
        match key.as_str() {
            "event_name" => {
                self.event_name = text(key, value).and_then(|name| config::event_name(name).map_err(named))?
            }
            "rooms" => {
                let rooms = rooms(value, &mut |what| report(named(what))).map_err(named)?;
                // Without a valid name the default stays; each invalid one has been reported.
                if !rooms.is_empty() {
                    self.rooms = rooms;
                }
            }
            "language" => {
                let known: Vec<_> = LANGUAGES.iter().map(|code| (*code, *code)).collect();
                self.language = choice(key, value, &known)?;
            }
            "box_name" => self.box_name = box_name(text(key, value)?).map_err(named)?,
            "wifi" => self.wifi = switch(key, value)?,
            "network_name" => {
                let name = visible(text(key, value)?, &mut |what| report(named(what)));
                self.network_name = network_name(&name).map_err(named)?;
                trimmed(value, &mut |what| report(named(what)));
            }
            "password" => {
                self.password = Some(password(secret(key, value)?).map_err(named)?);
                trimmed(value, &mut |what| report(named(what)));
            }
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
                self.channel = countries::channel(number(value), self.country.as_deref()).map_err(named)?;
            }
            "isolation" => self.isolation = switch(key, value)?,
            "subnet" => self.subnet = Subnet::parse(text(key, value)?).map_err(named)?,
            "ethernet" => {
                let known = [("network", Ethernet::Network), ("access-point", Ethernet::AccessPoint)];
                self.ethernet = choice(key, value, &known)?;
            }
            "portal" => self.portal = switch(key, value)?,
            // The second key is the one of the server's own file.
            "cors_origins" | "server.cors_origins" => self.cors_origins = cors_origins(value).map_err(named)?,
            "webhooks" => self.webhooks = webhooks(value, &mut |what| report(named(what))).map_err(named)?,
            "webhook_secret" => {
                let text = secret(key, value)?;
                config::Secret::read(text).map_err(named)?;
                self.webhook_secret = Some(text.to_owned());
            }
            _ => return Err(unknown(key)),
        }
        Ok(())
    }
}

/// All keys of the settings file.
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
    "cors_origins",
    "webhooks",
    "webhook_secret",
];
/// Keys whose values must not appear in messages.
const SECRET: &[&str] = &["password", "webhook_secret"];

/// Whether messages may repeat a setting's value. An unknown key may be a misspelt password, so its value is not repeated.
fn is_public(key: &str) -> bool {
    KEYS.contains(&key) && !SECRET.contains(&key)
}

fn unknown(key: &str) -> String {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
    let nearest = KEYS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.4) {
        Some(nearest) => format!("there is no setting {}; did you mean {nearest}?", short(key)),
        None => format!("there is no setting of this name; there are {}", KEYS.join(", ")),
    }
}

fn text<'a>(key: &str, value: &'a Value) -> Result<&'a str, String> {
    let text = value.as_str().map(str::trim);
    text.ok_or_else(|| format!("{key}: the value must stand in quotes: {key} = \"{}\"", shown(value)))
}

/// Reads a text like [`text`], but one that is secret, so the error message does not repeat it.
fn secret<'a>(key: &str, value: &'a Value) -> Result<&'a str, String> {
    text(key, value).map_err(|_| format!("{key}: the value must stand in quotes: {key} = \"…\""))
}

/// Reports that spaces around a name or password were removed, because users would have to type them on their phones.
fn trimmed(value: &Value, report: &mut dyn FnMut(String)) {
    if value.as_str().is_some_and(|text| text.trim() != text) {
        report("the spaces around it were left out".to_owned());
    }
}

/// Removes invisible characters from a name, and replaces special spaces, so that it can be typed. Reports changes.
fn visible(text: &str, report: &mut dyn FnMut(String)) -> String {
    if let Some(found) = text.chars().find(|c| is_invisible(*c)) {
        let code = u32::from(found);
        report(format!("an invisible character in it was left out (U+{code:04X})"));
    }
    let odd = |c: char| c.is_whitespace() && c != ' ' && !c.is_control();
    if let Some(found) = text.chars().find(|c| odd(*c)) {
        let code = u32::from(found);
        report(format!(
            "a space in it is of another kind (U+{code:04X}) and was made a plain one"
        ));
    }
    let seen = text.chars().filter(|c| !is_invisible(*c));
    seen.map(|c| if odd(c) { ' ' } else { c }).collect()
}

fn choice<T: Copy>(key: &str, value: &Value, known: &[(&str, T)]) -> Result<T, String> {
    let written = text(key, value)?.to_ascii_lowercase();
    let found = known.iter().find(|(name, _)| *name == written);
    let names: Vec<_> = known.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    found
        .map(|(_, choice)| *choice)
        .ok_or_else(|| format!("{key}: \"{}\" is none of {}", shown(value), names.join(", ")))
}

fn switch(key: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Boolean(on) => Ok(*on),
        Value::String(text) if ["on", "yes", "true"].contains(&&*text.to_ascii_lowercase()) => Ok(true),
        Value::String(text) if ["off", "no", "false"].contains(&&*text.to_ascii_lowercase()) => Ok(false),
        value => Err(format!("{key}: {} is neither \"on\" nor \"off\"", shown(value))),
    }
}

/// Reads a number, even in quotes; 0 for any other value.
fn number(value: &Value) -> i64 {
    match value {
        Value::String(text) => text.trim().parse().unwrap_or(0),
        value => value.as_integer().unwrap_or(0),
    }
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
