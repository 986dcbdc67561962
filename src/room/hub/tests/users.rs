//! The table of people: one phone's identities take no one else's place in it.

use super::{
    device::{fresh, neighbour, request},
    rig::{Rig, chat, hall},
    *,
};
use crate::{limits, room::UserName};

/// People known of one device with the default limits.
const SHARE: u64 = 64 + limits::DEVICE_USERS as u64;

fn is_welcome(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| matches!(output, Output::Welcome { .. }))
}

fn passes(rig: &mut Rig, who: Identity) {
    let user = who.user;
    let outputs = rig.come_as(user.0, who);
    assert!(is_welcome(&outputs), "{outputs:?}");
    rig.tell(Input::Disconnect { conn: ConnId(user.0) });
}

fn known(rig: &Rig) -> u64 {
    rig.hub.people.at(fresh(0).address).count() as u64
}

#[test]
fn a_phone_with_a_fresh_identity_each_second_costs_nobody_a_name() {
    let mut rig = Rig::new();
    let name = UserName::new("Cleo").unwrap();
    let cleo = Identity {
        name: Some(name.clone()),
        ..neighbour()
    };
    passes(&mut rig, cleo);
    let first = 1000;
    for user in first..first + limits::USERS as u64 {
        rig.now.mono_ms += 1000;
        let who = Identity {
            name: Some(UserName::new("Mallory").unwrap()),
            ..fresh(user)
        };
        passes(&mut rig, who);
        if user == first + SHARE {
            assert!(!rig.hub.people.knows(UserId(first)), "the first one made way");
            assert!(!rig.stored.contains_key(&Key::Person(UserId(first))));
            assert!(rig.hub.people.knows(UserId(first + 1)));
        }
    }
    assert_eq!(known(&rig), SHARE);
    assert_eq!(
        rig.hub.people.person(neighbour().user).map(|cleo| cleo.name),
        Some(name)
    );
    assert!(rig.stored.contains_key(&Key::Person(neighbour().user)));
    assert_eq!(rig.stored.len() as u64, 1 + SHARE);
}

/// A hub of which a device has its share of people, all of whom have just used their rates.
fn busy() -> Rig {
    let mut rig = Rig::new();
    for user in 1000..1000 + SHARE {
        rig.now.mono_ms += 500;
        passes(&mut rig, fresh(user));
    }
    rig.now.mono_ms += 60_000;
    for user in 1000..1000 + SHARE {
        let outputs = request(&mut rig, fresh(user), &hall(), Command::Who);
        assert!(outputs.is_ok(), "{outputs:?}");
    }
    rig
}

#[test]
fn a_newcomer_waits_while_all_of_the_device_have_used_their_rates() {
    let mut rig = busy();
    let refused = request(&mut rig, fresh(5000), &hall(), chat("hello"));
    assert_eq!(refused.err(), Some(Code::Full));
    let outputs = rig.come_as(5000, fresh(5000));
    assert!(matches!(
        outputs[0],
        Output::Close {
            reason: CloseReason::Full,
            ..
        }
    ));
    assert!(rig.hub.people.knows(UserId(1000)), "nobody made way for a refused one");
    assert!(request(&mut rig, neighbour(), &hall(), chat("hello")).is_ok());
    assert!(request(&mut rig, fresh(1000), &hall(), chat("known")).is_ok());
    rig.now.mono_ms += 10_000;
    passes(&mut rig, fresh(5000));
    assert_eq!(known(&rig), SHARE);
}

#[test]
fn the_organizer_comes_in_beside_a_device_that_has_its_share() {
    let mut rig = busy();
    for user in [5000, 5001] {
        let who = Identity {
            operates: true,
            ..fresh(user)
        };
        let outputs = rig.tell(Input::Connect {
            conn: ConnId(user),
            who,
            leased: false,
            room: None,
            resume: None,
        });
        assert!(is_welcome(&outputs), "{outputs:?}");
    }
    assert_eq!(known(&rig), SHARE + 2);
    rig.now.mono_ms += 10_000;
    passes(&mut rig, fresh(6000));
    passes(&mut rig, fresh(6001));
    passes(&mut rig, fresh(6002));
    assert_eq!(known(&rig), SHARE, "the surplus goes");
}

#[test]
fn phones_behind_one_router_have_no_share() {
    let mut rig = Rig::shared();
    for user in 1000..=1000 + SHARE {
        passes(&mut rig, fresh(user));
    }
    assert_eq!(known(&rig), SHARE + 1);
}
