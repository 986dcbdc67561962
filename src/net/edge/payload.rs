//! Engine.IO payloads: several packets in one polling request or answer.
//!
//! Version 4 puts a record separator between packets. Version 3 (clients 1.x and 2.x) writes each packet's length in UTF-16 units
//! before it, or sends binary payloads in which each packet has a binary head. Clients 1.x, and the Swift client of their time,
//! encode the text of a packet as UTF-8 *before* the request's body is encoded as UTF-8, and decode twice as well. What a
//! client sent twice encoded is decoded here; what goes to any client of version 3 is written in ASCII with JSON's escapes,
//! which is the same text however often it is decoded.

use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use socketioxide::socket::Sid;

use super::asked::{Problem, Protocol};
use crate::limits::PAYLOAD_PACKETS;

/// Between the packets of a payload of version 4.
pub const SEPARATOR: u8 = 0x1e;

/// The session that an answer to a handshake opens, in any version.
pub fn opened_sid(body: &[u8]) -> Option<Sid> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("\"sid\":\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// A payload that only ends a fetch.
pub fn noop(protocol: Protocol) -> Bytes {
    Bytes::from_static(match protocol {
        Protocol::V3 => b"1:6",
        Protocol::V4 => b"6",
    })
}

/// Whether a payload ends with the client's word that it closes.
pub fn closes(protocol: Protocol, body: &[u8]) -> bool {
    match protocol {
        Protocol::V3 => body.ends_with(b"1:1"),
        Protocol::V4 => body == b"1" || body.ends_with(b"\x1e1"),
    }
}

/// A payload of version 4 without its first heartbeat; `None` if it has none.
pub fn without_ping(body: &Bytes) -> Option<Bytes> {
    let mut at = 0;
    for packet in body.split(|&byte| byte == SEPARATOR) {
        let end = at + packet.len();
        if packet == b"2" {
            let before = &body[..at.saturating_sub(1)];
            let after = &body[(end + 1).min(body.len())..];
            return Some(if before.is_empty() {
                body.slice_ref(after)
            } else if after.is_empty() {
                body.slice_ref(before)
            } else {
                [before, &[SEPARATOR], after].concat().into()
            });
        }
        at = end + 1;
    }
    None
}

/// Checks a payload of version 4 against the bounds; `message_bytes` is that of a message on any transport.
///
/// # Errors
/// It has too many packets, or one that is too large.
pub fn checked_v4(body: Bytes, message_bytes: usize) -> Result<Bytes, Problem> {
    let mut packets = 0;
    for packet in body.split(|&byte| byte == SEPARATOR) {
        packets += 1;
        if packets > PAYLOAD_PACKETS || size(packet) > message_bytes {
            return Err(Problem::TooLarge);
        }
    }
    Ok(body)
}

/// What a packet is as a WebSocket message: base64 takes four bytes for three.
fn size(packet: &[u8]) -> usize {
    match packet.first() {
        Some(b'b') => packet.len() / 4 * 3,
        _ => packet.len(),
    }
}

/// Writes a payload of version 3 as the library understands it: text, encoded once, binary as base64.
///
/// # Errors
/// It is broken or beyond the bounds.
pub fn repaired_v3(body: &[u8], binary: bool, message_bytes: usize) -> Result<Bytes, Problem> {
    let mut repaired = String::with_capacity(body.len() + body.len() / 3);
    let mut packets = 0;
    let mut add = |packet: &str| {
        packets += 1;
        if packets > PAYLOAD_PACKETS || size(packet.as_bytes()) > message_bytes {
            return Err(Problem::TooLarge);
        }
        put_v3(&mut repaired, without_query(packet).as_ref());
        Ok(())
    };
    if binary {
        let mut rest = body;
        while let Some((packet, behind)) = split_binary(rest)? {
            match packet {
                Packet::Text(text) => add(text)?,
                Packet::Binary(data) => add(&format!("b4{}", STANDARD.encode(data)))?,
            }
            rest = behind;
        }
    } else {
        let mut rest = std::str::from_utf8(body).map_err(|_| Problem::BadRequest)?;
        while let Some((packet, behind)) = split_text(rest)? {
            add(decoded_again(packet).as_deref().unwrap_or(packet))?;
            rest = behind;
        }
    }
    Ok(repaired.into())
}

/// A payload of version 3 from the library as all clients understand it: in ASCII, as far as its JSON goes, and with the type of
/// binary packets, which the library leaves out.
pub fn mended_v3(body: &Bytes) -> Bytes {
    let Ok(mut rest) = std::str::from_utf8(body) else {
        return body.clone();
    };
    if rest.is_ascii() && !rest.contains(":b") {
        return body.clone();
    }
    let mut mended = String::with_capacity(body.len() * 2);
    while let Ok(Some((packet, behind))) = split_text(rest) {
        match packet.strip_prefix('b') {
            Some(base64) => put_v3(&mut mended, &format!("b4{base64}")),
            None => put_v3(&mut mended, &in_ascii(packet)),
        }
        rest = behind;
    }
    mended.into()
}

fn put_v3(out: &mut String, packet: &str) {
    let units = packet.encode_utf16().count();
    write!(out, "{units}:{packet}").expect("a String takes all");
}

/// The first packet of a text payload, and the rest.
fn split_text(payload: &str) -> Result<Option<(&str, &str)>, Problem> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (length, rest) = payload.split_once(':').ok_or(Problem::BadRequest)?;
    let length: usize = length.parse().map_err(|_| Problem::BadRequest)?;
    let mut units = 0;
    let end = rest.char_indices().find_map(|(at, char)| {
        let found = (units >= length).then_some(at);
        units += char.len_utf16();
        found
    });
    match end {
        Some(end) => Ok(Some(rest.split_at(end))),
        None if units == length => Ok(Some((rest, ""))),
        None => Err(Problem::BadRequest),
    }
}

