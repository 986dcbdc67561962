//! Corrects a client's packet for the Socket.IO library, whose parsers accept less than those of the reference server.
//!
//! The decision needs only the first [`PACKET_HEAD_BYTES`] of a packet, both in WebSocket messages and in polling payloads.

use std::borrow::Cow;

use bytes::Bytes;

use crate::{
    limits::PACKET_HEAD_BYTES,
    transport::engineio::{
        foreign::{self, Foreign},
        request::Protocol,
    },
};

/// A mark that the edge inserts before an event name with JSON escapes, so that the library reads the mark as the name. `RawEvent` removes it.
pub const MARK: &str = "\"~\",";

/// Protocol version and kind of content of a client's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub protocol: Protocol,
    /// Whether messages are Socket.IO packets; those of an application on bare Engine.IO pass unchecked.
    pub is_socketio: bool,
}

/// Decision about a packet.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// More bytes are needed for a decision.
    More,
    /// The packet is passed on unchanged.
    Pass,
    /// The packet is dropped, as in the reference server; the library would close the connection.
    Ignore,
    /// The packet is passed on with [`MARK`] inserted at this byte.
    Mark(usize),
    /// The library gets this packet instead of the client's.
    Replace(Bytes),
    /// The packet comes from another parser; its client gets this answer.
    Foreign(Foreign),
}

/// Decides about a packet by its first bytes; `whole` means that `head` is the complete packet. Never [`Verdict::More`] for
/// [`PACKET_HEAD_BYTES`] or more.
pub fn judge(dialect: Dialect, head: &[u8], whole: bool) -> Verdict {
    let protocol = dialect.protocol;
    let undecided = !whole && head.len() < PACKET_HEAD_BYTES;
    match (head, protocol) {
        ([], _) if undecided => Verdict::More,
        // Open, upgrade and no-op packets have no meaning in an open session.
        ([b'0' | b'5' | b'6', ..], _) => Verdict::Ignore,
        // In revision 3 only the client pings; the library would answer this pong.
        ([b'3', ..], Protocol::V3) => Verdict::Ignore,
        ([b'2' | b'3', ..], _) => judge_heartbeat(protocol, head, whole, undecided),
        ([b'4', ..], _) if !dialect.is_socketio => Verdict::Pass,
        ([b'4'], _) if undecided => Verdict::More,
        ([b'4', b'2' | b'5', ..], _) => judge_event(head, whole, undecided),
        ([b'4', b'0', rest @ ..], Protocol::V3) if b"/".starts_with(&rest[..rest.len().min(1)]) => {
            judge_connect(head, whole, undecided)
        }
        // A client of revision 3 is in the root namespace from the start, and understands no CONNECT_ERROR.
        ([b'4', b'{', ..], Protocol::V3) => Verdict::Foreign(Foreign::Unknown),
        ([b'4', b'{', ..], Protocol::V4) if undecided => Verdict::More,
        ([b'4', json @ ..], Protocol::V4) if json.starts_with(b"{") => Verdict::Foreign(foreign::of_json(json)),
        (_, Protocol::V3 | Protocol::V4) => Verdict::Pass,
    }
}

/// Decides about a heartbeat, or a probe outside of an upgrade. In version 3 each ping is answered, whatever its data.
fn judge_heartbeat(protocol: Protocol, head: &[u8], whole: bool, undecided: bool) -> Verdict {
    const PROBE: &[u8] = b"probe";
    let data = &head[1..];
    match protocol {
        _ if undecided && PROBE.starts_with(data) => Verdict::More,
        _ if !whole || data != PROBE => Verdict::Pass,
        Protocol::V3 => Verdict::Replace(Bytes::from_static(b"2")),
        Protocol::V4 => Verdict::Ignore,
    }
}

