use super::*;
use crate::{limits::ATTACHMENTS, transport::engineio::request::Protocol};

fn inbound(protocol: Protocol) -> Inbound {
    Inbound::new(Dialect {
        protocol,
        is_socketio: true,
    })
}

fn frame(payload: &[u8], kind: Data, last: bool) -> Vec<u8> {
    let mut frame = Frame::message(payload.to_owned(), OpCode::Data(kind), last);
    frame.header_mut().mask = Some([1, 2, 3, 4]);
    let mut bytes = Vec::new();
    frame.format(&mut bytes).unwrap();
    bytes
}

fn text(payload: &str) -> Vec<u8> {
    frame(payload.as_bytes(), Data::Text, true)
}

/// A message in fragments of so many bytes, with a ping between them.
fn fragments(payload: &str, size: usize) -> Vec<u8> {
    let mut chunks: Vec<_> = payload.as_bytes().chunks(size).collect();
    chunks.push(b"");
    let last = chunks.len() - 1;
    let mut bytes = Vec::new();
    for (at, chunk) in chunks.into_iter().enumerate() {
        let kind = if at == 0 { Data::Text } else { Data::Continue };
        bytes.extend(frame(chunk, kind, at == last));
        if at == 0 {
            bytes.extend([0x89, 0x80, 0, 0, 0, 0]);
        }
    }
    bytes
}

/// The kinds of the frames in what the library reads, without control frames.
fn kinds(mut bytes: &[u8]) -> Vec<OpCode> {
    let mut kinds = Vec::new();
    while !bytes.is_empty() {
        let mut cursor = Cursor::new(bytes);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        bytes = &bytes[cursor.position() as usize + length as usize..];
        kinds.extend(matches!(header.opcode, OpCode::Data(_)).then_some(header.opcode));
    }
    kinds
}

/// The messages in what the library reads, without control frames.
fn messages(mut bytes: &[u8]) -> Vec<String> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    while !bytes.is_empty() {
        let mut cursor = Cursor::new(bytes);
        let (header, length) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
        let (_, rest) = bytes.split_at(cursor.position() as usize);
        let (payload, rest) = rest.split_at(length as usize);
        let mask = header.mask.unwrap();
        let plain: Vec<_> = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        if let OpCode::Data(kind) = header.opcode {
            assert_eq!(kind == Data::Continue, open);
            match open {
                true => messages.last_mut().unwrap().extend(plain),
                false => messages.push(plain),
            }
            open = !header.is_final;
        }
        bytes = rest;
    }
    assert!(!open);
    messages
        .into_iter()
        .map(|message| String::from_utf8(message).unwrap())
        .collect()
}

fn through(protocol: Protocol, sent: &[u8], step: usize) -> Vec<String> {
    let (mut inbound, mut out) = (inbound(protocol), BytesMut::new());
    for bytes in sent.chunks(step) {
        inbound.take(bytes, &mut out);
        assert!(inbound.head.len() <= PACKET_HEAD_BYTES);
    }
    assert!(inbound.head.is_empty() && inbound.header.is_empty() && inbound.message.is_none());
    messages(&out)
}

const STEPS: [usize; 7] = [1, 2, 3, 7, 20, 1000, usize::MAX];

#[test]
fn packets_are_judged_through_any_split_of_bytes_and_frames() {
    let long = "é?".repeat(9000);
    let plain = format!("42[\"chat\",\"{long}\"]");
    let escaped = format!("42[\"\\u804a\",\"{long}\"]");
    let name = format!("4217[\"{long}\\n\"]");
    // What the client sends, and what the library reads.
    let cases = [
        ("6", None),
        ("5", None),
        (
            "42/x,7[\"quo\\\"te\",1]",
            Some("42/x,7[\"~\",\"quo\\\"te\",1]".to_owned()),
        ),
        ("2", Some("2".to_owned())),
        (&plain, Some(plain.clone())),
        ("6probe", None),
        (&escaped, Some(escaped.replacen('[', "[\"~\",", 1))),
        ("3probe", None),
        (&name, Some(name.replacen('[', "[\"~\",", 1))),
        ("4", Some("4".to_owned())),
        ("", Some(String::new())),
        ("42/x,[\"a?b\"]", Some("42/x,[\"a?b\"]".to_owned())),
    ];
    let expected: Vec<_> = cases.iter().filter_map(|(_, read)| read.clone()).collect();
    for protocol in [Protocol::V3, Protocol::V4] {
        let sent = cases.each_ref().map(|(packet, _)| text(packet)).concat();
        for step in STEPS {
            assert_eq!(
                through(protocol, &sent, step.min(sent.len())),
                expected,
                "in pieces of {step} bytes"
            );
        }
        for size in [1, 3, 5000] {
            let sent = cases.each_ref().map(|(packet, _)| fragments(packet, size)).concat();
            for step in [5, 999] {
                assert_eq!(through(protocol, &sent, step), expected, "in fragments of {size} bytes");
            }
        }
    }
}