enum Packet<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

/// The first packet of a binary payload (0 for text or 1, the length's digits as bytes, 255, the packet), and the rest.
fn split_binary(payload: &[u8]) -> Result<Option<(Packet<'_>, &[u8])>, Problem> {
    let Some((&kind, rest)) = payload.split_first() else {
        return Ok(None);
    };
    let end = rest.iter().position(|&byte| byte == 255).ok_or(Problem::BadRequest)?;
    let mut length = 0_usize;
    for &digit in &rest[..end] {
        if digit > 9 {
            return Err(Problem::BadRequest);
        }
        length = length.saturating_mul(10).saturating_add(digit.into());
    }
    let (packet, behind) = rest[end + 1..].split_at_checked(length).ok_or(Problem::BadRequest)?;
    let packet = match (kind, packet) {
        (0, text) => Packet::Text(std::str::from_utf8(text).map_err(|_| Problem::BadRequest)?),
        // The type of a binary packet is a message's, always.
        (1, [4, data @ ..]) => Packet::Binary(data),
        _ => return Err(Problem::BadRequest),
    };
    Ok(Some((packet, behind)))
}

/// The text of a packet that was encoded twice; `None` if it was not. One that was has no character above U+00FF, and
/// those that it has are UTF-8.
fn decoded_again(packet: &str) -> Option<String> {
    if packet.is_ascii() {
        return None;
    }
    let bytes: Result<Vec<u8>, _> = packet.chars().map(u8::try_from).collect();
    String::from_utf8(bytes.ok()?).ok()
}

/// A CONNECT packet without the query that clients of version 3 append to its namespace: the library would take it for
/// a part of the name.
pub(super) fn without_query(packet: &str) -> std::borrow::Cow<'_, str> {
    if packet.starts_with("40/")
        && let Some((namespace, query)) = packet.split_once('?')
    {
        let rest = query.find(',').map_or("", |comma| &query[comma..]);
        return format!("{namespace}{rest}").into();
    }
    packet.into()
}

