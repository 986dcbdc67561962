//! A room that is locked goes on with those who are in it, and remembers so many of them.

use super::{
    rig::{Rig, hall},
    *,
};
use crate::{
    limits::KNOWN_MEMBERS,
    room::{SettingsChange, StoredValue},
};

/// Two more than a room knows.
const CROWD: u64 = KNOWN_MEMBERS as u64 + 2;

fn lock(rig: &mut Rig, locked: bool) {
    rig.set(SettingsChange {
        locked: Some(locked),
        ..Default::default()
    });
}

#[test]
fn those_beyond_the_known_ones_stay_while_it_is_locked() {
    let mut rig = Rig::new();
    for user in 3..=CROWD {
        rig.come(user);
    }
    let room = rig.hub.rooms.find(&hall()).unwrap();
    lock(&mut rig, true);
    let policy = &rig.hub.rooms.get(room).policy;
    assert_eq!((policy.known.len(), policy.stayed.len()), (KNOWN_MEMBERS, 2));
    assert!((1..=CROWD).all(|user| policy.admits(UserId(user)).is_ok()));
    assert_eq!(
        policy.admits(UserId(CROWD + 1)).map_err(|it| it.code),
        Err(Code::Locked)
    );
    lock(&mut rig, false);
    let policy = &rig.hub.rooms.get(room).policy;
    assert_eq!((policy.known.len(), policy.stayed.len()), (KNOWN_MEMBERS, 0));
}

#[test]
fn a_newcomer_who_waits_stays_as_one() {
    let mut rig = Rig::new();
    rig.set(SettingsChange {
        newcomers_wait: Some(true),
        ..Default::default()
    });
    rig.come(3);
    lock(&mut rig, true);
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let policy = &rig.hub.rooms.get(room).policy;
    let ids = |users: &BTreeSet<UserId>| users.iter().map(|user| user.0).collect::<Vec<_>>();
    assert_eq!((ids(&policy.known), ids(&policy.stayed)), (vec![1, 2], vec![3]));
}

/// The ids of a crowd as JSON would take half of what an input may.
#[test]
fn a_crowd_is_encoded_by_the_store() {
    let mut rig = Rig::new();
    for user in 3..=CROWD {
        rig.come(user);
    }
    let outputs = rig.set(SettingsChange {
        locked: Some(true),
        ..Default::default()
    });
    let value = outputs.iter().find_map(|output| match output {
        Output::Persist {
            key: Key::Room(_),
            value,
        } => value.as_ref(),
        _ => None,
    });
    let Some(StoredValue::Room(kept)) = value else {
        panic!("{value:?}")
    };
    assert_eq!((kept.known.len(), kept.stayed.len()), (KNOWN_MEMBERS, 2));
    let weight = StoredValue::Room(kept.clone()).weight();
    let json = StoredValue::Room(kept.clone()).json().len();
    assert!((json..=json + 512).contains(&weight), "{weight} for {json} bytes");
    let mut rig = rig.restarted();
    let room = rig.hub.rooms.find(&hall()).unwrap();
    let policy = &rig.hub.rooms.get(room).policy;
    assert_eq!((policy.known.len(), policy.stayed.len()), (KNOWN_MEMBERS, 2));
    lock(&mut rig, false);
    lock(&mut rig, true);
    let policy = &rig.hub.rooms.get(room).policy;
    assert_eq!(policy.known.len(), KNOWN_MEMBERS);
}
