//! What was looked at elsewhere, and what the hub looks at itself.

use super::rig::{Rig, chat, reply};
use super::*;
use crate::{
    limits,
    room::{AdminCommand, Found, SettingsChange, Token, WordMode, Words},
};

/// A room that blocks the one word of the list, whose revision is told.
fn rig() -> (Rig, u64) {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Words {
        list: vec!["darn".into()],
    });
    rig.set(SettingsChange {
        words: Some(WordMode::Block),
        ..Default::default()
    });
    let revision = rig.hub.words().revision();
    (rig, revision)
}

fn say(rig: &mut Rig, text: &str, found: Option<Found>) -> Result<Reply, Code> {
    let input = Input::Command {
        conn: ConnId(1),
        ack: Some(1),
        command: Ok(chat(text)),
    };
    rig.hub.handle_prepared(rig.now, input, found.into());
    let outputs: Vec<_> = std::iter::from_fn(|| rig.hub.poll_output()).collect();
    reply(&outputs)
}

fn long(text: &str) -> String {
    format!("{text}{}", " a".repeat(limits::WORDS_AGAIN_BYTES))
}

#[test]
fn what_a_worker_found_with_this_list_is_taken() {
    let (mut rig, revision) = rig();
    let clean = Found {
        revision,
        ..Found::default()
    };
    let listed = Found { said: true, ..clean };
    assert_eq!(say(&mut rig, &long("fine"), Some(listed)).err(), Some(Code::BadWord));
    assert!(
        say(&mut rig, &long("darn"), Some(clean)).is_ok(),
        "the hub does not look"
    );
}

#[test]
fn a_changed_list_is_looked_up_again_where_that_is_cheap() {
    let (mut rig, revision) = rig();
    let old = Found {
        revision: revision - 1,
        ..Found::default()
    };
    for found in [Some(old), None] {
        assert_eq!(say(&mut rig, "darn", found).err(), Some(Code::BadWord));
        assert!(say(&mut rig, "fine", found).is_ok());
        assert_eq!(say(&mut rig, &long("fine"), found).err(), Some(Code::Busy));
    }
    rig.done(AdminCommand::Words { list: Vec::new() });
    assert!(
        say(&mut rig, &long("darn"), None).is_ok(),
        "no list, nothing to look up"
    );
}

#[test]
fn the_rate_comes_before_the_words() {
    let (mut rig, _) = rig();
    let tries = rig.config.limits.message_burst + 1;
    let refused: Vec<_> = (0..tries).map(|_| say(&mut rig, &long("darn"), None).err()).collect();
    assert_eq!(refused.last(), Some(&Some(Code::RateLimited)));
    assert_eq!(refused[0], Some(Code::Busy));
}

#[test]
fn a_prepared_list_is_used_as_it_is() {
    let (mut rig, _) = rig();
    let admin = |rig: &mut Rig, list: Vec<Box<str>>, words| {
        let by = crate::room::Operator {
            id: crate::room::OperatorId::ORGANIZER,
            role: crate::room::OperatorRole::Organizer,
        };
        let input = Input::AdminCommand {
            to: ReplyTo::Request(1),
            by,
            command: AdminCommand::Words { list },
        };
        let prepared = Prepared {
            words: Some(words),
            ..Prepared::default()
        };
        rig.hub.handle_prepared(rig.now, input, prepared);
        let outputs: Vec<_> = std::iter::from_fn(|| rig.hub.poll_output()).collect();
        reply(&outputs)
    };
    assert!(admin(&mut rig, vec!["heck".into()], Words::new(["heck"])).is_ok());
    assert_eq!(say(&mut rig, "heck", None).err(), Some(Code::BadWord));
    assert!(say(&mut rig, "darn", None).is_ok());
    let bad = Words::new(["…"]);
    assert_eq!(admin(&mut rig, vec!["…".into()], bad).err(), Some(Code::BadRequest));
    assert_eq!(
        say(&mut rig, "heck", None).err(),
        Some(Code::BadWord),
        "the list before stays"
    );
}

#[test]
fn a_reaction_says_nothing_where_words_wait() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        hold: Some(true),
        links_off: Some(true),
        ..SettingsChange::default()
    });
    for (emoji, refused) in [
        ("Wit stole the till!", Some(Code::NotAllowed)),
        ("0900-666", Some(Code::NotAllowed)),
        ("http://a.co", Some(Code::NoLinks)),
        ("❤\u{fe0f}", None),
        ("1\u{fe0f}\u{20e3}", None),
    ] {
        let emoji_token = Token::new(emoji).unwrap();
        let answer = rig.ask(1, Command::React { emoji: emoji_token });
        assert_eq!(answer.err(), refused, "{emoji}");
    }
}
