//! Whose name is whose: no guest looks like another one.

use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::{
    limits,
    room::{AddressTag, AdminCommand, Role, UserName},
};

fn welcomed(outputs: &[Output]) -> String {
    let mut names = outputs.iter().filter_map(|output| match output {
        Output::Welcome { welcome, .. } => Some(welcome.you.name.to_string()),
        _ => None,
    });
    names.next().expect("a welcome")
}

fn shown(rig: &mut Rig, user: u64) -> String {
    rig.hub.people.person(UserId(user)).unwrap().name.to_string()
}

fn named(user: u64, name: &str) -> Identity {
    Identity {
        name: Some(UserName::new(name).unwrap()),
        ..Identity::new(UserId(user))
    }
}

/// A user on a device.
fn on_phone(device: u64, user: u64, name: &str) -> Identity {
    Identity {
        address: AddressTag(device),
        ..named(user, name)
    }
}

impl Rig {
    /// The name in the welcome of a user who comes on a connection under a name.
    fn welcomed(&mut self, conn: u64, user: u64, name: &str) -> String {
        welcomed(&self.come_as(conn, named(user, name)))
    }

    fn renamed(&mut self, conn: u64, name: &str) -> String {
        let name = UserName::new(name).unwrap();
        match self.ask(conn, Command::Rename { name }) {
            Ok(Reply::Renamed { name }) => name.to_string(),
            other => panic!("{other:?}"),
        }
    }

    fn leaves(&mut self, conn: u64) {
        self.tell(Input::Disconnect { conn: ConnId(conn) });
    }
}

#[test]
fn a_second_person_of_a_name_gets_the_smallest_free_number() {
    let mut rig = Rig::new();
    assert_eq!(rig.welcomed(11, 11, "Anna"), "Anna");
    assert_eq!(rig.welcomed(12, 12, "Anna"), "Anna 2");
    for (user, look_alike, shown) in [
        (13, "Аnna", "Аnna 3"),
        (14, "a n n a", "a n n a 4"),
        (15, "Ann\u{200b}a", "Anna 5"),
        (16, "Anna 2", "Anna 6"),
        (17, "Anna ２", "Anna 7"),
        (18, "Anna2", "Anna 8"),
        (19, "Annabel", "Annabel"),
        (20, "Anna 12", "Anna 12"),
    ] {
        assert_eq!(rig.welcomed(user, user, look_alike), shown);
    }
    // One that renames leaves a number free.
    assert_eq!(rig.renamed(13, "Cleo"), "Cleo");
    assert_eq!(rig.welcomed(21, 21, "Anna"), "Anna 3");
    // A number that is no person's stays a part of the name.
    assert_eq!(rig.welcomed(22, 22, "Table 7"), "Table 7");
    assert_eq!(rig.welcomed(23, 23, "Table 7"), "Table 7 2");
}

#[test]
fn a_name_is_free_again_once_its_person_is_gone() {
    let mut rig = Rig::new();
    assert_eq!(rig.welcomed(11, 11, "Anna"), "Anna");
    assert_eq!(rig.welcomed(111, 11, "Anna"), "Anna", "a second device");
    assert_eq!(rig.welcomed(12, 12, "Anna"), "Anna 2");
    rig.leaves(11);
    assert_eq!(
        rig.welcomed(13, 13, "Anna"),
        "Anna 3",
        "the first one has a connection left"
    );
    rig.leaves(111);
    // Clients without a token come back as another person each time.
    for user in 20..30 {
        assert_eq!(welcomed(&rig.come_as(user, on_phone(11, user, "Anna"))), "Anna");
        rig.leaves(user);
    }
    assert_eq!(rig.welcomed(113, 13, "Anna"), "Anna 3", "left from another device");
    rig.now.mono_ms += limits::NAME_MS;
    assert_eq!(rig.welcomed(114, 13, "Anna"), "Anna", "asked for as at first");
    assert_eq!(shown(&mut rig, 12), "Anna 2", "a number stays");
}

