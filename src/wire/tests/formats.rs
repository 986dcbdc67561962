//! Entries in every format, byte for byte.

use std::sync::Arc;

use super::{counted, entry, entry_json, room};
use crate::{
    room::{Body, CloseReason, Epoch, Gap, Logged, Said, Token, UserId},
    wire::{Encoded, Event, Format, disconnect_frame, event_bytes, packet_frame, text_frame, ws_frame_header},
};

fn chat(text: &str, more: &str) -> Encoded {
    Encoded::new(
        entry(Body::Said(Said::Chat {
            text: text.into(),
            more: more.into(),
            re: None,
            edited: false,
        })),
        &counted(),
    )
}

/// Checks all formats against the JSON that they carry.
fn check(encoded: &Encoded, json: &str) {
    let text = |format| encoded.bytes(format);
    assert_eq!(text(Format::Json), json.as_bytes());
    assert_eq!(text(Format::WebSocket), &text_frame(json.as_bytes()));
    assert_eq!(text(Format::SocketIo), &text_frame(format!("42{json}").as_bytes()));
    assert_eq!(
        text(Format::SocketIoNs),
        &text_frame(format!("42/room/hall,{json}").as_bytes())
    );
    assert_eq!(text(Format::Sse), format!("id: ab:7\ndata: {json}\n\n").as_bytes());
}

