use super::{
    rig::{self, Rig, chat, hall, reply},
    *,
};
use crate::{
    limits,
    room::{AdminCommand, Body, Control, Measure, SettingsChange},
};

fn other() -> RoomName {
    RoomName::new("other").unwrap()
}

fn newcomers_wait(rig: &mut Rig, room: &RoomName) {
    let set = SettingsChange {
        newcomers_wait: Some(true),
        ..SettingsChange::default()
    };
    let room = room.clone();
    rig.done(AdminCommand::Settings { room, set });
}

/// A person on a connection of the same number, who joins a room and says something there.
fn says_in(rig: &mut Rig, user: u64, room: &RoomName, text: &str) -> Reply {
    let join = Command::Join {
        room: room.clone(),
        resume: None,
    };
    rig.ask(user, join).unwrap();
    rig.ask(user, chat(text)).unwrap()
}

/// The rooms in which it is said that someone was let in, and how much of what waited is shown.
fn let_in(outputs: &[Output]) -> (Vec<String>, usize) {
    let entries = outputs.iter().filter_map(|output| match output {
        Output::Append { entry, .. } => Some(entry),
        _ => None,
    });
    let (told, shown): (Vec<_>, Vec<_>) = entries.partition(|entry| {
        matches!(
            entry.body,
            Body::Control(Control::Moderated {
                did: Measure::Admit,
                ..
            })
        )
    });
    (told.iter().map(|entry| entry.room.to_string()).collect(), shown.len())
}

#[test]
fn a_refused_admit_has_no_effect() {
    let mut rig = Rig::new();
    let user = UserId(99);
    newcomers_wait(&mut rig, &hall());
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let known = &mut rig.hub.rooms.get_mut(room).policy.known;
    known.extend(
        (0..)
            .map(|id| UserId(1 << 32 | id))
            .take(limits::KNOWN_MEMBERS - known.len()),
    );
    let kept = rig.stored.clone();
    let outputs = rig.admin(AdminCommand::Admit {
        room: Some(hall()),
        user,
    });
    assert_eq!(reply(&outputs).unwrap_err(), Code::Full);
    let changes = |output: &Output| matches!(output, Output::Append { .. } | Output::Persist { .. });
    assert!(!outputs.iter().any(changes), "{outputs:?}");
    assert_eq!(rig.stored, kept);
    assert!(!rig.hub.access_records.is_admitted(user));
    assert!(!rig.hub.rooms.get(room).policy.known.contains(&user));
    rig.done(AdminCommand::Admit { room: None, user });
    assert!(
        rig.hub.access_records.is_known_everywhere(user),
        "without a room it takes no place there"
    );
}

#[test]
fn who_is_let_in_without_a_room_is_a_newcomer_nowhere() {
    let mut rig = Rig::new();
    let rooms = ["a", "b", "c"].map(|name| RoomName::new(name).unwrap());
    for room in &rooms {
        newcomers_wait(&mut rig, room);
    }
    rig.come(3);
    for room in &rooms[..2] {
        assert!(matches!(says_in(&mut rig, 3, room, "hi"), Reply::Held { .. }));
    }
    let user = UserId(3);
    let outputs = rig.admin(AdminCommand::Admit { room: None, user });
    assert_eq!(let_in(&outputs), (vec!["a".into(), "b".into()], 2), "where they wait");
    // In rooms that let newcomers wait later, too, and after a restart; a ban ends it.
    newcomers_wait(&mut rig, &other());
    assert!(matches!(says_in(&mut rig, 3, &other(), "hi"), Reply::Sent { .. }));
    let mut rig = rig.restarted();
    rig.come(1);
    rig.come(3);
    assert!(matches!(says_in(&mut rig, 3, &rooms[2], "hi"), Reply::Sent { .. }));
    rig.done(AdminCommand::Ban { user, address: false });
    rig.done(AdminCommand::Unban { user });
    rig.come(3);
    assert!(matches!(says_in(&mut rig, 3, &rooms[2], "hi"), Reply::Held { .. }));
}

#[test]
fn who_is_let_in_without_a_room_stays_outside_a_locked_one() {
    let mut rig = Rig::new();
    newcomers_wait(&mut rig, &hall());
    rig.set(SettingsChange {
        locked: Some(true),
        ..SettingsChange::default()
    });
    let user = UserId(3);
    rig.done(AdminCommand::Admit { room: None, user });
    rig.come(3);
    assert!(!rig.hub.is_inside(ConnId(3)));
    let room = Some(hall());
    rig.done(AdminCommand::Admit { room, user });
    rig.come_as(33, Identity::new(user));
    assert!(rig.hub.is_inside(ConnId(33)));
}

#[test]
fn what_waits_in_many_rooms_is_shown_in_slices() {
    let mut config = rig::config();
    (config.limits.per_address, config.limits.rate) = (None, false);
    let mut rig = Rig::with(config);
    rig.come(3);
    let rooms: Vec<_> = (0..limits::ROOMS / 2 - 1)
        .map(|number| RoomName::new(&format!("r{number}")).unwrap())
        .collect();
    const EACH: usize = 10;
    for room in &rooms {
        newcomers_wait(&mut rig, room);
        for _ in 0..EACH {
            says_in(&mut rig, 3, room, "hi");
        }
    }
    let user = UserId(3);
    let mut outputs = rig.admin(AdminCommand::Admit { room: None, user });
    let (mut told, mut shown) = (0, 0);
    loop {
        let (rooms, messages) = let_in(&outputs);
        assert!(rooms.len() + messages <= limits::SWEPT_MESSAGES + limits::APPROVAL_QUEUE);
        told += rooms.len();
        shown += messages;
        let Some((at_ms, _)) = rig.hub.poll_timeout().filter(|(_, due)| *due == Due::Sweep) else {
            break;
        };
        rig.now.mono_ms = at_ms;
        outputs = rig.tell(Input::Tick);
    }
    assert_eq!((told, shown), (rooms.len(), rooms.len() * EACH));
    assert!(matches!(says_in(&mut rig, 3, &rooms[0], "hi"), Reply::Sent { .. }));
}
