use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::appliance::scratch::Scratch;

const SLOT_BYTES: usize = 1024 * 1024;

/// A card in plain files: slot a runs.
struct Card {
    dir: Scratch,
    slots: Slots,
    key: SigningKey,
}

impl Card {
    fn new(name: &str) -> Self {
        Self::with(name, "no", "good=a\ntry=-\nleft=0")
    }

    fn with(name: &str, trial: &str, state: &str) -> Self {
        let dir = Scratch::new(name);
        std::fs::write(dir.path().join("a"), vec![b'a'; SLOT_BYTES]).unwrap();
        std::fs::write(dir.path().join("b"), vec![b'b'; SLOT_BYTES]).unwrap();
        dir.put("slots.txt", &format!("{state:<511}\n"));
        let at = dir.path().display();
        dir.put(
            "slots",
            &format!("running=a\ntrial={trial}\nboot=1\na={at}/a\nb={at}/b\nstate={at}/slots.txt\n"),
        );
        let slots = Slots::read(&dir.path().join("slots")).unwrap();
        Self {
            dir,
            slots,
            key: SigningKey::from_bytes(&[7; 32]),
        }
    }

    fn put(&self, file: &[u8]) -> std::path::PathBuf {
        let path = self.dir.path().join("file");
        std::fs::write(&path, file).unwrap();
        path
    }

    fn update(&self, file: &[u8]) -> Result<Head, Refused> {
        update(&self.put(file), &self.slots, &[self.key.verifying_key()])
    }

    fn slot(&self, slot: Slot) -> Vec<u8> {
        std::fs::read(self.slots.device(slot)).unwrap()
    }

    fn state(&self) -> State {
        State::read(&self.slots.state)
    }
}

pub(super) fn payload() -> Vec<u8> {
    (0..PIECE * 2 + 12_345).map(|at| (at % 251) as u8).collect()
}

pub(super) fn file(key: &SigningKey, boot: u32, payload: &[u8]) -> Vec<u8> {
    let hash = file::hash(&mut &payload[..]).unwrap();
    let size = payload.len();
    let head =
        format!("chatterbox-update 1\n{{\"version\":\"2\",\"boot\":{boot},\"size\":{size},\"sha256\":\"{hash}\"}}\n");
    let signature = BASE64.encode(key.sign(head.as_bytes()).to_bytes());
    [head.as_bytes(), signature.as_bytes(), b"\n", payload].concat()
}

#[test]
fn a_good_update_is_in_the_other_slot_and_tried_next() {
    let card = Card::new("update-good");
    let payload = payload();
    let head = card.update(&file(&card.key, 1, &payload)).unwrap();
    assert_eq!(head.version, "2");
    assert_eq!(card.slot(Slot::B)[..payload.len()], payload);
    assert_eq!(card.slot(Slot::A), vec![b'a'; SLOT_BYTES]);
    let tried = State {
        good: Slot::A,
        trial: Some((Slot::B, TRIES)),
    };
    assert_eq!(card.state(), tried);
    // The same update again, and one that is smaller than a block.
    assert!(card.update(&file(&card.key, 0, b"tiny")).is_ok());
    assert_eq!(card.slot(Slot::B)[..4], *b"tiny");
}

