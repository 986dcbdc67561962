//! The sections `[[webhooks]]`, at most [`limits::WEBHOOKS`]. The key `webhooks.1.url` is the URL of the first receiver.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Uri, uri::Scheme};
use toml::{Table, Value, de::DeArray};

use super::{
    error::Origin,
    findings::{Findings, room_names},
    settings::WebhookSettings,
    values::{Setting, fitting, plain, table, unknown},
};
use crate::{limits, room::RoomName};

/// Prefix of the keys of webhook settings.
pub(super) const SECTION: &str = "webhooks.";
/// Prefix of a webhook's secret.
const SECRET: &str = "whsec_";

/// A receiver of webhooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// URL of the receiver: `http://` with a host.
    pub url: Uri,
    /// Rooms whose entries the receiver gets, without duplicates.
    pub rooms: Vec<RoomName>,
    /// Secret that signs the requests; `None` for unsigned requests.
    pub secret: Option<Secret>,
}

/// A secret for signing; its `Debug` output does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Parses a secret `whsec_…` (Standard Webhooks, "Signature scheme").
    ///
    /// # Errors
    /// Describes the expected form, without repeating the secret.
    pub fn read(text: &str) -> Result<Self, String> {
        let bytes = text.strip_prefix(SECRET).and_then(|coded| STANDARD.decode(coded).ok());
        match bytes {
            Some(bytes) if limits::WEBHOOK_SECRET_BYTES.contains(&bytes.len()) => Ok(Self(bytes)),
            _ => {
                let (least, most) = (limits::WEBHOOK_SECRET_BYTES.start(), limits::WEBHOOK_SECRET_BYTES.end());
                Err(format!("expected {SECRET} and {least} to {most} bytes in base64"))
            }
        }
    }
}

/// The settings in the file's webhook sections, with one key for each value.
pub(super) fn settings(hooks: &DeArray<'_>, at: impl Fn(usize) -> Origin) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (number, hook) in (1..).zip(hooks.iter()) {
        let mut add = |key, value, start| {
            let origin = at(start);
            settings.push(Setting { key, value, origin });
        };
        let fields = hook.get_ref().as_table();
        // The keys follow one by one, each with its place.
        let section = fields.map_or_else(|| plain(hook), |_| Value::Table(Table::new()));
        add(format!("{SECTION}{number}"), section, hook.span().start);
        for (key, value) in fields.into_iter().flatten() {
            let name = format!("{SECTION}{number}.{}", key.get_ref());
            add(name, plain(value), key.span().start);
        }
    }
    settings
}

/// Merges one setting into its section; `key` is the part after [`SECTION`].
pub(super) fn put(hooks: &mut Vec<Value>, key: &str, setting: &Setting) -> Result<(), String> {
    let (number, name) = key.split_once('.').unwrap_or((key, ""));
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let whole = name.is_empty() && !setting.value.as_table().is_some_and(Table::is_empty);
    let Some(at) = place.filter(|at| *at <= hooks.len() && !whole) else {
        return Err("each webhook is a section of its own, [[webhooks]] with two brackets".to_owned());
    };
    if at == hooks.len() {
        hooks.push(Value::Table(table(&WebhookSettings::default())));
    }
    if name.is_empty() {
        return Ok(());
    }
    let defaults: Table = table(&WebhookSettings::default());
    let Some(default) = defaults.get(name) else {
        let known = defaults.keys().map(|known| format!("{SECTION}{number}.{known}"));
        return Err(unknown(&setting.key, known));
    };
    let value = fitting(default, setting)?;
    hooks[at]
        .as_table_mut()
        .expect("made above")
        .insert(name.to_owned(), value);
    Ok(())
}

impl Findings<'_> {
    pub(super) fn webhooks(&mut self, settings: &[WebhookSettings]) -> Vec<Webhook> {
        let mut hooks = Vec::new();
        for (number, hook) in (1..).zip(settings) {
            let section = format!("{SECTION}{number}");
            if number > limits::WEBHOOKS {
                let what = format!("{section}: there are {} webhooks at most", limits::WEBHOOKS);
                self.add(&section, what);
                break;
            }
            let url = self.keep_of(&section, "url", webhook_url(&hook.url));
            let rooms = self.keep_of(&section, "rooms", rooms(&hook.rooms));
            let secret = (!hook.secret.is_empty()).then(|| Secret::read(&hook.secret));
            let secret = self.keep_of(&section, "secret", secret.transpose());
            if let (Some(url), Some(rooms), Some(secret)) = (url, rooms, secret) {
                hooks.push(Webhook { url, rooms, secret });
            }
        }
        hooks
    }
}

