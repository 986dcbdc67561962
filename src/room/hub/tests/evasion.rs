//! What the simulation with operators found.

use super::{
    rig::{Rig, chat, config, hall, reply},
    *,
};
use crate::limits;
use crate::room::{AdminCommand, Hide, RestoredRoom, Role, SettingsChange, UserName};

/// The same, in another process that has the rooms' logs from their store.
fn restarted_with_logs(rig: Rig) -> Rig {
    let room = |id: RoomId| {
        let room = rig.hub.rooms.get(id);
        let entries: Vec<_> = room.log.iter_from(0).cloned().collect();
        RestoredRoom {
            name: room.name.clone(),
            epochs: room.epochs.clone(),
            head: room.log.head(),
            oldest: room.log.oldest(),
            entries,
            controls: Vec::new(),
            hidden: [].into(),
            accepted: Vec::new(),
        }
    };
    let rooms = rig.hub.rooms.ids().map(room).collect();
    let values = rig.stored.clone().into_iter().collect();
    let mut hub = Hub::restore(
        config(),
        Restored {
            rooms,
            values,
            ..Restored::default()
        },
    );
    while hub.poll_output().is_some() {}
    Rig { hub, ..rig }
}

#[test]
fn whoever_spoke_before_a_restart_can_be_muted_and_sent_away() {
    let mut rig = Rig::new();
    rig.ask(2, chat("bad")).unwrap();
    let mut rig = restarted_with_logs(rig);
    let user = UserId(2);
    rig.done(AdminCommand::Badge { user, badge: Role::Bot });
    rig.done(AdminCommand::Mute {
        room: hall(),
        user,
        seconds: 60,
    });
    rig.done(AdminCommand::Ban { user, address: false });
    let nobody = AdminCommand::Ban {
        user: UserId(77),
        address: false,
    };
    assert_eq!(reply(&rig.admin(nobody)).unwrap_err(), Code::UnknownUser);
}

#[test]
fn a_badge_outlives_a_restart_of_somebody_with_a_name() {
    let mut rig = Rig::new();
    let name = UserName::new("Bo").unwrap();
    rig.ask(2, Command::Rename { name }).unwrap();
    rig.done(AdminCommand::Badge {
        user: UserId(2),
        badge: Role::Moderator,
    });
    rig.set(SettingsChange {
        reactions_only: Some(true),
        ..Default::default()
    });
    let mut rig = rig.restarted();
    rig.come(2);
    rig.ask(2, chat("staff")).unwrap();
    rig.come(1);
    assert_eq!(rig.history().last().unwrap().from.role, Role::Moderator);
}

#[test]
fn a_mute_that_is_over_does_not_come_back() {
    let mut rig = Rig::new();
    let mute = |user, seconds| AdminCommand::Mute {
        room: hall(),
        user: UserId(user),
        seconds,
    };
    rig.done(mute(2, 60));
    rig.done(mute(1, 30));
    let due = |rig: &Rig| {
        rig.hub
            .due
            .iter()
            .filter(|(_, due)| matches!(due, Due::Unmute(_)))
            .count()
    };
    assert_eq!(due(&rig), 1);
    rig.now.mono_ms += 30_000;
    rig.tell(Input::Tick);
    assert_eq!(rig.stored.keys().filter(|key| matches!(key, Key::Mute(..))).count(), 1);
    rig.now.mono_ms += 30_000;
    rig.tell(Input::Tick);
    assert_eq!(due(&rig), 0);
    let mut rig = restarted_with_logs(rig);
    rig.now.mono_ms = 0;
    rig.come(2);
    rig.ask(2, chat("again")).unwrap();
}

fn setting(set: impl FnOnce(&mut SettingsChange)) -> SettingsChange {
    let mut change = SettingsChange::default();
    set(&mut change);
    change
}

#[test]
fn a_newcomer_who_was_there_when_it_was_locked_stays() {
    let mut rig = Rig::new();
    rig.set(setting(|set| set.newcomers_wait = Some(true)));
    rig.come(3);
    rig.set(setting(|set| set.locked = Some(true)));
    assert!(
        matches!(rig.ask(3, chat("hi")), Ok(Reply::Held { .. })),
        "still a newcomer"
    );
    assert_eq!(
        rig.come(4)
            .iter()
            .filter(|output| matches!(output, Output::Attach { .. }))
            .count(),
        0
    );
    let mut rig = restarted_with_logs(rig);
    rig.come(3);
    assert!(matches!(rig.ask(3, chat("back")), Ok(Reply::Held { .. })));
}

