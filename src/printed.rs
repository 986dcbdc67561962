//! What is printed: the organizer's card, and seat codes. Pages of HTML, which every computer can print.

use crate::{
    appliance::card::{STYLE, svg},
    config::Keys,
    net::officers::{OfficerKey, seat_code},
    page::escaped,
};

/// How what is cut off looks.
const TEAR: &str = ".tear{border-top:2px dashed;margin-top:2em;padding-top:1em}";
/// How seats are laid out: twelve on a page.
const GRID: &str = "section.seat{width:5.5cm;border:1px dashed;margin:0;padding:2mm;break-inside:avoid}\
    section.seat svg{width:4cm;height:4cm}";

/// Where the organizer's code leads: the part behind `#` stays in the phone.
pub fn organizer_url(base: &str, organizer: &OfficerKey) -> String {
    let key: String = organizer.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{base}organizer#{key}")
}

/// The organizer's code alone, as a drawing.
pub fn organizer_svg(base: &str, organizer: &OfficerKey) -> String {
    svg(&organizer_url(base, organizer))
}

/// The part of a card that is cut off: the code of whoever runs the evening.
pub fn organizer_part(base: &str, organizer: &OfficerKey) -> String {
    format!(
        "<style>{TEAR}</style>\n<div class=\"tear\"><h2>✂ Organizer</h2>{}<p>Cut this off and show it to nobody: whoever scans it runs \
         the evening.<br>Lost? <b>chatterbox organizer reset</b> makes a new one.</p></div>\n",
        svg(&organizer_url(base, organizer))
    )
}

/// A card with such a part at its end.
pub fn with_part(card: &str, part: &str) -> String {
    match card.rsplit_once("</html>") {
        Some((front, end)) => format!("{front}{part}</html>{end}"),
        None => format!("{card}{part}"),
    }
}

/// A card for a server on any machine: where phones go, and the organizer's part.
pub fn organizer_card(event_name: &str, base: &str, keys: &Keys) -> String {
    let room = format!(
        "<section><h2>Open the page</h2>{}<p><b>{}</b></p></section>",
        svg(base),
        escaped(base)
    );
    page(
        event_name,
        "",
        &format!("{room}\n{}", organizer_part(base, &keys.organizer)),
    )
}

/// The codes of the seats from 1 to `count`, to be cut apart.
pub fn seats(event_name: &str, base: &str, keys: &Keys, count: u32) -> String {
    let seat = |number: u32| {
        let code = seat_code(&keys.organizer, number);
        let drawing = svg(&format!("{base}#seat={code}"));
        format!(
            "<section class=\"seat\">{drawing}<br>{} {number}<br><b>{code}</b></section>\n",
            escaped(event_name)
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
    fn the_card_has_both_codes_and_no_key_in_words() {
        let card = organizer_card("<Ball>", "http://box.lan/", &KEYS);
        assert_eq!(card.matches("<svg").count(), 2);
        assert!(card.contains("&lt;Ball&gt;") && card.contains("tear") && !card.contains("abab"));
        let joined = with_part(
            "<html>\nboth\n</html>\n",
            &organizer_part("http://box.lan/", &KEYS.organizer),
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
    }
}
