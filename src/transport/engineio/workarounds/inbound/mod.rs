//! Checks a client's WebSocket messages by their first [`PACKET_HEAD_BYTES`], and corrects them where the Socket.IO library would fail.

use std::io::Cursor;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{BufMut, Bytes, BytesMut};
use tungstenite::protocol::frame::{
    Frame, FrameHeader,
    coding::{Data, OpCode},
};

use super::packet::{self, Dialect, MARK, Verdict};
use crate::{
    limits::PACKET_HEAD_BYTES,
    transport::engineio::{
        foreign::{self, Foreign},
        request::Protocol,
    },
};

/// Maximum length of a client's frame header, in bytes (RFC 6455, section 5.2).
const HEADER_BYTES: usize = 14;

/// Parses a client's frames, however the bytes and the fragments of messages are split.
pub struct Inbound {
    dialect: Dialect,
    /// Header bytes of the current frame, until the header is complete.
    header: heapless::Vec<u8, HEADER_BYTES>,
    /// Remaining payload bytes of the current frame.
    left: usize,
    /// Whether the current frame is the last of its message.
    last: bool,
    /// Whether the current frame belongs to a message; false for a control frame.
    data: bool,
    mask: [u8; 4],
    /// Number of payload bytes taken from the current frame, modulo four.
    phase: usize,
    /// Decision about the current frame.
    frame: Fate,
    /// Decision about the current message; `None` before the decision.
    message: Option<Fate>,
    /// First bytes of an undecided message: at most [`PACKET_HEAD_BYTES`], or a whole message in base64, which the lane bounds.
    head: Vec<u8>,
    /// Whether the current message is binary.
    binary: bool,
    /// Number of binary attachments of the last event that have not arrived.
    attachments: usize,
    /// Whether the session has a namespace, which proves that its client uses the default parser. Then binary messages pass, because their
    /// event may have come by polling.
    connected: bool,
    opening: Opening,
    foreign: Option<Foreign>,
    /// Whether all further input is dropped, after a packet of another parser.
    ended: bool,
}

/// Progress of the session's first CONNECT packet, which opens a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// The client has sent no CONNECT packet, or the server refused it.
    Closed,
    /// The current message is the CONNECT packet.
    Asking,
    /// The library must answer the CONNECT packet before it gets further input.
    Asked,
    /// The session has a namespace.
    Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Judge,
    Pass,
    Drop,
}

