//! Farewell packets with the close reason, for the client of a polling session that the library ended; `limits::LOST_SESSIONS` sessions.
//!
//! The library drops such a session with all its packets, so the client's next poll would only learn that the session is unknown.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, futures::Notified};

/// Farewell packets of one session; inactive until [`Lost::begin`].
#[derive(Default)]
pub struct Lost {
    /// Farewell packets, one for each namespace; `None` while the session is alive.
    words: Mutex<Option<Vec<String>>>,
    changed: Notify,
}

impl Lost {
    fn words(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the library has ended the session.
    pub fn begin(&self) {
        self.words().get_or_insert_default();
    }

    /// Whether the library has ended the session.
    pub fn is_lost(&self) -> bool {
        self.words().is_some()
    }

    /// Adds a farewell packet for the client.
    pub fn tell(&self, packet: String) {
        self.words().get_or_insert_default().push(packet);
    }

    /// Notifies waiting tasks that a namespace has left the session.
    pub fn changed(&self) {
        self.changed.notify_waiters();
    }

    /// Waits for the next [`Lost::changed`], including a call between this one and the first poll.
    pub fn wait(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Removes and returns all packets; `None` for later callers.
    pub fn take(&self) -> Option<Vec<String>> {
        self.words().take()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use socketioxide::{ProtocolVersion, socket::Sid};

    use super::super::Sessions;
    use crate::{limits, room::ConnId, transport::signal::SignalQueue};

    fn joined(sessions: &Sessions, conns: &[u64]) -> Sid {
        let sid = Sid::new();
        for &conn in conns {
            let board = Arc::new(SignalQueue::default());
            sessions.join((sid, ProtocolVersion::V5), ConnId(conn), Arc::default(), &board);
        }
        sid
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_session_is_forgotten_once_all_of_its_namespaces_were_told() {
        let sessions = Sessions::default();
        let sid = joined(&sessions, &[1, 2]);
        let session = sessions.join((sid, ProtocolVersion::V5), ConnId(3), Arc::default(), &Arc::default());
        assert!(!sessions.is_lost(sid));
        assert!(
            sessions.lose(sid) && sessions.lose(sid),
            "each namespace reports the end"
        );
        assert!(sessions.is_refused(sid) && sessions.is_ending(sid) && !sessions.any_polling());
        session.tell_last(ConnId(1), "one".to_owned());
        session.tell_last(ConnId(2), "two".to_owned());
        // One that goes by itself has nothing to hear.
        let gone = async { sessions.leave(sid, ConnId(3)) };
        let began = tokio::time::Instant::now();
        let (words, ()) = tokio::join!(sessions.last_words(sid), gone);
        assert_eq!(words.unwrap(), ["one", "two"]);
        assert!(began.elapsed().is_zero(), "no time-out");
        assert!(sessions.last_words(sid).await.is_none() && sessions.worker(sid).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_that_goes_or_is_told_already_is_not_lost() {
        let sessions = Sessions::default();
        let sid = joined(&sessions, &[1]);
        let gone = async { sessions.leave(sid, ConnId(1)) };
        let (words, ()) = tokio::join!(sessions.last_words(sid), gone);
        assert!(words.is_none() && !sessions.lose(sid));
        let told = joined(&sessions, &[]);
        let session = sessions.join((told, ProtocolVersion::V5), ConnId(2), Arc::default(), &Arc::default());
        session.refuse();
        assert!(!sessions.lose(told));
    }

    #[test]
    fn beyond_the_bound_the_oldest_lost_session_is_forgotten() {
        let sessions = Sessions::default();
        let lost: Vec<_> = (0..=limits::LOST_SESSIONS)
            .map(|at| joined(&sessions, &[at as u64]))
            .collect();
        assert!(lost.iter().all(|&sid| sessions.lose(sid)));
        assert!(!sessions.is_lost(lost[0]));
        assert!(lost[1..].iter().all(|&sid| sessions.is_lost(sid)));
    }
}
