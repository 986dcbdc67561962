//! Engine.IO payloads: several packets in one polling request or answer. Version 4 puts a record separator between packets; for
//! version 3 see [`super::workarounds::payload_v3`].

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use socketioxide::socket::Sid;

use super::{
    foreign::{self, Foreign},
    request::{EngineError, Protocol},
    workarounds::{
        connect_error::ConnectErrors,
        packet::{self, Dialect, MARK, Verdict},
    },
};
use crate::limits::PAYLOAD_PACKETS;

/// Separates the packets of a version 4 payload.
pub const SEPARATOR: u8 = 0x1e;

/// The session id in the answer to a handshake, for any version; `None` if the body is no such answer.
pub fn opened_sid(body: &[u8]) -> Option<Sid> {
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("\"sid\":\"")?;
    rest.split_once('"')?.0.parse().ok()
}

/// A payload with only a no-op packet, which ends a poll without an event.
pub fn noop(protocol: Protocol) -> Bytes {
    Bytes::from_static(match protocol {
        Protocol::V3 => b"1:6",
        Protocol::V4 => b"6",
    })
}

/// A payload with only a close packet.
pub fn close(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::V3 => "1:1",
        Protocol::V4 => "1",
    }
}

/// Whether a client's payload ends with a close packet.
pub fn closes(protocol: Protocol, body: &[u8]) -> bool {
    match protocol {
        Protocol::V3 => body.ends_with(b"1:1"),
        Protocol::V4 => body == b"1" || body.ends_with(b"\x1e1"),
    }
}

/// A payload without its final close packet, if it [ends with one](closes).
pub fn without_close(protocol: Protocol, body: &Bytes) -> Bytes {
    let left = body.len() - close(protocol).len();
    body.slice(
        ..match protocol {
            Protocol::V3 => left,
            Protocol::V4 => left.saturating_sub(1),
        },
    )
}

/// A client's polling payload after the checks: corrected for the library, cut before a refused packet, or of a foreign parser.
#[derive(Debug, PartialEq, Eq)]
pub enum Judged {
    Packets(Bytes),
    /// The packets before the first refused one, and the error.
    Cut(Bytes, EngineError),
    /// A packet of another parser, with the answer for its client.
    Foreign(Foreign),
}

/// Checks the packets of a version 4 payload, and corrects them for the library. `message_bytes` is the limit for one message.
/// `connected` means that the session has a namespace, so binary packets may belong to an event.
///
/// # Errors
/// [`EngineError::TooLarge`]: more than [`PAYLOAD_PACKETS`].
pub fn judged_v4(body: Bytes, dialect: Dialect, connected: bool, message_bytes: usize) -> Result<Judged, EngineError> {
    if body.iter().filter(|&&byte| byte == SEPARATOR).count() >= PAYLOAD_PACKETS {
        return Err(EngineError::TooLarge);
    }
    let (mut packets, mut end) = (0, 0);
    let mut verdicts = Vec::new();
    for packet in body.split(|&byte| byte == SEPARATOR) {
        packets += 1;
        if size(packet) > message_bytes {
            let before = body.slice(..usize::saturating_sub(end, 1));
            return Ok(match judged_v4(before, dialect, connected, message_bytes)? {
                Judged::Packets(before) => Judged::Cut(before, EngineError::TooLarge),
                judged @ (Judged::Cut(..) | Judged::Foreign(_)) => judged,
            });
        }
        end += packet.len() + 1;
        let verdict = match packet.strip_prefix(b"b") {
            Some(coded) if !connected && dialect.is_socketio => {
                let bytes = STANDARD.decode(coded).unwrap_or_default();
                Verdict::Foreign(foreign::of_msgpack(&bytes))
            }
            _ => packet::judge(dialect, packet, true),
        };
        match verdict {
            Verdict::Foreign(foreign) => return Ok(Judged::Foreign(foreign)),
            Verdict::Pass | Verdict::More => {}
            changed @ (Verdict::Ignore | Verdict::Mark(_) | Verdict::Replace(_)) => {
                verdicts.push((packets - 1, changed))
            }
        }
    }
    if verdicts.is_empty() {
        return Ok(Judged::Packets(body));
    }
    let mut verdicts = verdicts.into_iter().peekable();
    let mut judged = Vec::with_capacity(body.len());
    for (at, packet) in body.split(|&byte| byte == SEPARATOR).enumerate() {
        let verdict = verdicts.next_if(|(changed, _)| *changed == at);
        let packet = match verdict.map_or(Verdict::Pass, |(_, verdict)| verdict) {
            Verdict::Ignore => continue,
            Verdict::Mark(at) => [&packet[..at], MARK.as_bytes(), &packet[at..]].concat().into(),
            Verdict::Replace(other) => other,
            Verdict::Pass | Verdict::More | Verdict::Foreign(_) => Bytes::copy_from_slice(packet),
        };
        if !judged.is_empty() {
            judged.push(SEPARATOR);
        }
        judged.extend(packet);
    }
    Ok(Judged::Packets(judged.into()))
}