#[test]
fn the_name_of_a_person_who_stepped_out_is_taken_by_no_other_device() {
    let mut rig = Rig::new();
    assert_eq!(rig.welcomed(11, 11, "Anna"), "Anna");
    rig.leaves(11);
    rig.now.mono_ms += limits::NAME_MS - 1;
    for look_alike in ["Anna", "Аnna", "a n n a"] {
        rig.now.mono_ms -= 1;
        let name = rig.welcomed(13, 13, look_alike);
        assert_eq!(name, format!("{look_alike} 2"));
        rig.leaves(13);
    }
    assert_eq!(rig.renamed(1, "Anna"), "Anna 3", "by a new name, either");
    assert_eq!(welcomed(&rig.come(11)), "Anna");
    // Another name of the same person frees it, and so does forgetting them.
    assert_eq!(rig.renamed(11, "Cleo"), "Cleo");
    assert_eq!(rig.renamed(1, "Anna"), "Anna");
    rig.leaves(11);
    assert_eq!(rig.renamed(1, "Cleo"), "Cleo 2");
    rig.tell(Input::Wipe);
    assert_eq!(rig.welcomed(30, 30, "Cleo"), "Cleo");
}

#[test]
fn where_an_address_is_many_peoples_a_name_is_free_when_its_person_leaves() {
    let mut rig = Rig::shared();
    assert_eq!(welcomed(&rig.come_as(11, on_phone(70, 11, "Anna"))), "Anna");
    rig.leaves(11);
    assert_eq!(welcomed(&rig.come_as(12, on_phone(70, 12, "Anna"))), "Anna");
    assert_eq!(welcomed(&rig.come_as(13, on_phone(70, 13, "Anna"))), "Anna 2");
}

#[test]
fn what_is_cut_off_for_a_number_leaves_no_listed_word() {
    let mut rig = Rig::new();
    let name = format!("{} asset", "x".repeat(limits::USER_NAME_CHARS - 6));
    for (user, shown) in [(11, name.clone()), (12, name.replace("et", " 2"))] {
        assert_eq!(rig.welcomed(user, user, &name), shown);
    }
    rig.done(AdminCommand::Words {
        list: vec!["ass".into()],
    });
    assert_eq!(rig.welcomed(13, 13, &name), name.replace("set", " 10"));
    assert_eq!(
        rig.welcomed(112, 12, &name),
        "Guest 000c",
        "the number from before the list"
    );
    assert_eq!(rig.welcomed(111, 11, &name), name);
}

#[test]
fn who_comes_back_keeps_the_name_unless_it_was_taken_meanwhile() {
    let mut rig = Rig::new();
    rig.welcomed(11, 11, "Anna");
    rig.leaves(11);
    assert_eq!(welcomed(&rig.come(11)), "Anna", "without saying a name");
    rig.leaves(11);
    rig.now.mono_ms += limits::NAME_MS;
    assert_eq!(rig.welcomed(12, 12, "Anna"), "Anna");
    assert_eq!(welcomed(&rig.come(11)), "Anna 2", "without saying a name");
    assert_eq!(rig.welcomed(13, 13, "Anna"), "Anna 3");
    rig.leaves(11);
    rig.leaves(13);
    assert_eq!(rig.welcomed(213, 13, "Anna"), "Anna 3", "the number from before");
    assert_eq!(rig.welcomed(211, 11, "Anna"), "Anna 2", "the number from before");
}

#[test]
fn names_come_back_after_a_restart() {
    let mut rig = Rig::new();
    rig.welcomed(11, 11, "Anna");
    rig.welcomed(12, 12, "Anna");
    let mut rig = rig.restarted();
    assert_eq!(welcomed(&rig.come(12)), "Anna 2");
    assert_eq!(welcomed(&rig.come(11)), "Anna");
    assert_eq!(rig.welcomed(13, 13, "Anna"), "Anna 3");
}

#[test]
fn who_posts_without_a_token_shares_the_name_of_a_person_on_the_same_device_alone() {
    let post = |rig: &mut Rig, device: u64| {
        let who = Identity {
            address: AddressTag(device),
            shared: true,
            ..named(1000 + device, "Anna")
        };
        rig.tell(Input::Request {
            request: 1,
            who,
            room: hall(),
            command: Ok(chat("by post")),
        });
        rig.history().pop().unwrap().from.name.to_string()
    };
    for (mut rig, same) in [(Rig::new(), "Anna"), (Rig::shared(), "Anna 2")] {
        let who = Identity {
            address: AddressTag(70),
            ..named(11, "Anna")
        };
        rig.come_as(11, who);
        assert_eq!(post(&mut rig, 70), same);
        assert_eq!(post(&mut rig, 71), "Anna 2");
    }
}

