use super::*;
use crate::room::{Control, PeopleFilter, PersonRecord, Role, Said, Say, WallMode};

#[test]
fn what_the_walls_show_is_told_and_outlives_a_restart() {
    let mut rig = three();
    let wall = |mode| SettingsChange {
        wall: Some(mode),
        ..SettingsChange::default()
    };
    rig.give(set(wall(WallMode::Questions))).unwrap();
    let told = |body: &Body| match body {
        Body::Control(Control::Settings { settings }) => settings.wall,
        other => panic!("settings: {other:?}"),
    };
    assert_eq!(told(rig.last()), WallMode::Questions);
    rig.die();
    rig.give(set(SettingsChange {
        locked: Some(true),
        ..SettingsChange::default()
    }))
    .unwrap();
    assert_eq!(told(rig.last()), WallMode::Questions, "it was kept");
    rig.give(set(wall(WallMode::Auto))).unwrap();
    assert_eq!(told(rig.last()), WallMode::Auto);
    let written = serde_json::to_string(&crate::room::Settings::default()).unwrap();
    assert!(!written.contains("wall"), "older clients see no new key: {written}");
}

fn remove(poll: u32) -> AdminCommand {
    AdminCommand::RemovePoll { room: hall(), poll }
}

#[test]
fn a_removed_poll_is_gone_with_its_votes_and_its_number_is_not_given_again() {
    let mut rig = three();
    rig.give(open(new_poll())).unwrap();
    rig.ask(1, vote(&[2])).unwrap();
    rig.give(remove(1)).unwrap();
    let told = rig.poll();
    assert!(told.removed && !told.open);
    assert!(rig.board(1).polls.is_empty());
    assert_eq!(rig.ask(2, vote(&[0])).unwrap_err(), Code::BadRequest);
    assert!(matches!(rig.give(AdminCommand::Polls { room: hall() }), Ok(Reply::Polls { polls }) if polls.is_empty()));
    assert_eq!(rig.give(remove(1)).unwrap_err(), Code::BadRequest, "once");
    let votes = |rig: &Rig| rig.stored.keys().filter(|key| matches!(key, Key::Vote(..))).count();
    assert_eq!(votes(&rig), 0);

    // Neither another restart nor the making of way frees the number.
    rig.die();
    assert!(rig.board(1).polls.is_empty());
    assert!(matches!(rig.give(open(new_poll())), Ok(Reply::PollOpened { poll: 2 })));
    for _ in 1..limits::POLLS {
        rig.give(open(new_poll())).unwrap();
    }
    let last = u32::try_from(limits::POLLS).unwrap() + 1;
    rig.give(remove(last)).unwrap();
    assert!(matches!(rig.give(open(new_poll())), Ok(Reply::PollOpened { poll }) if poll == last + 1));
    assert_eq!(rig.board(1).polls.len(), limits::POLLS);
}

fn people(filter: PeopleFilter, name: Option<&str>) -> AdminCommand {
    let name = name.map(Into::into);
    AdminCommand::People {
        room: hall(),
        filter,
        name,
    }
}

fn listed(rig: &mut Rig, filter: PeopleFilter) -> Vec<u64> {
    match rig.give(people(filter, None)) {
        Ok(Reply::Listed { people, count }) => {
            assert_eq!(people.len(), count);
            people.iter().map(|state| state.who.id.0).collect()
        }
        other => panic!("people: {other:?}"),
    }
}

fn record(rig: &mut Rig, user: u64) -> PersonRecord {
    let user = UserId(user);
    match rig.give(AdminCommand::Person { room: hall(), user }) {
        Ok(Reply::Person(record)) => *record,
        other => panic!("a person: {other:?}"),
    }
}

#[test]
fn the_desk_knows_how_each_person_stands() {
    let mut rig = three();
    rig.ask(2, ask("why?")).unwrap();
    for number in 0..limits::DESK_SAID + 2 {
        rig.ask(2, ask_again(number)).unwrap();
    }
    let mute = AdminCommand::Mute {
        room: hall(),
        user: UserId(2),
        seconds: 60,
    };
    rig.give(mute).unwrap();
    rig.now.mono_ms += 20_000;
    let ban = AdminCommand::Ban {
        user: UserId(3),
        address: false,
    };
    rig.give(ban).unwrap();

    assert_eq!(listed(&mut rig, PeopleFilter::Muted), [2]);
    assert_eq!(listed(&mut rig, PeopleFilter::Banned), [3]);
    assert_eq!(listed(&mut rig, PeopleFilter::Staff), [0_u64; 0]);
    let mut here = listed(&mut rig, PeopleFilter::Here);
    here.sort_unstable();
    assert_eq!(here, [1, 2]);
    let bo = record(&mut rig, 2);
    assert_eq!(bo.person.muted_ms, Some(40_000));
    assert!(bo.person.here && !bo.person.banned);
    assert_eq!(
        (bo.person.messages, bo.said.len()),
        (limits::DESK_SAID + 3, limits::DESK_SAID)
    );
    assert!(bo.said[0].number > bo.said[1].number, "newest first");
    assert_eq!(bo.orders.len(), 1);
    let cy = record(&mut rig, 3);
    assert!(cy.person.banned && !cy.person.here);
    assert_eq!(
        rig.give(AdminCommand::Person {
            room: hall(),
            user: UserId(9)
        })
        .unwrap_err(),
        Code::UnknownUser
    );
    let long = "x".repeat(limits::USER_NAME_CHARS + 1);
    assert_eq!(
        rig.give(people(PeopleFilter::Here, Some(&long))).unwrap_err(),
        Code::TooLong
    );

    rig.now.mono_ms += 40_000;
    assert_eq!(record(&mut rig, 2).person.muted_ms, None);
    assert_eq!(listed(&mut rig, PeopleFilter::Muted), [0_u64; 0]);
}

