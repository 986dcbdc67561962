//! The server, and what it keeps.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use super::Machine;

/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How a good answer begins.
const GOOD: &[u8] = b"HTTP/1.1 200";
/// Where the server keeps what was said: systemd's place for it, and the same on the card.
const DATA: &[&str] = &[
    "var/lib/private/chatterbox",
    "data/private/chatterbox",
    "var/lib/chatterbox",
];
const DATABASE: &str = "chatterbox.db";
/// How a database begins (SQLite's file format, 1.3).
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How the server answers.
#[derive(Clone, Debug)]
pub struct Health {
    /// Why it does not; `None` if it does.
    pub silent: Option<String>,
}

/// Asks the server for its page.
pub fn ask(server: SocketAddr) -> Health {
    let silent = answer(server).err().map(|error| error.to_string());
    Health { silent }
}

fn answer(server: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&server, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    let request = format!("GET / HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = [0; GOOD.len()];
    stream.read_exact(&mut head)?;
    if head == GOOD {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "it said {:?}",
        String::from_utf8_lossy(&head)
    )))
}

pub fn check(machine: &Machine, found: &mut Vec<String>) {
    if let Some(why) = machine.health.as_ref().and_then(|health| health.silent.as_ref()) {
        found.push(format!(
            "The server does not answer ({why}). Start the box again; if this stays, look at `journalctl -u chatterbox`."
        ));
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
