//! The operators' reserve: when all ordinary slots for connections are taken, a connection is served only if its first request is an
//! operator's. Others are refused as `full`. The request is limited by [`limits::TURN_AWAY_MS`] and [`limits::RESERVED_BYTES`]; a longer or
//! later one is served, too, but gives way to others.

use std::time::Duration;

use futures_util::FutureExt;
use httparse::{Header, Status};
use rustix::net::RecvFlags;
use tokio::{
    io::ReadBuf,
    time::{sleep, timeout},
};

use super::admission::{Operates, Permit};
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
/// Maximum number of headers, as in hyper.
const HEADERS: usize = 100;

/// Whether the first request of a connection is an operator's. False if it arrives too late, or if the connection is evicted before.
pub async fn operates(stream: &Stream, permit: &Permit) -> bool {
    let patience = Duration::from_millis(limits::TURN_AWAY_MS);
    let first = tokio::select! {
        first = timeout(patience, first_request(stream)) => first.unwrap_or_else(|_| look(stream)),
        // The request may be there already, while the task had no turn to look.
        () = permit.lost() => look(stream),
    };
    let how = match first {
        First::Operators(how) => Some(how),
        First::Part { is_operators } => is_operators.then_some(Operates::Lastingly),
        First::Other => None,
    };
    if let Some(how) = how {
        permit.operate(how);
    }
    how.is_some()
}

/// The kind of a connection's first request, as far as its bytes have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// An operator's request.
    Operators(Operates),
    /// The rest has to arrive before the decision.
    Part { is_operators: bool },
    /// No operator's request.
    Other,
}

/// The first request, as far as the kernel has it now, or the handshake of TLS is done and its record is there.
fn look(stream: &Stream) -> First {
    let mut bytes = [0; limits::RESERVED_BYTES];
    let count = match stream {
        Stream::Plain(socket) => {
            rustix::net::recv(socket, &mut bytes, RecvFlags::PEEK).map_or(0, |received| received.0)
        }
        Stream::Tls(_) => stream
            .peek(&mut bytes)
            .now_or_never()
            .map_or(0, Result::unwrap_or_default),
    };
    judge(&bytes[..count])
}

/// Peeks at the first request, which stays in the socket for the server, until it can be judged or is too long.
async fn first_request(stream: &Stream) -> First {
    let mut bytes = [0; limits::RESERVED_BYTES];
    loop {
        let count = stream.peek(&mut bytes).await.unwrap_or_default();
        let first = judge(&bytes[..count]);
        if !matches!(first, First::Part { .. }) || count == 0 || count == bytes.len() {
            return first;
        }
        // Peeked bytes keep the socket readable, so readiness does not tell when more have come.
        sleep(Duration::from_millis(limits::RESERVED_LOOK_MS)).await;
    }
}

fn judge(bytes: &[u8]) -> First {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(parsed) = request.parse(bytes) else {
        return First::Other;
    };
    let Some(target) = request.path else {
        return First::Part { is_operators: false };
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let below = |root: &&str| {
        path.strip_prefix(*root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let operates = || query::pairs(Some(query)).is_ok_and(|pairs| query::value(&pairs, "operates") == Some("1"));
    if !PATHS.iter().any(below) {
        return match operates() {
            true => First::Operators(Operates::Lastingly),
            false => First::Other,
        };
    }
    match parsed {
        Status::Partial => First::Part { is_operators: true },
        Status::Complete(head) => match body_length(request.headers) {
            Some(length) if bytes.len() - head < length => First::Part { is_operators: true },
            Some(_) => First::Operators(Operates::Briefly),
            None => First::Operators(Operates::Lastingly),
        },
    }
}

/// Length of a request's body; `None` if the head does not tell it.
fn body_length(headers: &[Header<'_>]) -> Option<usize> {
    let value = |name: &str| headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    match (value("transfer-encoding"), value("content-length")) {
        (None, None) => Some(0),
        (None, Some(length)) => std::str::from_utf8(length.value).ok()?.parse().ok(),
        (Some(_), _) => None,
    }
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
    let _ = stream.try_read(&mut ReadBuf::new(&mut [0; limits::RESERVED_BYTES]));
    let answer = [head.as_bytes(), &body].concat();
    let _ = timeout(Duration::from_millis(limits::TURN_AWAY_MS), stream.finish(&answer)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_known_by_their_first_line() {
        for line in [
            "POST /admin/nonce",
            "POST /admin",
            "GET /organizer",
            "GET /page/abc/app.js",
        ] {
            let head = format!("{line} HTTP/1.1\r\nhost: box\r\n\r\n");
            assert_eq!(judge(head.as_bytes()), First::Operators(Operates::Briefly), "{line}");
        }
        for line in [
            "GET /socket.io/?EIO=4&operates=1&transport=polling",
            "GET /ws?operates=1",
        ] {
            let head = format!("{line} HTTP/1.1\r\nhost: b");
            assert_eq!(judge(head.as_bytes()), First::Operators(Operates::Lastingly), "{line}");
        }
        for line in [
            "GET /",
            "GET /ws?operates=0",
            "GET /ws?operates=1&x=%ff",
            "GET /adminx",
            "\u{16}\u{3}\u{1}",
        ] {
            let head = format!("{line} HTTP/1.1\r\nhost: box\r\n\r\n");
            assert_eq!(judge(head.as_bytes()), First::Other, "{line}");
        }
    }

    #[test]
    fn a_brief_request_is_whole_with_its_body() {
        let whole = b"POST /admin HTTP/1.1\r\nHost: box\r\nContent-Length: 4\r\n\r\n{  }";
        assert_eq!(judge(whole), First::Operators(Operates::Briefly));
        for end in 0..whole.len() {
            let is_operators = whole[..end].starts_with(b"POST /admin ");
            assert_eq!(judge(&whole[..end]), First::Part { is_operators }, "{end}");
        }
        for header in ["Transfer-Encoding: chunked", "Content-Length: x"] {
            let head = format!("POST /admin HTTP/1.1\r\n{header}\r\n\r\n");
            assert_eq!(
                judge(head.as_bytes()),
                First::Operators(Operates::Lastingly),
                "{header}"
            );
        }
    }
}