impl Inbound {
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            header: heapless::Vec::new(),
            left: 0,
            last: false,
            data: false,
            mask: [0; 4],
            phase: 0,
            frame: Fate::Pass,
            message: None,
            head: Vec::new(),
            binary: false,
            attachments: 0,
            connected: false,
            opening: Opening::Closed,
            foreign: None,
            ended: false,
        }
    }

    /// Notes that the session already joined a namespace while polling.
    pub fn set_connected(&mut self) {
        self.connected = true;
        self.opening = Opening::Open;
    }

    /// Whether the library's answer to a CONNECT packet must go out before the next input.
    pub fn waits_for_answer(&self) -> bool {
        self.opening == Opening::Asked
    }

    /// Notes the answer to the CONNECT packet: whether a namespace is open.
    pub fn answered(&mut self, open: bool) {
        self.opening = if open { Opening::Open } else { Opening::Closed };
    }

    /// The answer to a client with another parser, before its connection ends. Returned once; no further input passes.
    pub fn foreign(&mut self) -> Option<Foreign> {
        self.foreign.take()
    }

    /// Takes bytes from the client, and appends the corrected bytes for the library. Returns the rest that must wait for an answer.
    pub fn take<'a>(&mut self, mut bytes: &'a [u8], out: &mut BytesMut) -> &'a [u8] {
        while !bytes.is_empty() && !self.waits_for_answer() {
            if self.ended {
                return &[];
            }
            let used = if self.left == 0 {
                self.take_header(bytes, out)
            } else {
                let used = self.left.min(bytes.len());
                self.take_payload(&bytes[..used], out);
                used
            };
            bytes = &bytes[used..];
        }
        bytes
    }

    /// Takes header bytes, at most up to the end of the header.
    fn take_header(&mut self, bytes: &[u8], out: &mut BytesMut) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            self.header.push(byte).expect("a header of this length was parsed");
            match FrameHeader::parse(&mut Cursor::new(&self.header[..])) {
                Ok(None) if !self.header.is_full() => {}
                Ok(Some((header, length))) if header.mask.is_some() => {
                    self.begin(&header, usize::try_from(length).unwrap_or(usize::MAX), out);
                    return at + 1;
                }
                // Malformed: left to the library's error.
                _ => {
                    self.frame = Fate::Pass;
                    self.left = usize::MAX;
                    out.extend_from_slice(&self.header);
                    self.header.clear();
                    return at + 1;
                }
            }
        }
        bytes.len()
    }

    fn begin(&mut self, header: &FrameHeader, length: usize, out: &mut BytesMut) {
        (self.left, self.last, self.phase) = (length, header.is_final, 0);
        self.mask = header.mask.unwrap_or_default();
        self.data = matches!(header.opcode, OpCode::Data(_));
        self.frame = match (header.opcode, self.message) {
            // No extension was negotiated: left to the library's error.
            _ if header.rsv1 || header.rsv2 || header.rsv3 => Fate::Pass,
            (OpCode::Data(Data::Text), None) => self.begin_message(Fate::Judge, false),
            (OpCode::Data(Data::Binary), None) if self.attachments > 0 => {
                self.attachments -= 1;
                self.begin_message(Fate::Pass, true)
            }
            (OpCode::Data(Data::Binary), None) if self.knows_msgpack() => self.begin_message(Fate::Judge, true),
            (OpCode::Data(Data::Binary), None) => self.begin_message(Fate::Pass, true),
            (OpCode::Data(Data::Continue), Some(fate)) => fate,
            _ => Fate::Pass,
        };
        match self.frame {
            Fate::Pass => out.extend_from_slice(&self.header),
            // An empty frame may end a message.
            Fate::Judge if length == 0 => self.judge(out),
            Fate::Judge | Fate::Drop => {}
        }
        self.header.clear();
        if length == 0 {
            self.end_frame();
        }
    }

    /// Whether a binary message shows that the client uses another parser.
    fn knows_msgpack(&self) -> bool {
        self.dialect.is_socketio && !self.connected
    }

    fn begin_message(&mut self, fate: Fate, binary: bool) -> Fate {
        self.message = Some(fate);
        self.binary = binary;
        fate
    }

    /// Ends the current frame. Control frames may come between the frames of a message.
    fn end_frame(&mut self) {
        if self.last && self.data {
            self.message = None;
            if self.opening == Opening::Asking {
                self.opening = Opening::Asked;
            }
        }
    }

    fn take_payload(&mut self, mut bytes: &[u8], out: &mut BytesMut) {
        while !bytes.is_empty() {
            let used = match self.frame {
                Fate::Pass => {
                    out.extend_from_slice(bytes);
                    bytes.len()
                }
                Fate::Drop => bytes.len(),
                Fate::Judge if self.is_coded() => bytes.len(),
                Fate::Judge => bytes.len().min(PACKET_HEAD_BYTES - self.head.len()),
            };
            let (here, rest) = bytes.split_at(used);
            self.left -= used;
            if self.frame == Fate::Judge {
                let mask = self.mask.iter().cycle().skip(self.phase);
                self.head.extend(here.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
                self.phase = (self.phase + used) % 4;
                self.judge(out);
            }
            bytes = rest;
        }
        if self.left == 0 {
            self.end_frame();
        }
    }

    /// Whether the current text message is a binary message in base64, which clients may send on any transport.
    fn is_coded(&self) -> bool {
        !self.binary && self.head.first() == Some(&b'b')
    }

    fn judge(&mut self, out: &mut BytesMut) {
        let whole = self.last && self.left == 0;
        if self.is_coded() {
            if whole {
                self.judge_coded(out);
            }
            return;
        }
        let verdict = match self.binary {
            true if whole => Verdict::Foreign(foreign::of_msgpack(&self.head)),
            true if self.head.len() < PACKET_HEAD_BYTES => Verdict::More,
            true => Verdict::Foreign(Foreign::Unknown),
            false => packet::judge(self.dialect, &self.head, whole),
        };
        if verdict == Verdict::More {
            return;
        }
        let head = std::mem::take(&mut self.head);
        self.frame = Fate::Pass;
        match verdict {
            Verdict::Pass | Verdict::More => self.put(&[&head], out),
            Verdict::Mark(at) => self.put(&[&head[..at], MARK.as_bytes(), &head[at..]], out),
            Verdict::Ignore => self.frame = Fate::Drop,
            Verdict::Replace(packet) => put_whole(packet, Data::Text, out),
            Verdict::Foreign(foreign) => {
                (self.foreign, self.ended) = (Some(foreign), true);
                self.frame = Fate::Drop;
            }
        }
        let connects = self.dialect.is_socketio && self.dialect.protocol == Protocol::V4 && head.starts_with(b"40");
        if connects && self.opening == Opening::Closed {
            self.opening = Opening::Asking;
        }
        if let Some(attachments) = packet::attachments(&head).filter(|_| !self.binary && self.frame == Fate::Pass) {
            self.attachments = attachments;
        }
        self.message = Some(self.frame);
    }

    /// Decodes a binary message from base64 text, as Node's server does (engine.io-parser 5.2, `lib/decodePacket.ts`). The library decodes
    /// base64 only in polling payloads.
    fn judge_coded(&mut self, out: &mut BytesMut) {
        let packet = std::mem::take(&mut self.head);
        self.frame = Fate::Pass;
        let decoded = match (self.dialect.protocol, &packet[1..]) {
            (Protocol::V4, coded) => STANDARD.decode(coded).ok(),
            // The library removes the type of a binary message.
            (Protocol::V3, [b'4', coded @ ..]) => STANDARD.decode(coded).ok().map(|bytes| [&[4], &bytes[..]].concat()),
            (Protocol::V3, _) => None,
        };
        match decoded {
            // Malformed: left to the library's error.
            None => put_whole(packet, Data::Text, out),
            Some(bytes) if self.attachments > 0 || !self.knows_msgpack() => {
                self.attachments = self.attachments.saturating_sub(1);
                put_whole(bytes, Data::Binary, out);
            }
            Some(bytes) => {
                (self.foreign, self.ended) = (Some(foreign::of_msgpack(&bytes)), true);
                self.frame = Fate::Drop;
            }
        }
        self.message = Some(self.frame);
    }

    /// Appends `parts` as the beginning of a frame that continues with the rest of the current one. The rest stays masked, so the mask is
    /// rotated to fit.
    fn put(&self, parts: &[&[u8]], out: &mut BytesMut) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let rotated = |at: usize| self.mask[(at + self.phase + 4 - length % 4) % 4];
        let mask = [rotated(0), rotated(1), rotated(2), rotated(3)];
        let header = FrameHeader {
            is_final: self.last,
            opcode: OpCode::Data(Data::Text),
            mask: Some(mask),
            ..FrameHeader::default()
        };
        let total = u64::try_from(length + self.left).expect("a length");
        header.format(total, &mut out.writer()).expect("memory takes all");
        let bytes = parts.iter().copied().flatten().zip(mask.iter().cycle());
        out.extend(bytes.map(|(byte, mask)| byte ^ mask));
    }
}

fn put_whole(packet: impl Into<Bytes>, kind: Data, out: &mut BytesMut) {
    let mut frame = Frame::message(packet, OpCode::Data(kind), true);
    frame.header_mut().mask = Some([0; 4]);
    frame.format(&mut out.writer()).expect("memory takes all");
}

#[cfg(test)]
mod tests;
