//! Where links are off, names are none either.

use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::room::{AdminCommand, Direct, Role, SettingsChange, UserName};

const LINK: &str = "www.example.com";

fn rename(name: &str) -> Command {
    let name = UserName::new(name).unwrap();
    Command::Rename { name }
}

fn links_off(rig: &mut Rig, links_off: bool) {
    rig.set(SettingsChange {
        links_off: Some(links_off),
        ..Default::default()
    });
}

/// The name of a person who comes as a link, and why it is another one.
fn welcomed(rig: &mut Rig, user: u64, name: Option<&str>) -> (String, Option<Code>) {
    let who = Identity {
        name: name.map(|name| UserName::new(name).unwrap()),
        ..Identity::new(UserId(user))
    };
    let outputs = rig.come_as(user, who);
    let refused = outputs.iter().find_map(|output| match output {
        Output::Direct { direct, .. } => match &**direct {
            Direct::Refused(refusal) => Some(refusal.code),
            _ => None,
        },
        _ => None,
    });
    let person = rig.hub.people.person(UserId(user)).unwrap();
    (person.name.to_string(), refused)
}

#[test]
fn a_persons_name_is_no_link() {
    let mut rig = Rig::new();
    links_off(&mut rig, true);
    for name in [LINK, "ann@example.de", "10.0.0.1:8080", "exam\u{200b}ple.org"] {
        assert_eq!(rig.ask(1, rename(name)).err(), Some(Code::NoLinks), "{name}");
    }
    assert!(rig.ask(1, rename("Dr. Ann")).is_ok());
    assert_eq!(
        welcomed(&mut rig, 7, Some(LINK)),
        ("Guest 0007".to_owned(), Some(Code::NoLinks))
    );
    let who = Identity {
        name: Some(UserName::new(LINK).unwrap()),
        ..Identity::new(UserId(8))
    };
    rig.tell(Input::Request {
        request: 1,
        who,
        room: hall(),
        command: Ok(chat("by post")),
    });
    assert_eq!(rig.history().pop().unwrap().from.name.as_str(), "Guest 0008");
    links_off(&mut rig, false);
    assert!(rig.ask(1, rename(LINK)).is_ok());
}

#[test]
fn a_name_from_before_is_not_shown_with_a_message() {
    let mut rig = Rig::new();
    rig.ask(1, rename(LINK)).unwrap();
    rig.ask(1, chat("hello")).unwrap();
    links_off(&mut rig, true);
    assert_eq!(rig.ask(1, chat("hello")).err(), Some(Code::NoLinks));
    let room = RoomName::new("elsewhere").unwrap();
    rig.ask(1, Command::CreateRoom { room }).unwrap();
    rig.ask(1, chat("hello")).expect("links are on here");
    rig.tell(Input::Disconnect { conn: ConnId(1) });
    assert_eq!(welcomed(&mut rig, 1, None), ("Guest 0001".to_owned(), None));
    rig.ask(1, chat("hello")).unwrap();
}

#[test]
fn a_new_rooms_name_is_no_link() {
    let mut rig = Rig::new();
    let make = |name: &str| {
        let room = RoomName::new(name).unwrap();
        Command::CreateRoom { room }
    };
    rig.ask(2, make("example.org")).unwrap();
    links_off(&mut rig, true);
    assert_eq!(rig.ask(1, make(LINK)).err(), Some(Code::NoLinks));
    let who = Identity::new(UserId(8));
    let outputs = rig.tell(Input::Request {
        request: 1,
        who,
        room: RoomName::new(LINK).unwrap(),
        command: Ok(chat("by post")),
    });
    let refused = outputs.iter().find_map(|output| match output {
        Output::Reply { reply, .. } => reply.as_ref().err().map(|refusal| refusal.code),
        _ => None,
    });
    assert_eq!(refused, Some(Code::NoLinks));
    rig.ask(1, make("example.org")).expect("a room that is there");
}

#[test]
fn staff_is_called_as_it_likes() {
    let mut rig = Rig::new();
    links_off(&mut rig, true);
    rig.done(AdminCommand::Badge {
        user: UserId(2),
        badge: Role::Moderator,
    });
    assert!(rig.ask(2, rename(LINK)).is_ok());
    assert!(rig.ask(2, chat("hello")).is_ok());
}
