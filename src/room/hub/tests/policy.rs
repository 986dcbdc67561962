use super::{
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{
        AdminCommand, Body, Operator, OperatorId, OperatorRole, Role, Said, Say, SettingsChange, Token, UserName,
        WordMode,
    },
};

#[test]
fn the_slow_mode_waits_as_long_as_it_says() {
    let mut rig = Rig::new();
    let slow_s = |slow_s| SettingsChange {
        slow_s: Some(slow_s),
        ..Default::default()
    };
    assert_eq!(reply(&rig.set(slow_s(301))).unwrap_err(), Code::BadRequest);
    rig.set(slow_s(10));
    rig.ask(1, chat("one")).unwrap();
    assert_eq!(rig.ask(1, chat("two")).unwrap_err(), Code::SlowMode);
    assert!(rig.ask(2, chat("one")).is_ok());
    rig.now.mono_ms += 9_999;
    assert_eq!(rig.ask(1, chat("two")).unwrap_err(), Code::SlowMode);
    rig.now.mono_ms += 1;
    rig.ask(1, chat("two")).unwrap();
    rig.set(slow_s(0));
    rig.ask(1, chat("three")).unwrap();
}

#[test]
fn what_is_held_is_shown_once_it_is_approved() {
    let mut rig = Rig::new();
    let hold = SettingsChange {
        hold: Some(true),
        ..Default::default()
    };
    rig.set(hold);
    let with_id = |text: &str| {
        Command::Say(Say {
            id: Some(MsgId::new("m1").unwrap()),
            ..Say::new(Said::chat(text))
        })
    };
    assert!(matches!(rig.ask(1, with_id("held")), Ok(Reply::Held { .. })));
    assert!(
        matches!(rig.ask(1, with_id("held")), Ok(Reply::Held { .. })),
        "sent again"
    );
    rig.ask(2, chat("bad")).unwrap();
    assert_eq!(rig.history().len(), 1, "the settings alone");
    let mut rig = rig.restarted();
    rig.come(1);
    let Reply::HeldItems { items } = rig.done(AdminCommand::Held { room: hall() }) else {
        panic!("a list")
    };
    assert_eq!(items.iter().map(|item| item.number).collect::<Vec<_>>(), [1, 2]);
    let room = hall();
    rig.done(AdminCommand::Reject { room, number: 2 });
    let room = hall();
    assert!(matches!(
        rig.done(AdminCommand::Approve { room, number: 1 }),
        Reply::Sent { .. }
    ));
    let entries = rig.history();
    assert_eq!(
        entries.last().unwrap().body,
        Body::Said(Said::Chat {
            text: "held".into(),
            more: "".into(),
            re: None,
            edited: false,
        })
    );
    assert!(matches!(
        rig.ask(1, with_id("held")),
        Ok(Reply::Sent { duplicate: true, .. })
    ));
    let mut kept = rig.stored.iter().filter(|(key, _)| matches!(key, Key::Held(..)));
    assert!(kept.all(|(_, value)| **value == *"null"), "the newest number alone");
    let room = hall();
    assert!(reply(&rig.admin(AdminCommand::Approve { room, number: 1 })).is_err());
}

#[test]
fn newcomers_wait_and_others_do_not() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        newcomers_wait: Some(true),
        ..Default::default()
    });
    rig.come(3);
    assert!(matches!(rig.ask(3, chat("new")), Ok(Reply::Held { .. })));
    assert!(matches!(rig.ask(1, chat("old")), Ok(Reply::Sent { .. })));
    let mut rig = rig.restarted();
    rig.come(1);
    assert!(matches!(rig.ask(1, chat("old")), Ok(Reply::Sent { .. })));
}

#[test]
fn a_room_is_locked_closed_and_opened_again() {
    let mut rig = Rig::new();
    let change = |locked, closed| SettingsChange {
        locked: Some(locked),
        closed: Some(closed),
        ..Default::default()
    };
    rig.set(change(true, false));
    let who = Identity::new(UserId(3));
    let request = |command| Input::Request {
        request: 5,
        who: who.clone(),
        room: hall(),
        command: Ok(command),
    };
    assert_eq!(reply(&rig.tell(request(chat("hi")))).unwrap_err(), Code::Locked);
    rig.tell(Input::Disconnect { conn: ConnId(2) });
    assert!(
        rig.come(2).iter().any(|output| matches!(output, Output::Attach { .. })),
        "was here before"
    );
    assert!(!rig.come(3).iter().any(|output| matches!(output, Output::Attach { .. })));

    let outputs = rig.set(change(false, true));
    let detached = outputs
        .iter()
        .filter(|output| matches!(output, Output::Detach { .. }))
        .count();
    assert_eq!(detached, 2);
    assert_eq!(rig.ask(1, chat("hi")).unwrap_err(), Code::NotInRoom);
    let join = || Command::Join {
        room: hall(),
        resume: None,
    };
    assert_eq!(rig.ask(1, join()).unwrap_err(), Code::RoomClosed);
    rig.set(change(false, false));
    assert!(rig.ask(3, join()).is_ok());
    assert!(
        !rig.stored.keys().any(|key| matches!(key, Key::Room(_))),
        "nothing is left to keep"
    );
}

