use super::*;
use crate::room::{AdminCommand, Body, HostJob, Operator, OperatorId, OperatorRole, Said, UserName};

fn hub() -> Hub {
    Hub::new(HubConfig {
        limits: Limits {
            text_bytes: 20,
            ..Limits::default()
        },
        epoch_seed: 1,
        rooms: Vec::new(),
        persists: true,
    })
}

fn give(hub: &mut Hub, role: OperatorRole, command: AdminCommand) -> Vec<Output> {
    let by = Operator {
        id: OperatorId(u32::from(role == OperatorRole::Moderator)),
        role,
    };
    let to = ReplyTo::Request(1);
    hub.handle(Now::default(), Input::AdminCommand { to, by, command });
    std::iter::from_fn(|| hub.poll_output()).collect()
}

fn reply(outputs: Vec<Output>) -> Result<Reply, Code> {
    let reply = outputs.into_iter().find_map(|output| match output {
        Output::Reply { reply, .. } => Some(reply),
        _ => None,
    });
    reply.expect("a command is answered").map_err(|refusal| refusal.code)
}

fn announce(text: &str) -> AdminCommand {
    AdminCommand::Announce {
        room: Some(RoomName::new("hall").unwrap()),
        text: text.into(),
    }
}

fn issue(role: OperatorRole) -> AdminCommand {
    let name = UserName::new("Bo").unwrap();
    AdminCommand::Issue { role, name }
}

#[test]
fn the_organizer_is_heard() {
    let mut hub = hub();
    let outputs = give(&mut hub, OperatorRole::Organizer, announce("open"));
    let entry = outputs.iter().find_map(|output| match output {
        Output::Append { entry, .. } => Some(entry),
        _ => None,
    });
    let entry = entry.expect("an entry");
    assert!(entry.is_control());
    assert_eq!(entry.body, Body::Said(Said::Announce { text: "open".into() }));
    assert!(matches!(reply(outputs), Ok(Reply::Sent { seq: Some(1), .. })));
    let long = give(&mut hub, OperatorRole::Organizer, announce(&"x".repeat(21)));
    assert_eq!(reply(long).unwrap_err(), Code::TooLong);
}

#[test]
fn moderators_give_no_commands_about_codes() {
    let mut hub = hub();
    assert!(reply(give(&mut hub, OperatorRole::Moderator, announce("hi"))).is_ok());
    for command in [
        issue(OperatorRole::Moderator),
        AdminCommand::Revoke { code: OperatorId(1) },
        AdminCommand::Codes {},
    ] {
        assert_eq!(
            reply(give(&mut hub, OperatorRole::Moderator, command)).unwrap_err(),
            Code::NotAllowed
        );
    }
}

#[test]
fn a_code_number_is_given_once_and_kept() {
    let mut first = hub();
    for expected in 1..=2 {
        let outputs = give(&mut first, OperatorRole::Organizer, issue(OperatorRole::Moderator));
        assert!(matches!(reply(outputs), Ok(Reply::Issued { code }) if code.0 == expected));
    }
    let revoked = give(
        &mut first,
        OperatorRole::Organizer,
        AdminCommand::Revoke { code: OperatorId(2) },
    );
    let values: Vec<_> = revoked
        .iter()
        .filter_map(|output| match output {
            Output::Persist { key, value } => Some((key.clone(), value.as_ref()?.json().into())),
            _ => None,
        })
        .collect();
    assert_eq!(first.operator(OperatorId(2)), None);
    assert_eq!(first.operator(OperatorId(1)), Some(OperatorRole::Moderator));

    let config = HubConfig {
        limits: Limits::default(),
        epoch_seed: 1,
        rooms: Vec::new(),
        persists: true,
    };
    let rooms = Vec::new();
    let mut second = Hub::restore(
        config,
        Restored {
            rooms,
            values,
            ..Restored::default()
        },
    );
    assert_eq!(second.operator(OperatorId(2)), None);
    let outputs = give(&mut second, OperatorRole::Organizer, issue(OperatorRole::Organizer));
    assert!(matches!(reply(outputs), Ok(Reply::Issued { code }) if code.0 == 3));
    let Ok(Reply::Codes { codes }) = reply(give(&mut second, OperatorRole::Organizer, AdminCommand::Codes {})) else {
        panic!("a list")
    };
    assert_eq!(
        codes.iter().map(|it| (it.code.0, it.revoked)).collect::<Vec<_>>(),
        [(2, true), (3, false)]
    );
}

