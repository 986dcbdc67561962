//! Requests the server's report (`GET /status`), with limits on time and size.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde::Deserialize;

/// Timeout for the server's answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Maximum length of the server's answer, in bytes.
const ANSWER_BYTES: u64 = 64 * 1024;
/// First bytes of a successful answer.
const GOOD: &str = "HTTP/1.1 200";
/// The server's report, or the reason why there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Why there was no answer; `None` if the server answered.
    #[serde(skip)]
    pub silent: Option<String>,
    /// Number of members in all rooms.
    pub members: usize,
    /// Whether messages are stored; `None` if the report does not say.
    pub durable: Option<bool>,
}

/// Requests the report. The task that runs the rooms answers it, so a hanging task gives no answer.
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
