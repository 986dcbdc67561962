use super::*;
use crate::{room::Said, time_zone::TimeZone};

#[test]
fn a_wipe_works_with_and_without_a_server() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "secret words");
    let wiping = std::thread::spawn({
        let dir = dir.0.clone();
        move || wipe(&dir).map_err(|error| error.to_string())
    });
    while !matches!(running.hear(), Event::WipeWanted) {}
    running.0.journal.wipe(0);
    assert_eq!(wiping.join().unwrap(), Ok(Wiped::ByTheServer));
    running.say(1, "other words");
    running.end();
    assert!(!dir.has("secret words") && dir.has("other words"));
    assert!(matches!(wipe(&dir.0), Ok(Wiped::Here)));
    assert!(!dir.has("other words"));
    assert!(dir.open().0.restored.rooms.is_empty());
}

#[test]
fn a_wipe_overwrites_what_is_being_read_once_the_reader_ends() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "secret words");
    let reader = schema::open_to_read(&dir.0).unwrap();
    let reading = reader.unchecked_transaction().unwrap();
    reading.query_row("SELECT count(*) FROM entry", [], |_| Ok(())).unwrap();
    running.0.journal.wipe(0);
    while !running.0.journal.is_done() {
        running.hear();
    }
    assert!(dir.has("secret words"), "it is read");
    drop(reading);
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while dir.has("secret words") {
        assert!(std::time::Instant::now() < until, "it is still there");
        std::thread::yield_now();
    }
    running.end();

    let mut running = dir.open();
    running.say(1, "other words");
    running.end();
    let reading = reader.unchecked_transaction().unwrap();
    reading.query_row("SELECT count(*) FROM entry", [], |_| Ok(())).unwrap();
    let told = wipe(&dir.0).unwrap_err().to_string();
    assert!(told.contains("another process reads the file"), "{told}");
    drop(reading);
    assert!(matches!(wipe(&dir.0), Ok(Wiped::Here)));
    assert!(!dir.has("other words"));
}

fn of_hall(format: Format, from_ms: u64) -> Export {
    Export {
        room: hall(),
        format,
        from_ms,
        to_ms: u64::MAX,
        hidden: false,
        event_name: "Summer <fête>".to_owned(),
        time_zone: TimeZone::default(),
    }
}

fn exported(dir: &Dir, format: Format, from_ms: u64) -> String {
    let mut out = Vec::new();
    export(&dir.0, &of_hall(format, from_ms), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_room_is_exported_while_it_is_written() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "=1+\"1\" <b>\nline");
    let gift = Body::Said(Said::Gift {
        name: Token::new("rose").unwrap(),
        count: 3,
        to: None,
    });
    running.write(vec![Op::Append(entry(2, gift))]);

    let lines = exported(&dir, Format::Jsonl, 0);
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["text"], "=1+\"1\" <b>\nline");
    assert_eq!(
        (&lines[1]["kind"], &lines[1]["details"]["count"]),
        (&"gift".into(), &3.into())
    );
    assert_eq!(
        exported(&dir, Format::Jsonl, limits::CLOCK_SET_MS + 2).lines().count(),
        1
    );

    let csv = exported(&dir, Format::Csv, 0);
    let first =
        "\r\n1,\"2026-01-01T00:00:00Z\",\"Ann\",\"fffffffffffffffe\",\"chat\",\"'=1+\"\"1\"\" <b>\nline\",\"\"\r\n";
    assert!(csv.contains(first), "{csv}");

    let html = exported(&dir, Format::Html, 0);
    assert!(html.contains("<h1>Summer &lt;fête&gt;</h1>"), "{html}");
    assert!(
        html.contains("<b>Ann</b> =1+&quot;1&quot; &lt;b&gt;\nline</p>"),
        "{html}"
    );
    running.end();
}

#[test]
fn an_export_has_the_times_of_its_zone() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "words");
    running.end();
    for (format, time) in [
        (Format::Jsonl, "\"time\":\"2026-01-01T05:30:00+05:30\""),
        (Format::Csv, "1,\"2026-01-01T05:30:00+05:30\","),
        (Format::Html, "title=\"2026-01-01T05:30:00+05:30\">05:30</time>"),
    ] {
        let local = Export {
            time_zone: TimeZone::named("Asia/Kolkata").unwrap(),
            ..of_hall(format, 0)
        };
        let mut out = Vec::new();
        export(&dir.0, &local, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(time), "{text}");
        assert_eq!(text.contains("<p>Times are Asia/Kolkata.</p>"), format == Format::Html);
    }
}

