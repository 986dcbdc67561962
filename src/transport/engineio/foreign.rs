//! Answers clients that use another packet parser than Socket.IO's default: each gets one CONNECT_ERROR in its own encoding.
//!
//! Supported encodings: socket.io-msgpack-parser 3.0 (`index.js`: the packet as one MessagePack map in a binary message), and
//! the JSON parser in the documentation of Socket.IO (the packet as one JSON object). Both have the keys `type`, `nsp`, `data`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::json;
use tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

use crate::room::Code;

/// Close code for a type of data that can't be accepted (RFC 6455, section 7.4.1).
pub const CLOSE_CODE: u16 = 1003;
/// Reason text of the Close frame.
pub const REASON: &str = "this server reads the default encoding of Socket.IO only: no msgpack or JSON parser";

/// The CONNECT_ERROR for a client with a foreign packet parser, in the parser's encoding; the connection ends after it.
#[derive(Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A JSON object, to be sent as a text message.
    Json(String),
    /// A MessagePack map, to be sent as a binary message.
    MsgPack(Vec<u8>),
    /// No answer: the packet was not a CONNECT, or is malformed.
    Unknown,
}

impl Foreign {
    /// The answer as a WebSocket frame; empty if there is no answer.
    pub fn frame(self) -> Bytes {
        let frame = match self {
            Self::Json(json) => Frame::message(format!("4{json}"), OpCode::Data(Data::Text), true),
            Self::MsgPack(bytes) => Frame::message(bytes, OpCode::Data(Data::Binary), true),
            Self::Unknown => return Bytes::new(),
        };
        let mut bytes = Vec::new();
        frame.format(&mut bytes).expect("a Vec takes all");
        bytes.into()
    }

    /// The answer as an Engine.IO 4 payload for a polling client.
    pub fn payload(self) -> Bytes {
        match self {
            Self::Json(json) => format!("4{json}").into(),
            Self::MsgPack(bytes) => format!("b{}", STANDARD.encode(bytes)).into(),
            Self::Unknown => Bytes::new(),
        }
    }
}

/// The answer to a packet in the JSON parser's encoding.
pub fn of_json(packet: &[u8]) -> Foreign {
    let Ok(packet) = serde_json::from_slice::<serde_json::Value>(packet) else {
        return Foreign::Unknown;
    };
    if packet.get("type").and_then(serde_json::Value::as_u64) != Some(0) {
        return Foreign::Unknown;
    }
    let namespace = packet.get("nsp").and_then(serde_json::Value::as_str).unwrap_or("/");
    let data = json!({"message": REASON, "data": {"code": Code::BadRequest}});
    Foreign::Json(json!({"type": 4, "nsp": namespace, "data": data}).to_string())
}

/// The answer to a packet in the MessagePack encoding.
pub fn of_msgpack(packet: &[u8]) -> Foreign {
    match connect_namespace(packet) {
        Some(namespace) => Foreign::MsgPack(connect_error(namespace)),
        None => Foreign::Unknown,
    }
}

/// The namespace of a CONNECT packet; `None` if the packet is of another kind.
fn connect_namespace(packet: &[u8]) -> Option<&str> {
    let (&first, mut rest) = packet.split_first()?;
    let pairs = match first {
        0x80..=0x8f => usize::from(first & 0x0f),
        _ => return None,
    };
    let (mut is_connect, mut namespace) = (false, "/");
    for _ in 0..pairs {
        let (key, value) = split_item(rest)?;
        let (value, behind) = split_item(value)?;
        match text(key) {
            Some("type") => is_connect = value == [0],
            Some("nsp") => namespace = text(value)?,
            _ => {}
        }
        rest = behind;
    }
    is_connect.then_some(namespace)
}

/// The text of a MessagePack item, for texts of less than 256 bytes.
fn text(item: &[u8]) -> Option<&str> {
    let bytes = match item {
        [0xa0..=0xbf, bytes @ ..] | [0xd9, _, bytes @ ..] => bytes,
        _ => return None,
    };
    std::str::from_utf8(bytes).ok()
}

