//! The memory budget under attack: with a budget of 96 MB the process stays below 128, and a guest is served all the time.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::{
    body,
    operator::{Operator, answer},
    server::{PATIENCE, Server, next, read_all, say},
    status,
};

const BUDGET_MIB: u64 = 96;
const MOST_MIB: u64 = 128;

/// Shell command that passes its standard input on as systemd passes a socket (sd_listen_fds(3)).
const START: &str = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" serve --ephemeral --log error \
    --set limits.rate=off --set limits.per_address=off --set limits.memory_mib=96";

/// The program in a process of its own.
struct Program {
    child: Child,
    address: SocketAddr,
}

/// The longest text of control characters, which JSON makes six times as long.
fn heavy(number: usize) -> String {
    format!("{number:08}{}", "\\u0001".repeat(8192 - 8))
}

impl Program {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let address = listener.local_addr().expect("bound");
        let program = std::env::var_os("CHATTERBOX_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_chatterbox").into());
        let child = Command::new("sh")
            .args(["-c", START])
            .arg(program)
            .env_remove("CHATTERBOX_BIN")
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(Stdio::null())
            .spawn()
            .expect("the program");
        Self { child, address }
    }

    fn stream(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a valid time");
        stream.set_write_timeout(Some(PATIENCE)).expect("a valid time");
        stream.set_nodelay(true).expect("a TCP socket");
        stream
    }

    fn socket(&self, query: &str) -> WebSocket<TcpStream> {
        let url = format!("ws://{}/ws?{query}", self.address);
        tungstenite::client(url, self.stream()).expect("a handshake").0
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = self.stream();
        stream.write_all(request.as_bytes()).expect("it reads");
        read_all(&mut stream)
    }

    /// Sends a request and does not read the answer.
    fn unread(&self, target: &str) -> TcpStream {
        let mut stream = self.stream();
        let request = format!("GET {target} HTTP/1.1\r\nhost: box\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        stream
    }

    /// Asserts that a guest's message comes back to the guest.
    fn serves_guest(&self, guest: &mut WebSocket<TcpStream>, said: &str) {
        say(guest, &json!([1, "chat", said]).to_string());
        let (mut heard, mut acknowledged) = (false, false);
        while !(heard && acknowledged) {
            let Message::Text(text) = guest.read().expect("within the time") else {
                continue;
            };
            let event: Value = serde_json::from_str(&text).expect("JSON");
            heard |= event[0] == "chat" && event[1] == said;
            acknowledged |= event[0] == "ack" && event[2]["ok"] == true;
            assert!(event[0] != "ack" || event[2]["ok"] == true, "{event}");
        }
    }

    /// Used bytes and the budget, in bytes.
    fn memory(&self) -> (u64, u64) {
        let answer = self.ask("GET /status HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n");
        let memory = &body(&answer)["memory"];
        let bytes = |key: &str| memory[key].as_u64().expect("a number");
        (bytes("used"), bytes("budget"))
    }

    /// Resident memory of the process in MiB: now, and at most so far.
    fn resident(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let kib = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("a line");
            line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
        };
        (kib("VmRSS:") / 1024, kib("VmHWM:") / 1024)
    }

    /// Asserts the bounds after an attack.
    fn holds(&self, attack: &str) {
        let (used, budget) = self.memory();
        let (now, most) = self.resident();
        println!(
            "{attack}: {} MiB in the account, {now} MiB resident, {most} MiB at most",
            used >> 20
        );
        assert_eq!(budget, BUDGET_MIB << 20);
        assert!(used <= budget, "{attack}: {used} of {budget}");
        assert!(most < MOST_MIB, "{attack}: {most} MiB");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends an event and returns its answer.
fn sends(socket: &mut WebSocket<TcpStream>, event: &str) -> Value {
    say(socket, event);
    next(socket, "ack")[2].clone()
}

#[test]
fn private_messages_to_sockets_that_do_not_read() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    let mut unread = Vec::new();
    let mut receivers = Vec::new();
    for _ in 0..3 {
        let mut first = program.socket("room=private");
        let welcome = next(&mut first, "welcome");
        let token = welcome[1]["token"].as_str().expect("a text").to_owned();
        receivers.push(welcome[1]["you"]["id"].as_str().expect("a text").to_owned());
        unread.push(first);
        for _ in 1..40 {
            unread.push(program.socket(&format!("room=private&token={token}")));
        }
    }
    let mut sender = program.socket("room=private");
    for number in 0..900 {
        let to = &receivers[number % receivers.len()];
        let sent = sends(&mut sender, &format!("[1,\"dm\",\"{to}\",\"{}\"]", heavy(number)));
        // Slow receivers are closed; a message to a closed one is refused.
        assert!(sent["ok"] == true || sent["code"] == "unknown_user", "{sent}");
        if number % 100 == 0 {
            program.serves_guest(&mut guest, &number.to_string());
        }
    }
    program.serves_guest(&mut guest, "and on");
    program.holds("private messages");
}

