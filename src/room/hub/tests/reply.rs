use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::room::{AdminCommand, Body, Reference, Said, Say, SettingsChange};

fn id(id: &str) -> MsgId {
    MsgId::new(id).unwrap()
}

fn said(text: &str, own: Option<&str>, re: Option<&str>) -> Command {
    Command::Say(Say {
        re: re.map(id),
        id: own.map(id),
        ..Say::new(Said::chat(text))
    })
}

fn newest(rig: &mut Rig) -> Option<Reference> {
    match &rig.history().last().unwrap().body {
        Body::Said(Said::Chat { re, .. }) => re.as_deref().cloned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_points_to_the_entry_that_the_log_has() {
    let mut rig = Rig::new();
    rig.ask(1, said("who is there?", Some("m1"), None)).unwrap();
    rig.ask(2, said("I am", None, Some("m1"))).unwrap();
    let original = Reference { seq: 1, id: id("m1") };
    assert_eq!(newest(&mut rig), Some(original.clone()));
    // The same id, chosen by another person later, takes nothing over.
    rig.ask(2, said("a fake", Some("m1"), None)).unwrap();
    rig.ask(1, said("and you?", None, Some("m1"))).unwrap();
    assert_eq!(newest(&mut rig), Some(original));
}

#[test]
fn only_what_the_room_was_told_can_be_replied_to() {
    let mut rig = Rig::new();
    let dm = Command::Dm {
        to: UserId(2),
        text: "psst".into(),
        re: None,
        id: Some(id("d1")),
    };
    rig.ask(1, dm).unwrap();
    rig.ask(1, said("shown", Some("m1"), None)).unwrap();
    rig.done(AdminCommand::Hide { room: hall(), seq: 1 });
    for unknown in ["d1", "m1", "m2"] {
        let answer = rig.ask(2, said("about that", None, Some(unknown)));
        assert_eq!(answer.unwrap_err(), Code::UnknownMessage, "{unknown}");
    }
    // A later entry of the same id does not stand in for the hidden one.
    rig.ask(2, said("again", Some("m1"), None)).unwrap();
    assert_eq!(
        rig.ask(1, said("hm", None, Some("m1"))).unwrap_err(),
        Code::UnknownMessage
    );
}

#[test]
fn a_reply_that_was_held_keeps_its_reference() {
    let mut rig = Rig::new();
    rig.ask(1, said("who is there?", Some("m1"), None)).unwrap();
    rig.set(SettingsChange {
        hold: Some(true),
        ..Default::default()
    });
    rig.ask(2, said("I am", None, Some("m1"))).unwrap();
    rig.ask(2, chat("and another")).unwrap();
    let room = hall();
    rig.done(AdminCommand::Approve { room, number: 1 });
    assert_eq!(newest(&mut rig).map(|re| re.seq), Some(1));
}