/// Splits off the first MessagePack item, including its nested items.
fn split_item(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut at, mut missing) = (0_usize, 1_usize);
    while missing > 0 {
        missing -= 1;
        let first = *bytes.get(at)?;
        let number = |count: usize| {
            let digits = bytes.get(at + 1..at + 1 + count)?;
            Some(digits.iter().fold(0_usize, |sum, &digit| sum << 8 | usize::from(digit)))
        };
        // Bytes of the head, bytes of data, nested items.
        let (head, data, items) = match first {
            0x80..=0x8f => (1, 0, 2 * usize::from(first & 0x0f)),
            0x90..=0x9f => (1, 0, usize::from(first & 0x0f)),
            0xa0..=0xbf => (1, usize::from(first & 0x1f), 0),
            0xc4 | 0xd9 => (2, number(1)?, 0),
            0xc5 | 0xda => (3, number(2)?, 0),
            0xc6 | 0xdb => (5, number(4)?, 0),
            0xc7 => (3, number(1)?, 0),
            0xc8 => (4, number(2)?, 0),
            0xc9 => (6, number(4)?, 0),
            0xcc | 0xd0 => (2, 0, 0),
            0xcd | 0xd1 => (3, 0, 0),
            0xca | 0xce | 0xd2 => (5, 0, 0),
            0xcb | 0xcf | 0xd3 => (9, 0, 0),
            0xd4..=0xd8 => (2, 1 << (first - 0xd4), 0),
            0xdc => (3, 0, number(2)?),
            0xdd => (5, 0, number(4)?),
            0xde => (3, 0, 2 * number(2)?),
            0xdf => (5, 0, 2 * number(4)?),
            _ => (1, 0, 0),
        };
        at += head + data;
        missing += items;
    }
    bytes.split_at_checked(at)
}

fn connect_error(namespace: &str) -> Vec<u8> {
    let mut out = vec![0x83];
    put_text(&mut out, "type");
    out.push(4);
    put_text(&mut out, "nsp");
    put_text(&mut out, namespace);
    put_text(&mut out, "data");
    out.push(0x82);
    put_text(&mut out, "message");
    put_text(&mut out, REASON);
    put_text(&mut out, "data");
    out.push(0x81);
    put_text(&mut out, "code");
    put_text(&mut out, Code::BadRequest.as_str());
    out
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend([0xd9, u8::try_from(text.len()).expect("texts of less than 256 bytes")]);
    out.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_packet_in_json_is_answered_in_json() {
        let Foreign::Json(answer) = of_json(br#"{"type":0,"nsp":"/room/x","data":{"token":"t"}}"#) else {
            panic!("no answer");
        };
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((&answer["type"], &answer["nsp"]), (&json!(4), &json!("/room/x")));
        assert_eq!(
            answer["data"],
            json!({"message": REASON, "data": {"code": "bad_request"}})
        );
        for other in [&br#"{"type":2,"nsp":"/"}"#[..], b"{", b"{}", br#"{"type":"0"}"#] {
            assert_eq!(of_json(other), Foreign::Unknown);
        }
    }

    #[test]
    fn a_connect_packet_in_msgpack_is_answered_in_msgpack() {
        // As notepack.io 2.3 and Python's msgpack write it: {"type":0,"data":{"token":"t","n":[1,300]},"nsp":"/room/x"}.
        let packet = b"\x83\xa4type\x00\xa4data\x82\xa5token\xa1t\xa1n\x92\x01\xcd\x01\x2c\xa3nsp\xa7/room/x";
        assert_eq!(connect_namespace(packet), Some("/room/x"));
        assert_eq!(connect_namespace(b"\x82\xa4type\x00\xa3nsp\xa1/"), Some("/"));
        let Foreign::MsgPack(answer) = of_msgpack(packet) else {
            panic!("no answer");
        };
        assert_eq!(split_item(&answer), Some((&answer[..], &[][..])));
        assert!(answer.starts_with(b"\x83\xd9\x04type\x04\xd9\x03nsp\xd9\x07/room/x\xd9\x04data\x82"));
        for end in 0..packet.len() {
            assert_eq!(of_msgpack(&packet[..end]), Foreign::Unknown);
        }
        for other in [
            &b"\x82\xa4type\x02\xa3nsp\xa1/"[..],
            b"\x04\x01",
            b"\xdf\xff\xff\xff\xff",
            b"\x81\xc1",
        ] {
            assert_eq!(of_msgpack(other), Foreign::Unknown);
        }
    }
}
