use super::{
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::room::{AdminCommand, Control, Measure, Operator, OperatorId, OperatorRole, Role, SettingsChange};

const HOME: AddressTag = AddressTag(1001);
const AWAY: AddressTag = AddressTag(1002);

fn at(user: u64, address: AddressTag) -> Identity {
    Identity {
        address,
        ..Identity::new(UserId(user))
    }
}

fn seated(user: u64, seat: u32) -> Identity {
    Identity {
        seat: Some(seat),
        ..at(user, HOME)
    }
}

/// Whether a newcomer is in the room, or the refusal.
fn inside(outputs: &[Output]) -> Result<(), Code> {
    for output in outputs {
        match output {
            Output::Attach { .. } => return Ok(()),
            Output::Close {
                reason: CloseReason::Banned,
                ..
            } => return Err(Code::Banned),
            Output::Close {
                reason: CloseReason::Full,
                ..
            } => return Err(Code::Full),
            Output::Direct { direct, .. } => match &**direct {
                crate::room::Direct::Refused(refusal) => return Err(refusal.code),
                other => panic!("{other:?}"),
            },
            _ => {}
        }
    }
    panic!("neither in nor out: {outputs:?}")
}

fn request(who: Identity, command: Command) -> Input {
    Input::Request {
        request: 5,
        who,
        room: hall(),
        command: Ok(command),
    }
}

fn ban(user: u64) -> AdminCommand {
    AdminCommand::Ban {
        user: UserId(user),
        address: false,
    }
}

/// Three people at one address, the third of them sent away.
fn rig() -> Rig {
    let mut rig = Rig::shared();
    for user in 11..=13 {
        assert_eq!(inside(&rig.come_as(user, at(user, HOME))), Ok(()));
    }
    rig.ask(13, chat("bad")).unwrap();
    let outputs = rig.admin(ban(13));
    let closed = |output: &Output| {
        matches!(
            output,
            Output::Close {
                conn: ConnId(13),
                reason: CloseReason::Banned
            }
        )
    };
    assert!(outputs.iter().any(closed), "{outputs:?}");
    let Ok(Reply::Neighbours { neighbours }) = reply(&outputs) else {
        panic!("{outputs:?}")
    };
    assert_eq!(neighbours.iter().map(|it| it.id.0).collect::<Vec<_>>(), [11, 12]);
    let told = |output: &Output| {
        matches!(output, Output::Append { entry, .. }
            if matches!(entry.body, crate::room::Body::Control(Control::Moderated { did: Measure::Ban, user: UserId(13), .. })))
    };
    assert!(outputs.iter().any(told));
    rig
}

fn evasions(rig: &mut Rig) {
    assert_eq!(
        inside(&rig.come_as(20, at(13, HOME))),
        Err(Code::Banned),
        "the same identity"
    );
    assert_eq!(
        inside(&rig.come_as(21, at(13, AWAY))),
        Err(Code::Banned),
        "from elsewhere"
    );
    let named = Identity {
        name: Some(crate::room::UserName::new("Another").unwrap()),
        ..at(13, HOME)
    };
    assert_eq!(inside(&rig.come_as(22, named.clone())), Err(Code::Banned), "a new name");
    assert_eq!(
        reply(&rig.tell(request(named, chat("hi")))).unwrap_err(),
        Code::Banned,
        "a request"
    );
    assert_eq!(
        inside(&rig.come_as(23, at(99, HOME))),
        Err(Code::Waiting),
        "a new identity"
    );
    assert_eq!(
        inside(&rig.come_as(24, at(98, AWAY))),
        Err(Code::Waiting),
        "where they were seen"
    );
    for command in [
        chat("hi"),
        Command::Who,
        Command::History {
            before: None,
            limit: None,
        },
        Command::Join {
            room: hall(),
            resume: None,
        },
        Command::CreateRoom {
            room: RoomName::new("mine").unwrap(),
        },
        Command::Dm {
            to: UserId(11),
            text: "psst".into(),
            re: None,
            id: None,
        },
    ] {
        assert_eq!(rig.ask(23, command.clone()).unwrap_err(), Code::Waiting, "{command:?}");
        assert_eq!(
            reply(&rig.tell(request(at(97, HOME), command))).unwrap_err(),
            Code::Waiting
        );
    }
    let shared = Identity {
        shared: true,
        ..at(11, HOME)
    };
    assert_eq!(
        reply(&rig.tell(request(shared, chat("hi")))).unwrap_err(),
        Code::Waiting
    );
    assert!(rig.hub.may_overhear(&hall(), HOME).is_err());
    assert!(rig.hub.may_overhear(&hall(), AddressTag(3)).is_ok());
}

#[test]
fn who_is_sent_away_stays_away_and_the_neighbours_go_on() {
    let mut rig = rig();
    evasions(&mut rig);
    assert!(rig.ask(11, chat("still here")).is_ok());
    rig.tell(Input::Disconnect { conn: ConnId(12) });
    assert_eq!(
        inside(&rig.come_as(30, at(12, HOME))),
        Ok(()),
        "a neighbour who comes back"
    );
    assert_eq!(
        inside(&rig.come_as(31, at(50, AddressTag(3)))),
        Ok(()),
        "a stranger from elsewhere"
    );
    assert!(reply(&rig.tell(request(at(11, HOME), chat("by a request")))).is_ok());
}

#[test]
fn a_ban_outlives_a_restart() {
    let mut rig = rig().restarted();
    evasions(&mut rig);
    assert_eq!(inside(&rig.come_as(30, at(12, HOME))), Ok(()));
}

#[test]
fn who_waits_is_listed_and_let_in() {
    let mut rig = rig();
    assert_eq!(inside(&rig.come_as(23, at(99, HOME))), Err(Code::Waiting));
    let Reply::People { people } = rig.done(AdminCommand::Waiting {}) else {
        panic!("a list")
    };
    assert_eq!(people.iter().map(|it| it.id.0).collect::<Vec<_>>(), [99]);
    let user = UserId(99);
    rig.done(AdminCommand::Admit { room: None, user });
    let join = Command::Join {
        room: hall(),
        resume: None,
    };
    assert!(rig.ask(23, join).is_ok());
    let banned = AdminCommand::Admit {
        room: None,
        user: UserId(13),
    };
    assert_eq!(reply(&rig.admin(banned)).unwrap_err(), Code::Banned);
}

#[test]
fn who_may_come_back_takes_the_mark_away() {
    let mut rig = rig();
    rig.done(AdminCommand::Unban { user: UserId(13) });
    assert_eq!(inside(&rig.come_as(20, at(13, HOME))), Ok(()));
    assert_eq!(inside(&rig.come_as(21, at(99, HOME))), Ok(()));
    assert!(
        !rig.stored
            .keys()
            .any(|key| matches!(key, Key::FlaggedAddress(_) | Key::AccessRecord(_)))
    );
}

#[test]
fn an_address_is_sent_away_as_a_last_resort() {
    let mut rig = rig();
    let moderator = Operator {
        id: OperatorId(1),
        role: OperatorRole::Moderator,
    };
    let command = AdminCommand::Ban {
        user: UserId(13),
        address: true,
    };
    let to = ReplyTo::Request(1);
    let outputs = rig.tell(Input::AdminCommand {
        to,
        by: moderator,
        command: command.clone(),
    });
    assert_eq!(reply(&outputs).unwrap_err(), Code::NotAllowed);
    let outputs = rig.admin(command);
    let closed = outputs
        .iter()
        .filter(|output| matches!(output, Output::Close { .. }))
        .count();
    assert_eq!(closed, 2);
    assert_eq!(inside(&rig.come_as(40, at(11, HOME))), Err(Code::Banned));
    assert_eq!(inside(&rig.come_as(41, at(11, AWAY))), Ok(()));
}

#[test]
fn with_seats_a_code_admits_one_identity_and_a_ban_takes_the_seat() {
    let mut rig = Rig::new();
    let outputs = rig.seats(3);
    let out = outputs
        .iter()
        .filter(|output| matches!(output, Output::Detach { .. }))
        .count();
    assert_eq!(out, 2, "nobody inside has one");
    assert_eq!(rig.ask(1, chat("hi")).unwrap_err(), Code::SeatNeeded);
    assert!(rig.hub.may_overhear(&hall(), HOME).is_err());
    assert_eq!(inside(&rig.come_as(10, seated(5, 1))), Ok(()));
    assert_eq!(inside(&rig.come_as(11, at(5, HOME))), Ok(()), "without the code again");
    assert_eq!(inside(&rig.come_as(12, seated(6, 1))), Err(Code::SeatTaken));
    assert_eq!(
        inside(&rig.come_as(13, seated(6, 4))),
        Err(Code::SeatNeeded),
        "no such seat"
    );
    assert_eq!(inside(&rig.come_as(14, seated(7, 2))), Ok(()), "the neighbour");
    rig.admin(ban(5));
    let mut rig = rig.restarted();
    assert_eq!(inside(&rig.come_as(20, seated(5, 1))), Err(Code::Banned));
    assert_eq!(
        inside(&rig.come_as(21, seated(8, 1))),
        Err(Code::Banned),
        "a new identity with the old seat"
    );
    assert_eq!(
        inside(&rig.come_as(22, at(8, HOME))),
        Err(Code::SeatNeeded),
        "without a seat"
    );
    assert_eq!(inside(&rig.come_as(23, seated(7, 2))), Ok(()), "the neighbour");
    assert_eq!(
        inside(&rig.come_as(24, seated(9, 3))),
        Ok(()),
        "somebody new at the same address"
    );
    assert_eq!(
        reply(&rig.admin(AdminCommand::FreeSeat { seat: 1 })).unwrap_err(),
        Code::NotAllowed
    );
    rig.done(AdminCommand::FreeSeat { seat: 3 });
    assert_eq!(inside(&rig.come_as(25, seated(10, 3))), Ok(()));
    assert_eq!(inside(&rig.come_as(26, at(9, HOME))), Err(Code::SeatNeeded));
}

#[test]
fn whoever_gives_orders_is_let_in_and_not_sent_away_by_helpers() {
    let mut rig = rig();
    rig.come_as(40, at(60, HOME));
    assert_eq!(rig.ask(40, chat("hi")).unwrap_err(), Code::Waiting);
    let nonce = Some("00".into());
    assert!(
        rig.ask(40, Command::Nonce { nonce }).is_ok(),
        "a stranger may prove who they are"
    );
    let by = Operator {
        id: OperatorId::ORGANIZER,
        role: OperatorRole::Organizer,
    };
    rig.tell(Input::AdminCommand {
        to: ReplyTo::Conn(ConnId(40), Some(2)),
        by,
        command: AdminCommand::Codes {},
    });
    assert!(
        rig.ask(
            40,
            Command::Join {
                room: hall(),
                resume: None
            }
        )
        .is_ok()
    );
    let by = Operator {
        id: OperatorId(1),
        role: OperatorRole::Moderator,
    };
    let (to, command) = (ReplyTo::Request(1), ban(60));
    assert_eq!(
        reply(&rig.tell(Input::AdminCommand { to, by, command })).unwrap_err(),
        Code::NotAllowed
    );
}

#[test]
fn badges_are_shown_and_kept() {
    let mut rig = Rig::new();
    let (user, badge) = (UserId(1), Role::Bot);
    rig.done(AdminCommand::Badge { user, badge });
    let mut rig = rig.restarted();
    rig.come(1);
    rig.ask(1, chat("beep")).unwrap();
    assert_eq!(rig.history().last().unwrap().from.role, Role::Bot);
}

#[test]
fn listed_words_are_blocked_or_held() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Words {
        list: vec!["darn".into()],
    });
    let mode = |words| SettingsChange {
        words: Some(words),
        ..Default::default()
    };
    rig.ask(1, chat("darn")).unwrap();
    rig.set(mode(crate::room::WordMode::Block));
    let mut rig = rig.restarted();
    rig.come(1);
    assert_eq!(rig.ask(1, chat("d a r n it")).unwrap_err(), Code::BadWord);
    rig.ask(1, chat("good")).unwrap();
    rig.set(mode(crate::room::WordMode::Hold));
    assert!(matches!(rig.ask(1, chat("Dárn")), Ok(Reply::Held { .. })));
    let long = vec!["x".repeat(crate::limits::WORD_CHARS + 1).into()];
    assert_eq!(
        reply(&rig.admin(AdminCommand::Words { list: long })).unwrap_err(),
        Code::BadRequest
    );
}

#[test]
fn a_right_seat_code_is_good_whatever_wrong_ones_come_from_its_address() {
    let mut rig = Rig::new();
    rig.admin(AdminCommand::Seats { count: 3 });
    for user in 1000..2000 {
        assert!(inside(&rig.come_as(user, at(user, HOME))).is_err());
        let conn = ConnId(user);
        rig.tell(Input::Disconnect { conn });
    }
    assert_eq!(inside(&rig.come_as(10, seated(5, 1))), Ok(()));
    assert_eq!(
        inside(&rig.come_as(11, seated(6, 1))),
        Err(Code::Full),
        "a taken seat brings no one in"
    );
}
