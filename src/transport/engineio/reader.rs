//! Tests the body of a client's polling request with the Socket.IO library's own parsers before the library gets it.
//!
//! The library ends a session at an invalid packet, and drops all packets that it holds for the client. Therefore the payload is cut before
//! that packet, and the session stays alive until its client has received the close reason.

use bytes::Bytes;
use engineioxide_core::{Packet, Str};
use socketioxide_core::{
    packet::PacketData,
    parser::{Parse, ParseConfig, ParseError, ParserState},
};
use socketioxide_parser_common::CommonParser;

use super::{
    payload::SEPARATOR,
    request::Protocol,
    workarounds::{packet::Dialect, payload_v3},
};
use crate::limits;

/// The packets before the first one that the library can't parse; `None` if it can parse the whole payload.
pub fn before_broken(body: &Bytes, dialect: Dialect) -> Option<Bytes> {
    let mut reader = Reader::new(dialect);
    match dialect.protocol {
        Protocol::V4 => {
            let mut at = 0;
            for packet in body.split(|&byte| byte == SEPARATOR) {
                let is_end = at + packet.len() == body.len();
                match std::str::from_utf8(packet).map(|packet| reader.read(packet)) {
                    Ok(Read::End) => return None,
                    Ok(Read::Next) => {}
                    // An empty rest after the last separator is no packet.
                    Ok(Read::Broken) | Err(_) if packet.is_empty() && is_end => return None,
                    Ok(Read::Broken) | Err(_) => return Some(body.slice(..usize::saturating_sub(at, 1))),
                }
                at += packet.len() + 1;
            }
            None
        }
        Protocol::V3 => {
            let text = std::str::from_utf8(body).ok()?;
            let mut rest = text;
            while let Ok(Some((packet, behind))) = payload_v3::split_text(rest) {
                match reader.read(packet) {
                    Read::End => return None,
                    Read::Next => rest = behind,
                    Read::Broken => return Some(body.slice(..text.len() - rest.len())),
                }
            }
            None
        }
    }
}

/// Whether a client's payload has a heartbeat, or the answer to one.
pub fn beats(protocol: Protocol, body: &[u8]) -> bool {
    let is_beat = |packet: &[u8]| matches!(packet, b"2" | b"3");
    match protocol {
        Protocol::V3 => {
            let mut rest = std::str::from_utf8(body).unwrap_or_default();
            while let Ok(Some((packet, behind))) = payload_v3::split_text(rest) {
                if is_beat(packet.as_bytes()) {
                    return true;
                }
                rest = behind;
            }
            false
        }
        Protocol::V4 => body.split(|&byte| byte == SEPARATOR).any(is_beat),
    }
}

/// The library's reaction to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// It continues with the next packet.
    Next,
    /// The packet closes the session, and the library reads no further packets.
    End,
    /// It can't parse the packet, and ends the session.
    Broken,
}

struct Reader {
    dialect: Dialect,
    config: ParseConfig,
    state: ParserState,
    /// Whether a text message was seen. Before that, attachments may belong to an event of an earlier payload.
    began: bool,
}

impl Reader {
    fn new(dialect: Dialect) -> Self {
        let config = ParseConfig {
            max_incoming_binaries: limits::ATTACHMENTS,
            ..ParseConfig::default()
        };
        Self {
            dialect,
            config,
            state: ParserState::default(),
            began: false,
        }
    }

    fn read(&mut self, packet: &str) -> Read {
        let decoded = match Packet::parse(self.dialect.protocol.of_engine(), Str::copy_from_slice(packet)) {
            Ok(Packet::Close) => return Read::End,
            Ok(Packet::Message(text)) if self.dialect.is_socketio => {
                self.began = true;
                CommonParser.decode_str(&self.config, &self.state, text)
            }
            Ok(Packet::Binary(bytes) | Packet::BinaryV3(bytes)) if self.dialect.is_socketio && self.began => {
                CommonParser.decode_bin(&self.config, &self.state, bytes)
            }
            Ok(_) => return Read::Next,
            Err(_) => return Read::Broken,
        };
        match decoded.map(|packet| packet.inner) {
            Ok(PacketData::Event(event, _) | PacketData::BinaryEvent(event, _)) => {
                match CommonParser.read_event(&event) {
                    Ok(_) => Read::Next,
                    Err(_) => Read::Broken,
                }
            }
            Ok(PacketData::ConnectError(_)) => Read::Broken,
            Ok(_) | Err(ParseError::NeedsMoreBinaryData) => Read::Next,
            Err(_) => Read::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(protocol: Protocol, body: &str) -> Option<String> {
        let dialect = Dialect {
            protocol,
            is_socketio: true,
        };
        let before = before_broken(&Bytes::copy_from_slice(body.as_bytes()), dialect);
        before.map(|before| String::from_utf8(before.to_vec()).unwrap())
    }

    #[test]
    fn a_payload_is_cut_before_what_the_library_can_not_read() {
        for broken in [
            "x",
            "49",
            "42{}",
            "42[1]",
            "42x[\"a\"]",
            "43[1]",
            "4",
            "b!",
            "45[]",
            "7",
        ] {
            for before in ["42[\"é\"]", "2", "431[]"] {
                let v4 = cut(Protocol::V4, &format!("{before}\x1e{broken}\x1e42[\"b\"]"));
                assert_eq!(v4.as_deref(), Some(before), "{broken}");
                let framed = |packet: &str| format!("{}:{packet}", packet.encode_utf16().count());
                let v3 = cut(Protocol::V3, &[before, broken, "2"].map(framed).concat());
                assert_eq!(v3, Some(framed(before)), "{broken}");
            }
            assert_eq!(cut(Protocol::V4, broken).as_deref(), Some(""), "{broken}");
        }
        assert_eq!(cut(Protocol::V4, "2\x1e\x1e2").as_deref(), Some("2"));
    }

    #[test]
    fn what_the_library_reads_stays_whole() {
        for body in [
            "",
            "2",
            "40\x1e42[\"a\"]",
            "42/room/a,7[\"a\",1]\x1e41",
            "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID\x1e42[\"a\"]",
            // Its event may have come before.
            "bAQID\x1e42[\"a\"]",
            "1\x1ewhat is behind the end",
            "42[\"a\"]\x1e",
        ] {
            assert_eq!(cut(Protocol::V4, body), None, "{body}");
        }
        assert_eq!(cut(Protocol::V3, "6:b4AQID1:28:42[\"😀\"]"), None);
    }

    #[test]
    fn heartbeats_are_found_in_payloads() {
        for beating in ["3", "2", "4a\x1e3", "3\x1e4a"] {
            assert!(beats(Protocol::V4, beating.as_bytes()), "{beating}");
        }
        for beating in ["1:2", "2:4a1:2", "1:22:4a"] {
            assert!(beats(Protocol::V3, beating.as_bytes()), "{beating}");
        }
        assert!(!beats(Protocol::V4, b"43\x1e42\x1e2probe") && !beats(Protocol::V3, b"4:41:22:42"));
    }
}
