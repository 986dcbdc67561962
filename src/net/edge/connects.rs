//! CONNECT packets of Engine.IO 3 on a WebSocket: a client's query behind the namespace is taken off, as it is in payloads.

use std::io::Cursor;

use bytes::{Buf, BytesMut};
use tungstenite::protocol::frame::{
    Frame, FrameHeader,
    coding::{Data, OpCode},
};

use super::{asked::Protocol, payload::without_query};

/// A CONNECT packet, in bytes; a longer one is left as it is. A namespace's name and a query of a few parameters fit.
const CONNECT_BYTES: usize = 2048;
/// A client's frame header at its longest (RFC 6455, section 5.2).
const HEADER_BYTES: usize = 14;
/// How a CONNECT packet for a namespace begins.
const CONNECT: &[u8] = b"40/";

/// Follows the frames of a client and repairs its CONNECT packets.
#[derive(Default)]
pub struct Connects {
    /// The beginning of a frame, until it is known what it is.
    held: BytesMut,
    /// Bytes of the current frame that pass.
    passing: usize,
}

/// What the front of the held bytes is.
enum Front {
    /// Not to be told yet.
    Short,
    /// So many bytes pass.
    Pass(usize),
    /// A CONNECT packet behind a header of so many bytes.
    Connect { head: usize, total: usize, mask: [u8; 4] },
}

impl Connects {
    /// One for the version that needs it.
    pub fn of(protocol: Protocol) -> Option<Self> {
        (protocol == Protocol::V3).then(Self::default)
    }

    /// Takes what the client sent; appends what the library is to read.
    pub fn take(&mut self, bytes: &[u8], out: &mut BytesMut) {
        let (pass, bytes) = bytes.split_at(self.passing.min(bytes.len()));
        out.extend_from_slice(pass);
        self.passing -= pass.len();
        self.held.extend_from_slice(bytes);
        while !self.held.is_empty() {
            match front(&self.held) {
                Front::Short => return,
                Front::Pass(total) => {
                    let here = total.min(self.held.len());
                    out.extend_from_slice(&self.held[..here]);
                    self.held.advance(here);
                    self.passing = total - here;
                }
                Front::Connect { head, total, mask } => {
                    let frame = self.held.split_to(total);
                    put(&unmasked(&frame[head..], mask), &frame, out);
                }
            }
        }
        // An idle connection keeps no buffer.
        self.held = BytesMut::new();
    }
}

fn front(held: &[u8]) -> Front {
    let mut cursor = Cursor::new(held);
    let (header, length) = match FrameHeader::parse(&mut cursor) {
        Ok(Some(parsed)) => parsed,
        Ok(None) if held.len() < HEADER_BYTES => return Front::Short,
        // Broken: the library says so.
        _ => return Front::Pass(usize::MAX),
    };
    let head = usize::try_from(cursor.position()).expect("a header is short");
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let total = head.saturating_add(length);
    let Some(mask) = header.mask else {
        return Front::Pass(total);
    };
    let text = header.is_final && header.opcode == OpCode::Data(Data::Text);
    if !text || !(CONNECT.len()..=CONNECT_BYTES).contains(&length) {
        return Front::Pass(total);
    }
    let begun = unmasked(&held[head..held.len().min(head + CONNECT.len())], mask);
    if !CONNECT.starts_with(&begun) {
        Front::Pass(total)
    } else if held.len() < total {
        Front::Short
    } else {
        Front::Connect { head, total, mask }
    }
}

fn unmasked(bytes: &[u8], mask: [u8; 4]) -> Vec<u8> {
    bytes
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask)
        .collect()
}

/// Appends the packet without its query, or the frame as it was.
fn put(packet: &[u8], frame: &[u8], out: &mut BytesMut) {
    let Ok(packet) = std::str::from_utf8(packet) else {
        return out.extend_from_slice(frame);
    };
    let mut repaired = Frame::message(without_query(packet).into_owned(), OpCode::Data(Data::Text), true);
    repaired.header_mut().mask = Some([0; 4]);
    let mut bytes = Vec::with_capacity(frame.len());
    repaired.format(&mut bytes).expect("a Vec takes all");
    out.extend_from_slice(&bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(payload: &str) -> Vec<u8> {
        let mut frame = Frame::message(payload.to_owned(), OpCode::Data(Data::Text), true);
        frame.header_mut().mask = Some([1, 2, 3, 4]);
        let mut bytes = Vec::new();
        frame.format(&mut bytes).unwrap();
        bytes
    }

    fn texts(mut bytes: &[u8]) -> Vec<String> {
        let mut texts = Vec::new();
        while !bytes.is_empty() {
            let mut cursor = Cursor::new(bytes);
            let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
            let (_, rest) = bytes.split_at(cursor.position() as usize);
            let (payload, rest) = rest.split_at(length as usize);
            texts.push(String::from_utf8(unmasked(payload, header.mask.unwrap())).unwrap());
            bytes = rest;
        }
        texts
    }

    #[test]
    fn a_query_behind_a_namespace_is_taken_off_through_any_split() {
        let long = format!("42[\"chat\",\"{}\"]", "é?".repeat(3000));
        let sent = [
            "40/room/x?a=b&c=d",
            "2",
            "40/y?z,{}",
            "4",
            "40/plain",
            "42/x,[\"a?b\"]",
            &long,
            "40",
        ];
        let expected = [
            "40/room/x",
            "2",
            "40/y,{}",
            "4",
            "40/plain",
            "42/x,[\"a?b\"]",
            &long,
            "40",
        ];
        let all = sent.map(frame).concat();
        for step in [1, 2, 3, 7, 20, 1000, all.len()] {
            let (mut connects, mut out) = (Connects::default(), BytesMut::new());
            for bytes in all.chunks(step) {
                connects.take(bytes, &mut out);
            }
            assert_eq!(texts(&out), expected, "in pieces of {step} bytes");
            assert!(connects.held.is_empty());
        }
    }

    #[test]
    fn what_is_not_a_connect_packet_passes_untouched() {
        let broken = [
            0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5,
        ];
        let binary = [0x82, 0x83, 0, 0, 0, 0, b'4', b'0', b'/'];
        for bytes in [&broken[..], &binary, &frame("40/?")[..5], b"\x81\x03abc"] {
            let (mut connects, mut out) = (Connects::default(), BytesMut::new());
            connects.take(bytes, &mut out);
            out.extend_from_slice(&connects.held);
            assert_eq!(&out[..], bytes);
        }
    }
}