#[test]
fn only_an_export_that_asks_for_them_has_hidden_entries() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=4).map(|seq| Op::Append(entry(seq, chat("words")))).collect());
    running.write(vec![hide(Hide::Entry { seq: 4 }, 4)]);
    let bodies = |room: &crate::room::RestoredRoom| {
        let hidden = |entry: &Arc<Entry>| matches!(entry.body, Body::Hidden { .. });
        room.entries.iter().map(hidden).collect::<Vec<_>>()
    };
    assert_eq!(exported(&dir, Format::Jsonl, 0).lines().count(), 3);
    running.write(vec![hide(
        Hide::Person {
            user: UserId(u64::MAX - 1),
        },
        2,
    )]);
    running.end();
    assert_eq!(bodies(&dir.hall()), [true, true, false, true]);
    assert_eq!(exported(&dir, Format::Jsonl, 0).lines().count(), 1);
    let mut out = Vec::new();
    let all = Export {
        hidden: true,
        ..of_hall(Format::Jsonl, 0)
    };
    assert_eq!(export(&dir.0, &all, &mut out).unwrap(), 4);
}

#[test]
fn hidden_originals_are_restored_and_can_be_revealed() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=4).map(|seq| Op::Append(entry(seq, chat("words")))).collect());
    running.write(vec![hide(Hide::Entry { seq: 2 }, 4), hide(Hide::Entry { seq: 3 }, 4)]);
    running.write(vec![Op::Reveal(entry(2, chat("words")))]);
    running.end();
    let hall = dir.hall();
    let gone = |entry: &Arc<Entry>| matches!(entry.body, Body::Hidden { .. });
    assert_eq!(
        hall.entries.iter().map(gone).collect::<Vec<_>>(),
        [false, false, true, false]
    );
    let hidden: Vec<_> = hall.hidden.iter().map(|entry| (entry.seq, gone(entry))).collect();
    assert_eq!(hidden, [(3, false)]);
}

#[test]
fn a_changed_text_is_overwritten_when_that_is_committed() {
    let dir = Dir::new();
    let mut running = dir.open();
    for (seq, text) in [
        (1, "first secret words"),
        (2, "second secret words"),
        (3, "words that stay"),
    ] {
        running.write(vec![Op::Append(entry(seq, chat(text)))]);
    }
    assert!(dir.has("first secret") && dir.has("second secret"));
    let hidden = Arc::new(entry(1, chat("first secret words")).hidden().unwrap());
    running.write(vec![Op::Amend(hidden.clone())]);
    assert!(!dir.has("first secret"), "it is answered");
    assert!(dir.has("second secret words"));
    let changed = entry(2, chat("other"));
    running.write(vec![Op::Amend(changed.clone()), Op::Amend(changed)]);
    assert!(!dir.has("second secret"), "it is answered");
    // In the same commit as the message.
    running.write(vec![
        Op::Append(entry(4, chat("fourth secret words"))),
        Op::Amend(Arc::new(entry(4, chat("x")).hidden().unwrap())),
    ]);
    running.end();
    assert!(!dir.has("secret"));
    let all = Export {
        hidden: true,
        ..of_hall(Format::Jsonl, 0)
    };
    let mut out = Vec::new();
    let written = export(&dir.0, &all, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert_eq!(written, 4, "{out}");
    assert!(
        out.contains("other") && out.contains("words that stay") && !out.contains("secret"),
        "{out}"
    );
    let entries = dir.hall().entries;
    assert_eq!((&entries[0].body, &entries[1].body), (&hidden.body, &chat("other")));
}

/// The root page of a new table splits among its first rows: it must keep no copy of them.
#[test]
fn the_first_texts_of_a_file_are_overwritten_too() {
    let dir = Dir::new();
    let mut running = dir.open();
    for seq in 1..=12 {
        running.write(vec![Op::Append(entry(seq, chat(&format!("secret number {seq}"))))]);
    }
    for seq in 1..=12 {
        running.write(vec![Op::Amend(Arc::new(entry(seq, chat("x")).hidden().unwrap()))]);
    }
    assert!(!dir.has("secret number"));
    running.end();
}

#[test]
fn a_changed_text_that_is_being_read_is_overwritten_once_the_reader_ends() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "secret words");
    let reader = schema::open_to_read(&dir.0).unwrap();
    let reading = reader.unchecked_transaction().unwrap();
    reading.query_row("SELECT count(*) FROM entry", [], |_| Ok(())).unwrap();
    running.write(vec![Op::Amend(entry(1, chat("other")))]);
    assert!(dir.has("secret words"), "it is read");
    drop(reading);
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while dir.has("secret words") {
        assert!(std::time::Instant::now() < until, "it is still there");
        std::thread::yield_now();
    }
    running.end();
}

