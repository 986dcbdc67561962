//! What must be remembered of Socket.IO polling sessions between requests: upgrades in progress, heartbeats, and sessions closed within the
//! last [`CLOSED_KEPT`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use socketioxide::socket::Sid;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::{heartbeat::Heartbeat, request::Protocol};
use crate::limits::PROBE_NOOPS;

/// How long a poll waits during a probe, after [`PROBE_NOOPS`] immediate answers; the same as in the reference server.
const PROBE_WAIT: Duration = Duration::from_millis(100);

/// How long a poll waits during a probe for the upgrade packet; a client that does not wait for the probe's answer has sent it already.
const CHANGE_WAIT: Duration = Duration::from_millis(5);

/// How long a closed session is remembered, because concurrent requests of one session arrive on different connections.
const CLOSED_KEPT: Duration = Duration::from_secs(1);

/// What the edge must remember of polling sessions between requests, because the library does not.
pub struct PollingSessions {
    inner: Mutex<Inner>,
    ping_interval: Duration,
    ping_timeout: Duration,
}

#[derive(Default)]
struct Inner {
    slots: HashMap<Sid, Slot>,
    /// The sessions that opened on polling, until their end.
    opened: HashMap<Sid, Opened>,
    /// Sessions that their clients closed, with the time of closing.
    closed: Vec<(Instant, Sid)>,
}

/// A session that opened on polling.
struct Opened {
    heartbeat: Heartbeat,
    /// Whether the library's first heartbeat, which it sends at once, is still to come.
    unpinged: bool,
}

/// A session's entry in the table; removed when dropped. The library keeps the extensions of the request that opened the session until its end.
pub struct Registration {
    sessions: Arc<PollingSessions>,
    sid: OnceLock<Sid>,
}

/// A session with a request or an upgrade in progress.
#[derive(Default)]
struct Slot {
    guards: usize,
    probe: watch::Sender<Probe>,
    /// Number of polls answered immediately during a probe.
    noops: u32,
}

/// Progress of a session's upgrade to WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// The session is on polling, without a probe.
    #[default]
    None,
    /// The client has sent a probe on a WebSocket, and will stop polling.
    UnderWay,
    /// The session has moved to WebSocket.
    Through,
}

impl PollingSessions {
    /// An empty table of sessions, with a heartbeat each `ping_interval` that is answered within `ping_timeout`.
    pub fn new(ping_interval: Duration, ping_timeout: Duration) -> Self {
        Self {
            inner: Mutex::default(),
            ping_interval,
            ping_timeout,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A registration for a session that is about to open.
    pub fn register(self: &Arc<Self>) -> Arc<Registration> {
        Arc::new(Registration {
            sessions: self.clone(),
            sid: OnceLock::new(),
        })
    }

    /// Whether the library's next heartbeat is the session's first one. Returns true once; the caller answers that heartbeat.
    pub fn first_ping(&self, sid: Sid) -> bool {
        let mut inner = self.lock();
        let Some(opened) = inner.opened.get_mut(&sid).filter(|opened| opened.unpinged) else {
            return false;
        };
        opened.unpinged = false;
        opened.heartbeat.heard(Instant::now());
        true
    }

    /// Notes a heartbeat of a session's client.
    pub fn heard(&self, sid: Sid) {
        if let Some(opened) = self.lock().opened.get_mut(&sid) {
            opened.heartbeat.heard(Instant::now());
        }
    }

    /// Whether the heartbeat of a session's client did not come in time.
    pub fn is_overdue(&self, sid: Sid) -> bool {
        let inner = self.lock();
        let opened = inner.opened.get(&sid);
        opened.is_some_and(|opened| opened.heartbeat.is_over(Instant::now()))
    }

    /// Notes that a client has closed its session. Its next poll is answered as if it had already been pending.
    pub fn closed(&self, sid: Sid) {
        let now = Instant::now();
        let mut inner = self.lock();
        inner.closed.retain(|(at, _)| now - *at < CLOSED_KEPT);
        inner.closed.push((now, sid));
    }

    /// Whether the client closed the session. Returns true for one poll only.
    pub fn was_closed(&self, sid: Sid) -> bool {
        let mut inner = self.lock();
        let at = inner.closed.iter().position(|&(_, other)| other == sid);
        at.map(|at| inner.closed.swap_remove(at)).is_some()
    }

    /// Whether the table has no entry of an open session.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.lock().opened.is_empty()
    }

    /// Registers a request of a session, until the guard is dropped.
    pub fn enter(self: &Arc<Self>, sid: Sid) -> Guard {
        let mut inner = self.lock();
        let slot = inner.slots.entry(sid).or_default();
        slot.guards += 1;
        let probe = slot.probe.subscribe();
        Guard {
            sessions: self.clone(),
            sid,
            probe,
        }
    }
}

impl Registration {
    /// Notes that the session has opened, for a request that came at `since`.
    pub fn opened(&self, sid: Sid, protocol: Protocol, since: Instant) {
        let PollingSessions {
            ping_interval,
            ping_timeout,
            ..
        } = *self.sessions;
        let opened = Opened {
            heartbeat: Heartbeat::new(protocol, since, ping_interval, ping_timeout),
            unpinged: protocol == Protocol::V4,
        };
        self.sessions
            .lock()
            .opened
            .insert(*self.sid.get_or_init(|| sid), opened);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(sid) = self.sid.get() {
            self.sessions.lock().opened.remove(sid);
        }
    }
}

/// A request or an upgrade of a session in progress; dropped at its end.
pub struct Guard {
    sessions: Arc<PollingSessions>,
    sid: Sid,
    probe: watch::Receiver<Probe>,
}

impl Guard {
    /// Starts a probe. False if the session already has a probe in progress or is upgraded, so that one of two upgrades wins.
    pub fn begin_probe(&self) -> bool {
        let mut inner = self.sessions.lock();
        let Some(slot) = inner.slots.get_mut(&self.sid) else {
            return false;
        };
        slot.noops = 0;
        slot.probe.send_if_modified(|probe| {
            let free = *probe == Probe::None;
            if free {
                *probe = Probe::UnderWay;
            }
            free
        })
    }