#[test]
fn whoever_was_there_while_nobody_waited_is_no_newcomer() {
    let mut rig = Rig::new();
    let wait = |on| setting(|set| set.newcomers_wait = Some(on));
    rig.set(wait(true));
    rig.come(3);
    rig.set(wait(false));
    rig.set(wait(true));
    assert!(matches!(rig.ask(3, chat("hi")), Ok(Reply::Sent { .. })));
}

#[test]
fn a_person_is_hidden_wherever_the_store_may_have_something_of_them() {
    let mut rig = Rig::new();
    rig.ask(2, chat("bad")).unwrap();
    rig.tell(Input::Disconnect { conn: ConnId(2) });
    let mut rig = restarted_with_logs(rig);
    rig.come(1);
    for _ in 0..limits::RING_ENTRIES {
        rig.now.mono_ms += 1000;
        rig.ask(1, chat("good")).unwrap();
    }
    let outputs = rig.admin(AdminCommand::HidePerson {
        room: None,
        user: UserId(2),
    });
    let redacted = |output: &Output| {
        matches!(
            output,
            Output::Redact {
                what: Hide::Person { user: UserId(2) },
                ..
            }
        )
    };
    assert!(outputs.iter().any(redacted), "{outputs:?}");
}

#[test]
fn what_an_outsider_said_and_waits_goes_with_them() {
    let mut rig = Rig::new();
    rig.set(setting(|set| set.newcomers_wait = Some(true)));
    for user in [3, 4] {
        rig.come(user);
        assert!(matches!(rig.ask(user, chat("bad")), Ok(Reply::Held { .. })));
        rig.tell(Input::Disconnect { conn: ConnId(user) });
    }
    rig.done(AdminCommand::Ban {
        user: UserId(3),
        address: false,
    });
    rig.done(AdminCommand::HidePerson {
        room: None,
        user: UserId(4),
    });
    let Reply::HeldItems { items } = rig.done(AdminCommand::Held { room: hall() }) else {
        panic!("a list")
    };
    assert_eq!(items, []);
}

fn at(user: u64, address: u64) -> Identity {
    Identity {
        address: AddressTag(address),
        ..Identity::new(UserId(user))
    }
}

#[test]
fn whoever_is_at_two_addresses_is_known_at_both() {
    let mut rig = Rig::shared();
    rig.come_as(31, at(3, 7));
    rig.come_as(32, at(3, 8));
    rig.come_as(41, at(4, 7));
    rig.done(AdminCommand::Ban {
        user: UserId(4),
        address: false,
    });
    rig.ask(31, chat("still here")).unwrap();
    rig.ask(32, chat("here, too")).unwrap();
}

#[test]
fn whoever_loses_their_seat_is_out_of_the_room() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 5 });
    rig.come_as(
        30,
        Identity {
            seat: Some(2),
            ..at(3, 7)
        },
    );
    assert!(rig.hub.is_inside(ConnId(30)));
    rig.done(AdminCommand::FreeSeat { seat: 2 });
    assert!(!rig.hub.is_inside(ConnId(30)), "they would hear all that is said");
}

#[test]
fn who_brings_the_seat_of_somebody_banned_waits_no_longer_than_the_ban_lasts() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 5 });
    let seat = Some(2);
    rig.come_as(30, Identity { seat, ..at(3, 7) });
    rig.done(AdminCommand::Ban {
        user: UserId(3),
        address: false,
    });
    rig.come_as(40, Identity { seat, ..at(4, 8) });
    rig.done(AdminCommand::Seats { count: 0 });
    rig.come_as(50, at(5, 8));
    assert!(!rig.hub.is_inside(ConnId(50)), "a stranger where the seat was shown");
    rig.done(AdminCommand::Unban { user: UserId(3) });
    rig.come_as(60, at(6, 8));
    assert!(rig.hub.is_inside(ConnId(60)));
}

