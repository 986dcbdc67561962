//! Direct messages: each member's queue is limited in frames and bytes, and a full queue closes the connection.
//!
//! The server stops reading from a client whose queue is long, so only messages of other users can fill it. A queue may hold
//! [`limits::DIRECT_BYTES`], and at most a [share](limits::DIRECT_SHARE) of the free memory budget. The more queues are long, the less each
//! may hold, so any number of slow readers stays within the budget.

use super::{
    Fanout, Frames,
    member::{Member, Outgoing},
};
use crate::{
    limits,
    memory::{Account, Part},
    room::{CloseReason, ConnId, Seq},
};

/// Error: a member's queue of direct messages is full, and its connection must be closed.
#[derive(Debug)]
pub struct QueueFull;

impl Outgoing {
    /// Length of the encoded message, in bytes.
    pub fn len(&self) -> usize {
        match self {
            Outgoing::Ready(bytes) | Outgoing::Packet { json: bytes, .. } => bytes.len(),
        }
    }

    /// Counts the bytes in the memory account until their last handle is dropped.
    fn counted(self, account: &std::sync::Arc<Account>) -> Self {
        match self {
            Outgoing::Ready(bytes) => Outgoing::Ready(account.hold(Part::Frames, bytes)),
            Outgoing::Packet { json, ack } => Outgoing::Packet {
                json: account.hold(Part::Frames, json),
                ack,
            },
        }
    }
}

impl Member {
    /// Queues a message after the entries up to `head`; `free` is the number of bytes left in the memory budget.
    ///
    /// # Errors
    /// The queue is full.
    pub fn push(&mut self, head: Seq, outgoing: Outgoing, free: usize) -> Result<(), QueueFull> {
        if !self.uses_library() && self.cursor.direct_len() >= limits::LANE_FRAMES {
            return Err(QueueFull);
        }
        let bytes = outgoing.len();
        let most = limits::DIRECT_BYTES.min(free / limits::DIRECT_SHARE);
        // An empty queue takes one message of any size.
        if self.direct_bytes > 0 && self.direct_bytes + bytes > most {
            return Err(QueueFull);
        }
        self.cursor.push_direct(head, outgoing).map_err(|_| QueueFull)?;
        self.direct_bytes += bytes;
        self.update_backpressure();
        Ok(())
    }

    /// Stops reading from the client when the queue is long, and resumes when it is short again.
    pub fn update_backpressure(&mut self) {
        let (frames, bytes) = (self.cursor.direct_len(), self.direct_bytes);
        let long = match self.queue_long {
            true => frames > limits::QUEUE_LOW || bytes > limits::DIRECT_LOW_BYTES,
            false => frames >= limits::QUEUE_HIGH || bytes >= limits::DIRECT_HIGH_BYTES,
        };
        if long != self.queue_long {
            self.queue_long = long;
            if let Some(backpressure) = &self.backpressure {
                backpressure.queue_long(long);
            }
        }
    }
}

impl<E: Frames> Fanout<E> {
    /// Queues a direct message after the newest entry of the room, and serves the member.
    pub(super) fn send(&mut self, conn: ConnId, outgoing: impl FnOnce(&Member) -> Outgoing) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let outgoing = outgoing(&self.members[key]).counted(&self.account);
        self.enqueue(key, self.head_of(key), outgoing);
    }

    /// Sends a direct message like [`Self::send`], but one that several members share and whose memory is counted once.
    pub(super) fn send_shared(&mut self, conn: ConnId, shared: &crate::wire::Shared) {
        let Some(&key) = self.by_conn.get(&conn) else { return };
        let outgoing = self.members[key].shared(shared);
        self.enqueue(key, self.head_of(key), outgoing);
    }

    pub(super) fn head_of(&self, key: usize) -> Seq {
        let place = self.members.get(key).and_then(|member| member.membership);
        let replica = place.and_then(|(room, _)| self.rooms.get(&room));
        replica.map_or(0, |replica| replica.log.head())
    }

    pub(super) fn enqueue(&mut self, key: usize, head: Seq, outgoing: Outgoing) {
        let free = self.account.free();
        let member = &mut self.members[key];
        if member.push(head, outgoing, free).is_err() {
            let conn = member.conn;
            self.close(conn, CloseReason::Overflow);
            self.report_disconnect(conn);
            return;
        }
        self.serve(key);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        fanout::{pull::pull, replica::Replica},
        room::UserId,
        transport::opening::{Opening, Sink},
        wire::Encoded,
    };

    const FREE: usize = 1 << 30;

    fn member() -> Member {
        Member::new(Opening {
            conn: ConnId(1),
            user: UserId(1),
            sink: Sink::Poll(None),
            namespace: None,
            backpressure: None,
            watched: None,
        })
    }

    fn outgoing(bytes: usize) -> Outgoing {
        Outgoing::Ready(Bytes::from(vec![b'x'; bytes]))
    }

    fn pushed(member: &mut Member, bytes: usize, free: usize) -> usize {
        std::iter::repeat_with(|| member.push(0, outgoing(bytes), free))
            .take_while(Result::is_ok)
            .count()
    }

    #[test]
    fn a_queue_is_bounded_in_bytes() {
        let mut slow = member();
        assert_eq!(pushed(&mut slow, 64 * 1024, FREE), limits::DIRECT_BYTES / (64 * 1024));
        assert_eq!(slow.direct_bytes, limits::DIRECT_BYTES);
        assert!(
            pushed(&mut member(), 1, FREE) >= limits::LANE_FRAMES,
            "small messages are bounded by their number"
        );
    }

    #[test]
    fn a_queue_holds_less_when_less_memory_is_free() {
        let free = 16 * 50_000;
        assert_eq!(pushed(&mut member(), 10_000, free), 5);
        let mut nothing = member();
        assert_eq!(
            pushed(&mut nothing, 10_000, 0),
            1,
            "an empty queue takes one message of any size"
        );
    }

    #[test]
    fn a_message_that_is_taken_frees_its_share_of_the_queue() {
        let mut reads = member();
        let nothing = Replica::<Encoded>::nowhere(&limits::Limits::default());
        for _ in 0..3 {
            assert_eq!(pushed(&mut reads, 100_000, 16 * 200_000), 2);
            while pull(&mut reads, &nothing).is_some() {}
            assert_eq!(reads.direct_bytes, 0);
        }
    }
}
