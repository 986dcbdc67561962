use std::{fs, path::PathBuf, sync::atomic::AtomicU32};

mod faults;
mod placed;
mod tools;

use super::*;
use crate::room::{Body, MsgId, Person, Role, Token, UserId, UserName};

/// A directory that goes with the test.
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
        self.0.join(schema::FILE)
    }

    /// Whether these words are in any file.
    fn has(&self, words: &str) -> bool {
        let files = fs::read_dir(&self.0).unwrap();
        let files = files.map(|file| fs::read(file.unwrap().path()).unwrap_or_default());
        let bytes: Vec<u8> = files.flatten().collect();
        bytes.windows(words.len()).any(|part| part == words.as_bytes())
    }

    /// What one room would come back with.
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

    /// As if killed, but for what was committed.
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

fn chat(text: &str) -> Body {
    Body::Chat {
        text: text.into(),
        more: "".into(),
    }
}

fn entry(seq: Seq, body: Body) -> Arc<Entry> {
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

fn shown(entries: &[Arc<Entry>]) -> Vec<String> {
    entries.iter().map(|entry| format!("{entry:?}")).collect()
}

#[test]
fn what_was_stored_comes_back_as_it_was() {
    let dir = Dir::new();
    let entries = vec![
        entry(1, chat("héllo")),
        entry(
            2,
            Body::Chat {
                text: "more".into(),
                more: "1,{\"a\":[true]}".into(),
            },
        ),
        entry(
            3,
            Body::Gift {
                name: Token::new("rose").unwrap(),
                count: 3,
                to: Some(UserId(7)),
            },
        ),
        entry(4, Body::Announce { text: "so".into() }),
    ];
    let mut running = dir.open();
    let mut ops: Vec<_> = entries.iter().cloned().map(Op::Append).collect();
    let key = Key::Person(UserId(7));
    ops.push(Op::Keep(key.clone(), Some("{\"name\":\"Bo\"}".into())));
    ops.push(Op::Keep(Key::Tally(hall()), Some("{}".into())));
    ops.push(Op::Keep(Key::Tally(hall()), None));
    running.write(ops);
    running.end();

    let running = dir.open();
    let restored = &running.0.restored;
    assert_eq!(restored.kept, [(key, "{\"name\":\"Bo\"}".into())]);
    let room = &restored.rooms[0];
    assert_eq!((room.head, room.oldest), (4, 1));
    assert_eq!(room.lives, crate::room::Lives::first(Epoch(0x1f)));
    assert_eq!(shown(&room.entries), shown(&entries));
    running.end();
}

#[test]
fn an_epoch_stays_only_if_nothing_can_be_missing() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "one");
    running.end();
    assert_eq!(dir.hall().lives.epoch, Epoch(0x1f));

    let mut running = dir.open();
    running.say(2, "two");
    running.vanish();
    let hall = dir.hall();
    assert_ne!(hall.lives.epoch, Epoch(0x1f));
    assert_eq!(*hall.lives.before, [(Epoch(0x1f), 2)]);
    assert!(hall.entries.iter().all(|entry| entry.epoch == hall.lives.epoch));
    // That run ended in order, so its life goes on.
    assert_eq!(dir.hall().lives, hall.lives);
}

#[test]
fn ids_and_controls_from_before_the_log_come_back() {
    let dir = Dir::new();
    let mut running = dir.open();
    let announce = |seq| {
        let text = "so".into();
        Op::Append(entry(seq, Body::Announce { text }))
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
        let wanted = Wanted {
            room: hall(),
            epoch: Epoch(0x1f),
            from,
            to,
            limit,
            newest,
            user: Some(UserId(user)),
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
fn old_entries_go_and_their_space_with_them() {
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
fn the_old_go_by_their_age_but_not_what_an_unset_clock_has_dated() {
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
    let kept: Vec<_> = rooms
        .map(|room| (room.name.as_str(), room.head, room.entries.len()))
        .collect();
    assert_eq!(
        kept,
        [("hall", 1, 0), ("unset", 1, 1)],
        "a number is not given out twice"
    );
    running.end();
}

#[test]
fn the_oldest_go_first_when_all_is_too_much() {
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
