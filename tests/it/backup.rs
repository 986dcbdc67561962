//! Backups over real sockets: made while people talk, downloaded, sent to another machine, confirmed, and restored by its restart.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use chatterbox::server::running::Running;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    body,
    operator::{Operator, answer},
    server::{KEYS, PATIENCE, Server, next, say},
    stored::Data,
};

const PASSPHRASE: &str = "quiet harbour seven lamps";

/// A data directory with the keys that the tests' operators have.
fn data(name: &str) -> Data {
    let data = Data::new(name);
    fs::write(data.0.join("secret"), KEYS.identity).unwrap();
    fs::write(data.0.join("organizer"), KEYS.organizer).unwrap();
    data
}

fn sha256(content: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(content))
}

fn said(server: SocketAddr, text: &str) {
    let url = format!("ws://{server}/ws?room=hall&name=Ann");
    let stream = TcpStream::connect(server).unwrap();
    let mut ann = tungstenite::client(url, stream).unwrap().0;
    say(&mut ann, &json!([1, "chat", text]).to_string());
    assert_eq!(next(&mut ann, "ack")[2]["ok"], true);
}

fn operator(server: SocketAddr) -> Operator {
    let url = format!("ws://{server}/ws?room=hall");
    let stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    Operator::new(tungstenite::client(url, stream).unwrap().0, 0)
}

/// The answer to `handover` once it has one of these states.
fn reached(organizer: &mut Operator, states: &[&str]) -> Value {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = organizer.give(&json!({"do": "handover"}));
        if states.iter().any(|state| answer["state"] == *state) {
            return answer;
        }
        assert!(Instant::now() < until, "{answer}");
        // The page asks as often as this test does: each answer is a turn of the server.
        std::thread::yield_now();
    }
}

fn ask(server: SocketAddr, head: &str, content: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server may not read a refused file to its end.
    let _ = stream.write_all(content);
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    let end = all.windows(4).position(|part| part == b"\r\n\r\n").expect("a head");
    (
        String::from_utf8_lossy(&all[..end]).into_owned(),
        all[end + 4..].to_vec(),
    )
}

/// A backup over the air.
fn made(server: SocketAddr, organizer: &mut Operator) -> Vec<u8> {
    let begun = organizer.give_sealed(&json!({"do": "backup"}), PASSPHRASE);
    assert_eq!(begun, json!({"ok": true}));
    let state = reached(organizer, &["made", "refused"]);
    let hash = state["file"]["sha256"]
        .as_str()
        .unwrap_or_else(|| panic!("{state}"))
        .to_owned();
    let (head, file) = ask(server, &format!("GET /backups/{hash}"), b"");
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("attachment"),
        "{head}"
    );
    assert_eq!(
        (sha256(&file), file.len() as u64),
        (hash, state["file"]["size"].as_u64().unwrap())
    );
    file
}

fn sent(server: SocketAddr, organizer: &mut Operator, file: &[u8], passphrase: &str) -> Value {
    let hash = sha256(file);
    let announced = json!({"do": "restore", "size": file.len(), "sha256": hash});
    assert_eq!(organizer.give_sealed(&announced, passphrase), json!({"ok": true}));
    let (_, answer) = ask(server, &format!("PUT /backups/{hash}"), file);
    assert_eq!(serde_json::from_slice::<Value>(&answer).unwrap(), json!({"ok": true}));
    reached(organizer, &["opened", "refused"])
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_chatterbox"))
}

