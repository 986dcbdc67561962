use super::*;
use crate::{limits::CONTROL_ENTRIES, room::log::tests::Item};

const ME: UserId = UserId(7);

/// Everything that is due, as short texts.
fn drain(cursor: &mut Cursor<&'static str>, log: &Log<Item>) -> Vec<String> {
    let mut out = Vec::new();
    loop {
        match cursor.next(log) {
            Next::Idle => return out,
            Next::Gap(gap) => out.push(format!("gap {}-{} {}", gap.from, gap.to, gap.missed)),
            Next::Entry(item) => out.push(item.seq.to_string()),
            Next::Direct(direct) => out.push((*direct).to_owned()),
        }
        cursor.accept(log);
    }
}

fn filled(ring: usize, seqs: std::ops::RangeInclusive<Seq>, controls: &[Seq]) -> Log<Item> {
    let mut log = Log::starting_at(seqs.start() - 1, ring);
    fill(&mut log, seqs, controls);
    log
}

fn fill(log: &mut Log<Item>, seqs: std::ops::RangeInclusive<Seq>, controls: &[Seq]) {
    for seq in seqs {
        log.push(if controls.contains(&seq) {
            Item::control(seq)
        } else {
            Item::chat(seq)
        });
    }
}

#[test]
fn direct_frames_keep_their_place_between_entries() {
    let mut log = filled(100, 1..=2, &[]);
    let mut cursor = Cursor::new(ME, 0);
    cursor.push_direct(2, "ack 2").unwrap();
    fill(&mut log, 3..=3, &[]);
    cursor.push_direct(3, "ack 3").unwrap();
    cursor.push_direct(3, "dm").unwrap();
    fill(&mut log, 4..=4, &[]);
    assert_eq!(drain(&mut cursor, &log), ["1", "2", "ack 2", "3", "ack 3", "dm", "4"]);
    assert!(cursor.is_idle(&log));
    assert!(cursor.direct.is_none(), "a drained queue is freed");
}

#[test]
fn next_shows_the_same_until_it_is_accepted() {
    let log = filled(100, 1..=2, &[]);
    let mut cursor = Cursor::<()>::new(ME, 0);
    assert_eq!(cursor.next(&log), Next::Entry(&Item::chat(1)));
    assert_eq!(cursor.next(&log), Next::Entry(&Item::chat(1)));
    cursor.accept(&log);
    assert_eq!(cursor.next(&log), Next::Entry(&Item::chat(2)));
}

#[test]
fn a_gap_counts_what_is_lost_and_replays_the_controls() {
    let log = filled(3, 1..=10, &[2, 5, 9]);
    let mut cursor = Cursor::new(ME, 3);
    cursor.push_direct(5, "dm").unwrap();
    assert_eq!(cursor.plain_run(&log), None);
    assert_eq!(drain(&mut cursor, &log), ["gap 4-7 3", "5", "dm", "8", "9", "10"]);
    let mut cursor = Cursor::new(ME, 4);
    cursor.push_direct(4, "dm").unwrap();
    assert_eq!(drain(&mut cursor, &log), ["dm", "gap 5-7 2", "5", "8", "9", "10"]);
}

#[test]
fn what_was_shed_for_want_of_memory_is_a_gap_like_any_other() {
    let mut log = filled(100, 1..=10, &[5]);
    let (mut slow, mut quick) = (Cursor::<&str>::new(ME, 3), Cursor::<&str>::new(ME, 8));
    log.shed(8);
    assert_eq!(drain(&mut slow, &log), ["gap 4-7 3", "5", "8", "9", "10"]);
    assert_eq!(drain(&mut quick, &log), ["9", "10"]);
    // In the middle of what was promised.
    let mut replays = Cursor::<&str>::new(ME, 3);
    assert_eq!(
        replays.next(&log),
        Next::Gap(Gap {
            from: 4,
            to: 7,
            missed: 3
        })
    );
    replays.accept(&log);
    log.shed(10);
    assert_eq!(drain(&mut replays, &log), ["5", "gap 8-9 2", "10"]);
}

