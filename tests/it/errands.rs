//! Orders that the box's services answer, here by a service that the test plays.

use std::{
    io::Write,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use crate::{
    officer::Officer,
    server::{Server, next, say},
};

/// A directory of one test, gone afterwards.
pub struct Dir(PathBuf);

impl Dir {
    /// Empty.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("chatterbox-errands-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn on_box(dir: &Dir) -> Server {
    let box_dir = dir.path().to_owned();
    Server::start(move |config| config.box_dir = Some(box_dir))
}

#[test]
fn an_organizer_and_a_helper_hear_what_the_doctor_finds() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    let issued = organizer.give(&json!({"do": "issue", "role": "helper", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).expect("a small one");
    let helper = Officer::new(server.socket("room=hall"), code);
    let path = dir.path().join("doctor");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for said in ["It is hot.\nIt is full.\n", "Nothing is wrong.\n"] {
                // Whoever asks may be gone.
                let _ = doctor.accept().expect("somebody asks").0.write_all(said.as_bytes());
            }
        });
        let answers = [organizer, helper].map(|mut officer| officer.give(&json!({"do": "doctor"})));
        // If the server has not asked, the doctor is not to wait for ever.
        drop([&path, &path].map(UnixStream::connect));
        assert_eq!(
            answers[0],
            json!({"ok": true, "findings": ["It is hot.", "It is full."]})
        );
        assert_eq!(answers[1], json!({"ok": true, "findings": []}));
    });
}

/// The rooms go on while the doctor takes its time, and nobody hears that all is well because nobody has looked.
#[test]
fn a_doctor_that_is_slow_or_gone_holds_nobody_up() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    let order = organizer.sign(&json!({"do": "doctor"}));
    say(&mut organizer.socket, &json!([7, "order", order]).to_string());
    let (mut stream, _) = doctor.accept().expect("the server asks");
    say(&mut organizer.socket, r#"[8,"chat","meanwhile"]"#);
    assert_eq!(next(&mut organizer.socket, "ack")[1], 8, "the chat is answered first");
    stream.write_all(b"It is hot.\n").expect("it reads");
    drop(stream);
    let answer = next(&mut organizer.socket, "ack");
    assert_eq!(answer[2]["findings"], json!(["It is hot."]));

    drop(doctor);
    let answer = organizer.give(&json!({"do": "doctor"}));
    assert_eq!(
        (&answer["ok"], &answer["code"]),
        (&Value::from(false), &Value::from("busy"))
    );
}

#[test]
fn more_questions_than_places_are_refused() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    let most = chatterbox::limits::ERRANDS;
    let mut held = Vec::new();
    for _ in 0..most {
        let order = organizer.sign(&json!({"do": "doctor"}));
        say(&mut organizer.socket, &json!([1, "order", order]).to_string());
        held.push(doctor.accept().expect("the server asks"));
    }
    let refused = organizer.give(&json!({"do": "doctor"}));
    assert_eq!(
        refused["message"], "others ask the box at this moment",
        "not one of those who wait too long"
    );
}

#[test]
fn a_computer_that_is_no_box_says_what_it_can() {
    let server = Server::start(|_| {});
    let mut organizer = Officer::new(server.socket("room=hall"), 0);
    let answer = organizer.give(&json!({"do": "doctor"}));
    assert_eq!(answer["ok"], true);
    let findings = answer["findings"].as_array().expect("a list");
    // Its clock may be anything; nothing of a radio, a card, or a disk that it was not given.
    let clock = |one: &Value| one.as_str().expect("a text").starts_with("The clock");
    assert!(findings.iter().all(clock), "{answer}");
}
