use super::*;
use crate::room::{Control, Said, Say};

#[test]
fn questions_have_one_upvote_a_person() {
    let mut rig = three();
    rig.ask(1, ask("When is the break?")).unwrap();
    let question = rig.entries.last().unwrap().seq;
    for (conn, expected) in [(2, 1), (2, 1), (3, 2)] {
        let reply = rig.ask(conn, Command::Upvote { question });
        assert!(matches!(reply, Ok(Reply::Upvoted { upvotes, .. }) if upvotes == expected));
    }
    let room = hall();
    rig.give(AdminCommand::Answered { room, question }).unwrap();
    assert_eq!(rig.last(), &Body::Control(Control::Answered { question }));
    let board = rig.board(2);
    let shown = &board.questions[0];
    assert!(shown.answered && shown.mine && !rig.board(1).questions[0].mine);
    assert_eq!(
        rig.ask(1, Command::Upvote { question: 999 }).unwrap_err(),
        Code::BadRequest
    );
}

#[test]
fn a_question_that_is_hidden_or_held_is_not_on_the_board() {
    let mut rig = three();
    rig.ask(1, ask("rude")).unwrap();
    let seq = rig.entries.last().unwrap().seq;
    rig.give(AdminCommand::Hide { room: hall(), seq }).unwrap();
    assert_eq!(
        rig.last(),
        &Body::Control(Control::Hide {
            what: Hide::Entry { seq }
        })
    );
    assert!(rig.board(1).questions.is_empty());
    assert!(!format!("{:?}", rig.stored).contains("rude"));
    let hold = Some(true);
    rig.give(set(SettingsChange {
        hold,
        ..SettingsChange::default()
    }))
    .unwrap();
    assert!(matches!(rig.ask(1, ask("well")), Ok(Reply::Held { .. })));
    assert!(rig.board(1).questions.is_empty());
    rig.give(AdminCommand::Approve {
        room: hall(),
        number: 1,
    })
    .unwrap();
    assert_eq!(&*rig.board(1).questions[0].text, "well");
}

#[test]
fn a_hidden_question_keeps_its_upvotes_over_a_restart() {
    let mut rig = three();
    rig.ask(1, ask("rude?")).unwrap();
    let original = rig.entries.last().unwrap().clone();
    let (seq, epoch) = (original.seq, original.epoch);
    for conn in [2, 3] {
        rig.ask(conn, Command::Upvote { question: seq }).unwrap();
    }
    rig.give(AdminCommand::Answered {
        room: hall(),
        question: seq,
    })
    .unwrap();
    rig.give(AdminCommand::HidePerson {
        room: None,
        user: UserId(1),
    })
    .unwrap();
    rig.die();
    assert!(rig.board(2).questions.is_empty());
    let gone = rig.ask(1, Command::Upvote { question: seq });
    assert_eq!(gone.unwrap_err(), Code::BadRequest);
    rig.tell(Input::HiddenOlder {
        room: hall(),
        epoch,
        to: seq,
        originals: vec![original],
    });
    rig.give(AdminCommand::Unhide { room: hall(), seq }).unwrap();
    let board = rig.board(2);
    let shown = &board.questions[0];
    assert_eq!(
        (&*shown.text, shown.upvotes, shown.mine, shown.answered),
        ("rude?", 2, true, true)
    );
}

#[test]
fn a_hidden_question_makes_way_first() {
    let mut rig = three();
    rig.hub.devices.most.questions = limits::QUESTIONS + 1;
    for number in 1..=limits::QUESTIONS {
        rig.ask(1, ask(&format!("{number}?"))).unwrap();
    }
    assert_eq!(rig.ask(1, ask("more?")).unwrap_err(), Code::Full);
    let newest = rig.entries.last().unwrap().seq;
    rig.give(AdminCommand::Hide {
        room: hall(),
        seq: newest,
    })
    .unwrap();
    rig.ask(1, ask("more?")).unwrap();
    let board = rig.board(1);
    assert_eq!(board.questions.len(), limits::QUESTIONS);
    assert_eq!(&*board.questions.last().unwrap().text, "more?");
}

#[test]
fn a_board_full_of_questions_says_so() {
    let mut rig = three();
    for number in 0..limits::QUESTIONS {
        let user = 100 + (number / limits::DEVICE_QUESTIONS) as u64;
        if number % limits::DEVICE_QUESTIONS == 0 {
            rig.connect(user, user, "hall");
        }
        rig.ask(user, ask(&format!("{number}?"))).unwrap();
    }
    assert_eq!(rig.ask(1, ask("more?")).unwrap_err(), Code::Full);
    let question = rig.board(1).questions[3].question;
    rig.give(AdminCommand::Answered { room: hall(), question }).unwrap();
    rig.ask(1, ask("more?")).unwrap();
    let board = rig.board(1);
    assert_eq!(board.questions.len(), limits::QUESTIONS);
    assert!(board.questions.iter().all(|it| it.question != question));
    assert_eq!(rig.ask(1, ask(&"x".repeat(281))).unwrap_err(), Code::TooLong);
}

#[test]
fn a_pin_goes_with_what_it_shows() {
    let mut rig = three();
    let chat = Command::Say(Say::new(Said::chat("at nine")));
    rig.ask(1, chat).unwrap();
    let seq = rig.entries.last().unwrap().seq;
    let pin = |seq, text: Option<&str>| AdminCommand::Pin {
        room: hall(),
        seq,
        text: text.map(Into::into),
    };
    rig.give(pin(Some(seq), None)).unwrap();
    let told = Pin {
        seq: Some(seq),
        text: None,
    };
    assert_eq!(rig.last(), &Body::Control(Control::Pin { pin: Some(told) }));
    let text = Some("at nine".into());
    assert_eq!(rig.board(2).pin, Some(Pin { seq: Some(seq), text }));
    rig.give(AdminCommand::HidePerson {
        room: None,
        user: UserId(1),
    })
    .unwrap();
    assert_eq!(rig.board(2).pin, None);
    assert_eq!(rig.last(), &Body::Control(Control::Pin { pin: None }));
    for bad in [
        pin(Some(seq), None),
        pin(Some(99), None),
        pin(None, None),
        pin(Some(1), Some("x")),
    ] {
        assert_eq!(rig.give(bad).unwrap_err(), Code::BadRequest);
    }
    rig.give(pin(None, Some("the code is 1234"))).unwrap();
    assert!(rig.board(2).pin.is_some());
    rig.give(AdminCommand::Unpin { room: hall() }).unwrap();
    assert_eq!(rig.board(2).pin, None);
    assert!(!rig.stored.contains_key(&Key::Pin(hall())));
}
