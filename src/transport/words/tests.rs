//! What the workers look at, and what they leave to the hub.

use super::*;
use crate::room::{Said, Say};

const PHONE: AddressTag = AddressTag(1);

fn matcher(limits: &Limits) -> Matcher {
    let matcher = Matcher::new(limits);
    matcher.publish(list(1));
    matcher
}

fn list(revision: u64) -> Arc<WordList> {
    Arc::new(WordList::new(revision, vec!["darn".into()], None).unwrap())
}

fn chat(text: &str) -> Command {
    Command::Say(Say::new(Said::chat(text)))
}

fn said(matcher: &Matcher, device: AddressTag, text: &str) -> Option<bool> {
    let command = chat(text);
    let texts = Texts {
        command: Some(&command),
        ..Texts::default()
    };
    matcher.find(device, texts).map(|found| found.said)
}

#[test]
fn all_texts_of_an_input_are_looked_at() {
    let matcher = matcher(&Limits::default());
    let (name, room) = (UserName::new("D a r n").unwrap(), RoomName::new("darn").unwrap());
    let found = matcher.find(
        PHONE,
        Texts {
            name: Some(&name),
            room: Some(&room),
            command: Some(&chat("hello")),
        },
    );
    let expected = Found {
        revision: 1,
        name: true,
        room: true,
        said: false,
    };
    assert_eq!(found, Some(expected));
    let resume = None;
    let join = Command::Join { room, resume };
    let texts = Texts {
        command: Some(&join),
        ..Texts::default()
    };
    assert!(matcher.find(PHONE, texts).unwrap().room);
}

#[test]
fn the_newest_list_is_used() {
    let matcher = Matcher::new(&Limits::default());
    assert_eq!(said(&matcher, PHONE, "darn"), Some(false));
    matcher.publish(list(7));
    let command = chat("darn");
    let texts = Texts {
        command: Some(&command),
        ..Texts::default()
    };
    let found = matcher.find(PHONE, texts).unwrap();
    assert_eq!((found.revision, found.said), (7, true));
}

#[test]
fn one_device_uses_up_its_own_allowance_alone() {
    let limits = Limits::default();
    let allowance = Allowance::new(&limits);
    let burst = limits.message_burst * limits.device_people;
    let looked = (0..2 * burst)
        .filter(|_| allowance.take(PHONE, limits.text_bytes, 1000))
        .count();
    assert_eq!(
        looked, burst as usize,
        "all that the hub would accept is looked at, and no more"
    );
    assert!(!allowance.take(PHONE, LEAST_BYTES, 1000));
    assert!(allowance.take(AddressTag(2), limits.text_bytes, 1000));
    assert!(allowance.take(PHONE, LEAST_BYTES, 2000), "it fills again");
    let shared = Limits {
        per_address: None,
        ..limits
    };
    let allowance = Allowance::new(&shared);
    assert!((0..2 * burst).all(|_| allowance.take(PHONE, shared.text_bytes, 1000)));
}

#[test]
fn a_device_whose_texts_take_long_is_looked_at_no_more_for_a_while() {
    let limits = Limits::default();
    let allowance = Allowance::new(&limits);
    let burst_us = u64::from(limits::WORDS_BURST_US * limits.device_people);
    let bytes = limits.text_bytes;
    assert!(allowance.take(PHONE, bytes, 1000));
    allowance.spend(PHONE, Duration::from_micros(burst_us / 2), 1000);
    assert!(allowance.take(PHONE, bytes, 1000));
    allowance.spend(PHONE, Duration::from_micros(burst_us), 1000);
    assert!(!allowance.take(PHONE, LEAST_BYTES, 1000));
    assert!(allowance.take(AddressTag(2), bytes, 1000));
    assert!(
        !allowance.take(PHONE, LEAST_BYTES, 2000),
        "what it took too much is owed"
    );
    assert!(allowance.take(PHONE, LEAST_BYTES, 4000));
}

#[test]
fn a_look_is_charged() {
    let matcher = matcher(&Limits::default());
    said(&matcher, PHONE, "darn");
    let allowance = matcher.allowance.as_ref().unwrap();
    let used = allowance.used.lock().unwrap()[&PHONE];
    assert_ne!(used.time, Bucket::default());
}

#[test]
fn without_allowance_nothing_is_looked_at() {
    let limits = Limits {
        message_burst: 1,
        device_people: 1,
        text_bytes: LEAST_BYTES,
        ..Limits::default()
    };
    let matcher = matcher(&limits);
    assert_eq!(said(&matcher, PHONE, "darn"), Some(true));
    let unlooked = (0..1000).any(|_| said(&matcher, PHONE, "darn").is_none());
    assert!(unlooked, "five texts a second are looked at, no more");
    assert_eq!(said(&matcher, AddressTag(2), "darn"), Some(true));
}

#[test]
fn a_text_that_is_too_long_is_not_matched() {
    let limits = Limits::default();
    let matcher = matcher(&limits);
    assert_eq!(said(&matcher, PHONE, &"a".repeat(limits.text_bytes + 1)), None);
    assert_eq!(said(&matcher, PHONE, &"a".repeat(limits.text_bytes)), Some(false));
}