#[test]
fn a_query_behind_a_namespace_is_taken_off() {
    let sent = ["40/room/x?a=b&c=d", "40/y?z,{}", "40/plain", "40"].map(text).concat();
    for step in STEPS {
        let read = through(Protocol::V3, &sent, step.min(sent.len()));
        assert_eq!(read, ["40/room/x", "40/y,{}", "40/plain", "40"]);
    }
    assert_eq!(through(Protocol::V4, &text("40/y?z"), 100), ["40/y?z"]);
}

#[test]
fn attachments_pass_and_other_binary_messages_are_foreign() {
    let (mut inbound, mut out) = (inbound(Protocol::V4), BytesMut::new());
    inbound.take(
        &text(r#"452-["a\u0062",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#),
        &mut out,
    );
    let event = out.len();
    let binary = [frame(b"\x82one", Data::Binary, true), frame(b"", Data::Binary, true)].concat();
    inbound.take(&binary, &mut out);
    assert_eq!(out[event..], binary);
    assert!(inbound.foreign().is_none());
    let connect = frame(b"\x82\xa4type\x00\xa3nsp\xa1/", Data::Binary, true);
    for bytes in [&connect[..], &connect, &text("40")].concat().chunks(3) {
        inbound.take(bytes, &mut out);
    }
    assert_eq!(out[event..], binary);
    assert!(matches!(inbound.foreign(), Some(Foreign::MsgPack(_))));
    assert!(inbound.foreign().is_none());
}

#[test]
fn attachments_pass_whose_event_came_by_polling() {
    let (mut inbound, mut out) = (inbound(Protocol::V4), BytesMut::new());
    inbound.set_connected();
    let binary = [frame(b"\x82one", Data::Binary, true), frame(b"two", Data::Binary, true)].concat();
    inbound.take(&binary, &mut out);
    assert_eq!(out, binary);
    assert!(inbound.foreign().is_none());
}

// engine.io-client 6.6, lib/transports/websocket.ts, `write`, with the option `forceBase64`.
#[test]
fn bytes_in_base64_become_binary_messages() {
    let long = STANDARD.encode([7; 3 * PACKET_HEAD_BYTES]);
    let read = [
        &frame(&[7; 3 * PACKET_HEAD_BYTES], Data::Binary, true)[..],
        &frame(b"", Data::Binary, true),
    ]
    .concat();
    let sent = [text(&format!("b{long}")), fragments("b", 5)].concat();
    for (protocol, sent, read) in [
        (Protocol::V4, sent, read),
        (Protocol::V4, text("b?"), text("b?")),
        (Protocol::V3, text("b4AQID"), frame(&[4, 1, 2, 3], Data::Binary, true)),
        (Protocol::V3, text("bAQID"), text("bAQID")),
    ] {
        for step in STEPS {
            let (mut inbound, mut out) = (inbound(protocol), BytesMut::new());
            inbound.set_connected();
            for bytes in sent.chunks(step.min(sent.len())) {
                inbound.take(bytes, &mut out);
            }
            assert_eq!(messages(&out), messages(&read));
            assert_eq!(kinds(&out), kinds(&read));
        }
    }
}

#[test]
fn bytes_in_base64_are_attachments_or_foreign() {
    let (mut inbound, mut out) = (inbound(Protocol::V4), BytesMut::new());
    inbound.take(&text(r#"451-["a",{"_placeholder":true,"num":0}]"#), &mut out);
    let event = out.len();
    inbound.take(&text("bAQID"), &mut out);
    assert_eq!(messages(&out[event..]), ["\u{1}\u{2}\u{3}"]);
    let connect = STANDARD.encode(b"\x82\xa4type\x00\xa3nsp\xa1/");
    inbound.take(&text(&format!("b{connect}")), &mut out);
    assert!(matches!(inbound.foreign(), Some(Foreign::MsgPack(_))));
}

#[test]
fn a_large_foreign_message_is_not_held() {
    let (mut inbound, mut out) = (inbound(Protocol::V4), BytesMut::new());
    let large = frame(&[0x82; 100_000], Data::Binary, true);
    for bytes in large.chunks(512) {
        inbound.take(bytes, &mut out);
        assert!(inbound.head.len() <= PACKET_HEAD_BYTES);
    }
    assert_eq!((inbound.foreign(), out.len()), (Some(Foreign::Unknown), 0));
    let many = text(&format!("45{}-[]", ATTACHMENTS * 1000));
    inbound.take(&many, &mut out);
    assert!(out.is_empty(), "nothing passes behind it");
}

#[test]
fn malformed_frames_pass_unchanged() {
    let broken = [
        0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5,
    ];
    let compressed = [0xc1, 0x81, 0, 0, 0, 0, b'6'];
    for bytes in [&broken[..], &compressed, b"\x81\x03abc", b"\x80\x81\0\0\0\x006"] {
        let (mut inbound, mut out) = (inbound(Protocol::V3), BytesMut::new());
        inbound.take(bytes, &mut out);
        out.extend_from_slice(&inbound.header);
        assert_eq!(&out[..], bytes);
    }
}
