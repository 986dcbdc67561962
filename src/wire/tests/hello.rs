//! What comes along with a connection.

use std::borrow::Cow;

use serde_json::json;

use super::room;
use crate::{
    limits,
    room::{Code, Epoch, Refusal, Resume, UNSEEN, UserName},
    wire::{Hello, decode_resume, resume_text},
};

const PLACE: Resume = Resume {
    epoch: Epoch(0xab),
    since: 7,
};

fn pairs(given: &[(&str, &str)]) -> Result<Hello, Refusal> {
    let given: Vec<_> = given
        .iter()
        .map(|&(key, value)| (Cow::Borrowed(key), Cow::Borrowed(value)))
        .collect();
    Hello::from_pairs(&given)
}

fn whole() -> Hello {
    Hello {
        token: Some("1f.aa".to_owned()),
        name: Some(UserName::new("Ann").unwrap()),
        room: Some(room("hall")),
        resume: Some(PLACE),
        seat: None,
        operates: false,
        watch: None,
    }
}

#[test]
fn the_auth_object_is_read() {
    let auth = json!({"token": "1f.aa", "name": " Ann ", "room": "hall", "epoch": "ab", "since": 7, "app": {"v": 1}});
    assert_eq!(Hello::from_auth(&auth), Ok(whole()));
    let auth = json!({"token": "1f.aa", "name": "Ann", "room": "hall", "since": "ab:7"});
    assert_eq!(Hello::from_auth(&auth), Ok(whole()));
    for none in [json!(null), json!({}), json!({"room": null, "name": "  "})] {
        assert_eq!(Hello::from_auth(&none), Ok(Hello::default()), "{none}");
    }
    let numbers = Hello::from_auth(&json!({"name": 7, "room": 3})).unwrap();
    assert_eq!((numbers.name, numbers.room), (UserName::new("7").ok(), Some(room("3"))));
}

#[test]
fn the_query_is_read() {
    let whole_query = [
        ("EIO", "4"),
        ("token", "1f.aa"),
        ("name", "Ann"),
        ("room", "hall"),
        ("epoch", "ab"),
        ("since", "7"),
    ];
    assert_eq!(pairs(&whole_query), Ok(whole()));
    assert_eq!(pairs(&[("since", "ab:7")]).unwrap().resume, Some(PLACE));
    assert_eq!(pairs(&[]), Ok(Hello::default()));
    assert_eq!(pairs(&[("room", ""), ("name", "")]), Ok(Hello::default()));
    let twice = pairs(&[("room", "hall"), ("room", "ball")]).unwrap();
    assert_eq!(twice.room, Some(room("hall")), "the first counts");
}

#[test]
fn what_is_wrong_is_named() {
    let long = "x".repeat(limits::IDENTITY_BYTES + 1);
    for (given, code, word) in [
        (json!({"room": "a/b"}), Code::BadRequest, "room"),
        (json!({"room": {}}), Code::BadRequest, "`room`"),
        (json!({"token": true}), Code::BadRequest, "`token`"),
        (json!({"name": ["a"]}), Code::BadRequest, "`name`"),
        (json!([1]), Code::BadRequest, "`auth` expects an object"),
        (json!("x"), Code::BadRequest, "`auth` expects an object"),
        (json!(7), Code::BadRequest, "`auth` expects an object"),
        (json!(false), Code::BadRequest, "`auth` expects an object"),
        (json!({"epoch": "ab"}), Code::BadRequest, "`since` is missing"),
        (json!({"since": 7}), Code::BadRequest, "`epoch` is missing"),
        (json!({"epoch": "ab", "since": -7}), Code::BadRequest, "whole number"),
        (json!({"epoch": "ab", "since": 1.5}), Code::BadRequest, "whole number"),
        (json!({"epoch": "zz", "since": 7}), Code::BadRequest, "hexadecimal"),
        (json!({"token": long}), Code::TooLong, "`token`"),
        (json!({"name": "x".repeat(33)}), Code::TooLong, "32 characters"),
        (json!({"room": "x".repeat(41)}), Code::TooLong, "40 characters"),
    ] {
        let refusal = Hello::from_auth(&given).unwrap_err();
        assert_eq!(refusal.code, code, "{given}");
        assert!(refusal.message.contains(word), "{given}: {}", refusal.message);
    }
    assert_eq!(pairs(&[("room", "a/b")]).unwrap_err().code, Code::BadRequest);
}

#[test]
fn auth_goes_before_the_query() {
    let auth = Hello::from_auth(&json!({"room": "hall"})).unwrap();
    let query = pairs(&[("room", "ball"), ("name", "Ann"), ("since", "ab:7")]).unwrap();
    let both = auth.or(query.clone());
    assert_eq!((both.room, both.name), (Some(room("hall")), UserName::new("Ann").ok()));
    assert_eq!(both.resume, None, "the place belongs to the other room");
    assert_eq!(Hello::default().or(query.clone()), query);
}

#[test]
fn a_place_is_an_epoch_and_a_number() {
    assert_eq!(decode_resume("ab:7"), Ok(PLACE));
    assert_eq!(decode_resume(" AB:007 "), Ok(PLACE));
    assert_eq!(decode_resume(&resume_text(Epoch(0xab), 7)), Ok(PLACE));
    let last = Resume {
        epoch: Epoch(u64::MAX),
        since: u64::MAX,
    };
    assert_eq!(decode_resume(&resume_text(last.epoch, last.since)), Ok(last));
    for bad in [
        "",
        ":",
        "7",
        "ab:",
        ":7",
        "ab:7:8",
        "ab:-7",
        "ab:+7",
        "ab: 7",
        "xy:7",
        "ab:18446744073709551616",
        "ab:٧",
    ] {
        assert_eq!(decode_resume(bad).unwrap_err().code, Code::BadRequest, "{bad}");
    }
}

#[test]
fn a_client_watches_from_the_revision_that_it_has() {
    assert_eq!(pairs(&[("watch", "01")]).unwrap().watch, Some(UNSEEN));
    for (query, auth, watched) in [
        ("1", json!(true), Some(UNSEEN)),
        ("true", json!(1), Some(UNSEEN)),
        ("0", json!(0), Some(0)),
        ("1700000000001", json!(1_700_000_000_001_u64), Some(1_700_000_000_001)),
        ("false", json!(false), None),
        ("", json!(null), None),
    ] {
        assert_eq!(pairs(&[("watch", query)]).unwrap().watch, watched, "{query}");
        assert_eq!(
            Hello::from_auth(&json!({"watch": auth})).unwrap().watch,
            watched,
            "{auth}"
        );
    }
    for bad in ["-1", "x", "1.5"] {
        assert_eq!(pairs(&[("watch", bad)]).unwrap_err().code, Code::BadRequest, "{bad}");
    }
    assert!(Hello::from_auth(&json!({"watch": {}})).is_err());
}
