use std::{
    fs,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU32},
};

mod budget;
mod copies;
mod faults;
mod placed;
mod private;
mod tools;

use super::*;
use crate::room::{Body, Entry, Hide, Key, MsgId, Person, Role, RoomName, Said, Seq, Token, UserId, UserName};

/// A directory that is removed at the end of the test.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("chatterbox-store-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    fn open(&self) -> Running {
        self.open_with(&Limits::default())
    }

    fn open_with(&self, limits: &Limits) -> Running {
        Running(open(&self.0, limits).unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.join(crate::store::private::FILE)
    }

    /// Whether any file contains these words.
    fn has(&self, words: &str) -> bool {
        let files = fs::read_dir(&self.0).unwrap();
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap_or_default());
        let bytes: Vec<u8> = files.flatten().collect();
        bytes.windows(words.len()).any(|part| part == words.as_bytes())
    }

    /// The restored state of the one room.
    fn hall(&self) -> crate::room::RestoredRoom {
        let mut running = self.open();
        let hall = running.0.restored.rooms.pop().expect("the room is there");
        running.end();
        hall
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Running(Store);

impl Running {
    fn write(&mut self, ops: Vec<Op>) {
        self.0.journal.write(0, ops).expect("the disk works");
        while !self.0.journal.is_done() {
            self.hear();
        }
    }

    fn hear(&mut self) -> Event {
        let event = self.0.events.blocking_recv().expect("the writer lives");
        self.0.journal.heard(0, &event);
        event
    }

    fn say(&mut self, seq: Seq, text: &str) {
        self.write(vec![Op::Append(entry(seq, chat(text)))]);
    }

    fn end(mut self) {
        self.0.journal.end();
        self.0.ending.wait();
    }

    /// Ends as a crash does: without an orderly end.
    fn vanish(self) {
        let Store {
            journal,
            events,
            ending,
            ..
        } = self.0;
        drop((journal, events));
        ending.wait();
    }
}

fn hall() -> RoomName {
    RoomName::new("hall").unwrap()
}

pub(super) fn chat(text: &str) -> Body {
    Body::Said(Said::Chat {
        text: text.into(),
        more: "".into(),
        re: None,
        edited: false,
    })
}

pub(super) fn entry(seq: Seq, body: Body) -> Arc<Entry> {
    Arc::new(Entry {
        room: hall(),
        epoch: Epoch(0x1f),
        seq,
        id: MsgId::new(&format!("m{seq}")).unwrap(),
        from: Person {
            id: UserId(u64::MAX - 1),
            name: UserName::new("Ann").unwrap(),
            role: Role::Guest,
        },
        at: limits::CLOCK_SET_MS + seq,
        skip: (seq == 2).then_some(UserId(u64::MAX - 1)),
        body,
    })
}

fn hide(what: Hide, to: Seq) -> Op {
    Op::Hide {
        room: hall(),
        epoch: Epoch(0x1f),
        what,
        to,
        known: [].into(),
    }
}

fn wanted(from: Seq, to: Seq, limit: usize, newest: bool) -> Wanted {
    Wanted {
        room: hall(),
        epoch: Epoch(0x1f),
        from,
        to,
        limit,
        newest,
        user: None,
    }
}

fn shown(entries: &[Arc<Entry>]) -> Vec<String> {
    entries.iter().map(|entry| format!("{entry:?}")).collect()
}

#[test]
fn stored_state_is_restored_unchanged() {
    let dir = Dir::new();
    let entries = vec![
        entry(1, chat("héllo")),
        entry(
            2,
            Body::Said(Said::Chat {
                text: "more".into(),
                more: "1,{\"a\":[true]}".into(),
                re: Some(Box::new(crate::room::Reference {
                    seq: 1,
                    id: MsgId::new("m1").unwrap(),
                })),
                edited: false,
            }),
        ),
        entry(
            3,
            Body::Said(Said::Gift {
                name: Token::new("rose").unwrap(),
                count: 3,
                to: Some(UserId(7)),
            }),
        ),
        entry(4, Body::Said(Said::Announce { text: "so".into() })),
    ];
    let mut running = dir.open();
    let mut ops: Vec<_> = entries.iter().cloned().map(Op::Append).collect();
    let key = Key::Person(UserId(7));
    ops.push(Op::Persist(key.clone(), Some("{\"name\":\"Bo\"}".into())));
    ops.push(Op::Persist(Key::Tally(hall()), Some("{}".into())));
    ops.push(Op::Persist(Key::Tally(hall()), None));
    running.write(ops);
    running.end();

    let running = dir.open();
    let restored = &running.0.restored;
    assert_eq!(restored.values, [(key, "{\"name\":\"Bo\"}".into())]);
    let room = &restored.rooms[0];
    assert_eq!((room.head, room.oldest), (4, 1));
    assert_eq!(room.epochs, crate::room::EpochHistory::first(Epoch(0x1f)));
    assert_eq!(shown(&room.entries), shown(&entries));
    running.end();
}

#[test]
fn an_epoch_stays_only_if_nothing_can_be_missing() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "one");
    running.end();
    assert_eq!(dir.hall().epochs.epoch, Epoch(0x1f));

    let mut running = dir.open();
    running.say(2, "two");
    running.vanish();
    let hall = dir.hall();
    assert_ne!(hall.epochs.epoch, Epoch(0x1f));
    assert_eq!(*hall.epochs.before, [(Epoch(0x1f), 2)]);
    assert!(hall.entries.iter().all(|entry| entry.epoch == hall.epochs.epoch));
    // That run ended in order, so its epoch continues.
    assert_eq!(dir.hall().epochs, hall.epochs);
}