/// A packet with everything beyond ASCII in its JSON as escapes. What stands before the JSON is a namespace's name.
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

    const LIMIT: usize = 1000;

    /// As `utf8.js` does in clients 1.x: each byte of the encoding becomes a character.
    fn encoded_again(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    fn repaired(body: &str) -> String {
        let body = repaired_v3(body.as_bytes(), false, LIMIT).unwrap();
        String::from_utf8(body.to_vec()).unwrap()
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
                repaired_v3(broken.as_bytes(), false, LIMIT),
                Err(Problem::BadRequest),
                "{broken}"
            );
        }
        // A length that ends inside a surrogate pair counts no packet.
        assert!(repaired_v3("2:4😀".as_bytes(), false, LIMIT).is_err());
        let many = "1:2".repeat(PAYLOAD_PACKETS);
        assert!(repaired_v3(many.as_bytes(), false, LIMIT).is_ok());
        assert_eq!(
            repaired_v3((many + "1:2").as_bytes(), false, LIMIT),
            Err(Problem::TooLarge)
        );
        let large = format!("{}:{}", LIMIT + 1, "4".repeat(LIMIT + 1));
        assert_eq!(repaired_v3(large.as_bytes(), false, LIMIT), Err(Problem::TooLarge));
    }

    #[test]
    fn binary_payloads_become_text() {
        let mut body = vec![0, 1, 5, 255];
        body.extend_from_slice("42[\"你\"]你你".as_bytes());
        let text = body.len() - 4;
        body[1] = u8::try_from(text / 10).unwrap();
        body[2] = u8::try_from(text % 10).unwrap();
        body.extend_from_slice(&[1, 4, 255, 4, 1, 2, 3]);
        let repaired = repaired_v3(&body, true, LIMIT).unwrap();
        assert_eq!(repaired, Bytes::from("9:42[\"你\"]你你6:b4AQID"));
        for broken in [
            &[2, 1, 255, 4][..],
            &[1, 1, 255, 3],
            &[0, 200, 255, 4],
            &[0, 2, 255, 4],
            &[0, 1],
        ] {
            assert_eq!(repaired_v3(broken, true, LIMIT), Err(Problem::BadRequest), "{broken:?}");
        }
    }

    #[test]
    fn answers_are_ascii_and_say_the_same() {
        let body = Bytes::from("1:217:42[\"chat\",\"é漢😀\"]");
        let escaped = mended_v3(&body);
        assert!(escaped.is_ascii());
        let text = std::str::from_utf8(&escaped).unwrap();
        let (_, rest) = split_text(text).unwrap().unwrap();
        let (packet, _) = split_text(rest).unwrap().unwrap();
        let event: Vec<String> = serde_json::from_str(&packet[2..]).unwrap();
        assert_eq!(event, ["chat", "é漢😀"]);
    }

    #[test]
    fn binary_packets_get_their_type() {
        let body = Bytes::from("4:42[]5:bAQID1:2");
        assert_eq!(mended_v3(&body), Bytes::from("4:42[]6:b4AQID1:2"));
    }

    #[test]
    fn a_namespace_loses_its_query() {
        assert_eq!(repaired("13:40/room/a?b=c"), "9:40/room/a");
        assert_eq!(repaired("10:40/a?b=c,1"), "6:40/a,1");
        assert_eq!(repaired("9:42[\"a?b\"]"), "9:42[\"a?b\"]");
    }

    #[test]
    fn the_first_heartbeat_is_taken_out() {
        let without = |body: &'static str| without_ping(&Bytes::from_static(body.as_bytes()));
        assert_eq!(without("2"), Some(Bytes::new()));
        assert_eq!(without("2\x1e40{}"), Some(Bytes::from("40{}")));
        assert_eq!(without("40{}\x1e2"), Some(Bytes::from("40{}")));
        assert_eq!(without("40{}\x1e2\x1e42[1]"), Some(Bytes::from("40{}\x1e42[1]")));
        assert_eq!(without("42[2]"), None);
    }

    #[test]
    fn version_4_is_bounded() {
        assert!(checked_v4(Bytes::from("2\x1e4hi"), LIMIT).is_ok());
        let many = Bytes::from("2\x1e".repeat(PAYLOAD_PACKETS));
        assert_eq!(checked_v4(many, LIMIT), Err(Problem::TooLarge));
        assert_eq!(
            checked_v4(Bytes::from("4".repeat(LIMIT + 1)), LIMIT),
            Err(Problem::TooLarge)
        );
    }

    #[test]
    fn the_session_of_a_handshake_is_found() {
        let sid = opened_sid(b"0{\"sid\":\"AAAAAAAAAAAAAAAA\",\"upgrades\":[]}").unwrap();
        assert_eq!(sid.to_string(), "AAAAAAAAAAAAAAAA");
        assert_eq!(opened_sid(b"1:2"), None);
    }
}