/// Size that a packet would have as a WebSocket message: base64 takes four bytes for three.
pub(super) fn size(packet: &[u8]) -> usize {
    match packet.first() {
        Some(b'b') => packet.len() / 4 * 3,
        _ => packet.len(),
    }
}

/// A version 4 payload of the library with corrected CONNECT_ERROR packets.
pub fn corrected_v4(body: &Bytes, errors: ConnectErrors) -> Bytes {
    let corrected = |packet: &[u8]| errors.corrected(std::str::from_utf8(packet).ok()?);
    let packets = || body.split(|&byte| byte == SEPARATOR);
    if !packets().any(|packet| packet.starts_with(b"44")) {
        return body.clone();
    }
    let packets = packets().map(|packet| corrected(packet).map_or_else(|| packet.to_vec(), String::into_bytes));
    packets.collect::<Vec<_>>().join(&SEPARATOR).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 1000;
    const V4: Dialect = Dialect {
        protocol: Protocol::V4,
        is_socketio: true,
    };

    fn judged(body: &str) -> String {
        match judged_v4(Bytes::from(body.to_owned()), V4, true, LIMIT) {
            Ok(Judged::Packets(body)) => String::from_utf8(body.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn version_4_is_bounded() {
        let judge = |body: String| judged_v4(body.into(), V4, true, LIMIT);
        assert_eq!(judged("2\x1e4hi"), "2\x1e4hi");
        assert_eq!(judge("2\x1e".repeat(PAYLOAD_PACKETS)), Err(EngineError::TooLarge));
        let cut = |before: &'static str| Ok(Judged::Cut(before.into(), EngineError::TooLarge));
        let large = "4".repeat(LIMIT + 1);
        assert_eq!(judge(large.clone()), cut(""));
        assert_eq!(judge(format!("6\x1e4a\x1e4b\x1e{large}\x1e4c")), cut("4a\x1e4b"));
    }

    #[test]
    fn packets_are_judged_in_payloads() {
        assert_eq!(
            judged("6\x1e42[\"a\"]\x1e5\x1e3probe\x1e42[\"b\"]\x1e6"),
            "42[\"a\"]\x1e42[\"b\"]"
        );
        assert_eq!(judged("6"), "");
        assert_eq!(judged("42[\"\\n\"]\x1e42[\"b\"]"), "42[\"~\",\"\\n\"]\x1e42[\"b\"]");
        assert_eq!(judged("451-[\"x\",{}]\x1ebAQID"), "451-[\"x\",{}]\x1ebAQID");
    }

    #[test]
    fn a_foreign_packet_in_a_payload_is_known() {
        let connect = STANDARD.encode(b"\x82\xa4type\x00\xa3nsp\xa1/");
        let judge = |body: &str, connected| judged_v4(Bytes::from(body.to_owned()), V4, connected, LIMIT);
        let packet = format!("b{connect}");
        assert!(matches!(
            judge(&packet, false),
            Ok(Judged::Foreign(Foreign::MsgPack(_)))
        ));
        assert!(
            matches!(judge(&packet, true), Ok(Judged::Packets(_))),
            "an attachment may look so"
        );
        let json = "2\x1e4{\"type\":0,\"nsp\":\"/\"}";
        assert!(matches!(judge(json, false), Ok(Judged::Foreign(Foreign::Json(_)))));
    }

    #[test]
    fn errors_in_answers_are_corrected() {
        let body = Bytes::from("2\x1e44/x,{\"message\":\"bad_request\\u001fno\"}\x1e42[1]");
        let corrected = corrected_v4(&body, ConnectErrors::new(Protocol::V4, None));
        assert_eq!(
            corrected,
            "2\x1e44/x,{\"message\":\"no\",\"data\":{\"code\":\"bad_request\"}}\x1e42[1]"
        );
    }

    #[test]
    fn the_session_of_a_handshake_is_found() {
        let sid = opened_sid(b"0{\"sid\":\"AAAAAAAAAAAAAAAA\",\"upgrades\":[]}").unwrap();
        assert_eq!(sid.to_string(), "AAAAAAAAAAAAAAAA");
        assert_eq!(opened_sid(b"1:2"), None);
    }
}