#[test]
fn a_gap_of_controls_alone_is_none() {
    let log = filled(1, 1..=3, &[1, 2]);
    assert_eq!(drain(&mut Cursor::new(ME, 0), &log), ["1", "2", "3"]);
}

#[test]
fn controls_that_are_lost_during_their_replay_are_counted() {
    let controls: Vec<Seq> = (1..=400).collect();
    let mut log = filled(1, 1..=100, &controls);
    fill(&mut log, 101..=110, &[]);
    let mut cursor = Cursor::<()>::new(ME, 0);
    assert_eq!(
        cursor.next(&log),
        Next::Gap(Gap {
            from: 1,
            to: 109,
            missed: 9
        })
    );
    cursor.accept(&log);
    assert_eq!(cursor.next(&log), Next::Entry(&Item::control(1)));
    cursor.accept(&log);
    // Leaves 10 of the promised 99.
    let after = 111..=(110 + CONTROL_ENTRIES as Seq - 10);
    fill(&mut log, after.clone(), &controls);
    assert_eq!(
        cursor.next(&log),
        Next::Gap(Gap {
            from: 2,
            to: 90,
            missed: 89
        })
    );
    cursor.accept(&log);
    for seq in 91..=100 {
        assert_eq!(cursor.next(&log), Next::Entry(&Item::control(seq)));
        cursor.accept(&log);
    }
    // The only one lost after the replay's end: 110.
    assert_eq!(
        cursor.next(&log),
        Next::Gap(Gap {
            from: 110,
            to: after.end() - 1,
            missed: 1
        })
    );
}

#[test]
fn what_skips_the_member_is_passed_over() {
    let mut log = filled(100, 1..=1, &[]);
    let mut cursor = Cursor::new(ME, 1);
    log.push(Item {
        skip: Some(ME),
        ..Item::chat(2)
    });
    log.push(Item {
        skip: Some(UserId(8)),
        ..Item::chat(3)
    });
    cursor.push_direct(3, "ack").unwrap();
    log.push(Item {
        skip: Some(ME),
        ..Item::chat(4)
    });
    assert_eq!(drain(&mut cursor, &log), ["3", "ack"]);
    assert_eq!(cursor.cursor(), 4);
    assert!(cursor.is_idle(&log));
}

#[test]
fn the_direct_queue_is_bounded() {
    let mut cursor = Cursor::new(ME, 0);
    for n in 0..DIRECT_FRAMES {
        cursor.push_direct(0, n).unwrap();
    }
    assert_eq!(cursor.push_direct(0, DIRECT_FRAMES), Err(DIRECT_FRAMES));
    assert_eq!(cursor.direct_len(), DIRECT_FRAMES);
}

#[test]
fn joining_elsewhere_keeps_the_direct_frames_first() {
    let old = filled(100, 1..=9, &[]);
    let new = filled(100, 1..=3, &[]);
    let mut cursor = Cursor::new(ME, 5);
    cursor.push_direct(9, "dm").unwrap();
    cursor.leave();
    cursor.push_direct(0, "ack").unwrap();
    cursor.rejoin(2);
    assert_eq!(drain(&mut cursor, &new), ["dm", "ack", "3"]);
    assert!(!old.is_empty());
}

#[test]
fn without_a_room_only_direct_frames_come() {
    let empty = Log::new(0);
    let mut cursor = Cursor::new(ME, 0);
    assert!(cursor.is_idle(&empty));
    cursor.push_direct(0, "dm").unwrap();
    assert_eq!(drain(&mut cursor, &empty), ["dm"]);
}

#[test]
fn a_plain_run_may_be_written_by_the_caller() {
    let log = filled(3, 1..=5, &[]);
    let mut cursor = Cursor::<()>::new(ME, 2);
    assert_eq!(cursor.plain_run(&log), Some(3));
    cursor.jump(5);
    assert_eq!(cursor.plain_run(&log), Some(6));
    assert!(cursor.is_idle(&log));
    cursor.push_direct(5, ()).unwrap();
    assert_eq!(cursor.plain_run(&log), None);
}
