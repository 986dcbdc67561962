use super::{
    moderate_tests::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{Body, OfficerId, Order, SettingsChange, To, Token},
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
    let with_id = |text: &str| Command::Chat {
        room: None,
        text: text.into(),
        more: "".into(),
        id: Some(MsgId::new("m1").unwrap()),
        to: To::Room,
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
    let Reply::HeldItems { items } = rig.done(Order::Held { room: hall() }) else {
        panic!("a list")
    };
    assert_eq!(items.iter().map(|item| item.number).collect::<Vec<_>>(), [1, 2]);
    let room = hall();
    rig.done(Order::Reject { room, number: 2 });
    let room = hall();
    assert!(matches!(
        rig.done(Order::Approve { room, number: 1 }),
        Reply::Sent { .. }
    ));
    let entries = rig.history();
    assert_eq!(
        entries.last().unwrap().body,
        Body::Chat {
            text: "held".into(),
            more: "".into()
        }
    );
    assert!(matches!(
        rig.ask(1, with_id("held")),
        Ok(Reply::Sent { duplicate: true, .. })
    ));
    assert!(!rig.kept.keys().any(|key| matches!(key, Key::Held(..))));
    let room = hall();
    assert!(reply(&rig.order(Order::Approve { room, number: 1 })).is_err());
}

#[test]
fn the_queue_of_what_is_held_is_bounded() {
    let mut rig = Rig::new();
    let hold = Some(true);
    rig.set(SettingsChange {
        hold,
        ..Default::default()
    });
    for _ in 0..limits::HELD {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat("held")).unwrap();
    }
    rig.now.mono_ms += 1000;
    assert_eq!(rig.ask(1, chat("one more")).unwrap_err(), Code::Busy);
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
        !rig.kept.keys().any(|key| matches!(key, Key::Room(_))),
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
    let _refused = rig.order(Order::Hide { room: hall(), seq: 9 });
    rig.done(Order::Held { room: hall() });
    for _ in 0..=limits::AUDIT {
        rig.done(Order::Announce {
            room: Some(hall()),
            text: "so".into(),
        });
    }
    let audits = rig.kept.keys().filter(|key| matches!(key, Key::Audit(_))).count();
    assert_eq!(audits, limits::AUDIT);
    let mut rig = rig.restarted();
    let Reply::Audit { orders } = rig.done(Order::Audit {
        before: None,
        limit: Some(2),
    }) else {
        panic!("a list")
    };
    let last = limits::AUDIT as u64 + 1;
    assert_eq!(orders.iter().map(|it| it.number).collect::<Vec<_>>(), [last, last - 1]);
    assert_eq!((orders[0].by, orders[0].at), (OfficerId(7), 500_000));
    assert!(orders[0].order.get().contains("\"announce\""));
}