#[test]
fn an_unsigned_or_damaged_file_changes_nothing() {
    let card = Card::new("update-bad");
    let good = file(&card.key, 1, &payload());
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let stranger = SigningKey::from_bytes(&[8; 32]);
    let json_at = 25;
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("empty", Vec::new(), "no update"),
        ("an image", vec![0; 5000], "no update"),
        (
            "another version of the format",
            [b"chatterbox-update 2\n", &good[20..]].concat(),
            "no update",
        ),
        ("signed by a stranger", file(&stranger, 1, &payload()), "not signed"),
        ("a changed head", changed(json_at), "not signed"),
        ("a changed end", changed(good.len() - 1), "damaged"),
        ("a changed middle", changed(good.len() / 2), "damaged"),
        ("cut short", good[..good.len() - 1].to_vec(), "damaged"),
        ("longer", [&good[..], b"x"].concat(), "damaged"),
        ("newer boot files", file(&card.key, 2, &payload()), "newer boot"),
        ("too large", file(&card.key, 1, &vec![1; SLOT_BYTES + 1]), "larger"),
    ];
    for (name, bytes, words) in cases {
        let error = card.update(&bytes).unwrap_err().to_string();
        assert!(error.contains(words), "{name}: {error}");
        assert_eq!(card.slot(Slot::B), vec![b'b'; SLOT_BYTES], "{name}");
        assert_eq!(card.state(), State::confirmed(Slot::A), "{name}");
    }
    let path = card.put(&good);
    assert!(
        matches!(update(&path, &card.slots, &[]), Err(Refused::NotSigned)),
        "no keys, no updates"
    );
    for cut in 0..200 {
        assert!(card.update(&good[..cut]).is_err(), "{cut}");
    }
    assert_eq!(card.slot(Slot::B), vec![b'b'; SLOT_BYTES]);
}

#[test]
fn the_good_slot_of_a_trial_is_not_written() {
    let card = Card::with("update-trial", "yes", "good=b\ntry=a\nleft=2");
    let error = card.update(&file(&card.key, 1, &payload())).unwrap_err();
    assert!(matches!(error, Refused::OnTrial));
    assert_eq!(card.slot(Slot::B), vec![b'b'; SLOT_BYTES]);
}

/// The initrd's rules choose a complete slot.
#[test]
fn a_power_cut_at_any_step_leaves_a_slot_to_start_from() {
    let payload = payload();
    let mut finished = false;
    for cut in 0.. {
        let card = Card::with("update-cut", "no", "good=b\ntry=b\nleft=2");
        let path = card.put(&file(&card.key, 1, &payload));
        let mut made = Vec::new();
        let done = steps(&path, &card.slots, &[card.key.verifying_key()], &mut |step| {
            if made.len() == cut {
                return Err(io::Error::other("the power is gone"));
            }
            made.push(step);
            Ok(())
        });
        let b = card.slot(Slot::B);
        let whole = b[..payload.len()] == payload;
        let untouched = b == vec![b'b'; SLOT_BYTES];
        let unstartable = b[..START] == [0; START];
        assert!(whole || untouched || unstartable, "after {cut} steps");
        assert_eq!(card.slot(Slot::A), vec![b'a'; SLOT_BYTES]);
        match card.state().trial {
            Some((Slot::B, TRIES)) => assert!(whole && done.is_ok(), "after {cut} steps"),
            Some(_) => assert!(
                untouched && cut == 0,
                "the old trial is called off before the slot is touched"
            ),
            None => assert_eq!(card.state().good, Slot::A),
        }
        if done.is_ok() {
            flushed_in_order(&made);
            finished = true;
            break;
        }
    }
    assert!(finished);
}

/// Each step is flushed before a step that depends on it.
fn flushed_in_order(made: &[Step]) {
    let (mut unflushed, mut writes) = (false, 0);
    for step in made {
        match step {
            Step::State => assert!(!unflushed, "{made:?}"),
            Step::Write => {
                unflushed = true;
                writes += 1;
            }
            Step::Flush => unflushed = false,
        }
    }
    assert!(writes >= 5 && made.last() == Some(&Step::State), "{made:?}");
    let [.., before_start, start, after, _] = made else {
        panic!("{made:?}")
    };
    assert_eq!((before_start, start, after), (&Step::Flush, &Step::Write, &Step::Flush));
}

#[test]
fn keys_are_lines_of_a_file() {
    let dir = Scratch::new("update-keys");
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
    dir.put(
        "keys",
        &format!("# release 2026\n\n{}\n", BASE64.encode(key.as_bytes())),
    );
    assert_eq!(keys(&dir.path().join("keys")).unwrap(), [key]);
    dir.put("keys", "rubbish\n");
    assert!(keys(&dir.path().join("keys")).is_err());
}