#[test]
fn ids_and_controls_from_before_the_log_come_back() {
    let dir = Dir::new();
    let mut running = dir.open();
    let announce = |seq| {
        let text = "so".into();
        Op::Append(entry(seq, Body::Said(Said::Announce { text })))
    };
    let last = limits::RING_ENTRIES as Seq + 5;
    let ops = (1..=last).map(|seq| {
        if seq == 2 {
            announce(seq)
        } else {
            Op::Append(entry(seq, chat("x")))
        }
    });
    running.write(ops.collect());
    running.end();
    let hall = dir.hall();
    assert_eq!(
        (hall.head, hall.entries[0].seq, hall.entries.len()),
        (last, 6, limits::RING_ENTRIES)
    );
    assert_eq!(hall.controls.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [2]);
    let ids: Vec<_> = hall.accepted.iter().map(|(_, id, _)| id.as_str()).collect();
    assert_eq!(ids, ["m1", "m2", "m3", "m4", "m5"]);
}

#[test]
fn pages_are_read_from_both_ends() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=9).map(|seq| Op::Append(entry(seq, chat("x")))).collect());
    let read = |from, to, limit, newest, user| {
        let (answer, page) = mpsc::channel();
        let user = Some(UserId(user));
        let wanted = Wanted {
            user,
            ..wanted(from, to, limit, newest)
        };
        let reply = move |page| answer.send(page).unwrap();
        assert!(running.0.reads.ask(wanted, reply));
        let page: Page = page.recv().unwrap();
        (
            page.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            page.more,
        )
    };
    assert_eq!(read(1, 9, 3, false, 0), (vec![1, 2, 3], true));
    assert_eq!(read(1, 5, 3, true, 0), (vec![3, 4, 5], true));
    assert_eq!(read(1, 3, 9, true, u64::MAX - 1), (vec![1, 3], false));
    assert_eq!(read(8, 20, 9, false, 0), (vec![8, 9], false));
    running.end();
}

