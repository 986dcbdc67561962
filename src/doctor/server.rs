//! The server, and what it keeps.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde::Deserialize;

use super::Machine;

/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// A longer one is not our server's.
const ANSWER_BYTES: u64 = 64 * 1024;
/// How a good answer begins.
const GOOD: &str = "HTTP/1.1 200";
/// Where the server keeps what was said: systemd's place for it, and the same on the card.
const DATA: &[&str] = &[
    "var/lib/private/chatterbox",
    "data/private/chatterbox",
    "var/lib/chatterbox",
];
const DATABASE: &str = "chatterbox.db";
/// How a database begins (SQLite's file format, 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What the server says of itself (`GET /status`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Why it says nothing.
    #[serde(skip)]
    pub silent: Option<String>,
    /// People in its rooms.
    pub members: usize,
    /// Whether what is said is on disk; `None` if it does not tell.
    pub durable: Option<bool>,
}

/// Asks the server. The answer comes from the task that runs the rooms, so it hangs if they do.
pub fn ask(server: SocketAddr) -> Health {
    answer(server).unwrap_or_else(|error| Health {
        silent: Some(error.to_string()),
        ..Health::default()
    })
}

fn answer(server: SocketAddr) -> io::Result<Health> {
    let mut stream = TcpStream::connect_timeout(&server, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let request = format!("GET /status HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    if !head.starts_with(GOOD) {
        let line = head.lines().next().unwrap_or_default();
        return Err(io::Error::other(format!("it said {line:?}")));
    }
    serde_json::from_str(body).map_err(io::Error::other)
}

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    if let Some(why) = machine.health.as_ref().and_then(|health| health.silent.as_ref()) {
        found.push(format!(
            "The server does not answer ({why}). Start the box again; if this stays, look at `journalctl -u chatterbox`."
        ));
    }
    if machine.health.as_ref().and_then(|health| health.durable) == Some(false) {
        found.push(
            "What is said is not kept: the card is full or fails, and the rooms are in memory only. Keep the box running until you have copied what you need, then use a new card."
                .to_owned(),
        );
    }
    for dir in DATA {
        let Ok(mut file) = File::open(machine.path(dir).join(DATABASE)) else {
            continue;
        };
        let mut head = [0; MAGIC.len()];
        // An empty file is a new database.
        let empty = file.metadata().is_ok_and(|meta| meta.len() == 0);
        if !empty && (file.read_exact(&mut head).is_err() || head != *MAGIC) {
            found.push(format!(
                "What was said is damaged ({dir}/{DATABASE}), so nothing new is kept. Copy the file away for help, remove it, and start the box again."
            ));
        }
        break;
    }
}
