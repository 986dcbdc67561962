//! Admin commands about many connections go on a slice at a time.

use super::rig::{Rig, chat, hall};
use super::*;
use crate::{
    limits::{self, SWEPT_CONNECTIONS},
    room::{AdminCommand, SettingsChange},
};

/// Connections in the room: two slices and a bit.
const CROWD: u64 = 2 * SWEPT_CONNECTIONS as u64 + 10;

fn crowd() -> Rig {
    let mut rig = Rig::new();
    for user in 3..=CROWD {
        rig.come(user);
    }
    assert_eq!(rig.hub.members(), CROWD as usize);
    rig
}

fn close(rig: &mut Rig, closed: bool) -> usize {
    let outputs = rig.set(SettingsChange {
        closed: Some(closed),
        ..Default::default()
    });
    detached(&outputs)
}

fn detached(outputs: &[Output]) -> usize {
    let detached = |output: &&Output| matches!(output, Output::Detach { .. });
    outputs.iter().filter(detached).count()
}

/// The next slice, if one is due: how many were put out.
fn go_on(rig: &mut Rig) -> Option<usize> {
    let (at_ms, _) = rig.hub.poll_timeout().filter(|(_, due)| *due == Due::Sweep)?;
    rig.now.mono_ms = at_ms;
    Some(detached(&rig.tell(Input::Tick)))
}

#[test]
fn a_crowd_is_put_out_in_slices() {
    let mut rig = crowd();
    assert_eq!(close(&mut rig, true), SWEPT_CONNECTIONS);
    assert_eq!(rig.ask(CROWD, chat("still here")).err(), Some(Code::RoomClosed));
    let rest: Vec<_> = std::iter::from_fn(|| go_on(&mut rig)).collect();
    assert!(rest.iter().all(|&count| count <= SWEPT_CONNECTIONS));
    assert_eq!(rest.iter().sum::<usize>(), CROWD as usize - SWEPT_CONNECTIONS);
    assert_eq!(rig.hub.members(), 0);
}

#[test]
fn a_room_that_opens_again_keeps_the_others() {
    let mut rig = crowd();
    close(&mut rig, true);
    close(&mut rig, false);
    assert_eq!(std::iter::from_fn(|| go_on(&mut rig)).sum::<usize>(), 0);
    assert_eq!(rig.hub.members(), CROWD as usize - SWEPT_CONNECTIONS);
}

#[test]
fn one_of_a_kind_is_under_way_and_others_have_their_turn() {
    let mut rig = crowd();
    close(&mut rig, true);
    let seats = rig.admin(AdminCommand::Seats { count: 3 });
    assert_eq!(detached(&seats), 0, "the room is emptied first");
    for count in [4, 5] {
        rig.admin(AdminCommand::Seats { count });
    }
    assert_eq!(
        rig.hub.sweeps.len(),
        3,
        "those inside are told, and looked at once more"
    );
    while go_on(&mut rig).is_some() {}
    assert_eq!((rig.hub.members(), rig.hub.sweeps.len()), (0, 0));
}

#[test]
fn who_is_in_a_log_is_known_until_their_last_entry_leaves_it() {
    let mut rig = Rig::new();
    rig.hub.limits.rate = false;
    let room = rig.hub.rooms.find(&hall()).unwrap();
    for text in ["one", "two"] {
        rig.ask(1, chat(text)).unwrap();
    }
    let has = |rig: &Rig, user| rig.hub.rooms.get(room).said_by(UserId(user)) > 0;
    assert!(has(&rig, 1) && !has(&rig, 2));
    for _ in 0..limits::RING_ENTRIES - 1 {
        rig.now.mono_ms += 1000;
        rig.ask(2, chat("and on")).unwrap();
    }
    assert!(has(&rig, 1), "the second one is the log's oldest");
    rig.now.mono_ms += 1000;
    rig.ask(2, chat("and on")).unwrap();
    assert!(!has(&rig, 1) && has(&rig, 2));
}
