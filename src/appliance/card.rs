//! The printable card as an HTML page: how to join the Wi-Fi and open the room.

use super::{
    generated::{self, DOMAIN},
    qr,
    settings::{BoxSettings, Https},
    wifi::Wifi,
};
use crate::page::{direction, escaped, phrase};

/// Style sheet of a printed page.
pub const STYLE: &str = "body{font:16pt/1.4 sans-serif;margin:2em auto;max-width:18cm;text-align:center;color:#000;background:#fff}\
    h1{font-size:28pt}section{display:inline-block;width:8.5cm;vertical-align:top}svg{width:7cm;height:7cm}b{font-family:monospace}";

/// The box's host name for phones: ending in `.lan` where the box is the DNS server, otherwise in `.local` (mDNS).
pub fn host(settings: &BoxSettings) -> String {
    let domain = if generated::has_lan(settings) { DOMAIN } else { "local" };
    format!("{}.{domain}", settings.box_name)
}

/// The box's address for phones, with a slash at its end.
pub fn url(settings: &BoxSettings) -> String {
    match &settings.https {
        Https::Named(name) => format!("https://{name}/"),
        Https::Off | Https::Quiet => format!("http://{}/", host(settings)),
    }
}

/// One step of joining: a heading, a QR code, and the same information in words.
pub struct Section {
    /// Heading that tells what to do in this step.
    pub title: String,
    /// Text of the QR code.
    pub code: String,
    /// Pairs of label and value that say the same in words.
    pub lines: Vec<(String, String)>,
}

/// The steps of joining in a language, in order. `wifi` is the box's own network, if there is one.
fn sections(language: &str, settings: &BoxSettings, wifi: Option<&Wifi>) -> Vec<Section> {
    let phrase = |key| phrase(language, key);
    let url = url(settings);
    let mut sections = Vec::new();
    if let Some(wifi) = wifi {
        let named = |key| format!("{}: ", phrase(key));
        let secret = match &wifi.password {
            None => (phrase("card.noPassword"), String::new()),
            Some(password) => (named("wall.password"), password.clone()),
        };
        sections.push(Section {
            title: phrase("wall.wifi"),
            code: wifi.code(),
            lines: vec![(named("wall.network"), wifi.name.clone()), secret],
        });
    }
    let mut lines = vec![(String::new(), url.clone())];
    if generated::has_lan(settings) {
        lines.push((
            format!("{} ", phrase("card.or")),
            format!("http://{}/", settings.subnet.own()),
        ));
    }
    sections.push(Section {
        title: phrase("card.open"),
        code: url,
        lines,
    });
    sections
}

/// The steps of joining, in characters that the text console can show; without `wifi` only the step that opens the page.
pub fn on_console(settings: &BoxSettings, wifi: Option<&Wifi>) -> Vec<Section> {
    // The console's font has the letters of Latin-1. Names may be in any letters, so only the phrases count.
    let keys = [
        "wall.wifi",
        "wall.network",
        "wall.password",
        "card.noPassword",
        "card.open",
        "card.or",
    ];
    let phrases: String = keys.map(|key| phrase(settings.language, key)).concat();
    let shows = phrases.chars().all(|letter| letter < '\u{100}');
    sections(if shows { settings.language } else { "en" }, settings, wifi)
}

/// Makes the printable card as an HTML page; without `wifi` it leaves out the step that joins the Wi-Fi.
pub fn html(settings: &BoxSettings, wifi: Option<&Wifi>) -> String {
    let language = settings.language;
    let line = |(label, named): &(String, String)| match named.as_str() {
        "" => label.clone(),
        named => format!("{label}<b>{}</b>", escaped(named)),
    };
    let drawn = |section: &Section| {
        let lines: Vec<_> = section.lines.iter().map(line).collect();
        format!(
            "<section><h2>{}</h2>{}<p>{}</p></section>\n",
            section.title,
            svg(&section.code),
            lines.join("<br>")
        )
    };
    let sections: String = sections(language, settings, wifi).iter().map(drawn).collect();
    let rooms: Vec<_> = settings.rooms.iter().map(|room| escaped(room.as_str())).collect();
    let rooms = if rooms.len() > 1 {
        format!("<p>{}</p>\n", rooms.join(" · "))
    } else {
        String::new()
    };
    let title = escaped(&settings.event_name);
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         <h1>{title}</h1>\n{sections}{rooms}<p>{}</p>\n</html>\n",
        language,
        direction(language),
        phrase(language, "card.stay")
    )
}

/// The QR code of a text as SVG; empty if the text is too long.
pub fn svg(text: &str) -> String {
    qr::svg(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{appliance::settings::Security, room::RoomName};

    fn wifi(settings: &BoxSettings, password: &str) -> Wifi {
        Wifi::resolve(settings, || Ok::<_, ()>(password.to_owned())).unwrap()
    }

    #[test]
    fn a_phone_reads_names_with_signs_as_they_are() {
        let mut settings = BoxSettings {
            network_name: "Bar; \"Zum:Hirsch\"".into(),
            ..BoxSettings::default()
        };
        assert_eq!(
            wifi(&settings, "a\\b,c;d").code(),
            r#"WIFI:T:WPA;S:Bar\; \"Zum\:Hirsch\";P:a\\b\,c\;d;;"#
        );
        settings.security = Security::Open;
        assert_eq!(wifi(&settings, "").code(), r#"WIFI:T:nopass;S:Bar\; \"Zum\:Hirsch\";;"#);
    }

    #[test]
    fn the_card_shows_how_to_join_and_what_to_open() {
        let settings = BoxSettings {
            event_name: "<Ball>".into(),
            language: "de",
            rooms: ["saal", "bar"].map(|name| RoomName::new(name).unwrap()).to_vec(),
            ..BoxSettings::default()
        };
        let card = html(&settings, Some(&wifi(&settings, "tanz & musik")));
        for part in [
            "<h1>&lt;Ball&gt;</h1>",
            "Passwort: <b>tanz &amp; musik</b>",
            "<b>http://chatterbox.lan/</b><br>oder <b>http://10.42.0.1/</b>",
            "saal · bar",
        ] {
            assert!(card.contains(part), "{part}\n{card}");
        }
        assert_eq!(card.matches("<svg").count(), 2);
        let guest = BoxSettings {
            wifi: false,
            ..settings
        };
        let card = html(&guest, None);
        assert!(
            card.contains("http://chatterbox.local/") && !card.contains("Passwort"),
            "{card}"
        );
        assert_eq!(card.matches("<svg").count(), 1);
    }

    #[test]
    fn a_card_can_be_had_in_every_language() {
        for &language in crate::page::LANGUAGES.iter() {
            let settings = BoxSettings {
                language,
                ..BoxSettings::default()
            };
            let card = html(&settings, Some(&wifi(&settings, "12345678")));
            assert!(card.contains(&format!("<html lang=\"{language}\" dir=")));
            let console = on_console(&settings, None);
            assert!(console[0].title.chars().all(|letter| letter < '\u{100}'), "{language}");
        }
    }
}
