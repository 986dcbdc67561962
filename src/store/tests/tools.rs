use super::*;

#[test]
fn everything_can_be_removed_with_a_server_or_without() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "secret words");
    let wiping = std::thread::spawn({
        let dir = dir.0.clone();
        move || wipe(&dir).map_err(|trouble| trouble.to_string())
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
fn what_somebody_reads_while_it_is_removed_is_overwritten_after_that() {
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
    let until = std::time::Instant::now() + Duration::from_secs(20);
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
    assert!(told.contains("somebody reads the file"), "{told}");
    drop(reading);
    assert!(matches!(wipe(&dir.0), Ok(Wiped::Here)));
    assert!(!dir.has("other words"));
}

fn exported(dir: &Dir, format: Format, from_ms: u64) -> String {
    let mut out = Vec::new();
    let wanted = Export {
        room: hall(),
        format,
        from_ms,
        to_ms: u64::MAX,
        hidden: false,
        event_name: "Summer <fête>".to_owned(),
    };
    export(&dir.0, &wanted, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_room_is_exported_while_it_is_written() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "=1+\"1\" <b>\nline");
    let gift = Body::Gift {
        name: Token::new("rose").unwrap(),
        count: 3,
        to: None,
    };
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
fn what_is_hidden_is_seen_in_an_export_that_asks_for_it_and_nowhere_else() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=4).map(|seq| Op::Append(entry(seq, chat("words")))).collect());
    let hide = |what, to| Op::Hide {
        room: hall(),
        epoch: Epoch(0x1f),
        what,
        to,
    };
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
        room: hall(),
        format: Format::Jsonl,
        from_ms: 0,
        to_ms: u64::MAX,
        hidden: true,
        event_name: String::new(),
    };
    assert_eq!(export(&dir.0, &all, &mut out).unwrap(), 4);
}

#[test]
fn what_is_hidden_is_not_read_before_that_is_on_disk() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.write((1..=4).map(|seq| Op::Append(entry(seq, chat("words")))).collect());
    let pending = Pending::default();
    let hide = |what, to| {
        vec![Op::Hide {
            room: hall(),
            epoch: Epoch(0x1f),
            what,
            to,
        }]
    };
    let reads = Reads::start(dir.0.clone(), pending.clone()).unwrap();
    let hidden = || {
        let (answer, page) = mpsc::channel();
        let wanted = Wanted {
            room: hall(),
            epoch: Epoch(0x1f),
            from: 1,
            to: 4,
            limit: 9,
            newest: false,
            user: None,
        };
        assert!(reads.ask(wanted, move |page: Page| answer.send(page).unwrap()));
        let gone = |entry: &Arc<Entry>| matches!(entry.body, Body::Hidden { .. });
        page.recv().unwrap().entries.iter().map(gone).collect::<Vec<_>>()
    };
    assert_eq!(hidden(), [false; 4]);
    pending.note(Some(7), &hide(Hide::Entry { seq: 2 }, 4));
    pending.note(
        None,
        &hide(
            Hide::Person {
                user: entry(3, chat("")).from.id,
            },
            3,
        ),
    );
    let theirs = |seq| entry(seq, chat("")).from.id == entry(3, chat("")).from.id && seq <= 3;
    assert_eq!(hidden(), [theirs(1), true, true, false]);
    pending.committed(7);
    assert_eq!(
        hidden(),
        [theirs(1), theirs(2), true, false],
        "what is committed is read as such"
    );
    running.end();
}
