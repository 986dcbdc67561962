use super::{
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{
        AdminCommand, Body, Control, Entry, Epoch, Hide, Operator, OperatorId, OperatorRole, Resume, Said, Say, Token,
    },
};

fn says(entries: &[std::sync::Arc<Entry>]) -> bool {
    format!("{entries:?}").contains("secret")
}

#[test]
fn what_is_hidden_is_gone_and_counted() {
    let mut rig = Rig::new();
    rig.ask(1, chat("secret one")).unwrap();
    rig.ask(2, chat("secret two")).unwrap();
    rig.ask(1, chat("three")).unwrap();
    let outputs = rig.admin(AdminCommand::Hide { room: hall(), seq: 1 });
    let redacted = outputs.iter().find_map(|output| match output {
        Output::Redact { what, entries, to, .. } => Some((*what, entries.len(), *to)),
        _ => None,
    });
    assert_eq!(redacted, Some((Hide::Entry { seq: 1 }, 1, 3)));
    let kinds: Vec<_> = rig.history().iter().map(|entry| format!("{:?}", entry.body)).collect();
    assert!(
        kinds[0].starts_with("Hidden") && kinds[3].starts_with("Control(Hide"),
        "{kinds:?}"
    );
    assert!(says(&rig.history()[1..2]));
    rig.admin(AdminCommand::HidePerson {
        room: None,
        user: UserId(2),
    });
    assert!(!says(&rig.history()));
    assert_eq!(rig.history().len(), 5, "each number is still there");
    let twice = rig.admin(AdminCommand::Hide { room: hall(), seq: 1 });
    assert!(reply(&twice).is_ok() && !twice.iter().any(|output| matches!(output, Output::Append { .. })));
    for seq in [0, 4, 99] {
        assert_eq!(
            reply(&rig.admin(AdminCommand::Hide { room: hall(), seq })).unwrap_err(),
            Code::BadRequest
        );
    }
    let epoch = rig.history()[0].epoch;
    let resumed = rig.ask(
        2,
        Command::Join {
            room: hall(),
            resume: Some(Resume { epoch, since: 0 }),
        },
    );
    assert!(matches!(
        resumed,
        Ok(Reply::Joined {
            recovered: true,
            missed: 0,
            ..
        })
    ));
}

#[test]
fn an_announcement_that_was_hidden_keeps_its_place_among_those_that_stay() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Announce {
        room: Some(hall()),
        text: "secret".into(),
    });
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    for number in 0..limits::RING_ENTRIES {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat(&number.to_string())).unwrap();
    }
    let room = rig.hub.rooms.get(rig.hub.rooms.find(&hall()).unwrap());
    let controls: Vec<_> = room.log.controls_in(1, 2).cloned().collect();
    assert_eq!(controls.len(), 2);
    assert!(!says(&controls));
}

#[test]
fn who_is_muted_reads_on_and_nothing_else() {
    let mut rig = Rig::new();
    let (room, user) = (hall(), UserId(2));
    rig.done(AdminCommand::Mute {
        room,
        user,
        seconds: 60,
    });
    let dm = Command::Dm {
        to: UserId(1),
        text: "psst".into(),
        re: None,
        id: None,
    };
    let rose = || Token::new("rose").unwrap();
    let gift = Command::Say(Say::new(Said::Gift {
        name: rose(),
        count: 1,
        to: None,
    }));
    let name = crate::room::UserName::new("No").unwrap();
    for command in [
        chat("hi"),
        gift,
        Command::React { emoji: rose() },
        dm,
        Command::Rename { name },
    ] {
        assert_eq!(rig.ask(2, command).unwrap_err(), Code::Muted);
    }
    assert!(rig.ask(2, Command::Who).is_ok());
    assert!(rig.ask(1, chat("hi")).is_ok());
    let restarted = rig.restarted();
    assert!(restarted.stored.keys().any(|key| matches!(key, Key::Mute(..))));
    let mut rig = Rig::new();
    let room = hall();
    rig.done(AdminCommand::Mute {
        room,
        user,
        seconds: 60,
    });
    rig.now.mono_ms += 60_000;
    assert!(rig.ask(2, chat("again")).is_ok());
    let room = hall();
    rig.done(AdminCommand::Mute {
        room,
        user,
        seconds: 60,
    });
    let room = hall();
    rig.done(AdminCommand::Unmute { room, user });
    assert!(rig.ask(2, chat("at once")).is_ok());
    assert!(!rig.stored.keys().any(|key| matches!(key, Key::Mute(..))));
}

