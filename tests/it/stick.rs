//! `chatterbox box save`: the transcripts on a USB stick, while the server writes.

use std::{
    fs,
    os::unix::net::UnixListener,
    path::Path,
    process::{Command, Output},
};

use serde_json::json;

use crate::{
    host_jobs::Dir,
    operator::Operator,
    server::{Server, next, say},
};

/// Runs the program as the service does; with `blocks`, no file may become longer than so many blocks of 512 bytes.
fn save(dir: &Dir, blocks: Option<u32>) -> Output {
    let limit = blocks.map_or(String::new(), |blocks| format!("trap '' XFSZ; ulimit -f {blocks}; "));
    let path = |name: &str| dir.path().join(name);
    Command::new("sh")
        .args([
            "-c",
            &format!("{limit}exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_chatterbox"),
        ])
        .args(["box", "save", "--device", "sda1", "--stick"])
        .args([
            path("stick"),
            "--run".into(),
            path("run"),
            "--data".into(),
            path("data"),
        ])
        .output()
        .unwrap()
}

fn outcome(dir: &Dir) -> String {
    fs::read_to_string(dir.path().join("run/stick")).unwrap_or_default()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

#[test]
fn a_stick_gets_the_transcripts_of_all_rooms_and_the_page_says_so() {
    let dir = Dir::new();
    for name in ["stick", "run", "data"] {
        fs::create_dir(dir.path().join(name)).unwrap();
    }
    fs::write(
        dir.path().join("run/server.toml"),
        "[server]\nname = \"Ball\"\ntime_zone = \"Asia/Kolkata\"\n",
    )
    .unwrap();
    let stick = dir.path().join("stick");
    assert!(save(&dir, None).status.success());
    assert_eq!(
        (outcome(&dir).as_str(), names(&stick)),
        ("", Vec::new()),
        "nothing was said yet"
    );

    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    let doctor = UnixListener::bind(run.join("doctor")).unwrap();
    let server = Server::start(|config| {
        config.data = Some(data);
        config.box_dir = Some(run);
    });
    let mut organizer = Operator::new(server.socket("room=hall"), 0);
    for room in ["hall", "bar: left"] {
        let mut ann = server.socket("name=Ann");
        say(&mut ann, &json!([1, "join", room]).to_string());
        next(&mut ann, "ack");
        say(&mut ann, &json!([2, "chat", format!("words of {room}")]).to_string());
        assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
    }

    let examined = |organizer: &mut Operator| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                use std::io::Write;
                doctor.accept().unwrap().0.write_all(b"Nothing is wrong.\n").unwrap();
            });
            organizer.give(&json!({"do": "doctor"}))
        })
    };
    assert_eq!(examined(&mut organizer), json!({"ok": true, "findings": []}));

    let full = save(&dir, Some(1));
    assert!(full.status.success(), "{full:?}");
    assert_eq!(
        (outcome(&dir).as_str(), names(&stick)),
        ("full sda1\n", Vec::new()),
        "its part is removed"
    );
    assert_eq!(examined(&mut organizer), json!({"ok": true, "findings": []}));

    fs::create_dir(stick.join("chatterbox-2026-11-24-2002.part")).unwrap();
    for copies in [1, 2] {
        assert!(save(&dir, None).status.success());
        assert_eq!((outcome(&dir).as_str(), names(&stick).len()), ("saved sda1\n", copies));
    }
    for copy in names(&stick) {
        let copy = stick.join(copy);
        assert_eq!(
            names(&copy),
            ["1-bar_ left.csv", "1-bar_ left.html", "2-hall.csv", "2-hall.html"]
        );
        let page = fs::read_to_string(copy.join("2-hall.html")).unwrap();
        assert!(page.contains("<h1>Ball</h1>") && page.contains("words of hall") && page.ends_with("</html>\n"));
        assert!(page.contains("+05:30\">"), "the box's time zone");
    }
    assert_eq!(
        examined(&mut organizer),
        json!({"ok": true, "findings": [], "saved": true})
    );

    fs::remove_dir_all(&stick).unwrap();
    assert!(save(&dir, None).status.success());
    assert_eq!(outcome(&dir), "failed sda1\n", "it was pulled out");
}
