use super::*;

#[test]
fn a_damaged_file_is_quarantined_and_a_new_one_begun() {
    let dir = Dir::new();
    let mut running = dir.open();
    running.say(1, "one");
    running.end();
    let mut bytes = fs::read(dir.file()).unwrap();
    bytes[..100].fill(b'x');
    fs::write(dir.file(), &bytes).unwrap();

    let mut running = dir.open();
    assert!(running.0.restored.rooms.is_empty());
    running.say(1, "anew");
    running.end();
    assert_eq!(fs::read(dir.0.join("chatterbox.db.corrupt-1")).unwrap(), bytes);
    assert_eq!(shown(&dir.hall().entries), shown(&[entry(1, chat("anew"))]));
}

#[test]
fn a_file_of_another_version_is_left_as_it_is() {
    for version in [1, 999] {
        let dir = Dir::new();
        let mut running = dir.open();
        running.say(1, "one");
        running.end();
        let conn = Connection::open(dir.file()).unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
        conn.pragma_update(None, "journal_mode", "DELETE").unwrap();
        drop(conn);
        let before = fs::read(dir.file()).unwrap();

        let mut running = dir.open();
        assert_eq!(
            running.0.journal.write(0, vec![Op::Append(entry(2, chat("two")))]),
            None
        );
        assert!(matches!(running.hear(), Event::Failing));
        running.end();
        assert_eq!(fs::read(dir.file()).unwrap(), before);
        let refused = wipe(&dir.0).unwrap_err().to_string();
        assert!(
            refused.contains(&format!(
                "schema version {version}, and this program reads version 2 only"
            )),
            "{refused}"
        );
    }
}

#[test]
fn two_servers_do_not_share_a_directory() {
    let dir = Dir::new();
    let running = dir.open();
    let second = open(&dir.0, &Limits::default()).err().expect("it is taken");
    assert!(second.to_string().contains("another server"), "{second}");
    running.end();
}
