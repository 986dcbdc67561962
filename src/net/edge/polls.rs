//! Polling sessions between their requests: which of them is being upgraded, and which has not had its first heartbeat.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use socketioxide::socket::Sid;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

/// How long a fetch may still wait once a probe has come, as in the reference server.
const PROBE_WAIT: Duration = Duration::from_millis(100);

/// How long a closed session is remembered: requests of one moment take different ways.
const CLOSED_KEPT: Duration = Duration::from_secs(1);

/// See the module.
pub struct Polls {
    inner: Mutex<Inner>,
    ping_timeout: Duration,
}

#[derive(Default)]
struct Inner {
    slots: HashMap<Sid, Slot>,
    unpinged: HashSet<Sid>,
    /// The same, oldest first, with when they were opened.
    opened: VecDeque<(Instant, Sid)>,
    /// Closed by their clients a moment ago.
    closed: Vec<(Instant, Sid)>,
}

/// A session that has a request or a probe under way.
#[derive(Default)]
struct Slot {
    guards: usize,
    probe: watch::Sender<Probe>,
}

/// Where a session's upgrade stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// The session polls.
    #[default]
    None,
    /// The client has probed and is about to stop polling.
    UnderWay,
    /// The client has changed over.
    Through,
}

impl Polls {
    /// None yet. A session whose first heartbeat was not fetched within `ping_timeout` is closed by the library, and
    /// forgotten here.
    pub fn new(ping_timeout: Duration) -> Self {
        Self {
            inner: Mutex::default(),
            ping_timeout,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session was opened: the library sends its first heartbeat at once.
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

    /// Whether a heartbeat that the library sends now is a session's first. True once.
    pub fn first_ping(&self, sid: Sid) -> bool {
        self.lock().unpinged.remove(&sid)
    }

    /// A client closes its session: a fetch that comes right behind is answered as if it had been waiting.
    pub fn closed(&self, sid: Sid) {
        let now = Instant::now();
        let mut inner = self.lock();
        inner.closed.retain(|(at, _)| now - *at < CLOSED_KEPT);
        inner.closed.push((now, sid));
    }

    /// A fetch is answered: whether its session was closed, and no other fetch has had that answer.
    pub fn was_closed(&self, sid: Sid) -> bool {
        let mut inner = self.lock();
        let at = inner.closed.iter().position(|&(_, other)| other == sid);
        at.map(|at| inner.closed.swap_remove(at)).is_some()
    }

    /// A request of a session begins.
    pub fn enter(self: &Arc<Self>, sid: Sid) -> Guard {
        let mut inner = self.lock();
        let slot = inner.slots.entry(sid).or_default();
        slot.guards += 1;
        let probe = slot.probe.subscribe();
        Guard {
            polls: self.clone(),
            sid,
            probe,
        }
    }
}

/// One request of a session, or its upgrade.
pub struct Guard {
    polls: Arc<Polls>,
    sid: Sid,
    probe: watch::Receiver<Probe>,
}

impl Guard {
    /// A probe begins. False if another one is under way or through: of two upgrades one goes on.
    pub fn begin_probe(&self) -> bool {
        self.change(|probe| {
            let free = *probe == Probe::None;
            if free {
                *probe = Probe::UnderWay;
            }
            free
        })
    }

    /// The probe that was begun is over.
    pub fn end_probe(&self, through: bool) {
        self.change(|probe| {
            *probe = if through { Probe::Through } else { Probe::None };
            true
        });
    }

    fn change(&self, change: impl FnOnce(&mut Probe) -> bool) -> bool {
        let inner = self.polls.lock();
        inner
            .slots
            .get(&self.sid)
            .is_some_and(|slot| slot.probe.send_if_modified(change))
    }

    /// Resolves when an upgrade of the session has come to its probe.
    pub async fn probed(&mut self) {
        if self.probe.wait_for(|probe| *probe != Probe::None).await.is_err() {
            std::future::pending().await
        }
    }

    /// Resolves when a fetch has waited long enough beside a probe: the client stops polling once its fetch is answered.
    pub async fn noop_due(&mut self) {
        self.probed().await;
        sleep(PROBE_WAIT).await;
    }

    /// Where the session's upgrade stands, once it is settled or the client has waited long enough for that.
    pub async fn settled(&mut self) -> Probe {
        let _ = timeout(PROBE_WAIT, self.probe.wait_for(|probe| *probe != Probe::UnderWay)).await;
        *self.probe.borrow()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut inner = self.polls.lock();
        if let Some(slot) = inner.slots.get_mut(&self.sid) {
            slot.guards -= 1;
            if slot.guards == 0 {
                inner.slots.remove(&self.sid);
            }
        }
    }
}