#[test]
fn rooms_full_of_control_characters() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    for number in 0..40 {
        let mut sender = program.socket(&format!("room=r{number}"));
        // A member with a second format.
        let _stream = program.unread(&format!("/rooms/r{number}/events"));
        for text in 0..40 {
            let sent = sends(&mut sender, &format!("[1,\"chat\",\"{}\"]", heavy(text)));
            assert_eq!(sent["ok"], true, "{sent}");
        }
        program.serves_guest(&mut guest, &number.to_string());
    }
    program.holds("control characters");
    // The guests' room was the smallest, so its entries are still there.
    let polled = program.ask("GET /rooms/guests/messages HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n");
    assert_eq!(body(&polled)["events"][0][1], "0", "{polled}");
}

#[test]
fn handshakes_of_sessions_that_join_nothing() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    let mut opened = 0;
    let mut refused = 0;
    for number in 0..10 {
        let mut stream = program.stream();
        let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: box\r\n\r\n";
        for _ in 0..2000 {
            stream.write_all(request.as_bytes()).expect("it reads");
            match status(&one_answer(&mut stream)) {
                "200" => opened += 1,
                "503" => refused += 1,
                other => panic!("{other}"),
            }
        }
        program.serves_guest(&mut guest, &number.to_string());
    }
    assert_eq!(opened + refused, 20_000);
    assert!(opened > 100 && refused > 10_000, "{opened} opened, {refused} refused");
    program.holds("handshakes");
    // A newcomer on another transport comes in.
    next(&mut program.socket("room=guests"), "welcome");
}

/// One answer of a connection that is kept alive.
fn one_answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).expect("an answer within the time");
        assert!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
        if let Some((head, rest)) = text.split_once("\r\n\r\n")
            && let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: "))
            && rest.len() >= length.trim().parse().expect("a number")
        {
            return String::from_utf8_lossy(&read).into_owned();
        }
    }
}

#[test]
fn slow_readers_of_large_texts() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    let mut sender = program.socket("room=slow");
    let mut slow = Vec::new();
    let mut polling = Vec::new();
    for text in 0..400 {
        // They join one after the other, so that different entries wait for each.
        if text % 8 == 0 {
            slow.push(program.socket("room=slow").into_inner_stream());
            slow.push(program.unread("/rooms/slow/events"));
            polling.push(session(&program));
        }
        let sent = sends(&mut sender, &format!("[1,\"chat\",\"{}\"]", heavy(text)));
        assert_eq!(sent["ok"], true, "{sent}");
        if text % 50 == 0 {
            program.serves_guest(&mut guest, &text.to_string());
        }
    }
    program.serves_guest(&mut guest, "and on");
    program.holds("slow readers");
    // A reader that reads again is told what it missed.
    let mut reads = slow.remove(0);
    let mut seen = String::new();
    while !seen.contains("\"gap\"") {
        let mut buffer = [0; 65_536];
        let count = reads.read(&mut buffer).expect("the stream goes on");
        assert!(count > 0, "the stream ended");
        seen = format!("{}{}", tail(&seen), String::from_utf8_lossy(&buffer[..count]));
    }
}

fn tail(text: &str) -> &str {
    &text[text.floor_char_boundary(text.len().saturating_sub(16))..]
}

