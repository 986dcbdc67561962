//! Reads and writes the polling payloads of Engine.IO 3 (old Socket.IO clients), at most `limits::PAYLOAD_PACKETS` packets each.
//!
//! Version 3 (clients 1.x and 2.x) writes each packet's length in UTF-16 units before it, or sends binary payloads with a binary head for
//! each packet. Clients 1.x, and the Swift client of their time, encode a packet's text as UTF-8 *before* the body is encoded as UTF-8, and
//! decode twice as well. Text that was encoded twice is decoded here. Text to any client of version 3 is ASCII with JSON's escapes, which
//! stays the same however often it is decoded. The first clients of version 3 get binary payloads.

use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use super::{
    connect_error::ConnectErrors,
    packet::{self, Dialect, MARK, Verdict},
};
use crate::{
    limits::PAYLOAD_PACKETS,
    transport::engineio::{
        payload::{Judged, size},
        request::EngineError,
    },
};

/// Checks a version 3 payload and corrects it for the library: text encoded once, binary as base64.
///
/// # Errors
/// [`EngineError::TooLarge`]: more than [`PAYLOAD_PACKETS`].
pub fn repaired_v3(body: &[u8], dialect: Dialect, binary: bool, message_bytes: usize) -> Result<Judged, EngineError> {
    let mut repaired = String::with_capacity(body.len() + body.len() / 3);
    let mut packets = 0;
    let mut add = |packet: &str| {
        packets += 1;
        if packets > PAYLOAD_PACKETS || size(packet.as_bytes()) > message_bytes {
            return Err(EngineError::TooLarge);
        }
        match packet::judge(dialect, packet.as_bytes(), true) {
            Verdict::Ignore => {}
            Verdict::Mark(at) => put_v3(&mut repaired, &[&packet[..at], MARK, &packet[at..]].concat()),
            Verdict::Replace(other) => put_v3(&mut repaired, &String::from_utf8_lossy(&other)),
            Verdict::Pass | Verdict::More | Verdict::Foreign(_) => put_v3(&mut repaired, packet),
        }
        Ok(())
    };
    let added = each_packet(body, binary, &mut add);
    match added {
        Ok(()) => Ok(Judged::Packets(repaired.into())),
        Err(error) if packets > PAYLOAD_PACKETS => Err(error),
        Err(error) => Ok(Judged::Cut(repaired.into(), error)),
    }
}

/// Calls `add` with each packet of a payload, until a packet is malformed or `add` returns an error.
fn each_packet(
    body: &[u8],
    binary: bool,
    add: &mut impl FnMut(&str) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    if binary {
        let mut rest = body;
        while let Some((packet, behind)) = split_binary(rest)? {
            match packet {
                Packet::Text(text) => add(text)?,
                Packet::Binary(data) => add(&format!("b4{}", STANDARD.encode(data)))?,
            }
            rest = behind;
        }
        return Ok(());
    }
    let mut rest = std::str::from_utf8(body).map_err(|_| EngineError::BadRequest)?;
    while let Some((packet, behind)) = split_text(rest)? {
        add(decoded_again(packet).as_deref().unwrap_or(packet))?;
        rest = behind;
    }
    Ok(())
}

/// Corrects the library's version 3 payload: JSON in ASCII, attachments with the type that the library omits, and CONNECT_ERROR packets as texts.
pub fn corrected_v3(body: &Bytes, errors: ConnectErrors) -> Bytes {
    let Ok(mut rest) = std::str::from_utf8(body) else {
        return body.clone();
    };
    if rest.is_ascii() && !rest.contains(":b") && !rest.contains(":44") {
        return body.clone();
    }
    let mut corrected = String::with_capacity(body.len() * 2);
    while let Ok(Some((packet, behind))) = split_text(rest) {
        match packet.strip_prefix('b') {
            // Base64 comes in fours: one character more is the type.
            Some(base64) if base64.len() % 4 == 0 => put_v3(&mut corrected, &format!("b4{base64}")),
            Some(_) => put_v3(&mut corrected, packet),
            None => put_v3(
                &mut corrected,
                &in_ascii(errors.corrected(packet).as_deref().unwrap_or(packet)),
            ),
        }
        rest = behind;
    }
    corrected.into()
}

/// A version 3 payload in binary framing (engine.io-parser 1.3, `encodePayloadAsBinary`): 0 for text or 1 for binary, the length's digits
/// as bytes, 255, the packet. A length counts bytes.
pub fn in_binary(body: &[u8]) -> Bytes {
    let Ok(mut rest) = std::str::from_utf8(body) else {
        return Bytes::new();
    };
    let mut binary = Vec::with_capacity(body.len() + body.len() / 4);
    let mut put = |kind: u8, packet: &[u8]| {
        binary.push(kind);
        binary.extend(packet.len().to_string().bytes().map(|digit| digit - b'0'));
        binary.push(255);
        binary.extend(packet);
    };
    while let Ok(Some((packet, behind))) = split_text(rest) {
        match packet.strip_prefix("b4").map(|base64| STANDARD.decode(base64)) {
            Some(Ok(data)) => put(1, &[&[4], &data[..]].concat()),
            _ => put(0, packet.as_bytes()),
        }
        rest = behind;
    }
    binary.into()
}

