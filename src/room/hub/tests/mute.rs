use super::{
    rig::{Rig, chat, hall},
    *,
};
use crate::room::{AdminCommand, SettingsChange};

/// An identity on the phone of user 5.
fn on_phone(user: u64) -> Identity {
    Identity {
        address: AddressTag(77),
        ..Identity::new(UserId(user))
    }
}

fn muted() -> Rig {
    let mut rig = Rig::new();
    // How the room is run is kept, so it is there after a restart.
    rig.set(SettingsChange {
        links_off: Some(true),
        ..SettingsChange::default()
    });
    rig.come_as(50, on_phone(5));
    rig.done(AdminCommand::Mute {
        room: hall(),
        user: UserId(5),
        seconds: 60,
    });
    rig
}

fn is_kept(rig: &Rig) -> bool {
    rig.stored.keys().any(|key| matches!(key, Key::MutedDevice(_)))
}

#[test]
fn a_mute_holds_for_the_device_after_a_restart() {
    let mut rig = muted().restarted();
    rig.come_as(60, on_phone(6));
    assert_eq!(rig.ask(60, chat("another identity")).unwrap_err(), Code::Muted);
    rig.come_as(70, Identity::new(UserId(7)));
    assert!(rig.ask(70, chat("another phone")).is_ok());
    assert!(is_kept(&rig));
    rig.done(AdminCommand::Unmute {
        room: hall(),
        user: UserId(5),
    });
    assert!(rig.ask(60, chat("free")).is_ok());
    assert!(!is_kept(&rig));
}

#[test]
fn a_mute_that_ends_by_itself_leaves_nothing_of_the_device() {
    let mut rig = muted();
    assert!(is_kept(&rig));
    rig.now.mono_ms += 60_000;
    rig.tell(Input::Tick);
    assert!(!is_kept(&rig));
}

#[test]
fn a_muted_person_names_no_new_room() {
    let mut rig = muted();
    for room in ["the till is empty", "hall two"] {
        let room = RoomName::new(room).unwrap();
        let create = Command::CreateRoom { room };
        assert_eq!(rig.ask(50, create).unwrap_err(), Code::Muted);
    }
    assert!(
        rig.ask(
            50,
            Command::Join {
                room: hall(),
                resume: None
            }
        )
        .is_ok(),
        "a room that is there"
    );
}
