//! What the namespaces of one Engine.IO session share: its worker, and the lane once it has one.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use socketioxide::socket::Sid;
use tokio::sync::Notify;

use crate::{
    net::{
        gate::Gate,
        lane::Lane,
        signal::{Board, Signal},
    },
    room::ConnId,
};

/// One Engine.IO session.
pub struct Session {
    /// The worker whose fan-out serves all of its namespaces.
    pub worker: usize,
    board: Arc<Board>,
    lane: OnceLock<Arc<Lane>>,
    members: Mutex<Vec<(ConnId, Arc<Gate>)>>,
    refused: AtomicBool,
    /// It is over, and its client may still get what the library holds.
    ending: AtomicBool,
}

impl Session {
    /// The WebSocket connection that it runs on, or is being upgraded to.
    pub fn lane(&self) -> Option<&Arc<Lane>> {
        self.lane.get()
    }

    /// It runs on this WebSocket connection from now on.
    pub fn set_lane(&self, lane: Arc<Lane>) {
        lane.set_signals(self.board.clone());
        // The library lets a session upgrade once.
        let _ = self.lane.set(lane.clone());
        for (_, gate) in self.members().iter() {
            gate.set_lane(lane.clone());
        }
    }

    fn members(&self) -> MutexGuard<'_, Vec<(ConnId, Arc<Gate>)>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It is about to be closed, and something is still on its way.
    pub fn will_end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    /// Its client may fetch what the library holds; its further polling requests are answered as if it were unknown, and the
    /// client connects anew.
    pub fn refuse(&self) {
        self.will_end();
        self.refused.store(true, Ordering::Relaxed);
    }
}

/// All sessions, by the key that only their own client and this module ever see.
#[derive(Default)]
pub struct Sessions {
    known: Mutex<HashMap<Sid, Arc<Session>>>,
    /// Lanes of sessions that upgrade before they connect to a namespace.
    early: Mutex<HashMap<Sid, Weak<Lane>>>,
    ended: Notify,
}

impl Sessions {
    /// A namespace of a session connects as `conn`.
    pub fn join(&self, sid: Sid, conn: ConnId, gate: Arc<Gate>, board: &Arc<Board>) -> Arc<Session> {
        let session = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = || {
                let (board, lane, members) = (board.clone(), OnceLock::new(), Mutex::default());
                Arc::new(Session {
                    worker: conn.worker(),
                    board,
                    lane,
                    members,
                    refused: AtomicBool::new(false),
                    ending: AtomicBool::new(false),
                })
            };
            known.entry(sid).or_insert_with(fresh).clone()
        };
        session.members().push((conn, gate));
        let early = self.early.lock().unwrap_or_else(PoisonError::into_inner).remove(&sid);
        if let Some(lane) = early.and_then(|lane| lane.upgrade()) {
            session.set_lane(lane);
        }
        session
    }

    /// The worker of a session, if one of its namespaces is connected.
    pub fn worker(&self, sid: Sid) -> Option<usize> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sid)
            .map(|session| session.worker)
    }

    /// A namespace of a session is gone.
    pub fn leave(&self, sid: Sid, conn: ConnId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = known.get(&sid) else { return };
        let mut members = session.members();
        members.retain(|&(other, _)| other != conn);
        let empty = members.is_empty();
        drop(members);
        if empty {
            known.remove(&sid);
            self.ended.notify_waiters();
        }
    }

    /// A polling session is about to go on over a WebSocket connection.
    pub fn upgrading(&self, sid: Sid, lane: Arc<Lane>) {
        if let Some(session) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&sid) {
            session.set_lane(lane);
            return;
        }
        let mut early = self.early.lock().unwrap_or_else(PoisonError::into_inner);
        early.retain(|_, lane| lane.strong_count() > 0);
        early.insert(sid, Arc::downgrade(&lane));
    }

    /// A polling request took what the library held for a session: there is room again.
    pub fn polled(&self, sid: Sid) {
        if let Some(session) = self.known(sid) {
            for &(conn, _) in session.members().iter() {
                session.board.post(Signal::Room(conn));
            }
        }
    }

    /// Resolves when nearly all that a session has asked for is on its way to the client.
    pub async fn eased(&self, sid: Sid) {
        let Some(session) = self.known(sid) else { return };
        let gates: Vec<_> = session.members().iter().map(|(_, gate)| gate.clone()).collect();
        for gate in gates {
            gate.eased().await;
        }
    }

    fn known(&self, sid: Sid) -> Option<Arc<Session>> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sid)
            .cloned()
    }

    /// The client of a refused session has all that the library held for it.
    pub fn end(&self, sid: Sid) {
        if let Some(session) = self.known(sid) {
            session.ending.store(false, Ordering::Relaxed);
            self.ended.notify_waiters();
        }
    }

    /// Resolves when no client of a session that is over has anything to get.
    pub async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if !self.any_ending() {
                return;
            }
            ended.await;
        }
    }

    fn any_ending(&self) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().any(|session| session.ending.load(Ordering::Relaxed))
    }

    /// Whether a session's requests are to be answered as those of an unknown one.
    pub fn is_refused(&self, sid: Sid) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&sid)
            .is_some_and(|session| session.refused.load(Ordering::Relaxed))
    }
}
