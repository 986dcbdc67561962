use super::{
    rig::{Rig, hall, reply},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, SettingsChange},
};

fn other() -> RoomName {
    RoomName::new("other").unwrap()
}

/// Two rooms whose newcomers wait; the second one has no place for another known person.
fn crowded() -> Rig {
    let mut rig = Rig::new();
    rig.ask(
        1,
        Command::Join {
            room: other(),
            resume: None,
        },
    )
    .unwrap();
    for room in [hall(), other()] {
        let set = SettingsChange {
            newcomers_wait: Some(true),
            ..SettingsChange::default()
        };
        rig.done(AdminCommand::Settings { room, set });
    }
    let room = rig.hub.rooms.find(&other()).unwrap();
    let known = &mut rig.hub.rooms.get_mut(room).policy.known;
    known.extend(
        (0..)
            .map(|id| UserId(1 << 32 | id))
            .take(limits::KNOWN_MEMBERS - known.len()),
    );
    rig
}

#[test]
fn a_refused_admit_has_no_effect_in_any_room() {
    let mut rig = crowded();
    let (user, kept) = (UserId(99), rig.stored.clone());
    let outputs = rig.admin(AdminCommand::Admit { room: None, user });
    assert_eq!(reply(&outputs).unwrap_err(), Code::Full);
    let changes = |output: &Output| matches!(output, Output::Append { .. } | Output::Persist { .. });
    assert!(!outputs.iter().any(changes), "{outputs:?}");
    assert_eq!(rig.stored, kept);
    assert!(!rig.hub.access_records.is_admitted(user));
    for room in [hall(), other()] {
        let room = rig.hub.rooms.find(&room).unwrap();
        assert!(!rig.hub.rooms.get(room).policy.known.contains(&user));
    }
    let room = Some(hall());
    rig.done(AdminCommand::Admit { room, user });
    let room = rig.hub.rooms.find(&hall()).unwrap();
    assert!(rig.hub.rooms.get(room).policy.known.contains(&user));
}
