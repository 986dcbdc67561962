//! Moderation of a phone, whatever identities it has.

use super::{
    device::{fresh, neighbour, request},
    rig::{Rig, chat, hall},
    *,
};
use crate::room::{AdminCommand, SettingsChange};

#[test]
fn a_ban_holds_the_other_identities_of_a_phone_for_one_tap() {
    let mut rig = Rig::new();
    for user in 1000..1003 {
        rig.come_as(user, fresh(user));
    }
    rig.come_as(5, neighbour());
    rig.done(AdminCommand::Ban {
        user: UserId(1000),
        address: false,
    });
    assert_eq!(rig.ask(1001, chat("prepared")).err(), Some(Code::Waiting));
    assert!(rig.ask(5, chat("another phone")).is_ok());
    let Reply::People { people } = rig.done(AdminCommand::Waiting {}) else {
        panic!("a list")
    };
    assert_eq!(people.len(), 2);
    let user = UserId(1001);
    rig.done(AdminCommand::Admit { room: None, user });
    let join = Command::Join {
        room: hall(),
        resume: None,
    };
    assert!(rig.ask(1001, join).is_ok());
    assert!(rig.ask(1001, chat("let in")).is_ok());
}

#[test]
fn a_mute_holds_in_every_room_privately_and_for_the_phone() {
    let mut rig = Rig::new();
    let other = RoomName::new("other").unwrap();
    rig.come_as(1000, fresh(1000));
    rig.come_as(5, neighbour());
    rig.done(AdminCommand::Mute {
        room: hall(),
        user: UserId(1000),
        seconds: 60,
    });
    let dm = || Command::Dm {
        re: None,
        to: UserId(5),
        text: "psst".into(),
        id: None,
    };
    let nobody = || Identity {
        shared: true,
        ..fresh(7777)
    };
    for who in [fresh(1000), fresh(1001), nobody()] {
        for command in [chat("still here"), dm()] {
            let heard = request(&mut rig, who.clone(), &other, command);
            assert_eq!(heard.err(), Some(Code::Muted), "{who:?}");
        }
    }
    assert!(request(&mut rig, neighbour(), &other, chat("not me")).is_ok());
    let user = UserId(1001);
    rig.done(AdminCommand::Admit { room: None, user });
    assert!(request(&mut rig, fresh(1001), &other, chat("somebody else's phone, too")).is_ok());
    rig.now.mono_ms += 60_000;
    assert!(request(&mut rig, nobody(), &other, chat("over")).is_ok());
}

#[test]
fn private_messages_pass_the_word_list() {
    let mut rig = Rig::new();
    rig.done(AdminCommand::Words {
        list: vec!["darn".into()],
    });
    let dm = |text: &str| Command::Dm {
        re: None,
        to: UserId(2),
        text: text.into(),
        id: None,
    };
    assert!(rig.ask(1, dm("darn")).is_ok(), "the room takes all words");
    rig.set(SettingsChange {
        words: Some(crate::room::WordMode::Block),
        ..Default::default()
    });
    assert_eq!(rig.ask(1, dm("d.a.r.n")).err(), Some(Code::BadWord));
    assert!(rig.ask(1, dm("fine")).is_ok());
}

#[test]
fn nobody_is_called_like_those_who_run_the_evening() {
    let mut rig = Rig::new();
    let name = |name: &str| crate::room::UserName::new(name).unwrap();
    rig.ask(1, Command::Rename { name: name("Zoe") }).unwrap();
    rig.done(AdminCommand::Badge {
        user: UserId(1),
        badge: crate::room::Role::Moderator,
    });
    for like in [
        "Organizer",
        "0rganizer",
        "HELPER",
        "Organiser",
        "Moderator",
        "B0t",
        "Zoe",
        "Z0e",
        "Ζοе",
    ] {
        let renamed = rig.ask(2, Command::Rename { name: name(like) });
        assert_eq!(renamed.err(), Some(Code::NotAllowed), "{like}");
    }
    assert!(rig.ask(2, Command::Rename { name: name("Zoey") }).is_ok());
    assert!(
        rig.ask(
            1,
            Command::Rename {
                name: name("Organizer")
            }
        )
        .is_ok(),
        "staff may"
    );
    let came = rig.come_as(
        50,
        Identity {
            name: Some(name("Organizer")),
            ..neighbour()
        },
    );
    let refused = |output: &Output| matches!(output, Output::Direct { direct, .. } if matches!(&**direct, crate::room::Direct::Refused(refusal) if refusal.code == Code::NotAllowed));
    assert!(came.iter().any(refused));
}