#[test]
fn links_and_messages_can_be_turned_off() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        links_off: Some(true),
        ..Default::default()
    });
    assert_eq!(rig.ask(1, chat("see example.com")).unwrap_err(), Code::NoLinks);
    rig.ask(1, chat("hello")).unwrap();
    rig.set(SettingsChange {
        reactions_only: Some(true),
        ..Default::default()
    });
    assert_eq!(rig.ask(1, chat("hello")).unwrap_err(), Code::ReactionsOnly);
    let emoji = Token::new("❤️").unwrap();
    assert!(rig.ask(1, Command::React { emoji }).is_ok());
}

#[test]
fn obeyed_orders_are_listed_and_kept() {
    let mut rig = Rig::new();
    let _refused = rig.admin(AdminCommand::Hide { room: hall(), seq: 9 });
    rig.done(AdminCommand::Held { room: hall() });
    for _ in 0..=limits::AUDIT {
        rig.done(AdminCommand::Announce {
            room: Some(hall()),
            text: "so".into(),
        });
    }
    let audits = rig.stored.keys().filter(|key| matches!(key, Key::Audit(_))).count();
    assert_eq!(audits, limits::AUDIT);
    let mut rig = rig.restarted();
    let Reply::Audit { orders } = rig.done(AdminCommand::Audit {
        before: None,
        limit: Some(2),
    }) else {
        panic!("a list")
    };
    let last = limits::AUDIT as u64 + 1;
    assert_eq!(orders.iter().map(|it| it.number).collect::<Vec<_>>(), [last, last - 1]);
    assert_eq!((orders[0].by, orders[0].at), (OperatorId(7), 500_000));
    assert!(orders[0].order.get().contains("\"announce\""));
}

fn listed(words: &[&str]) -> AdminCommand {
    AdminCommand::Words {
        list: words.iter().map(|&word| word.into()).collect(),
    }
}

fn named(user: u64, name: &str) -> Identity {
    Identity {
        name: Some(UserName::new(name).unwrap()),
        ..Identity::new(UserId(user))
    }
}

fn rename(name: &str) -> Command {
    Command::Rename {
        name: UserName::new(name).unwrap(),
    }
}

fn create(room: &str) -> Command {
    Command::CreateRoom {
        room: RoomName::new(room).unwrap(),
    }
}

/// A newcomer's name, and the refusals sent to them.
fn welcomed(outputs: &[Output]) -> (String, Vec<Code>) {
    let mut names = outputs.iter().filter_map(|output| match output {
        Output::Welcome { welcome, .. } => Some(welcome.you.name.as_str().to_owned()),
        _ => None,
    });
    let refused = outputs.iter().filter_map(|output| match output {
        Output::Direct { direct, .. } => match &**direct {
            crate::room::Direct::Refused(refusal) => Some(refusal.code),
            _ => None,
        },
        _ => None,
    });
    (names.next().expect("a welcome"), refused.collect())
}

fn guest(user: u64) -> String {
    UserName::made_up(UserId(user)).as_str().to_owned()
}

#[test]
fn whoever_comes_with_a_listed_word_for_a_name_comes_in_under_another() {
    let mut rig = Rig::new();
    rig.done(listed(&["darn"]));
    let outputs = rig.come_as(3, named(3, "D4rn Ann"));
    assert_eq!(welcomed(&outputs), (guest(3), vec![Code::BadWord]));
    assert!(
        outputs.iter().any(|output| matches!(output, Output::Attach { .. })),
        "inside"
    );
    assert!(rig.ask(3, chat("hello")).is_ok());
    assert!(!format!("{:?}", rig.stored).contains("D4rn"), "nothing of it is kept");

    assert_eq!(welcomed(&rig.come_as(4, named(4, "Ann"))), ("Ann".to_owned(), vec![]));
    // The name that they have stays.
    let outputs = rig.come_as(14, named(4, "darn"));
    assert_eq!(welcomed(&outputs), ("Ann".to_owned(), vec![Code::BadWord]));

    // A request over HTTP hears no refusal of its name, and is posted under a made-up one.
    rig.tell(Input::Request {
        request: 1,
        who: named(5, "darn"),
        room: hall(),
        command: Ok(chat("by post")),
    });
    let entry = rig.history().last().cloned().expect("said");
    assert_eq!(entry.from.name.as_str(), guest(5));
}

