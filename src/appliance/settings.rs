//! Reads and checks the organizer's settings. A mistake is reported, and its setting keeps the default.

use toml::Value;

pub use super::choices::{Ethernet, Https, Security};
use super::{
    countries,
    decoded::decode,
    diagnostic::short,
    lists::{cors_origins, rooms, ssh_keys, webhooks},
    statement::{self, Statement, is_invisible},
    subnet::Subnet,
    value::{choice, number, secret, switch, text},
};
use crate::{
    config, limits,
    page::{LANGUAGES, Mistake, MistakeKind},
    room::RoomName,
    time_zone::TimeZone,
};

/// Maximum length of a Wi-Fi network's name in bytes (IEEE 802.11, 9.4.2.2).
const NETWORK_NAME_BYTES: usize = 32;
/// Allowed length of a Wi-Fi passphrase in characters (IEEE 802.11, J.4.1). A raw key of 64 hexadecimal digits is not supported.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=63;
/// Maximum length of the box's name in characters, so that it fits on a printed card.
const BOX_NAME_CHARS: usize = 32;

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
    /// The network at the Ethernet socket.
    pub ethernet: Ethernet,
    /// Whether phones are shown the page when they join (captive portal).
    pub portal: bool,
    /// Other web origins whose pages and apps may use the box.
    pub cors_origins: Vec<String>,
    /// URLs of webhooks for all rooms, each accepted by [`config::webhook_url`].
    pub webhooks: Vec<String>,
    /// Secret that signs webhooks, in the form of [`config::Secret`].
    pub webhook_secret: Option<String>,
    /// Time zone of exports and of the log.
    pub time_zone: TimeZone,
    /// Public keys that may log in over SSH, as lines for `authorized_keys`; without one there is no SSH.
    pub ssh_keys: Vec<String>,
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
            time_zone: TimeZone::default(),
            ssh_keys: Vec::new(),
            https: Https::Off,
        }
    }
}

impl BoxSettings {
    /// Reads a settings file. A setting with a mistake keeps its default; the mistakes are ordered by line.
    pub fn read(bytes: &[u8]) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let bytes = if bytes.len() > limits::BOX_FILE_BYTES {
            let most = limits::BOX_FILE_BYTES / 1024;
            let what =
                format!("chatterbox.toml is too long to be read: it may have {most} KB, and is usually a page of text");
            mistakes.push(Mistake::new(MistakeKind::TooLong, what).with(most));
            &[]
        } else {
            bytes
        };
        let text = decode(bytes, &mut mistakes);
        let mut all = statement::statements(&text, is_public, &mut mistakes);
        // The channel is checked against the country, so it comes last.
        all.sort_by_key(|one| one.key == "channel");
        let mut settings = Self::default();
        for one in &all {
            let mut report = |mistake: Mistake| mistakes.push(mistake.at(one.line));
            if let Err(mistake) = settings.put(one, &mut report) {
                report(mistake);
            }
        }
        let line = |key: &str| all.iter().find(|one| one.key == key).map_or(0, |one| one.line);
        if !settings.security.has_password() && settings.password.is_some() {
            let word = settings.security.word();
            let what = format!("it is not used, because security is \"{word}\"; remove one of the two");
            let unused = Mistake::new(MistakeKind::Unused, what).with(format!("security = \"{word}\""));
            mistakes.push(unused.of("password").at(line("password")));
        }
        if settings.webhooks.is_empty() && settings.webhook_secret.is_some() {
            let what = "it is not used, because there are no webhooks";
            let unused = Mistake::new(MistakeKind::Unused, what).with("webhooks");
            mistakes.push(unused.of("webhook_secret").at(line("webhook_secret")));
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        (settings, mistakes)
    }