#[test]
fn a_rename_and_a_post_get_a_number_that_entries_and_the_presence_show() {
    let mut rig = Rig::new();
    assert_eq!(rig.renamed(1, "Anna"), "Anna");
    assert_eq!(rig.renamed(2, "Anna"), "Anna 2");
    assert_eq!(rig.renamed(2, "Anna"), "Anna 2");
    rig.ask(2, chat("hello")).unwrap();
    rig.tell(Input::Request {
        request: 1,
        who: named(5, "Anna"),
        room: hall(),
        command: Ok(chat("by post")),
    });
    let history = rig.history();
    let from: Vec<_> = history.iter().map(|entry| entry.from.name.as_str()).collect();
    assert_eq!(from, ["Anna 2", "Anna 3"]);
    let Ok(Reply::Who { people, .. }) = rig.ask(1, Command::Who) else {
        panic!("no list of people")
    };
    let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Anna", "Anna 2"]);
}

#[test]
fn a_made_up_name_is_no_other_persons_either() {
    let mut rig = Rig::new();
    let made_up = UserName::made_up(UserId(1));
    assert_eq!(rig.welcomed(11, 11, made_up.as_str()), format!("{made_up} 2"));
    // The last four digits are the same.
    rig.come(0x1_0001);
    let person = rig.hub.people.person(UserId(0x1_0001)).unwrap();
    assert_eq!(person.name.as_str(), format!("{made_up} 3"));
    assert!(
        !format!("{:?}", rig.stored).contains("010001"),
        "made up again after a restart"
    );
}

#[test]
fn a_number_is_no_helpers_name() {
    let mut rig = Rig::new();
    rig.renamed(1, "Anna");
    let user = UserId(2);
    assert_eq!(rig.welcomed(22, 2, "Anna 2"), "Anna 2");
    rig.done(AdminCommand::Badge {
        user,
        badge: Role::Moderator,
    });
    assert_eq!(rig.welcomed(23, 23, "Anna"), "Anna 3");
}

#[test]
fn a_number_is_no_helpers_name_either_while_the_helper_is_away() {
    let mut rig = Rig::new();
    assert_eq!(rig.welcomed(12, 12, "Anna 2"), "Anna 2");
    rig.done(AdminCommand::Badge {
        user: UserId(12),
        badge: Role::Moderator,
    });
    rig.leaves(12);
    assert_eq!(rig.welcomed(11, 11, "Anna"), "Anna");
    assert_eq!(rig.welcomed(13, 13, "Anna"), "Anna 3");
    assert_eq!(rig.welcomed(112, 12, "Anna 2"), "Anna 2");
}

#[test]
fn tries_are_bounded_and_long_names_cut() {
    let mut rig = Rig::new();
    let long = "\u{fdfa}".repeat(limits::USER_NAME_CHARS);
    let mut looks = BTreeSet::new();
    let come = |rig: &mut Rig, conn: u64, user: u64| {
        let address = AddressTag(user);
        let who = named(user, &long);
        welcomed(&rig.come_as(conn, Identity { address, ..who }))
    };
    let last = 100 + limits::NAME_NUMBERS + 1;
    for user in 100..=last {
        let name = come(&mut rig, user, user);
        assert!(name.chars().count() <= limits::USER_NAME_CHARS, "{name}");
        assert!(looks.insert(crate::room::names::look(&name)), "{name} is new");
    }
    let by_id = |user: u64| format!("\u{fdfa} {}", 100_000_000 + user);
    assert!(
        shown(&mut rig, last).ends_with(&by_id(last)),
        "{}",
        shown(&mut rig, last)
    );
    let before = shown(&mut rig, last);
    assert_eq!(come(&mut rig, 900, last), before, "a second connection");
    // That number is taken as well.
    let taken = long.chars().take(22).collect::<String>() + &by_id(last + 1)[3..];
    rig.renamed(100, &taken);
    assert_eq!(shown(&mut rig, 100), taken);
    rig.leaves(100);
    come(&mut rig, 901, 100);
    rig.renamed(901, &taken);
    rig.welcomed(950, 950, "Bea");
    assert_ne!(come(&mut rig, last + 1, last + 1), taken);
}

#[test]
fn a_person_who_is_forgotten_takes_no_name_along() {
    let mut rig = Rig::new();
    rig.welcomed(11, 11, "Anna");
    rig.tell(Input::Wipe);
    assert_eq!(rig.welcomed(12, 12, "Anna"), "Anna");
    rig.leaves(11);
    assert_eq!(rig.welcomed(13, 13, "Anna"), "Anna 2");
}
