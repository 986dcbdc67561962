//! Delays the first heartbeat of Engine.IO 4 on polling. The library sends it at once (engineioxide 0.17.9, `src/socket.rs`,
//! `heartbeat_job_v4`), but clients expect it after an interval. The edge removes it from the answer and answers it itself;
//! [`super::stream`] does so on WebSocket.

use bytes::Bytes;

use crate::transport::engineio::payload::SEPARATOR;

/// A version 4 payload without its first heartbeat; `None` if it has no heartbeat.
pub fn without_ping(body: &Bytes) -> Option<Bytes> {
    let mut at = 0;
    for packet in body.split(|&byte| byte == SEPARATOR) {
        let end = at + packet.len();
        if packet == b"2" {
            let before = &body[..at.saturating_sub(1)];
            let after = &body[(end + 1).min(body.len())..];
            return Some(if before.is_empty() {
                body.slice_ref(after)
            } else if after.is_empty() {
                body.slice_ref(before)
            } else {
                [before, &[SEPARATOR], after].concat().into()
            });
        }
        at = end + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_heartbeat_is_taken_out() {
        let without = |body: &'static str| without_ping(&Bytes::from_static(body.as_bytes()));
        assert_eq!(without("2"), Some(Bytes::new()));
        assert_eq!(without("2\x1e40{}"), Some(Bytes::from("40{}")));
        assert_eq!(without("40{}\x1e2"), Some(Bytes::from("40{}")));
        assert_eq!(without("40{}\x1e2\x1e42[1]"), Some(Bytes::from("40{}\x1e42[1]")));
        assert_eq!(without("42[2]"), None);
    }
}