#[test]
fn a_name_is_not_changed_to_a_listed_word() {
    let mut rig = Rig::new();
    rig.ask(1, rename("Darn")).unwrap();
    rig.done(listed(&["darn", "+darning"]));
    assert_eq!(rig.ask(2, rename("d a r n")).unwrap_err(), Code::BadWord);
    assert!(rig.ask(2, rename("Darning")).is_ok());
    // A name from before stays until the user comes again.
    rig.ask(1, chat("still")).unwrap();
    assert_eq!(rig.history().last().unwrap().from.name.as_str(), "Darn");
    assert_eq!(welcomed(&rig.come(11)).0, guest(11));
    let again = rig.come_as(12, Identity::new(UserId(1)));
    assert_eq!(welcomed(&again), (guest(1), vec![]));
    rig.done(listed(&[]));
    assert!(rig.ask(2, rename("darn")).is_ok(), "no list, no listed word");
}

#[test]
fn a_listed_word_makes_no_room() {
    let mut rig = Rig::new();
    rig.ask(1, create("darn hall")).unwrap();
    rig.done(listed(&["darn"]));
    assert_eq!(rig.ask(2, create("Darn")).unwrap_err(), Code::BadWord);
    let (room, resume) = (RoomName::new("darn").unwrap(), None);
    assert_eq!(rig.ask(2, Command::Join { room, resume }).unwrap_err(), Code::BadWord);
    assert!(rig.ask(2, chat("I stay")).is_ok(), "in the room that they were in");
    assert!(rig.ask(2, create("darn hall")).is_ok(), "it is there");
    let posted = rig.tell(Input::Request {
        request: 1,
        who: Identity::new(UserId(2)),
        room: RoomName::new("darn").unwrap(),
        command: Ok(chat("hello")),
    });
    assert_eq!(reply(&posted).unwrap_err(), Code::BadWord);
    let outputs = rig.tell(Input::Connect {
        conn: ConnId(3),
        who: Identity::new(UserId(3)),
        leased: false,
        room: Some(RoomName::new("darn").unwrap()),
        resume: None,
    });
    assert_eq!(welcomed(&outputs).1, [Code::BadWord]);
    assert!(!format!("{:?}", rig.hub.list_rooms()).contains("\"darn\""));
}

#[test]
fn those_who_run_the_evening_name_as_they_like() {
    let mut rig = Rig::new();
    rig.done(listed(&["darn"]));
    let (user, badge) = (UserId(1), Role::Moderator);
    rig.done(AdminCommand::Badge { user, badge });
    assert!(rig.ask(1, rename("Darn")).is_ok());
    assert_eq!(
        welcomed(&rig.come_as(11, named(1, "Darn"))),
        ("Darn".to_owned(), vec![])
    );
    let set = SettingsChange {
        title: Some("Darn".into()),
        ..Default::default()
    };
    rig.set(set);
    let room = RoomName::new("darn").unwrap();
    assert!(
        reply(&rig.admin(AdminCommand::Announce {
            room: Some(room),
            text: "darn".into()
        }))
        .is_ok()
    );
    // After a restart a badge is known before its holder comes.
    let mut rig = rig.restarted();
    assert_eq!(welcomed(&rig.come_as(1, named(1, "Darn"))), ("Darn".to_owned(), vec![]));
    // An operator needs no badge.
    rig.come(2);
    assert_eq!(rig.ask(2, rename("Darn")).unwrap_err(), Code::BadWord);
    let by = Operator {
        id: OperatorId(7),
        role: OperatorRole::Moderator,
    };
    let (to, command) = (ReplyTo::Conn(ConnId(2), Some(1)), AdminCommand::Held { room: hall() });
    rig.tell(Input::AdminCommand { to, by, command });
    assert!(rig.ask(2, rename("Darn")).is_ok());
}

#[test]
fn what_is_given_and_reacted_with_follows_the_room() {
    let mut rig = Rig::new();
    rig.done(listed(&["darn"]));
    let react = |emoji| Command::React {
        emoji: Token::new(emoji).unwrap(),
    };
    let gift = || {
        Command::Say(Say::new(Said::Gift {
            name: Token::new("darn").unwrap(),
            count: 1,
            to: None,
        }))
    };
    let words = |mode| SettingsChange {
        words: Some(mode),
        ..Default::default()
    };
    assert!(rig.ask(1, react("darn")).is_ok() && rig.ask(1, gift()).is_ok());
    for (mode, given) in [(WordMode::Block, Err(Code::BadWord)), (WordMode::Hold, Ok(()))] {
        rig.set(words(mode));
        assert_eq!(rig.ask(1, react("darn")).map(drop), Err(Code::BadWord));
        assert!(rig.ask(1, react("❤️")).is_ok());
        assert_eq!(rig.ask(1, gift()).map(drop), given);
    }
}

#[test]
fn whoever_may_not_come_in_does_not_hear_who_is_there() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        locked: Some(true),
        ..Default::default()
    });
    let from_outside = |user| Input::Request {
        request: 3,
        who: Identity::new(UserId(user)),
        room: hall(),
        command: Ok(Command::Who),
    };
    assert_eq!(reply(&rig.tell(from_outside(3))).unwrap_err(), Code::Locked);
    assert!(reply(&rig.tell(from_outside(2))).is_ok());
}