/// Number of binary messages that follow a packet; `None` without attachments.
pub fn attachments(head: &[u8]) -> Option<usize> {
    let rest = head.strip_prefix(b"45").or_else(|| head.strip_prefix(b"46"))?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = (rest.get(digits) == Some(&b'-')).then(|| &rest[..digits])?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// Decides about an event, which gets the mark if its name has an escape or looks like the mark.
fn judge_event(head: &[u8], whole: bool, undecided: bool) -> Verdict {
    let short = match undecided {
        true => Verdict::More,
        false => Verdict::Pass,
    };
    let Some(start) = array_start(head) else {
        return Verdict::Pass;
    };
    if head.get(start).is_none() {
        return short;
    }
    let at = start + 1;
    let spaces = head[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut name = match head.get(at + spaces) {
        Some(b'"') => head[at + spaces + 1..].iter(),
        Some(_) => return Verdict::Pass,
        None => return short,
    };
    match name.next() {
        None => return short,
        Some(b'~' | b'\\') => return Verdict::Mark(at),
        Some(b'"') => return Verdict::Pass,
        Some(_) => {}
    }
    match name.find(|byte| matches!(byte, b'"' | b'\\')) {
        Some(b'\\') => Verdict::Mark(at),
        Some(_) => Verdict::Pass,
        None if undecided => Verdict::More,
        // A name longer than the judged bytes may have an escape further on.
        None if !whole || head.len() >= PACKET_HEAD_BYTES => Verdict::Mark(at),
        None => Verdict::Pass,
    }
}

/// Index of the `[` of an event's array, after the number of attachments, namespace and acknowledgement id.
/// The length if the bytes end before it; `None` if another character stands there.
fn array_start(head: &[u8]) -> Option<usize> {
    let digits = |from: usize| from + head[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = 2;
    if head[1] == b'5' {
        at = digits(at);
        match head.get(at) {
            Some(b'-') => at += 1,
            Some(_) => return None,
            None => return Some(at),
        }
    }
    if head.get(at) == Some(&b'/') {
        at = match head[at..].iter().position(|&byte| byte == b',') {
            Some(comma) => at + comma + 1,
            None => return Some(head.len()),
        };
    }
    at = digits(at);
    match head.get(at) {
        Some(b'[') | None => Some(at),
        Some(_) => None,
    }
}

/// Decides about a CONNECT packet of revision 3, whose query is removed.
fn judge_connect(head: &[u8], whole: bool, undecided: bool) -> Verdict {
    if undecided {
        return Verdict::More;
    }
    match std::str::from_utf8(head).map(without_query) {
        Ok(Cow::Owned(packet)) if whole => Verdict::Replace(packet.into()),
        _ => Verdict::Pass,
    }
}

/// Removes the query that clients of revision 3 append to the namespace.
fn without_query(packet: &str) -> Cow<'_, str> {
    match packet.split_once('?') {
        Some((namespace, query)) => {
            let rest = query.find(',').map_or("", |comma| &query[comma..]);
            format!("{namespace}{rest}").into()
        }
        None => packet.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Protocol; 2] = [Protocol::V3, Protocol::V4];

    fn dialect(protocol: Protocol) -> Dialect {
        Dialect {
            protocol,
            is_socketio: true,
        }
    }

    fn whole(protocol: Protocol, packet: &str) -> Verdict {
        judge(dialect(protocol), packet.as_bytes(), true)
    }

    /// The verdict on a packet that arrives byte by byte.
    fn slowly(protocol: Protocol, packet: &str) -> Verdict {
        (0..packet.len())
            .map(|end| judge(dialect(protocol), &packet.as_bytes()[..end], false))
            .find(|verdict| *verdict != Verdict::More)
            .unwrap_or_else(|| whole(protocol, packet))
    }

    // Socket.IO-Client-Swift 15.2.0, Source/SocketIO/Engine/SocketEngine.swift, `doFastUpgrade`; arduinoWebSockets 2.4,
    // src/SocketIOclient.cpp; the reference: engine.io 1.8.5 and 6.6, `Socket.onPacket`.
    #[test]
    fn packets_without_meaning_are_ignored() {
        for protocol in BOTH {
            for packet in ["6", "5", "6probe", "5x", "0", "0{\"sid\":\"x\"}", "3probe"] {
                assert_eq!(slowly(protocol, packet), Verdict::Ignore, "{packet}");
                assert_eq!(whole(protocol, packet), Verdict::Ignore, "{packet}");
            }
        }
        assert_eq!(whole(Protocol::V4, "2probe"), Verdict::Ignore);
        assert_eq!(slowly(Protocol::V4, "2probe"), Verdict::Ignore);
        assert_eq!(
            whole(Protocol::V3, "2probe"),
            Verdict::Replace(Bytes::from_static(b"2"))
        );
        assert_eq!(whole(Protocol::V3, "3"), Verdict::Ignore);
        for packet in [
            "2", "3", "1", "2prob", "2probes", "2hello", "40", "41", "4", "7", "x", "",
        ] {
            assert_eq!(slowly(Protocol::V4, packet), Verdict::Pass, "{packet}");
        }
    }

    #[test]
    fn a_name_with_escapes_is_marked() {
        let cases = [
            (r#"42["\u804a\u5929","x"]"#, 3),
            (r#"4217["quo\"te"]"#, 5),
            (r#"42/room/x,["back\\slash",1]"#, 11),
            (r#"42/room/x,12[ "a\n"]"#, 13),
            (r#"451-["b\u0069n",{"_placeholder":true,"num":0}]"#, 5),
            (r#"452-/a,3["\\"]"#, 9),
            (r#"42["~",1]"#, 3),
        ];
        for protocol in BOTH {
            for (packet, at) in cases {
                assert_eq!(whole(protocol, packet), Verdict::Mark(at), "{packet}");
                assert_eq!(slowly(protocol, packet), Verdict::Mark(at), "{packet}");
            }
            for packet in [
                r#"42["chat","\u804a"]"#,
                r#"42/n,["chat","\\"]"#,
                r#"42["聊天"]"#,
                r#"42[1,"\\"]"#,
                r#"42{"\u0041":1}"#,
                r#"431["\\"]"#,
                "42",
                "42[",
                r#"42["open"#,
                r#"42/ns["\\"]"#,
                "451",
            ] {
                assert_eq!(slowly(protocol, packet), Verdict::Pass, "{packet}");
            }
        }
    }

    #[test]
    fn a_packet_is_judged_by_a_bounded_number_of_bytes() {
        let long = format!("42[\"{}\\u0041\"]", "n".repeat(PACKET_HEAD_BYTES));
        let head = &long.as_bytes()[..PACKET_HEAD_BYTES];
        assert_eq!(judge(dialect(Protocol::V4), head, false), Verdict::Mark(3));
        assert_eq!(
            judge(dialect(Protocol::V4), &head[..PACKET_HEAD_BYTES - 1], false),
            Verdict::More
        );
        let namespace = format!("42/{},[\"\\n\"]", "n".repeat(PACKET_HEAD_BYTES));
        assert_eq!(
            judge(dialect(Protocol::V3), &namespace.as_bytes()[..PACKET_HEAD_BYTES], false),
            Verdict::Pass
        );
    }

    #[test]
    fn a_namespace_loses_its_query() {
        let connect = |packet| slowly(Protocol::V3, packet);
        assert_eq!(connect("40/room/x?a=b&c=d"), Verdict::Replace(Bytes::from("40/room/x")));
        assert_eq!(connect("40/y?z,{}"), Verdict::Replace(Bytes::from("40/y,{}")));
        for packet in ["40/plain", "40", "40/", "41/x?y"] {
            assert_eq!(connect(packet), Verdict::Pass, "{packet}");
        }
        assert_eq!(slowly(Protocol::V4, "40/a?b"), Verdict::Pass);
    }

    #[test]
    fn messages_of_bare_engine_io_are_the_applications_own() {
        for protocol in BOTH {
            let bare = Dialect {
                protocol,
                is_socketio: false,
            };
            for packet in [r#"42["\u0041"]"#, "40/a?b", "4{}", "4"] {
                assert_eq!(judge(bare, packet.as_bytes(), true), Verdict::Pass, "{packet}");
            }
            assert_eq!(judge(bare, b"6", true), Verdict::Ignore);
        }
    }

    #[test]
    fn attachments_are_counted() {
        assert_eq!(attachments(b"452-[\"a\"]"), Some(2));
        assert_eq!(attachments(b"461-/n,1[]"), Some(1));
        for packet in [&b"45[1]"[..], b"45", b"421-", b"45-"] {
            assert_eq!(attachments(packet), None);
        }
    }
}
