//! The users known at an address: the index agrees with a scan of all users.

use std::collections::BTreeSet;

use super::rig::Rig;
use super::*;

fn come(rig: &mut Rig, conn: u64, user: u64, address: u64) {
    let who = Identity {
        address: AddressTag(address),
        ..Identity::new(UserId(user))
    };
    rig.come_as(conn, who);
}

fn known_at(rig: &Rig, address: u64) -> Vec<u64> {
    let address = AddressTag(address);
    let known = rig.hub.known_at(address);
    let connected = rig.hub.conns.values().filter(|state| state.address == address);
    let last = rig.hub.people.addresses().filter(|&(_, theirs)| theirs == address);
    let walked: BTreeSet<_> = connected
        .map(|state| state.user)
        .chain(last.map(|(user, _)| user))
        .collect();
    assert_eq!(known, walked);
    known.into_iter().map(|user| user.0).collect()
}

#[test]
fn an_address_knows_its_connections_and_who_came_from_it_last() {
    let mut rig = Rig::new();
    come(&mut rig, 50, 7, 100);
    come(&mut rig, 51, 8, 100);
    assert_eq!(known_at(&rig, 100), [7, 8]);
    come(&mut rig, 52, 7, 101);
    assert_eq!(known_at(&rig, 100), [7, 8], "one of the two connections is there still");
    rig.tell(Input::Disconnect { conn: ConnId(50) });
    assert_eq!((known_at(&rig, 100), known_at(&rig, 101)), (vec![8], vec![7]));
    rig.tell(Input::Disconnect { conn: ConnId(52) });
    assert_eq!(known_at(&rig, 101), [7], "it was the last one");
    rig.tell(Input::Wipe);
    assert_eq!((known_at(&rig, 100), known_at(&rig, 101)), (vec![], vec![]));
}

#[test]
fn an_address_forgets_a_user_who_makes_way() {
    let mut rig = Rig::new();
    let mut now = rig.now;
    let users = crate::limits::USERS as u64;
    let people = &mut rig.hub.people;
    for user in 100..100 + users {
        now.mono_ms += 1000;
        let _ = people.meet(UserId(user), &crate::room::UserName::made_up(UserId(user)), now);
        people.came_from(UserId(user), AddressTag(user));
        people.file(UserId(user));
    }
    assert!(!people.knows(UserId(100)), "the first one made way");
    assert!(known_at(&rig, 100).is_empty());
    assert_eq!(known_at(&rig, 100 + users - 1), [100 + users - 1]);
}
