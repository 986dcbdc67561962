//! What all namespaces of one Engine.IO session share: the worker that serves it, the packets to amend, and, after an upgrade, its WebSocket.
//! `connections` bounds the sessions.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use socketioxide::{ProtocolVersion, socket::Sid};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;

use super::lost::Lost;
use crate::{
    limits,
    room::{CloseReason, ConnId},
    transport::{
        backpressure::Backpressure,
        engineio::SEPARATOR,
        lane::{Amendment, Lane},
        signal::{Signal, SignalQueue},
    },
};

/// One Engine.IO session: the state that all its namespaces share.
pub struct Session {
    /// Index of the worker whose fan-out serves all namespaces of the session.
    pub worker: usize,
    protocol: ProtocolVersion,
    signals: Arc<SignalQueue>,
    lane: OnceLock<Arc<Lane>>,
    members: Mutex<Vec<(ConnId, Arc<Backpressure>)>>,
    /// Amendments for packets of the library that the client fetches by polling.
    amendments: Mutex<Vec<Amendment>>,
    refused: CancellationToken,
    /// Whether the session is over, but its client may still fetch the library's packets.
    ending: AtomicBool,
    lost: Lost,
}

impl Session {
    /// The lane of the session's WebSocket, including one whose upgrade is in progress; `None` while the session is on polling.
    pub fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.get()
    }

    /// Sets the lane of the WebSocket to which the session moves.
    pub fn set_lane(&self, lane: Arc<Lane>) {
        lane.set_signals(self.signals.clone());
        // A session upgrades once.
        let _ = self.lane.set(lane.clone());
        for amendment in self.amendments().drain(..) {
            lane.amend(amendment);
        }
        for (_, backpressure) in self.members().iter() {
            backpressure.set_lane(lane.clone());
        }
    }

    fn members(&self) -> MutexGuard<'_, Vec<(ConnId, Arc<Backpressure>)>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn amendments(&self) -> MutexGuard<'_, Vec<Amendment>> {
        self.amendments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the library's next packet that has this text. Beyond [`limits::LANE_WATCHES`] amendments, packets go out unchanged.
    pub fn amend(&self, amendment: Amendment) {
        let mut waiting = self.amendments();
        match self.lane() {
            Some(lane) => lane.amend(amendment),
            None if waiting.len() < limits::LANE_WATCHES => waiting.push(amendment),
            None => {}
        }
    }

    /// Notes that the session is closing while packets are still to be fetched.
    pub fn will_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Ends the session for its client, which may still fetch the library's packets; its posts have no effect.
    /// Further requests get the error for an unknown session, so that the client reconnects.
    pub fn refuse(&self) {
        self.will_end();
        self.refused.cancel();
    }

    /// Whether the library ended the session, and its client still has to learn why.
    pub fn is_lost(&self) -> bool {
        self.lost.is_lost()
    }

    /// Adds a namespace's farewell packet to a session that the library ended. The client's next poll fetches it.
    pub fn tell_last(&self, conn: ConnId, packet: String) {
        self.lost.tell(packet);
        self.members().retain(|&(other, _)| other != conn);
        self.lost.changed();
    }
}

/// All sessions by their secret id, which only the session's client and this module see.
#[derive(Default)]
pub struct Sessions {
    known: Mutex<HashMap<Sid, Arc<Session>>>,
    /// WebSocket lanes of sessions that upgrade before their first CONNECT.
    early: Mutex<HashMap<Sid, Weak<Lane>>>,
    /// Sessions that the library ended and whose clients have not fetched the reason, oldest first. Beyond [`limits::LOST_SESSIONS`] the
    /// oldest one is dropped.
    lost: Mutex<VecDeque<Sid>>,
    /// Notified when a refused session ends, or when its client has fetched the remaining packets.
    ended: Notify,
}

