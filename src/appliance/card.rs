//! The card that the organizer prints: join the Wi-Fi, open the room. One page of HTML, which every computer can print.

use super::{
    generated::{self, DOMAIN},
    settings::{Ethernet, Security, Settings},
};
use crate::{page::escaped, qr};

/// The words of a language.
struct Words {
    code: &'static str,
    join: &'static str,
    network: &'static str,
    password: &'static str,
    no_password: &'static str,
    open: &'static str,
    or: &'static str,
    stay: &'static str,
}

const WORDS: &[Words] = &[
    Words {
        code: "en",
        join: "1. Join the Wi-Fi",
        network: "Network",
        password: "Password",
        no_password: "No password",
        open: "2. Open the page",
        or: "or",
        stay: "Does your phone say that there is no internet? Stay connected.",
    },
    Words {
        code: "de",
        join: "1. Ins WLAN gehen",
        network: "Netz",
        password: "Passwort",
        no_password: "Kein Passwort",
        open: "2. Die Seite öffnen",
        or: "oder",
        stay: "Das Telefon meldet, es gebe kein Internet? Verbunden bleiben.",
    },
    Words {
        code: "fr",
        join: "1. Rejoindre le Wi-Fi",
        network: "Réseau",
        password: "Mot de passe",
        no_password: "Sans mot de passe",
        open: "2. Ouvrir la page",
        or: "ou",
        stay: "Le téléphone dit qu’il n’y a pas d’internet ? Restez connecté.",
    },
    Words {
        code: "es",
        join: "1. Conectarse al Wi-Fi",
        network: "Red",
        password: "Contraseña",
        no_password: "Sin contraseña",
        open: "2. Abrir la página",
        or: "o",
        stay: "¿El teléfono dice que no hay internet? Siga conectado.",
    },
];

/// How a printed page looks.
pub const STYLE: &str = "body{font:16pt/1.4 sans-serif;margin:2em auto;max-width:18cm;text-align:center;color:#000;background:#fff}\
    h1{font-size:28pt}section{display:inline-block;width:8.5cm;vertical-align:top}svg{width:7cm;height:7cm}b{font-family:monospace}";

/// The name under which phones find the box: where it answers for every name, one that ends in `.lan`; as a guest, its mDNS name.
pub fn host(settings: &Settings) -> String {
    let domain = if generated::has_lan(settings) { DOMAIN } else { "local" };
    format!("{}.{domain}", settings.box_name)
}

/// What a phone's camera understands as a Wi-Fi to join.
pub fn wifi_code(settings: &Settings, password: &str) -> String {
    // Phones find out by themselves which WPA it is.
    let secret = (settings.security != Security::Open).then_some(password);
    qr::wifi(&settings.network_name, secret)
}

/// The whole page.
pub fn html(settings: &Settings, password: &str) -> String {
    let words = WORDS
        .iter()
        .find(|words| words.code == settings.language)
        .unwrap_or(&WORDS[0]);
    let url = format!("http://{}/", host(settings));
    let mut sections = String::new();
    if settings.wifi {
        let secret = match settings.security {
            Security::Open => words.no_password.to_owned(),
            Security::Wpa2 | Security::Wpa3 => format!("{}: <b>{}</b>", words.password, escaped(password)),
        };
        sections += &format!(
            "<section><h2>{}</h2>{}<p>{}: <b>{}</b><br>{secret}</p></section>\n",
            words.join,
            svg(&wifi_code(settings, password)),
            words.network,
            escaped(&settings.network_name),
        );
    }
    let mut addresses = format!("<b>{}</b>", escaped(&url));
    if settings.wifi || settings.ethernet == Ethernet::AccessPoint {
        addresses += &format!("<br>{} <b>http://{}/</b>", words.or, settings.subnet.own());
    }
    sections += &format!(
        "<section><h2>{}</h2>{}<p>{addresses}</p></section>\n",
        words.open,
        svg(&url)
    );
    let rooms: Vec<_> = settings.rooms.iter().map(|room| escaped(room.as_str())).collect();
    let rooms = if rooms.len() > 1 {
        format!("<p>{}</p>\n", rooms.join(" · "))
    } else {
        String::new()
    };
    let title = escaped(&settings.event_name);
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <h1>{title}</h1>\n{sections}{rooms}<p>{}</p>\n</html>\n",
        words.code, words.stay
    )
}

/// A code as a drawing in a page; nothing if the text is too long for one.
pub fn svg(text: &str) -> String {
    qr::svg(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::RoomName;

    #[test]
    fn a_phone_reads_names_with_signs_as_they_are() {
        let mut settings = Settings {
            network_name: "Bar; \"Zum:Hirsch\"".into(),
            ..Settings::default()
        };
        assert_eq!(
            wifi_code(&settings, "a\\b,c;d"),
            r#"WIFI:T:WPA;S:Bar\; \"Zum\:Hirsch\";P:a\\b\,c\;d;;"#
        );
        settings.security = Security::Open;
        assert_eq!(wifi_code(&settings, ""), r#"WIFI:T:nopass;S:Bar\; \"Zum\:Hirsch\";;"#);
    }

    #[test]
    fn the_card_shows_how_to_join_and_what_to_open() {
        let settings = Settings {
            event_name: "<Ball>".into(),
            language: "de",
            rooms: ["saal", "bar"].map(|name| RoomName::new(name).unwrap()).to_vec(),
            ..Settings::default()
        };
        let card = html(&settings, "tanz & musik");
        for part in [
            "<h1>&lt;Ball&gt;</h1>",
            "Passwort: <b>tanz &amp; musik</b>",
            "<b>http://chatterbox.lan/</b><br>oder <b>http://10.42.0.1/</b>",
            "saal · bar",
        ] {
            assert!(card.contains(part), "{part}\n{card}");
        }
        assert_eq!(card.matches("<svg").count(), 2);
        let guest = Settings {
            wifi: false,
            ..settings
        };
        let card = html(&guest, "");
        assert!(
            card.contains("http://chatterbox.local/") && !card.contains("Passwort"),
            "{card}"
        );
        assert_eq!(card.matches("<svg").count(), 1);
    }

    #[test]
    fn a_card_can_be_had_in_every_language() {
        for &language in super::super::settings::LANGUAGES {
            let settings = Settings {
                language,
                ..Settings::default()
            };
            assert!(html(&settings, "12345678").contains(&format!("<html lang=\"{language}\">")));
        }
    }
}
