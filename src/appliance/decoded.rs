//! Decodes the settings file as editors save it: various encodings and line ends, or a file of another kind. The caller has bounded its
//! size.

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::page::{Mistake, MistakeKind};

const SAVE: &str = "save it as plain text (UTF-8), under the same name";

/// First bytes of other kinds of file, with names that an organizer knows.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (
        b"{\\rtf",
        "RTF",
        "a Rich Text file (in TextEdit choose Format, Make Plain Text)",
    ),
    (
        b"PK\x03\x04",
        "ZIP, DOCX, ODT",
        "a document of Word, Pages or LibreOffice, or a ZIP file",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "DOC",
        "a document of an older Word",
    ),
    (b"%PDF", "PDF", "a PDF file"),
    (b"bplist00", "plist", "a property list or a web archive of a Mac"),
    (b"\x1f\x8b", "gzip", "a compressed file"),
    (b"\x89PNG", "PNG", "a picture"),
    (b"\xff\xd8\xff", "JPEG", "a picture"),
    (b"GIF8", "GIF", "a picture"),
    (b"<!doctype", "HTML", "a web page"),
    (b"<html", "HTML", "a web page"),
    (b"<?xml", "XML", "an XML file"),
    (b"\xff\xfe\0\0", "UTF-32", "a text in UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32", "a text in UTF-32"),
    (
        b"{",
        "JSON",
        "a file of JSON, and here each setting is a line of its own, name = \"value\"",
    ),
];

/// Decodes a file to text with `
/// ` line ends. Reports a guessed encoding, and a file that is not text.
pub fn decode(bytes: &[u8], mistakes: &mut Vec<Mistake>) -> String {
    if let Some((name, kind)) = foreign(bytes) {
        mistakes.push(Mistake::new(MistakeKind::Kind, format!("this is {kind}: {SAVE}")).with(name));
        return String::new();
    }
    if !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0) {
        let what = "the file holds nothing but zeros: the card has lost it, copy it there once more";
        mistakes.push(Mistake::new(MistakeKind::Kind, what).with("000…"));
        return String::new();
    }
    let text = text(bytes, mistakes);
    if text.contains('\r') && !text.contains('\n') {
        let what = "the lines end as on an old Mac; they were read all the same, but choose Unix or Windows line ends when you save it";
        mistakes.push(Mistake::new(MistakeKind::Encoding, what));
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn foreign(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |with: &[u8], mark: &[u8]| {
        with.get(..mark.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(mark))
    };
    let found = FOREIGN
        .iter()
        .find(|(mark, ..)| begins(bytes, mark) || begins(start, mark))?;
    Some((found.1, found.2))
}

fn text(bytes: &[u8], mistakes: &mut Vec<Mistake>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        if encoding == UTF_8 {
            return narrow(&bytes[mark..], mistakes);
        }
        return wide(encoding, &bytes[mark..], mistakes);
    }
    match unmarked(bytes) {
        Some(encoding) => {
            let what = "the file is saved as UTF-16 without its mark; it was read all the same, but save it as UTF-8";
            mistakes.push(Mistake::new(MistakeKind::Encoding, what));
            wide(encoding, bytes, mistakes)
        }
        None => narrow(bytes, mistakes),
    }
}

fn wide(encoding: &'static Encoding, bytes: &[u8], mistakes: &mut Vec<Mistake>) -> String {
    let whole = &bytes[..bytes.len() / 2 * 2];
    if whole.len() < bytes.len() {
        let what = "the file ends in the middle of a letter, so its end may be missing: save it once more";
        mistakes.push(Mistake::new(MistakeKind::Encoding, what));
    }
    encoding.decode_without_bom_handling(whole).0.into_owned()
}

/// Detects UTF-16 without a byte order mark: keys are ASCII, so every other byte is zero.
fn unmarked(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = bytes.len() / 10;
    match (even, odd) {
        (0, odd) if odd > enough => Some(UTF_16LE),
        (even, 0) if even > enough => Some(UTF_16BE),
        _ => None,
    }
}

/// Decodes UTF-8; otherwise adds a diagnostic and decodes the encoding of old Windows or Mac editors.
fn narrow(bytes: &[u8], mistakes: &mut Vec<Mistake>) -> String {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return text.to_owned(),
        Err(error) => error,
    };
    if bytes
        .iter()
        .any(|byte| byte.is_ascii_control() && !b"\t\n\x0b\x0c\r".contains(byte))
    {
        mistakes.push(Mistake::new(MistakeKind::Kind, format!("this is no text: {SAVE}")).with("?"));
        return String::new();
    }
    let before = &bytes[..error.valid_up_to()];
    let ends = |end: u8| before.iter().filter(|byte| **byte == end).count();
    let what =
        "there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8";
    mistakes.push(Mistake::new(MistakeKind::Encoding, what).at(1 + ends(b'\n').max(ends(b'\r'))));
    let old_mac = bytes.contains(&b'\r') && !bytes.contains(&b'\n');
    let encoding = if old_mac { MACINTOSH } else { WINDOWS_1252 };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> (String, Vec<String>) {
        let mut diagnostics = Vec::new();
        let text = decode(bytes, &mut diagnostics);
        (text, diagnostics.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn text_of_old_editors_is_decoded_and_reported() {
        for (bytes, text) in [
            (&b"a\nb = \"F\xeate\"\n"[..], "a\nb = \"Fête\"\n"),
            (b"a\r\nb = \x93\x80\x94\r\n", "a\nb = “€”\n"),
        ] {
            let (read, told) = of(bytes);
            assert_eq!(read, text);
            assert!(told[0].starts_with("line 2: ") && told[0].contains("UTF-8"), "{told:?}");
        }
        let (read, told) = of(b"a\rb = \"F\x90te\"\r");
        assert_eq!(read, "a\nb = \"Fête\"\n");
        assert!(
            told[0].starts_with("line 2: ") && told[1].contains("old Mac"),
            "{told:?}"
        );
    }

    #[test]
    fn every_kind_that_is_no_text_has_its_name_in_any_letters() {
        for (mark, _, kind) in FOREIGN {
            let file = [*mark, &b" and what follows"[..]].concat();
            let (text, told) = of(&file);
            assert_eq!(text, "");
            assert_eq!(told, [format!("this is {kind}: {SAVE}")]);
        }
        assert!(of(b"\xef\xbb\xbf \r\n<!DOCTYPE html>").1[0].contains("a web page"));
    }
}
