use super::{
    device::{fresh, neighbour, request},
    rig::{Rig, chat},
    *,
};
use crate::{limits, room::AdminCommand};

#[test]
fn a_room_that_made_way_opens_again_with_its_history() {
    let mut rig = Rig::new();
    let old = RoomName::new("old").unwrap();
    request(&mut rig, neighbour(), &old, chat("remember me")).unwrap();
    let before = rig.hub.rooms.find(&old).map(|id| rig.hub.rooms.get(id).epochs.clone());
    // As many phones as it takes.
    for number in 0..limits::ROOMS as u64 {
        rig.now.mono_ms += 1000;
        let room = RoomName::new(&format!("r{number}")).unwrap();
        request(&mut rig, Identity::new(UserId(1000 + number / 8)), &room, chat("mine")).unwrap();
    }
    assert!(rig.hub.rooms.find(&old).is_none(), "it made way");
    let outputs = rig.tell(Input::Connect {
        conn: ConnId(7000),
        who: neighbour(),
        leased: false,
        room: Some(old.clone()),
        resume: None,
    });
    let opened = outputs.iter().find_map(|output| match output {
        Output::RoomOpened { epochs, after, .. } => Some((epochs.clone(), *after)),
        _ => None,
    });
    assert_eq!(
        opened,
        before.map(|epochs| (epochs, 1)),
        "its life and its numbers go on"
    );
    let (before, limit) = (None, None);
    let outputs = rig.tell(Input::Command {
        conn: ConnId(7000),
        ack: Some(1),
        command: Ok(Command::History { before, limit }),
    });
    assert!(
        matches!(&outputs[..], [.., Output::Page { request, .. }] if request.to == 1),
        "the store is asked"
    );
    let sent = request(&mut rig, neighbour(), &old, chat("and on"));
    assert!(matches!(sent, Ok(Reply::Sent { seq: Some(2), .. })));
}

#[test]
fn what_somebody_said_is_hidden_in_rooms_that_made_way_too() {
    let mut rig = Rig::new();
    let old = RoomName::new("old").unwrap();
    request(&mut rig, fresh(1000), &old, chat("bad")).unwrap();
    let id = rig.hub.rooms.find(&old).unwrap();
    rig.hub.close_room(id);
    while rig.hub.poll_output().is_some() {}
    let outputs = rig.admin(AdminCommand::HidePerson {
        room: None,
        user: UserId(1000),
    });
    let redacted = |output: &Output| matches!(output, Output::Redact { name, to: 1, .. } if *name == old);
    assert!(outputs.iter().any(redacted));
}