/// A polling session in the room `slow` that fetches nothing.
fn session(program: &Program) -> TcpStream {
    let mut stream = program.stream();
    let open = "GET /socket.io/?EIO=4&transport=polling&room=slow HTTP/1.1\r\nhost: box\r\n\r\n";
    stream.write_all(open.as_bytes()).expect("it reads");
    let opened = one_answer(&mut stream);
    let sid = opened
        .split("\"sid\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={}", sid.expect("a session"));
    let connect = format!("POST {target} HTTP/1.1\r\nhost: box\r\ncontent-length: 2\r\n\r\n40");
    stream.write_all(connect.as_bytes()).expect("it reads");
    assert!(one_answer(&mut stream).ends_with("ok"));
    stream
}

/// The stream below a WebSocket, with what it has not read.
trait IntoStream {
    fn into_inner_stream(self) -> TcpStream;
}

impl IntoStream for WebSocket<TcpStream> {
    fn into_inner_stream(self) -> TcpStream {
        self.get_ref().try_clone().expect("a handle")
    }
}

#[test]
fn answers_that_are_not_read() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    let mut sender = program.socket("room=long");
    for text in 0..40 {
        sends(&mut sender, &format!("[1,\"chat\",\"{}\"]", heavy(text)));
    }
    let mut slow = Vec::new();
    for number in 0..100 {
        let mut socket = program.socket("room=long");
        // A hundred times the whole room.
        for _ in 0..100 {
            socket.send(Message::text("[1,\"history\"]")).expect("it reads");
        }
        slow.push(socket);
        if number % 20 == 0 {
            program.serves_guest(&mut guest, &number.to_string());
        }
    }
    program.serves_guest(&mut guest, "and on");
    program.holds("answers");
}

#[test]
fn bodies_and_messages_that_do_not_end() {
    let program = Program::start();
    let mut guest = program.socket("room=guests");
    let mut open = Vec::new();
    for number in 0..600 {
        // 60 kB of a message of 64 kB, in a frame and in a body.
        let mut socket = program.socket("room=slow").into_inner_stream();
        let mut begun = vec![0x81, 0x80 | 127];
        begun.extend(65_000_u64.to_be_bytes());
        begun.resize(60_000, 0);
        let _ = socket.write_all(&begun);
        open.push(socket);
        let mut post = program.stream();
        let head = "POST /rooms/slow/messages HTTP/1.1\r\nhost: box\r\ncontent-length: 65000\r\n\r\n";
        let _ = post
            .write_all(head.as_bytes())
            .and_then(|()| post.write_all(&[b'x'; 60_000]));
        open.push(post);
        if number % 100 == 0 {
            program.serves_guest(&mut guest, &number.to_string());
        }
    }
    program.serves_guest(&mut guest, "and on");
    program.holds("unfinished messages");
}

#[test]
fn approval_queues_and_boards_full_of_the_longest_texts() {
    let server = Server::start(|config| config.limits.memory_mib = BUDGET_MIB);
    let mut guest = server.socket("room=guests");
    let mut operator = Operator::new(server.socket("room=guests"), 0);
    let mut held = 0;
    let mut busy = 0;
    let mut questions = 0;
    for number in 0..24 {
        let room = format!("r{number}");
        let mut sender = server.socket(&format!("room={room}"));
        for _ in 0..40 {
            say(&mut sender, &json!([1, "ask", "\u{1}".repeat(280)]).to_string());
            questions += u32::from(next(&mut sender, "ack")[2]["ok"] == true);
        }
        let set = operator.give(&json!({"do": "settings", "room": room, "set": {"hold": true}}));
        assert_eq!(set["ok"], true, "{set}");
        for text in 0..200 {
            say(&mut sender, &format!("[1,\"chat\",\"{}\"]", heavy(text)));
            let ack = next(&mut sender, "ack");
            match ack[2]["code"].as_str() {
                None => held += 1,
                Some("busy") => busy += 1,
                Some(other) => panic!("{other}"),
            }
        }
        let reply = answer(&mut guest, 7, "chat", Some(&json!(room)));
        assert_eq!(reply["ok"], true, "the guest goes on: {reply}");
    }
    let memory = &body(&server.get("/status"))["memory"];
    println!("{held} held, {busy} refused, {questions} questions: {memory}");
    assert_eq!(questions, 24 * 32, "each board takes its bound");
    let bytes = |key: &str| memory[key].as_u64().expect("a number");
    assert!(
        held * 8192 <= bytes("budget") / 8 && held * 9500 > bytes("budget") / 8,
        "{held} held"
    );
    assert!(bytes("used") > held * 8192 && bytes("used") <= bytes("budget"));
}