#[test]
fn every_kind_of_entry_has_its_bytes_in_every_format() {
    check(&chat("hi", ""), &entry_json(r#""chat","hi""#));
    check(
        &chat("hi", r#"1,{"a":[true]}"#),
        &entry_json(r#""chat","hi",1,{"a":[true]}"#),
    );
    check(&chat("", ""), &entry_json(r#""chat","""#));
    check(
        &chat("é 漢字 😀 \"\\\n\r\t\u{0}\u{2028}", ""),
        &entry_json("\"chat\",\"é 漢字 😀 \\\"\\\\\\n\\r\\t\\u0000\u{2028}\""),
    );
    let name = Token::new("rose").unwrap();
    let gift = |to| {
        Encoded::new(
            entry(Body::Said(Said::Gift {
                name: name.clone(),
                count: 3,
                to,
            })),
            &counted(),
        )
    };
    check(&gift(None), &entry_json(r#""gift","rose",3"#));
    let to_bo = entry_json(r#""gift","rose",3"#).replace("}]", r#","to":"00000000000000b0"}]"#);
    check(&gift(Some(UserId(0xb0))), &to_bo);
    let text = "The bar is open".into();
    let announce = Encoded::new(entry(Body::Said(Said::Announce { text })), &counted());
    check(&announce, &entry_json(r#""announce","The bar is open""#));
}

#[test]
fn the_bytes_on_the_wire_are_these() {
    let json = entry_json(r#""chat","hi""#);
    assert_eq!(json.len(), 140);
    let encoded = chat("hi", "");
    let mut frame = vec![0x81, 126, 0, 142];
    frame.extend_from_slice(b"42");
    frame.extend_from_slice(json.as_bytes());
    assert_eq!(encoded.bytes(Format::SocketIo), &frame);
    let mut frame = vec![0x81, 126, 0, 140];
    frame.extend_from_slice(json.as_bytes());
    assert_eq!(encoded.bytes(Format::WebSocket), &frame);
}

#[test]
fn headers_fit_at_the_borders_of_their_lengths() {
    let empty = entry_json(r#""chat","""#).len();
    for len in [200, 65_534, 65_535, 65_536, 70_000] {
        let text = "x".repeat(len - empty);
        let json = entry_json(&format!(r#""chat","{text}""#));
        let frame = chat(&text, "");
        let frame = frame.bytes(Format::WebSocket);
        let header = ws_frame_header(len);
        let header = header.as_bytes();
        assert_eq!(header.len(), if len < 65_536 { 4 } else { 10 });
        assert_eq!(
            (&frame[..header.len()], &frame[header.len()..]),
            (header, json.as_bytes())
        );
    }
    for (payload, header) in [(125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        assert_eq!(ws_frame_header(payload).as_bytes().len(), header);
    }
}

#[test]
fn an_event_of_a_stream_stays_on_one_line() {
    // Line feeds may stand between the tokens of what a client passes on, and end a field of an event stream.
    let more = "{\n\"a\":\r\n[1,\n2]}";
    let encoded = chat("two\nlines", more);
    let json = entry_json(&format!("\"chat\",\"two\\nlines\",{more}"));
    assert_eq!(encoded.bytes(Format::Json), json.as_bytes());
    let stream = std::str::from_utf8(encoded.bytes(Format::Sse)).unwrap();
    let line = json.replace(['\n', '\r'], " ");
    assert_eq!(stream, format!("id: ab:7\ndata: {line}\n\n"));
    assert_eq!(stream.lines().count(), 3);
}

#[test]
fn an_entry_is_encoded_once_and_its_json_shared() {
    let encoded = Arc::new(chat("hi", ""));
    let first = encoded.bytes(Format::SocketIo).clone();
    assert_eq!(encoded.bytes(Format::SocketIo).as_ptr(), first.as_ptr());
    let json = encoded.bytes(Format::Json);
    assert_eq!(
        json.as_ptr(),
        first[first.len() - json.len()..].as_ptr(),
        "a part of the frame"
    );
    let json = entry_json(r#""chat","hi""#);
    check(&encoded, &json);
    for first in Format::ALL {
        let encoded = chat("hi", "");
        encoded.bytes(first);
        check(&encoded, &json);
    }
    assert_eq!((encoded.seq(), encoded.weight()), (7, encoded.entry().weight()));
    assert_eq!((encoded.skip(), encoded.is_control()), (None, false));
}

#[test]
fn packets_that_were_made_early_become_the_same_frames() {
    let (hall, json) = (room("hall"), entry_json(r#""chat","hi""#));
    let encoded = chat("hi", "");
    assert_eq!(
        &packet_frame(None, None, json.as_bytes()),
        encoded.bytes(Format::SocketIo)
    );
    assert_eq!(
        &packet_frame(Some(&hall), None, json.as_bytes()),
        encoded.bytes(Format::SocketIoNs)
    );
    assert_eq!(packet_frame(None, Some(12), b"{}"), text_frame(b"4312[{}]"));
    assert_eq!(
        packet_frame(Some(&hall), Some(12), b"{}"),
        text_frame(b"43/room/hall,12[{}]")
    );
}

#[test]
fn a_namespace_is_closed_by_its_name() {
    assert_eq!(&disconnect_frame(None)[..], b"\x81\x0241");
    assert_eq!(&disconnect_frame(Some(&room("hall")))[..], b"\x81\x0d41/room/hall,");
    assert_eq!(
        disconnect_frame(Some(&room("大厅"))),
        text_frame("41/room/大厅,".as_bytes())
    );
}

#[test]
fn offsets_stand_behind_what_has_a_place_and_nothing_else() {
    let (hall, encoded) = (room("hall"), chat("hi", ""));
    let bare = entry_json(r#""chat","hi""#);
    let with = format!("{},\"ab:7:hall\"]", bare.strip_suffix(']').unwrap());
    assert_eq!(encoded.bytes(Format::JsonOffset), with.as_bytes());
    for format in [Format::SocketIoOffset, Format::SocketIoNsOffset] {
        let ns_room = (format == Format::SocketIoNsOffset).then_some(&hall);
        assert_eq!(encoded.bytes(format), &packet_frame(ns_room, None, with.as_bytes()));
    }
    check(&encoded, &bare);
    let gap = Event::Gap {
        room: &hall,
        epoch: Epoch(0xab),
        gap: Gap {
            from: 3,
            to: 9,
            missed: 6,
        },
    };
    let end = |event: &Event<'_>| {
        let bytes = event_bytes(Format::JsonOffset, None, event);
        let mut all: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
        all.pop().unwrap()
    };
    assert_eq!(end(&gap), "ab:9:hall");
    let left = Event::Place {
        place: None,
        answered: None,
    };
    assert_eq!(end(&left), "-");
    assert!(end(&Event::Closing(CloseReason::Stopping)).is_object());
}