#[test]
fn an_unproved_order_does_nothing() {
    let mut hub = hub();
    let signed = crate::room::SignedCommand {
        by: OperatorId::ORGANIZER,
        nonce: "".into(),
        counter: 1,
        command: r#"{"do":"announce","room":"hall","text":"hi"}"#.into(),
        proof: "".into(),
    };
    let input = Input::Request {
        request: 1,
        who: Identity::new(UserId(1)),
        room: RoomName::new("hall").unwrap(),
        command: Ok(Command::SignedCommand(Box::new(signed))),
    };
    hub.handle(Now::default(), input);
    let outputs: Vec<_> = std::iter::from_fn(|| hub.poll_output()).collect();
    assert_eq!(reply(outputs).unwrap_err(), Code::NotAllowed);
}

fn wipe(dry_run: bool) -> AdminCommand {
    AdminCommand::Wipe { dry_run }
}

#[test]
fn a_wipe_takes_all_but_the_codes_and_says_that_it_was() {
    let mut hub = hub();
    hub.handle(Now::default(), Input::Durable { durable: true });
    let user = UserId(9);
    for (conn, user) in [(1, UserId(7)), (2, user)] {
        let connect = Input::Connect {
            conn: ConnId(conn),
            who: crate::room::Identity::new(user),
            leased: false,
            room: Some(RoomName::new("hall").unwrap()),
            resume: None,
        };
        hub.handle(Now::default(), connect);
    }
    give(&mut hub, OperatorRole::Organizer, announce("secret words"));
    give(&mut hub, OperatorRole::Organizer, issue(OperatorRole::Moderator));
    give(
        &mut hub,
        OperatorRole::Organizer,
        AdminCommand::Ban { user, address: false },
    );
    assert!(hub.access_records.is_banned(user));

    assert_eq!(
        reply(give(&mut hub, OperatorRole::Moderator, wipe(false))).unwrap_err(),
        Code::NotAllowed
    );
    let counted = reply(give(&mut hub, OperatorRole::Organizer, wipe(true))).unwrap();
    let Reply::WouldWipe { rooms: 1, messages } = counted else {
        panic!("{counted:?}")
    };
    assert!(messages >= 1 && hub.connections() == 1, "nothing went");

    let outputs = give(&mut hub, OperatorRole::Organizer, wipe(false));
    let at = |wanted: fn(&Output) -> bool| outputs.iter().position(wanted).expect("it is there");
    let answered = at(|output| {
        matches!(
            output,
            Output::Reply {
                reply: Ok(Reply::Wiped { rooms: 1, .. }),
                ..
            }
        )
    });
    let closed = at(|output| matches!(output, Output::Close { .. }));
    let wiped = at(|output| matches!(output, Output::Wiped { .. }));
    let noted = outputs.iter().rposition(|output| {
        matches!(
            output,
            Output::Persist {
                key: crate::room::Key::Audit(1),
                ..
            }
        )
    });
    assert!(answered < wiped && wiped < closed && Some(wiped) < noted);
    assert_eq!((hub.connections(), hub.rooms()), (0, 0));
    assert!(!hub.access_records.is_banned(user));
    assert_eq!(hub.operator(OperatorId(1)), Some(OperatorRole::Moderator));
    let Ok(Reply::Audit { orders }) = hub.audited(None, None) else {
        panic!("a list")
    };
    let orders: Vec<_> = orders.iter().map(|audited| audited.order.get()).collect();
    assert_eq!(orders, [r#"{"do":"wipe"}"#]);
}

#[test]
fn a_disk_that_fails_has_nothing_removed() {
    let mut hub = hub();
    give(&mut hub, OperatorRole::Organizer, announce("one"));
    hub.handle(Now::default(), Input::Durable { durable: false });
    assert_eq!(
        reply(give(&mut hub, OperatorRole::Organizer, wipe(false))).unwrap_err(),
        Code::Disk
    );
    assert_eq!(hub.rooms(), 1);
}

#[test]
fn a_job_of_the_host_is_an_output_and_no_reply() {
    let mut hub = hub();
    let outputs = give(&mut hub, OperatorRole::Organizer, AdminCommand::Doctor {});
    let (to, job) = (ReplyTo::Request(1), HostJob::Doctor);
    assert!(
        matches!(&outputs[..], [Output::Host { to: asked, job: given }] if *asked == to && *given == job),
        "{outputs:?}"
    );
}
