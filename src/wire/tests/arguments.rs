//! Every event with good arguments and with bad ones.

use super::{chat, good, id, refused, room, too_long, wrong};
use crate::{
    limits,
    room::{Audience, Code, Command, Epoch, Resume, Said, Say, Token, UserId, UserName},
    wire::{decode_event, within},
};

#[test]
fn join_names_a_room_and_perhaps_a_place() {
    let join = |resume| Command::Join {
        room: room("hall"),
        resume,
    };
    let place = Resume {
        epoch: Epoch(0xab),
        since: 7,
    };
    assert_eq!(good(r#"["join","hall"]"#), join(None));
    assert_eq!(good(r#"["join"," hall "]"#), join(None), "trimmed");
    assert_eq!(good(r#"["join",["hall"]]"#), join(None));
    assert_eq!(good(r#"["join","hall",null]"#), join(None), "options left undefined");
    assert_eq!(good(r#"["join","hall",{}]"#), join(None));
    assert_eq!(good(r#"["join","hall",{"epoch":null,"since":null}]"#), join(None));
    assert_eq!(good(r#"["join","hall",{"epoch":"ab","since":7}]"#), join(Some(place)));
    assert_eq!(good(r#"["join","hall",{"since":"7","epoch":"AB"}]"#), join(Some(place)));
    assert_eq!(good(r#"["join",["hall",{"since":7,"epoch":"ab"}]]"#), join(Some(place)));
    assert_eq!(
        good(r#"["join",7]"#),
        Command::Join {
            room: room("7"),
            resume: None
        }
    );
    assert!(wrong(r#"["join"]"#).contains("join expects a room's name"));
    for raw in [
        r#"["join",{}]"#,
        r#"["join",null]"#,
        r#"["join","hall","ball"]"#,
        r#"["join",""]"#,
        r#"["join","a/b"]"#,
        r#"["join","a\u202eb"]"#,
        r#"["join",[["hall"]]]"#,
        r#"["join","hall",{"epoch":"ab"}]"#,
        r#"["join","hall",{"since":7}]"#,
        r#"["join","hall",{"epoch":"xyz","since":7}]"#,
        r#"["join","hall",{"epoch":"11111111111111111","since":7}]"#,
        r#"["join","hall",{"epoch":"ab","since":-7}]"#,
        r#"["join","hall",{"epoch":"ab","since":"+7"}]"#,
        r#"["join","hall",{"epoch":"ab","since":[7]}]"#,
        r#"["join","hall",{"epoch":"ab","since":18446744073709551616}]"#,
    ] {
        wrong(raw);
    }
    let long = "é".repeat(limits::ROOM_NAME_CHARS + 1);
    assert!(too_long(&format!(r#"["join","{long}"]"#)).contains("at most 40 characters"));
}

#[test]
fn a_namespace_is_one_room() {
    let hall = room("hall");
    for raw in [
        r#"["join","hall",{"epoch":"ab","since":7}]"#,
        r#"["createRoom","hall"]"#,
        r#"["chatRoom","ball","hi"]"#,
    ] {
        assert_eq!(within(&hall, good(raw)), Ok(good(raw)), "{raw}");
    }
    for raw in [r#"["join","ball"]"#, r#"["createRoom","ball"]"#, r#"["leave"]"#] {
        let refusal = within(&hall, good(raw)).unwrap_err();
        assert_eq!(refusal.code, Code::BadRequest, "{raw}");
        assert!(
            refusal.message.starts_with("the namespace /room/hall "),
            "{}",
            refusal.message
        );
    }
}

#[test]
fn leave_and_create_room() {
    for raw in [
        r#"["leave"]"#,
        r#"["leave","hall"]"#,
        r#"["leave",[]]"#,
        r#"["leave",null]"#,
    ] {
        assert_eq!(good(raw), Command::Leave);
    }
    wrong(r#"["leave","a","b"]"#);
    wrong(r#"["leave",{}]"#);
    let create = Command::CreateRoom { room: room("大厅 1") };
    assert_eq!(good(r#"["createRoom","大厅 1"]"#), create);
    assert_eq!(good(r#"["createRoom",["大厅 1"]]"#), create);
    for raw in [
        r#"["createRoom"]"#,
        r#"["createRoom","a","b"]"#,
        r#"["createRoom","a",{}]"#,
    ] {
        wrong(raw);
    }
}

#[test]
fn chat_has_a_text_and_what_goes_with_it() {
    assert_eq!(good(r#"["chat","hi"]"#), chat("hi", ""));
    assert_eq!(good(r#"["chat",["hi"]]"#), chat("hi", ""), "the tutorial's clients");
    assert_eq!(good(r#"["chat",["hi","there"],"you"]"#), chat("hi", r#""there","you""#));
    assert_eq!(
        good(r#"["chat","hi", {"a" : 1} ,[2, 3],null,true]"#),
        chat("hi", r#"{"a" : 1},[2, 3],null,true"#)
    );
    assert_eq!(good(r#"["chat",""]"#), chat("", ""));
    for (raw, text) in [
        ("7", "7"),
        ("-0.5", "-0.5"),
        ("1e999", "1e999"),
        ("true", "true"),
        ("false", "false"),
    ] {
        assert_eq!(good(&format!(r#"["chat",{raw}]"#)), chat(text, ""));
    }
    let with = |options: &str| good(&format!(r#"["chat","hi",{options}]"#));
    let sent = |message, to| {
        Command::Say(Say {
            id: message,
            audience: to,
            ..Say::new(Said::chat("hi"))
        })
    };
    assert_eq!(with("{}"), sent(None, Audience::Room));
    assert_eq!(with(r#"{"to":null,"id":null}"#), sent(None, Audience::Room));
    assert_eq!(with(r#"{"id":"a-1"}"#), sent(Some(id("a-1")), Audience::Room));
    assert_eq!(with(r#"{"id":17}"#), sent(Some(id("17")), Audience::Room));
    for (word, to) in [
        ("room", Audience::Room),
        ("others", Audience::Others),
        ("me", Audience::Me),
    ] {
        assert_eq!(with(&format!(r#"{{"to":"{word}"}}"#)), sent(None, to));
        assert_eq!(
            good(&format!(r#"["chat",["hi",{{"to":"{word}"}}]]"#)),
            sent(None, to),
            "spread"
        );
    }
    let re = good(r#"["chat","hi",{"re":"m1","id":"x"}]"#);
    assert!(matches!(re, Command::Say(Say { re: Some(re), .. }) if re == id("m1")));
    let forged = r#"["chat","hi",{"re":{"id":"m1","name":"Ann","text":"never said"}}]"#;
    assert!(wrong(forged).contains("the option `re` expects a message's id"));
    let dm = good(r#"["dm","00000000000000b0","hi",{"re":"m1"}]"#);
    assert!(matches!(dm, Command::Dm { re: Some(re), .. } if re == id("m1")));
    let both = good(r#"["chat","hi",{"a":1},{"to":"me","id":"x"}]"#);
    assert!(matches!(both, Command::Say(Say { said, audience: Audience::Me, .. }) if said.more() == r#"{"a":1}"#));
}

#[test]
fn chat_without_a_text_or_with_strange_options_is_refused() {
    for raw in [
        r#"["chat"]"#,
        r#"["chat",[]]"#,
        r#"["chat",null]"#,
        r#"["chat",{"text":"hi"}]"#,
        r#"["chat",[["hi"]]]"#,
        r#"["chat","hi",{"to":"all"}]"#,
        r#"["chat","hi",{"to":{}}]"#,
        r#"["chat","hi",{"id":"a b"}]"#,
        r#"["chat","hi",{"id":""}]"#,
        r#"["chat","hi",{"id":["a"]}]"#,
    ] {
        wrong(raw);
    }
    let unknown = wrong(r#"["chat","hi",{"colour":"red"}]"#);
    assert_eq!(unknown, "chat knows no option `colour`, only `re`, `id`, `to`");
    assert!(wrong(r#"["chat","hi",{"id":"a","id":"b"}]"#).contains("given twice"));
    let id = "x".repeat(limits::MSG_ID_CHARS + 1);
    too_long(&format!(r#"["chat","hi",{{"id":"{id}"}}]"#));
}

#[test]
fn chat_room_may_name_the_room() {
    let in_hall = |text: &str, more: &str| {
        Command::Say(Say {
            room: Some(room("hall")),
            ..Say::new(Said::Chat {
                text: text.into(),
                more: more.into(),
                re: None,
                edited: false,
            })
        })
    };
    assert_eq!(good(r#"["chatRoom","hi"]"#), chat("hi", ""));
    assert_eq!(good(r#"["chatRoom",["hi"]]"#), chat("hi", ""));
    assert_eq!(good(r#"["chatRoom","hi",{}]"#), chat("hi", ""));
    assert_eq!(good(r#"["chatRoom","hall","hi"]"#), in_hall("hi", ""));
    assert_eq!(good(r#"["chatRoom",["hall","hi"]]"#), in_hall("hi", ""));
    assert_eq!(good(r#"["chatRoom","hall","hi",3,{}]"#), in_hall("hi", "3"));
    assert_eq!(
        good(r#"["chatRoom","a/b","hi"]"#),
        chat("a/b", r#""hi""#),
        "no room is called so"
    );
    for raw in [r#"["chatRoom"]"#, r#"["chatRoom",{}]"#, r#"["chatRoom","hall",null]"#] {
        wrong(raw);
    }
}

#[test]
fn dm_has_a_person_and_a_text() {
    let dm = |message| Command::Dm {
        to: UserId(0xb0),
        text: "psst".into(),
        re: None,
        id: message,
    };
    assert_eq!(good(r#"["dm","00000000000000b0","psst"]"#), dm(None));
    assert_eq!(good(r#"["dm",["00000000000000b0","psst"],null]"#), dm(None));
    assert_eq!(
        good(r#"["dm","00000000000000B0","psst",{"id":"d1"}]"#),
        dm(Some(id("d1")))
    );
    for raw in [
        r#"["dm"]"#,
        r#"["dm","00000000000000b0"]"#,
        r#"["dm","00000000000000b0",{}]"#,
        r#"["dm","Bo","psst"]"#,
        r#"["dm","+0000000000000b0","psst"]"#,
        r#"["dm","00000000000000b0","psst","more"]"#,
        r#"["dm","00000000000000b0","psst",{"to":"me"}]"#,
        r#"["dm",null,"psst"]"#,
    ] {
        wrong(raw);
    }
}

#[test]
fn gift_has_a_name_and_a_number() {
    let gift = |count, to, message| {
        Command::Say(Say {
            id: message,
            ..Say::new(Said::Gift {
                name: Token::new("rose").unwrap(),
                count,
                to,
            })
        })
    };
    assert_eq!(good(r#"["gift","rose",1]"#), gift(1, None, None));
    assert_eq!(good(r#"["gift",["rose",3.0]]"#), gift(3, None, None));
    assert_eq!(good(r#"["gift","rose",4294967295,null]"#), gift(u32::MAX, None, None));
    let to_bo = good(r#"["gift","rose",2,{"to":"00000000000000b0","id":"g1"}]"#);
    assert_eq!(to_bo, gift(2, Some(UserId(0xb0)), Some(id("g1"))));
    for raw in [
        r#"["gift"]"#,
        r#"["gift","rose"]"#,
        r#"["gift","rose",0]"#,
        r#"["gift","rose",-1]"#,
        r#"["gift","rose",1.5]"#,
        r#"["gift","rose",1e999]"#,
        r#"["gift","rose",4294967296]"#,
        r#"["gift","rose","1"]"#,
        r#"["gift","rose",1,2]"#,
        r#"["gift","",1]"#,
        r#"["gift","rose",1,{"to":"room"}]"#,
        r#"["gift","rose",1,{"to":[]}]"#,
        r#"["gift","rose",{"count":1}]"#,
    ] {
        wrong(raw);
    }
    too_long(&format!(r#"["gift","{}",1]"#, "x".repeat(limits::TOKEN_CHARS + 1)));
}

#[test]
fn react_who_and_rename() {
    let emoji = |text| Command::React {
        emoji: Token::new(text).unwrap(),
    };
    assert_eq!(good(r#"["react","❤️"]"#), emoji("❤️"));
    assert_eq!(good(r#"["react","\u2764\ufe0f"]"#), emoji("❤️"));
    assert_eq!(good(r#"["react",["👍"]]"#), emoji("👍"));
    for raw in [
        r#"["react"]"#,
        r#"["react",""]"#,
        r#"["react","a","b"]"#,
        r#"["react",{}]"#,
    ] {
        wrong(raw);
    }
    assert_eq!(good(r#"["who"]"#), Command::Who);
    assert_eq!(good(r#"["who",null]"#), Command::Who);
    assert_eq!(wrong(r#"["who","me"]"#), "who expects no arguments");
    let rename = |text| Command::Rename {
        name: UserName::new(text).unwrap(),
    };
    assert_eq!(good(r#"["rename"," Bo 博 "]"#), rename("Bo 博"));
    assert_eq!(good(r#"["rename",7]"#), rename("7"));
    for raw in [
        r#"["rename"]"#,
        r#"["rename"," "]"#,
        r#"["rename","\u3164"]"#,
        r#"["rename",{}]"#,
    ] {
        wrong(raw);
    }
    too_long(&format!(r#"["rename","{}"]"#, "x".repeat(limits::USER_NAME_CHARS + 1)));
}

#[test]
fn history_has_options_alone() {
    let history = |before, limit| Command::History { before, limit };
    assert_eq!(good(r#"["history"]"#), history(None, None));
    assert_eq!(good(r#"["history",null]"#), history(None, None));
    assert_eq!(good(r#"["history",{}]"#), history(None, None));
    assert_eq!(good(r#"["history",{"before":7,"limit":3}]"#), history(Some(7), Some(3)));
    assert_eq!(good(r#"["history",[{"limit":1e3}]]"#), history(None, Some(1000)));
    for raw in [
        r#"["history",7]"#,
        r#"["history","hall"]"#,
        r#"["history",{"before":-1}]"#,
        r#"["history",{"limit":"3"}]"#,
        r#"["history",{"limit":1e999}]"#,
        r#"["history",{"after":3}]"#,
    ] {
        wrong(raw);
    }
}

#[test]
fn an_unknown_event_is_told_the_known_ones() {
    let refusal = refused(r#"["message","hi"]"#);
    assert_eq!(refusal.code, Code::UnknownEvent);
    assert!(
        refusal
            .message
            .starts_with("there is no event `message`, only join, leave, "),
        "{}",
        refusal.message
    );
    assert_eq!(refused(r#"["Chat","hi"]"#).code, Code::UnknownEvent);
    assert_eq!(refused(r#"[""]"#).code, Code::UnknownEvent);
    assert_eq!(decode_event(r#"["quo\"te"]"#).unwrap_err().code, Code::UnknownEvent);
}