#[test]
fn a_seat_is_one_identitys_and_not_an_addresss() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Seats { count: 5 });
    let who = Identity {
        seat: Some(2),
        shared: true,
        ..at(90, 7)
    };
    let request = Input::Request {
        request: 1,
        who,
        room: hall(),
        command: Ok(chat("nobody knows who")),
    };
    assert_eq!(reply(&rig.tell(request)).unwrap_err(), Code::SeatNeeded);
    rig.come_as(
        30,
        Identity {
            seat: Some(2),
            ..at(3, 7)
        },
    );
    assert!(rig.hub.is_inside(ConnId(30)));
}

#[test]
fn an_address_is_sent_away_with_whoever_was_let_in_and_without_whoever_gives_orders() {
    let mut rig = Rig::new();
    for user in [3, 4, 5] {
        rig.come_as(user * 10, at(user, 7));
    }
    let by = crate::room::Operator {
        id: crate::room::OperatorId::ORGANIZER,
        role: crate::room::OperatorRole::Organizer,
    };
    let to = ReplyTo::Conn(ConnId(50), Some(1));
    rig.done(AdminCommand::Admit {
        room: None,
        user: UserId(4),
    });
    let command = AdminCommand::Ban {
        user: UserId(3),
        address: true,
    };
    reply(&rig.tell(Input::AdminCommand { to, by, command })).unwrap();
    assert_eq!(rig.hub.connections(), 3, "Ann, Bo and the organizer");
    rig.come_as(41, at(4, 7));
    assert!(!rig.hub.is_inside(ConnId(41)), "let in before");
    rig.come_as(51, at(5, 7));
    assert!(rig.hub.is_inside(ConnId(51)), "the organizer, who reloads their page");
    rig.done(AdminCommand::Admit {
        room: None,
        user: UserId(4),
    });
    rig.come_as(42, at(4, 7));
    assert!(rig.hub.is_inside(ConnId(42)), "let in since");
}

#[test]
fn a_number_in_the_list_of_what_waits_never_names_anything_else() {
    let mut rig = Rig::new();
    rig.set(setting(|set| set.hold = Some(true)));
    for text in ["one", "two"] {
        rig.ask(2, chat(text)).unwrap();
    }
    for number in [1, 2] {
        rig.done(AdminCommand::Reject { room: hall(), number });
    }
    let held = |rig: &Rig| rig.stored.keys().filter(|key| matches!(key, Key::Held(..))).count();
    assert_eq!(held(&rig), 1);
    let mut rig = restarted_with_logs(rig);
    rig.come(2);
    rig.ask(2, chat("three")).unwrap();
    let stale = AdminCommand::Approve {
        room: hall(),
        number: 2,
    };
    assert_eq!(reply(&rig.admin(stale)).unwrap_err(), Code::BadRequest);
    rig.done(AdminCommand::Approve {
        room: hall(),
        number: 3,
    });
    assert_eq!(held(&rig), 1);
}

#[test]
fn whoever_is_muted_says_nothing_by_their_name() {
    let mut rig = Rig::new();
    let name = |text: &str| UserName::new(text).unwrap();
    rig.ask(2, Command::Rename { name: name("Bo") }).unwrap();
    let mute = AdminCommand::Mute {
        room: hall(),
        user: UserId(2),
        seconds: 60,
    };
    rig.done(mute);
    rig.ask(2, Command::Leave).unwrap();
    let rename = || Command::Rename {
        name: name("Ann is a liar"),
    };
    assert_eq!(rig.ask(2, rename()).unwrap_err(), Code::Muted, "from outside");
    let who = Identity {
        name: Some(name("Ann is a liar")),
        ..Identity::new(UserId(2))
    };
    rig.come_as(22, who);
    let Ok(Reply::Who { people, .. }) = rig.ask(1, Command::Who) else {
        panic!("a list")
    };
    assert!(people.iter().any(|person| person.name == name("Bo")), "{people:?}");
    rig.now.mono_ms += 60_000;
    rig.ask(2, rename()).unwrap();
}

#[test]
fn whoever_was_let_in_at_an_address_that_is_sent_away_is_out_elsewhere_too() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Admit {
        room: None,
        user: UserId(4),
    });
    rig.seats(5);
    rig.come_as(40, at(4, 8));
    rig.come_as(41, at(4, 7));
    rig.come_as(
        30,
        Identity {
            seat: Some(1),
            ..at(3, 7)
        },
    );
    rig.done(AdminCommand::Ban {
        user: UserId(3),
        address: true,
    });
    assert!(!rig.hub.is_inside(ConnId(40)), "they have no seat");
}