/// A version 3 payload that contains these packets.
pub fn payload_of(packets: &[String]) -> Bytes {
    let mut payload = String::new();
    packets.iter().for_each(|packet| put_v3(&mut payload, packet));
    payload.into()
}

fn put_v3(out: &mut String, packet: &str) {
    let units = packet.encode_utf16().count();
    write!(out, "{units}:{packet}").expect("a String takes all");
}

/// Splits the first packet off a text payload; returns it and the rest, or `None` if the payload is empty.
pub(in crate::transport::engineio) fn split_text(payload: &str) -> Result<Option<(&str, &str)>, EngineError> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (length, rest) = payload.split_once(':').ok_or(EngineError::BadRequest)?;
    let length: usize = length.parse().map_err(|_| EngineError::BadRequest)?;
    let mut units = 0;
    let end = rest.char_indices().find_map(|(at, char)| {
        let found = (units >= length).then_some(at);
        units += char.len_utf16();
        found
    });
    match end {
        Some(end) => Ok(Some(rest.split_at(end))),
        None if units == length => Ok(Some((rest, ""))),
        None => Err(EngineError::BadRequest),
    }
}

enum Packet<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

/// Splits the first packet off a binary payload (0 for text or 1, the length's digits as bytes, 255, the packet).
fn split_binary(payload: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, EngineError> {
    let Some((&kind, rest)) = payload.split_first() else {
        return Ok(None);
    };
    let end = rest
        .iter()
        .position(|&byte| byte == 255)
        .ok_or(EngineError::BadRequest)?;
    let mut length = 0_usize;
    for &digit in &rest[..end] {
        if digit > 9 {
            return Err(EngineError::BadRequest);
        }
        length = length.saturating_mul(10).saturating_add(digit.into());
    }
    let (packet, behind) = rest[end + 1..]
        .split_at_checked(length)
        .ok_or(EngineError::BadRequest)?;
    let packet = match (kind, packet) {
        (0, text) => Packet::Text(std::str::from_utf8(text).map_err(|_| EngineError::BadRequest)?),
        // The type of a binary packet is a message's, always.
        (1, [4, data @ ..]) => Packet::Binary(data),
        _ => return Err(EngineError::BadRequest),
    };
    Ok(Some((packet, behind)))
}

/// The text of a packet that was encoded as UTF-8 twice; `None` if it was encoded once. A twice encoded text has only characters up to
/// U+00FF, and these form valid UTF-8.
fn decoded_again(packet: &str) -> Option<String> {
    if packet.is_ascii() {
        return None;
    }
    let bytes: Result<Vec<u8>, _> = packet.chars().map(u8::try_from).collect();
    String::from_utf8(bytes.ok()?).ok()
}

/// A packet with all non-ASCII characters in its JSON escaped. The text before the JSON is the name of a namespace.
fn in_ascii(packet: &str) -> String {
    let json = packet.find(['[', '{', '"']).unwrap_or(packet.len());
    let (head, json) = packet.split_at(json);
    let mut out = String::with_capacity(packet.len() * 2);
    out.push_str(head);
    for char in json.chars() {
        if char.is_ascii() {
            out.push(char);
            continue;
        }
        for unit in char.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}").expect("a String takes all");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::engineio::request::Protocol;

    const LIMIT: usize = 1000;
    const V3: Dialect = Dialect {
        protocol: Protocol::V3,
        is_socketio: true,
    };
    /// Encodes a text once more, as `utf8.js` in clients 1.x does: each byte of the UTF-8 encoding becomes a character.
    fn encoded_again(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    fn repaired(body: &str) -> String {
        match repaired_v3(body.as_bytes(), V3, false, LIMIT) {
            Ok(Judged::Packets(body)) => String::from_utf8(body.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn cut(before: &'static str, error: EngineError) -> Result<Judged, EngineError> {
        Ok(Judged::Cut(before.into(), error))
    }

    #[test]
    fn text_that_was_encoded_twice_is_decoded_once_more() {
        for text in ["你好", "é 漢字 😀", "plain", "\u{80}"] {
            let packet = format!("42[\"chat\",\"{text}\"]");
            let expected = format!("{}:{packet}", packet.encode_utf16().count());
            let twice = encoded_again(&packet);
            assert_eq!(repaired(&format!("{}:{twice}", twice.chars().count())), expected);
            assert_eq!(repaired(&expected), expected, "a client that encodes once");
        }
    }

    #[test]
    fn packets_keep_their_order_and_their_bounds() {
        assert_eq!(repaired("1:22:423:4é!"), "1:22:423:4é!");
        assert_eq!(repaired(""), "");
        for broken in ["x", "5:2", ":2", "-1:2", "1", "99999999999999999999:2"] {
            assert_eq!(
                repaired_v3(format!("3:4hi{broken}").as_bytes(), V3, false, LIMIT),
                cut("3:4hi", EngineError::BadRequest),
                "{broken}"
            );
        }
        // A length that ends inside a surrogate pair counts no packet.
        assert_eq!(
            repaired_v3("2:4😀".as_bytes(), V3, false, LIMIT),
            cut("", EngineError::BadRequest)
        );
        let many = "1:2".repeat(PAYLOAD_PACKETS);
        assert!(repaired_v3(many.as_bytes(), V3, false, LIMIT).is_ok());
        assert_eq!(
            repaired_v3((many + "1:2").as_bytes(), V3, false, LIMIT),
            Err(EngineError::TooLarge)
        );
        let large = format!("1:2{}:{}2:4b", LIMIT + 1, "4".repeat(LIMIT + 1));
        assert_eq!(
            repaired_v3(large.as_bytes(), V3, false, LIMIT),
            cut("1:2", EngineError::TooLarge)
        );
    }

    #[test]
    fn binary_payloads_become_text() {
        let mut body = vec![0, 1, 5, 255];
        body.extend_from_slice("42[\"你\"]你你".as_bytes());
        let text = body.len() - 4;
        body[1] = u8::try_from(text / 10).unwrap();
        body[2] = u8::try_from(text % 10).unwrap();
        body.extend_from_slice(&[1, 4, 255, 4, 1, 2, 3]);
        let repaired = repaired_v3(&body, V3, true, LIMIT).unwrap();
        assert_eq!(repaired, Judged::Packets(Bytes::from("9:42[\"你\"]你你6:b4AQID")));
        for broken in [
            &[2, 1, 255, 4][..],
            &[1, 1, 255, 3],
            &[0, 200, 255, 4],
            &[0, 2, 255, 4],
            &[0, 1],
        ] {
            assert_eq!(
                repaired_v3(broken, V3, true, LIMIT),
                cut("", EngineError::BadRequest),
                "{broken:?}"
            );
        }
    }

    #[test]
    fn answers_are_ascii_and_say_the_same() {
        let body = Bytes::from("1:217:42[\"chat\",\"é漢😀\"]");
        let escaped = corrected_v3(&body, ConnectErrors::new(Protocol::V3, None));
        assert!(escaped.is_ascii());
        let text = std::str::from_utf8(&escaped).unwrap();
        let (_, rest) = split_text(text).unwrap().unwrap();
        let (packet, _) = split_text(rest).unwrap().unwrap();
        let event: Vec<String> = serde_json::from_str(&packet[2..]).unwrap();
        assert_eq!(event, ["chat", "é漢😀"]);
    }

    #[test]
    fn binary_packets_get_their_type() {
        let body = Bytes::from("4:42[]5:bAQID6:b4AQID1:2");
        assert_eq!(
            corrected_v3(&body, ConnectErrors::new(Protocol::V3, None)),
            Bytes::from("4:42[]6:b4AQID6:b4AQID1:2")
        );
    }

    #[test]
    fn a_namespace_loses_its_query() {
        assert_eq!(repaired("13:40/room/a?b=c"), "9:40/room/a");
        assert_eq!(repaired("10:40/a?b=c,1"), "6:40/a,1");
        assert_eq!(repaired("9:42[\"a?b\"]"), "9:42[\"a?b\"]");
    }

    // Read by invisibleroads/socketIO-client 0.7.2, socketIO_client/parsers.py, `decode_engineIO_content`.
    #[test]
    fn a_payload_in_binary_is_the_same_payload() {
        let body = "10:0{\"sid\":1}2:406:b4AQID1:6";
        let binary = in_binary(body.as_bytes());
        assert!(binary.starts_with(b"\0\x01\0\xff0{\"sid\":1}\0\x02\xff40\x01\x04\xff\x04\x01\x02\x03"));
        let mut text = String::new();
        let mut rest = &binary[..];
        while let Some((packet, behind)) = split_binary(rest).unwrap() {
            match packet {
                Packet::Text(packet) => put_v3(&mut text, packet),
                Packet::Binary(data) => put_v3(&mut text, &format!("b4{}", STANDARD.encode(data))),
            }
            rest = behind;
        }
        assert_eq!(text, body);
    }

    #[test]
    fn packets_are_judged() {
        let body = "1:611:42[\"a\",\"x\"]1:52:6x8:42[\"bc\"]";
        assert_eq!(repaired(body), "11:42[\"a\",\"x\"]8:42[\"bc\"]");
        assert_eq!(repaired("8:42[\"\\n\"]1:2"), "12:42[\"~\",\"\\n\"]1:2");
    }

    #[test]
    fn errors_in_answers_are_corrected() {
        let body = Bytes::from("1:236:44/x,{\"message\":\"Invalid namespace\"}");
        let corrected = corrected_v3(&body, ConnectErrors::new(Protocol::V3, None));
        assert_eq!(corrected, "1:224:44/x,\"Invalid namespace\"");
    }
}
