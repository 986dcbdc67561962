//! People change and take back their own messages.

use super::{
    rig::{Rig, chat, config, hall, kinds, reply},
    *,
};
use crate::room::{AdminCommand, Body, Control, Output, Role, Said, Say, SettingsChange};

fn id(text: &str) -> MsgId {
    MsgId::new(text).unwrap()
}

fn say(text: &str, name: &str) -> Command {
    let id = Some(id(name));
    Command::Say(Say {
        id,
        ..Say::new(Said::chat(text))
    })
}

fn edit(name: &str, text: &str) -> Command {
    let (id, said) = (id(name), Said::chat(text));
    Command::Edit { id, said }
}

fn retract(name: &str) -> Command {
    Command::Retract { id: id(name) }
}

/// The texts of the room, oldest first; nothing for other entries.
fn texts(rig: &mut Rig) -> Vec<Option<String>> {
    let text = |entry: Arc<crate::room::Entry>| entry.body.said().and_then(Said::text).map(str::to_owned);
    rig.history().into_iter().map(text).collect()
}

#[test]
fn a_changed_message_stands_in_its_old_place() {
    let mut rig = Rig::new();
    rig.ask(1, say("teh first", "m1")).unwrap();
    rig.ask(2, chat("second")).unwrap();
    let outputs = rig.command(1, edit("m1", "the first"));
    assert_eq!(kinds(&outputs), ["amend", "append", "ok"], "{outputs:?}");
    assert_eq!(
        rig.entries.last().unwrap().body,
        Body::Control(Control::Edit { seq: 1 })
    );
    assert_eq!(rig.entries.last().unwrap().from.id, UserId(1));
    let first = rig.history()[0].clone();
    assert_eq!((first.seq, first.id.as_str(), first.from.id), (1, "m1", UserId(1)));
    assert!(first.body.said().is_some_and(Said::is_edited));
    assert!(!format!("{:?}", rig.history()).contains("teh"));
    // Sent again, it changes nothing, and its answer waits for the disk as the first one does.
    let again = rig.command(1, edit("m1", "the first"));
    assert_eq!(kinds(&again), ["amend", "ok"]);
    for (conn, command, code) in [
        (2, edit("m1", "mine"), Code::UnknownMessage),
        (2, retract("m1"), Code::UnknownMessage),
        (1, edit("m9", "x"), Code::UnknownMessage),
        (1, edit("m1", &"x".repeat(9000)), Code::TooLong),
    ] {
        assert_eq!(rig.ask(conn, command).unwrap_err(), code);
    }
    assert_eq!(texts(&mut rig)[0].as_deref(), Some("the first"));
}

#[test]
fn a_message_that_is_taken_back_is_nowhere() {
    let mut rig = Rig::new();
    rig.ask(1, say("oops", "m1")).unwrap();
    rig.admin(AdminCommand::Pin {
        room: hall(),
        seq: Some(1),
        text: None,
    });
    let outputs = rig.command(1, retract("m1"));
    assert!(kinds(&outputs).starts_with(&["amend", "append"]), "{outputs:?}");
    let amended = outputs.iter().find_map(|output| match output {
        Output::Amend { entry, .. } => Some(entry.clone()),
        _ => None,
    });
    assert_eq!(amended.unwrap().body, Body::Hidden { control: false });
    assert!(!format!("{:?} {:?}", rig.history(), rig.stored).contains("oops"));
    let again = rig.command(1, retract("m1"));
    assert_eq!(kinds(&again), ["amend", "ok"]);
    assert_eq!(rig.ask(1, edit("m1", "back")).unwrap_err(), Code::BadRequest);
    // Nothing is left that operators could show.
    assert!(matches!(rig.done(AdminCommand::Hidden { room: hall() }), Reply::HeldItems { items } if items.is_empty()));
    let unhide = AdminCommand::Unhide { room: hall(), seq: 1 };
    assert_eq!(reply(&rig.admin(unhide)).unwrap_err(), Code::UnknownMessage);
}

#[test]
fn what_operators_hid_stays_theirs() {
    let mut rig = Rig::new();
    rig.ask(1, say("rude", "m1")).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    for command in [retract("m1"), edit("m1", "nice")] {
        assert_eq!(rig.ask(1, command).unwrap_err(), Code::UnknownMessage);
    }
    rig.done(AdminCommand::Unhide { room: hall(), seq: 1 });
    assert_eq!(texts(&mut rig)[0].as_deref(), Some("rude"));
    rig.ask(1, edit("m1", "nice")).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    rig.done(AdminCommand::Unhide { room: hall(), seq: 1 });
    assert_eq!(
        texts(&mut rig)[0].as_deref(),
        Some("nice"),
        "the newest text comes back"
    );
}

