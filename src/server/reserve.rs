//! The operators' reserve: when all ordinary slots for connections are taken, a connection is served only if its first request is an
//! operator's. Others are
//! refused as `full`. The first line is limited by [`limits::TURN_AWAY_MS`] and [`limits::RESERVED_LINE_BYTES`].

use std::time::Duration;

use futures_util::FutureExt;
use rustix::net::RecvFlags;
use tokio::{
    io::ReadBuf,
    time::{sleep, timeout},
};

use super::admission::Permit;
use crate::{
    limits,
    room::{Code, Refusal},
    transport::{
        lane::{Socket, Stream},
        query,
    },
    wire,
};

/// Paths whose requests count as an operator's even without `operates=1`; `/page` has the scripts and styles of the organizer's page.
const PATHS: [&str; 3] = ["/organizer", "/admin", "/page"];

/// Whether the first request of a connection is an operator's. False if it arrives too late, or if the connection is evicted before.
pub async fn operates(stream: &Stream, place: &Permit) -> bool {
    let patience = Duration::from_millis(limits::TURN_AWAY_MS);
    let line = tokio::select! {
        line = timeout(patience, request_line(stream)) => line.ok().flatten(),
        // The line may be there already, while the task had no turn to look.
        () = place.lost() => look(stream),
    };
    let operates = line.is_some_and(|line| is_operators(&line));
    if operates {
        place.operate();
    }
    operates
}

/// The first line, if the kernel has it now, or the handshake of TLS is done and its record is there.
fn look(stream: &Stream) -> Option<String> {
    let mut bytes = [0; limits::RESERVED_LINE_BYTES];
    let count = match stream {
        Stream::Plain(socket) => rustix::net::recv(socket, &mut bytes, RecvFlags::PEEK).ok()?.0,
        Stream::Tls(_) => stream.peek(&mut bytes).now_or_never()?.ok()?,
    };
    first_line(&bytes[..count])
}

fn first_line(bytes: &[u8]) -> Option<String> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    std::str::from_utf8(&bytes[..end]).ok().map(str::to_owned)
}

/// Peeks at the first line, which stays in the socket for the server. `None` if the connection ends or the line is too long.
async fn request_line(stream: &Stream) -> Option<String> {
    let mut bytes = [0; limits::RESERVED_LINE_BYTES];
    loop {
        let count = stream.peek(&mut bytes).await.ok()?;
        if bytes[..count].contains(&b'\n') {
            return first_line(&bytes[..count]);
        }
        if count == 0 || count == bytes.len() {
            return None;
        }
        // Peeked bytes keep the socket readable, so readiness does not tell when more have come.
        sleep(Duration::from_millis(limits::RESERVED_LOOK_MS)).await;
    }
}

fn is_operators(line: &str) -> bool {
    let Some(target) = line.split(' ').nth(1) else {
        return false;
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below = |root: &&str| {
        path.strip_prefix(*root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let operates = || query::pairs(Some(query)).is_ok_and(|pairs| query::value(&pairs, "operates") == Some("1"));
    PATHS.iter().any(below) || operates()
}

/// Refuses a connection as `full` by an HTTP response, whatever protocol the client speaks, and closes it.
pub async fn turn_away(stream: Stream) {
    let message = "the box has no place for another connection";
    let body = wire::answer_json(&Err(Refusal::retry(Code::Full, message, limits::FULL_RETRY_MS)));
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: {}\r\nrefresh: {}\r\nconnection: close\r\n\r\n",
        body.len(),
        limits::FULL_RETRY_MS / 1000,
        // A browser that shows the answer reloads by itself.
        limits::FULL_RETRY_MS / 1000
    );
    // Closing a socket with unread bytes resets the connection, and the client may lose the answer.
    let _ = stream.try_read(&mut ReadBuf::new(&mut [0; limits::RESERVED_LINE_BYTES]));
    let answer = [head.as_bytes(), &body].concat();
    let _ = timeout(Duration::from_millis(limits::TURN_AWAY_MS), stream.finish(&answer)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_known_by_their_first_line() {
        for line in [
            "POST /admin/nonce HTTP/1.1\r",
            "POST /admin HTTP/1.1\r",
            "GET /organizer HTTP/1.1\r",
            "GET /page/abc/app.js HTTP/1.1\r",
            "GET /socket.io/?EIO=4&operates=1&transport=polling HTTP/1.1\r",
            "GET /ws?operates=1 HTTP/1.1\r",
        ] {
            assert!(is_operators(line), "{line}");
        }
        for line in [
            "",
            "GET",
            "GET / HTTP/1.1\r",
            "GET /ws?operates=0 HTTP/1.1\r",
            "GET /adminx HTTP/1.1\r",
        ] {
            assert!(!is_operators(line), "{line}");
        }
    }
}