#[test]
fn what_is_hidden_is_shown_again_in_its_place() {
    let mut rig = Rig::new();
    rig.ask(2, chat("one")).unwrap();
    rig.ask(2, chat("two")).unwrap();
    let room = hall;
    let before: Vec<_> = rig.history()[..2].iter().map(|entry| entry.id.clone()).collect();
    rig.done(AdminCommand::HidePerson {
        room: Some(room()),
        user: UserId(2),
    });
    let numbers = |rig: &mut Rig| {
        let Reply::HeldItems { items } = rig.done(AdminCommand::Hidden { room: room() }) else {
            panic!("a list")
        };
        items.iter().map(|item| item.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&mut rig), [2, 1], "newest first");
    let told = rig.admin(AdminCommand::Unhide { room: room(), seq: 1 });
    let revealed = told.iter().filter_map(|output| match output {
        Output::Reveal { entry, .. } => Some(entry.seq),
        _ => None,
    });
    assert_eq!(revealed.collect::<Vec<_>>(), [1]);
    assert!(matches!(
        &rig.history().last().unwrap().body,
        Body::Control(Control::Unhide {
            what: Hide::Entry { seq: 1 }
        })
    ));
    let log = rig.hub.rooms.get(rig.hub.rooms.find(&room()).unwrap());
    let first = log.log.get(1).unwrap();
    assert!(matches!(&first.body, Body::Said(Said::Chat { text, .. }) if **text == *"one"));
    assert_eq!((&first.id, first.from.id), (&before[0], UserId(2)));
    assert!(matches!(log.log.get(2).unwrap().body, Body::Hidden { .. }));
    assert_eq!(numbers(&mut rig), [2]);
    let again = rig.admin(AdminCommand::Unhide { room: room(), seq: 1 });
    assert_eq!(reply(&again).unwrap_err(), Code::UnknownMessage);
    for n in 0..limits::UNHIDE {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat(&format!("{n}"))).unwrap();
    }
    rig.done(AdminCommand::HidePerson {
        room: Some(room()),
        user: UserId(1),
    });
    let listed = numbers(&mut rig);
    assert!(
        listed.len() == limits::UNHIDE && !listed.contains(&2),
        "the newest are listed"
    );
    rig.done(AdminCommand::Unhide { room: room(), seq: 2 });
}

#[test]
fn a_message_that_the_log_had_dropped_is_listed_once_the_store_has_hidden_it() {
    let mut rig = Rig::new();
    rig.ask(2, chat("old")).unwrap();
    let original = rig.history()[0].clone();
    for number in 0..limits::RING_ENTRIES {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat(&number.to_string())).unwrap();
    }
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    let numbers = |rig: &mut Rig| {
        let Reply::HeldItems { items } = rig.done(AdminCommand::Hidden { room: hall() }) else {
            panic!("a list")
        };
        items.iter().map(|item| item.number).collect::<Vec<_>>()
    };
    let hidden = |epoch| Input::HiddenOlder {
        room: hall(),
        epoch,
        to: limits::RING_ENTRIES as u64 + 1,
        originals: vec![original.clone()],
    };
    rig.tell(hidden(Epoch(original.epoch.0 + 1)));
    assert_eq!(numbers(&mut rig), [0; 0], "of another epoch");
    rig.tell(hidden(original.epoch));
    rig.tell(hidden(original.epoch));
    assert_eq!(numbers(&mut rig), [1]);
    rig.done(AdminCommand::Unhide { room: hall(), seq: 1 });
    assert_eq!(numbers(&mut rig), [0; 0]);
}

#[test]
fn a_question_that_is_shown_again_is_back_on_the_board() {
    let mut rig = Rig::new();
    let text = "When?".into();
    rig.ask(2, Command::Say(Say::new(Said::Question { text }))).unwrap();
    let questions = |rig: &Rig| {
        let board = rig
            .hub
            .questions_on_board(rig.hub.rooms.find(&hall()).unwrap(), UserId(1));
        let shown = board
            .iter()
            .map(|shown| (shown.text.to_string(), shown.upvotes, shown.mine));
        shown.collect::<Vec<_>>()
    };
    let upvote = || Command::Upvote { question: 1 };
    rig.ask(1, upvote()).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    assert_eq!(questions(&rig), []);
    assert_eq!(rig.ask(2, upvote()).unwrap_err(), Code::BadRequest);
    rig.done(AdminCommand::Unhide { room: hall(), seq: 1 });
    assert_eq!(questions(&rig), [("When?".to_owned(), 1, true)], "with its upvotes");
}

#[test]
fn the_organizer_stays_in_when_seats_are_asked_for() {
    let mut rig = Rig::new();
    let by = Operator {
        id: OperatorId::ORGANIZER,
        role: OperatorRole::Organizer,
    };
    let to = ReplyTo::Conn(ConnId(1), Some(1));
    let command = AdminCommand::Seats { count: 3 };
    rig.tell(Input::AdminCommand { to, by, command });
    rig.now.mono_ms += limits::SEATS_MS;
    rig.tell(Input::Tick);
    assert!(rig.ask(1, chat("still here")).is_ok());
    assert_eq!(rig.ask(2, chat("and I?")).unwrap_err(), Code::SeatNeeded);
    let seating = rig.done(AdminCommand::Seating {});
    assert!(matches!(seating, Reply::Seating { count: 3, taken: 0 }), "{seating:?}");
}

#[test]
fn the_word_list_can_be_read_and_tried() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Words {
        list: vec!["darn".into()],
    });
    assert!(matches!(rig.done(AdminCommand::WordList {}), Reply::WordList { list } if *list == ["darn".into()]));
    for (text, listed) in [("oh DARN", true), ("darning", false)] {
        let text = text.into();
        assert!(
            matches!(rig.done(AdminCommand::TryWords { text }), Reply::TriedWords { listed: found } if found == listed)
        );
    }
}
