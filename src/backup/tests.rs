//! Backups that are made, opened and put in place, with the plug pulled at each step.

use std::{
    cell::Cell,
    collections::BTreeMap,
    io::{BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::*;
use crate::{
    appliance::scratch::Scratch,
    backup::{
        age::{AgeError, Encrypt},
        archive::Extra,
    },
    limits::Limits,
    room::{Body, Entry, Epoch, MsgId, Person, Role, RoomName, Said, UserId, UserName},
    store::{self, Event, Op},
};

const PASSPHRASE: &str = "quiet harbour seven lamps";
const ROOM: u64 = 1 << 30;

thread_local! {
    /// Steps until the plug is pulled.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

pub(super) fn step() {
    let left = LEFT.get();
    assert!(left > 0, "the plug is pulled");
    LEFT.set(left - 1);
}

fn entry(seq: u64, text: &str) -> Arc<Entry> {
    Arc::new(Entry {
        room: RoomName::new("hall").unwrap(),
        epoch: Epoch(7),
        seq,
        id: MsgId::new(&format!("{text}{seq}")).unwrap(),
        from: Person {
            id: UserId(1),
            name: UserName::new("Ann").unwrap(),
            role: Role::Guest,
        },
        at: crate::limits::CLOCK_SET_MS,
        skip: None,
        body: Body::Said(Said::Chat {
            text: text.into(),
            more: "".into(),
            re: None,
            edited: false,
        }),
    })
}

/// A data directory with keys, and with messages of one text.
fn data(name: &str, text: &str, key: u8) -> Scratch {
    let dir = Scratch::new(name);
    let mut running = store::open(dir.path(), &Limits::default()).unwrap();
    for seq in 1..=3 {
        running.journal.write(0, vec![Op::Append(entry(seq, text))]).unwrap();
    }
    while !running.journal.is_done() {
        let event: Event = running.events.blocking_recv().unwrap();
        running.journal.heard(0, &event);
    }
    running.journal.end();
    running.ending.wait();
    fs::write(dir.path().join("secret"), [key; 32]).unwrap();
    fs::write(dir.path().join("organizer"), [key; 16]).unwrap();
    dir
}

fn backup(dir: &Scratch) -> Vec<u8> {
    let extra = Extra {
        name: "Fête".to_owned(),
        settings: Some(b"event_name = \"F\xc3\xaate\"\n".to_vec()),
        box_settings: Some(b"event_name = \"Ball\"\n".to_vec()),
        password: Some("abcdefghij".to_owned()),
    };
    archive::write(
        dir.path(),
        &extra,
        1_800_000_000_000,
        dir.path(),
        PASSPHRASE,
        Vec::new(),
    )
    .unwrap()
}

fn opened(dir: &Scratch, file: &[u8], passphrase: &str) -> Result<Preview, BackupError> {
    open(dir.path(), BufReader::new(file), passphrase, ROOM)
}

/// The files of a directory, without what comes and goes with a server's run.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() && name != "lock" {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// The text of the messages and the number of the head, and whether the room has another epoch than when it was said.
fn said(dir: &Path) -> (String, u64, bool) {
    let mut running = store::open(dir, &Limits::default()).unwrap();
    let hall = running.restored.rooms.pop().expect("the room is there");
    running.journal.end();
    running.ending.wait();
    let text = hall.entries[0].body.said().unwrap().text().unwrap().to_owned();
    (text, hall.head, hall.epochs.epoch != Epoch(7))
}

#[test]
fn a_restored_box_has_the_messages_keys_and_settings_of_the_backup() {
    let (old, new) = (data("backup-old", "old", 1), data("backup-new", "new", 2));
    let file = backup(&old);
    assert!(!old.path().join("snapshot.db").exists());
    let preview = opened(&new, &file, PASSPHRASE).unwrap();
    assert_eq!((preview.name.as_str(), preview.made), ("Fête", 1_800_000_000_000));
    assert_eq!((preview.rooms, preview.messages, preview.lost), (1, 3, 3));
    assert!(preview.foreign);
    let before = files(new.path());
    confirm(new.path()).unwrap();
    assert_eq!(files(new.path()), before, "until the next start");
    assert!(apply(new.path()).unwrap());
    assert!(!apply(new.path()).unwrap(), "once");

    assert_eq!(said(new.path()), ("old".to_owned(), 3, true));
    assert_eq!(fs::read(new.path().join("organizer")).unwrap(), [1; 16]);
    assert_eq!(fs::read(new.path().join("secret")).unwrap(), [1; 32]);
    assert_eq!(new.text(RESTORED_SETTINGS), "event_name = \"Fête\"\n");
    assert_eq!(new.text(RESTORED_BOX), "event_name = \"Ball\"\n");
    assert_eq!(new.text(RESTORED_PASSWORD), "abcdefghij");
    let machine = Machine::load(new.path()).unwrap();
    assert_eq!(machine.generation, 1);
    assert_ne!(machine.mark, Machine::load(old.path()).unwrap().mark);
    let aside = new.path().join(BEFORE_RESTORE);
    assert_eq!(fs::read(aside.join("organizer")).unwrap(), [2; 16]);
    assert_eq!(said(&aside).0, "new");
}

#[test]
fn a_pulled_plug_leaves_the_old_data_or_the_new_and_the_next_start_goes_on() {
    let old = data("plug-old", "old", 1);
    let file = backup(&old);
    let mut steps = 0;
    loop {
        let new = data("plug-new", "new", 2);
        opened(&new, &file, PASSPHRASE).unwrap();
        let wanted = files(&new.path().join(OPENED));
        let before = files(new.path());
        confirm(new.path()).unwrap();
        LEFT.set(steps);
        let cut = catch_unwind(AssertUnwindSafe(|| apply(new.path()))).is_err();
        LEFT.set(usize::MAX);
        assert_eq!(apply(new.path()).unwrap(), cut, "step {steps}");
        let names = ["chatterbox.db", "secret", "organizer", machine::FILE];
        let aside = files(&new.path().join(BEFORE_RESTORE));
        let now = files(new.path());
        for name in names {
            assert_eq!(now.get(name), wanted.get(name), "step {steps}: {name}");
            assert_eq!(aside.get(name), before.get(name), "step {steps}: {name} of before");
        }
        assert_eq!(new.text(RESTORED_PASSWORD), "abcdefghij", "step {steps}");
        assert!(!new.path().join(RESTORED).exists() && !new.path().join(CONFIRMED).exists());
        if !cut {
            break;
        }
        steps += 1;
    }
    assert!(steps > FILES.len(), "{steps}");
}

#[test]
fn a_failure_before_the_old_data_has_moved_puts_it_back() {
    let (old, new) = (data("back-old", "old", 1), data("back-new", "new", 2));
    opened(&new, &backup(&old), PASSPHRASE).unwrap();
    confirm(new.path()).unwrap();
    let before = files(new.path());
    // A directory in the way of a file, as a disk's error.
    fs::create_dir_all(new.path().join(CONFIRMED).join(BEFORE).join("organizer/x")).unwrap();
    assert!(!apply(new.path()).unwrap());
    assert_eq!(files(new.path()), before);
    fs::remove_dir_all(new.path().join(CONFIRMED).join(BEFORE).join("organizer")).unwrap();
    assert!(apply(new.path()).unwrap(), "the next start");
    assert_eq!(said(new.path()).0, "old");
}

/// A file of these names and contents, encrypted.
fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let encrypt = Encrypt::new(Vec::new(), PASSPHRASE, 4).unwrap();
    let gzip = flate2::write::GzEncoder::new(encrypt, flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        // `set_path` would refuse some.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap().finish().unwrap()
}

fn manifest(format: u32) -> Vec<u8> {
    let machine = serde_json::json!({"mark": "0".repeat(32), "generation": 0});
    let manifest =
        serde_json::json!({"format": format, "version": "9.1.0", "made": 1, "name": "x", "machine": machine});
    manifest.to_string().into_bytes()
}

#[test]
fn a_file_that_can_not_be_restored_changes_nothing_and_says_why() {
    let dir = data("refused", "new", 2);
    let good = backup(&data("refused-old", "old", 1));
    Machine::load(dir.path()).unwrap();
    let before = files(dir.path());
    let (newer, own) = (manifest(2), manifest(1));
    let keys = [("secret", &[1; 32][..]), ("organizer", &[1; 16][..])];
    let with = |more: &[(&'static str, &[u8])]| {
        let all: Vec<_> = [("manifest.json", &own[..])].into_iter().chain(keys).collect();
        packed(&[&all[..], more].concat())
    };
    let later = rusqlite::Connection::open_in_memory().unwrap();
    later
        .execute_batch("PRAGMA user_version = 3; CREATE TABLE x (y)")
        .unwrap();
    let later_file = dir.path().join("later.db");
    later.execute("VACUUM INTO ?1", [later_file.to_str().unwrap()]).unwrap();
    let later = fs::read(&later_file).unwrap();
    fs::remove_file(&later_file).unwrap();
    let cases: [(Vec<u8>, &str); 9] = [
        (good[..good.len() - 1].to_vec(), "cut or damaged"),
        (good[..good.len() / 2].to_vec(), "cut or damaged"),
        (b"%PDF-1.7".to_vec(), "this is no backup"),
        (
            packed(&[("manifest.json", &newer)]),
            "version 9.1.0 of Chatterbox made this backup",
        ),
        (packed(&[("x", b"y")]), "no list of contents"),
        (with(&[]), "the messages are missing"),
        (
            with(&[("chatterbox.db", b"no database, but long enough to be taken for one")]),
            "damaged",
        ),
        (with(&[("chatterbox.db", &later)]), "schema version 3"),
        (
            with(&[("../../elsewhere", b"x"), ("secret", &[3; 33])]),
            "secret is no file of a backup",
        ),
    ];
    for (file, why) in &cases {
        let error = opened(&dir, file, PASSPHRASE).unwrap_err().to_string();
        assert!(error.contains(why), "{why}: {error}");
        assert_eq!(files(dir.path()), before, "{why}");
        assert!(!dir.path().join(OPENED).exists(), "{why}");
        assert!(confirm(dir.path()).is_err(), "{why}");
    }
    let wrong = opened(&dir, &good, "quiet harbour seven lamp").unwrap_err();
    assert!(matches!(wrong, BackupError::Age(AgeError::Passphrase)));
    let full = open(dir.path(), BufReader::new(&good[..]), PASSPHRASE, 1000).unwrap_err();
    assert_eq!(full.to_string(), "the disk is full");
    assert_eq!(files(dir.path()), before);
    assert!(opened(&dir, &good, PASSPHRASE).is_ok());
}

#[test]
fn a_disk_that_fills_up_leaves_no_part_of_a_backup() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let dir = data("backup-full", "old", 1);
    let error = archive::write(dir.path(), &Extra::default(), 0, dir.path(), PASSPHRASE, Full)
        .err()
        .unwrap();
    assert_eq!(error.to_string(), "the disk is full");
    assert!(!dir.path().join("snapshot.db").exists());
}

#[test]
fn an_unconfirmed_backup_is_gone_after_a_start() {
    let dir = data("unconfirmed", "new", 2);
    opened(&dir, &backup(&dir), PASSPHRASE).unwrap();
    assert!(!apply(dir.path()).unwrap());
    assert!(!dir.path().join(OPENED).exists());
    assert_eq!(said(dir.path()), ("new".to_owned(), 3, false));
}