fn ask_again(number: usize) -> Command {
    Command::Say(Say::new(Said::Gift {
        name: Token::new(&format!("g{number}")).unwrap(),
        count: 1,
        to: None,
    }))
}

#[test]
fn people_are_found_by_a_part_of_their_names_and_by_a_shared_address() {
    let mut rig = three();
    let mut at = |conn: u64, name: &str, address: u64| {
        let mut who = Identity::new(UserId(conn));
        who.name = crate::room::UserName::new(name).ok();
        who.address = crate::room::AddressTag(address);
        rig.tell(Input::Connect {
            conn: ConnId(conn),
            who,
            leased: false,
            room: Some(hall()),
            resume: None,
        });
    };
    at(11, "Ánna Bee", 7);
    at(12, "Bob", 7);
    at(13, "Cy", 8);
    let Ok(Reply::Listed {
        people: found,
        count: 1,
    }) = rig.give(people(PeopleFilter::Here, Some("áNNA")))
    else {
        panic!("one is called so")
    };
    assert_eq!((found[0].who.id, found[0].shares), (UserId(11), 1));
    let mut shared = listed(&mut rig, PeopleFilter::Shared);
    shared.sort_unstable();
    assert_eq!(shared, [11, 12]);
    let near = record(&mut rig, 12).neighbours;
    assert_eq!(near.iter().map(|who| who.id.0).collect::<Vec<_>>(), [11]);
}

#[test]
fn a_list_of_many_people_is_counted_and_cut() {
    let mut rig = three();
    let most = limits::DESK_PEOPLE as u64;
    (100..100 + most).for_each(|number| drop(rig.connect(number, number, "hall")));
    let Ok(Reply::Listed { people, count }) = rig.give(people(PeopleFilter::Here, None)) else {
        panic!("people")
    };
    assert_eq!((people.len(), count), (limits::DESK_PEOPLE, limits::DESK_PEOPLE + 3));
}

#[test]
fn what_staff_says_carries_its_role_until_the_code_is_revoked() {
    let mut rig = three();
    let issue = AdminCommand::Issue {
        role: OperatorRole::Moderator,
        name: crate::room::UserName::new("Bo").unwrap(),
    };
    rig.give(issue).unwrap();
    let over = |rig: &mut Rig, conn: u64, id: u32, role: OperatorRole, command: AdminCommand| {
        let by = Operator {
            id: OperatorId(id),
            role,
        };
        let to = ReplyTo::Conn(ConnId(conn), Some(1));
        reply(&rig.tell(Input::AdminCommand { to, by, command }))
    };
    let role = |rig: &mut Rig, conn: u64| {
        rig.ask(conn, gift(1, None)).unwrap();
        rig.entries.last().unwrap().from.role
    };
    assert_eq!(role(&mut rig, 1), Role::Guest);
    over(&mut rig, 1, 0, OperatorRole::Organizer, AdminCommand::Waiting {}).unwrap();
    // Also a command that is not for moderators proves their code.
    assert!(over(&mut rig, 2, 1, OperatorRole::Moderator, AdminCommand::Codes {}).is_err());
    assert_eq!(role(&mut rig, 1), Role::Organizer);
    assert_eq!(role(&mut rig, 2), Role::Moderator);
    assert_eq!(role(&mut rig, 3), Role::Guest);
    let badge = |badge| AdminCommand::Badge { user: UserId(2), badge };
    rig.give(badge(Role::Bot)).unwrap();
    assert_eq!(role(&mut rig, 2), Role::Bot, "a badge goes before it");
    rig.give(badge(Role::Guest)).unwrap();
    assert_eq!(role(&mut rig, 2), Role::Moderator);
    assert_eq!(listed(&mut rig, PeopleFilter::Staff), [1, 2]);
    rig.give(AdminCommand::Revoke { code: OperatorId(1) }).unwrap();
    assert_eq!(role(&mut rig, 2), Role::Guest);
    assert_eq!(role(&mut rig, 1), Role::Organizer);
}
