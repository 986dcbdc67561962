//! The state that is read at the start stays within the memory budget.

use super::*;

const TEXT: usize = 8000;
const MESSAGES: Seq = 200;

fn said(room: &str, seq: Seq) -> Op {
    let mut entry = Entry::clone(&entry(seq, chat(&"x".repeat(TEXT))));
    entry.room = RoomName::new(room).unwrap();
    entry.at += u64::from(room == "newest") + seq;
    Op::Append(Arc::new(entry))
}

#[test]
fn rooms_are_restored_within_the_memory_budget() {
    let dir = Dir::new();
    let limits = Limits {
        memory_mib: 16,
        keep_days: 0,
        ..Limits::default()
    };
    let mut running = dir.open_with(&limits);
    for room in ["older", "old", "newest"] {
        running.write((1..=MESSAGES).map(|seq| said(room, seq)).collect());
    }
    running.end();
    let running = dir.open_with(&limits);
    let rooms = &running.0.restored.rooms;
    assert_eq!(rooms.len(), 3, "no room is left out");
    let bytes: usize = rooms
        .iter()
        .flat_map(|room| &room.entries)
        .map(|entry| entry.weight())
        .sum();
    let share = (16 << 20) / limits::RESTORE_SHARE;
    assert!(
        bytes <= share + 3 * 2 * TEXT && bytes + 4 * TEXT > share / 8 * 7,
        "{bytes} of {share}"
    );
    for room in rooms {
        let last = room.entries.last().map(|entry| entry.seq);
        assert_eq!(
            (room.head, room.oldest, last),
            (MESSAGES, 1, Some(MESSAGES)),
            "{}",
            room.name
        );
    }
    let newest = rooms
        .iter()
        .find(|room| room.name.as_str() == "newest")
        .expect("it is there");
    assert_eq!(newest.entries.len() as Seq, MESSAGES, "what was used last is whole");
}
