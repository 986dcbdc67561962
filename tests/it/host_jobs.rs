//! Host jobs: admin commands that the box's services answer; the test plays the service.

use std::{
    io::Write,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use serde_json::{Value, json};

use crate::{
    operator::Operator,
    server::{Server, next, say},
};

/// The directory of one test, removed afterwards.
pub struct Dir(PathBuf);

impl Dir {
    /// Makes an empty directory.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("chatterbox-errands-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    /// Its path.
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
fn organizers_and_moderators_get_the_doctors_findings() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let issued = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}));
    let code = u32::try_from(issued["code"].as_u64().expect("a number")).expect("a small one");
    let moderator = Operator::new(server.socket("room=hall"), code);
    let path = dir.path().join("doctor");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for said in ["It is hot.\nIt is full.\n", "Nothing is wrong.\n"] {
                // The connection may be closed already.
                let _ = doctor.accept().expect("a connection").0.write_all(said.as_bytes());
            }
        });
        let answers = [organizer, moderator].map(|mut operator| operator.give(&json!({"do": "doctor"})));
        // Ends the doctor's thread if the server did not connect.
        drop([&path, &path].map(UnixStream::connect));
        assert_eq!(
            answers[0],
            json!({"ok": true, "findings": ["It is hot.", "It is full."]})
        );
        assert_eq!(answers[1], json!({"ok": true, "findings": []}));
    });
}

/// The rooms go on while the doctor is slow, and a missing doctor is no clean bill of health.
#[test]
fn a_slow_or_missing_doctor_does_not_block_the_rooms() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let command = organizer.sign(&json!({"do": "doctor"}));
    say(&mut organizer.socket, &json!([7, "admin", command]).to_string());
    let (mut stream, _) = doctor.accept().expect("the server connects");
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
fn more_host_jobs_than_places_are_refused() {
    let dir = Dir::new();
    let doctor = UnixListener::bind(dir.path().join("doctor")).expect("a socket");
    let server = on_box(&dir);
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let most = chatterbox::limits::HOST_JOBS;
    let mut held = Vec::new();
    for _ in 0..most {
        let command = organizer.sign(&json!({"do": "doctor"}));
        say(&mut organizer.socket, &json!([1, "admin", command]).to_string());
        held.push(doctor.accept().expect("the server connects"));
    }
    let refused = organizer.give(&json!({"do": "doctor"}));
    assert_eq!(
        refused["message"], "the box is busy with other requests; please try again",
        "the refusal is for this job, no timeout of an older one"
    );
}

#[test]
fn a_computer_that_is_no_box_examines_itself() {
    let server = Server::start(|_| {});
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    let answer = organizer.give(&json!({"do": "doctor"}));
    assert_eq!(answer["ok"], true);
    let findings = answer["findings"].as_array().expect("a list");
    // Only its clock may be wrong: it has no radio, card or data directory to check.
    let clock = |one: &Value| one.as_str().expect("a text").starts_with("The clock");
    assert!(findings.iter().all(clock), "{answer}");
}
