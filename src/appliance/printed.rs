//! Printable HTML pages: the organizer's card, and the codes of seats (numbered personal entry codes).

use data_encoding::HEXLOWER;

use super::card::{STYLE, svg};
use crate::{
    config::{Keys, admin_key::OperatorKey, seats::seat_code},
    page::{direction, escaped, phrase},
};

/// Style sheet of the part to cut off.
const TEAR: &str =
    ".tear{border-top:2px dashed;margin-top:2em;padding-top:1em}.tear .code{font-size:18pt;word-spacing:.4em}";
/// Number of letters in a group of a code, and number of groups in a line.
const GROUP: usize = 4;
const GROUPS: usize = 4;
/// Style sheet of seat codes: twelve on a page.
const GRID: &str = "section.seat{width:5.5cm;border:1px dashed;margin:0;padding:2mm;break-inside:avoid}\
    section.seat svg{width:4cm;height:4cm}section.seat .at{font-size:9pt;overflow-wrap:anywhere}";

/// URL that contains the organizer's code. Browsers do not send the part after `#`, so the key stays on the phone.
pub fn organizer_url(base: &str, organizer: &OperatorKey) -> String {
    format!("{base}organizer#{}", HEXLOWER.encode(organizer))
}

/// The organizer's code to type, in lines of groups. The digits are hexadecimal, because no two of them look alike. The organizer's page
/// ignores separators between groups.
pub fn organizer_lines(organizer: &OperatorKey) -> Vec<String> {
    let letters: Vec<char> = HEXLOWER.encode(organizer).chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    groups.chunks(GROUPS).map(|line| line.join(" ")).collect()
}

/// Draws the QR code that opens the organizer's page with the organizer's key, as SVG.
pub fn organizer_svg(base: &str, organizer: &OperatorKey) -> String {
    svg(&organizer_url(base, organizer))
}

/// The part of a card with the organizer's code, to cut off. `language` is a tag of [`LANGUAGES`].
///
/// [`LANGUAGES`]: crate::page::LANGUAGES
pub fn organizer_part(base: &str, organizer: &OperatorKey, language: &str) -> String {
    let phrase = |key| phrase(language, key);
    let bold = |text: &str| format!("<b dir=\"ltr\">{}</b>", escaped(text));
    format!(
        "<style>{TEAR}</style>\n<div class=\"tear\" lang=\"{}\" dir=\"{}\"><h2>✂ {}</h2>{}<p>{}<br><b class=\"code\" dir=\"ltr\">{}</b></p>\
         <p>{}<br>{}</p></div>\n",
        language,
        direction(language),
        phrase("org.title"),
        svg(&organizer_url(base, organizer)),
        phrase("card.code").replace("{page}", &bold(&format!("{base}organizer"))),
        organizer_lines(organizer).join("<br>"),
        phrase("card.keep"),
        phrase("card.lost").replace("{command}", &bold("chatterbox organizer reset"))
    )
}

/// Appends the organizer's part to a card.
pub fn with_part(card: &str, part: &str) -> String {
    match card.rsplit_once("</html>") {
        Some((front, end)) => format!("{front}{part}</html>{end}"),
        None => format!("{card}{part}"),
    }
}

/// The organizer's card for a server on any computer: its URL, and the organizer's part.
pub fn organizer_card(event_name: &str, base: &str, keys: &Keys) -> String {
    let room = format!(
        "<section><h2>Open the page</h2>{}<p><b>{}</b></p></section>",
        svg(base),
        escaped(base)
    );
    page(
        event_name,
        "",
        &format!("{room}\n{}", organizer_part(base, &keys.organizer, "en")),
    )
}

/// Makes a page with the codes of seats (numbered personal entry codes) 1 to `count`, to be cut apart.
pub fn seats(event_name: &str, base: &str, keys: &Keys, count: u32) -> String {
    let seat = |number: u32| {
        let code = seat_code(&keys.organizer, number);
        let drawing = svg(&format!("{base}#seat={code}"));
        format!(
            "<section class=\"seat\">{drawing}<br>{} {number}<br><b class=\"at\">{}</b><br><b>{code}</b></section>\n",
            escaped(event_name),
            escaped(base)
        )
    };
    page(event_name, GRID, &(1..=count).map(seat).collect::<String>())
}

fn page(event_name: &str, style: &str, body: &str) -> String {
    let title = escaped(event_name);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}{style}</style>\n\
         <h1>{title}</h1>\n{body}</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = Keys {
        identity: [1; 32],
        organizer: [0xab; 16],
    };

    #[test]
    fn the_organizers_code_stands_behind_the_number_sign() {
        let url = organizer_url("http://box.lan/", &KEYS.organizer);
        assert_eq!(url, format!("http://box.lan/organizer#{}", "ab".repeat(16)));
    }

    #[test]
    fn the_card_has_both_codes_and_the_organizers_in_letters_on_its_part() {
        let card = organizer_card("<Ball>", "http://box.lan/", &KEYS);
        assert_eq!(card.matches("<svg").count(), 2);
        let (rest, part) = card.split_once("<div class=\"tear\"").unwrap();
        assert!(rest.contains("&lt;Ball&gt;") && !rest.contains("abab"));
        assert!(part.contains(">http://box.lan/organizer</b>"), "{part}");
        assert!(part.contains(">abab abab abab abab<br>abab abab abab abab<"), "{part}");
        let joined = with_part(
            "<html>\nboth\n</html>\n",
            &organizer_part("http://box.lan/", &KEYS.organizer, "ar"),
        );
        assert!(
            joined.contains("lang=\"ar\" dir=\"rtl\"") && joined.contains("التنظيم"),
            "{joined}"
        );
        assert!(joined.starts_with("<html>\nboth\n<style>") && joined.ends_with("</div>\n</html>\n"));
    }

    #[test]
    fn each_seat_is_printed_once() {
        let page = seats("Ball", "http://box.lan/", &KEYS, 12);
        assert_eq!(page.matches("<svg").count(), 12);
        for number in 1..=12 {
            assert_eq!(page.matches(&seat_code(&KEYS.organizer, number)).count(), 1);
        }
        assert_eq!(page.matches(">http://box.lan/<").count(), 12, "where each is typed");
    }
}
