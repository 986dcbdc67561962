//! Copies of the database: of one moment while a server writes, compared with it later.

use super::*;
use crate::store::{BEFORE_RESTORE, check_copy, compare, snapshot, wipe};

/// A checked copy of `dir`.
fn copied(dir: &Dir) -> Dir {
    let copy = Dir::new();
    snapshot(&dir.0, &copy.file()).unwrap();
    check_copy(&copy.0).unwrap();
    copy
}

#[test]
fn a_copy_of_a_running_store_is_of_one_moment_and_begins_new_epochs() {
    let dir = Dir::new();
    let mut running = dir.open();
    (1..=3).for_each(|seq| running.say(seq, "message"));
    let copy = copied(&dir);
    (4..=5).for_each(|seq| running.say(seq, "message"));
    running.end();
    assert_eq!(compare(&dir.0, &copy.0).unwrap().lost, 2);
    let hall = copy.hall();
    assert_eq!((hall.head, hall.entries.len()), (3, 3));
    assert_ne!(hall.epochs.epoch, Epoch(0x1f), "no client goes on in another history");
    assert_eq!(
        &*hall.epochs.before,
        [(Epoch(0x1f), 3)],
        "up to there the two are the same"
    );
    assert_eq!(dir.hall().epochs.epoch, Epoch(0x1f), "the original ended in order");
}

#[test]
fn what_was_hidden_or_wiped_since_is_told() {
    let dir = Dir::new();
    let mut running = dir.open();
    (1..=3).for_each(|seq| running.say(seq, "message"));
    let before = copied(&dir);
    running.write(vec![hide(Hide::Entry { seq: 2 }, 2)]);
    running.end();
    let told = compare(&dir.0, &before.0).unwrap();
    assert_eq!((told.messages, told.hidden, told.lost, told.wiped_at), (3, 1, 0, None));
    assert_eq!(
        compare(&dir.0, &copied(&dir).0).unwrap().hidden,
        0,
        "it is hidden in both"
    );

    fs::create_dir_all(dir.0.join(BEFORE_RESTORE)).unwrap();
    fs::write(dir.0.join(BEFORE_RESTORE).join("chatterbox.db"), "message 1").unwrap();
    wipe(&dir.0).unwrap();
    assert!(!dir.0.join(BEFORE_RESTORE).exists(), "a wipe removes copies as well");
    let told = compare(&dir.0, &before.0).unwrap();
    assert!(told.wiped_at.is_some(), "{told:?}");
    assert_eq!(
        compare(&dir.0, &copied(&dir).0).unwrap().wiped_at,
        None,
        "it has the wipe"
    );
}

#[test]
fn another_database_is_compared_by_its_number_of_messages_only() {
    let (dir, other, none) = (Dir::new(), Dir::new(), Dir::new());
    for dir in [&dir, &other] {
        let mut running = dir.open();
        (1..=2).for_each(|seq| running.say(seq, "message"));
        running.end();
    }
    let copy = copied(&dir);
    let told = compare(&other.0, &copy.0).unwrap();
    assert_eq!((told.rooms, told.messages, told.lost, told.hidden), (1, 2, 2, 0));
    assert_eq!(compare(&none.0, &copy.0).unwrap().lost, 0, "a new box");
}
