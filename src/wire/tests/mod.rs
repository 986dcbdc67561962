//! What goes out byte for byte, and what comes in from good, careless and hostile clients.

mod arguments;
mod board;
mod events;
mod formats;
mod hello;
mod hostile;
mod post;
mod protocol;
mod shared_values;

use std::sync::Arc;

use super::{decode_event, decode_ws_event};
use crate::{
    memory::Account,
    room::{Body, Code, Command, Entry, Epoch, MsgId, Person, Refusal, Role, RoomName, Said, Say, UserId, UserName},
};

/// An account that nothing fills.
pub(super) fn counted() -> Arc<Account> {
    Account::new(1 << 30)
}

pub(super) fn room(name: &str) -> RoomName {
    RoomName::new(name).unwrap()
}

pub(super) fn ann() -> Person {
    Person {
        id: UserId(0x1f),
        name: UserName::new("Ann").unwrap(),
        role: Role::Guest,
    }
}

pub(super) fn id(text: &str) -> MsgId {
    MsgId::new(text).unwrap()
}

/// Entry 7 of the room `hall`, said by Ann.
pub(super) fn entry(body: Body) -> Arc<Entry> {
    Arc::new(Entry {
        room: room("hall"),
        epoch: Epoch(0xab),
        seq: 7,
        id: id("m1"),
        from: ann(),
        at: 1_700_000_000_000,
        skip: None,
        body,
    })
}

/// The event array of such an entry, with these first elements.
pub(super) fn entry_json(front: &str) -> String {
    format!(
        r#"[{front},{{"room":"hall","seq":7,"epoch":"ab","id":"m1","from":{{"id":"000000000000001f","name":"Ann","role":"guest"}},"at":1700000000000}}]"#
    )
}

pub(super) fn chat(text: &str, more: &str) -> Command {
    Command::Say(Say::new(Said::Chat {
        text: text.into(),
        more: more.into(),
        re: None,
        edited: false,
    }))
}

pub(super) fn good(raw: &str) -> Command {
    decode_event(raw).unwrap_or_else(|refusal| panic!("{raw}: {refusal:?}"))
}

pub(super) fn refused(raw: &str) -> Refusal {
    match decode_event(raw) {
        Ok(command) => panic!("{raw}: {command:?}"),
        Err(refusal) => refusal,
    }
}

/// What is wrong with an event, in words for its author.
pub(super) fn wrong(raw: &str) -> String {
    let refusal = refused(raw);
    assert_eq!(refusal.code, Code::BadRequest, "{raw}: {refusal:?}");
    assert_eq!(refusal.retry_after_ms, None, "{raw}");
    refusal.message
}

pub(super) fn too_long(raw: &str) -> String {
    let refusal = refused(raw);
    assert_eq!(refusal.code, Code::TooLong, "{raw}: {refusal:?}");
    refusal.message
}

#[test]
fn a_leading_number_asks_for_an_answer() {
    let (ack, command) = decode_ws_event(r#"[7,"chat","hi"]"#);
    assert_eq!((ack, command), (Some(7), Ok(chat("hi", ""))));
    assert_eq!(decode_ws_event(r#"["chat","hi"]"#), (None, Ok(chat("hi", ""))));
    assert_eq!(decode_ws_event(r#"[0,"who"]"#), (Some(0), Ok(Command::Who)));
    assert_eq!(
        decode_ws_event(r#"[3.0,"who"]"#).0,
        Some(3),
        "as languages of doubles write it"
    );
    assert_eq!(decode_ws_event(r#"[18446744073709551615,"who"]"#).0, Some(u64::MAX));
    let (ack, command) = decode_ws_event("[7]");
    assert_eq!(ack, Some(7), "a refusal is an answer, too");
    assert_eq!(command.unwrap_err().code, Code::BadRequest);
    let (ack, command) = decode_ws_event(r#"[7,"nonsense"]"#);
    assert_eq!((ack, command.unwrap_err().code), (Some(7), Code::UnknownEvent));
    for raw in [
        r#"[-1,"who"]"#,
        r#"[1.5,"who"]"#,
        r#"[1e999,"who"]"#,
        r#"[18446744073709551616,"who"]"#,
        r#"[true,"who"]"#,
        r#"[null,"who"]"#,
        r#"[[7],"who"]"#,
        "7",
        "",
    ] {
        let (ack, command) = decode_ws_event(raw);
        assert_eq!((ack, command.unwrap_err().code), (None, Code::BadRequest), "{raw}");
    }
    assert!(
        decode_event(r#"[7,"who"]"#).is_err(),
        "Socket.IO numbers its packets elsewhere"
    );
}