#[test]
fn the_time_to_change_a_message_ends() {
    let mut rig = Rig::new();
    rig.ask(1, say("one", "m1")).unwrap();
    rig.later(rig.config.limits.edit_ms - 1)
        .ask(1, edit("m1", "two"))
        .unwrap();
    for command in [edit("m1", "three"), retract("m1")] {
        assert_eq!(rig.later(1).ask(1, command).unwrap_err(), Code::NotAllowed);
    }
    let mut config = config();
    config.limits.edit_ms = 0;
    let mut rig = Rig::with(config);
    rig.ask(1, say("one", "m1")).unwrap();
    assert_eq!(rig.ask(1, retract("m1")).unwrap_err(), Code::NotAllowed);
}

#[test]
fn a_change_is_judged_like_a_message() {
    let mut rig = Rig::new();
    rig.ask(1, say("well", "m1")).unwrap();
    let list = vec!["darn".into()];
    rig.done(AdminCommand::Words { list });
    rig.set(SettingsChange {
        words: Some(crate::room::WordMode::Block),
        ..SettingsChange::default()
    });
    assert_eq!(rig.ask(1, edit("m1", "darn")).unwrap_err(), Code::BadWord);
    rig.set(SettingsChange {
        hold: Some(true),
        ..SettingsChange::default()
    });
    assert_eq!(rig.ask(1, edit("m1", "other")).unwrap_err(), Code::NotAllowed);
    let (user, badge) = (UserId(2), Role::Moderator);
    rig.done(AdminCommand::Badge { user, badge });
    rig.ask(2, say("a", "m2")).unwrap();
    rig.ask(2, edit("m2", "b")).unwrap();
    rig.ask(1, retract("m1")).unwrap();
    rig.done(AdminCommand::Mute {
        room: hall(),
        user: UserId(1),
        seconds: 60,
    });
    assert_eq!(rig.ask(1, retract("m1")).unwrap_err(), Code::Muted);
}

#[test]
fn gifts_and_questions() {
    let mut rig = Rig::new();
    let (question, gift) = (
        Said::Question { text: "why?".into() },
        Said::Gift {
            name: crate::room::Token::new("rose").unwrap(),
            count: 1,
            to: None,
        },
    );
    for (name, said) in [("q", question), ("g", gift)] {
        let id = Some(id(name));
        rig.ask(1, Command::Say(Say { id, ..Say::new(said) })).unwrap();
        assert_eq!(rig.ask(1, edit(name, "x")).unwrap_err(), Code::BadRequest);
    }
    assert_eq!(rig.ask(1, retract("g")).unwrap_err(), Code::BadRequest);
    rig.ask(1, retract("q")).unwrap();
    let Ok(Reply::Board(board)) = rig.ask(2, Command::Board) else {
        panic!()
    };
    assert!(board.questions.is_empty());
    assert!(!format!("{:?}", rig.stored).contains("why?"));
}

#[test]
fn a_pinned_message_is_pinned_with_its_new_text() {
    let mut rig = Rig::new();
    rig.ask(1, say("old words", "m1")).unwrap();
    let (room, seq, text) = (hall(), Some(1), None);
    rig.done(AdminCommand::Pin { room, seq, text });
    rig.ask(1, edit("m1", "new words")).unwrap();
    let Ok(Reply::Board(board)) = rig.ask(2, Command::Board) else {
        panic!()
    };
    assert_eq!(board.pin.unwrap().text.as_deref(), Some("new words"));
    assert!(!format!("{:?}", rig.stored).contains("old words"));
    let changes = rig.entries.iter().rev().take(2).map(|entry| entry.body.clone());
    assert!(matches!(
        &changes.collect::<Vec<_>>()[..],
        [
            Body::Control(Control::Pin { .. }),
            Body::Control(Control::Edit { seq: 1 })
        ]
    ));
}

/// Longer texts in old places make room in the log as new ones do.
#[test]
fn changes_keep_the_log_within_its_bytes() {
    let mut config = config();
    config.limits.rate = false;
    config.limits.ring_bytes = 64 * 1024;
    let mut rig = Rig::with(config);
    for number in 0..100 {
        rig.ask(1, say("x", &format!("m{number}"))).unwrap();
    }
    for number in 50..100 {
        let _ = rig.ask(1, edit(&format!("m{number}"), &"y".repeat(8000)));
        assert!(rig.hub.log_bytes() <= 64 * 1024 + 9000, "{}", rig.hub.log_bytes());
    }
}