#[test]
fn pruned_entries_give_their_space_back() {
    let dir = Dir::new();
    let limits = Limits {
        keep_entries: 50,
        keep_days: 0,
        ..Limits::default()
    };
    let mut running = dir.open_with(&limits);
    let text = "x".repeat(2000);
    running.write((1..=1500).map(|seq| Op::Append(entry(seq, chat(&text)))).collect());
    let mut oldest = 1;
    while oldest < 1451 {
        if let Event::Pruned { oldest: now, .. } = running.hear() {
            oldest = now;
        }
    }
    assert_eq!(oldest, 1451);
    running.end();
    let bytes = fs::metadata(dir.file()).unwrap().len();
    let kept = limits::STORE_FREE_PAGES * limits::STORE_PAGE_BYTES as u64;
    assert!(bytes < kept + 300_000, "{bytes} of 3,000,000");
    let hall = dir.hall();
    assert_eq!((hall.oldest, hall.head, hall.entries.len()), (1451, 1500, 50));
}

#[test]
fn entries_expire_by_age_unless_their_clock_was_unset() {
    let dir = Dir::new();
    let of_1970 = |seq| {
        let mut entry = entry(seq, chat("x"));
        let entry_then = Arc::make_mut(&mut entry);
        (entry_then.at, entry_then.room) = (seq, RoomName::new("unset").unwrap());
        Op::Append(entry)
    };
    let mut running = dir.open();
    running.write(vec![of_1970(1), Op::Append(entry(1, chat("of January")))]);
    while !matches!(running.hear(), Event::Pruned { oldest: 2, .. }) {}
    running.end();
    let running = dir.open();
    let rooms = running.0.restored.rooms.iter();
    let values: Vec<_> = rooms
        .map(|room| (room.name.as_str(), room.head, room.entries.len()))
        .collect();
    assert_eq!(
        values,
        [("hall", 1, 0), ("unset", 1, 1)],
        "a number is not given out twice"
    );
    running.end();
}

#[test]
fn the_oldest_entries_go_when_the_file_exceeds_its_limit() {
    let dir = Dir::new();
    let limits = Limits {
        store_mib: 1,
        keep_days: 0,
        ..Limits::default()
    };
    let mut running = dir.open_with(&limits);
    let text = "x".repeat(2000);
    running.write((1..=1500).map(|seq| Op::Append(entry(seq, chat(&text)))).collect());
    let mut oldest = 1;
    while oldest < 1001 {
        if let Event::Pruned { oldest: now, .. } = running.hear() {
            oldest = now;
        }
    }
    running.end();
    let hall = dir.hall();
    assert_eq!(
        (hall.oldest, hall.head),
        (1201, 1500),
        "300 of 2,000 bytes each find a place"
    );
}

#[test]
fn a_flood_in_one_room_costs_no_other_room_its_messages_and_the_file_keeps_its_bound() {
    let dir = Dir::new();
    let limits = Limits {
        store_mib: 2,
        keep_days: 0,
        ..Limits::default()
    };
    let mut running = dir.open_with(&limits);
    // An evening in the hall, older than all of the flood.
    running.write(
        (1..=500)
            .map(|seq| Op::Append(entry(seq, chat(&"x".repeat(500)))))
            .collect(),
    );
    let flood = RoomName::new("flood").unwrap();
    let most = limits.store_mib * 1024 * 1024 + limits::STORE_WAL_BYTES as u64;
    let mut largest = 0;
    for group in 0..40 {
        let seqs = group * 100 + 1..=group * 100 + 100;
        let entries = seqs.map(|seq| {
            let mut said = (*entry(seq, chat(&"y".repeat(8000)))).clone();
            said.room = flood.clone();
            Op::Append(Arc::new(said))
        });
        running.write(entries.collect());
        let file = std::fs::metadata(dir.0.join("chatterbox.db")).unwrap();
        largest = largest.max(file.len());
    }
    running.end();
    assert!(largest <= most, "{largest} of {most}");
    let running = dir.open();
    let rooms = &running.0.restored.rooms;
    let kept = |name: &RoomName| rooms.iter().find(|room| room.name == *name).unwrap();
    let (quiet, flooded) = (kept(&hall()), kept(&flood));
    assert_eq!((quiet.oldest, quiet.head), (1, 500), "nothing of it went");
    assert!(flooded.oldest > 3000 && flooded.head == 4000, "{}", flooded.oldest);
    running.end();
}