    fn put(&mut self, one: &Statement, report: &mut dyn FnMut(Mistake)) -> Result<(), Mistake> {
        let Statement { key, value, .. } = one;
        let named = |mistake: Mistake| mistake.of(key);
        match key.as_str() {
            "event_name" => {
                let wrong = |what| Mistake::new(MistakeKind::OneLine, what).with("1–60").of(key);
                self.event_name = config::event_name(text(key, value)?).map_err(wrong)?;
            }
            "rooms" => {
                let rooms = rooms(value, &mut |mistake| report(named(mistake))).map_err(named)?;
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
                let name = visible(text(key, value)?, &mut |mistake| report(named(mistake)));
                self.network_name = network_name(&name).map_err(named)?;
                trimmed(value, &mut |mistake| report(named(mistake)));
            }
            "password" => {
                self.password = Some(password(secret(key, value)?).map_err(named)?);
                trimmed(value, &mut |mistake| report(named(mistake)));
            }
            "security" => {
                self.security = choice(key, value, &Security::ALL.map(|one| (one.word(), one)))?;
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
            "webhooks" => self.webhooks = webhooks(value, &mut |mistake| report(named(mistake))).map_err(named)?,
            "webhook_secret" => {
                let text = secret(key, value)?;
                let wrong = |what| {
                    Mistake::new(MistakeKind::Form, what)
                        .with("webhook_secret = \"whsec_…\"")
                        .of(key)
                };
                config::Secret::read(text).map_err(wrong)?;
                self.webhook_secret = Some(text.to_owned());
            }
            "time_zone" => self.time_zone = time_zone(text(key, value)?).map_err(named)?,
            "ssh_key" => self.ssh_keys = ssh_keys(value, &mut |mistake| report(named(mistake))).map_err(named)?,
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
    "time_zone",
    "ssh_key",
];
/// Keys whose values must not appear in messages.
const SECRET: &[&str] = &["password", "webhook_secret", "ssh_key"];

/// Whether messages may repeat a setting's value. An unknown key may be a misspelt password, so its value is not repeated.
fn is_public(key: &str) -> bool {
    KEYS.contains(&key) && !SECRET.contains(&key)
}

fn unknown(key: &str) -> Mistake {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(key, known);
    let nearest = KEYS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|nearest| likeness(nearest) > 0.4) {
        Some(nearest) => {
            let key = short(key);
            let what = format!("there is no setting {key}; did you mean {nearest}?");
            Mistake::new(MistakeKind::Unknown, what).with(key).and(nearest)
        }
        None => {
            let all = KEYS.join(", ");
            let what = format!("there is no setting of this name; there are {all}");
            Mistake::new(MistakeKind::Unknown, what).with("…").and(all)
        }
    }
}

/// Reports that spaces around a name or password were removed, because users would have to type them on their phones.
fn trimmed(value: &Value, report: &mut dyn FnMut(Mistake)) {
    if value.as_str().is_some_and(|text| text.trim() != text) {
        report(Mistake::new(MistakeKind::Spaces, "the spaces around it were left out"));
    }
}

/// Removes invisible characters from a name, and replaces special spaces, so that it can be typed. Reports changes.
fn visible(text: &str, report: &mut dyn FnMut(Mistake)) -> String {
    let sign = |found: char| format!("U+{:04X}", u32::from(found));
    if let Some(sign) = text.chars().find(|c| is_invisible(*c)).map(sign) {
        let what = format!("an invisible character in it was left out ({sign})");
        report(Mistake::new(MistakeKind::Changed, what).with(sign));
    }
    let odd = |c: char| c.is_whitespace() && c != ' ' && !c.is_control();
    if let Some(sign) = text.chars().find(|c| odd(*c)).map(sign) {
        let what = format!("a space in it is of another kind ({sign}) and was made a plain one");
        report(Mistake::new(MistakeKind::Changed, what).with(sign));
    }
    let seen = text.chars().filter(|c| !is_invisible(*c));
    seen.map(|c| if odd(c) { ' ' } else { c }).collect()
}

fn box_name(text: &str) -> Result<String, Mistake> {
    let fits = (1..=BOX_NAME_CHARS).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    let wrong = || {
        let what = format!("up to {BOX_NAME_CHARS} letters, digits and hyphens, as in \"chatterbox-2\"");
        Mistake::new(MistakeKind::BoxName, what).with(BOX_NAME_CHARS)
    };
    fits.then(|| text.to_ascii_lowercase()).ok_or_else(wrong)
}

fn network_name(text: &str) -> Result<String, Mistake> {
    let length = text.len();
    if !(1..=NETWORK_NAME_BYTES).contains(&length) {
        let what = format!(
            "it has {length} bytes, and a Wi-Fi's name has 1 to {NETWORK_NAME_BYTES} (letters with marks count twice, emoji four times)"
        );
        return Err(Mistake::new(MistakeKind::Bytes, what).with(NETWORK_NAME_BYTES));
    }
    let wrong =
        || Mistake::new(MistakeKind::OneLine, "it must be one line of letters").with(format!("1–{NETWORK_NAME_BYTES}"));
    let fits = !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or_else(wrong)
}

fn password(text: &str) -> Result<String, Mistake> {
    if !text.bytes().all(|c| matches!(c, b' '..=b'~')) {
        let what = "only letters without marks, digits, spaces and signs as on an English keyboard";
        return Err(Mistake::new(MistakeKind::Ascii, what));
    }
    let length = text.len();
    let wrong = || {
        let (least, most) = PASSWORD_CHARS.into_inner();
        let what = format!("it has {length} characters, and a Wi-Fi's password has {least} to {most}");
        let range = format!("{least}–{most}");
        Mistake::new(MistakeKind::Length, what).with(length).and(range)
    };
    PASSWORD_CHARS
        .contains(&length)
        .then(|| text.to_owned())
        .ok_or_else(wrong)
}

fn country(text: &str) -> Result<String, Mistake> {
    let code = text.to_ascii_uppercase();
    let wrong = || {
        Mistake::new(
            MistakeKind::Country,
            "two letters as in \"DE\", \"US\" or \"GB\" (ISO 3166)",
        )
    };
    countries::known(&code).then_some(code).ok_or_else(wrong)
}

fn time_zone(text: &str) -> Result<TimeZone, Mistake> {
    TimeZone::named(text).ok_or_else(|| {
        let form = format!("time_zone = \"{}\"", TimeZone::nearest(text));
        Mistake::new(
            MistakeKind::Form,
            format!("there is no such time zone; they are written like {form}"),
        )
        .with(form)
    })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
