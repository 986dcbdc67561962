use super::{
    device::{fresh, neighbour, request},
    rig::{Rig, chat, hall, reply},
    *,
};
use crate::{
    limits::{DEVICE_TABLE, GIVERS},
    room::{AdminCommand, Said, Say, SettingsChange, Token},
};

/// More than a table has places: at two new ones a second, what one phone brings in half an hour.
const IDENTITIES: usize = GIVERS + 1;

fn gift(to: Option<u64>) -> Command {
    Command::Say(Say::new(Said::Gift {
        name: Token::new("rose").unwrap(),
        count: 1,
        to: to.map(UserId),
    }))
}

fn budget(gifts: u64) -> SettingsChange {
    SettingsChange {
        gift_budget: Some(gifts),
        ..SettingsChange::default()
    }
}

/// What each identity of one phone is answered.
fn flood(rig: &mut Rig, identities: usize, command: impl Fn() -> Command) -> Vec<Result<Reply, Code>> {
    let mut say = |number| {
        rig.now.mono_ms += 500;
        request(rig, fresh(1000 + number as u64), &hall(), command())
    };
    (0..identities).map(&mut say).collect()
}

#[test]
fn one_phone_does_not_fill_the_table_of_those_who_give() {
    let mut rig = Rig::new();
    rig.set(budget(5));
    let answers = flood(&mut rig, IDENTITIES, || gift(None));
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), DEVICE_TABLE);
    assert!(
        answers[DEVICE_TABLE..]
            .iter()
            .all(|answer| matches!(answer, Err(Code::Full)))
    );
    assert!(
        request(&mut rig, fresh(1000), &hall(), gift(None)).is_ok(),
        "who has a place keeps it"
    );
    assert!(request(&mut rig, neighbour(), &hall(), gift(None)).is_ok());
    assert!(rig.ask(1, gift(Some(2))).is_ok());
}

#[test]
fn one_phone_does_not_fill_the_table_of_those_who_are_given_to() {
    let mut rig = Rig::new();
    for number in 0..IDENTITIES as u64 {
        rig.now.mono_ms += 500;
        rig.come_as(1000 + number, fresh(1000 + number));
        let _ = rig.ask(2, gift(Some(1000 + number)));
        rig.tell(Input::Disconnect {
            conn: ConnId(1000 + number),
        });
    }
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let received = |rig: &Rig| {
        let received = &rig.hub.rooms.get(room).board.received;
        (1000..1000 + IDENTITIES as u64)
            .filter(|user| received.of(UserId(*user)) > 0)
            .count()
    };
    assert_eq!(received(&rig), DEVICE_TABLE);
    rig.ask(2, gift(Some(1))).unwrap();
    assert_eq!(rig.hub.rooms.get(room).board.received.of(UserId(1)), 1);
}

#[test]
fn one_phone_does_not_fill_the_table_of_those_who_have_read() {
    let mut rig = Rig::new();
    rig.ask(1, chat("hello")).unwrap();
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let seq = rig.hub.rooms.get(room).log.head();
    let answers = flood(&mut rig, IDENTITIES, || Command::Seen { seq });
    assert!(answers.iter().all(Result::is_ok));
    for conn in [1, 2] {
        rig.ask(conn, Command::Seen { seq }).unwrap();
    }
    let outputs = rig.admin(AdminCommand::Reached { room: hall(), seq });
    let Ok(Reply::Reached { reached, .. }) = reply(&outputs) else {
        panic!("{outputs:?}");
    };
    assert_eq!(reached, DEVICE_TABLE + 2);
}

#[test]
fn one_phone_does_not_fill_the_table_of_those_who_were_there() {
    let mut rig = Rig::new();
    let answers = flood(&mut rig, IDENTITIES, || chat("spam"));
    assert!(answers.iter().all(Result::is_ok));
    request(&mut rig, neighbour(), &hall(), chat("me, too")).unwrap();
    rig.come(3);
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let known = &rig.hub.rooms.get(room).policy.known;
    assert_eq!(known.iter().filter(|user| user.0 >= 1000).count(), DEVICE_TABLE);
    assert!([1, 2, 3, 5].iter().all(|user| known.contains(&UserId(*user))));
}

#[test]
fn a_shared_address_has_no_share() {
    let mut rig = Rig::shared();
    rig.set(budget(5));
    let answers = flood(&mut rig, DEVICE_TABLE + 10, || gift(None));
    assert!(answers.iter().all(Result::is_ok));
}