#[test]
fn originals_that_the_hub_lacks_are_reported_before_the_commit() {
    let dir = Dir::new();
    let mut running = dir.open();
    let most = limits::UNHIDE as Seq;
    running.write(
        (1..=3 * most)
            .map(|seq| Op::Append(entry(seq, chat("words"))))
            .collect(),
    );
    let mut reported = |op: Op| {
        running.0.journal.write(0, vec![op]).expect("the disk works");
        let mut reported = Vec::new();
        loop {
            match running.hear() {
                Event::HiddenOlder { originals, .. } => {
                    assert!(originals.iter().all(|entry| entry.body == chat("words")));
                    reported.extend(originals.iter().map(|entry| entry.seq));
                }
                Event::Committed(_) => return reported,
                Event::Failing | Event::Working | Event::Pruned { .. } | Event::WipeWanted => {}
            }
        }
    };
    assert_eq!(reported(hide(Hide::Entry { seq: 2 }, 4)), [2]);
    assert_eq!(
        reported(hide(Hide::Entry { seq: 2 }, 4)),
        [0; 0],
        "it was hidden already"
    );
    let (user, newest) = (entry(1, chat("")).from.id, 3 * most);
    let all = Op::Hide {
        room: hall(),
        epoch: Epoch(0x1f),
        what: Hide::Person { user },
        to: newest,
        known: [newest].into(),
    };
    let others: Vec<_> = (newest - most + 1..newest).collect();
    assert_eq!(
        reported(all),
        others,
        "the newest ones besides the one that the hub has"
    );
    running.end();
}

#[test]
fn an_uncommitted_hide_applies_to_pages() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=4).map(|seq| Op::Append(entry(seq, chat("words")))).collect());
    let pending = Pending::default();
    let reads = Reads::start(dir.0.clone(), pending.clone()).unwrap();
    let hidden = || {
        let (answer, page) = mpsc::channel();
        assert!(reads.ask(wanted(1, 4, 9, false), move |page: Page| answer.send(page).unwrap()));
        let gone = |entry: &Arc<Entry>| matches!(entry.body, Body::Hidden { .. });
        page.recv().unwrap().entries.iter().map(gone).collect::<Vec<_>>()
    };
    assert_eq!(hidden(), [false; 4]);
    pending.note(Some(7), &[hide(Hide::Entry { seq: 2 }, 4)]);
    let user = entry(3, chat("")).from.id;
    pending.note(None, &[hide(Hide::Person { user }, 3)]);
    let theirs = |seq| entry(seq, chat("")).from.id == entry(3, chat("")).from.id && seq <= 3;
    assert_eq!(hidden(), [theirs(1), true, true, false]);
    pending.committed(7);
    assert_eq!(
        hidden(),
        [theirs(1), theirs(2), true, false],
        "what is committed is read as such"
    );
    pending.note(None, &[Op::Reveal(entry(3, chat("words")))]);
    assert_eq!(hidden(), [theirs(1), theirs(2), false, false]);
    running.end();
}

#[test]
fn a_role_comes_back_as_it_was() {
    let dir = Dir::new();
    let mut running = dir.open();
    let roles = [Role::Guest, Role::Organizer, Role::Moderator, Role::Bot];
    let ops = roles.iter().enumerate().map(|(at, &role)| {
        let mut said = Entry::clone(&entry(at as Seq + 1, chat("hi")));
        said.from.role = role;
        said.skip = None;
        Op::Append(Arc::new(said))
    });
    running.write(ops.collect());
    running.end();
    let told = |entries: &[Arc<Entry>]| entries.iter().map(|entry| entry.from.role).collect::<Vec<_>>();
    assert_eq!(told(&dir.hall().entries), roles);
    let exported = exported(&dir, Format::Jsonl, 0);
    for (line, role) in exported.lines().zip(["guest", "organizer", "moderator", "bot"]) {
        assert!(line.contains(&format!("\"role\":\"{role}\"")), "{line}");
    }
}
