use super::*;
use crate::{appliance::diagnostic::report_lines, page::escaped};

fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn marked(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

fn wide(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff).into_iter();
    mark.chain(text.encode_utf16()).flat_map(bytes).collect()
}

fn wide_le(text: &str, mark: bool) -> Vec<u8> {
    wide(text, mark, u16::to_le_bytes)
}

fn wide_be(text: &str, mark: bool) -> Vec<u8> {
    wide(text, mark, u16::to_be_bytes)
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

fn cut(mut file: Vec<u8>) -> Vec<u8> {
    file.pop();
    file
}

/// Random bytes that are neither text nor a known kind of file.
fn noise() -> Vec<u8> {
    let next = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    };
    std::iter::repeat_with({
        let mut state = 7;
        move || next(&mut state).unwrap()
    })
    .take(40)
    .collect()
}

fn prose() -> Vec<u8> {
    let line = "The password of our \"Wi-Fi\" is <sommer2026>, and = & rooms = main.\r\n";
    line.repeat(12_000 / line.len()).into_bytes()
}

/// For each editor: its name, the bytes of the file, and the expected messages, one on each line.
#[rustfmt::skip]
fn table() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("Notepad of Windows 10 and 11", utf8("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n"), ""),
        ("Notepad, UTF-8 with a mark", marked("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n"), ""),
        ("Notepad, Unicode (UTF-16 LE)", wide_le("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n", true), ""),
        ("Notepad, Unicode big endian", wide_be("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n", true), ""),
        ("PowerShell 5, Out-File", wide_le("event_name = \"Fête\"\ncountry = \"DE\"\n", true), ""),
        ("UTF-16 LE without a mark", wide_le("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n", false), "the file is saved as UTF-16 without its mark; it was read all the same, but save it as UTF-8"),
        ("UTF-16 BE without a mark", wide_be("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n", false), "the file is saved as UTF-16 without its mark; it was read all the same, but save it as UTF-8"),
        ("UTF-16 LE, cut in the middle of a letter", cut(wide_le("event_name = \"Fête\"\r\ncountry = \"DE\"\r\n", true)), "the file ends in the middle of a letter, so its end may be missing: save it once more"),
        ("UTF-16 without a mark, with Chinese", wide_le("event_name = \"春节联欢晚会\"\r\n", false), "the file is saved as UTF-16 without its mark; it was read all the same, but save it as UTF-8"),
        ("Notepad of Windows XP, ANSI", latin("event_name = \"Fête\"\r\n"), "line 1: there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8"),
        ("Notepad of Windows XP, ANSI, with a euro sign and curly quotes", b"event_name = \"5 \x80 \x84x\x93\"\r\n".to_vec(), "line 1: there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8"),
        ("Latin-1 in the third line", latin("country = \"DE\"\r\n\r\nevent_name = \"Fête\"\r\n"), "line 3: there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8"),
        ("SimpleText of an old Mac", b"event_name = \"F\x90te\"\rcountry = \"DE\"\r".to_vec(), "the lines end as on an old Mac; they were read all the same, but choose Unix or Windows line ends when you save it\nline 1: there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8"),
        ("old Mac line ends, plain letters", utf8("event_name = \"Ball\"\rcountry = \"DE\"\r"), "the lines end as on an old Mac; they were read all the same, but choose Unix or Windows line ends when you save it"),
        ("TextEdit, plain text", utf8("event_name = \"Fête\"\ncountry = \"DE\"\n"), ""),
        ("nano on Linux", utf8("event_name = \"Fête\"\ncountry = \"DE\"\n"), ""),
        ("line ends of three kinds", utf8("event_name = \"Ball\"\r\ncountry = \"DE\"\rrooms = [\"bar\"]\n"), ""),
        ("no line end at the end", utf8("event_name = \"Ball\""), ""),
        ("UTF-32 LE", b"\xff\xfe\0\0e\0\0\0".to_vec(), "this is a text in UTF-32: save it as plain text (UTF-8), under the same name"),
        ("UTF-32 BE", b"\0\0\xfe\xff\0\0\0e".to_vec(), "this is a text in UTF-32: save it as plain text (UTF-8), under the same name"),
        ("two marks", [b"\xef\xbb\xbf".as_slice(), &marked("event_name = \"Fête\"\ncountry = \"DE\"\n"), ].concat(), ""),
        ("TextEdit, Rich Text", b"{\\rtf1\\ansi\\ansicpg1252\\cocoartf2709\n{\\fonttbl}\nevent_name = \"Ball\"}".to_vec(), "this is a Rich Text file (in TextEdit choose Format, Make Plain Text): save it as plain text (UTF-8), under the same name"),
        ("WordPad, Rich Text", b"{\\rtf1\\ansi\\deff0 event_name = \"Ball\"\\par\r\n}".to_vec(), "this is a Rich Text file (in TextEdit choose Format, Make Plain Text): save it as plain text (UTF-8), under the same name"),
        ("Word", b"PK\x03\x04\x14\0\x06\0word/document.xml".to_vec(), "this is a document of Word, Pages or LibreOffice, or a ZIP file: save it as plain text (UTF-8), under the same name"),
        ("LibreOffice Writer", b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.text".to_vec(), "this is a document of Word, Pages or LibreOffice, or a ZIP file: save it as plain text (UTF-8), under the same name"),
        ("Pages", b"PK\x03\x04\x14\0Index/Document.iwa".to_vec(), "this is a document of Word, Pages or LibreOffice, or a ZIP file: save it as plain text (UTF-8), under the same name"),
        ("Word 97", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec(), "this is a document of an older Word: save it as plain text (UTF-8), under the same name"),
        ("printed to a file", b"%PDF-1.7\n%\xe2\xe3".to_vec(), "this is a PDF file: save it as plain text (UTF-8), under the same name"),
        ("saved from a browser", utf8("<!DOCTYPE html>\n<html><body>event_name = \"Ball\"</body></html>"), "this is a web page: save it as plain text (UTF-8), under the same name"),
        ("saved from a browser, with a mark", marked("\r\n<HTML><body>event_name</body></HTML>"), "this is a web page: save it as plain text (UTF-8), under the same name"),
        ("an XML file", utf8("<?xml version=\"1.0\"?><plist/>"), "this is an XML file: save it as plain text (UTF-8), under the same name"),
        ("Safari's web archive", b"bplist00\xd1\x01\x02".to_vec(), "this is a property list or a web archive of a Mac: save it as plain text (UTF-8), under the same name"),
        ("a screenshot", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "this is a picture: save it as plain text (UTF-8), under the same name"),
        ("a photo of the settings", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), "this is a picture: save it as plain text (UTF-8), under the same name"),
        ("compressed", b"\x1f\x8b\x08\0\0".to_vec(), "this is a compressed file: save it as plain text (UTF-8), under the same name"),
        ("lost by the card", vec![0; 512], "the file holds nothing but zeros: the card has lost it, copy it there once more"),
        ("empty", Vec::new(), ""),
        ("too long", vec![b'#'; limits::BOX_FILE_BYTES + 1], "chatterbox.toml is too long to be read: it may have 64 KB, and is usually a page of text"),
        ("random bytes", noise(), "this is no text: save it as plain text (UTF-8), under the same name"),
        ("JSON", utf8("{\n  \"event_name\": \"Ball\",\n  \"country\": \"DE\"\n}\n"), "this is a file of JSON, and here each setting is a line of its own, name = \"value\": save it as plain text (UTF-8), under the same name"),
        ("YAML", utf8("event_name: Ball\ncountry: DE\n"), "line 1: between name and value stands a =, and no colon: name = \"value\"\nline 2: between name and value stands a =, and no colon: name = \"value\""),
        ("an INI file", utf8("[wifi]\ncountry=DE\n; ours\n"), "line 1: a name in brackets is not needed here: this file has no sections\nline 2: country: the value must stand in quotes: country = \"DE\"\nline 3: a remark begins with #"),
        ("prose", prose(), "line 1: the value must stand in quotes: name = \"…\"\nline 2: the value must stand in quotes: name = \"…\"\nline 3: the value must stand in quotes: name = \"…\"\nline 4: the value must stand in quotes: name = \"…\"\nline 5: the value must stand in quotes: name = \"…\"\nline 6: the value must stand in quotes: name = \"…\"\nline 7: the value must stand in quotes: name = \"…\"\nline 8: the value must stand in quotes: name = \"…\"\nline 9: the value must stand in quotes: name = \"…\"\nline 10: the value must stand in quotes: name = \"…\"\nline 11: the value must stand in quotes: name = \"…\"\nline 12: the value must stand in quotes: name = \"…\"\n164 more things are wrong."),
        ("sixty thousand bytes of prose", "Dear box, please\n".repeat(3800).into_bytes(), "line 1: this line is not of the form name = \"value\"; a remark begins with #\nline 2: this line is not of the form name = \"value\"; a remark begins with #\nline 3: this line is not of the form name = \"value\"; a remark begins with #\nline 4: this line is not of the form name = \"value\"; a remark begins with #\nline 5: this line is not of the form name = \"value\"; a remark begins with #\nline 6: this line is not of the form name = \"value\"; a remark begins with #\nline 7: this line is not of the form name = \"value\"; a remark begins with #\nline 8: this line is not of the form name = \"value\"; a remark begins with #\nline 9: this line is not of the form name = \"value\"; a remark begins with #\nline 10: this line is not of the form name = \"value\"; a remark begins with #\nline 11: this line is not of the form name = \"value\"; a remark begins with #\nline 12: this line is not of the form name = \"value\"; a remark begins with #\n3788 more things are wrong."),
        ("curly quotes of Word", utf8("country = “DE”\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("curly quotes of a German Word", utf8("country = „DE“\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("French quotes", utf8("country = «DE»\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("backticks of a chat", utf8("country = `DE`\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("wide quotes of a Chinese keyboard", utf8("country = ＂DE＂\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("corner brackets of a Japanese keyboard", utf8("country = 「DE」\r\n"), "line 1: country: the quotes are curly ones, as a word processor makes them; type straight quotes: country = \"…\""),
        ("a wide equals sign", utf8("country ＝ \"DE\"\r\n"), "line 1: the = is a wide one; type a plain one: name = \"value\""),
        ("a colon for the equals sign", utf8("country: \"DE\"\r\n"), "line 1: between name and value stands a =, and no colon: name = \"value\""),
        ("a wide colon", utf8("country：\"DE\"\r\n"), "line 1: between name and value stands a =, and no colon: name = \"value\""),
        ("no quotes", utf8("country = DE\r\n"), "line 1: country: the value must stand in quotes: country = \"DE\""),
        ("one quote", utf8("country = \"DE\r\n"), "line 1: country: the quotes do not match; write country = \"…\", and nothing behind it"),
        ("other quotes", utf8("country = \"DE'\r\n"), "line 1: country: the quotes do not match; write country = \"…\", and nothing behind it"),
        ("single quotes", utf8("country = 'DE'\r\n"), ""),
        ("nothing behind the equals sign", utf8("country =\r\n"), "line 1: country: nothing stands behind the =; write country = \"…\", or put a # before the line"),
        ("no equals sign", utf8("country \"DE\"\r\n"), "line 1: this line is not of the form name = \"value\"; a remark begins with #"),
        ("a remark of another language", utf8("// country = \"DE\"\r\n"), "line 1: a remark begins with #"),
        ("a remark behind a value", utf8("country = \"DE\" # ours\r\n"), ""),
        ("words behind a value", utf8("country = \"DE\" ours\r\n"), "line 1: country: the quotes do not match; write country = \"…\", and nothing behind it"),
        ("capitals and spaces in a name", utf8("Event Name = \"Ball\"\r\n"), ""),
        ("a hyphen in a name", utf8("event-name = \"Ball\"\r\n"), ""),
        ("quotes around a name", utf8("\"event_name\" = \"Ball\"\r\n"), ""),
        ("a name that is not there", utf8("wlan = \"Ball\"\r\n"), "line 1: there is no setting of this name; there are {KEYS}"),
        ("a mistyped name", utf8("evnt_name = \"Ball\"\r\n"), "line 1: there is no setting evnt_name; did you mean event_name?"),
        ("a section", utf8("[server]\r\n"), "line 1: a name in brackets is not needed here: this file has no sections"),
        ("twice", utf8("country = \"DE\"\r\ncountry = \"AT\"\r\n"), "line 2: country stands here for the second time; the first counts"),
        ("two on one line", utf8("country = \"DE\" channel = 6\r\n"), "line 1: country: the quotes do not match; write country = \"…\", and nothing behind it"),
        ("a tab", utf8("\tcountry\t=\t\"DE\"\r\n"), ""),
        ("a space that does not break", utf8("country\u{a0}=\u{a0}\"DE\"\r\n"), ""),
        ("a space without width, copied from a page", utf8("\u{200b}country = \"DE\"\r\n"), ""),
        ("a page break of a word processor", utf8("\u{c}country = \"DE\"\r\n"), ""),
        ("a line break of a word processor", utf8("event_name = \"Ball\"\u{b}country = \"DE\"\r\n"), "line 1: there is an invisible character in this line (U+000B): type the line anew"),
        ("a zero in a line", utf8("country = \"DE\"\0\r\n"), "line 1: there is an invisible character in this line (U+0000): type the line anew"),
        ("a path of Windows", utf8("event_name = \"C:\\party\"\r\n"), "line 1: event_name: a \\ has a meaning of its own between \"…\"; write event_name = '…'"),
        ("a list on several lines", utf8("rooms = [\r\n  \"main\", # first\r\n  \"bar\",\r\n]\r\n"), ""),
        ("a list without brackets", utf8("rooms = \"main\", \"bar\"\r\n"), "line 1: rooms: the list can't be read; write rooms = [\"one\", \"two\"]"),
        ("a list without quotes", utf8("rooms = [main, bar]\r\n"), "line 1: rooms: the list can't be read; write rooms = [\"one\", \"two\"]"),
        ("a list without an end", utf8("rooms = [\"main\"\r\n"), "line 1: rooms: the list can't be read; write rooms = [\"one\", \"two\"]"),
        ("a room with a slash", utf8("rooms = [\"main\", \"bar/café\"]\r\n"), "line 1: rooms: \"bar/café\" has a character that is not allowed; this room was left out"),
        ("a room that is a number", utf8("rooms = [\"main\", 5]\r\n"), "line 1: rooms: 5 is no text in quotes; write rooms = [\"main\", \"dance floor\"]"),
        ("one room", utf8("rooms = \"main\"\r\n"), ""),
        ("no room", utf8("rooms = []\r\n"), "line 1: rooms: write rooms = [\"main\", \"dance floor\"]"),
        ("a country in words", utf8("country = \"Germany\"\r\n"), "line 1: country: two letters as in \"DE\", \"US\" or \"GB\" (ISO 3166)"),
        ("a country of three letters", utf8("country = \"DEU\"\r\n"), "line 1: country: two letters as in \"DE\", \"US\" or \"GB\" (ISO 3166)"),
        ("a country in small letters", utf8("country = \"de\"\r\n"), ""),
        ("a channel of another country", utf8("country = \"US\"\r\nchannel = 13\r\n"), "line 2: channel: channel 13 is not allowed in US; choose 1, 6 or 11"),
        ("a channel without a country", utf8("channel = 36\r\n"), "line 1: channel: channel 36 needs the country; without it, choose 1, 6 or 11"),
        ("a channel in quotes", utf8("channel = \"11\"\r\n"), ""),
        ("a channel that chooses itself", utf8("channel = \"auto\"\r\n"), "line 1: channel: choose 1, 6 or 11 (reaches far), or 36, 40, 44 or 48 (much room, not far)"),
        ("a short password", utf8("password = \"kurz\"\r\n"), "line 1: password: it has 4 characters, and a Wi-Fi's password has 8 to 63"),
        ("a long password", utf8("password = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\r\n"), "line 1: password: it has 64 characters, and a Wi-Fi's password has 8 to 63"),
        ("a password with a mark", utf8("password = \"Sömmer 2026\"\r\n"), "line 1: password: only letters without marks, digits, spaces and signs as on an English keyboard"),
        ("a password of digits without quotes", utf8("password = 20261128\r\n"), "line 1: password: the value must stand in quotes: password = \"…\""),
        ("spaces around a password", utf8("password = \" tanz mit mir \"\r\n"), "line 1: password: the spaces around it were left out"),
        ("a password in an open network", utf8("security = \"open\"\r\npassword = \"tanz mit mir\"\r\n"), "line 2: password: it is not used, because security is \"open\"; remove one of the two"),
        ("an old security", utf8("security = \"WEP\"\r\n"), "line 1: security: \"WEP\" is none of \"wpa2\", \"wpa3\", \"mixed\", \"owe\", \"open\""),
        ("security in capitals", utf8("security = \"WPA2\"\r\n"), ""),
        ("a long network name", utf8("network_name = \"Freiwillige Feuerwehr Großdörnbach\"\r\n"), "line 1: network_name: it has 36 bytes, and a Wi-Fi's name has 1 to 32 (letters with marks count twice, emoji four times)"),
        ("spaces around a network name", utf8("network_name = \"Ball \"\r\n"), "line 1: network_name: the spaces around it were left out"),
        ("an invisible letter in a network name", utf8("network_name = \"Ball\u{200b}haus\"\r\n"), "line 1: network_name: an invisible character in it was left out (U+200B)"),
        ("a space of another kind in a network name", utf8("network_name = \"Ball\u{a0}haus\"\r\n"), "line 1: network_name: a space in it is of another kind (U+00A0) and was made a plain one"),
        ("an emoji in a network name", utf8("network_name = \"🎉 Ball 👩\u{200d}👧\"\r\n"), ""),
        ("a network name of two lines", utf8("network_name = \"Ball\\nhaus\"\r\n"), "line 1: network_name: it must be one line of letters"),
        ("a box name with a space", utf8("box_name = \"my box\"\r\n"), "line 1: box_name: up to 32 letters, digits and hyphens, as in \"chatterbox-2\""),
        ("a box name with a dot", utf8("box_name = \"box.lan\"\r\n"), "line 1: box_name: up to 32 letters, digits and hyphens, as in \"chatterbox-2\""),
        ("a subnet without its width", utf8("subnet = \"10.0.0.0\"\r\n"), "line 1: subnet: `10.0.0.0` is no network; write for example \"10.42.0.0/22\""),
        ("a subnet that is too wide", utf8("subnet = \"10.0.0.0/8\"\r\n"), "line 1: subnet: /8 is too narrow or too wide; /22 has room for a thousand phones, /24 for two hundred"),
        ("a switch in words", utf8("isolation = \"maybe\"\r\n"), "line 1: isolation: maybe is neither \"on\" nor \"off\""),
        ("a switch without quotes", utf8("wifi = off\r\n"), "line 1: wifi: the value must stand in quotes: wifi = \"off\""),
        ("a webhook with TLS", utf8("webhooks = [\"https://example.org/hook\"]\r\n"), "line 1: webhooks: an address is wrong and was left out; it begins with http:// (there is no TLS here)"),
        ("a secret without webhooks", utf8("webhook_secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\r\n"), "line 1: webhook_secret: it is not used, because there are no webhooks"),
        ("a secret that is none", utf8("webhook_secret = \"geheim\"\r\n"), "line 1: webhook_secret: expected whsec_ and 24 to 64 bytes in base64"),
    ]
}

#[test]
fn each_file_has_the_sentences_that_its_organizer_reads() {
    let table = table();
    assert!(table.len() >= 100);
    let mut wrong = Vec::new();
    for (label, file, expected) in &table {
        let lines = report_lines(&BoxSettings::read(file).1);
        let read = lines.join("\n");
        if read != expected.replace("{KEYS}", &KEYS.join(", ")) {
            wrong.push(format!("{label}:\n{read:?}"));
        }
        let page: usize = lines.iter().map(|line| escaped(line).len() + "<p></p>".len()).sum();
        assert!(page < limits::BOX_PROBLEMS_BYTES, "{label}: {page} bytes");
        assert!(!read.contains("sommer2026"), "{label}: a password is repeated");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_text_is_read_from_every_encoding() {
    let text = "event_name = \"Fête\"\r\ncountry = \"DE\"\r\n";
    let mac = b"event_name = \"F\x90te\"\rcountry = \"DE\"\r".to_vec();
    for file in [
        utf8(text),
        marked(text),
        wide_le(text, true),
        wide_le(text, false),
        wide_be(text, true),
        wide_be(text, false),
        latin(text),
        mac,
    ] {
        let (settings, _) = BoxSettings::read(&file);
        assert_eq!(
            (settings.event_name.as_str(), settings.country.as_deref()),
            ("Fête", Some("DE"))
        );
    }
}