impl Sessions {
    /// Adds a namespace's connection to its session.
    pub fn join(
        &self,
        (sid, protocol): (Sid, ProtocolVersion),
        conn: ConnId,
        backpressure: Arc<Backpressure>,
        signals: &Arc<SignalQueue>,
    ) -> Arc<Session> {
        let session = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || {
                let (signals, lane, members) = (signals.clone(), OnceLock::new(), Mutex::default());
                let amendments = Mutex::default();
                Arc::new(Session {
                    worker: conn.worker(),
                    protocol,
                    signals,
                    lane,
                    members,
                    amendments,
                    refused: CancellationToken::new(),
                    ending: AtomicBool::new(false),
                    lost: Lost::default(),
                })
            };
            known.entry(sid).or_insert_with(fresh).clone()
        };
        session.members().push((conn, backpressure));
        let early = self.early.lock().unwrap_or_else(PoisonError::into_inner).remove(&sid);
        if let Some(lane) = early.and_then(|lane| lane.upgrade()) {
            session.set_lane(lane);
        }
        session
    }

    /// Index of a session's worker, if one of its namespaces is connected.
    pub fn worker(&self, sid: Sid) -> Option<usize> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sid)
            .map(|session| session.worker)
    }

    /// Protocol version of a session, if one of its namespaces is connected.
    pub fn protocol(&self, sid: Sid) -> Option<ProtocolVersion> {
        self.known(sid).map(|session| session.protocol)
    }

    /// Removes a namespace's connection from its session.
    pub fn leave(&self, sid: Sid, conn: ConnId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = known.get(&sid) else { return };
        let mut members = session.members();
        members.retain(|&(other, _)| other != conn);
        let empty = members.is_empty();
        drop(members);
        if !empty {
            return;
        }
        session.lost.changed();
        if !session.is_lost() {
            known.remove(&sid);
        }
        self.ended.notify_waiters();
    }

    /// Handles a polling session that the library ended for a reason unknown to its client. The session's requests are answered here from now on.
    /// False if the client is already being told of an end.
    pub fn lose(&self, sid: Sid) -> bool {
        let Some(session) = self.known(sid) else { return false };
        if session.is_lost() {
            return true;
        }
        if session.refused.is_cancelled() {
            return false;
        }
        session.lost.begin();
        session.refused.cancel();
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.push_back(sid);
        if lost.len() > limits::LOST_SESSIONS
            && let Some(oldest) = lost.pop_front()
        {
            self.known
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&oldest);
        }
        true
    }

    /// Waits until all namespaces of an ended session have added their farewell packets, then removes the session and returns the packets.
    /// `None` if there are no packets.
    pub async fn last_words(&self, sid: Sid) -> Option<Vec<String>> {
        let session = self.known(sid)?;
        let told = async {
            loop {
                let changed = session.lost.wait();
                let over = session.members().is_empty();
                if over {
                    return;
                }
                changed.await;
            }
        };
        let _ = timeout(Duration::from_millis(limits::LAST_WORDS_MS), told).await;
        let words = session.lost.take().filter(|words| !words.is_empty())?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&sid);
        self.lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|&other| other != sid);
        Some(words)
    }

    /// Whether the library ended a session, and its client still has to learn why.
    pub fn is_lost(&self, sid: Sid) -> bool {
        self.known(sid).is_some_and(|session| session.is_lost())
    }

    /// Notes that a polling session is being upgraded to a WebSocket connection.
    pub fn upgrading(&self, sid: Sid, lane: Arc<Lane>) {
        if let Some(session) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&sid) {
            session.set_lane(lane);
            return;
        }
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.retain(|_, lane| lane.strong_count() > 0);
        early.insert(sid, Arc::downgrade(&lane));
    }

    /// Signals that a poll has emptied the library's buffer for a session.
    pub fn polled(&self, sid: Sid) {
        if let Some(session) = self.known(sid) {
            for &(conn, _) in session.members().iter() {
                session.signals.push(Signal::Room(conn));
            }
        }
    }

    /// Applies the session's amendments to an Engine.IO 4 payload for a poll.
    pub fn amended(&self, sid: Sid, body: Bytes) -> Bytes {
        let Some(session) = self.known(sid) else { return body };
        let mut waiting = session.amendments();
        if waiting.is_empty() {
            return body;
        }
        let mut amended = Vec::with_capacity(body.len() + 2 * limits::IDENTITY_BYTES);
        for packet in body.split(|&byte| byte == SEPARATOR) {
            match waiting.iter().position(|amendment| amendment.packet == packet) {
                Some(at) => amended.extend_from_slice(&waiting.swap_remove(at).instead),
                None => amended.extend_from_slice(packet),
            }
            amended.push(SEPARATOR);
        }
        amended.pop();
        amended.into()
    }

    /// Signals that a polling client violated the protocol. False if it has no namespace in which to receive the close reason.
    pub fn broke(&self, sid: Sid, reason: CloseReason) -> bool {
        let Some(session) = self.known(sid) else { return false };
        let members = session.members();
        if members.is_empty() {
            return false;
        }
        session.will_end();
        for &(conn, _) in members.iter() {
            session.signals.push(Signal::Broke(conn, reason));
        }
        true
    }

    /// Waits until the backpressure on all namespaces of a session has eased, or the session is over.
    pub async fn eased(&self, sid: Sid) {
        let Some(session) = self.known(sid) else { return };
        let gates: Vec<_> = session
            .members()
            .iter()
            .map(|(_, backpressure)| backpressure.clone())
            .collect();
        let eased = async {
            for backpressure in gates {
                backpressure.eased().await;
            }
        };
        tokio::select! {
            () = eased => {}
            () = session.refused.cancelled() => {}
        }
    }

    fn known(&self, sid: Sid) -> Option<Arc<Session>> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sid)
            .cloned()
    }

    /// Notes that the client of a refused session has fetched its remaining packets.
    pub fn end(&self, sid: Sid) {
        if let Some(session) = self.known(sid) {
            session.ending.store(false, Ordering::Relaxed);
            self.ended.notify_waiters();
        }
    }

    /// Waits until the clients of all refused sessions have fetched their packets, or none has done so for `patience`.
    pub async fn ended(&self, patience: Duration) {
        loop {
            let ended = self.ended.notified();
            if !self.any_ending() || timeout(patience, ended).await.is_err() {
                return;
            }
        }
    }

    /// Whether any session of the server is on polling.
    pub fn any_polling(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .values()
            .any(|session| session.lane().is_none() && !session.is_lost())
    }

    /// Whether the client of a refused session may still fetch its close reason.
    pub fn is_ending(&self, sid: Sid) -> bool {
        self.known(sid)
            .is_some_and(|session| session.is_lost() || session.ending.load(Ordering::Relaxed))
    }

    fn any_ending(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().any(|session| session.ending.load(Ordering::Relaxed))
    }

    /// Whether a session was ended for its client, so that its requests get the error for an unknown session.
    pub fn is_refused(&self, sid: Sid) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = known.get(&sid).is_some_and(|session| session.refused.is_cancelled());
        if refused {
            self.ended.notify_waiters();
        }
        refused
    }
}
