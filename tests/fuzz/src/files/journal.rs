//! A damaged database: the server opens it or begins a new one, and stores what is said from then on, or says that it does not.

use std::{
    fs, panic,
    path::Path,
    sync::{
        Arc, Once, OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use chatterbox::{
    limits::{CLOCK_SET_MS, Limits},
    room::{Body, Entry, Epoch, Key, MsgId, Person, Role, RoomName, Said, Seq, UserId, UserName},
    store::{self, Export, Format, Op, Store},
};

use super::Dir;

/// What SQLite keeps of the server: the file, and the log beside it.
const FILES: [&str; 2] = ["chatterbox.db", "chatterbox.db-wal"];
/// No input takes longer: the file has some dozen pages.
const PATIENCE: Duration = Duration::from_secs(20);
/// Entries of the sound file.
const ENTRIES: Seq = 40;
/// Of its room.
const EPOCH: Epoch = Epoch(0x1f);

static PANICS: AtomicU32 = AtomicU32::new(0);

/// Damages a sound database as `data` says, and opens it. The first byte says which file, then come changes: two bytes of the place, one of
/// what happens there, one of with what.
///
/// # Panics
/// A thread of the store panics or hangs, or tells nothing of what it was given.
pub fn drive(data: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some("main") {
                PANICS.fetch_add(1, Ordering::Relaxed);
            }
            before(info);
        }));
    });
    let dir = Dir::new("journal");
    let mut files = sound().clone();
    if let Some((&which, changes)) = data.split_first() {
        damage(&mut files[usize::from(which) % FILES.len()], changes);
    }
    for (name, bytes) in FILES.iter().zip(&files) {
        fs::write(dir.0.join(name), bytes).expect("a file");
    }
    let before = PANICS.load(Ordering::Relaxed);
    let (done, ended) = mpsc::channel();
    let path = dir.0.clone();
    let opening = thread::spawn(move || {
        export(&path);
        use_it(&path);
        export(&path);
        let _ = done.send(());
    });
    let end = ended.recv_timeout(PATIENCE);
    assert_ne!(end, Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    assert!(opening.join().is_ok(), "it panics");
    assert_eq!(PANICS.load(Ordering::Relaxed), before, "a thread panics");
}

fn damage(file: &mut Vec<u8>, changes: &[u8]) {
    for change in changes.chunks_exact(4) {
        if file.is_empty() {
            return;
        }
        let at = (usize::from(change[0]) << 8 | usize::from(change[1])) * 3 % file.len();
        match change[2] % 6 {
            0 => file.truncate(at),
            1 => file[at..].iter_mut().take(512).for_each(|byte| *byte = change[3]),
            2 => {
                // A sector of another place.
                let from = usize::from(change[3]) * 512 % file.len();
                let sector = file[from..file.len().min(from + 512)].to_vec();
                let end = file.len().min(at + sector.len());
                file[at..end].copy_from_slice(&sector[..end - at]);
            }
            3 => file[at] ^= 1 << (change[3] % 8),
            _ => file[at] = change[3],
        }
    }
}

/// What a run leaves that is killed: entries in the file, and newer ones in the log.
fn sound() -> &'static [Vec<u8>; 2] {
    static SOUND: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    SOUND.get_or_init(|| {
        let dir = Dir::new("sound");
        let write = |numbers: std::ops::RangeInclusive<Seq>| {
            let mut store = store::open(&dir.0, &Limits::default()).expect("a new one");
            for number in numbers {
                say(&mut store, EPOCH, number).expect("the disk works");
            }
            store
        };
        let mut store = write(1..=ENTRIES / 2);
        store.journal.end();
        store.ending.wait();
        let store = write(ENTRIES / 2 + 1..=ENTRIES);
        let files = FILES.map(|name| fs::read(dir.0.join(name)).expect("a file"));
        drop((store.journal, store.events));
        store.ending.wait();
        files
    })
}

fn hall() -> RoomName {
    RoomName::new("hall").expect("a name")
}

fn use_it(dir: &Path) {
    let mut store = store::open(dir, &Limits::default()).expect("nobody else has it");
    // What came back can be read.
    for room in &store.restored.rooms {
        assert!(!format!("{:?}", room.entries).is_empty());
    }
    // Stored, or told that it is not: both are answers.
    let hall = store.restored.rooms.iter().find(|room| room.name == hall());
    let (epoch, seq) = hall.map_or((EPOCH, 1), |room| (room.epochs.epoch, room.head + 1));
    let told = say(&mut store, epoch, seq);
    store.journal.end();
    store.ending.wait();
    if told.is_some() {
        let store = store::open(dir, &Limits::default()).expect("nobody else has it");
        let rooms = store.restored.rooms.iter();
        let entries = rooms.flat_map(|room| &room.entries);
        let kept = entries.into_iter().any(|entry| entry.seq == seq);
        drop((store.journal, store.events));
        store.ending.wait();
        // Damage of what is read later may take the file away, but then it is there under another name.
        assert!(
            kept || dir.join("chatterbox.db.corrupt-1").exists(),
            "it was acknowledged"
        );
    }
}

/// Stores one entry and a value: its number once it is on disk, nothing if the disk fails.
fn say(store: &mut Store, epoch: Epoch, seq: Seq) -> Option<u64> {
    let user = UserId(7);
    let entry = Entry {
        room: hall(),
        epoch,
        seq,
        id: MsgId::new(&format!("m{seq}")).expect("an id"),
        from: Person {
            id: user,
            name: UserName::new("Ann").expect("a name"),
            role: Role::Guest,
        },
        at: CLOCK_SET_MS + seq,
        skip: None,
        body: Body::Said(Said::Chat {
            text: format!("message {seq}").into(),
            more: "".into(),
            re: None,
            edited: false,
        }),
    };
    let ops = vec![
        Op::Append(Arc::new(entry)),
        Op::Persist(Key::Words, Some(format!("[\"word{seq}\"]").as_str().into())),
    ];
    let number = store.journal.write(0, ops);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let until = Instant::now() + PATIENCE;
    runtime.expect("a runtime").block_on(async {
        while !store.journal.is_done() && store.journal.is_durable(0) {
            let left = until.saturating_duration_since(Instant::now());
            let event = tokio::time::timeout(left, store.events.recv()).await;
            let event = event.expect("within the time").expect("the writer lives");
            store.journal.heard(0, &event);
        }
    });
    number.filter(|_| store.journal.is_durable(0))
}

fn export(dir: &Path) {
    for format in [Format::Jsonl, Format::Csv, Format::Html] {
        let wanted = Export {
            room: hall(),
            format,
            from_ms: 0,
            to_ms: u64::MAX,
            hidden: true,
            event_name: "Ball".to_owned(),
            time_zone: Default::default(),
        };
        let mut out = Vec::new();
        // It may be damaged; then it says so.
        if let Err(trouble) = store::export(dir, &wanted, &mut out) {
            assert!(!trouble.to_string().is_empty());
        }
    }
}
