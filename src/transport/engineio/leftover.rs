//! Leftover packets: the rest of the answer to a polling request, beyond the [`ANSWER_PACKETS`] packets that stock clients accept at once.
//! The session's next poll gets the rest, or the WebSocket connection after an upgrade. Leftovers expire after the longest silence that a
//! session may have.

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

/// Leftover packets by session, as Engine.IO 4 payloads. Clients of version 3 accept any number of packets.
pub struct LeftoverPackets {
    left: Mutex<HashMap<Sid, (Instant, Bytes)>>,
    kept: Duration,
}

impl LeftoverPackets {
    /// An empty table of leftover packets. Packets that are not fetched within `kept` expire.
    pub fn new(kept: Duration) -> Self {
        Self {
            left: Mutex::default(),
            kept,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sid, (Instant, Bytes)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Splits a payload: returns the packets for this answer, and stores the rest.
    pub fn keep(&self, sid: Sid, body: &Bytes) -> Bytes {
        let (first, rest) = split(body);
        if !rest.is_empty() {
            self.put(sid, rest);
        }
        first
    }

    /// Stores a payload for the session's next poll.
    pub fn put(&self, sid: Sid, body: Bytes) {
        let now = Instant::now();
        let mut left = self.lock();
        left.retain(|_, (since, _)| now - *since < self.kept);
        left.insert(sid, (now, body));
    }

    /// Removes and returns the session's leftover packets; `None` if it has none.
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

/// The packets of a payload as consecutive WebSocket frames.
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
        let leftover = LeftoverPackets::new(Duration::from_secs(1));
        let sid = Sid::new();
        let packets: Vec<_> = (0..2 * ANSWER_PACKETS + 1).map(|at| format!("4{at}")).collect();
        let mut body = Bytes::from(packets.join("\x1e"));
        for part in packets.chunks(ANSWER_PACKETS) {
            assert_eq!(leftover.keep(sid, &body), part.join("\x1e"));
            body = leftover.take(sid).unwrap_or_default();
        }
        assert!(body.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn packets_that_are_not_fetched_expire() {
        let leftover = LeftoverPackets::new(Duration::from_secs(1));
        let long = Bytes::from("6\x1e".repeat(ANSWER_PACKETS + 1));
        let (gone, new) = (Sid::new(), Sid::new());
        leftover.keep(gone, &long);
        tokio::time::advance(Duration::from_secs(2)).await;
        leftover.keep(new, &long);
        assert!(leftover.take(gone).is_none());
        assert!(leftover.take(new).is_some());
    }

    #[test]
    fn packets_become_frames() {
        let made = frames(b"4hi\x1ebAQID");
        assert_eq!(made, [0x81, 3, b'4', b'h', b'i', 0x82, 3, 1, 2, 3]);
    }
}