/// Parses the URL of a webhook: `http://` with a host.
///
/// # Errors
/// Describes the expected form, and repeats the text.
pub fn webhook_url(text: &str) -> Result<Uri, String> {
    let expected = "expected an address as in http://192.168.4.20:9000/hook";
    let uri: Uri = text.parse().map_err(|_| format!("{text:?}: {expected}"))?;
    if uri.scheme() == Some(&Scheme::HTTPS) {
        return Err(format!(
            "{text:?}: {expected}; there is no TLS here, only receivers in the same network are called"
        ));
    }
    let fits = uri.authority().is_some_and(|authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        let port = port.map(|port| port.strip_prefix(':').unwrap_or("80"));
        !authority.host().is_empty() && port.is_some_and(|port| port.parse::<u16>().is_ok())
    });
    if uri.scheme() != Some(&Scheme::HTTP) || !fits {
        return Err(format!("{text:?}: {expected}"));
    }
    Ok(uri)
}

fn rooms(list: &[String]) -> Result<Vec<RoomName>, String> {
    let rooms = room_names(list)?;
    match rooms.len() {
        1..=limits::WEBHOOK_ROOMS => Ok(rooms),
        count => Err(format!("{count} rooms: expected 1 to {}", limits::WEBHOOK_ROOMS)),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::{read, wrong};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn each_section_is_a_webhook() {
        let config = read(
            "webhooks",
            &format!(
                "[[webhooks]]\nurl = \"http://192.168.4.20:9000/hook?a=1\"\nrooms = [\"hall\", \"大厅\", \"hall\"]\n\
                 [[webhooks]]\nrooms = [\"bar\"]\nurl = \"http://[::1]\"\nsecret = \"{SECRET}\"\n"
            ),
        )
        .expect("nothing is wrong");
        let [first, second] = &config.webhooks[..] else {
            panic!("{:?}", config.webhooks)
        };
        let names: Vec<_> = first.rooms.iter().map(|room| room.as_str()).collect();
        assert_eq!(names, ["hall", "大厅"]);
        assert_eq!((first.url.path(), &first.secret), ("/hook", &None));
        assert_eq!(second.secret.as_ref().map(|secret| secret.0.len()), Some(24));
        let shown = format!("{config:?}");
        assert!(!shown.contains("MfKQ"), "{shown}");
        assert_eq!(read("none", "[server]\n").expect("nothing is wrong").webhooks, []);
    }

    #[test]
    fn a_mistake_is_reported_with_its_place() {
        let hook = |lines: &str| wrong("webhook", &format!("[[webhooks]]\n{lines}\n"));
        let ok = "url = \"http://box:9000/\"\nrooms = [\"hall\"]\n";
        assert_eq!(
            hook(&format!("{ok}sercet = \"x\"")),
            "FILE, line 4, column 1: there is no key webhooks.1.sercet; did you mean webhooks.1.secret?"
        );
        assert_eq!(
            hook("rooms = [\"hall\"]\nurl = \"https://box/\""),
            "FILE, line 3, column 1: webhooks.1.url: \"https://box/\": expected an address as in http://192.168.4.20:9000/hook; \
             there is no TLS here, only receivers in the same network are called"
        );
        assert_eq!(
            hook("rooms = [\"hall\"]"),
            "FILE, line 1, column 1: webhooks.1.url: \"\": expected an address as in http://192.168.4.20:9000/hook"
        );
        for url in [
            "box:9000",
            "/hook",
            "http://",
            "http://a@box/",
            "http://box:99999/",
            "ftp://box/",
        ] {
            let told = hook(&format!("rooms = [\"hall\"]\nurl = \"{url}\""));
            assert!(told.contains("line 3, column 1: webhooks.1.url: "), "{told}");
        }
        assert_eq!(
            hook("url = \"http://box\"\nrooms = [\"a/b\"]").lines().count(),
            1,
            "a room's name"
        );
        assert!(hook("url = \"http://box\"").contains("webhooks.1.rooms: 0 rooms: expected 1 to 16"));
        assert!(hook("url = 7").contains("webhooks.1.url = 7: expected a text in quotes"));
        let told = hook(&format!("{ok}secret = \"whsec_c2hvcnQ=\""));
        assert_eq!(
            told,
            "FILE, line 4, column 1: webhooks.1.secret: expected whsec_ and 24 to 64 bytes in base64"
        );
        assert!(wrong("many", &format!("[[webhooks]]\n{ok}").repeat(5)).contains("there are 4 webhooks at most"));
        for once in [
            "[webhooks]\nurl = \"http://box\"\n",
            "webhooks = [7]\n",
            "[webhooks.1]\nurl = \"http://box\"\n",
        ] {
            let told = wrong("brackets", once);
            assert!(told.contains("[[webhooks]] with two brackets"), "{told}");
        }
    }
}
