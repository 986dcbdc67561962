//! A wipe empties the rooms at once, and closes a crowd a slice at a time.

use super::rig::{Rig, chat};
use super::*;
use crate::limits::SWEPT_CONNECTIONS;

const CROWD: u64 = SWEPT_CONNECTIONS as u64 + 10;

fn closed(outputs: &[Output]) -> usize {
    let wiped = |output: &&Output| {
        matches!(
            output,
            Output::Close {
                reason: CloseReason::Wiped,
                ..
            }
        )
    };
    outputs.iter().filter(wiped).count()
}

fn wiped() -> (Rig, Vec<Output>) {
    let mut rig = Rig::new();
    for user in 3..=CROWD {
        rig.come(user);
    }
    rig.ask(1, chat("a secret")).unwrap();
    let outputs = rig.tell(Input::Wipe);
    (rig, outputs)
}

fn next_slice(rig: &mut Rig) -> Vec<Output> {
    rig.now.mono_ms += crate::limits::SWEPT_PAUSE_MS;
    rig.tell(Input::Tick)
}

#[test]
fn a_crowd_is_closed_in_slices_and_can_read_and_say_nothing_meanwhile() {
    let (mut rig, outputs) = wiped();
    assert_eq!(closed(&outputs), SWEPT_CONNECTIONS);
    let all = || Command::History {
        before: None,
        limit: None,
    };
    for command in [all(), chat("still here")] {
        assert_eq!(rig.ask(CROWD, command).err(), Some(Code::Closing));
    }
    rig.come(CROWD + 1);
    let Ok(Reply::History { entries, .. }) = rig.ask(CROWD + 1, all()) else {
        panic!("a newcomer reads the new room")
    };
    assert!(entries.is_empty(), "{entries:?}");
    rig.tell(Input::Disconnect {
        conn: ConnId(CROWD + 1),
    });
    assert_eq!((rig.hub.members(), rig.hub.connections()), (0, 10));
    assert_eq!(closed(&next_slice(&mut rig)), 10);
    assert_eq!((rig.hub.connections(), rig.hub.sweeps.len()), (0, 0));
}

#[test]
fn a_connection_that_ends_by_itself_is_not_closed_again() {
    let (mut rig, _) = wiped();
    rig.tell(Input::Disconnect { conn: ConnId(CROWD) });
    assert_eq!(closed(&next_slice(&mut rig)), 9);
}

#[test]
fn a_second_wipe_and_the_stop_close_those_that_are_left() {
    let (mut rig, _) = wiped();
    rig.come(CROWD + 1);
    assert_eq!(closed(&rig.tell(Input::Wipe)), 11, "both crowds");
    let (mut rig, _) = wiped();
    let outputs = rig.tell(Input::Shutdown);
    assert_eq!(
        outputs
            .iter()
            .filter(|output| matches!(output, Output::Close { .. }))
            .count(),
        10
    );
}
