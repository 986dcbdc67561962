//! What is left of the library's answer to a fetch once its client has as many packets as stock clients take at once. The next
//! fetch gets it, or the WebSocket connection that the session goes over to.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use socketioxide::socket::Sid;
use tokio::time::Instant;
use tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

use super::payload::SEPARATOR;
use crate::limits::ANSWER_PACKETS;

/// See the module. Payloads of version 4 only: the clients of version 3 take any number.
pub struct Rests {
    left: Mutex<HashMap<Sid, (Instant, Bytes)>>,
    kept: Duration,
}

impl Rests {
    /// None yet. A session that has not fetched for `kept` is over, and what was left for it goes.
    pub fn new(kept: Duration) -> Self {
        Self {
            left: Mutex::default(),
            kept,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sid, (Instant, Bytes)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the answer to a fetch may carry of `body`; the rest is kept.
    pub fn keep(&self, sid: Sid, body: &Bytes) -> Bytes {
        let (first, rest) = split(body);
        if !rest.is_empty() {
            let now = Instant::now();
            let mut left = self.lock();
            left.retain(|_, (since, _)| now - *since < self.kept);
            left.insert(sid, (now, rest));
        }
        first
    }

    /// All that is left for a session.
    pub fn take(&self, sid: Sid) -> Option<Bytes> {
        self.lock().remove(&sid).map(|(_, rest)| rest)
    }
}

fn split(body: &Bytes) -> (Bytes, Bytes) {
    let mut separators = body.iter().enumerate().filter(|&(_, &byte)| byte == SEPARATOR);
    match separators.nth(ANSWER_PACKETS - 1) {
        Some((at, _)) => (body.slice(..at), body.slice(at + 1..)),
        None => (body.clone(), Bytes::new()),
    }
}

/// The packets of a payload as WebSocket frames, one after the other.
pub fn frames(body: &[u8]) -> Vec<u8> {
    let mut frames = Vec::with_capacity(body.len());
    for packet in body.split(|&byte| byte == SEPARATOR) {
        let frame = match packet.strip_prefix(b"b").map(|coded| STANDARD.decode(coded)) {
            Some(Ok(bytes)) => Frame::message(bytes, OpCode::Data(Data::Binary), true),
            _ => Frame::message(packet.to_vec(), OpCode::Data(Data::Text), true),
        };
        frame.format(&mut frames).expect("a vector takes all");
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_split_between_packets() {
        let rests = Rests::new(Duration::from_secs(1));
        let sid = Sid::new();
        let packets: Vec<_> = (0..2 * ANSWER_PACKETS + 1).map(|at| format!("4{at}")).collect();
        let mut body = Bytes::from(packets.join("\x1e"));
        for part in packets.chunks(ANSWER_PACKETS) {
            assert_eq!(rests.keep(sid, &body), part.join("\x1e"));
            body = rests.take(sid).unwrap_or_default();
        }
        assert!(body.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_fetches_goes() {
        let rests = Rests::new(Duration::from_secs(1));
        let long = Bytes::from("6\x1e".repeat(ANSWER_PACKETS + 1));
        let (gone, new) = (Sid::new(), Sid::new());
        rests.keep(gone, &long);
        tokio::time::advance(Duration::from_secs(2)).await;
        rests.keep(new, &long);
        assert!(rests.take(gone).is_none());
        assert!(rests.take(new).is_some());
    }

    #[test]
    fn packets_become_frames() {
        let made = frames(b"4hi\x1ebAQID");
        assert_eq!(made, [0x81, 3, b'4', b'h', b'i', 0x82, 3, 1, 2, 3]);
    }
}