fn run(arguments: &[&str]) -> Output {
    program()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

/// The program as a server, killed at the end.
struct Process(Child);

impl Process {
    fn start(data: &Path) -> Self {
        let mut command = program();
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.args(["--set", "limits.rate=off", "--set", "limits.per_address=off"]);
        command
            .env_remove("NOTIFY_SOCKET")
            .stderr(Stdio::piped())
            .stdout(Stdio::null());
        Self(command.spawn().expect("it starts"))
    }

    /// Waits for a line of the log.
    fn logged(&mut self, part: &str) {
        let log = self.0.stderr.as_mut().expect("a pipe");
        let mut lines = BufReader::new(log).lines();
        assert!(lines.any(|line| line.is_ok_and(|line| line.contains(part))), "{part}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the server of a directory listens, once it does and it is not `before`.
fn listening(data: &Path, before: Option<SocketAddr>) -> SocketAddr {
    let until = Instant::now() + PATIENCE;
    loop {
        let running = Running::of(data).filter(|running| running.is_up && Some(running.listening) != before);
        if let Some(running) = running {
            return running.listening;
        }
        assert!(Instant::now() < until, "no server listens");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn texts(server: SocketAddr) -> String {
    let (_, answer) = ask(server, "GET /rooms/hall/messages", b"");
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["events"].to_string()
}

#[test]
fn a_backup_of_a_running_server_is_restored_on_another_machine() {
    let (old, new) = (data("backup-old"), data("backup-new"));
    let server = old.start();
    said(server.address, "from the old box");
    let mut organizer = operator(server.address);
    let file = made(server.address, &mut organizer);
    assert!(!file.windows(12).any(|part| part == b"from the old"), "it is encrypted");
    let audit = organizer.give(&json!({"do": "audit"})).to_string();
    assert!(audit.contains("backup") && !audit.contains("harbour"), "{audit}");
    said(server.address, "after the backup");

    let mut process = Process::start(&new.0);
    let address = listening(&new.0, None);
    said(address, "from the new box");
    let mut organizer = operator(address);
    let refused = sent(address, &mut organizer, &file, "quiet harbour seven lamp");
    assert_eq!(refused["message"], "the passphrase is not the one of this backup");
    let nothing = organizer.give(&json!({"do": "confirmRestore"}));
    assert_eq!(nothing["code"], "bad_request");
    let opened = sent(address, &mut organizer, &file, PASSPHRASE);
    let preview = &opened["preview"];
    assert_eq!(
        (&preview["messages"], &preview["lost"]),
        (&json!(1), &json!(1)),
        "{opened}"
    );
    assert_eq!(preview["foreign"], true);
    assert!(texts(address).contains("from the new box"), "nothing has changed yet");
    assert_eq!(organizer.give(&json!({"do": "confirmRestore"})), json!({"ok": true}));
    process.logged("backup: restored");
    let address = listening(&new.0, Some(address));
    let restored = texts(address);
    assert!(
        restored.contains("from the old box") && !restored.contains("from the new box"),
        "{restored}"
    );

    // The organizer's page was at the new box, and comes back to the old one.
    let own = operator(address).give(&json!({"do": "handover"}));
    assert_eq!(
        (&own["machine"]["generation"], &own["twin"]),
        (&json!(1), &json!(false))
    );
    let mut organizer = operator(server.address);
    let twin = organizer.give(&json!({"do": "handover", "seen": own["machine"]}));
    assert_eq!(twin["twin"], true);
    let findings = organizer.give(&json!({"do": "doctor"}))["findings"].to_string();
    assert!(findings.contains("Another box has the same keys"), "{findings}");
    let alone = organizer.give(&json!({"do": "handover", "alone": true}));
    assert_eq!(alone["twin"], false);
}

#[test]
fn a_client_goes_on_behind_what_its_history_shares_with_the_backup() {
    let data = data("backup-epoch");
    let server = data.start();
    said(server.address, "one");
    let epoch = body(&server.get("/rooms/hall/messages"))["epoch"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut organizer = operator(server.address);
    let file = made(server.address, &mut organizer);
    said(server.address, "two");
    let opened = sent(server.address, &mut organizer, &file, PASSPHRASE);
    assert_eq!(
        (&opened["preview"]["lost"], &opened["preview"]["foreign"]),
        (&json!(1), &json!(false))
    );
    organizer.give(&json!({"do": "confirmRestore"}));
    // `Server` runs no second time by itself, as the program does.
    drop(server);
    assert!(chatterbox::backup::restore::apply(&data.0).unwrap());
    let server = data.start();
    let polled = |since| body(&server.get(&format!("/rooms/hall/messages?since={epoch}:{since}")));
    said(server.address, "three");
    let goes_on = polled(1);
    assert_eq!(
        (&goes_on["missed"], &goes_on["events"][0][1]),
        (&json!(0), &json!("three")),
        "{goes_on}"
    );
    assert_ne!(goes_on["epoch"], epoch, "two histories have two epochs");
    let beyond = polled(2);
    assert_eq!(
        beyond["events"][0][1], "three",
        "no entry of its number is taken for the one that it has: {beyond}"
    );
}

#[test]
fn only_the_organizers_own_device_gets_a_backup_and_only_with_a_fit_passphrase() {
    let data = data("backup-refused");
    let server = data.start();
    let mut organizer = operator(server.address);
    for (passphrase, code) in [("short", "bad_request"), (&*"x".repeat(200), "too_long")] {
        let refused = organizer.give_sealed(&json!({"do": "backup"}), passphrase);
        assert_eq!(refused["code"], code, "{refused}");
    }
    let open = organizer.give(&json!({"do": "backup", "passphrase": "not sealed at all"}));
    assert_eq!(open["code"], "bad_request");
    let (head, _) = ask(server.address, &format!("GET /backups/{}", sha256(b"x")), b"");
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let (head, _) = ask(server.address, &format!("PUT /backups/{}", sha256(b"x")), b"x");
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let code = organizer.give(&json!({"do": "issue", "role": "moderator", "name": "Bo"}))["code"]
        .as_u64()
        .unwrap();
    let mut moderator = Operator::new(server.socket("room=hall"), u32::try_from(code).unwrap());
    for command in ["handover", "confirmRestore"] {
        assert_eq!(moderator.give(&json!({"do": command}))["code"], "not_allowed");
    }
    let in_memory = Server::start(|_| {});
    let refused = operator(in_memory.address).give_sealed(&json!({"do": "backup"}), PASSPHRASE);
    assert_eq!(refused["code"], "not_allowed");
    // Not even an answer of another kind.
    let mut socket = server.socket("room=hall");
    assert_eq!(answer(&mut socket, 1, "handover", None)["code"], "unknown_event");
}

#[test]
fn the_commands_make_and_restore_a_backup() {
    let (old, new) = (data("backup-command"), Data::new("restore-command"));
    let (file, key) = (old.0.join("evening.age"), old.0.join("passphrase"));
    fs::write(&key, format!("{PASSPHRASE}\n")).unwrap();
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let (from, to) = (old.0.to_str().unwrap(), new.0.to_str().unwrap());
    let server = old.start();
    said(server.address, "kept");
    let done = run(&["backup", "--data", from, "--passphrase-file", key, file]);
    assert!(done.status.success(), "{done:?}");
    let refused = run(&["restore", "--data", from, "--passphrase-file", key, "--yes", file]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && error.contains("another server uses this directory"),
        "{error}"
    );
    let unsure = run(&["restore", "--data", to, "--passphrase-file", key, file]);
    let error = String::from_utf8_lossy(&unsure.stderr).into_owned();
    assert!(!unsure.status.success() && error.contains("--yes is needed"), "{error}");
    let done = run(&["restore", "--data", to, "--passphrase-file", key, "--yes", file]);
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        done.status.success() && told.contains("1 messages in 1 rooms"),
        "{told}"
    );
    assert_eq!(fs::read(new.0.join("organizer")).unwrap(), KEYS.organizer);
    let restored = new.start();
    assert!(texts(restored.address).contains("kept"));
}

#[test]
fn a_wipe_removes_the_backup_and_the_data_of_before() {
    let data = data("backup-wiped");
    let server = data.start();
    said(server.address, "gone");
    let mut organizer = operator(server.address);
    let file = made(server.address, &mut organizer);
    sent(server.address, &mut organizer, &file, PASSPHRASE);
    fs::create_dir_all(data.0.join("before-restore")).unwrap();
    assert!(data.0.join("handover/backup.age").exists() && data.0.join("restoring.part").exists());
    assert_eq!(organizer.give(&json!({"do": "wipe"}))["ok"], true);
    for copy in ["before-restore", "handover", "restoring.part"] {
        assert!(!data.0.join(copy).exists(), "{copy}");
    }
    let mut organizer = operator(server.address);
    assert_eq!(organizer.give(&json!({"do": "confirmRestore"}))["code"], "disk");
    let told = sent(server.address, &mut organizer, &file, PASSPHRASE);
    assert!(
        told["preview"]["wipedAt"].as_u64().is_some(),
        "what was deleted would come back: {told}"
    );
}

#[test]
fn a_box_gives_its_log_and_resets_itself_and_another_computer_does_neither() {
    let box_dir = Data::new("box-log");
    let service = UnixListener::bind(box_dir.0.join("log")).unwrap();
    let dir = box_dir.0.clone();
    let server = Server::start(move |config| {
        config.box_dir = Some(dir.clone());
        config.data = Some(dir);
    });
    let mut organizer = operator(server.address);
    let log = std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = service.accept().unwrap();
            stream.write_all(b"box chatterbox[7]: from 192.168.4.17\n").unwrap();
        });
        organizer.give(&json!({"do": "log"}))
    });
    assert_eq!(log, json!({"ok": true, "log": "box chatterbox[7]: from ***\n"}));
    assert_eq!(organizer.give(&json!({"do": "handover"}))["box"], true);
    assert!(!box_dir.0.join("reset-wanted").exists());
    assert_eq!(organizer.give(&json!({"do": "reset"})), json!({"ok": true}));
    assert!(
        box_dir.0.join("reset-wanted").exists(),
        "systemd/box-handover.path sees it"
    );

    let computer = data("no-box");
    let server = computer.start();
    let mut organizer = operator(server.address);
    for command in ["log", "reset"] {
        assert_eq!(
            organizer.give(&json!({"do": command}))["code"],
            "not_allowed",
            "{command}"
        );
    }
    let status = body(&server.get("/status"));
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
}