    /// Ends the probe; `through` tells whether the session was upgraded.
    pub fn end_probe(&self, through: bool) {
        if let Some(slot) = self.sessions.lock().slots.get(&self.sid) {
            slot.probe
                .send_replace(if through { Probe::Through } else { Probe::None });
        }
    }

    /// Waits until a probe starts.
    pub async fn probed(&mut self) {
        if self.probe.wait_for(|probe| *probe != Probe::None).await.is_err() {
            std::future::pending().await
        }
    }

    /// Waits until a probe ends the pending poll, and returns the progress of the upgrade.
    ///
    /// The client stops polling after that answer, but may poll once more, because the answers to poll and probe take different connections.
    /// Only further polls wait longer.
    pub async fn noop_due(&mut self) -> Probe {
        self.probed().await;
        self.progress().await
    }

    /// Progress of the upgrade for a poll that starts now; waits for a probe in progress.
    pub async fn settled(&mut self) -> Probe {
        self.progress().await
    }

    /// Waits a limited time for a probe in progress; returns the progress of the upgrade.
    async fn progress(&mut self) -> Probe {
        if self.probe() == Probe::UnderWay {
            let wait = if self.is_quick() { CHANGE_WAIT } else { PROBE_WAIT };
            let _ = timeout(wait, self.probe.wait_for(|probe| *probe != Probe::UnderWay)).await;
        }
        self.probe()
    }

    /// Current progress of the upgrade.
    pub fn probe(&self) -> Probe {
        *self.probe.borrow()
    }

    /// Whether the session has moved to WebSocket.
    pub fn is_through(&self) -> bool {
        self.probe() == Probe::Through
    }

    /// Counts a poll during the probe; returns whether it may be answered immediately.
    fn is_quick(&self) -> bool {
        let mut inner = self.sessions.lock();
        inner.slots.get_mut(&self.sid).is_some_and(|slot| {
            slot.noops += 1;
            slot.noops <= PROBE_NOOPS
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut inner = self.sessions.lock();
        if let Some(slot) = inner.slots.get_mut(&self.sid) {
            slot.guards -= 1;
            if slot.guards == 0 {
                inner.slots.remove(&self.sid);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_upgrade_without_waiting_for_the_probe_is_noticed() {
        let sessions = Arc::new(PollingSessions::new(Duration::from_secs(1), Duration::from_secs(1)));
        let sid = Sid::new();
        let upgrade = sessions.enter(sid);
        let (mut waiting, mut coming) = (sessions.enter(sid), sessions.enter(sid));
        assert!(upgrade.begin_probe());
        let changes = async {
            tokio::time::sleep(CHANGE_WAIT / 2).await;
            upgrade.end_probe(true);
        };
        let (_, waited, came) = tokio::join!(changes, waiting.noop_due(), coming.settled());
        assert_eq!((waited, came), (Probe::Through, Probe::Through));
        assert!(waiting.is_through());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_ends_a_fetch_soon_and_a_client_that_goes_on_polling_waits() {
        let sessions = Arc::new(PollingSessions::new(Duration::from_secs(1), Duration::from_secs(1)));
        let sid = Sid::new();
        let upgrade = sessions.enter(sid);
        let mut fetch = sessions.enter(sid);
        let begun = Instant::now();
        assert!(upgrade.begin_probe());
        assert_eq!(fetch.noop_due().await, Probe::UnderWay);
        assert_eq!(begun.elapsed(), CHANGE_WAIT);
        for _ in 1..PROBE_NOOPS {
            let begun = Instant::now();
            assert_eq!(sessions.enter(sid).settled().await, Probe::UnderWay);
            assert_eq!(begun.elapsed(), CHANGE_WAIT);
        }
        let begun = Instant::now();
        assert_eq!(sessions.enter(sid).settled().await, Probe::UnderWay);
        assert_eq!(begun.elapsed(), PROBE_WAIT);
        upgrade.end_probe(true);
        assert_eq!(fetch.settled().await, Probe::Through);
    }
}
