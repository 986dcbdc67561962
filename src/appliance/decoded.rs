//! Decodes the settings file as editors save it: various encodings and line ends, or a file of another kind.

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::diagnostic::Diagnostic;

const SAVE: &str = "save it as plain text (UTF-8), under the same name";

/// First bytes of other kinds of file, with names that an organizer knows.
const FOREIGN: &[(&[u8], &str)] = &[
    (
        b"{\\rtf",
        "a Rich Text file (in TextEdit choose Format, Make Plain Text)",
    ),
    (b"PK\x03\x04", "a document of Word, Pages or LibreOffice, or a ZIP file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an older Word"),
    (b"%PDF", "a PDF file"),
    (b"bplist00", "a property list or a web archive of a Mac"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML file"),
    (b"\xff\xfe\0\0", "a text in UTF-32"),
    (b"\0\0\xfe\xff", "a text in UTF-32"),
    (
        b"{",
        "a file of JSON, and here each setting is a line of its own, name = \"value\"",
    ),
];

/// Decodes a file to text with `
/// ` line ends. Reports a guessed encoding, and a file that is not text.
pub fn decode(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    if let Some(kind) = foreign(bytes) {
        diagnostics.push(Diagnostic::new(0, format!("this is {kind}: {SAVE}")));
        return String::new();
    }
    if !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0) {
        let what = "the file holds nothing but zeros: the card has lost it, copy it there once more";
        diagnostics.push(Diagnostic::new(0, what));
        return String::new();
    }
    let text = text(bytes, diagnostics);
    if text.contains('\r') && !text.contains('\n') {
        let what = "the lines end as on an old Mac; they were read all the same, but choose Unix or Windows line ends when you save it";
        diagnostics.push(Diagnostic::new(0, what));
    }
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |with: &[u8], mark: &[u8]| {
        with.get(..mark.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(mark))
    };
    let found = FOREIGN
        .iter()
        .find(|(mark, _)| begins(bytes, mark) || begins(start, mark))?;
    Some(found.1)
}

fn text(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        if encoding == UTF_8 {
            return narrow(&bytes[mark..], diagnostics);
        }
        return wide(encoding, &bytes[mark..], diagnostics);
    }
    match unmarked(bytes) {
        Some(encoding) => {
            let what = "the file is saved as UTF-16 without its mark; it was read all the same, but save it as UTF-8";
            diagnostics.push(Diagnostic::new(0, what));
            wide(encoding, bytes, diagnostics)
        }
        None => narrow(bytes, diagnostics),
    }
}

fn wide(encoding: &'static Encoding, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    let whole = &bytes[..bytes.len() / 2 * 2];
    if whole.len() < bytes.len() {
        let what = "the file ends in the middle of a letter, so its end may be missing: save it once more";
        diagnostics.push(Diagnostic::new(0, what));
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
fn narrow(bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return text.to_owned(),
        Err(error) => error,
    };
    if bytes
        .iter()
        .any(|byte| byte.is_ascii_control() && !b"\t\n\x0b\x0c\r".contains(byte))
    {
        diagnostics.push(Diagnostic::new(0, format!("this is no text: {SAVE}")));
        return String::new();
    }
    let before = &bytes[..error.valid_up_to()];
    let ends = |end: u8| before.iter().filter(|byte| **byte == end).count();
    diagnostics.push(Diagnostic::new(
        1 + ends(b'\n').max(ends(b'\r')),
        "there are characters here that are not saved as UTF-8; in Notepad choose File, Save as, Encoding: UTF-8",
    ));
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
        for (mark, kind) in FOREIGN {
            let file = [*mark, &b" and what follows"[..]].concat();
            let (text, told) = of(&file);
            assert_eq!(text, "");
            assert_eq!(told, [format!("this is {kind}: {SAVE}")]);
        }
        assert!(of(b"\xef\xbb\xbf \r\n<!DOCTYPE html>").1[0].contains("a web page"));
    }
}
