//! Polling sessions between their requests: upgrades under way, first heartbeats, and sessions that were closed within [`CLOSED_KEPT`].

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use socketioxide::socket::Sid;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use crate::limits::PROBE_NOOPS;

/// Wait of a fetch during a probe, after [`PROBE_NOOPS`] immediate answers; as in the reference server.
const PROBE_WAIT: Duration = Duration::from_millis(100);

/// Wait of a fetch during a probe for the upgrade packet: a client that does not await the probe's answer has sent it already.
const CHANGE_WAIT: Duration = Duration::from_millis(5);

/// Time for which a closed session is remembered, since concurrent requests take different connections.
const CLOSED_KEPT: Duration = Duration::from_secs(1);

/// State of polling sessions beside the library's.
pub struct PollingSessions {
    inner: Mutex<Inner>,
    ping_timeout: Duration,
}

#[derive(Default)]
struct Inner {
    slots: HashMap<Sid, Slot>,
    unpinged: HashSet<Sid>,
    /// The sessions in `unpinged` with their time of opening, oldest first.
    opened: VecDeque<(Instant, Sid)>,
    /// Sessions that their clients closed, with the time.
    closed: Vec<(Instant, Sid)>,
}

/// A session with a request or a probe under way.
#[derive(Default)]
struct Slot {
    guards: usize,
    probe: watch::Sender<Probe>,
    /// Fetches that a probe has answered at once.
    noops: u32,
}

/// Progress of a session's upgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// The session polls.
    #[default]
    None,
    /// The client has probed, and stops polling soon.
    UnderWay,
    /// The client has upgraded to WebSocket.
    Through,
}

impl PollingSessions {
    /// Starts empty. The library closes a session whose first heartbeat is not fetched within `ping_timeout`, and its entry here expires.
    pub fn new(ping_timeout: Duration) -> Self {
        Self {
            inner: Mutex::default(),
            ping_timeout,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a new session, whose first heartbeat the library sends at once.
    pub fn opened(&self, sid: Sid) {
        let now = Instant::now();
        let mut inner = self.lock();
        while let Some(&(at, old)) = inner.opened.front()
            && now - at > self.ping_timeout
        {
            inner.opened.pop_front();
            inner.unpinged.remove(&old);
        }
        inner.opened.push_back((now, sid));
        inner.unpinged.insert(sid);
    }

    /// Whether the library's next heartbeat is the session's first. True once.
    pub fn first_ping(&self, sid: Sid) -> bool {
        self.lock().unpinged.remove(&sid)
    }

    /// Notes that a client has closed its session: a fetch right behind is answered as if it had been waiting.
    pub fn closed(&self, sid: Sid) {
        let now = Instant::now();
        let mut inner = self.lock();
        inner.closed.retain(|(at, _)| now - *at < CLOSED_KEPT);
        inner.closed.push((now, sid));
    }

    /// Whether the session was closed by its client. True for one fetch alone.
    pub fn was_closed(&self, sid: Sid) -> bool {
        let mut inner = self.lock();
        let at = inner.closed.iter().position(|&(_, other)| other == sid);
        at.map(|at| inner.closed.swap_remove(at)).is_some()
    }

    /// Begins a request of a session.
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

/// One request of a session, or its upgrade; dropped at its end.
pub struct Guard {
    sessions: Arc<PollingSessions>,
    sid: Sid,
    probe: watch::Receiver<Probe>,
}

impl Guard {
    /// Begins a probe. False if another is under way or done: one of two upgrades wins.
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

    /// Ends the probe.
    pub fn end_probe(&self, through: bool) {
        if let Some(slot) = self.sessions.lock().slots.get(&self.sid) {
            slot.probe
                .send_replace(if through { Probe::Through } else { Probe::None });
        }
    }

    /// Resolves once the session is probed.
    pub async fn probed(&mut self) {
        if self.probe.wait_for(|probe| *probe != Probe::None).await.is_err() {
            std::future::pending().await
        }
    }

    /// Resolves when a probe ends the waiting fetch, and returns the progress of the upgrade. The client stops polling with that answer. It
    /// may fetch once more, since both answers take different connections; only further fetches wait longer.
    pub async fn noop_due(&mut self) -> Probe {
        self.probed().await;
        self.progress().await
    }

    /// Progress of the upgrade for a fetch that begins now.
    pub async fn settled(&mut self) -> Probe {
        self.progress().await
    }

    /// Progress of the upgrade, after the wait for a probe under way.
    async fn progress(&mut self) -> Probe {
        if self.probe() == Probe::UnderWay {
            let wait = if self.is_quick() { CHANGE_WAIT } else { PROBE_WAIT };
            let _ = timeout(wait, self.probe.wait_for(|probe| *probe != Probe::UnderWay)).await;
        }
        self.probe()
    }

    /// Progress of the upgrade now.
    pub fn probe(&self) -> Probe {
        *self.probe.borrow()
    }

    /// Whether the client has upgraded.
    pub fn is_through(&self) -> bool {
        self.probe() == Probe::Through
    }

    /// Whether one more fetch may be answered at once.
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
        let sessions = Arc::new(PollingSessions::new(Duration::from_secs(1)));
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
        let sessions = Arc::new(PollingSessions::new(Duration::from_secs(1)));
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
